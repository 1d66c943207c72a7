using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Counts a column by slice: each slice has the cells of the inner layout, and rows in no slice have one cell together.</summary>
internal sealed class SlicedCells(ICellCounter inner, SliceReader slices, Layout layout) : ICellCounter
{
    private readonly RankedRows _ranked = new();

    /// <inheritdoc/>
    public Layout Layout { get; } = layout;

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _ranked.Begin(batch.Rows);
        return inner.Bind(batch) ?? slices.Bind(batch);
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts) => _ranked.Count(this, start, length, counts);

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        inner.Rank(cells);
        Layout of = Layout.Inner!;
        ReadOnlySpan<int> codes = slices.Codes[.._ranked.Rows];
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
