using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
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

/// <summary>From a configuration to an alert: a worker on the embedded broker, and amounts that shift in a country with 5 % of the rows.</summary>
public sealed class SliceRunTests : IDisposable
{
    private const int Days = 6, RowsADay = 3_000, Fault = 3;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly EmbeddedBroker _broker = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-slices").FullName;

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void DriftInOneCountry_ReachesTheOwnerAsThat()
    {
        var random = new Random(1);
        File.WriteAllBytes(Path.Combine(_folder, "reference.arrows"), Message(Rows(random, Start, 20_000, 1)));
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
                slices: [country]
                baseline: { data: reference.arrows }
                window: { size: 1d, min_rows: 100 }
            """);
        Assert.Matches(
            new Regex("shop: 3 slices by country \\(country = DE; country = FR; country = MT\\), [01][.0-9]* % of the baseline's rows in none: 2 signals"),
            Cli.Run("check", Config).Output);
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
        JsonElement[] verdicts = Read(plan, "verdicts");
        Assert.All(verdicts, v => Assert.Equal(6, v.GetProperty("slices").GetProperty("count").GetInt32()));
        Assert.Equal([.. Enumerable.Range(0, Days).Select(d => d < Fault ? "steady" : "drifting")], verdicts.Select(v => Text(v, "judgement")));

        JsonElement alert = Assert.Single(Read(plan, "alerts.team"));
        Assert.Equal(("firing", "amount", """{"country":"MT"}"""), (Text(alert, "status"), Text(alert, "signal"), alert.GetProperty("slice").GetRawText()));
        Assert.StartsWith("among country = MT: amount has drifted: ", Text(alert, "summary"), StringComparison.Ordinal);
        Assert.Equal("2026-03-04T00:00:00Z", Text(alert, "since"));
    }

    private void Send(Random random)
    {
        _broker.CreateTopic("shop.orders", 1);
        using var producer = new AckedProducer(_broker.Settings, NullLogger.Instance);
        for (int day = 0; day < Days; day++)
        {
            byte[] message = Message(Rows(random, Start.AddDays(day), RowsADay, day < Fault ? 1 : 4));
            Assert.Null(producer.Send(new OutgoingRecord("shop.orders", 0, null, message), TestContext.Current.CancellationToken));
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    // The third country's amounts are so many times as large; a hundredth of the rows come from anywhere.
    private static Batch Rows(Random random, DateTimeOffset from, int rows, double times)
    {
        string[] countries =
            [.. Enumerable.Range(0, rows).Select(_ => random.Next(100) switch { < 70 => "DE", < 94 => "FR", < 99 => "MT", _ => $"{random.Next(99)}" })];
        double[] amounts = [.. countries.Select(c => -Math.Log(1 - random.NextDouble()) * (c == "MT" ? times : 1))];
        long start = from.ToUnixTimeMilliseconds() * 1000;
        return new BatchBuilder()
            .Add("at", Columns.Times([.. Enumerable.Range(0, rows).Select(i => start + ((long)EventTime.Day / rows * i))]))
            .Add("country", Columns.Text(countries))
            .Add("amount", Columns.Of<double>(amounts))
            .Add("items", Columns.Of<int>([.. Enumerable.Range(0, rows).Select(_ => random.Next(1, 6))]))
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
