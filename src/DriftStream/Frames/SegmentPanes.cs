using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>
/// The panes of one partition's open segment, with the versions and unclaimed values that have counts of their own. Changed in the
/// partition's order.
/// </summary>
/// <param name="lanes">How many lanes count.</param>
/// <param name="pool">Where cells come from.</param>
/// <param name="versions">How many versions of a pane have counts of their own.</param>
internal sealed class SegmentPanes(int lanes, CellPool pool, int versions)
{
    /// <summary>How many panes end a segment: event times that span years within one segment would cost memory for each pane.</summary>
    public const int MaxPanes = 1024;

    /// <summary>How many panes one message may bring a segment to: rows that would open more are rejected.</summary>
    public const int MostPanes = 2 * MaxPanes;

    /// <summary>How many unclaimed values a segment names; rows of any further ones are reported together.</summary>
    private const int MaxUnowned = 100;

    private const string OtherValues = "(other values)";

    private readonly Dictionary<(bool Owned, string Value, string Version, bool IsRest, long Start), PaneCounts> _panes = [];
    private readonly Dictionary<(string Model, long Start), int> _versions = [];
    private readonly HashSet<string> _unowned = new(StringComparer.Ordinal);

    public int Count => _panes.Count;

    public IReadOnlyCollection<PaneCounts> All => _panes.Values;

    /// <summary>
    /// The pane of a model's version; that of the rest where the pane has no room for another version; or null where the segment
    /// has no room for another pane.
    /// </summary>
    public PaneCounts? Of(ModelCounter counter, string version, EventTime start)
    {
        (string model, Duration size) = (counter.Model.Id, counter.Model.PaneSize);
        if (version.Length == 0) return Find(counter, model, new PaneVersion(""), start, size);
        if (_panes.TryGetValue((true, model, version, false, start), out PaneCounts? known))
        {
            known.Dirty = true;
            return known;
        }

        int seen = _versions.GetValueOrDefault((model, start));
        if (seen >= versions) return Find(counter, model, new PaneVersion("", 0, IsRest: true), start, size);
        PaneCounts? pane = Find(counter, model, new PaneVersion(version, seen), start, size);
        if (pane is not null) _versions[(model, start)] = seen + 1;
        return pane;
    }

    /// <summary>The pane of a value that no model claims, or null where the segment has no room for another.</summary>
    public PaneCounts? Unowned(string value, EventTime start, Duration size)
    {
        if (!_unowned.Contains(value))
        {
            if (_unowned.Count >= MaxUnowned) value = OtherValues;
            _unowned.Add(value);
        }

        return Find(null, value, new PaneVersion(""), start, size);
    }

    public void Clear()
    {
        foreach (PaneCounts pane in _panes.Values) pane.Release();
        _panes.Clear();
        _unowned.Clear();
        _versions.Clear();
    }

    /// <summary>Removes the panes that a message opened and left without a row, as if their versions had not come.</summary>
    public void DropEmpty()
    {
        foreach (((bool, string, string, bool, long) key, PaneCounts pane) in _panes.Where(p => p.Value.Rows == 0).ToArray())
        {
            pane.Release();
            _panes.Remove(key);
            if (pane.Version.Length > 0) _versions.Remove((pane.Value, pane.Start));
        }

        foreach (PaneCounts pane in _panes.Values.Where(p => p.Version.Length > 0))
            _versions[(pane.Value, pane.Start)] = Math.Max(pane.Seen + 1, _versions.GetValueOrDefault((pane.Value, pane.Start)));
    }

    private PaneCounts? Find(ModelCounter? counter, string value, PaneVersion version, EventTime start, Duration size)
    {
        (bool, string, string, bool, long) key = (counter is not null, value, version.Name, version.IsRest, start);
        if (!_panes.TryGetValue(key, out PaneCounts? pane))
        {
            if (_panes.Count >= MostPanes) return null;
            _panes.Add(key, pane = new PaneCounts(counter, value, version, start, size, lanes, pool));
        }

        pane.Dirty = true;
        return pane;
    }
}
