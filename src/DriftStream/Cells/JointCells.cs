using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Counts two columns together: each cell of the first has the cells of the second.</summary>
internal sealed class JointCells(ICellCounter first, ICellCounter second, Layout layout) : ICellCounter
{
    private readonly RankedRows _ranked = new();
    private int[] _second = [];

    /// <inheritdoc/>
    public Layout Layout { get; } = layout;

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        _ranked.Begin(batch.Rows);
        return first.Bind(batch) ?? second.Bind(batch);
    }

    /// <inheritdoc/>
    public void Count(int start, int length, long[] counts) => _ranked.Count(this, start, length, counts);

    /// <inheritdoc/>
    public void Rank(Span<int> cells)
    {
        if (_second.Length < _ranked.Rows) _second = new int[_ranked.Rows];
        first.Rank(cells);
        second.Rank(_second);
        Layout one = Layout.Inner!, other = Layout.Second!;
        // The last category of a folded layout holds all that has no cell of its own.
        int unseen = Layout.Folded ? one.UnseenCell : -1, unseenOfSecond = Layout.SecondFolded ? other.UnseenCell : -1;
        for (int row = 0; row < _ranked.Rows; row++)
        {
            (int cell, int cellOfSecond) = (cells[row], _second[row]);
            if (cell == unseen) cell--;
            if (cellOfSecond == unseenOfSecond) cellOfSecond--;
            cells[row] = (cell * other.Cells) + cellOfSecond;
        }
    }
}
