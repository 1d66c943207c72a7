using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DriftStream.Batches;

namespace DriftStream.Frames;

/// <summary>
/// What a flush writes: the entries first, then the header that vouches for them, then the position where the segment is complete.
/// </summary>
public sealed record Flushed(ImmutableArray<Entry> Entries, Header Header, Position? Position);

/// <summary>
/// Counts one source partition, segment by segment. Its output is a pure function of the messages and of where and under which
/// variant the segment began: two counters of one partition write the same things, whenever each of them started, stopped or crashed.
/// </summary>
public sealed class PartitionCounter
{
    /// <summary>Panes that end a segment: event times that run through years within one segment cost memory for each pane.</summary>
    private const int MaxPanes = 1024;

    /// <summary>Panes that one message may push a segment to: rows that would open more are rejected.</summary>
    internal const int MostPanes = 2 * MaxPanes;

    private readonly CountingSettings _settings;
    private readonly BatchRows _rows;
    private readonly IMessageReader _reader;
    private readonly List<RejectedRows> _rejects = [];
    private readonly Dictionary<string, long> _late = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Value, string Version, long Start), PaneCounts> _panes = [];
    private Variant _variant;
    private FateCounts _fates;
    private long? _firstTimestamp;
    private long _bytes;

    /// <param name="settings">The plan, as far as counting goes.</param>
    /// <param name="source">The partition; its topic is one of the plan's sources.</param>
    /// <param name="start">Offset of the first message of the segment that begins now.</param>
    /// <param name="watermark">Watermark there, or <see cref="EventTime.None"/>.</param>
    /// <param name="reader">Reads messages of the topic's format; may be shared by its partitions that one thread counts.</param>
    public PartitionCounter(CountingSettings settings, SourcePartition source, long start, long watermark, IMessageReader reader)
    {
        _settings = settings;
        _reader = reader;
        _rows = new BatchRows(settings, settings.Sources[source.Topic], PaneOf);
        Source = source;
        Segment = Upto = start;
        Watermark = watermark;
        _variant = new Variant(settings.Epoch, watermark);
    }

    public SourcePartition Source { get; }

    /// <summary>Offset of the open segment's first message.</summary>
    public long Segment { get; private set; }

    /// <summary>The offset after the last message counted.</summary>
    public long Upto { get; private set; }

    /// <summary>Largest event time accepted, or <see cref="EventTime.None"/>.</summary>
    public long Watermark { get; private set; }

    /// <summary>Payload has reached the segment's size, or its panes their number: finish it at <see cref="Upto"/>, at once.</summary>
    public bool IsFull => _bytes >= _settings.SegmentBytes || _panes.Count >= MaxPanes;

    /// <summary>Of the open segment.</summary>
    public FateCounts Fates => _fates;

    /// <summary>What the last <see cref="Add"/> refused.</summary>
    public ReadOnlySpan<RejectedRows> Rejects => CollectionsMarshal.AsSpan(_rejects);

    /// <summary>A record of that timestamp belongs to the next segment: finish this one at the record's offset first.</summary>
    public bool EndsBefore(long timestamp) => _firstTimestamp is { } first && timestamp >= first + _settings.SegmentSpan;

    /// <summary>Counts one message.</summary>
    public void Add(in SourceRecord record)
    {
        _rejects.Clear();
        _firstTimestamp ??= record.Timestamp;
        _bytes += record.Bytes;
        Upto = record.Offset + 1;
        _fates = _fates with { Messages = _fates.Messages + 1 };
        if (record.Tombstone)
        {
            _fates = _fates with { Tombstones = _fates.Tombstones + 1 };
            return;
        }

        Reject? reject = record.Refused ?? _reader.Read(record.Payload);
        if (reject is not null)
        {
            _fates = _fates with { Unreadable = _fates.Unreadable + 1 };
            _rejects.Add(new RejectedRows(Source, record.Offset, null, 0, reject));
            return;
        }

        foreach (Batch batch in _reader.Batches) AddBatch(batch, record);
    }

    /// <summary>The end of the partition has been fetched: offsets before <paramref name="end"/> hold no further message.</summary>
    public void ReachedEnd(long end)
    {
        // A full segment ends behind its last message, wherever the log ends: every owner must end it there.
        if (!IsFull) Upto = Math.Max(Upto, end);
    }

    /// <summary>Writes what is due: the panes that the partition's own watermark has sealed, or all of them before an idle claim.</summary>
    /// <param name="stamp">The counter's clock in microseconds; of the end-of-partition fetch where idle.</param>
    /// <param name="partitions">Partitions of the topic.</param>
    /// <param name="idle">Nothing more is there.</param>
    public Flushed Flush(long stamp, int partitions, bool idle) => Flush(stamp, partitions, idle, complete: false, position: null);

    /// <summary>Ends the segment before <paramref name="next"/> and begins the next one there.</summary>
    public Flushed Finish(long next, long stamp, int partitions)
    {
        Upto = next;
        Flushed flushed = Flush(stamp, partitions, idle: false, complete: true, new Position(Source, next, Watermark));
        Segment = next;
        _variant = new Variant(_settings.Epoch, Watermark);
        _panes.Clear();
        _late.Clear();
        _rows.Clear();
        _fates = default;
        _firstTimestamp = null;
        _bytes = 0;
        return flushed;
    }

    private Flushed Flush(long stamp, int partitions, bool idle, bool complete, Position? position)
    {
        var due = new List<PaneCounts>();
        foreach (PaneCounts pane in _panes.Values)
        {
            if (pane.Dirty && (idle || complete || pane.End + Lateness(pane) <= Watermark)) due.Add(pane);
        }

        var entries = ImmutableArray.CreateBuilder<Entry>(due.Count);
        foreach (PaneCounts pane in due)
        {
            pane.Dirty = false;
            entries.AddRange(pane.Entries());
        }

        entries.Sort((a, b) => a.Key.CompareTo(b.Key));
        ImmutableArray<LateRows> late = [.. _late.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => new LateRows(l.Key, l.Value))];
        var header = new Header(Source, Segment, _variant, Upto, Watermark, _fates, late, complete, idle, stamp, partitions);
        return new Flushed(entries.ToImmutable(), header, position);
    }

    private void AddBatch(Batch batch, in SourceRecord record)
    {
        BatchOutcome outcome = _rows.Count(batch, record, Watermark, _late);
        Watermark = outcome.Watermark;
        _fates += outcome.Fates;
        foreach (RowsReject reject in _rows.Rejects)
            _rejects.Add(new RejectedRows(Source, record.Offset, reject.Model, reject.Rows, reject.Reject));
    }

    private PaneCounts? PaneOf(ModelCounter? model, string value, string version, long start, long size)
    {
        (string, string, long) key = (model is null ? "\0" + value : value, version, start);
        if (!_panes.TryGetValue(key, out PaneCounts? pane))
        {
            if (_panes.Count >= MostPanes) return null;
            _panes.Add(key, pane = new PaneCounts(model, value, version, start, size));
        }

        pane.Dirty = true;
        return pane;
    }

    private static long Lateness(PaneCounts pane) => pane.Model?.Model.AllowedLateness ?? 0;
}
