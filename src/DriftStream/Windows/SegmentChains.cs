using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>
/// The source partitions, each with its chain of segments: the point up to which it is folded, the segments that are not, and the folded
/// ones that a rebuild must read again.
/// </summary>
internal sealed class SegmentChains
{
    private readonly Dictionary<SourcePartition, SourceState> _sources = [];
    private readonly Dictionary<string, List<SourcePartition>> _sourcesOf = new(StringComparer.Ordinal);
    private readonly SortedDictionary<SegmentKey, SegmentState> _segments = [];
    private readonly SortedDictionary<SegmentKey, FoldedSnapshot> _folded = [];

    public IReadOnlyDictionary<SourcePartition, SourceState> Sources => _sources;

    /// <summary>Every segment that is not folded, on the chain or not.</summary>
    public IEnumerable<SegmentState> Segments => _segments.Values;

    /// <summary>Of each partition the segment at its point, where a header has chosen a variant of it: the only ones whose entries count.</summary>
    public IEnumerable<(SourcePartition Source, SegmentState Segment, Variant Variant, VariantState Chosen)> Standing
    {
        get
        {
            foreach ((SegmentKey key, SegmentState segment) in _segments)
            {
                if (_sources.TryGetValue(key.Source, out SourceState? source) && source.Point == key.Start && segment.Choice is { } variant)
                    yield return (key.Source, segment, variant, segment.Variants[variant]);
            }
        }
    }

    public SourceState Source(SourcePartition source)
    {
        if (!_sources.TryGetValue(source, out SourceState? state)) Add(source, state = new SourceState());
        return state;
    }

    /// <summary>The segment with that name; new where nothing has been heard of it.</summary>
    public SegmentState Segment(SegmentKey key)
    {
        if (!_segments.TryGetValue(key, out SegmentState? segment)) Add(key, segment = new SegmentState());
        return segment;
    }

    public void Remove(SegmentKey key)
    {
        _segments.Remove(key);
        Source(key.Source).Segments.Remove(key.Start);
    }

    /// <summary>How a segment was folded; null where a rebuild needs none of its entries.</summary>
    public FoldedSnapshot? Folded(SegmentKey key) => _folded.GetValueOrDefault(key);

    public void NoteFolded(FoldedSnapshot folded) => _folded[new SegmentKey(folded.Source, folded.Start)] = folded;

    /// <summary>
    /// Forgets folded segments without an open pane. One is needed while a pane with rows of it is open, that is, one that ends no later than
    /// the segment's last pane.
    /// </summary>
    public void ForgetFolded(IEnumerable<KeyValuePair<EntryKey, PaneSum>> open)
    {
        var first = new Dictionary<SourcePartition, EventTime>();
        foreach ((EntryKey key, PaneSum pane) in open)
        {
            foreach ((SourcePartition source, _) in pane.RowsBySource) first[source] = EventTime.Min(key.End, first.GetValueOrDefault(source, EventTime.Never));
        }

        foreach (SegmentKey key in _folded.Where(f => f.Value.LastEnd < first.GetValueOrDefault(f.Key.Source, EventTime.Never)).Select(f => f.Key).ToArray())
            _folded.Remove(key);
    }

    /// <summary>How far event time has come in these topics; null where nothing has been heard from them.</summary>
    public EventTime? Reached(ImmutableArray<string> topics)
    {
        EventTime reached = _sources.Where(s => topics.Contains(s.Key.Topic)).Select(s => s.Value.Time.Watermark).DefaultIfEmpty(EventTime.None).Max();
        return reached == EventTime.None ? null : reached;
    }

    /// <summary>The record that moved event time furthest in these topics; null where it is unknown.</summary>
    public FurthestRecord? Furthest(ImmutableArray<string> topics)
    {
        FurthestRecord? furthest = null;
        foreach ((SourcePartition source, SourceState state) in _sources.OrderBy(s => s.Key))
        {
            if (state.Mover is null || !topics.Contains(source.Topic) || state.Time.Watermark <= (furthest?.Watermark ?? EventTime.None)) continue;
            furthest = new FurthestRecord(source, state.Time.Watermark, state.Mover);
        }

        return furthest;
    }

    /// <summary>Rows of all models that the open segments of these topics have counted so far.</summary>
    public RowCount CountedInOpenSegments(ImmutableArray<string> topics)
    {
        RowCount counted = RowCount.Zero;
        foreach (SourcePartition source in topics.Distinct().SelectMany(t => _sourcesOf.GetValueOrDefault(t) ?? []))
        {
            if (_segments.GetValueOrDefault(new SegmentKey(source, _sources[source].Point))?.Chosen?.Header is { } header) counted += header.Fates.Counted;
        }

        return counted;
    }

    /// <summary>Average rows of a message of these topics, over those that could be read; 1 where none could.</summary>
    public double RowsPerMessage(ImmutableArray<string> topics)
    {
        FateCounts all = default;
        foreach (SourcePartition source in topics.Distinct().SelectMany(t => _sourcesOf.GetValueOrDefault(t) ?? []))
        {
            SourceState state = _sources[source];
            all += state.Folded;
            if (_segments.GetValueOrDefault(new SegmentKey(source, state.Point))?.Chosen?.Header is { } header) all += header.Fates;
        }

        long read = all.Messages - all.Unreadable - all.Tombstones;
        return read == 0 || all.Rows == 0 ? 1 : (double)all.Rows / read;
    }

    public ImmutableArray<SourceSnapshot> SaveSources() => [.. _sources.OrderBy(s => s.Key).Select(s => s.Value.Save(s.Key))];

    /// <param name="isSealed">Of entries in sealed panes only the rows are kept; the others are read again.</param>
    public ImmutableArray<SegmentSnapshot> SaveSegments(Func<EntryKey, bool> isSealed) => [.. _segments.Select(s => s.Value.Save(s.Key, isSealed))];

    public ImmutableArray<FoldedSnapshot> SaveFolded() => [.. _folded.Values];

    public void Restore(LedgerState state)
    {
        foreach (SourceSnapshot source in state.Sources) Add(source.Source, SourceState.Restore(source));
        foreach (SegmentSnapshot segment in state.Segments) Add(new SegmentKey(segment.Source, segment.Start), SegmentState.Restore(segment));
        foreach (FoldedSnapshot folded in state.Folded) _folded.Add(new SegmentKey(folded.Source, folded.Start), folded);
    }

    private void Add(SourcePartition source, SourceState state)
    {
        _sources.Add(source, state);
        if (!_sourcesOf.TryGetValue(source.Topic, out List<SourcePartition>? all)) _sourcesOf.Add(source.Topic, all = []);
        all.Add(source);
    }

    private void Add(SegmentKey key, SegmentState segment)
    {
        _segments.Add(key, segment);
        Source(key.Source).Segments.Add(key.Start);
    }
}
