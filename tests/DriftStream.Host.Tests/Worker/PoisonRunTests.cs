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

/// <summary>100,000 messages on a real Apache Kafka, every hundredth of them broken in one of six ways.</summary>
[Trait("needs", "kafka")]
public sealed class PoisonRunTests
{
    private const int Messages = 100_000, Rows = 20, Partitions = 3;
    private const string Topic = "poisoned.predictions";

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Poison_KeepsNothingFromBeingCounted_AndTakesNoMemory()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        string folder = Directory.CreateTempSubdirectory("driftstream-poison").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "reference.arrows"), Good(2000));
            string config = Path.Combine(folder, "driftstream.yaml");
            File.WriteAllText(config, $$"""
                kafka: { bootstrap: "{{cluster.Bootstrap}}" }
                engine: { segment: 1MiB, flush: 500ms, counts_partitions: 3, threads: 2 }
                time: { idle_after: 15s, close_after_idle: 3s }
                owners: [{ id: team, name: Team, contact: team@example.org }]
                root_owner: team
                models:
                  - id: poisoned
                    owner: team
                    sources: [{ topic: {{Topic}}, format: arrow }]
                    columns: { time: event_time }
                    baseline: { data: reference.arrows }
                    window: { size: 1d }
                """);
            DriftPlan plan = Host.Commands.PlanFile.Load(config, TextWriter.Null)!;
            using (IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build())
            {
                await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = Partitions, ReplicationFactor = 1 }]);
            }

            TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure);
            Assert.Null(failure);
            using WorkerProcess worker = WorkerProcess.RunWithPages(config);
            var sent = new SortedDictionary<string, long>(StringComparer.Ordinal);
            // By then it has fetched ahead as far as it may, and its young generation has grown as far as the machine's caches let it.
            Send(plan, 0, Messages / 2, sent);
            await UntilReadAsync(worker, Messages / 2);
            long early = worker.Memory();
            Send(plan, Messages / 2, Messages, sent);

            long poison = sent.Values.Sum();
            Assert.Equal(Messages / 100, poison);
            long counted = WaitForRows(plan, worker);
            long late = worker.Memory();
            // A message with rows of no time keeps the others; the rest of the poison is lost as a whole.
            Assert.Equal(((Messages - poison) * Rows) + (sent["time_null"] * (Rows - 1)), counted);
            Assert.Equal(sent, Rejects(plan));
            Assert.True(late < early + (96 << 20), $"{early / 1e6:0} MB after half of the messages, {late / 1e6:0} MB after all");
            Assert.Equal(0, worker.Stop());
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{Messages:N0} messages, {poison:N0} poison ({string.Join(", ", sent.Select(s => $"{s.Key} {s.Value}"))}), {counted:N0} rows counted, "
                + $"all rejects and counts as sent; worker {early / 1e6:N0} MB after half of the messages, {late / 1e6:N0} MB after all");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Send(DriftPlan plan, int from, int to, SortedDictionary<string, long> sent)
    {
        byte[] good = Good(Rows);
        (string Reason, byte[] Value)[] poison =
        [
            ("not_arrow", "{\"plain\": \"text\"}"u8.ToArray()),
            ("truncated", good[..(good.Length / 2)]),
            ("schema_registry_framed", [0, 0, 0, 0, 7, .. good]),
            ("malformed", Broken(good)),
            ("column_type", Wrong()),
            ("time_null", Timeless()),
        ];
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        for (int i = from; i < to; i++)
        {
            byte[] value = good;
            if (i % 100 == 99)
            {
                (string reason, value) = poison[i / 100 % poison.Length];
                sent[reason] = sent.GetValueOrDefault(reason) + 1;
            }

            Assert.Null(producer.Send(new OutgoingRecord(Topic, i % Partitions, null, value), TestContext.Current.CancellationToken));
        }

        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    // A worker that has only just started knows nothing yet of what it will keep.
    private static async Task UntilReadAsync(WorkerProcess worker, int messages)
    {
        long until = Environment.TickCount64 + 120_000;
        while (!(await worker.MetricAsync("driftstream_messages_total{fate=\"read\"}") >= messages * 0.98))
        {
            Assert.True(Environment.TickCount64 < until, worker.Output);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static long WaitForRows(DriftPlan plan, WorkerProcess worker)
    {
        using LogTail? tail = LogTail.Topic(plan.Kafka, new TopicNames(plan.Topics.Prefix).Verdicts, follow: true, NullLogger.Instance, out _);
        long until = Environment.TickCount64 + 120_000;
        while (Environment.TickCount64 < until)
        {
            if (!tail!.TryRead(out LogRecord record)) continue;
            return JsonDocument.Parse(record.Value!).RootElement.GetProperty("rows").GetInt64();
        }

        throw new TimeoutException("no verdict within two minutes\n" + worker.Output);
    }

    // Messages by reason: a record each, or a sum's number.
    private static SortedDictionary<string, long> Rejects(DriftPlan plan)
    {
        var found = new SortedDictionary<string, long>(StringComparer.Ordinal);
        using LogTail? tail = LogTail.Topic(plan.Kafka, new TopicNames(plan.Topics.Prefix).Rejects, follow: false, NullLogger.Instance, out _);
        while (tail!.TryRead(out LogRecord record))
        {
            JsonElement reject = JsonDocument.Parse(record.Value!).RootElement;
            string reason = reject.GetProperty("reason").GetString()!;
            found[reason] = found.GetValueOrDefault(reason) + (reject.TryGetProperty("messages", out JsonElement messages) ? messages.GetInt64() : 1);
        }

        return found;
    }

    // The metadata stays as it is; a length inside it points beyond the body.
    private static byte[] Broken(byte[] good)
    {
        byte[] broken = [.. good];
        int metadata = 8 + BitConverter.ToInt32(broken, 4);
        int next = BitConverter.ToInt32(broken, metadata + 4);
        for (int at = metadata + 8; at < metadata + 8 + next - 8; at += 8)
        {
            if (BitConverter.ToInt64(broken, at) == Rows) BitConverter.TryWriteBytes(broken.AsSpan(at), -1L);
        }

        return broken;
    }

    private static byte[] Good(int rows) => Message(
        Times(rows), new DoubleArray.Builder().AppendRange(Enumerable.Range(0, rows).Select(i => (double)(i % 10))).Build());

    private static byte[] Wrong() => Message(Times(Rows), new StringArray.Builder().AppendRange(Enumerable.Repeat("text", Rows)).Build());

    private static byte[] Timeless() => Message(
        Times(Rows, timeless: 7), new DoubleArray.Builder().AppendRange(Enumerable.Repeat(1.0, Rows)).Build());

    private static TimestampArray Times(int rows, int timeless = -1)
    {
        var times = new TimestampArray.Builder(new Apache.Arrow.Types.TimestampType(TimeUnit.Microsecond, "UTC"));
        for (int i = 0; i < rows; i++)
        {
            if (i == timeless) times.AppendNull();
            else times.Append(Start.AddSeconds(i));
        }

        return times.Build();
    }

    private static byte[] Message(TimestampArray times, IArrowArray values)
    {
        var schema = new Apache.Arrow.Schema([new("event_time", times.Data.DataType, true), new("value", values.Data.DataType, true)], null);
        using var batch = new RecordBatch(schema, [times, values], times.Length);
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }
}
