using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Counts a column by slice: each slice has the cells of the inner layout, and rows in no slice have one cell together.</summary>
internal sealed class SlicedCells(ICellCounter inner, SliceReader slices, Layout layout) : ICellCounter
{
    private int[] _cells = [];
    private int _rows;
    private bool _ranked;

    /// <inheritdoc/>
    public Layout Layout { get; } = layout;

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        (_rows, _ranked) = (batch.Rows, false);
        return inner.Bind(batch) ?? slices.Bind(batch);
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts)
    {
        // A batch is often counted in several runs, one a pane.
        if (!_ranked)
        {
            if (_cells.Length < _rows) _cells = new int[_rows];
            Rank(_cells);
            _ranked = true;
        }

        foreach (int cell in _cells.AsSpan(start, length)) counts[cell]++;
    }

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        inner.Rank(cells);
        Layout of = Layout.Inner!;
        ReadOnlySpan<int> codes = slices.Codes[.._rows];
        int outside = Layout.Cells - 1, unseen = Layout.Folded ? of.UnseenCell : -1;
        for (int row = 0; row < codes.Length; row++)
        {
            int cell = cells[row];
            // The last category of a folded layout holds all that has no cell of its own.
            if (cell == unseen) cell--;
            cells[row] = codes[row] == Layout.Slices.Length ? outside : (codes[row] * of.Cells) + cell;
        }
    }
}
