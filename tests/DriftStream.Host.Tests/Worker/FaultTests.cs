using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
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
using DriftStream.Windows;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>What throws for one model where records are written and delivered, and counts that a plan topic made again does not explain.</summary>
public sealed class FaultTests
{
    [Fact]
    public void VerdictThatCannotBeWritten_IsUnjudged_AndTheOthersAreWritten()
    {
        DriftPlan plan = Kafka.Plans.Small(new KafkaSettings("127.0.0.1:1", ImmutableSortedDictionary<string, string>.Empty));
        var (judge, records) = (new Judge(plan.Judge()), new List<OutgoingRecord>());
        Verdict Of(long start) => new(
            new ClosedWindow("m", "", plan.Models[0].Windows.Windows[0], new(start), new(start + EventTime.Day), true, new(5), new(0),
                ImmutableSortedDictionary<string, WindowCounts>.Empty),
            Judgement.Steady, "steady", [], [], "sha256:0")
        { Plan = "sha256:0" };
        JudgedWindow Told(Verdict verdict) => new(
            new WindowRecord("m", "1d", verdict.Window.Start, verdict.Window.End, true, 0, "sha256:0",
                [new WindowVersion("", VerdictJson.IdOf(verdict, 0), null, new(5), Judgement.Steady, "sha256:0")], []),
            [verdict]);
        var pane = new SealedPane(new Entry(new EntryKey("m", "", new(0), new(10), 0), new(5), [new SignalCounts("x", 1, [5])]), [0]);
        var output = new JudgeOutput(
            [FrameCodec.WithRecord(pane, out _)],
            [Told(Of(0)), Told(Of(EventTime.Day) with { Plans = default }), Told(Of(2 * EventTime.Day))]);
        var names = new TopicNames("p.");
        new JudgeRecords(names, new DriftStream.Host.Observability.Metrics(), TimeProvider.System, NullLogger.Instance).Add(3, judge, output, records);

        Assert.Equal(
            [names.Panes, names.Verdicts, names.Desk, names.Verdicts, names.Desk, names.Verdicts, names.Desk], records.Select(r => r.Topic));
        Assert.Equal(pane.Key, Assert.IsType<SealedPane>(FrameCodec.Read(records[0].Value)).Key);
        JsonElement[] verdicts = [.. records.Where(r => r.Topic == names.Verdicts).Select(r => JsonDocument.Parse(r.Value!).RootElement)];
        Assert.Equal(["steady", "unjudged", "steady"], verdicts.Select(v => v.GetProperty("judgement").GetString()));
        WindowRecord[] windows = [.. records.Where(r => r.Topic == names.Desk).Select(r => WindowRecordJson.Read(r.Value)!)];
        Assert.Equal([0, 1, 0], windows.Select(w => w.Symptoms.Count(s => s is { Status: SymptomStatus.Began, IsForRoot: true })));
        // A record names the bytes of its verdicts.
        byte[][] documents = [.. records.Where(r => r.Topic == names.Verdicts).Select(r => r.Value!)];
        Assert.Equal(documents.Select(d => Identity.Digest([d])), windows.Select(w => Assert.Single(w.Versions).Digest));
        Assert.All(records.Where(r => r.Topic == names.Desk), r => Assert.Equal(3, r.Partition));
    }

    [Fact]
    public async Task AlertThatMakesDeliveryThrow_IsUndeliverable_AndTheOthersArrive()
    {
        using var broker = new EmbeddedBroker();
        DriftPlan plan = Demo(broker);
        var names = new TopicNames(plan.Topics.Prefix);
        string owner = plan.Owners.Keys.First(o => o != plan.Root.Id);
        Send(plan, names.Alerts, "{\"no\": 1}"u8.ToArray(), new Headers { { AlertRecords.To, null } });
        Send(plan, names.Alerts, "{\"no\": 2}"u8.ToArray(), []);
        Send(plan, names.Alerts, "{\"no\": 3}"u8.ToArray(), new Headers { { AlertRecords.To, Encoding.UTF8.GetBytes(owner) } });
        await While(plan, _ => Values(plan, names.AlertsOf(owner)).Count == 1 && Values(plan, names.AlertsOf(plan.Root.Id)).Count >= 2);
        Assert.Equal(["{\"no\": 3}"], Values(plan, names.AlertsOf(owner)));
        Assert.Equal(["{\"no\": 1}", "{\"no\": 2}"], Values(plan, names.AlertsOf(plan.Root.Id)).Order());
        JsonElement[] undeliverable = [.. Values(plan, names.Undeliverable).Select(v => JsonDocument.Parse(v).RootElement.GetProperty("alert"))];
        Assert.Equal([1, 2], undeliverable.Select(alert => alert.GetProperty("no").GetInt32()).Order());
    }

    [Fact]
    public void AlertThatIsNoJson_IsUndeliverableAsText()
    {
        byte[] value = AlertRecords.Undeliverable("no {json"u8.ToArray(), "o", "t", new KafkaFailure(KafkaErrorKind.Missing, "gone"));
        Assert.Equal("no {json", JsonDocument.Parse(value).RootElement.GetProperty("alert").GetString());
    }

    // The topic was deleted, made again and has grown past the epochs that the counts name: another plan stands there.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PlanTopicMadeAgain_IsRefusedByTheJudge(bool newest)
    {
        using var broker = new EmbeddedBroker();
        DriftPlan plan = Demo(broker);
        var names = new TopicNames(plan.Topics.Prefix);
        ulong own = PlanName.Short(PlanDocument.Of(plan).Hash);
        var header = new SegmentHeader(new SourcePartition("t", 0), new(0), new Variant(0, EventTime.None), new(5), new(7), default, [],
            false, false, new(1), 1)
        {
            PlanHash = newest ? own + 1 : own,
            EpochHash = newest ? own : own + 1,
        };
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        FrameCodec.Write(new[] { header }, bytes);
        Send(plan, names.Counts, bytes.WrittenSpan.ToArray(), []);
        string detail = "";
        await While(plan, status =>
            (detail = status.Health.States.FirstOrDefault(s => s.Role == "judge")?.Detail ?? "").Contains("was made again", StringComparison.Ordinal));
        Assert.Contains($"offset 0 by the hash {own + 1:x16}, and the plan topic has {own:x16} there", detail, StringComparison.Ordinal);
        Assert.Contains("docs/runbooks.md", detail, StringComparison.Ordinal);
    }

    private static DriftPlan Demo(EmbeddedBroker broker)
    {
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        foreach (string source in plan.Counting.Sources.Keys) broker.CreateTopic(source, 1);
        return plan;
    }

    private static void Send(DriftPlan plan, string topic, byte[] value, Headers headers)
    {
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        Assert.Null(producer.Send(new OutgoingRecord(topic, 0, null, value, Headers: headers), TestContext.Current.CancellationToken));
        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    private static async Task While(DriftPlan plan, Func<WorkerStatus, bool> until)
    {
        var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = new Host.Worker.Worker(plan, WorkerRole.All, status, TimeProvider.System, NullLogger.Instance);
        Task worker = Task.Run(() => running.Run(stop.Token), TestContext.Current.CancellationToken);
        try
        {
            Assert.True(SpinWait.SpinUntil(() => until(status), TimeSpan.FromSeconds(30)), string.Join("; ", status.Health.States));
        }
        finally
        {
            await stop.CancelAsync();
            await worker.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
        }
    }

    private static List<string> Values(DriftPlan plan, string topic)
    {
        var values = new List<string>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out LogRecord record)) values.Add(Encoding.UTF8.GetString(record.Value!));
        return values;
    }
}
