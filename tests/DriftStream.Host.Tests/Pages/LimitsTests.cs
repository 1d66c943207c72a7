using System.Net;
using System.Text.Json;
using DriftStream.Host.Tests.Web;
using DriftStream.Host.Web;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>How often one reader may ask, what somebody hears who asks too often, and who somebody is.</summary>
public sealed class LimitsTests
{
    private static readonly WebSettings Open = WebSettings.None with { Readers = PageReaders.Anyone };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reading_TooOften_Is429_ForThatReaderAlone_AndNeverForMachines()
    {
        await using OwnSite site = await OwnSite.Start(WebSettings.None with
        {
            Readers = PageReaders.Header,
            Headers = new ProxyHeaders("X-User", null, ["127.0.0.0/8"]),
            Limits = new WebLimits(5, 2, 2),
        });
        for (int i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.OK, (await site.Ask("/", As("anna"))).StatusCode);
        using HttpResponseMessage page = await site.Ask("/", As("anna"));
        Assert.Equal((HttpStatusCode.TooManyRequests, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        Assert.InRange(page.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Contains("<h1>Too many requests</h1>", await page.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        using HttpResponseMessage api = await site.Ask("/api/v1/models", As("anna"));
        Assert.Equal("application/problem+json", api.Content.Headers.ContentType!.MediaType);
        Assert.Equal(429, JsonSerializer.Deserialize<JsonElement>(await api.Content.ReadAsStringAsync(Cancel)).GetProperty("status").GetInt32());
        Assert.NotNull(api.Headers.RetryAfter);

        Assert.Equal(HttpStatusCode.OK, (await site.Ask("/", As("bert"))).StatusCode);
        for (int i = 0; i < 20; i++)
        {
            foreach (string place in (string[])["/livez", "/readyz", "/metrics"])
                Assert.Equal(HttpStatusCode.OK, (await site.Ask(place, As("anna"))).StatusCode);
        }

        Assert.Contains("driftstream_web_refused_total{limit=\"read\"} 2", site.Metrics.Text(), StringComparison.Ordinal);

        // Writing is counted apart, and less of it is allowed.
        HttpStatusCode[] written = [await Post(site, "anna"), await Post(site, "anna"), await Post(site, "anna"), await Post(site, "bert")];
        Assert.Equal([HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.TooManyRequests, HttpStatusCode.BadRequest], written);
    }

    [Fact]
    public async Task Reading_IsCountedByAddress_WhereNobodySaysWhoAsks_AsATrustedProxySaysIt()
    {
        await using OwnSite direct = await OwnSite.Start(Open with { Limits = new WebLimits(2, 2, 2) });
        HttpStatusCode[] claimed = [await Ask(direct, "10.0.0.1"), await Ask(direct, "10.0.0.2"), await Ask(direct, "10.0.0.3")];
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], claimed);

        await using OwnSite behind = await OwnSite.Start(Open with { Limits = new WebLimits(2, 2, 2), Proxies = new WebProxies(["127.0.0.0/8"]) });
        HttpStatusCode[] told =
        [
            await Ask(behind, "10.0.0.1"), await Ask(behind, "10.0.0.1"), await Ask(behind, "10.0.0.1"), await Ask(behind, "10.0.0.2"),
            // Somebody's own header before that of our proxy is not believed.
            await Ask(behind, "10.9.9.9, 10.0.0.1"),
            // All that one network may have of IPv6.
            await Ask(behind, "2001:db8::1"), await Ask(behind, "2001:db8::2"), await Ask(behind, "2001:db8::3"), await Ask(behind, "2001:db8:0:1::1"),
        ];
        Assert.Equal([2, 4, 7], told.Index().Where(t => t.Item == HttpStatusCode.TooManyRequests).Select(t => t.Index));

        static async Task<HttpStatusCode> Ask(OwnSite site, string from) => (await site.Ask("/", r => r.Headers.Add("X-Forwarded-For", from))).StatusCode;
    }

    /// <summary>After some wrong tokens none is looked at, the right one neither: or it would be found all the same. Whoever is in stays in.</summary>
    [Fact]
    public async Task Tokens_AreNotGuessed()
    {
        await using OwnSite site = await OwnSite.Start(WebSettings.None with { Readers = PageReaders.Token, Limits = WebLimits.Default with { SignIn = 3 } });
        using HttpResponseMessage entered = await SignIn(site, OwnSite.Token);
        string cookie = entered.Headers.GetValues("Set-Cookie").Single();
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);

        HttpStatusCode[] guesses = [await Guess("a"), await Guess("b"), (await SignIn(site, "c")).StatusCode, await Guess(OwnSite.Token)];
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests], guesses);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SignIn(site, OwnSite.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await site.Ask("/", r => r.Headers.Add("Cookie", cookie.Split(';')[0]))).StatusCode);
        Assert.Contains("driftstream_web_refused_total{limit=\"sign_in\"} 2", site.Metrics.Text(), StringComparison.Ordinal);

        async Task<HttpStatusCode> Guess(string token) => (await site.Ask("/api/v1/models", r => r.Headers.Add("Authorization", $"Bearer {token}"))).StatusCode;
    }

    /// <summary>Who comes with TLS is held to it; by a proxy's word, where that proxy is ours.</summary>
    [Fact]
    public async Task Tls_OfTheWorkerOrOfItsProxy_IsKept()
    {
        using var files = new Certificates();
        files.Write("any");
        using var metrics = new WorkerMetrics();
        using ServerCertificate certificate = ServerCertificate.Open(
            files.Config, Certificates.Pem, TimeProvider.System, metrics.Metrics, NullLogger.Instance);
        WebSettings token = WebSettings.None with { Readers = PageReaders.Token };
        await using OwnSite own = await OwnSite.Start(token, certificate);
        await using OwnSite clear = await OwnSite.Start(token);
        await using OwnSite behind = await OwnSite.Start(token with { Proxies = new WebProxies(["127.0.0.1"]) });
        Assert.Equal((true, true), await Kept(own, null));
        Assert.Equal((true, true), await Kept(behind, "https"));
        Assert.Equal((false, false), await Kept(behind, "http"));
        Assert.Equal((false, false), await Kept(clear, "https"));
        // Whoever tries something out on this machine has other things at its other ports.
        Assert.False((await own.Ask("/", r => r.Headers.Host = "localhost")).Headers.Contains("Strict-Transport-Security"));

        static async Task<(bool Hsts, bool Secure)> Kept(OwnSite site, string? proto)
        {
            using HttpResponseMessage page = await site.Ask("/", r => Say(r, proto)), entered = await SignIn(site, OwnSite.Token, r => Say(r, proto));
            return (page.Headers.Contains("Strict-Transport-Security"),
                entered.Headers.GetValues("Set-Cookie").Single().Contains("; secure", StringComparison.OrdinalIgnoreCase));
        }

        static void Say(HttpRequestMessage request, string? proto)
        {
            request.Headers.Host = "pages.example";
            if (proto is null) return;
            request.Headers.Add("X-Forwarded-Proto", proto);
            request.Headers.Add("X-Forwarded-For", "10.0.0.1");
        }
    }

    private static Action<HttpRequestMessage> As(string user) => r => r.Headers.Add("X-User", user);

    private static async Task<HttpStatusCode> Post(OwnSite site, string user) => (await site.Ask("/answer", r =>
    {
        (r.Method, r.Content) = (HttpMethod.Post, new StringContent("x"));
        r.Headers.Add("X-User", user);
        r.Headers.Add("Sec-Fetch-Site", "same-origin");
    })).StatusCode;

    private static Task<HttpResponseMessage> SignIn(OwnSite site, string token, Action<HttpRequestMessage>? more = null) => site.Ask("/sign-in", r =>
    {
        (r.Method, r.Content) = (HttpMethod.Post, new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token }));
        r.Headers.Add("Sec-Fetch-Site", "same-origin");
        more?.Invoke(r);
    });
}
