using System.Net;
using System.Text.Json;
using DriftStream.Host.Pages;
using DriftStream.Plan;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>Who may do what: every cell of the table in docs/pages.md.</summary>
[Collection(DemoSite.Collection)]
public sealed class RightsTests(DemoSite site)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "", HttpStatusCode.Unauthorized, false, HttpStatusCode.Unauthorized)] // the proxy names nobody
    [InlineData("zoe", "", HttpStatusCode.OK, false, HttpStatusCode.Forbidden)] // belongs to no owner
    [InlineData("zoe", "platform", HttpStatusCode.OK, false, HttpStatusCode.Forbidden)] // of an owner that was not told yet
    [InlineData("group:labour", "", HttpStatusCode.OK, false, HttpStatusCode.Forbidden)] // a name is no group
    [InlineData("anna", "sales, labour", HttpStatusCode.OK, true, null)] // of the owner, by group
    [InlineData("rosa", "", HttpStatusCode.OK, true, null)] // of a delegate, by name
    public async Task Readers_ReadAndAnswer_AsTheirOwnersMay(string? user, string groups, HttpStatusCode read, bool mayAnswer, HttpStatusCode? refused)
    {
        using HttpClient client = site.Client(user, groups);
        using HttpResponseMessage page = await client.GetAsync(new Uri($"/episode?id={DemoSite.Open}", UriKind.Relative), Cancel);
        Assert.Equal(read, page.StatusCode);
        Assert.Equal(mayAnswer, (await page.Content.ReadAsStringAsync(Cancel)).Contains("action=\"/answer\"", StringComparison.Ordinal));
        foreach (string place in (string[])["/", "/model?id=employment", "/owner?id=labour-insights", "/api/v1/models", "/api/v2/alerts"])
        {
            using HttpResponseMessage other = await client.GetAsync(new Uri(place, UriKind.Relative), Cancel);
            Assert.Equal((place, read), (place, other.StatusCode));
        }

        if (refused is not { } status) return;
        using HttpResponseMessage answer = await Post(client, "labour-insights", "same-origin");
        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("cross-site", null)]
    [InlineData("same-site", null)]
    [InlineData(null, "https://evil.example")]
    [InlineData(null, null)]
    public async Task Answers_OfOtherSites_AreRefused(string? fetchSite, string? origin)
    {
        using HttpClient client = site.Client("anna", "labour");
        using HttpResponseMessage answer = await Post(client, "labour-insights", fetchSite, origin);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Answers_ForAnotherOwner_AreRefused()
    {
        using HttpClient client = site.Client("anna", "labour");
        using HttpResponseMessage answer = await Post(client, "ml-platform", "same-origin");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    /// <summary>What a page writes is what <c>driftstream ack</c> writes, but for who said it and by which way; the desk's reply is shown.</summary>
    [Theory]
    [InlineData("anna", "labour", "labour-insights")]
    [InlineData("rosa", "", "income-research")]
    public async Task Acknowledge_ReachesTheOwnersTopic_AndTheDesksReplyIsShown(string user, string groups, string owner)
    {
        using HttpClient client = site.Client(user, groups);
        Task<JsonElement> desk = site.ReplyAsync(owner, "done", "it is yours until then", Cancel);
        using HttpResponseMessage answer = await Post(client, owner, "same-origin");
        JsonElement written = await desk;

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal(["id", "kind", "model", "by", "via", "episode", "revision", "until", "note"], written.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("acknowledge", "employment", user, "web"), (Text("kind"), Text("model"), Text("by"), Text("via")));
        Assert.Equal((DemoSite.Open, 1, "we look"), (Text("episode"), written.GetProperty("revision").GetInt32(), Text("note")));
        string shown = await client.GetStringAsync(answer.Headers.Location, Cancel);
        Assert.Contains("Done: it is yours until then", shown, StringComparison.Ordinal);

        string Text(string name) => written.GetProperty(name).GetString()!;
    }

    [Theory]
    [InlineData(PageReaders.Anyone, "localhost:9464", null, null)]
    [InlineData(PageReaders.Anyone, "127.0.0.1:9464", null, null)]
    [InlineData(PageReaders.Anyone, "[::1]:9464", null, null)]
    [InlineData(PageReaders.Anyone, "evil.example:9464", null, 403)] // its name was made to point here
    [InlineData(PageReaders.Off, "localhost", null, 404)]
    [InlineData(PageReaders.Token, "pages.example", null, 401)]
    [InlineData(PageReaders.Token, "pages.example", "Bearer wrong", 401)]
    [InlineData(PageReaders.Token, "pages.example", "Basic 0123456789abcdef", 401)]
    [InlineData(PageReaders.Token, "pages.example", "Bearer 0123456789abcdef", null)]
    [InlineData(PageReaders.Header, "pages.example", null, 401)]
    public void Gate_LetsInWhomItShould(PageReaders readers, string host, string? authorization, int? refused)
    {
        var settings = WebSettings.None with { Readers = readers, Headers = new ProxyHeaders("X-User", null, ["10.0.0.0/8"]) };
        var gate = new PageGate(settings, readers == PageReaders.Token ? "0123456789abcdef" : null);
        var context = new DefaultHttpContext
        {
            Connection = { LocalIpAddress = IPAddress.Loopback, RemoteIpAddress = IPAddress.Parse("::ffff:10.1.2.3") },
            Request = { Host = new HostString(host), Headers = { Authorization = authorization } },
        };

        Assert.Equal(refused, gate.Admit(context).Refusal?.Status);
    }

    [Theory]
    [InlineData("10.9.9.9", null)]
    [InlineData("192.168.0.1", 403)] // somebody else writes the proxy's headers
    [InlineData("10.9.9.9", 401, "anna", "bert")] // the proxy lets its callers' headers through
    public void Gate_BelievesTheProxyAlone(string from, int? refused, params string[] users)
    {
        var gate = new PageGate(WebSettings.None with { Readers = PageReaders.Header, Headers = new ProxyHeaders("X-User", null, ["10.0.0.0/8"]) }, null);
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(from) } };
        context.Request.Headers["X-User"] = users.Length == 0 ? "anna" : users;

        Assert.Equal(refused, gate.Admit(context).Refusal?.Status);
    }

    /// <summary>The cookie of somebody who knew the token lets in, and does not tell the token.</summary>
    [Fact]
    public void Gate_KnowsItsOwnPass()
    {
        var gate = new PageGate(WebSettings.None with { Readers = PageReaders.Token }, "0123456789abcdef");
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = $"{PageGate.Cookie}={gate.Pass}";

        Assert.Null(gate.Admit(context).Refusal);
        Assert.DoesNotContain("0123456789abcdef", gate.Pass, StringComparison.Ordinal);
        context.Request.Headers.Cookie = $"{PageGate.Cookie}={new string('0', 64)}";
        Assert.Equal(401, gate.Admit(context).Refusal?.Status);
    }

    private static async Task<HttpResponseMessage> Post(HttpClient client, string owner, string? fetchSite, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/answer", UriKind.Relative))
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["kind"] = "acknowledge",
                ["episode"] = DemoSite.Open,
                ["revision"] = "1",
                ["owner"] = owner,
                ["days"] = "2",
                ["note"] = "we look",
            }),
        };
        if (fetchSite is not null) request.Headers.Add("Sec-Fetch-Site", fetchSite);
        if (origin is not null) request.Headers.Add("Origin", origin);
        return await client.SendAsync(request, Cancel);
    }
}
