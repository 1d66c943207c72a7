using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DriftStream.Host.Observability;
using DriftStream.Host.Web;
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

        await Assert.ThrowsAnyAsync<IOException>(() => Start(new Health(TimeProvider.System), taken.LocalEndpoint.ToString()!));
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
