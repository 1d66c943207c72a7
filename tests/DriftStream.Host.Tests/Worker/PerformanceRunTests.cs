using System.Diagnostics;
using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Host.Commands;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Commands;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// From a configuration to an alert: a worker on the embedded broker, of a model whose recall drops while nothing else changes, and of one whose label is known
/// of those that it selected alone.
/// </summary>
public sealed class PerformanceRunTests : IDisposable
{
    private const int Days = 6, RowsADay = 3_000, Fault = 3;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly EmbeddedBroker _broker = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-performance").FullName;

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void RecallThatDrops_ReachesTheOwner_AndLabelsOfTheSelectedSayWhoseTheyAre()
    {
        var random = new Random(1);
        File.WriteAllBytes(Path.Combine(_folder, "reference.arrows"), Message(Rows(random, Start, 20_000, worse: false, selectedAlone: false)));
        File.WriteAllText(Config, $$"""
            kafka: { bootstrap: "{{_broker.Bootstrap}}" }
            web: { listen: "127.0.0.1:0" }
            engine: { flush: 1s, counts_partitions: 1 }
            time: { idle_after: 2s, close_after_idle: 4s }
            owners: [{ id: team, name: Team, contact: team@example.org }]
            root_owner: team
            defaults:
              columns: { time: at, score: p, decision: { column: granted, positive: "yes" }, label: repaid }
              window: { size: 1d, min_rows: 100 }
              rules:
                - { signal: "*", statistic: psi, alarm: { calibrated: 1%, min_effect: 0.02 } }
                - { statistic: recall, alarm: { below_baseline_by: 0.05, confidence: 99% } }
                - { statistic: specificity, alarm: { below: 0.2 } }
            models:
              - { id: credit, owner: team, sources: [{ topic: credit }], baseline: { data: reference.arrows } }
              - { id: granted, owner: team, sources: [{ topic: granted }], baseline: { data: reference.arrows } }
            """);
        DriftPlan plan = PlanFile.Load(Config, TextWriter.Null)!;
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) _broker.CreateTopic(topic.Name, topic.Partitions);
        Send("credit", random, selectedAlone: false);
        Send("granted", random, selectedAlone: true);
        using WorkerProcess worker = WorkerProcess.Run(Config);
        long began = Stopwatch.GetTimestamp();
        while (Read(plan, "verdicts").Length < 2 * Days)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(90), worker.Output);
            TestContext.Current.CancellationToken.WaitHandle.WaitOne(500);
        }

        TestContext.Current.CancellationToken.WaitHandle.WaitOne(1500);
        Assert.Equal(0, worker.Stop());
        JsonElement[] verdicts = Read(plan, "verdicts");
        JsonElement[] credit = [.. verdicts.Where(v => Text(v, "model") == "credit")], granted = [.. verdicts.Where(v => Text(v, "model") == "granted")];
        Assert.Equal([.. Enumerable.Range(0, Days).Select(d => d < Fault ? "steady" : "drifting")], credit.Select(v => Text(Metric(v, "recall"), "judgement")));
        Assert.Equal([.. Enumerable.Range(0, Days).Select(d => d < Fault ? "steady" : "drifting")], credit.Select(v => Text(v, "judgement")));
        Assert.All(credit, v => Assert.False(v.GetProperty("performance").TryGetProperty("coverage", out _)));
        Assert.All(credit, v => Assert.Equal("steady", Text(Metric(v, "specificity"), "judgement")));

        // Nobody who was turned away has a label: there is no row to say so of, and nothing is fine by that.
        Assert.All(granted, v => Assert.Equal("insufficient", Text(Metric(v, "recall"), "judgement")));
        Assert.All(granted, v => Assert.Equal("insufficient", Text(Metric(v, "specificity"), "judgement")));
        Assert.All(granted, v => Assert.Equal("steady", Text(v, "judgement")));
        Assert.All(granted, v => Assert.Matches(@"^labels are known of \d+ % of rows: 100 % of the selected, 0 % of the others$",
            Text(v.GetProperty("performance"), "coverage")));

        JsonElement alert = Assert.Single(Read(plan, "alerts.team"));
        Assert.Equal(("firing", "credit"), (Text(alert, "status"), Text(alert, "model")));
        Assert.Matches(@"^recall is 0\.\d+ \(0\.\d+ to 0\.\d+\), more than 0\.05 below the 0\.\d+ in the baseline$", Text(alert, "summary"));
        Assert.Equal("recall", Text(alert.GetProperty("statistic"), "name"));
        Assert.Equal("performance", Text(Assert.Single(alert.GetProperty("symptoms").EnumerateArray()), "of_model"));
        Assert.Equal("2026-03-04T00:00:00Z", Text(alert, "since"));
        Assert.Contains("recall is 0.", Cli.Run("verdicts", "-c", Config).Output, StringComparison.Ordinal);
    }

    private static JsonElement Metric(JsonElement verdict, string name) =>
        verdict.GetProperty("performance").GetProperty("metrics").EnumerateArray().Single(m => Text(m, "name") == name);

    private void Send(string topic, Random random, bool selectedAlone)
    {
        _broker.CreateTopic(topic, 1);
        using var producer = new AckedProducer(_broker.Settings, NullLogger.Instance);
        for (int day = 0; day < Days; day++)
        {
            byte[] message = Message(Rows(random, Start.AddDays(day), RowsADay, day >= Fault && !selectedAlone, selectedAlone));
            Assert.Null(producer.Send(new OutgoingRecord(topic, 0, null, message), TestContext.Current.CancellationToken));
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    // Scores are probabilities, and from 0.4 on money is lent. Where the model does worse, many of those that it turns away would have repaid: what goes in and
    // comes out is as ever, only the labels are not.
    private static Batch Rows(Random random, DateTimeOffset from, int rows, bool worse, bool selectedAlone)
    {
        double[] scores = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble())];
        string[] decisions = [.. scores.Select(s => s >= 0.4 ? "yes" : "no")];
        string?[] labels = [.. scores.Select(s => selectedAlone && s < 0.4 ? null : random.NextDouble() < (worse && s < 0.4 ? 0.6 : s) ? "1" : "0")];
        long start = from.ToUnixTimeMilliseconds() * 1000;
        return new BatchBuilder()
            .Add("at", Columns.Times([.. Enumerable.Range(0, rows).Select(i => start + ((long)EventTime.Day / rows * i))]))
            .Add("p", Columns.Of<double>(scores))
            .Add("granted", Columns.Text(decisions))
            .Add("repaid", Columns.Text(labels))
            .Add("amount", Columns.Of<double>([.. Enumerable.Range(0, rows).Select(_ => -Math.Log(1 - random.NextDouble()))]))
            .Build();
    }

    private static byte[] Message(Batch rows) => new ArrowMessages([rows], ArrowCompression.Lz4).Write(0, rows.Rows);

    private static JsonElement[] Read(DriftPlan plan, string topic)
    {
        using LogTail? tail = LogTail.Topic(plan.Kafka, plan.Topics.Prefix + topic, follow: false, NullLogger.Instance, out KafkaFailure? failure);
        if (failure is not null) return [];
        var found = new List<JsonElement>();
        while (tail!.TryRead(out LogRecord record)) found.Add(JsonDocument.Parse(record.Value!).RootElement);
        return [.. found.DistinctBy(f => Text(f, "id")).OrderBy(f => f.GetProperty("window").GetProperty("end").GetString())];
    }

    private static string Text(JsonElement said, string name) => said.GetProperty(name).GetString()!;
}
