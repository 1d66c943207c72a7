using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Joins;

/// <summary>How far one source partition is taken.</summary>
internal sealed class SourcePoint
{
    /// <summary>Rows of messages before this have been taken, or are lost.</summary>
    public SourceOffset Next { get; set; }

    /// <summary>The part to come of the message there, where it comes in several.</summary>
    public int Part { get; set; }

    /// <summary>
    /// Records of <c>joins</c> are gone: once, a projection may begin later than this. Not only the next one: that may be of a session that had lost nothing.
    /// </summary>
    public bool Torn { get; set; }

    public RowCount Rows { get; set; }
}

/// <summary>
/// How far each source partition is taken: whoever projects a stretch first has projected it, whatever else wrote about it. A topic that is made again under
/// its name has points of its own.
/// </summary>
internal sealed class SourcePoints
{
    private readonly Dictionary<(SourcePartition Source, UInt128 TopicId), SourcePoint> _points = [];

    /// <summary>Records of <c>joins</c> have been missing at some time.</summary>
    public bool Torn { get; private set; }

    public ImmutableArray<JoinPoint> All =>
    [
        .. _points.OrderBy(p => p.Key).Select(p => new JoinPoint(p.Key.Source, p.Key.TopicId, p.Value.Next, p.Value.Part, p.Value.Torn, p.Value.Rows)),
    ];

    /// <summary>The point of a projection's partition; at the beginning where nothing is known of it.</summary>
    public SourcePoint Of(Projection projection)
    {
        (SourcePartition, UInt128) key = (projection.Source, projection.TopicId);
        if (!_points.TryGetValue(key, out SourcePoint? point)) _points.Add(key, point = new SourcePoint { Torn = Torn });
        return point;
    }

    /// <summary>Records of <c>joins</c> are gone: of every partition some may have been among them.</summary>
    public void Tear()
    {
        Torn = true;
        foreach (SourcePoint point in _points.Values) point.Torn = true;
    }

    public void Restore(JoinTime time)
    {
        _points.Clear();
        Torn = time.Torn;
        foreach (JoinPoint point in time.Points)
        {
            _points.Add((point.Source, point.TopicId), new SourcePoint
            {
                Next = point.Next,
                Part = point.Part,
                Torn = point.Torn,
                Rows = point.Rows,
            });
        }
    }
}
