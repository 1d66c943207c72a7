using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Worker;
using DriftStream.Host.Worker;
using DriftStream.Judging;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Webhooks;

/// <summary>Alerts from the judge's topic to the webhooks of their owner, through a worker.</summary>
public sealed class WebhookStageTests
{
    [Fact]
    public void OneHangs_OneRefuses_TheOthersGetAll_AndAfterARestartEachGoesOnWhereItStood()
    {
        using var broker = new EmbeddedBroker();
        using Receiver fine = new(), hangs = new(_ => null), refuses = new(_ => Receiver.Error(410)), root = new();
        DriftPlan plan = Plan(broker.Settings, [At("fine", fine), At("hangs", hangs), At("refuses", refuses)], [At("root", root)]);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        var names = new TopicNames(plan.Topics.Prefix);
        Run(plan, () =>
        {
            for (int i = 0; i < 3; i++) Send(plan, i);
            Assert.Equal([0, 1, 2], fine.Await(3, 30).Select(No));
            Assert.Equal([0, 1, 2], refuses.Await(3, 30).Select(No));
            Assert.Equal([0, 1, 2], root.Await(3, 30).Select(No));
            Assert.Equal([0], hangs.Await(1).Select(No));
        });
        JsonElement[] undeliverable = [.. Values(plan, names.Undeliverable).Select(v => JsonDocument.Parse(v).RootElement)];
        Assert.Equal(Enumerable.Repeat("refuses refused 410 Answer", 3),
            undeliverable.Select(u => $"{u.GetProperty("webhook")} {u.GetProperty("reason")} {u.GetProperty("detail")}"));
        Assert.Equal(3, WebhookPositions.Read(plan.Kafka, names, NullLogger.Instance, out _)[(Owner(plan), "fine")]);
        Assert.Empty(Positions.Read(plan.Kafka, names, NullLogger.Instance, out _));

        int before = hangs.All.Count;
        Run(plan, () =>
        {
            Send(plan, 3);
            Assert.Equal([0, 1, 2, 3], fine.Await(4, 30).Select(No));
            Assert.Equal(0, No(hangs.Await(before + 1, 30)[before]));
        });
        Assert.Equal(4, fine.All.Count);
    }

    internal static Webhook At(string name, Receiver receiver, WebhookFormat format = WebhookFormat.CloudEvents) =>
        new(name, format, receiver.Url, null, Severity.Info, null, Insecure: false, AllowPrivate: true);

    internal static string Owner(DriftPlan plan) => plan.Owners.Keys.First(o => o != plan.Root.Id);

    internal static DriftPlan Plan(KafkaSettings kafka, Webhook[] owner, Webhook[] root)
    {
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, kafka);
        string id = Owner(plan);
        plan = plan with
        {
            Owners = plan.Owners.SetItem(id, plan.Owners[id] with { Webhooks = [.. owner] }).SetItem(plan.Root.Id, plan.Root with { Webhooks = [.. root] }),
        };
        return plan with { Hash = PlanDocument.Of(plan).Hash };
    }

    internal static void Send(DriftPlan plan, int no, string status = "firing", string severity = "critical", string episode = "e")
    {
        using var producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        byte[] value = JsonSerializer.SerializeToUtf8Bytes(
            new { id = $"i{no}", episode, status, severity, owner = new { id = Owner(plan) }, model = "m", summary = $"alert {no}" });
        var headers = new Headers { { AlertRecords.To, Encoding.UTF8.GetBytes(Owner(plan)) }, { "ce_id", Encoding.UTF8.GetBytes($"{no}") } };
        var record = new OutgoingRecord(new TopicNames(plan.Topics.Prefix).Alerts, 0, "m"u8.ToArray(), value, Headers: headers);
        Assert.Null(producer.Send(record, TestContext.Current.CancellationToken));
        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    internal static void Run(DriftPlan plan, Action then)
    {
        using var status = new WorkerStatus(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = new Host.Worker.Worker(plan, WorkerRole.Desk, status, TimeProvider.System, NullLogger.Instance);
        Task worker = Task.Run(() => running.Run(stop.Token), TestContext.Current.CancellationToken);
        try
        {
            bool Posts() => status.Health.States.Single(s => s.Role == "webhook").Detail.StartsWith("posting to", StringComparison.Ordinal);
            Assert.True(SpinWait.SpinUntil(Posts, TimeSpan.FromSeconds(30)), string.Join("; ", status.Health.States));
            then();
        }
        finally
        {
            stop.Cancel();
            worker.Wait(TimeSpan.FromSeconds(20), CancellationToken.None);
        }
    }

    private static int No(Received received) => int.Parse(received.Headers["ce-id"]);

    private static List<string> Values(DriftPlan plan, string topic)
    {
        var values = new List<string>();
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, NullLogger.Instance, out _);
        while (tail is not null && tail.TryRead(out LogRecord record)) values.Add(Encoding.UTF8.GetString(record.Value!));
        return values;
    }
}
