using DriftStream.Batches;
using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>Counts what is made of several columns, as <see cref="NumericCells"/> counts a column.</summary>
internal sealed class VectorCells : ICellCounter
{
    private readonly VectorColumn _vector;
    private readonly NumericCells _cells;

    /// <param name="signal">A numeric signal that is derived.</param>
    public VectorCells(BaselineSignal signal)
    {
        _vector = new VectorColumn(signal.Name, signal.Columns, signal.Derived!);
        // What is made lives until the next batch: too short for a device, which may count later.
        _cells = new NumericCells(signal.Name, signal.Layout, CpuCounter.Shared, 0);
    }

    /// <inheritdoc/>
    public Layout Layout => _cells.Layout;

    /// <inheritdoc/>
    public Reject? Bind(Batch batch) => _vector.Read(batch) ?? _cells.Bind(_vector.Column);

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts) => _cells.Count(start, length, counts);

    /// <inheritdoc/>
    public void Rank(Span<int> cells) => _cells.Rank(cells);
}
