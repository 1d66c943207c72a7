using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>
/// Counts score x decision x label: how well a model does. Decision and label have the states of <see cref="OutcomeColumns"/>; a column that a batch lacks,
/// such as that of labels that come later, is missing in every row.
/// </summary>
public sealed class OutcomeCells : ICellCounter
{
    private const int Block = 512;

    private readonly NumericCells? _score;
    private readonly CategoryColumn? _decision;
    private readonly CategoryColumn _label;
    private readonly RankedRows _ranked = new();

    private OutcomeCells(Layout layout, string? score, BinaryColumn? decision, BinaryColumn label)
    {
        Layout = layout;
        _score = score is null ? null : new NumericCells(score, layout.Inner!, CpuCounter.Shared, 0);
        _decision = decision is null ? null : new CategoryColumn(decision.Column, new CategoryIndex(decision));
        _label = new CategoryColumn(label.Column, new CategoryIndex(label));
    }

    /// <inheritdoc/>
    public Layout Layout { get; }

    /// <summary>A counter of outcomes.</summary>
    /// <param name="signal">A signal of role <see cref="SignalRole.Outcome"/>.</param>
    /// <param name="decision">What counts as selected; needed where the signal has a decision.</param>
    /// <param name="label">What counts as positive.</param>
    public static OutcomeCells Of(BaselineSignal signal, BinaryColumn? decision, BinaryColumn label) =>
        new(signal.Layout, ScoreOf(signal), HasDecision(signal) ? decision! : null, label);

    /// <summary>The columns of such a signal: those of score and decision, where the model has them, then the label's.</summary>
    public static ImmutableArray<string> Columns(string? score, string? decision, string label) =>
        [.. new[] { score, decision, label }.OfType<string>()];

    /// <summary>The column of the score, or null where the model has none.</summary>
    public static string? ScoreOf(BaselineSignal signal) => signal.Layout.Inner!.Edges.IsEmpty ? null : signal.Columns[0];

    /// <summary>Whether the model has a decision.</summary>
    public static bool HasDecision(BaselineSignal signal) => signal.Columns.Length == (ScoreOf(signal) is null ? 2 : 3);

    /// <summary>The cell of a row.</summary>
    /// <param name="outcome">An outcome layout.</param>
    /// <param name="score">A cell of its scores (<see cref="Layout.Inner"/>); NaN and missing are those of a row without a score.</param>
    /// <param name="decision"><see cref="OutcomeColumns.No"/>, <see cref="OutcomeColumns.Yes"/> or <see cref="OutcomeColumns.Missing"/>.</param>
    /// <param name="label">Likewise.</param>
    public static int Cell(Layout outcome, int score, int decision, int label) => (((score * Layout.Decisions) + decision) * outcome.Labels) + label;

    /// <summary>What the rows of a cell have in common: the inverse of <see cref="Cell"/>.</summary>
    public static (int Score, int Decision, int Label) States(Layout outcome, int cell) =>
        (cell / outcome.Labels / Layout.Decisions, cell / outcome.Labels % Layout.Decisions, cell % outcome.Labels);

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _ranked.Begin(batch.Rows);
        return _score?.Bind(batch) ?? _decision?.Bind(batch) ?? _label.Bind(batch);
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts) => _ranked.Count(this, start, length, counts);

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        cells = cells[.._ranked.Rows];
        if (_score is null) cells.Fill(Layout.Inner!.MissingCell);
        else _score.Rank(cells);
        Span<int> decisions = stackalloc int[Block], labels = stackalloc int[Block];
        for (int start = 0; start < cells.Length; start += Block)
        {
            Span<int> block = cells.Slice(start, Math.Min(Block, cells.Length - start));
            Read(_decision, start, decisions[..block.Length]);
            Read(_label, start, labels[..block.Length]);
            for (int i = 0; i < block.Length; i++) block[i] = Cell(Layout, block[i], decisions[i], labels[i]);
        }
    }

    private static void Read(CategoryColumn? column, int start, Span<int> states)
    {
        if (column is null)
        {
            states.Fill(OutcomeColumns.Missing);
            return;
        }

        column.Read(start, states);
        for (int i = 0; i < states.Length; i++) states[i] = BinaryColumn.State(states[i]);
    }
}
