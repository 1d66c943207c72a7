using System.Collections.Immutable;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>
/// Counts rows whose label is a number by the residual, the prediction less the label; or, as a signal of its own, by the label, with which the residuals are
/// compared. Either way a row without a label is missing, and one with a label and without a prediction is NaN, so both are of the same rows.
/// </summary>
public sealed class ResidualCells : ICellCounter
{
    private const int Block = 512;

    private readonly BaselineSignal _signal;
    private readonly NumberColumn _score, _label;
    private readonly RankedRows _ranked = new();

    /// <param name="signal">A signal of <see cref="Signals"/>.</param>
    public ResidualCells(BaselineSignal signal)
    {
        _signal = signal;
        (_score, _label) = (new NumberColumn(signal.Columns[0], "a score"), new NumberColumn(signal.Columns[1], "a label of the kind number"));
    }

    /// <inheritdoc/>
    public Layout Layout => _signal.Layout;

    /// <summary>The two signals of a model whose labels are numbers: that of residuals, then that of labels.</summary>
    /// <param name="score">The column that predicts the label.</param>
    /// <param name="label">The label's column.</param>
    /// <param name="sample">How far predictions are off, and how labels spread.</param>
    internal static ImmutableArray<BaselineSignal> Signals(string score, string label, ResidualSample sample) =>
    [
        new BaselineSignal(label, SignalRole.Outcome, [score, label], Layout.Numeric(LogLinearEdges.Around(0, sample.MeanDistance)), []),
        new BaselineSignal(label, SignalRole.Label, [score, label], Layout.Numeric(LogLinearEdges.Around(sample.Centre, sample.Spread)), []),
    ];

    /// <summary>The cell of a row.</summary>
    /// <param name="signal">One of <see cref="Signals"/>.</param>
    /// <param name="predicted">Not finite where there is none.</param>
    /// <param name="label">Likewise.</param>
    public static int Cell(BaselineSignal signal, double predicted, double label) =>
        signal.Role == SignalRole.Label ? Cell(signal.Layout, predicted, label, label) : CellOfResidual(signal.Layout, predicted, label);

    /// <summary>The cell of a row among residuals.</summary>
    /// <param name="layout">Their layout.</param>
    /// <param name="predicted">Not finite where there is none.</param>
    /// <param name="label">Likewise.</param>
    internal static int CellOfResidual(Layout layout, double predicted, double label) => Cell(layout, predicted, label, predicted - label);

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _ranked.Begin(batch.Rows);
        return _score.Bind(batch) ?? _label.Bind(batch);
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts) => _ranked.Count(this, start, length, counts);

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        cells = cells[.._ranked.Rows];
        Span<double> predicted = stackalloc double[Block], labels = stackalloc double[Block];
        for (int start = 0; start < cells.Length; start += Block)
        {
            Span<int> block = cells.Slice(start, Math.Min(Block, cells.Length - start));
            _score.Read(start, predicted[..block.Length]);
            _label.Read(start, labels[..block.Length]);
            for (int i = 0; i < block.Length; i++) block[i] = Cell(_signal, predicted[i], labels[i]);
        }
    }

    private static int Cell(Layout layout, double predicted, double label, double counted)
    {
        if (!double.IsFinite(label)) return layout.MissingCell;
        return double.IsFinite(predicted) ? layout.RangeOf(counted) : layout.NanCell;
    }
}
