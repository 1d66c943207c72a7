using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>
/// Turns the rows of a batch into cells of one layout. Bind it to a batch, then count runs of rows or rank them all;
/// what it has learnt of a dictionary is kept for the next batch.
/// </summary>
public interface ICellCounter
{
    /// <summary>The cells that rows are counted into.</summary>
    Layout Layout { get; }

    /// <summary>
    /// Looks up the batch's columns. A column that the batch lacks makes every row missing; one of an unusable type gives a reject, else null.
    /// </summary>
    Reject? Bind(Batch batch);

    /// <summary>Adds each row of [start, start + length) to its cell.</summary>
    /// <param name="start">First row of the bound batch.</param>
    /// <param name="length">How many rows.</param>
    /// <param name="counts">As long as the layout has cells. Numbers may not be in them until they are settled.</param>
    void Count(int start, int length, long[] counts);

    /// <param name="cells">At least as long as the batch has rows.</param>
    /// <summary>Writes the cell of every row of the bound batch.</summary>
    void Rank(Span<int> cells);
}
