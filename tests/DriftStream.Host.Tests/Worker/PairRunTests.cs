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

/// <summary>From a configuration to an alert: a worker on the embedded broker, and two columns that stay while their correlation goes.</summary>
public sealed class PairRunTests : IDisposable
{
    private const int Days = 6, RowsADay = 3_000, Fault = 3;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly EmbeddedBroker _broker = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-pairs").FullName;

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void CorrelationThatIsGone_ReachesTheOwnerAsThat()
    {
        var random = new Random(1);
        File.WriteAllBytes(Path.Combine(_folder, "reference.arrows"), Message(Rows(random, Start, 20_000, 0.6)));
        File.WriteAllText(Config, $$"""
            kafka: { bootstrap: "{{_broker.Bootstrap}}" }
            web: { listen: "127.0.0.1:0" }
            engine: { flush: 1s, counts_partitions: 1 }
            time: { idle_after: 2s, close_after_idle: 4s }
            owners: [{ id: team, name: Team, contact: team@example.org }]
            root_owner: team
            models:
              - id: shop
                owner: team
                sources: [{ topic: shop.orders }]
                columns: { time: at }
                pairs: [[income, hours]]
                baseline: { file: shop.baseline }
                window: { size: 1d, min_rows: 100 }
            """);
        string built = Path.Combine(_folder, "shop.baseline");
        CliResult build = Cli.Run("baseline", "build", "-c", Config, "--from", Path.Combine(_folder, "reference.arrows"), "-o", built);
        Assert.True(build.Code == 0, build.Errors);
        Assert.Matches(
            @"income x hours: rank correlation 0\.5[789], Cramer's V 0\.[23][0-9], mutual information 0\.[23][0-9] bits",
            Cli.Run("baseline", "show", built).Output);
        DriftPlan plan = PlanFile.Load(Config, TextWriter.Null)!;
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) _broker.CreateTopic(topic.Name, topic.Partitions);
        Send(random);
        using WorkerProcess worker = WorkerProcess.Run(Config);
        long began = Stopwatch.GetTimestamp();
        while (Read(plan, "verdicts").Length < Days)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(90), worker.Output);
            TestContext.Current.CancellationToken.WaitHandle.WaitOne(500);
        }

        TestContext.Current.CancellationToken.WaitHandle.WaitOne(1500);
        Assert.Equal(0, worker.Stop());
        Assert.Equal([.. Enumerable.Range(0, Days).Select(d => d < Fault ? "steady" : "drifting")], Read(plan, "verdicts").Select(v => Text(v, "judgement")));

        JsonElement alert = Assert.Single(Read(plan, "alerts.team"));
        Assert.Equal(("firing", "income x hours"), (Text(alert, "status"), Text(alert, "signal")));
        Assert.Matches(@"^income and hours were correlated 0\.5[789], now -?0\.0[0-9]; ", Text(alert, "summary"));
    }

    private void Send(Random random)
    {
        _broker.CreateTopic("shop.orders", 1);
        using var producer = new AckedProducer(_broker.Settings, NullLogger.Instance);
        for (int day = 0; day < Days; day++)
        {
            byte[] message = Message(Rows(random, Start.AddDays(day), RowsADay, day < Fault ? 0.6 : 0));
            Assert.Null(producer.Send(new OutgoingRecord("shop.orders", 0, null, message), TestContext.Current.CancellationToken));
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    // Two normal columns with such a correlation.
    private static Batch Rows(Random random, DateTimeOffset from, int rows, double correlation)
    {
        double[] income = [.. Enumerable.Range(0, rows).Select(_ => Normal())];
        double[] hours = [.. income.Select(x => (correlation * x) + (Math.Sqrt(1 - (correlation * correlation)) * Normal()))];
        long start = from.ToUnixTimeMilliseconds() * 1000;
        return new BatchBuilder()
            .Add("at", Columns.Times([.. Enumerable.Range(0, rows).Select(i => start + ((long)EventTime.Day / rows * i))]))
            .Add("income", Columns.Of<double>(income)).Add("hours", Columns.Of<double>(hours)).Build();

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
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
