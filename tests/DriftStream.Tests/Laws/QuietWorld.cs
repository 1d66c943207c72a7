using System.Buffers;
using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Tests.Laws;

/// <summary>A row that is appended at some time to a partition of a topic.</summary>
internal sealed record TimedRow(long Append, SourcePartition To, string Model, long Time);

/// <summary>What a judge does with quiet partitions: the rule itself, or a mutant of it.</summary>
/// <param name="Holds">For how long a quiet partition holds the others back, in microseconds.</param>
/// <param name="ForgetsHistory">A restart begins without the history of watermarks.</param>
internal sealed record QuietRule(long Holds, bool ForgetsHistory = false)
{
    public static QuietRule Real { get; } = new(QuietWorld.IdleAfter);
}

/// <summary>
/// Rows in real time, one to three counters with clocks of their own, and judges that may die: the engine's own counting and judging.
/// Time is moved from one flush or delivery to the next.
/// </summary>
internal sealed class QuietWorld : IDisposable
{
    public const long IdleAfter = 30 * EventTime.Second, Flush = 5 * EventTime.Second, FetchDelay = EventTime.Second, Delivery = EventTime.Second;
    public const long CloseAfterIdle = 10 * EventTime.Minute;
    public const int CountsPartitions = 2;

    private static readonly ImmutableArray<BaselineSignal> Signals =
        [new("flag", SignalRole.Feature, ["flag"], Layout.Categorical(["true"]), [1, .. new long[Layout.Categorical(["true"]).Cells - 1]])];

    private readonly Random _random;
    private readonly CountingSettings _counting;
    private readonly CountingLane _lane;
    private readonly SimulatedJudge[] _judges;
    private readonly Dictionary<SourcePartition, SimulatedLog> _logs = [];
    private readonly Dictionary<SourcePartition, int> _partitions;
    private readonly Dictionary<SourcePartition, Position> _positions = [];
    private readonly PriorityQueue<(int Target, byte[] Record), (long At, int Order)> _deliveries = new();
    private readonly int[] _read = new int[CountsPartitions];
    private int _sent;

    /// <param name="seed">Of delays, deaths and clocks.</param>
    /// <param name="topics">Partitions of each topic.</param>
    /// <param name="models">Source topics of each model.</param>
    /// <param name="window">Of every model, and its pane, in microseconds.</param>
    /// <param name="rule">What judges do.</param>
    public QuietWorld(
        int seed, IReadOnlyDictionary<string, int> topics, IReadOnlyDictionary<string, string[]> models, long window, QuietRule rule)
    {
        _random = new Random(seed);
        _partitions = topics
            .SelectMany(t => Enumerable.Range(0, t.Value).Select(p => new SourcePartition(t.Key, p)))
            .ToDictionary(s => s, s => topics[s.Topic]);
        foreach (SourcePartition source in _partitions.Keys) _logs.Add(source, new SimulatedLog());
        _counting = new CountingSettings(
            0,
            topics.Keys.ToImmutableSortedDictionary(t => t, t => new SourceTopic(t, MessageFormat.Arrow, new ModelSelector(Column: "model"),
            [
                .. models.Where(m => m.Value.Contains(t)).Select(m => new CountedModel(
                    m.Key, "time", new VersionSource(), null, null, Signals, new(window), new(0), new(0), TimeUnit.Microsecond)),
            ])),
            new(1000 * 365 * EventTime.Day),
            SegmentBytes: 40,
            SegmentSpan: Duration.FromHours(1),
            UnownedPane: new(window));
        _lane = new CountingLane(_counting, new InputLimits());
        var windowing = new WindowingSettings(
            models.ToImmutableSortedDictionary(
                m => m.Key,
                m => new ModelWindows(m.Key, [.. m.Value], new(window), new(0), new(0), [new WindowSettings("w", new(window), new(window), new(0), 0)])),
            new ModelWindows("", [.. topics.Keys], new(window), new(0), new(0), [new WindowSettings("w", new(window), new(window), new(0), 0)]),
            new(CloseAfterIdle),
            new((3 * Flush) + (30 * EventTime.Second)),
            new(1000 * 365 * EventTime.Day),
            new(rule.Holds));
        JudgeSettings judging = SimulatedPlan.JudgingOf(models.Keys, windowing, Signals);
        _judges =
        [
            .. Enumerable.Range(0, CountsPartitions).Select(p => new SimulatedJudge(
                _ => judging.OfPartition(p, CountsPartitions), rule.ForgetsHistory ? state => state with { Watermarks = [] } : null)),
        ];
    }

    public IReadOnlyList<SimulatedJudge> Judges => _judges;

    /// <summary>When each verdict came, by its window's model and end.</summary>
    public Dictionary<(string Model, long End), long> ClosedAt { get; } = [];

    public long Overtaken => _judges.Sum(j => j.Accounts.Sum(a => a.Overtaken));

    public void Dispose() => _lane.Dispose();

    /// <summary>Runs the world until that time.</summary>
    /// <param name="rows">In the order they are appended.</param>
    /// <param name="end">Microseconds.</param>
    /// <param name="skews">How far the clock of each counter is off.</param>
    /// <param name="moves">How often a partition changes its counter, on average, from 0 to 1 a flush.</param>
    /// <param name="deaths">How likely a judge dies after a record, from 0 to 1.</param>
    public void Run(IReadOnlyList<TimedRow> rows, long end, ImmutableArray<long> skews, double moves, double deaths)
    {
        Owner[] counters = [.. skews.Select(skew => new Owner(skew, _random.NextInt64(Flush)))];
        foreach (SourcePartition source in _partitions.Keys) counters[_random.Next(counters.Length)].Take(source, Begin(source), 0);
        int appended = 0;
        while (true)
        {
            Owner counter = counters.MinBy(c => c.Next)!;
            long now = counter.Next;
            if (now > end) break;
            for (; appended < rows.Count && rows[appended].Append <= now; appended++) Append(rows[appended], appended);
            DeliverUntil(now, deaths);
            FlushAll(counter, now);
            if (_random.NextDouble() < moves) Move(counters, now);
        }

        DeliverUntil(long.MaxValue, 0);
    }

    private void Append(TimedRow row, int number) => _logs[row.To].Append(
        row.Append, 1, number, [new SimulatedRow(row.To.Partition, row.Model, row.Time, row.Append, false, true)]);

    private PartitionCounter Begin(SourcePartition source) => _positions.TryGetValue(source, out Position? position)
        ? new PartitionCounter(_counting, source, position.Next, position.Watermark)
        : new PartitionCounter(_counting, source, new(0), EventTime.None);

    private void Move(Owner[] counters, long now)
    {
        SourcePartition source = _partitions.Keys.ElementAt(_random.Next(_partitions.Count));
        foreach (Owner counter in counters) counter.Counted.Remove(source);
        Owner to = counters[_random.Next(counters.Length)];
        to.Take(source, Begin(source), now);
        // A position record is written when every header before it has been acknowledged: whoever starts there is behind them.
        to.Delivered = counters.Max(c => c.Delivered);
    }

    private void FlushAll(Owner counter, long now)
    {
        counter.Next += Flush;
        var flushed = new List<Flushed>();
        foreach ((SourcePartition source, Counted counted) in counter.Counted)
        {
            SimulatedLog log = _logs[source];
            long fetched = now - _random.NextInt64(FetchDelay);
            while (log.At(counted.Counter.Upto) is { } record && record.Timestamp <= fetched)
            {
                counted.Counter.Add(new SourceRecord(new(record.Offset), new(record.Timestamp), record.Payload, false, [], record.Bytes), _lane);
                counted.LastRecord = Math.Max(counted.LastRecord, record.Timestamp);
                if (counted.Counter.IsFull) flushed.Add(counted.Counter.Finish(counted.Counter.Upto, new(now + counter.Skew), _partitions[source]));
            }

            bool idle = log.At(counted.Counter.Upto) is null && now - counted.LastRecord >= IdleAfter;
            flushed.Add(counted.Counter.Flush(new(now + counter.Skew), _partitions[source], idle));
        }

        Send(counter, flushed, now);
    }

    private void Send(Owner counter, List<Flushed> flushed, long now)
    {
        if (flushed.Count == 0) return;
        counter.Delivered = Math.Max(counter.Delivered, now + _random.NextInt64(Delivery));
        foreach (Flushed one in flushed)
        {
            SegmentHeader header = one.Header;
            foreach (Entry entry in one.Entries)
            {
                Deliver(counter, CountsPartition.Of(entry.Key.Model, CountsPartitions),
                    output => FrameCodec.Write(new Frame(header.Source, header.Segment, header.Variant, header.Upto, [entry]), output));
            }

            if (one.Position is { } position) _positions[position.Source] = position;
        }

        for (int target = 0; target < CountsPartitions; target++)
            Deliver(counter, target, output => FrameCodec.Write([.. flushed.Select(f => f.Header)], output));
    }

    private void Deliver(Owner counter, int target, Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        _deliveries.Enqueue((target, output.WrittenSpan.ToArray()), (counter.Delivered, _sent++));
    }

    private void DeliverUntil(long now, double deaths)
    {
        while (_deliveries.TryPeek(out (int Target, byte[] Record) delivery, out (long At, int Order) due) && due.At <= now)
        {
            _deliveries.Dequeue();
            SimulatedJudge judge = _judges[delivery.Target];
            judge.Append(delivery.Record);
            while (judge.Read()) continue;
            judge.Commit();
            for (; _read[delivery.Target] < judge.Verdicts.Count; _read[delivery.Target]++)
            {
                ClosedWindow window = judge.Verdicts[_read[delivery.Target]].Window;
                ClosedAt[(window.Model, window.End)] = due.At;
            }

            if (_random.NextDouble() < deaths) judge.Crash();
        }
    }

    private sealed class Owner(long skew, long next)
    {
        public long Skew { get; } = skew;

        public long Next { get; set; } = next;

        /// <summary>When the last record of its producer reached the broker: they never overtake each other.</summary>
        public long Delivered { get; set; }

        public SortedDictionary<SourcePartition, Counted> Counted { get; } = [];

        public void Take(SourcePartition source, PartitionCounter counter, long now) => Counted[source] = new Counted(counter) { LastRecord = now };
    }

    private sealed class Counted(PartitionCounter counter)
    {
        public PartitionCounter Counter { get; } = counter;

        public long LastRecord { get; set; }
    }
}
