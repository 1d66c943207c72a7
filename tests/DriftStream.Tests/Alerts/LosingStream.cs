using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Desk;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>
/// JSON rows of models on one topic, through the real counter, judge and desk, with a header of every partition each minute. Times are minutes.
/// </summary>
internal sealed class LosingStream : IDisposable
{
    private const string Topic = "t";

    public static readonly EventTime Zero = EventTime.From(new DateTime(2026, 1, 1));

    /// <summary>The default rules on lost rows.</summary>
    public static readonly ImmutableArray<Rule> Default = [Of(LossJudge.Lost, 0.01), Of(LossJudge.Rejected, 0.05)];

    private static readonly BaselineSignal X = new("x", SignalRole.Feature, ["x"], Layout.Numeric([0]), [500, 500, 0, 0]);

    private readonly JudgeSettings _settings;
    private readonly CountingLane _lane;
    private readonly PartitionCounter[] _counters;
    private readonly long[] _offsets;
    private readonly List<byte[]> _log = [];
    private int _now;

    public LosingStream(ImmutableArray<Rule> rules, int partitions = 1, int window = 7 * 24 * 60, params string[] models)
    {
        if (models.Length == 0) models = ["m"];
        Duration size = At(window) - Zero, pane = size < Duration.FromDays(1) ? size : Duration.FromDays(1);
        var topic = new SourceTopic(
            Topic, MessageFormat.Json, models.Length == 1 ? null : new ModelSelector(Column: "model"),
            [.. models.Select(m => new CountedModel(m, "time", new VersionSource(), null, null, [X], pane, new(0), new(0)))]);
        var counting = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add(Topic, topic), Duration.FromMinutes(5), 1 << 26, Duration.FromHours(1), pane);
        JudgeSettings plan = PlanScript.Plan("plan", rules, [.. models.Select(m =>
            (new ModelWindows(m, [Topic], pane, new(0), new(0), [new WindowSettings("w", size, size, new(0), 500)]), new[] { X }))]);
        _settings = plan with
        {
            Alerts = plan.Alerts.ToImmutableSortedDictionary(a => a.Key, a => a.Value with { FireAfter = 2, FireOf = 3, ResolveAfter = 3 }),
            Windowing = plan.Windowing with
            {
                CloseAfterIdle = Duration.FromMinutes(10),
                IdleLease = Duration.FromSeconds(45),
                IdleAfter = Duration.FromSeconds(30),
                MaxFuture = Duration.FromMinutes(5),
            },
        };
        _lane = new CountingLane(counting, new InputLimits());
        _counters = [.. Enumerable.Range(0, partitions).Select(p => new PartitionCounter(counting, new SourcePartition(Topic, p), new(0), EventTime.None))];
        _offsets = new long[partitions];
    }

    public List<ToldSymptom> Told { get; } = [];

    public List<Verdict> Verdicts { get; } = [];

    /// <summary>What the owner is told, one line a revision.</summary>
    public List<string> Alerts { get; } = [];

    public static EventTime At(double minutes) => Zero + new Duration((long)(minutes * EventTime.Minute));

    /// <summary>The minute of a time.</summary>
    public static int Minute(EventTime time) => (int)((time - Zero) / EventTime.Minute);

    /// <summary>A hundred rows of the minute.</summary>
    /// <param name="x">The column's value.</param>
    /// <param name="time">Whether they have their time.</param>
    /// <param name="model">Their model, where there are several.</param>
    /// <param name="rows">How many.</param>
    public static Func<int, string> Rows(string x = "1", bool time = true, string model = "m", int rows = 100) => minute =>
    {
        string at = time ? $"\"{EventTime.Format(At(minute + 0.5))}\"" : "null";
        return $"[{string.Join(',', Enumerable.Repeat($$"""{"model": "{{model}}", "time": {{at}}, "x": {{x}}}""", rows))}]";
    };

    /// <summary>Sends a message to a partition every minute, or none, up to that minute.</summary>
    public LosingStream Until(int minute, params Func<int, string>?[] toPartitions)
    {
        for (; _now < minute; _now++)
        {
            var headers = new List<SegmentHeader>();
            for (int p = 0; p < _counters.Length; p++)
            {
                Func<int, string>? message = toPartitions.Length == 0 ? null : toPartitions[p % toPartitions.Length];
                if (message is not null) Add(p, message(_now));
                Flushed flushed = _counters[p].Flush(At(_now + 1), _counters.Length, idle: message is null);
                headers.Add(Keep(flushed));
            }

            Write(output => FrameCodec.Write(headers, output));
        }

        return this;
    }

    /// <summary>Judges it all, and tells owners; a judge that is stopped and begins again after any record says the same.</summary>
    public LosingStream Run()
    {
        var judge = new Judge(_settings);
        var desk = new DriftStream.Desk.Desk(_ => Plan(), 0);
        var said = new List<string>();
        for (int offset = 0; offset < _log.Count; offset++)
        {
            JudgeOutput output = judge.Apply(offset, _log[offset]);
            Told.AddRange(output.Told());
            Verdicts.AddRange(output.Verdicts);
            said.AddRange(Said(output));
            foreach (JudgedWindow window in output.Windows)
            {
                EventTime at = judge.Ledger.Save().Now;
                Alerts.AddRange(desk.Apply(at, new WindowJudged(window.Record)).Alerts.Select(a =>
                    $"{Minute(a.Told)} {a.Status} {a.Because}: {string.Join(" | ", a.Symptoms.Select(s => s.Summary))}"));
            }
        }

        for (int stop = 0; stop <= _log.Count; stop += Math.Max(7, _log.Count / 40)) Assert.Equal(said, Stopped(stop));
        return this;
    }

    public void Dispose() => _lane.Dispose();

    private static Rule Of(string statistic, double above) => new(statistic, null, null, statistic, null, new Alarm(AlarmKind.Above, above), Severity.Warning);

    private DeskPlan Plan() => new(
        "plan", "root", ImmutableSortedDictionary<string, Owner>.Empty.Add("root", PlanScript.Root), _settings.Alerts, DeskSettings.Default);

    private void Add(int partition, string message)
    {
        byte[] value = Encoding.UTF8.GetBytes(message);
        PartitionCounter counter = _counters[partition];
        var record = new SourceRecord(new(_offsets[partition]), At(_now + 0.5), value, false, [], value.Length);
        if (counter.EndsBefore(record.Timestamp))
        {
            SegmentHeader[] headers = [Keep(counter.Finish(record.Offset, record.Timestamp, _counters.Length))];
            Write(output => FrameCodec.Write(headers, output));
        }

        counter.Add(record, _lane);
        _offsets[partition]++;
    }

    private SegmentHeader Keep(Flushed flushed)
    {
        SegmentHeader header = flushed.Header;
        var frame = new Frame(header.Source, header.Segment, header.Variant, header.Upto, flushed.Entries);
        if (flushed.Entries.Length > 0) Write(output => FrameCodec.Write(frame, output));
        return header;
    }

    private List<string> Stopped(int stop)
    {
        var said = new List<string>();
        var panes = new List<SealedPane>();
        var judge = new Judge(_settings);
        for (int offset = 0; offset < stop; offset++)
        {
            JudgeOutput output = judge.Apply(offset, _log[offset]);
            said.AddRange(Said(output));
            panes.AddRange(output.Panes);
        }

        CheckpointState state = Checkpoint.Read(judge.Checkpoint(stop))!;
        judge = Judge.Restore(_settings, state);
        foreach (SealedPane pane in panes) judge.Ledger.RestoreSealed(pane);
        judge.Ledger.Rebuild(Enumerable.Range((int)state.Low, stop - (int)state.Low)
            .Select(o => ((long)o, FrameCodec.Read(_log[o]) as Frame)).Where(f => f.Item2 is not null)!);
        for (int offset = stop; offset < _log.Count; offset++) said.AddRange(Said(judge.Apply(offset, _log[offset])));
        return said;
    }

    private static IEnumerable<string> Said(JudgeOutput output) => output.Windows.Select(w => Encoding.UTF8.GetString(w.Write().Record));

    private void Write(Action<IBufferWriter<byte>> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(bytes);
        _log.Add(bytes.WrittenSpan.ToArray());
    }
}
