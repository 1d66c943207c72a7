using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Tests.Worker;
using DriftStream.Host.Webhooks;
using DriftStream.Judging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Webhooks;

public sealed class WebhookLoopTests : IDisposable
{
    private readonly List<LogRecord> _topic = [];
    private readonly ConcurrentQueue<(long Offset, string Detail)> _givenUp = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Metrics _metrics = new();

    [Fact]
    public void MoreThanTheQueueHolds_IsPostedOnce_InOrder()
    {
        using var receiver = new Receiver();
        using WebhookLoop loop = Loop(WebhookClientTests.At(receiver), position: 0);
        for (int i = 0; i < (3 * WebhookLoop.MaxQueued) + 7; i++) loop.Offer(Write("firing"));
        Run(loop);
        Received[] all = receiver.Await(_topic.Count);
        Assert.Equal(Enumerable.Range(0, _topic.Count), all.Select(No));
        SpinWait.SpinUntil(() => loop.Next == _topic.Count, 5000);
        loop.Offer(Write("firing")); // it comes by itself again
        Assert.Equal(_topic.Count - 1, No(receiver.Await(_topic.Count)[^1]));
        Assert.True(SpinWait.SpinUntil(() => loop.Next == _topic.Count, 5000));
        Assert.Equal(0, loop.Lag);
    }

    [Fact]
    public void WhatFails_IsTriedAgain_WhileTheRestWaits_AndWhatIsRefusedIsHandedOn()
    {
        using var receiver = new Receiver(n => n switch
        {
            0 => Receiver.Error(503),
            2 => Receiver.Error(404),
            _ => Receiver.Fine,
        });
        using WebhookLoop loop = Loop(WebhookClientTests.At(receiver), position: 0);
        for (int i = 0; i < 3; i++) loop.Offer(Write("firing"));
        Run(loop);
        Received[] all = receiver.Await(4);
        Assert.Equal([0, 0, 1, 2], all.Select(No));
        Assert.InRange((all[1].At - all[0].At).TotalSeconds, 0.7, 3);
        Assert.True(SpinWait.SpinUntil(() => loop.Next == 3, 5000));
        Assert.Equal((1, "404 Answer"), Assert.Single(_givenUp));
        Assert.Contains("webhook_undeliverable_total{owner=\"team\",webhook=\"w\"} 1", _metrics.Text());
        Assert.Contains("webhook_delivered_total{owner=\"team\",webhook=\"w\"} 2", _metrics.Text());
    }

    [Fact]
    public void AfterADay_ItIsGivenUp()
    {
        var clock = new SetClock();
        clock.Pass(DateTimeOffset.UtcNow - clock.GetUtcNow());
        using var receiver = new Receiver(_ =>
        {
            clock.Pass(TimeSpan.FromHours(25));
            return Receiver.Error(500);
        });
        using WebhookLoop loop = Loop(WebhookClientTests.At(receiver), position: 0, clock);
        loop.Offer(Write("firing"));
        Run(loop);
        Assert.True(SpinWait.SpinUntil(() => loop.Next == 1, 5000));
        Assert.Single(_givenUp);
    }

    [Fact]
    public void NewWebhook_IsToldWhatIsWrittenFromNowOn()
    {
        using var receiver = new Receiver();
        using WebhookLoop loop = Loop(WebhookClientTests.At(receiver), position: null);
        loop.Offer(Write("firing", DateTimeOffset.UtcNow.AddHours(-1)));
        loop.ReachedEnd(1);
        Assert.Equal(1, loop.Next);
        loop.Offer(Write("firing"));
        Run(loop);
        Assert.True(SpinWait.SpinUntil(() => loop.Next == 2, 5000));
        Assert.Equal([1], receiver.All.Select(No));
    }

    [Fact]
    public void WhatHangs_IsNotDoneWith_ThoughTheTopicEnds()
    {
        using var receiver = new Receiver(_ => null);
        using WebhookLoop loop = Loop(WebhookClientTests.At(receiver), position: null);
        loop.Offer(Write("firing"));
        Run(loop);
        receiver.Await(1);
        loop.ReachedEnd(1);
        Assert.Equal((0, 1), (loop.Next, loop.Lag));
    }

    [Fact]
    public void RepliesTombstonesAndLesserAlerts_AreSkipped()
    {
        using var receiver = new Receiver();
        using WebhookLoop loop = Loop(WebhookClientTests.At(receiver) with { Severity = Severity.Critical }, position: 0);
        loop.Offer(Write("firing", severity: "warning"));
        loop.Offer(Write("firing", type: "io.driftstream.reply"));
        loop.Offer(Write("firing") with { Value = null });
        loop.Offer(Write("firing"));
        loop.Offer(Write("firing") with { Value = "no json"u8.ToArray() });
        Run(loop);
        Assert.True(SpinWait.SpinUntil(() => loop.Next == 5, 5000));
        Assert.Equal([3], receiver.All.Select(No));
        Assert.Equal(4, Assert.Single(_givenUp).Offset);
    }

    [Fact]
    public void Alertmanager_IsToldAllThatIsOpen_OnceTheTopicIsRead()
    {
        using var receiver = new Receiver();
        using WebhookLoop loop = Loop(WebhookClientTests.At(receiver, WebhookFormat.Alertmanager), position: 3);
        Run(loop);
        foreach ((string episode, string status) in (ReadOnlySpan<(string, string)>)[("a", "firing"), ("b", "firing"), ("b", "resolved")])
            loop.Offer(Write(status, episode: episode));
        Thread.Sleep(200);
        Assert.Empty(receiver.All);
        loop.ReachedEnd(3);
        PostedAlert open = Assert.Single(AlertmanagerRules.Read(receiver.Await(1)[0].Body));
        Assert.Equal(("a", "/api/v2/alerts"), (open.Labels["episode"], receiver.All.First().Path));
        loop.Offer(Write("resolved", episode: "a"));
        PostedAlert ended = Assert.Single(AlertmanagerRules.Read(receiver.Await(2)[1].Body));
        Assert.True(ended.Labels["episode"] == "a" && ended.Ends <= DateTimeOffset.UtcNow);
    }

    [Fact]
    public void Slack_IsOneText_AtMostOneASecond()
    {
        using var receiver = new Receiver();
        using WebhookLoop loop = Loop(WebhookClientTests.At(receiver, WebhookFormat.Slack), position: 0);
        loop.Offer(Write("firing", summary: "a < b & c"));
        loop.Offer(Write("firing"));
        Run(loop);
        Received[] two = receiver.Await(2);
        Assert.Equal("*critical, firing: m*\na &lt; b &amp; c", JsonDocument.Parse(two[0].Body).RootElement.GetProperty("text").GetString());
        Assert.True((two[1].At - two[0].At).TotalSeconds > 0.9);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _metrics.Dispose();
    }

    private static int No(Received received) => int.Parse(received.Headers["ce-id"]);

    private LogRecord Write(
        string status, DateTimeOffset? at = null, string severity = "critical", string type = "io.driftstream.alert", string episode = "e",
        string summary = "s")
    {
        var record = new LogRecord("t", 0, _topic.Count, new((at ?? DateTimeOffset.UtcNow).ToUnixTimeMilliseconds() * 1000), null, Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(new { id = "i", episode, status, severity, owner = new { id = "team" }, model = "m", summary })), new Headers
            {
                { "ce_id", Encoding.UTF8.GetBytes($"{_topic.Count}") }, { "ce_type", Encoding.UTF8.GetBytes(type) },
            });
        _topic.Add(record);
        return record;
    }

    private WebhookLoop Loop(Webhook webhook, long? position, TimeProvider? time = null) => new("team", webhook, position, new WebhookSurroundings(
        (from, most, _) => Task.FromResult(_topic.Skip((int)from).Take(most).ToList()),
        (record, answer) =>
        {
            _givenUp.Enqueue((record.Offset, answer.Detail));
            return Task.FromResult(true);
        },
        time ?? TimeProvider.System, _metrics, NullLogger.Instance));

    private void Run(WebhookLoop loop) => _ = Task.Run(() => loop.RunAsync(_stop.Token, _stop.Token));
}
