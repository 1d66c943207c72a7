using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>
/// Turns the rows of a batch into cells of one layout. Bind it to a batch, then count runs of rows or rank them all;
/// what it learnt of a dictionary is kept for the next batch.
/// </summary>
public interface ICellCounter
{
    Layout Layout { get; }

    /// <summary>
    /// Looks up the batch's columns. A column that the batch lacks makes every row missing; one of an unusable type is a reject.
    /// </summary>
    Reject? Bind(Batch batch);

    /// <summary>Adds the rows [start, start + length) to their cells.</summary>
    /// <param name="start">First row of the bound batch.</param>
    /// <param name="length">Rows.</param>
    /// <param name="counts">As long as the layout has cells. Numbers may be in it only when they are settled.</param>
    void Count(int start, int length, long[] counts);

    /// <summary>Writes the cell of every row of the bound batch.</summary>
    void Rank(Span<int> cells);
}
