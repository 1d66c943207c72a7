namespace DriftStream.Frames;

/// <summary>The panes of the open segment of one partition, and the unclaimed values that it has named. Changed in the partition's order.</summary>
internal sealed class SegmentPanes(int lanes, CellPool pool)
{
    /// <summary>Panes that end a segment: event times that run through years within one segment cost memory for each pane.</summary>
    public const int MaxPanes = 1024;

    /// <summary>Panes that one message may push a segment to: rows that would open more are rejected.</summary>
    public const int MostPanes = 2 * MaxPanes;

    /// <summary>Unclaimed values named apart in one segment; rows of any further ones are reported together.</summary>
    private const int MaxUnowned = 100;

    private const string OtherValues = "(other values)";

    private readonly Dictionary<(bool Owned, string Value, string Version, long Start), PaneCounts> _panes = [];
    private readonly HashSet<string> _unowned = new(StringComparer.Ordinal);

    public int Count => _panes.Count;

    public IReadOnlyCollection<PaneCounts> All => _panes.Values;

    /// <summary>The pane of a model's version, or null where the segment has as many as it may have.</summary>
    public PaneCounts? Of(ModelCounter counter, string version, long start) =>
        Find(counter, counter.Model.Id, version, start, counter.Model.PaneSize);

    /// <summary>The pane of a value that no model claims, or null likewise.</summary>
    public PaneCounts? Unowned(string value, long start, long size)
    {
        if (!_unowned.Contains(value))
        {
            if (_unowned.Count >= MaxUnowned) value = OtherValues;
            _unowned.Add(value);
        }

        return Find(null, value, "", start, size);
    }

    public void Clear()
    {
        foreach (PaneCounts pane in _panes.Values) pane.Release();
        _panes.Clear();
        _unowned.Clear();
    }

    /// <summary>Takes out the panes that a message opened and left without a row.</summary>
    public void DropEmpty()
    {
        foreach (((bool, string, string, long) key, PaneCounts pane) in _panes.Where(p => p.Value.Rows == 0).ToArray())
        {
            pane.Release();
            _panes.Remove(key);
        }
    }

    private PaneCounts? Find(ModelCounter? counter, string value, string version, long start, long size)
    {
        (bool, string, string, long) key = (counter is not null, value, version, start);
        if (!_panes.TryGetValue(key, out PaneCounts? pane))
        {
            if (_panes.Count >= MostPanes) return null;
            _panes.Add(key, pane = new PaneCounts(counter, value, version, start, size, lanes, pool));
        }

        pane.Dirty = true;
        return pane;
    }
}
