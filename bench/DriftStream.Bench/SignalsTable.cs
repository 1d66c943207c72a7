using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Machine;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Bench;

/// <summary>
/// <c>signals [FILE]</c>: what ten thousand signals cost, as a thousand models of ten and as ten models of a thousand: two counting lanes
/// until each has counted a message of every topic, and a judge from the bytes of the counts topic to verdicts. Without Kafka.
/// </summary>
internal static class SignalsTable
{
    private const int Signals = 10_000, Edges = 1023, Rows = 500, Days = 4, Lanes = 2, Partitions = 2;

    private static readonly long Noon = EventTime.From(new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc));

    public static int Run(string[] args)
    {
        var text = new StringBuilder();
        text.AppendLine("# Ten thousand signals").AppendLine();
        text.AppendLine($"{KernelsData.Cpu}; .NET {Environment.Version}. Numeric signals with at most {Edges} edges.");
        text.AppendLine("Seconds of CPU, those of the garbage collector too.").AppendLine();
        text.AppendLine("| models x signals | open s | open MB | read s | fold, close s | judge s | judged signals/s | MB allocated | MB held | output |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (int models in (int[])[1000, 10])
        {
            string row = Row(models, Signals / models);
            Console.Error.WriteLine(row);
            text.AppendLine(row);
        }

        Console.Write(text);
        if (args is [var file]) File.WriteAllText(file, text.ToString());
        return 0;
    }

    private static string Row(int models, int signals)
    {
        Console.Error.WriteLine($"{models} models of {signals} signals: the plan");
        var messages = new EndToEndTopic("", signals, (Rows * ((4 * signals) + 8)) + (150 * signals), "none");
        DriftPlan plan = Plan(messages, models);
        byte[][] payloads = [.. Enumerable.Range(0, Partitions).Select(messages.Message)];
        Console.Error.WriteLine("the counts of some days");
        List<byte[]> log = Log(plan, payloads);
        JudgeSettings settings = plan.Judge();
        Console.Error.WriteLine($"{log.Count:N0} records, {log.Sum(r => (long)r.Length) / 1e6:N0} MB; a first judge");
        string output = Output(settings, log);
        Console.Error.WriteLine("measured");
        // A plan of its own: what its layouts hold is made again.
        (double opened, double openedBytes) = Open(Plan(messages, models), payloads);
        double read = Seconds(() => log.ForEach(record => FrameCodec.Read(record))), folded = Seconds(() => Fold(settings, log));
        Judged judged = Judge(settings, log);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {models:N0} x {signals:N0} | {opened:0.00} | {openedBytes / 1e6:N0} | {read:0.00} | {folded - read:0.00} "
            + $"| {judged.Seconds:0.00} | {judged.Signals / judged.Seconds:N0} | {judged.Allocated / 1e6:N0} | {judged.Held / 1e6:N0} | {output} |");
    }

    /// <summary>Models that differ in name and topic, each with layouts of its own, and windows of two days that move by one.</summary>
    private static DriftPlan Plan(EndToEndTopic messages, int models)
    {
        DriftPlan template = EndToEndRun.Plan(messages, Edges, Lanes);
        ImmutableArray<ModelPlan> all = [.. Enumerable.Range(0, models).Select(m => Named(template.Models[0], $"model_{m:0000}"))];
        return template with
        {
            Models = all,
            Counting = template.Counting with
            {
                Sources = all.ToImmutableSortedDictionary(
                    m => m.Id, m => new SourceTopic(m.Id, MessageFormat.Arrow, null, [m.Counting]), StringComparer.Ordinal),
            },
        };
    }

    private static ModelPlan Named(ModelPlan model, string id)
    {
        Baseline baseline = model.Judgement.Baseline;
        baseline = baseline with { Id = id, Signals = [.. baseline.Signals.Select(s => s with { Layout = Layout.Numeric(s.Layout.Edges, s.Layout.Exact) })] };
        return model with
        {
            Id = id,
            Counting = model.Counting with { Id = id, TimeColumn = null, Signals = baseline.Signals },
            Windows = model.Windows with
            {
                Model = id,
                Topics = [id],
                PaneSize = Duration.FromDays(1),
                Windows = [new WindowSettings("2d", Duration.FromDays(2), Duration.FromDays(1), Duration.Zero, model.Windows.Windows[0].MinRows)],
            },
            Judgement = model.Judgement with { Model = id, Baseline = baseline },
            Alerts = model.Alerts with { Model = id },
        };
    }

    /// <summary>Seconds and bytes until both lanes have counted a message of each topic.</summary>
    private static (double Seconds, double Bytes) Open(DriftPlan plan, byte[][] payloads)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        CountingLane[] lanes = [];
        double seconds = Seconds(() =>
        {
            lanes = [.. Enumerable.Range(0, Lanes).Select(n => new CountingLane(plan.Counting, plan.Limits, n))];
            foreach (string topic in plan.Counting.Sources.Keys)
            {
                var counter = new PartitionCounter(plan.Counting, new SourcePartition(topic, 0), new(0), EventTime.None, Lanes);
                for (int n = 0; n < Lanes; n++) counter.Add(Record(n, 0, payloads[0]), lanes[n]);
            }
        });
        long after = GC.GetTotalMemory(forceFullCollection: true);
        foreach (CountingLane lane in lanes) lane.Dispose();
        return (seconds, after - before);
    }

    /// <summary>The counts topic: of each day a segment of every partition, an entry a frame, and then all headers.</summary>
    private static List<byte[]> Log(DriftPlan plan, byte[][] payloads)
    {
        using var lane = new CountingLane(plan.Counting, plan.Limits);
        PartitionCounter[] counters =
        [
            .. plan.Counting.Sources.Keys.SelectMany(topic => Enumerable.Range(0, Partitions)
                .Select(p => new PartitionCounter(plan.Counting, new SourcePartition(topic, p), new(0), EventTime.None))),
        ];
        var log = new List<byte[]>();
        var buffer = new ArrayBufferWriter<byte>();
        for (int day = 0; day < Days; day++)
        {
            var headers = new List<SegmentHeader>();
            foreach (PartitionCounter counter in counters)
            {
                counter.Add(Record(day, day, payloads[counter.Source.Partition]), lane);
                Flushed flushed = counter.Finish(new SourceOffset(day + 1), new EventTime(Noon + (day * EventTime.Day)), Partitions);
                SegmentHeader header = flushed.Header;
                foreach (Entry entry in flushed.Entries)
                    Add(() => FrameCodec.Write(new Frame(header.Source, header.Segment, header.Variant, header.Upto, [entry]), buffer));
                headers.Add(header);
                flushed.Release();
            }

            Add(() => FrameCodec.Write(headers, buffer));
        }

        return log;

        void Add(Action write)
        {
            buffer.ResetWrittenCount();
            write();
            log.Add(buffer.WrittenSpan.ToArray());
        }
    }

    private static SourceRecord Record(long offset, int day, byte[] payload) =>
        new(new SourceOffset(offset), new EventTime(Noon + (day * EventTime.Day)), payload, false, [], payload.Length);

    // Everything that a judge writes, in a hash: what is faster must not say anything else.
    private static string Output(JudgeSettings settings, List<byte[]> log)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new ArrayBufferWriter<byte>();
        var judge = new Judge(settings);
        for (int i = 0; i < log.Count; i++)
        {
            JudgeOutput output = judge.Apply(i, log[i]);
            foreach (SealedPane pane in output.Panes)
            {
                buffer.ResetWrittenCount();
                FrameCodec.Write(pane, buffer);
                hash.AppendData(buffer.WrittenSpan);
            }

            foreach (JudgedWindow window in output.Windows)
            {
                (ImmutableArray<byte[]> verdicts, byte[] record) = window.Write();
                foreach (byte[] document in verdicts) hash.AppendData(document);
                hash.AppendData(record);
            }
        }

        hash.AppendData(judge.Checkpoint(log.Count));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    private static void Fold(JudgeSettings settings, List<byte[]> log)
    {
        var ledger = new WindowLedger(settings.Windowing);
        for (int i = 0; i < log.Count; i++) ledger.Apply(i, FrameCodec.Read(log[i]));
    }

    private static Judged Judge(JudgeSettings settings, List<byte[]> log)
    {
        long signals = 0, before = GC.GetTotalMemory(forceFullCollection: true), allocated = GC.GetTotalAllocatedBytes(precise: true);
        var judge = new Judge(settings);
        double seconds = Seconds(() =>
        {
            for (int i = 0; i < log.Count; i++)
            {
                foreach (Verdict verdict in judge.Apply(i, log[i]).Verdicts) signals += verdict.Signals.Length;
            }
        });
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(judge);
        return new Judged(seconds, signals, allocated, held);
    }

    // Of CPU, so that others on the machine do not count.
    private static double Seconds(Action action)
    {
        TimeSpan began = Environment.CpuUsage.TotalTime;
        action();
        return (Environment.CpuUsage.TotalTime - began).TotalSeconds;
    }

    private readonly record struct Judged(double Seconds, long Signals, double Allocated, double Held);
}
