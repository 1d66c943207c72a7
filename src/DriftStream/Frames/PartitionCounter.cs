using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DriftStream.Cells;
using DriftStream.Kernels;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>
/// What a flush writes: the entries first, then the header that vouches for them, then, where the segment is complete, the position.
/// </summary>
public sealed record Flushed(ImmutableArray<Entry> Entries, SegmentHeader Header, Position? Position)
{
    /// <summary>What the partitions of <c>joins</c> are told; acknowledged before the header is sent.</summary>
    public ImmutableArray<(int Partition, Projection Projection)> Projections { get; init; } = [];

    /// <summary>Panes that could not be summed; their entries carry the reason.</summary>
    public ImmutableArray<CountingFault> Faults { get; init; } = [];

    internal CellPool? Pool { get; init; }

    internal List<(CountedModel Model, SignalCounts[] Cells)> Lent { get; init; } = [];

    /// <summary>Says that the entries are written and no longer looked at, so that their cells may be used again.</summary>
    public void Release()
    {
        foreach ((CountedModel model, SignalCounts[] cells) in Lent) Pool!.Return(model, cells);
        Lent.Clear();
    }
}

/// <summary>
/// Counts one source partition, segment by segment. Its output is a pure function of the messages and of where and under which
/// variant the segment began: two counters of one partition write the same things, whenever each of them started, stopped or crashed,
/// and however many lanes they count with.
/// </summary>
/// <remarks>One thread at a time may call it, and may flush or finish a segment only while no lane counts for it.</remarks>
public sealed class PartitionCounter
{
    private readonly CountingSettings _settings;
    private readonly List<RejectedRows> _rejects = [];
    private readonly Dictionary<string, LostRows> _lost = new(StringComparer.Ordinal);
    private readonly CellPool _pool = new();
    private readonly SegmentPanes _panes;
    private readonly INumberCounter _numbers;
    private readonly PartitionProjector? _projector;
    private readonly List<ProjectedRow>? _projected;
    private Variant _variant;
    private FateCounts _fates;
    private WatermarkRecord? _mover;
    private RecordMark? _first;
    private SourceOffset _lastOffset;
    private EventTime _lastTimestamp;
    private long _bytes;
    private bool _hasBegun;

    /// <param name="settings">What the plan says of counting.</param>
    /// <param name="source">The partition; its topic is one of the plan's sources.</param>
    /// <param name="start">Offset of the first message of the segment that begins now.</param>
    /// <param name="watermark">Watermark there, or <see cref="EventTime.None"/>.</param>
    /// <param name="lanes">How many lanes count its messages; they are numbered from 0.</param>
    /// <param name="numbers">Counts numbers for the lanes. Null: the CPU.</param>
    /// <param name="joins">How the topic <c>joins</c> is told of rows that labels may meet; needed where the topic has such rows, or labels.</param>
    public PartitionCounter(
        CountingSettings settings, SourcePartition source, SourceOffset start, EventTime watermark, int lanes = 1, INumberCounter? numbers = null,
        Projecting? joins = null)
    {
        _settings = settings;
        _numbers = numbers ?? CpuCounter.Shared;
        _panes = new SegmentPanes(lanes, _pool, settings.Versions);
        Source = source;
        Segment = Upto = start;
        Watermark = watermark;
        _variant = new Variant(settings.Epoch, watermark);
        Plan = new PlanName(settings.Epoch, settings.EpochHash);
        if (!settings.Sources[source.Topic].IsProjected) return;
        ArgumentNullException.ThrowIfNull(joins);
        _projector = new PartitionProjector(source, (UInt128)start.Generation, default, settings.Epoch, joins.Partitions, joins.Step);
        _projected = [];
    }

    /// <summary>The newest plan known: one that changes nothing for counting may be newer than the settings' epoch.</summary>
    public PlanName Plan { get; set; }

    /// <summary>No position record tells this topic from another one of its name: the first flush that has a record writes one.</summary>
    public bool TellsStart { get; set; }

    /// <summary>The partition whose messages are counted.</summary>
    public SourcePartition Source { get; }

    /// <summary>Offset of the open segment's first message.</summary>
    public SourceOffset Segment { get; private set; }

    /// <summary>The offset after the last message counted.</summary>
    public SourceOffset Upto { get; private set; }

    /// <summary>Largest event time accepted, or <see cref="EventTime.None"/>.</summary>
    public EventTime Watermark { get; private set; }

    /// <summary>Payload has reached the segment's size, or panes their number: finish the segment at <see cref="Upto"/> at once.</summary>
    public bool IsFull => _bytes >= _settings.SegmentBytes || _panes.Count >= SegmentPanes.MaxPanes;

    /// <summary>What became of the open segment's rows so far.</summary>
    public FateCounts Fates => _fates;

    /// <summary>What the last <see cref="Decide"/> refused.</summary>
    public ReadOnlySpan<RejectedRows> Rejects => CollectionsMarshal.AsSpan(_rejects);

    /// <summary>Whether a record of that timestamp belongs to the next segment: if so, finish this one at the record's offset first.</summary>
    public bool EndsBefore(EventTime timestamp) => _first is { } first && timestamp >= first.Timestamp + _settings.SegmentSpan;

    /// <summary>Counts one message: opens, decides and counts it.</summary>
    public void Add(in SourceRecord record, CountingLane lane)
    {
        lane.Open(Source.Topic, record);
        Decide(lane);
        lane.Count();
    }

    /// <summary>
    /// Decides the fates of the message that the lane has opened. Must be called in the order of the offsets; once it has returned,
    /// the next message may be decided while the lane counts this one.
    /// </summary>
    public void Decide(CountingLane lane)
    {
        SourceRecord record = lane.Record;
        _rejects.Clear();
        _first ??= new RecordMark(record.Offset, record.Timestamp);
        (_lastOffset, _lastTimestamp) = (record.Offset, record.Timestamp);
        _bytes += record.Bytes;
        Upto = record.Offset.Next;
        _fates = _fates with { Messages = _fates.Messages + 1 };
        if (record.Tombstone)
        {
            _fates = _fates with { Tombstones = _fates.Tombstones + 1 };
        }
        else if (lane.Refused is { } reject)
        {
            _fates = _fates with { Unreadable = _fates.Unreadable + 1 };
            SourceTopic topic = _settings.Sources[Source.Topic];
            ImmutableArray<string> models = topic.ModelsOf(record);
            foreach (string model in models)
                _lost[model] = _lost.GetValueOrDefault(model, new LostRows(model)) + new LostRows(model, Unreadable: 1) { Why = reject.Detail };
            _rejects.Add(new RejectedRows(Source, record.Offset, topic.Selector?.Column is null && models is [var only] ? only : null, RowCount.Zero, reject));
        }

        while (lane.Next() is { } rows)
        {
            BatchOutcome outcome = rows.Decide(_panes, Watermark, _lost, Source, _projected);
            if (outcome.Watermark > Watermark) _mover = new WatermarkRecord(record.Offset, record.Timestamp);
            Watermark = outcome.Watermark;
            _fates += outcome.Fates;
            foreach (RowsReject refused in rows.Rejects)
                _rejects.Add(new RejectedRows(Source, record.Offset, refused.Model, refused.Rows, refused.Reject));
        }
    }

    /// <summary>The end of the partition has been fetched: offsets before <paramref name="end"/> hold no further message.</summary>
    public void ReachedEnd(SourceOffset end)
    {
        // A full segment ends after its last message, wherever the log ends: every owner must end it there.
        if (!IsFull) Upto = SourceOffset.Max(Upto, end);
    }

    /// <summary>Writes what is due: the panes that the partition's own watermark has sealed, or all of them before an idle claim.</summary>
    /// <param name="stamp">The counter's clock in microseconds since 1970: when the end of the partition was fetched if idle, else now.</param>
    /// <param name="partitions">How many partitions the topic has.</param>
    /// <param name="idle">The partition holds nothing more.</param>
    public Flushed Flush(EventTime stamp, int partitions, bool idle) => Flush(stamp, partitions, idle, complete: false, Start());

    /// <summary>Ends the segment before <paramref name="next"/> and begins the next one there.</summary>
    public Flushed Finish(SourceOffset next, EventTime stamp, int partitions)
    {
        Upto = next;
        RecordMark? last = _first is null ? null : new RecordMark(_lastOffset, _lastTimestamp);
        Flushed flushed = Flush(stamp, partitions, idle: false, complete: true, new Position(Source, next, Watermark) { First = _first, Last = last });
        Segment = next;
        _variant = new Variant(_settings.Epoch, Watermark);
        _panes.Clear();
        _lost.Clear();
        _fates = default;
        _mover = null;
        _first = null;
        _bytes = 0;
        return flushed;
    }

    private Position? Start()
    {
        if (!TellsStart || _first is null) return null;
        TellsStart = false;
        return new Position(Source, Segment, _variant.Watermark) { First = _first };
    }

    private Flushed Flush(EventTime stamp, int partitions, bool idle, bool complete, Position? position)
    {
        var due = new List<PaneCounts>();
        foreach (PaneCounts pane in _panes.All)
        {
            if (pane.Dirty && (idle || complete || IsSealed(pane))) due.Add(pane);
        }

        if (due.Count > 0) _numbers.Settle(due.SelectMany(pane => pane.Cells));
        var entries = ImmutableArray.CreateBuilder<Entry>(due.Count);
        var lent = new List<(CountedModel Model, SignalCounts[] Cells)>(due.Count);
        var faults = ImmutableArray.CreateBuilder<CountingFault>();
        foreach (PaneCounts pane in due)
        {
            pane.Dirty = false;
            entries.AddRange(Written(pane, lent, faults));
        }

        entries.Sort((a, b) => a.Key.CompareTo(b.Key));
        ImmutableArray<(int Partition, Projection Projection)> projections = Project(stamp, partitions, idle, complete);
        ImmutableArray<LostRows> lost = [.. _lost.Values.OrderBy(l => l.Model, StringComparer.Ordinal)];
        PlanName plan = Plan;
        var header = new SegmentHeader(
            Source, Segment, _variant, Upto, Watermark, _fates, lost,
            Complete: complete, Idle: idle, Stamp: stamp, Partitions: partitions, Plan: plan.Epoch, Mover: _mover)
        {
            PlanHash = plan.Hash,
            EpochHash = _settings.EpochHash,
        };
        return new Flushed(entries.ToImmutable(), header, position) { Pool = _pool, Lent = lent, Faults = faults.ToImmutable(), Projections = projections };
    }

    private ImmutableArray<(int Partition, Projection Projection)> Project(EventTime stamp, int partitions, bool idle, bool complete)
    {
        if (_projector is null) return [];
        var projections = ImmutableArray.CreateBuilder<(int Partition, Projection Projection)>();
        if (!_hasBegun)
        {
            // What lies before the first segment of a session has been told by others, who were acknowledged, or is gone: for whoever has not heard of it.
            projections.AddRange(_projector.Lose(Segment.InTopic, _variant.Watermark, stamp, partitions));
            _projector.Begin(Segment.InTopic, _settings.Epoch);
            _hasBegun = true;
        }

        // They name the topic beside the offset.
        bool isFirst = Segment.Generation == 0;
        foreach (ProjectedRow row in _projected!) _projector.Add(isFirst ? row : row with { Offset = row.Offset.InTopic });
        _projected.Clear();
        projections.AddRange(_projector.Flush(Upto.InTopic, Watermark, stamp, partitions, idle, complete));
        if (complete) _projector.Begin(Upto.InTopic, _settings.Epoch);
        return projections.ToImmutable();
    }

    private Entry[] Written(
        PaneCounts pane, List<(CountedModel Model, SignalCounts[] Cells)> lent, ImmutableArray<CountingFault>.Builder faults)
    {
        try
        {
            return [.. pane.Entries(Source, lent)];
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            pane.Break(Upto, CountingFault.Describe(e));
            faults.Add(new CountingFault(Upto, pane.Value, "sum", e));
            return [.. pane.Entries(Source, lent)];
        }
    }

    private bool IsSealed(PaneCounts pane) => pane.Model?.IsSealed(pane.End, Watermark) ?? pane.End <= Watermark;
}
