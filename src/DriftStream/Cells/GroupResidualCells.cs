using System.Collections.Immutable;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>
/// Counts residuals by the values of a protected attribute: how far predictions are off in each group. A slice of its layout is a value, with the cells that
/// the model's residuals have; rows of no known value are in none. A column that a batch lacks is missing in every row.
/// </summary>
public sealed class GroupResidualCells : ICellCounter
{
    private readonly ResidualCells _residuals;
    private readonly TableCells _groups;
    private readonly RankedRows _ranked = new();
    private int[] _cells = [];

    /// <param name="signal">A signal of role <see cref="SignalRole.GroupResiduals"/>.</param>
    public GroupResidualCells(BaselineSignal signal)
    {
        Layout = signal.Layout;
        _residuals = new ResidualCells(signal with { Columns = signal.Columns[..2], Layout = Layout.Inner! });
        _groups = Groups(signal);
    }

    /// <summary>The most values of a group: then the table has no more cells than any column of numbers may have.</summary>
    public static int MostValues { get; } = BaselineSettings.ExactEdges / Layout.Numeric(LogLinearEdges.Around(0, 1)).Cells;

    /// <inheritdoc/>
    public Layout Layout { get; }

    /// <summary>The columns of such a signal: that of the score, the label's, then those of the group.</summary>
    public static ImmutableArray<string> Columns(string score, string label, ImmutableArray<string> group) => [score, label, .. group];

    /// <summary>The columns of the group.</summary>
    public static ImmutableArray<string> GroupOf(BaselineSignal signal) => signal.Columns[2..];

    /// <summary>The signal without counts.</summary>
    /// <param name="group">The columns of the group.</param>
    /// <param name="values">Its values.</param>
    /// <param name="residuals">The residuals of the model, of role <see cref="SignalRole.Outcome"/>.</param>
    public static BaselineSignal Signal(ImmutableArray<string> group, IEnumerable<string> values, BaselineSignal residuals) => new(
        BaselineBuilder.GroupName(group), SignalRole.GroupResiduals, Columns(residuals.Columns[0], residuals.Columns[1], group),
        Layout.Sliced([.. values.Select(v => ImmutableArray.Create(v))], residuals.Layout, folded: false), []);

    /// <summary>Reads the group of a row: its code is the cell's (<see cref="Layout.GroupOf"/>), beyond the slices where it is no known value.</summary>
    /// <param name="signal">A signal of role <see cref="SignalRole.GroupResiduals"/>.</param>
    internal static TableCells Groups(BaselineSignal signal)
    {
        ImmutableArray<string> group = GroupOf(signal);
        // Whoever predicts a number decides nothing; groups are read with a decision, and it is in no cell.
        return new TableCells(
            group, Layout.Table([.. signal.Layout.Slices.Select(s => s[0])], labelled: false), new BinaryColumn(group[0], BinaryColumn.DefaultPositive), null);
    }

    /// <summary>The cell of a row.</summary>
    /// <param name="signal">A signal of role <see cref="SignalRole.GroupResiduals"/>.</param>
    /// <param name="group">The code of its group, as <see cref="Groups"/> reads it.</param>
    /// <param name="predicted">Not finite where there is none.</param>
    /// <param name="label">Likewise.</param>
    internal static int Cell(BaselineSignal signal, int group, double predicted, double label) =>
        Cell(signal.Layout, group, ResidualCells.CellOfResidual(signal.Layout.Inner!, predicted, label));

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _ranked.Begin(batch.Rows);
        return _residuals.Bind(batch) ?? _groups.Bind(batch);
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts) => _ranked.Count(this, start, length, counts);

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        cells = cells[.._ranked.Rows];
        if (_cells.Length < cells.Length) _cells = new int[cells.Length];
        _residuals.Rank(cells);
        _groups.Rank(_cells);
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = Cell(Layout, _groups.Layout.GroupOf(_cells[i]), cells[i]);
        }
    }

    private static int Cell(Layout layout, int group, int residual) =>
        group < layout.Slices.Length ? (group * layout.Inner!.Cells) + residual : layout.Cells - 1;
}
