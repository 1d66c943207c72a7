using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Joins;

/// <summary>
/// Where the segments begin whose rows are still remembered, with the state of time there: from the first of them a replay brings everything back.
/// </summary>
internal sealed class SegmentStarts
{
    private readonly List<Start> _starts = [];
    private Start _last = new(default, null!);
    private int _first;

    /// <summary>Offset of the first record of the segment at hand.</summary>
    public SourceOffset Offset => _last.Offset;

    public bool IsEmpty => _starts.Count == 0;

    public void Begin(SourceOffset offset, JoinTime time) => _starts.Add(_last = new Start(offset, time));

    /// <summary>An id whose first row is of the segment at hand.</summary>
    /// <returns>The number of the segment.</returns>
    public int Hold()
    {
        _last.Ids++;
        return _first + _starts.Count - 1;
    }

    /// <summary>An id of that segment is forgotten, or carried.</summary>
    public void Release(int segment) => _starts[segment - _first].Ids--;

    /// <summary>The first segment whose rows are remembered; the one at hand where none are.</summary>
    public (SourceOffset Offset, JoinTime Time) Low()
    {
        int gone = _starts.FindIndex(s => s.Ids > 0);
        if (gone < 0) gone = _starts.Count - 1;
        _starts.RemoveRange(0, gone);
        _first += gone;
        return (_starts[0].Offset, _starts[0].Time);
    }

    /// <summary>All of them, and the number of the first.</summary>
    public (int First, ImmutableArray<JoinStart> Starts) Save() => (_first, [.. _starts.Select(s => new JoinStart(s.Offset, s.Time, s.Ids))]);

    /// <summary>As <see cref="Save"/> has them.</summary>
    public void Restore(int first, IEnumerable<JoinStart> starts)
    {
        _first = first;
        _starts.Clear();
        foreach (JoinStart start in starts) _starts.Add(_last = new Start(start.Offset, start.Time) { Ids = start.Ids });
    }

    private sealed class Start(SourceOffset offset, JoinTime time)
    {
        public SourceOffset Offset => offset;

        public JoinTime Time => time;

        public int Ids { get; set; }
    }
}
