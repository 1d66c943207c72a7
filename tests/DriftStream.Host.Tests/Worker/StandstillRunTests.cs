using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>The sample's model with the default rules: a producer writes times that are none, then mends it. Its windows are a week long.</summary>
public sealed class StandstillRunTests
{
    private const string Owner = "labour-insights", Topic = "employment.predictions";

    [Fact]
    public async Task RowsThatAreAllRejected_ReachTheirOwnerAsOneEpisode_ThatEnds()
    {
        using var broker = new EmbeddedBroker();
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        foreach (string source in plan.Counting.Sources.Keys) broker.CreateTopic(source, 1);
        var names = new TopicNames(plan.Topics.Prefix);
        using var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance);
        Task worker = Task.Run(() => running.Run(stop.Token), TestContext.Current.CancellationToken);
        List<JsonElement> told = [];
        try
        {
            using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
            await UntilAsync(good: false, _ => told.Count > 0);
            await UntilAsync(good: true, _ => told.Count > 1);
            // Nothing more is said of it.
            await UntilAsync(good: true, tries => tries > 15);

            async Task UntilAsync(bool good, Func<int, bool> until)
            {
                for (int tries = 0; !until(tries); tries++)
                {
                    Assert.True(tries < 150, string.Join("; ", status.Health.States));
                    Assert.Null(producer.Send(new OutgoingRecord(Topic, 0, null, Rows(good)), TestContext.Current.CancellationToken));
                    Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
                    await Task.Delay(200, TestContext.Current.CancellationToken);
                    told = Read(plan, names.AlertsOf(Owner));
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await worker.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        }

        Assert.Equal(["firing", "resolved"], told.Select(t => t.GetProperty("status").GetString()));
        Assert.Single(told.Select(t => t.GetProperty("episode").GetString()).Distinct());
        Assert.Matches(
            @"^no row has been counted since \S+: ([\d,]+) of \1 rows \(100\.0 %\) were rejected: the event-time column 'event_time' is int64, "
                + "which is no time; the rejects topic says where$", told[0].GetProperty("summary").GetString());
        Assert.StartsWith("rows are counted and event time moves again; ", told[1].GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal("rejected", told[0].GetProperty("statistic").GetProperty("name").GetString());
        Assert.Equal("check_upstream", told[0].GetProperty("actions")[0].GetProperty("kind").GetString());
        Assert.Empty(Read(plan, names.AlertsOf(plan.Root.Id)));
        Assert.Empty(Read(plan, names.Verdicts));
    }

    private static List<JsonElement> Read(DriftPlan plan, string topic)
    {
        var values = new List<JsonElement>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out LogRecord record)) values.Add(JsonDocument.Parse(record.Value!).RootElement);
        return [.. values.Where(v => v.TryGetProperty("episode", out _) || v.TryGetProperty("judgement", out _))];
    }

    // The other columns are missing, which only a window would tell.
    private static byte[] Rows(bool good)
    {
        EventTime now = EventTime.From(DateTime.UtcNow);
        IArrowArray times = good
            ? new TimestampArray.Builder(new Apache.Arrow.Types.TimestampType(TimeUnit.Microsecond, "UTC"))
                .AppendRange(Enumerable.Repeat(DateTimeOffset.UnixEpoch.AddMicroseconds(now), 50)).Build()
            : new Int64Array.Builder().AppendRange(Enumerable.Repeat((long)now, 50)).Build();
        var schema = new Schema([new Field("event_time", times.Data.DataType, true)], null);
        using var bytes = new MemoryStream();
        using (var writer = new ArrowStreamWriter(bytes, schema, leaveOpen: true))
        {
            var batch = new RecordBatch(schema, [times], 50);
            writer.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
            writer.WriteEnd();
        }

        return bytes.ToArray();
    }
}
