using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Confluent.Kafka;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>Whatever a producer sends, the worker goes on, and every row or message is found under its fate.</summary>
public sealed class PoisonTests
{
    private const string Employment = "employment.predictions", Census = "census.predictions";

    [Fact]
    public async Task Poison_IsCountedUnderItsFate_AndTheRestIsCounted()
    {
        using var broker = new EmbeddedBroker();
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        broker.CreateTopic(Employment, 1);
        broker.CreateTopic(Census, 1);
        byte[] good = Sample();
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var poisoned = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance);
        Task worker = Task.Run(() => poisoned.Run(stop.Token), TestContext.Current.CancellationToken);
        using (var producer = new AckedProducer(plan.Kafka, NullLogger.Instance))
        {
            void Send(string topic, byte[]? value, string? model = null)
            {
                var headers = model is null ? [] : new Headers { { "model-id", Encoding.UTF8.GetBytes(model) } };
                Assert.Null(producer.Send(new OutgoingRecord(topic, 0, null, value, Headers: headers), TestContext.Current.CancellationToken));
            }

            Send(Employment, good); // 0
            Send(Employment, "hello, this is no Arrow"u8.ToArray()); // 1
            Send(Employment, good[..(good.Length / 2)]); // 2
            Send(Employment, AgesAsText()); // 3: 2 rows
            Send(Employment, Dated(new DateTime(9999, 1, 1), new DateTime(1970, 1, 1), null)); // 4: future, late, no time
            Send(Employment, null); // 5
            Send(Census, good, "nobody-knows-me"); // 0: 100 rows
            Send(Employment, good); // 6
            Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        }

        FateCounts Fates(string topic) => status.Counters.TryGetValue(new SourcePartition(topic, 0), out CounterProgress? p) ? p.Fates : default;
        Assert.True(SpinWait.SpinUntil(() => Fates(Employment).Messages == 7 && Fates(Census).Messages == 1, TimeSpan.FromSeconds(30)));
        var expected = new FateCounts
        {
            Rows = new(205),
            Counted = new(200),
            Late = new(1),
            Future = new(1),
            Rejected = new(3),
            Messages = 7,
            Unreadable = 2,
            Tombstones = 1,
        };
        Assert.Equal(expected, Fates(Employment));
        Assert.Equal(new FateCounts { Rows = new(100), Unowned = new(100), Messages = 1 }, Fates(Census));
        Assert.Equal(
            [(1, "not_arrow", null), (2, "truncated", null), (3, "column_type", 2L), (4, "time_null", 1L)],
            Rejects(plan).Select(r => (r.Offset, r.Reason, r.Rows)));
        await stop.CancelAsync();
        await worker.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Matches(@"(?m)^driftstream_rebalances_total [1-9]", status.Metrics.Text());
    }

    [Fact]
    public async Task Json_IsCountedAndRejectedByRow()
    {
        using var broker = new EmbeddedBroker();
        string path = Path.Combine(SampleRun.Folder, "driftstream.yaml");
        string text = File.ReadAllText(path).Replace($"{Employment}, format: arrow", $"{Employment}, format: json", StringComparison.Ordinal);
        DriftPlan read = PlanReader.Read(path, text, BaselineSource.Load, _ => null, _ => null).Plan!;
        DriftPlan plan = DemoRun.Paced(read, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        broker.CreateTopic(Employment, 1);
        broker.CreateTopic(Census, 1);
        var rows = new JsonMessages([.. DataFile.Open(Path.Combine(SampleRun.Folder, "stream-2016-2018.parquet")).Batches.Take(1)]);
        byte[] good = rows.Write([new RowSpan(0, 0, 100)]);
        byte[][] sent =
        [
            good,
            "[{\"event_time\": \"2016-01-01\", \"AGEP\": 30}, {\"event_time\": \"2016-01-01\", \"AGEP\": \"old\"}, {\"AGEP\": 30}]"u8.ToArray(),
            good[..^100],
            "[{\"AGEP\": 1, \"AGEP\": 2}]"u8.ToArray(),
            good,
        ];
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var reading = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance);
        Task worker = Task.Run(() => reading.Run(stop.Token), TestContext.Current.CancellationToken);
        using (var producer = new AckedProducer(plan.Kafka, NullLogger.Instance))
        {
            foreach (byte[] value in sent)
                Assert.Null(producer.Send(new OutgoingRecord(Employment, 0, null, value), TestContext.Current.CancellationToken));
            Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        }

        FateCounts Fates() => status.Counters.TryGetValue(new SourcePartition(Employment, 0), out CounterProgress? p) ? p.Fates : default;
        Assert.True(SpinWait.SpinUntil(() => Fates().Messages == sent.Length, TimeSpan.FromSeconds(30)));
        Assert.Equal(new FateCounts { Rows = new(203), Counted = new(201), Rejected = new(2), Messages = 5, Unreadable = 2 }, Fates());
        Assert.Equal(
            [(1, "value_type", 1L), (1, "time_null", 1L), (2, "truncated", null), (3, "not_json", null)],
            Rejects(plan).Select(r => (r.Offset, r.Reason, r.Rows)));
        await stop.CancelAsync();
        await worker.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    private static List<(int Offset, string Reason, long? Rows)> Rejects(DriftPlan plan)
    {
        var found = new List<(int, string, long?)>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, new TopicNames(plan.Topics.Prefix).Rejects, follow: false, NullLogger.Instance, out _);
        while (tail!.TryRead(out LogRecord record))
        {
            JsonElement reject = JsonDocument.Parse(record.Value!).RootElement;
            Assert.Equal(Employment, reject.GetProperty("topic").GetString());
            Assert.Equal(0, reject.GetProperty("partition").GetInt32());
            Assert.NotEmpty(reject.GetProperty("detail").GetString()!);
            JsonElement rows = reject.GetProperty("rows");
            long? refused = rows.ValueKind == JsonValueKind.Null ? null : rows.GetInt64();
            found.Add((reject.GetProperty("offset").GetInt32(), reject.GetProperty("reason").GetString()!, refused));
        }

        return found;
    }

    private static byte[] Sample() =>
        new ArrowMessages([.. DataFile.Open(Path.Combine(SampleRun.Folder, "stream-2016-2018.parquet")).Batches.Take(1)]).Write(0, 100);

    private static byte[] AgesAsText()
    {
        var ages = new StringArray.Builder().Append("young").Append("old").Build();
        return Message(("AGEP", ages), ("event_time", Times(new DateTime(2016, 1, 1), new DateTime(2016, 1, 1))));
    }

    private static byte[] Dated(params DateTime?[] times) =>
        Message(("AGEP", new DoubleArray.Builder().Append(30).Append(40).Append(50).Build()), ("event_time", Times(times)));

    private static TimestampArray Times(params DateTime?[] times)
    {
        var builder = new TimestampArray.Builder(new Apache.Arrow.Types.TimestampType(Apache.Arrow.Types.TimeUnit.Microsecond, "UTC"));
        foreach (DateTime? time in times)
        {
            if (time is { } value) builder.Append(new DateTimeOffset(value, TimeSpan.Zero));
            else builder.AppendNull();
        }

        return builder.Build();
    }

    private static byte[] Message(params (string Name, IArrowArray Values)[] columns)
    {
        var schema = new Apache.Arrow.Schema([.. columns.Select(c => new Apache.Arrow.Field(c.Name, c.Values.Data.DataType, true))], null);
        using var batch = new RecordBatch(schema, columns.Select(c => c.Values), columns[0].Values.Length);
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }
}
