using System.Text;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>What a worker writes into the topic of actions.</summary>
public sealed class DeskActionsTests
{
    /// <summary>A column of the sample's model is missing; the owner accepts what is recommended; the worker is restarted in between.</summary>
    [Fact]
    public async Task EachChangeOfState_IsOneEvent_KeyedByTheModel()
    {
        using var broker = new EmbeddedBroker();
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        foreach (string source in plan.Counting.Sources.Keys) broker.CreateTopic(source, 1);
        var names = new TopicNames(plan.Topics.Prefix);
        int partition = CountsPartition.Of("employment", plan.Engine.CountsPartitions);
        bool sent = false;
        await While(plan, () =>
        {
            // Once the worker has published its plan, the desk takes what judges say by it.
            if (Read(plan, names.Plan).Count == 0) return false;
            if (!sent) Send(plan, names.Desk, partition, WindowRecordJson.Write(Broken(plan)));
            sent = true;
            return Read(plan, names.Actions).Count > 0;
        });
        LogRecord recommended = Assert.Single(Read(plan, names.Actions));
        string action = Json(recommended).GetProperty("action").GetString()!;
        byte[] answer = Encoding.UTF8.GetBytes(
            $$"""{"id": "a1", "kind": "decide", "model": "employment", "action": "check_upstream", "accept": true, "note": "on it", "by": "anna"}""");
        Send(plan, names.AnswersOf("labour-insights"), 0, answer, "a1");
        await While(plan, () => Read(plan, names.Actions).Count > 1 && Read(plan, names.AlertsOf("labour-insights")).Exists(r => IsUpdate(Json(r))));

        LogRecord[] events = [.. Read(plan, names.Actions)];
        Assert.Equal(["io.driftstream.action.recommended", "io.driftstream.action.accepted"], events.Select(e => Header(e, "ce_type")));
        Assert.All(events, e => Assert.Equal(("employment", partition), (Encoding.UTF8.GetString(e.Key!), e.Partition)));
        Assert.Equal([action, action], events.Select(e => Json(e).GetProperty("action").GetString()));
        Assert.Equal(events.Select(e => Json(e).GetProperty("id").GetString()), events.Select(e => Header(e, "ce_id")));
        Assert.All(events, e => Assert.Null(Header(e, AlertRecords.To)));
        JsonElement[] told = [.. Read(plan, names.AlertsOf("labour-insights")).Select(Json)];
        Assert.Equal(["recommended", "accepted"], told.Where(t => t.TryGetProperty("actions", out _)).Select(StateOf).Distinct());
        Assert.Equal((action, "accepted"), told.Where(t => t.TryGetProperty("outcome", out _))
            .Select(t => (t.GetProperty("action").GetString(), t.GetProperty("state").GetString())).Single());

        static bool IsUpdate(JsonElement alert) => alert.TryGetProperty("because", out JsonElement because) && because.GetString() == "update";
        static string? StateOf(JsonElement alert) => alert.GetProperty("actions")[0].GetProperty("state").GetString();
    }

    private static WindowRecord Broken(DriftPlan plan)
    {
        EventTime end = EventTime.From(new DateTime(2026, 11, 26));
        var age = new Subject("employment", "7", "7d", "AGEP", null);
        return new WindowRecord(
            "employment", "7d", end - Duration.FromDays(7), end, true, 0, plan.Hash,
            [new WindowVersion("7", null, null, new RowCount(1000), Judgement.Drifting, "")],
            [
                new Symptom(age, SymptomStatus.Began, Severity.Critical, end - Duration.FromDays(7), "AGEP: missing in 100 % of rows (baseline 0 %)")
                {
                    Role = SignalRole.Feature,
                    Upstream = "missing",
                    Moved = 1000,
                },
            ]);
    }

    private static async Task While(DriftPlan plan, Func<bool> until)
    {
        using var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance);
        running.Plans.Pace = of => of with { Times = of.Times with { Update = new Duration(EventTime.Second / 10) } };
        Task worker = Task.Run(() => running.Run(stop.Token), TestContext.Current.CancellationToken);
        try
        {
            Assert.True(SpinWait.SpinUntil(() => until(), TimeSpan.FromSeconds(60)), string.Join("; ", status.Health.States));
        }
        finally
        {
            await stop.CancelAsync();
            await worker.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        }
    }

    private static void Send(DriftPlan plan, string topic, int partition, byte[] value, string? key = null)
    {
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        byte[]? bytes = key is null ? null : Encoding.UTF8.GetBytes(key);
        Assert.Null(producer.Send(new OutgoingRecord(topic, partition, bytes, value), TestContext.Current.CancellationToken));
        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    private static List<LogRecord> Read(DriftPlan plan, string topic)
    {
        var records = new List<LogRecord>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out LogRecord record)) records.Add(record);
        return records;
    }

    private static JsonElement Json(LogRecord record) => JsonDocument.Parse(record.Value!).RootElement;

    private static string? Header(LogRecord record, string name) =>
        record.Headers.TryGetLastBytes(name, out byte[] value) ? Encoding.UTF8.GetString(value) : null;
}
