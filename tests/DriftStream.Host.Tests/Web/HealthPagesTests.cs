using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Host.Tests.Observability;
using DriftStream.Host.Web;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Web;

public sealed class HealthPagesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_NoRoles_AreAliveAndReady()
    {
        await using var pages = await Start(new Health(TimeProvider.System));

        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "livez")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "readyz")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Get(pages, "")).Status);
    }

    [Fact]
    public async Task Readyz_OneRoleIsNotReady_Is503_AndSaysWhich()
    {
        var health = new Health(TimeProvider.System);
        health.Add("counter").Ready("3 partitions");
        var judge = health.Add("judge");
        judge.NotReady("reading panes: 40 %");
        await using var pages = await Start(health);

        var waiting = await Get(pages, "readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, waiting.Status);
        Assert.Equal([("counter", true, "3 partitions"), ("judge", false, "reading panes: 40 %")], Roles(waiting.Body));
        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "livez")).Status);

        judge.Ready("");
        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "readyz")).Status);
    }

    [Fact]
    public async Task Livez_ALoopThatStands_Is503_UntilItTicks()
    {
        var clock = new Clock();
        var health = new Health(clock, TimeSpan.FromSeconds(60));
        var counter = health.Add("counter");
        counter.Ready("");
        await using var pages = await Start(health);

        clock.Seconds = 60;
        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "livez")).Status);
        clock.Seconds = 61;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Get(pages, "livez")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Get(pages, "readyz")).Status);
        counter.Tick();
        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "livez")).Status);
    }

    [Fact]
    public async Task Readyz_WorkThatIsNotSaidAgain_OrATopicThatIsNotThere_Is503()
    {
        var clock = new Clock();
        var health = new Health(clock);
        RoleHealth counter = health.Add("counter");
        counter.Ready("counting 3 partitions", TimeSpan.FromSeconds(20));
        await using var pages = await Start(health);

        clock.Seconds = 20;
        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "readyz")).Status);
        clock.Seconds = 21;
        var late = await Get(pages, "readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.Status);
        Assert.Equal([("counter", false, "nothing written for 21 s (before: counting 3 partitions)")], Roles(late.Body));
        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "livez")).Status);

        counter.Ready("counting 3 partitions", TimeSpan.FromSeconds(20));
        counter.Lacks("no topic x");
        Assert.Equal([("counter", false, "no topic x")], Roles((await Get(pages, "readyz")).Body));
        counter.Lacks(null);
        Assert.Equal(HttpStatusCode.OK, (await Get(pages, "readyz")).Status);
    }

    [Fact]
    public async Task Readyz_ShowsWhatItIsTold_AndStaysReady()
    {
        var health = new Health(TimeProvider.System);
        await using var pages = await Start(health);
        Assert.Equal("{}", Details((await Get(pages, "readyz")).Body));

        health.Tell("config", ["driftstream.yaml:3:5: error", "driftstream.yaml:9:1: error"]);
        var told = await Get(pages, "readyz");
        Assert.Equal(HttpStatusCode.OK, told.Status);
        Assert.Equal("""{"config":["driftstream.yaml:3:5: error","driftstream.yaml:9:1: error"]}""", Details(told.Body));

        health.Tell("config", []);
        Assert.Equal("{}", Details((await Get(pages, "readyz")).Body));
    }

    [Fact]
    public async Task Livez_IsAnswered_WhateverNumberOfConnectionsSaysNothing_OrHalfOfIt()
    {
        await using var pages = await Start(new Health(TimeProvider.System));
        var silent = new List<TcpClient>();
        try
        {
            for (int i = 0; i < 300; i++)
            {
                var client = new TcpClient();
                silent.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, pages.Address.Port, Cancel);
                if (i % 2 == 0) await client.GetStream().WriteAsync("GET /livez HTTP/1.1\r\nHost: a"u8.ToArray(), Cancel);
                if (i % 30 != 29) continue;
                long since = Stopwatch.GetTimestamp();
                Assert.Equal(HttpStatusCode.OK, (await Get(pages, "livez")).Status);
                Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5), $"{i} connections: {Stopwatch.GetElapsedTime(since)}");
            }
        }
        finally
        {
            silent.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public async Task Start_PortZero_TakesAFreeOne_AndTheLogSaysWhich()
    {
        foreach (string host in (string[])["127.0.0.1", "localhost"])
        {
            var lines = new Lines();
            await using HealthPages pages = await HealthPages.StartAsync($"{host}:0", new Health(TimeProvider.System), new Metrics(), lines, Cancel);
            Assert.NotEqual(0, pages.Address.Port);
            Assert.Contains(lines.Texts, l => l.Contains($":{pages.Address.Port}", StringComparison.Ordinal));
            Assert.Equal(HttpStatusCode.OK, (await Get(pages, "livez")).Status);
        }
    }

    [Theory]
    [InlineData("livez")]
    [InlineData("readyz")]
    [InlineData("metrics")]
    public async Task Pages_Post_IsNotAllowed(string page)
    {
        await using var pages = await Start(new Health(TimeProvider.System));
        using var client = new HttpClient();
        using var body = new StringContent("x");

        using var answer = await client.PostAsync(new Uri(pages.Address, page), body, Cancel);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task Reload_IsOff_UnlessItIsGiven()
    {
        await using var pages = await Start(new Health(TimeProvider.System));
        (HttpStatusCode status, string body) = await Post(pages);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("web.reload: true", body);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Get(pages, "-/reload")).Status);
    }

    [Fact]
    public async Task Reload_AnswersWithThePlan_OrWithWhatIsWrong()
    {
        var answer = new ReloadAnswer("sha256:1", []);
        await using HealthPages pages = await HealthPages.StartAsync(
            "127.0.0.1:0", new Health(TimeProvider.System), new Metrics(), NullLogger.Instance, Cancel, () => answer);
        Assert.Equal((HttpStatusCode.OK, """{"plan":"sha256:1","findings":[]}"""), await Post(pages));

        answer = new ReloadAnswer(null, [new Finding("unknown_key", FindingSeverity.Error, "a.yaml", 3, 5, "unknown key", "keys", null)]);
        Assert.Equal((HttpStatusCode.BadRequest, """
            {"plan":null,"findings":[{"code":"unknown_key","severity":"error","file":"a.yaml","line":3,"column":5,
            "message":"unknown key","expected":"keys","hint":null}]}
            """.Replace("\n", "", StringComparison.Ordinal)), await Post(pages));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Get(pages, "-/reload")).Status);
    }

    [Fact]
    public async Task Metrics_AreServedAsText()
    {
        var metrics = new Metrics();
        metrics.SegmentFinished();
        await using var pages = await HealthPages.StartAsync("127.0.0.1:0", new Health(TimeProvider.System), metrics,
            NullLogger.Instance, Cancel);

        var (status, body) = await Get(pages, "metrics");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("driftstream_segments_total 1", body);
    }

    [Theory]
    [InlineData("9464")]
    [InlineData("::1")]
    [InlineData("fe80::1:80")]
    [InlineData("[::1]")]
    [InlineData("")]
    [InlineData("example.org:80")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:99999")]
    public async Task Start_NoAddress_IsAFormatException(string listen) =>
        await Assert.ThrowsAsync<FormatException>(() => Start(new Health(TimeProvider.System), listen));

    [Fact]
    public async Task Start_AddressTaken_IsAnIOException()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var e = await Assert.ThrowsAnyAsync<IOException>(() => Start(new Health(TimeProvider.System), taken.LocalEndpoint.ToString()!));
        Assert.StartsWith($"web.listen: {taken.LocalEndpoint}: ", e.Message);
        Assert.Contains("--listen", e.Message);
        await Assert.ThrowsAnyAsync<IOException>(() => Start(new Health(TimeProvider.System), "192.0.2.1:80")); // not this machine's
    }

    [Fact]
    public async Task Dispose_ClosesWithinSeconds()
    {
        var pages = await Start(new Health(TimeProvider.System));
        using var idle = new TcpClient();
        await idle.ConnectAsync(IPAddress.Loopback, pages.Address.Port, Cancel); // a client that says nothing must not hold us up
        long since = Stopwatch.GetTimestamp();

        await pages.DisposeAsync();

        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(4));
        await Assert.ThrowsAsync<HttpRequestException>(() => Get(pages, "livez"));
    }

    private static Task<HealthPages> Start(Health health, string listen = "127.0.0.1:0") =>
        HealthPages.StartAsync(listen, health, new Metrics(), NullLogger.Instance, Cancel);

    private static async Task<(HttpStatusCode Status, string Body)> Get(HealthPages pages, string page)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(pages.Address, page), Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<(HttpStatusCode Status, string Body)> Post(HealthPages pages)
    {
        using var client = new HttpClient();
        using var answer = await client.PostAsync(new Uri(pages.Address, "-/reload"), null, Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static string Details(string body) => JsonDocument.Parse(body).RootElement.GetProperty("details").GetRawText();

    private static List<(string, bool, string)> Roles(string body) =>
        [.. JsonDocument.Parse(body).RootElement.GetProperty("roles").EnumerateArray().Select(r =>
            (r.GetProperty("role").GetString()!, r.GetProperty("ready").GetBoolean(), r.GetProperty("detail").GetString()!))];

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
