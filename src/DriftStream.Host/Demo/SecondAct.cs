using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Joins;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Demo;

/// <summary>
/// The labels of the last year arrive a quarter after its predictions, through an embedded broker again: what was estimated when the rows came is held beside
/// what turned out to be true.
/// </summary>
internal sealed class SecondAct(string folder, DriftPlan plan, DemoScript script, DemoScreen screen, ILogger logger)
{
    private const int SourcePartitions = 2;

    /// <summary>How much event time is sent at once: a window.</summary>
    private static readonly Duration Step = Duration.FromDays(14);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What was found, or null after a failure was shown.</summary>
    public DemoTruth? Run(CancellationToken cancel)
    {
        using var broker = new EmbeddedBroker();
        DriftPlan paced = DemoRun.Paced(plan, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(paced)) broker.CreateTopic(topic.Name, topic.Partitions);
        Dictionary<string, int> partitions = script.Labels.Streams.ToDictionary(s => s.Topic, _ => SourcePartitions);
        foreach ((string topic, int count) in partitions) broker.CreateTopic(topic, count);
        using var status = new WorkerStatus(TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var worker = new Worker.Worker(paced, WorkerRole.All, status, TimeProvider.System, logger);
        Task running = Task.Run(() => worker.Run(stop.Token), CancellationToken.None);
        using var reader = new DemoReader(paced, logger);
        try
        {
            long began = Stopwatch.GetTimestamp();
            using var producer = new DemoProducer(
                folder, script with { Streams = script.Labels.Streams }, paced.Kafka, partitions, logger, rowsPerMessage: 200, script.Labels.FromTime);
            screen.BeginLabels(script.Labels, producer.Rows);
            return Play(producer, reader, status, cancel) ? Truth(reader, status, Stopwatch.GetElapsedTime(began)) : null;
        }
        finally
        {
            stop.Cancel();
            running.Wait(Patience, CancellationToken.None);
        }
    }

    private bool Play(DemoProducer producer, DemoReader reader, WorkerStatus status, CancellationToken cancel)
    {
        if (!Wait(() => status.Health.States.All(s => s.Ready), "the worker is not ready")) return false;
        long began = Stopwatch.GetTimestamp();
        for (EventTime time = script.Labels.FromTime + Step; time <= script.Labels.UntilTime; time += Step)
        {
            if (producer.SendUntil(time) is { } failure)
            {
                screen.Failed(failure.Detail);
                return false;
            }

            screen.Progress(time, producer.Sent, Stopwatch.GetElapsedTime(began));
            long sent = producer.Sent;
            // Joiners follow counters, so that time never moves on without one of the topics.
            if (!Wait(() => Joined(status) >= sent, "the joiners do not follow")) return false;
        }

        int windows = Judged().Count();
        return Wait(
            () => reader.Realised >= windows && status.Delivered == status.Alerts && reader.Told == status.Alerts, "the last windows did not close");

        bool Wait(Func<bool> done, string otherwise)
        {
            long since = Stopwatch.GetTimestamp();
            while (!done())
            {
                cancel.ThrowIfCancellationRequested();
                reader.Drain(screen.Alert);
                if (Stopwatch.GetElapsedTime(since) <= Patience) continue;
                screen.Failed($"{otherwise}: {Joined(status)} rows joined of {producer.Sent} sent, {reader.Realised} windows judged by their labels");
                return false;
            }

            return true;
        }
    }

    private static long Joined(WorkerStatus status) =>
        status.Joins.Values.SelectMany(j => j.Models).Sum(m => m.Fates.Predictions + m.Fates.Labels);

    // The windows of the year whose labels have all come by its end, but for the last days: partitions are not all as far.
    private IEnumerable<EventTime> Judged()
    {
        ModelPlan model = plan.Models.Single();
        EventTime end = script.Labels.UntilTime - model.Labels!.Within - Duration.FromDays(14);
        for (EventTime at = new(EventTime.Floor(script.Labels.FromTime, Step)); at + Step <= end; at += Step) yield return at;
    }

    private static IEnumerable<JsonElement> Parsed(DemoReader reader) => reader.Verdicts.Values.Select(v =>
    {
        using JsonDocument json = JsonDocument.Parse(v);
        return json.RootElement.Clone();
    });

    private DemoTruth Truth(DemoReader reader, WorkerStatus status, TimeSpan took)
    {
        ILookup<bool, JsonElement> verdicts = Parsed(reader).ToLookup(v => v.TryGetProperty("delay", out _));
        Dictionary<string, double> estimated = verdicts[false].Where(v => v.TryGetProperty("performance", out _))
            .Select(v => (Start(v), Value: Recall(v.GetProperty("performance").GetProperty("estimated"))))
            .Where(v => v.Value is not null).ToDictionary(v => v.Item1, v => v.Value!.Value);
        var windows = ImmutableArray.CreateBuilder<TruthWindow>();
        // Whether one more has closed depends on how far each partition had come.
        string last = EventTime.Format(Judged().Last());
        foreach (JsonElement verdict in verdicts[true].OrderBy(Start, StringComparer.Ordinal))
        {
            if (string.CompareOrdinal(Start(verdict), last) > 0) break;
            JsonElement performance = verdict.GetProperty("performance");
            if (Recall(performance) is not { } recall || !estimated.TryGetValue(Start(verdict), out double expected)) continue;
            JsonElement metric = Metric(performance);
            double lost = metric.GetProperty("reference_value").GetDouble() - recall;
            long rows = metric.GetProperty("rows").GetInt64();
            windows.Add(new TruthWindow(
                Start(verdict), Math.Round(expected, 4), Math.Round(recall, 4), rows, metric.GetProperty("judgement").GetString()!,
                (int)Math.Round(lost * rows)));
        }

        JoinFates fates = JoinFates.Sum(status.Joins.Values.SelectMany(j => j.Models).Select(m => m.Fates));
        var truth = new DemoTruth(
            windows.ToImmutable(),
            windows.Where(w => w.Judgement == "drifting").Sum(w => w.Missed),
            [.. reader.Alerts.SelectMany(a => a.Rules).Distinct().Order(StringComparer.Ordinal)],
            fates.Predictions, fates.Labels, fates.Matched, fates.IsWhole, Math.Round(took.TotalSeconds, 1));
        screen.EndLabels(truth, fates);
        return truth;
    }

    private static string Start(JsonElement verdict) => verdict.GetProperty("window").GetProperty("start").GetString()!;

    private static JsonElement Metric(JsonElement of) => of.GetProperty("metrics").EnumerateArray().First(m => m.GetProperty("name").GetString() == "recall");

    private static double? Recall(JsonElement of) => Metric(of).GetProperty("value") is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;
}

/// <summary>One window of the second act.</summary>
/// <param name="Start">Its start, ISO 8601.</param>
/// <param name="Estimated">Its recall as the scores led to expect when the rows came.</param>
/// <param name="Realised">As the labels show.</param>
/// <param name="Rows">Rows with a positive label.</param>
/// <param name="Judgement">What the rule on recall said.</param>
/// <param name="Missed">Of these rows, how many more were not selected than the baseline would have had.</param>
internal sealed record TruthWindow(string Start, double Estimated, double Realised, long Rows, string Judgement, int Missed);

/// <summary>What the labels told.</summary>
/// <param name="Windows">Those of which all labels have come, in their order.</param>
/// <param name="Missed">Persons in drifting windows who do work and were not seen to, beyond those of whom the baseline would have said so.</param>
/// <param name="Statistics">What alerts were about.</param>
/// <param name="Predictions">Rows that a label could find.</param>
/// <param name="Labels">Labels that came.</param>
/// <param name="Matched">Those that found theirs.</param>
/// <param name="Whole">Every prediction and every label has one fate.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record DemoTruth(
    ImmutableArray<TruthWindow> Windows, int Missed, ImmutableArray<string> Statistics, long Predictions, long Labels, long Matched, bool Whole, double Seconds)
{
    /// <summary>The fault was found by estimate, by the labels, and by group; nothing is unaccounted for.</summary>
    public bool Fine => Whole && Missed > 0 && Statistics.Contains("estimated_recall") && Statistics.Contains("recall")
        && Statistics.Contains("equal_opportunity_difference");
}
