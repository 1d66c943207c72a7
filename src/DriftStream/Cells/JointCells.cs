using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Counts two columns together: each cell of the first has the cells of the second.</summary>
internal sealed class JointCells(ICellCounter first, ICellCounter second, Layout layout) : ICellCounter
{
    private int[] _cells = [], _second = [];
    private int _rows;
    private bool _ranked;

    /// <inheritdoc/>
    public Layout Layout { get; } = layout;

    /// <inheritdoc/>
    public Reject? Bind(Batch batch)
    {
        (_rows, _ranked) = (batch.Rows, false);
        return first.Bind(batch) ?? second.Bind(batch);
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
        if (_second.Length < _rows) _second = new int[_rows];
        first.Rank(cells);
        second.Rank(_second);
        Layout one = Layout.Inner!, other = Layout.Second!;
        // The last category of a folded layout holds all that has no cell of its own.
        int unseen = Layout.Folded ? one.UnseenCell : -1, unseenOfSecond = Layout.SecondFolded ? other.UnseenCell : -1;
        for (int row = 0; row < _rows; row++)
        {
            (int cell, int cellOfSecond) = (cells[row], _second[row]);
            if (cell == unseen) cell--;
            if (cellOfSecond == unseenOfSecond) cellOfSecond--;
            cells[row] = (cell * other.Cells) + cellOfSecond;
        }
    }
}
