using System.Diagnostics;
using System.Net;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>What open pages hear of what is newer.</summary>
public sealed class LiveTests
{
    private static readonly WebSettings Open = WebSettings.None with { Readers = PageReaders.Anyone };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_TellsNews_FromWhatThePageWasMadeOf_AndEndsWithTheWorker()
    {
        OwnSite site = await OwnSite.Start(Open);
        string page = await (await site.Ask("/")).Content.ReadAsStringAsync(Cancel);
        string place = WebUtility.HtmlDecode(page.Split("data-live=\"")[1].Split('"')[0]);
        using HttpClient client = Web.TlsTests.Client();
        using HttpResponseMessage stream = await Listen(client, site, place);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (stream.StatusCode, stream.Content.Headers.ContentType!.MediaType));
        Assert.Contains("script-src", (await site.Ask("/")).Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal("retry: 5000", await lines.ReadLineAsync(Cancel));
        Task<string?> next = Next(lines);
        await Task.Delay(1500, Cancel);
        Assert.False(next.IsCompleted, "nothing has happened yet");

        site.Hear("employment", 1);
        Assert.Equal("newer", await next.WaitAsync(TimeSpan.FromSeconds(10), Cancel));

        // One that was made before that hears of it at once.
        using HttpResponseMessage late = await Listen(client, site, place);
        using var again = new StreamReader(await late.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal("newer", await Next(again).WaitAsync(TimeSpan.FromSeconds(5), Cancel));

        long since = Stopwatch.GetTimestamp();
        await site.DisposeAsync();
        Assert.Null(await Next(lines).WaitAsync(TimeSpan.FromSeconds(5), Cancel));
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(2), $"{Stopwatch.GetElapsedTime(since)}");
    }

    [Fact]
    public async Task Streams_AreBounded_AndOthersReadPagesMeanwhile()
    {
        await using OwnSite site = await OwnSite.Start(Open);
        using HttpClient client = Web.TlsTests.Client();
        var open = new List<HttpResponseMessage>();
        for (int i = 0; i < 100; i++) open.Add(await Listen(client, site, "/live"));
        Assert.All(open, o => Assert.Equal(HttpStatusCode.OK, o.StatusCode));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Listen(client, site, "/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await site.Ask("/")).StatusCode);
        Assert.Contains("driftstream_web_refused_total{limit=\"streams\"} 1", site.Metrics.Text(), StringComparison.Ordinal);

        // Who leaves makes room.
        open.ForEach(o => o.Dispose());
        HttpStatusCode later = HttpStatusCode.ServiceUnavailable;
        for (int i = 0; i < 50 && later != HttpStatusCode.OK; i++)
        {
            await Task.Delay(100, Cancel);
            using HttpResponseMessage one = await Listen(client, site, "/live");
            later = one.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, later);
    }

    [Fact]
    public async Task Streams_AreForReadersAlone()
    {
        await using OwnSite site = await OwnSite.Start(WebSettings.None with { Readers = PageReaders.Token });
        Assert.Equal(HttpStatusCode.Unauthorized, (await site.Ask("/live")).StatusCode);
    }

    private static Task<HttpResponseMessage> Listen(HttpClient client, OwnSite site, string place)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site.Address, place)) { Headers = { Host = "localhost" } };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    // The name of the next event; null at the end.
    private static async Task<string?> Next(StreamReader lines)
    {
        try
        {
            while (await lines.ReadLineAsync(Cancel) is { } line)
            {
                if (line.StartsWith("event: ", StringComparison.Ordinal)) return line["event: ".Length..];
            }
        }
        catch (IOException)
        {
            // Cut off is an end too.
        }

        return null;
    }
}
