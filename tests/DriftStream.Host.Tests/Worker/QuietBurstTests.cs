using System.Diagnostics;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// A nightly batch on a real Apache Kafka: workers run, their topic is quiet for longer than <c>idle_after</c>, then ten days of rows
/// reach its partitions one after the other.
/// </summary>
[Trait("needs", "kafka")]
public sealed class QuietBurstTests
{
    private const int Rows = 15_000, Days = 10, Chunk = 250;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150), Between = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(3, 1)]
    [InlineData(1, 3)]
    [InlineData(6, 3)]
    public void BurstAfterQuiet_PartitionAfterPartition_IsInVerdictsWhole(int partitions, int workers)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using KafkaCluster cluster = KafkaCluster.Start(1);
        string folder = Directory.CreateTempSubdirectory("driftstream-burst").FullName;
        WorkerProcess[] running = [];
        try
        {
            DriftPlan plan = Prepare(cluster.Bootstrap, folder, partitions, out string config);
            running = [.. Enumerable.Range(0, workers).Select(_ => WorkerProcess.Run(config))];
            string Log() => string.Join("\n---\n", running.Select(w => w.Output));
            Wait(() => running.Sum(w => w.Output.Split("counting burst[").Length - 1) >= partitions, Log, "the workers take no partitions");
            cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(14));

            using (var producer = new AckedProducer(plan.Kafka, NullLogger.Instance))
            {
                for (int p = 0; p < partitions; p++)
                {
                    if (p > 0) cancel.WaitHandle.WaitOne(Between);
                    for (int at = 0; at < Rows; at += Chunk * partitions)
                    {
                        byte[] message = Message(at + p, Math.Min(Rows, at + (Chunk * partitions)), partitions);
                        Assert.Null(producer.Send(new OutgoingRecord("burst", p, null, message), cancel));
                    }

                    Assert.Null(producer.Barrier(cancel));
                }
            }

            Wait(() => Verdicts(plan).Count >= Days, Log, "not ten verdicts");
            SortedDictionary<string, long> verdicts = Verdicts(plan);
            TestContext.Current.TestOutputHelper!.WriteLine(string.Join(", ", verdicts.Select(v => $"{v.Key}: {v.Value}")));
            Assert.Equal(Rows, verdicts.Values.Sum());
            Assert.Equal(Enumerable.Range(0, Days).ToDictionary(d => $"{Start.AddDays(d):yyyy-MM-dd}T00:00:00Z", _ => (long)Rows / Days), verdicts);
            Assert.All(running, w => Assert.Equal(0, w.Stop()));
        }
        finally
        {
            foreach (WorkerProcess worker in running) worker.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DriftPlan Prepare(string bootstrap, string folder, int partitions, out string config)
    {
        File.WriteAllBytes(Path.Combine(folder, "reference.arrows"), Message(0, 2000, 1));
        config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(config, $$"""
            kafka: { bootstrap: "{{bootstrap}}" }
            web: { listen: "127.0.0.1:0" }
            engine: { flush: 1s, counts_partitions: 3 }
            time: { idle_after: 9s, close_after_idle: 18s }
            owners: [{ id: team, name: Team, contact: team@example.org }]
            root_owner: team
            models:
              - id: burst
                owner: team
                sources: [{ topic: burst, format: arrow }]
                columns: { time: event_time }
                baseline: { data: reference.arrows }
                window: { size: 1d }
            """);
        DriftPlan plan = Host.Commands.PlanFile.Load(config, TextWriter.Null)!;
        using (IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build())
        {
            admin.CreateTopicsAsync([new TopicSpecification { Name = "burst", NumPartitions = partitions, ReplicationFactor = 1 }]).GetAwaiter().GetResult();
        }

        TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure);
        Assert.Null(failure);
        return plan;
    }

    private static void Wait(Func<bool> until, Func<string> log, string what)
    {
        long began = Stopwatch.GetTimestamp();
        while (!until())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{what} after {Patience}\n{log()}");
            Thread.Sleep(500);
        }
    }

    // Rows by the start of their window; no two verdicts may be about the same one.
    private static SortedDictionary<string, long> Verdicts(DriftPlan plan)
    {
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        string topic = new TopicNames(plan.Topics.Prefix).Verdicts;
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, NullLogger.Instance, out KafkaFailure? failure);
        Assert.Null(failure);
        while (tail!.TryRead(out LogRecord record))
        {
            using JsonDocument json = JsonDocument.Parse(record.Value);
            Assert.True(json.RootElement.GetProperty("window").GetProperty("complete").GetBoolean());
            rows.Add(json.RootElement.GetProperty("window").GetProperty("start").GetString()!, json.RootElement.GetProperty("rows").GetInt64());
        }

        return rows;
    }

    // Every step-th row of the ten days, in the order of time.
    private static byte[] Message(int from, int to, int step)
    {
        var type = new Apache.Arrow.Types.TimestampType(TimeUnit.Microsecond, "UTC");
        var times = new TimestampArray.Builder(type);
        var values = new DoubleArray.Builder();
        int rows = 0;
        for (int i = from; i < to; i += step, rows++)
        {
            times.Append(Start.AddDays((double)Days * i / Rows));
            values.Append(i % 97);
        }

        var schema = new Schema([new Field("event_time", type, false), new Field("x", DoubleType.Default, false)], null);
        using var bytes = new MemoryStream();
        using (var writer = new ArrowStreamWriter(bytes, schema, leaveOpen: true))
        {
            var batch = new RecordBatch(schema, [times.Build(), values.Build()], rows);
            writer.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
            writer.WriteEnd();
        }

        return bytes.ToArray();
    }
}
