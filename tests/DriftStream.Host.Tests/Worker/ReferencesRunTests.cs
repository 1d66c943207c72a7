using System.Text.Json;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// A list of baselines from its config to an alert: a canary that the anchor would let pass is told against the version before it, by a worker that was
/// started when the rows that it is compared with had been judged by another one.
/// </summary>
public sealed class ReferencesRunTests
{
    private const string Topic = "shop";
    private const int Rows = 200;

    private static readonly DateTime Start = new(2026, 1, 1);

    [Fact]
    public async Task Canary_IsToldAgainstTheVersionBefore_AfterARestart()
    {
        using var broker = new EmbeddedBroker();
        string folder = Directory.CreateTempSubdirectory("driftstream-references").FullName;
        try
        {
            DriftPlan plan = Prepare(folder, broker);
            for (int day = 0; day < 5; day++) Send(plan, day, ("v1", 120));
            List<JsonElement> early = await Run(plan, verdicts: 4);
            // The fifth closes too, where the topic is quiet for long enough.
            Assert.Equal([0, 0, 200, 400], early.Take(4).Select(v => Reference(v, "recent").GetProperty("rows").GetInt64()));
            Assert.All(early, v => Assert.Equal("no version began before it in that time", Reference(v, "before").GetProperty("why").GetString()));

            for (int day = 5; day < 7; day++) Send(plan, day, ("v1", 120), ("v2", 70));
            Send(plan, 7, ("v1", 120));
            List<JsonElement> all = await Run(plan, verdicts: 9);
            JsonElement last = all.Last(v => v.GetProperty("version").GetString() == "v2");
            // Three days that end a day before the window; of v1 the five days up to its end.
            Assert.Equal((600, "2026-01-03T00:00:00Z", "2026-01-06T00:00:00Z"), Extent(Reference(last, "recent")));
            Assert.Equal((1000, "2026-01-03T00:00:00Z", "2026-01-08T00:00:00Z"), Extent(Reference(last, "before")));
            Assert.Equal("v1", Reference(last, "before").GetProperty("version").GetString());
            JsonElement alert = Assert.Single(Values(plan, new TopicNames(plan.Topics.Prefix).AlertsOf("team")));
            Assert.Equal("v2", alert.GetProperty("version").GetString());
            Assert.Equal(
                "x has drifted: a fell from 60 % to 35 %, b rose from 40 % to 65 % (against recent)", alert.GetProperty("summary").GetString());
            Assert.Equal(["recent", "before"], alert.GetProperty("rules").EnumerateArray()
                .Select(r => r.GetProperty("statistic").GetProperty("against").GetString()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DriftPlan Prepare(string folder, EmbeddedBroker broker)
    {
        File.WriteAllLines(Path.Combine(folder, "anchor.csv"), ["x", .. Enumerable.Range(0, 2000).Select(i => i % 2 == 0 ? "a" : "b")]);
        string config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(config, $$"""
            owners: [{ id: team, name: Team, contact: team@example.org }]
            models:
              - id: shop
                owner: team
                sources: [{ topic: {{Topic}}, format: json }]
                columns: { time: at, version: { column: release } }
                baseline:
                  - { name: anchor, data: anchor.csv }
                  - { name: recent, rolling: 3d, ending: 1d }
                  - { name: before, version: previous, within: 5d }
                allowed_lateness: 0s
                window: { size: 1d, min_rows: 100 }
                rules: [{ signal: x, statistic: total_variation, alarm: { above: 0.2 } }]
                fire: { after: 1 }
            """);
        DriftPlan plan = DemoRun.Paced(PlanFile.Load(config, Console.Error)!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        broker.CreateTopic(Topic, 1);
        return plan;
    }

    // A worker of its own, until so many verdicts are there.
    private static async Task<List<JsonElement>> Run(DriftPlan plan, int verdicts)
    {
        string topic = new TopicNames(plan.Topics.Prefix).Verdicts;
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance);
        Task worker = Task.Run(() => running.Run(stop.Token), TestContext.Current.CancellationToken);
        try
        {
            Assert.True(
                SpinWait.SpinUntil(() => Values(plan, topic).Count >= verdicts, TimeSpan.FromSeconds(60)),
                $"{Values(plan, topic).Count} verdicts; {string.Join("; ", status.Health.States)}");
            // Delivery follows what is judged.
            await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await worker.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
        }

        return Values(plan, topic);
    }

    private static void Send(DriftPlan plan, int day, params (string Version, int A)[] versions)
    {
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        foreach ((string version, int a) in versions)
        {
            IEnumerable<object> rows = Enumerable.Range(0, Rows)
                .Select(i => new { at = Start.AddDays(day).AddMinutes(i), release = version, x = i < a ? "a" : "b" });
            Assert.Null(producer.Send(
                new OutgoingRecord(Topic, 0, null, JsonSerializer.SerializeToUtf8Bytes(rows)), TestContext.Current.CancellationToken));
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    private static JsonElement Reference(JsonElement verdict, string name) =>
        verdict.GetProperty("references").EnumerateArray().Single(r => r.GetProperty("name").GetString() == name);

    private static (int Rows, string? From, string? To) Extent(JsonElement reference) =>
        (reference.GetProperty("rows").GetInt32(), reference.GetProperty("from").GetString(), reference.GetProperty("to").GetString());

    private static List<JsonElement> Values(DriftPlan plan, string topic)
    {
        var values = new List<JsonElement>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out LogRecord record)) values.Add(JsonDocument.Parse(record.Value!).RootElement);
        return values;
    }
}
