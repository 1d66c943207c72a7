using System.Collections.Immutable;
using System.Diagnostics;
using DriftStream.Desk;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Demo;

/// <summary>
/// The whole product on an embedded broker: real rows in, alerts on the owners' topics out, everything counted at the end.
/// </summary>
/// <param name="shown">Pages that show the story while it is told; null for none.</param>
internal sealed class DemoRun(string folder, DriftPlan plan, DemoScript script, DemoScreen screen, ILogger logger, DemoPages? shown = null)
{
    /// <summary>Partitions of the sample's topics.</summary>
    private const int SourcePartitions = 4;

    /// <summary>How much event time is sent at once: less than an episode lasts, so that what fires can be answered before it has ended.</summary>
    private const long Step = 4 * Week;

    private const long Week = 7 * EventTime.Day;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Broker and worker are one process.</summary>
    private static readonly Duration OneClock = new(EventTime.Second / 10);

    /// <summary>The plan at the pace of a demo, which changes no count, verdict or id.</summary>
    public static DriftPlan Paced(DriftPlan plan, KafkaSettings broker) => plan with
    {
        Kafka = broker,
        WebListen = null,
        Engine = new EngineSettings(SegmentBytes: 256 << 10, Flush: new Duration(EventTime.Second / 10), CountsPartitions: 2),
        Time = plan.Time with { IdleAfter = Duration.FromSeconds(5), CloseAfterIdle = Duration.FromSeconds(2) },
        Topics = plan.Topics with { Replication = 1 },
        Counting = plan.Counting with { SegmentBytes = 256 << 10 },
    };

    // Whoever watches has no hours to wait: an hour of the chain is a quarter of a second.
    private static DeskPlan Hurried(DeskPlan plan) => plan with
    {
        Times = plan.Times with { Update = new Duration(EventTime.Second / 10) },
        Owners = plan.Owners.ToImmutableSortedDictionary(
            o => o.Key,
            o => o.Value with { Escalate = [.. o.Value.Escalate.Select(s => s with { After = new Duration(s.After / (4 * 3600)) })] },
            StringComparer.Ordinal),
    };

    private Action<ReadAlert> _read = screen.Alert;

    /// <summary>Every verdict as its JSON, by id; after the run.</summary>
    public ImmutableSortedDictionary<string, string> Verdicts { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The closing table, or null after a failure was shown.</summary>
    public DemoTable? Run(CancellationToken cancel)
    {
        using var broker = new EmbeddedBroker();
        DriftPlan paced = Paced(plan, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(paced)) broker.CreateTopic(topic.Name, topic.Partitions);
        Dictionary<string, int> partitions = paced.Counting.Sources.Keys.ToDictionary(t => t, _ => SourcePartitions);
        foreach ((string topic, int count) in partitions) broker.CreateTopic(topic, count);

        using var own = shown is null ? new WorkerStatus(TimeProvider.System) : null;
        WorkerStatus status = shown?.Status ?? own!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var worker = new Worker.Worker(paced, WorkerRole.All, status, TimeProvider.System, logger) { ClockDifference = OneClock, Store = shown?.Pages.Store };
        worker.Plans.Pace = Hurried;
        shown?.Pages.Show(() => worker.Plans.Newest ?? paced);
        Task running = Task.Run(() => worker.Run(stop.Token), CancellationToken.None);
        using var reader = new DemoReader(paced, logger);
        using var people = new DemoOwner(paced, logger);
        _read = alert =>
        {
            screen.Alert(alert);
            people.Read(alert);
        };
        try
        {
            using var producer = new DemoProducer(folder, script, paced.Kafka, partitions, logger);
            screen.Begin(script, producer.Rows);
            long began = Stopwatch.GetTimestamp();
            TimeSpan counted = Produce(producer, reader, people, status, cancel);
            if (counted == default || !Settle(producer.Sent, reader, status, cancel)) return null;
            DemoTable table = Table(producer.Sent, reader, status, counted, Stopwatch.GetElapsedTime(began));
            if (shown is not null)
            {
                // What pages show may be a moment behind what the owners have read.
                if (!Wait(() => shown.Verdicts >= status.Verdicts, reader, status, "the pages do not follow", cancel)) return null;
                shown.Stay();
            }

            return table;
        }
        finally
        {
            stop.Cancel();
            running.Wait(Patience, CancellationToken.None);
        }
    }

    // Returns how long it took until the last row was counted.
    private TimeSpan Produce(DemoProducer producer, DemoReader reader, DemoOwner people, WorkerStatus status, CancellationToken cancel)
    {
        // Whoever is not there yet holds nobody back, and would be told late.
        if (!Wait(() => status.Health.States.All(s => s.Ready), reader, status, "the worker is not ready", cancel)) return default;
        long began = Stopwatch.GetTimestamp();
        for (long time = EventTime.Floor(producer.First, Week) + Week; ; time += Step)
        {
            if (producer.SendUntil(time) is { } failure)
            {
                screen.Failed(failure.Detail);
                return default;
            }

            screen.Progress(time, producer.Sent, Stopwatch.GetElapsedTime(began));
            if (!Wait(() => IsKnown(producer.Sent, status) && IsTold(reader, status), reader, status, "the judges do not follow", cancel)) return default;
            // Three years go by in seconds: they wait for what people need longer for.
            if (!Wait(() => !people.IsWaiting, reader, status, "nobody answered", cancel)) return default;
            if (time > producer.Last) break;
        }

        return Stopwatch.GetElapsedTime(began);
    }

    private bool Settle(long sent, DemoReader reader, WorkerStatus status, CancellationToken cancel)
    {
        screen.Settling();
        bool Done()
        {
            DemoRows rows = DemoAccounting.Of(sent, status);
            return rows is { Open: 0, Unaccounted: 0 } && IsTold(reader, status) && reader.Verdicts.Count == status.Verdicts
                && status.Judges.Values.All(j => j.OpenWindows == 0);
        }

        return Wait(Done, reader, status, "the last windows did not close", cancel);
    }

    private bool Wait(Func<bool> done, DemoReader reader, WorkerStatus status, string otherwise, CancellationToken cancel)
    {
        long began = Stopwatch.GetTimestamp();
        while (!done())
        {
            cancel.ThrowIfCancellationRequested();
            reader.Drain(_read);
            if (Stopwatch.GetElapsedTime(began) <= Patience) continue;
            screen.Failed($"{otherwise}: {status.Windows} windows of which desks have heard "
                + $"{status.WindowsHeard}, {status.Alerts} alerts and replies, {status.Delivered} delivered, {reader.Told} read");
            return false;
        }

        return true;
    }

    // Everything that was judged has reached the owners.
    private static bool IsTold(DemoReader reader, WorkerStatus status) =>
        status.WindowsHeard == status.Windows && status.Delivered == status.Alerts && reader.Told == status.Alerts;

    // Every judge knows of every row that was sent.
    private static bool IsKnown(long sent, WorkerStatus status) =>
        !status.Judges.IsEmpty && status.Judges.Values.All(j => j.Accounts.Sum(a => a.Fates.Rows) >= sent);

    private DemoTable Table(long sent, DemoReader reader, WorkerStatus status, TimeSpan counted, TimeSpan whole)
    {
        Verdicts = reader.Verdicts.ToImmutableSortedDictionary(StringComparer.Ordinal);
        var (faults, expected, unexpected) = DemoOutcomes.Of(script, reader.Alerts);
        using Process process = Process.GetCurrentProcess();
        long values = script.Streams.Sum(s => s.Rows * (plan.Models.FirstOrDefault(m => m.Id == s.Model)?.Counting.Signals.Length ?? 0));
        var table = new DemoTable(
            faults,
            expected,
            unexpected,
            DemoAccounting.Of(sent, status),
            status.Verdicts,
            ImmutableSortedDictionary.CreateRange(
                reader.Alerts.GroupBy(a => a.Owner).Select(g => KeyValuePair.Create(g.Key, g.Count()))),
            Math.Round(whole.TotalSeconds, 1),
            Math.Round(sent / counted.TotalSeconds),
            Math.Round(values / counted.TotalSeconds),
            process.PeakWorkingSet64);
        screen.End(table, reader.Worst, script);
        return table;
    }
}
