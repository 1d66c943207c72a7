using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>
/// Counts group x score x label: whether a score means the same in each group. Its scores have the cells of the model's outcomes, so that what is known of a
/// prediction whose label comes later tells its cell here, too. A column that a batch lacks is missing in every row.
/// </summary>
public sealed class CalibrationCells : ICellCounter
{
    /// <summary>The most values of a group: then the table has no more cells than any column of numbers may have.</summary>
    public const int MostValues = (BaselineSettings.ExactEdges / ((OutcomeEdges.Most + 3) * 3)) - 2;

    private readonly NumericCells _score;
    private readonly Layout _table;
    private readonly TableCells _groups;
    private readonly RankedRows _ranked = new();
    private int[] _cells = [];

    /// <param name="signal">A signal of role <see cref="SignalRole.Calibration"/>.</param>
    /// <param name="decision">What counts as selected; groups are read with it, and it is in no cell.</param>
    /// <param name="label">What counts as positive.</param>
    public CalibrationCells(BaselineSignal signal, BinaryColumn decision, BinaryColumn label)
    {
        Layout = signal.Layout;
        _score = new NumericCells(signal.Columns[0], Layout.Inner!, CpuCounter.Shared, 0);
        _table = Layout.Table(Layout.Categories, labelled: true);
        _groups = new TableCells(GroupOf(signal), _table, decision, label);
    }

    /// <inheritdoc/>
    public Layout Layout { get; }

    /// <summary>The columns of such a signal: that of the score, those of the group, then the label's.</summary>
    public static ImmutableArray<string> Columns(string score, ImmutableArray<string> group, string label) => [score, .. group, label];

    /// <summary>The columns of the group.</summary>
    public static ImmutableArray<string> GroupOf(BaselineSignal signal) => signal.Columns[1..^1];

    /// <summary>The signal without counts.</summary>
    /// <param name="group">The table of the group, of role <see cref="SignalRole.Group"/>.</param>
    /// <param name="outcome">The outcomes of the model, which has a score.</param>
    public static BaselineSignal Signal(BaselineSignal group, BaselineSignal outcome) => new(
        group.Name, SignalRole.Calibration, Columns(OutcomeCells.ScoreOf(outcome)!, group.Columns, outcome.Name),
        Layout.Calibration(group.Layout.Categories, outcome.Layout.Inner!), []);

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _ranked.Begin(batch.Rows);
        return _score.Bind(batch) ?? _groups.Bind(batch);
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts) => _ranked.Count(this, start, length, counts);

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        cells = cells[.._ranked.Rows];
        if (_cells.Length < cells.Length) _cells = new int[cells.Length];
        _score.Rank(cells);
        _groups.Rank(_cells);
        for (int i = 0; i < cells.Length; i++)
            cells[i] = Layout.CalibrationCell(_table.GroupOf(_cells[i]), cells[i], _cells[i] % _table.Labels);
    }
}
