using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Host.Kafka;
using DriftStream.Judging;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Webhooks;

/// <summary>
/// A real Prometheus Alertmanager, where <c>DRIFTSTREAM_ALERTMANAGER</c> names its program and <c>DRIFTSTREAM_ALERTMANAGER_CONFIG</c> its configuration,
/// as Debian's package <c>prometheus-alertmanager</c> has them. Takes two minutes.
/// </summary>
[Trait("needs", "alertmanager")]
public sealed class AlertmanagerTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string? Program = Environment.GetEnvironmentVariable("DRIFTSTREAM_ALERTMANAGER");

    private readonly HttpClient _http = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-am-").FullName;
    private readonly int _port = FreePort();
    private Process? _alertmanager;

    [Fact]
    public async Task Alerts_AreShownAndGrouped_LearnedAgainAfterARestart_AndResolved()
    {
        Assert.SkipWhen(Program is null, "DRIFTSTREAM_ALERTMANAGER names no program");
        Start();
        using var broker = new EmbeddedBroker();
        var webhook = new Webhook("am", WebhookFormat.Alertmanager, $"http://127.0.0.1:{_port}", null, Severity.Info, null, false, AllowPrivate: true);
        DriftPlan plan = WebhookStageTests.Plan(broker.Settings, [webhook], []);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        await Task.Run(() => WebhookStageTests.Run(plan, () =>
        {
            WebhookStageTests.Send(plan, 0, episode: "one", severity: "warning");
            WebhookStageTests.Send(plan, 1, episode: "two");
            Until("both are shown", 10, ["one warning", "two critical"]);
            WebhookStageTests.Send(plan, 2, episode: "one", severity: "critical");
            Until("the severity is raised", 10, ["one critical", "two critical"]);
            JsonElement group = Assert.Single(Get("alerts/groups").EnumerateArray());
            Assert.Equal("DriftStream", group.GetProperty("labels").GetProperty("alertname").GetString());
            WebhookStageTests.Send(plan, 3, status: "acknowledged", episode: "two");
            Assert.True(SpinWait.SpinUntil(() => Shown("annotations").Any(a => a.GetProperty("status").GetString() == "acknowledged"), 10_000));

            Stop();
            Start();
            Until("learned again after the restart", 120, ["one critical", "two critical"]);
            WebhookStageTests.Send(plan, 4, status: "resolved", episode: "one");
            Until("one is resolved", 10, ["two critical"]);
            WebhookStageTests.Send(plan, 5, status: "resolved", episode: "two");
            Until("both are resolved", 10, []);
        }), TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        Stop();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Start()
    {
        string config = Environment.GetEnvironmentVariable("DRIFTSTREAM_ALERTMANAGER_CONFIG")!;
        _alertmanager = Process.Start(new ProcessStartInfo(Program!,
        [
            $"--config.file={config}", $"--storage.path={_folder}", $"--web.listen-address=127.0.0.1:{_port}", "--cluster.listen-address=", "--log.level=error",
        ]));
        Assert.True(SpinWait.SpinUntil(() =>
        {
            try
            {
                return Get("status").ValueKind == JsonValueKind.Object;
            }
            catch (AggregateException)
            {
                return false;
            }
        }, 20_000));
    }

    private void Stop()
    {
        _alertmanager?.Kill();
        _alertmanager?.WaitForExit();
        _alertmanager?.Dispose();
        _alertmanager = null;
    }

    private JsonElement Get(string path) => JsonDocument.Parse(_http.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/api/v2/{path}")).Result).RootElement;

    private IEnumerable<JsonElement> Shown(string field) => Get("alerts").EnumerateArray().Select(a => a.GetProperty(field));

    private void Until(string what, int seconds, string[] expected)
    {
        long began = Stopwatch.GetTimestamp();
        string[] shown = [];
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
        {
            shown = [.. Shown("labels").Select(l => $"{l.GetProperty("episode")} {l.GetProperty("severity")}").Order()];
            if (shown.SequenceEqual(expected))
            {
                output.WriteLine($"{what}: after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
                return;
            }

            Thread.Sleep(200);
        }

        Assert.Fail($"{what}: {string.Join(", ", shown)}");
    }
}
