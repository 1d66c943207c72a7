using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Counts a column by the categories of its layout; dictionary columns by index, with one look-up for each dictionary value.</summary>
internal sealed class CategoricalCells(string column, Layout layout) : ICellCounter
{
    private readonly CategoryColumn _column = new(column, layout.Indexes.Categories);
    private int _rows;

    /// <inheritdoc/>
    public Layout Layout { get; } = layout;

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _rows = batch.Rows;
        return _column.Bind(batch);
    }

    /// <inheritdoc/>
    // The layout's order is the codes' order: categories, unseen, missing.
    public void Count(int start, int length, long[] counts) => _column.Count(start, length, counts);

    /// <inheritdoc/>
    public void Rank(Span<int> cells) => _column.Read(0, cells[.._rows]);
}
