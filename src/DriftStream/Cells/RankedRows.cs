namespace DriftStream.Cells;

/// <summary>
/// The cells of a batch's rows, for counters that can only rank all of them: a batch is often counted in several runs, one a pane, and ranked once.
/// </summary>
internal sealed class RankedRows
{
    private int[] _cells = [];
    private bool _ranked;

    /// <summary>How many rows the bound batch has.</summary>
    public int Rows { get; private set; }

    /// <summary>Another batch is bound.</summary>
    public void Begin(int rows) => (Rows, _ranked) = (rows, false);

    /// <summary>Adds each row of [start, start + length) to its cell.</summary>
    public void Count(ICellCounter counter, int start, int length, long[] counts)
    {
        if (!_ranked)
        {
            if (_cells.Length < Rows) _cells = new int[Rows];
            counter.Rank(_cells);
            _ranked = true;
        }

        foreach (int cell in _cells.AsSpan(start, length)) counts[cell]++;
    }
}
