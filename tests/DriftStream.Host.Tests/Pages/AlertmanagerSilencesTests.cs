using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftStream.Host.Kafka;
using DriftStream.Host.Pages;
using DriftStream.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>
/// Silences that clients of Alertmanager write become the desk's, by whom the proxy names. <c>DRIFTSTREAM_AMTOOL</c> names a real amtool (Debian's package
/// prometheus-alertmanager: <c>/usr/bin/amtool</c>).
/// </summary>
[Collection(DemoSite.Collection)]
public sealed class AlertmanagerSilencesTests(DemoSite site)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("model=employment", "model:employment")]
    [InlineData("model=employment,signal=AGEP,severity=critical,version=7", "model:employment version:7 signal:AGEP severity:critical")]
    [InlineData("model=~emp.*,alertname=DriftStream", "model:emp*")]
    [InlineData("model=employment,signal=~\\[0\\, 5\\).*", "model:employment signal:[0, 5)*")]
    [InlineData("owner=labour-insights,group=SEX", "group:SEX")]
    public async Task Matchers_BecomeTheDesksPatterns(string matchers, string expected)
    {
        using HttpClient client = site.Client("anna", "labour");
        Task<JsonElement> desk = site.ReplyAsync("labour-insights", "done", "silence until then", Cancel);
        using HttpResponseMessage answer = await Post(client, Body(matchers));
        JsonElement written = await desk;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Text("id"), (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("silenceID").GetString());
        Assert.Equal(("silence", "anna", "alertmanager", "known", "labour-insights"), (Text("kind"), Text("by"), Text("via"), Text("reason"), Text("owner")));
        Assert.Equal(expected, string.Join(' ', new[] { "model", "version", "signal", "group", "severity", "rule" }
            .Where(f => written.TryGetProperty(f, out _)).Select(f => $"{f}:{Text(f)}")));
        Assert.False(written.TryGetProperty("from", out _));

        string? Text(string name) => written.GetProperty(name).GetString();
    }

    /// <summary>An episode of one signal is that signal; one of several, or of the whole model, is to be acknowledged.</summary>
    [Fact]
    public async Task Episode_OfOneSignal_IsThatSignal()
    {
        using HttpClient client = site.Client("anna", "labour");
        Task<JsonElement> desk = site.ReplyAsync("labour-insights", "done", "silence until then", Cancel);
        using HttpResponseMessage answer = await Post(client, Body($"episode={DemoSite.Open}"));
        JsonElement written = await desk;

        Assert.Equal(("employment", "7", "AGEP"), (written.GetProperty("model").GetString(), written.GetProperty("version").GetString(),
            written.GetProperty("signal").GetString()));
        using HttpResponseMessage ofModel = await Post(client, Body($"episode={CreditModel.Episode}"));
        Assert.Equal(HttpStatusCode.BadRequest, ofModel.StatusCode);
        Assert.Contains("acknowledge it", await ofModel.Content.ReadFromJsonAsync<string>(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model!=employment", "not what is not")]
    [InlineData("model=~employment|income", "of patterns the desk knows text and .*")]
    [InlineData("model=employment,signal=a*b", "of patterns the desk knows text and .*")]
    [InlineData("model=employment,instance=a", "instance: silences match model")]
    [InlineData("alertname=Other,model=employment", "called DriftStream")]
    [InlineData("alertname=DriftStream", "no matcher names one of")]
    [InlineData("owner=labour-insights", "no matcher names one of")]
    [InlineData("model=nosuch", "no model 'nosuch' is registered")]
    [InlineData("model=~.*", "owner=... says whose are silent")]
    [InlineData("signal=AGEP", "it names no model")]
    [InlineData("owner=nosuch,signal=AGEP", "no owner 'nosuch' is registered")]
    [InlineData("episode=nosuch", "no open one")]
    [InlineData("model=employment,model=income", "two matchers of one label")]
    public async Task WhatTheDeskCannotSay_IsRefused_WithWhy(string matchers, string why)
    {
        using HttpClient client = site.Client("anna", "labour");
        using HttpResponseMessage answer = await Post(client, Body(matchers));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(why, await answer.Content.ReadFromJsonAsync<string>(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TimesAndWords_ThatTheDeskWouldRefuse_AreRefused()
    {
        using HttpClient client = site.Client("anna", "labour");
        (JsonObject Body, string Why)[] cases =
        [
            (Body("model=employment", days: 91), "within 90 days"), (Body("model=employment", days: -1), "within 90 days"),
            (Body("model=employment", comment: " "), "say why"), (With("id", "abc"), "not changed"), (With("endsAt", "soon"), "no time"), ([], "no time"),
        ];
        foreach ((JsonObject body, string why) in cases)
        {
            using HttpResponseMessage answer = await Post(client, body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains(why, await answer.Content.ReadFromJsonAsync<string>(Cancel), StringComparison.Ordinal);
        }

        using var nonsense = new StringContent("{", Encoding.UTF8, "application/json");
        using HttpResponseMessage unreadable = await client.PostAsync(new Uri("/api/v2/silences", UriKind.Relative), nonsense, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, unreadable.StatusCode);

        static JsonObject With(string name, string value)
        {
            JsonObject body = Body("model=employment");
            body[name] = value;
            return body;
        }
    }

    /// <summary>As on pages: members of the owner and of its delegates; nobody from another site.</summary>
    [Theory]
    [InlineData(null, "", HttpStatusCode.Unauthorized)]
    [InlineData("zoe", "", HttpStatusCode.Forbidden)]
    [InlineData("zoe", "platform", HttpStatusCode.Forbidden)]
    [InlineData("anna", "labour", HttpStatusCode.Forbidden, "Sec-Fetch-Site", "cross-site")]
    [InlineData("anna", "labour", HttpStatusCode.Forbidden, "Origin", "https://evil.example")]
    public async Task WhoMayNot_IsRefused(string? user, string groups, HttpStatusCode expected, string? header = null, string? value = null)
    {
        using HttpClient client = site.Client(user, groups);
        if (header is not null) client.DefaultRequestHeaders.Add(header, value);
        Said("whose", "labour-insights", "anna");
        using HttpResponseMessage added = await Post(client, Body("model=employment"));
        using HttpResponseMessage ended = await client.DeleteAsync(new Uri("/api/v2/silence/whose", UriKind.Relative), Cancel);

        Assert.Equal((expected, expected), (added.StatusCode, ended.StatusCode));
    }

    [Fact]
    public async Task Form_ThatASiteMaySendWithoutAsking_IsRefused()
    {
        using HttpClient client = site.Client("anna", "labour");
        using var text = new StringContent(Body("model=employment").ToJsonString(), Encoding.UTF8, "text/plain");
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/api/v2/silences", UriKind.Relative), text, Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Desk_ThatRefuses_IsHeard()
    {
        using HttpClient client = site.Client("rosa");
        Task<JsonElement> desk = site.ReplyAsync("income-research", "refused", "labour-insights has 1000 silences: end some", Cancel);
        using HttpResponseMessage answer = await Post(client, Body("model=employment"));
        await desk;

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("refused: labour-insights has 1000 silences: end some", await answer.Content.ReadFromJsonAsync<string>(Cancel));
    }

    /// <summary>The real client, through a proxy that says who asks.</summary>
    [Fact]
    public async Task Amtool_AddsQueriesAndExpires()
    {
        string? amtool = Environment.GetEnvironmentVariable("DRIFTSTREAM_AMTOOL");
        Assert.SkipWhen(string.IsNullOrEmpty(amtool), "DRIFTSTREAM_AMTOOL names no amtool");
        await using WebApplication proxy = await Proxy();
        string url = "--alertmanager.url=" + proxy.Urls.Single();

        Task<JsonElement> desk = site.ReplyAsync("labour-insights", "done", "silence until then", Cancel);
        (int code, string id) = await Run(amtool!, url, "silence", "add", "model=employment", "signal=~AG.*", "--duration=2h", "--comment=known",
            "--author=somebody else");
        JsonElement written = await desk;
        Assert.Equal((0, written.GetProperty("id").GetString()), (code, id.Trim()));
        Assert.Equal(("anna", "AG*"), (written.GetProperty("by").GetString(), written.GetProperty("signal").GetString()));

        Said(id.Trim(), "labour-insights", "anna", written);
        (code, string shown) = await Run(amtool!, url, "silence", "query");
        Assert.Equal(0, code);
        Assert.Contains(id.Trim(), shown, StringComparison.Ordinal);
        Assert.Contains("signal=~\"AG.*\"", shown, StringComparison.Ordinal);

        desk = site.ReplyAsync("labour-insights", "done", "silence is over", Cancel);
        (code, string ended) = await Run(amtool!, url, "silence", "expire", id.Trim());
        written = await desk;
        Assert.Equal((0, "", "end", id.Trim()), (code, ended, written.GetProperty("kind").GetString(), written.GetProperty("silence").GetString()));

        (code, string why) = await Run(amtool!, url, "silence", "add", "model!=employment", "--comment=x");
        Assert.NotEqual(0, code);
        Assert.Contains("not what is not", why, StringComparison.Ordinal);
        (code, string alerts) = await Run(amtool!, url, "alert", "query", "severity=critical");
        Assert.Equal(0, code);
        Assert.Contains("AGEP has drifted", alerts, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("a.*", "a*")]
    [InlineData(".*b.*", "*b*")]
    [InlineData("a\\.b\\-c", "a.b-c")]
    [InlineData("a.b", null)]
    [InlineData("a.+", null)]
    [InlineData("(a)", null)]
    [InlineData("a\\*", null)]
    [InlineData("\\d", null)]
    [InlineData("a$", null)]
    public void Patterns_AreTextAndStars(string regex, string? expected) => Assert.Equal(expected, AlertmanagerSilences.PatternOf(regex));

    private static JsonObject Body(string matchers, int days = 2, string comment = "known") => new()
    {
        ["matchers"] = new JsonArray([.. Regex.Split(matchers, @"(?<!\\),").Select(m => Matcher(m.Replace("\\,", ",", StringComparison.Ordinal)))]),
        ["startsAt"] = DateTime.UtcNow.AddSeconds(-1).ToString("O"),
        ["endsAt"] = DateTime.UtcNow.AddDays(days).ToString("O"),
        ["createdBy"] = "somebody else",
        ["comment"] = comment,
    };

    private static JsonObject Matcher(string text)
    {
        string[] parts = Regex.Split(text, "(=~|!~|!=|=)");
        return new JsonObject { ["name"] = parts[0], ["value"] = parts[2], ["isRegex"] = parts[1].EndsWith('~'), ["isEqual"] = !parts[1].StartsWith('!') };
    }

    private static Task<HttpResponseMessage> Post(HttpClient client, JsonObject body) =>
        client.PostAsJsonAsync(new Uri("/api/v2/silences", UriKind.Relative), body, Cancel);

    // As the web stage reads it from the owner's topics.
    private void Said(string id, string owner, string by, JsonElement? answer = null)
    {
        var names = new TopicNames(site.Plan.Topics.Prefix);
        EventTime now = EventTime.From(DateTime.UtcNow);
        JsonObject said = answer is { } written ? JsonObject.Create(written)! : new JsonObject
        {
            ["id"] = id,
            ["kind"] = "silence",
            ["by"] = by,
            ["model"] = "employment",
            ["until"] = EventTime.Format(now + Duration.FromDays(1)),
            ["reason"] = "known",
        };
        var reply = new JsonObject
        {
            ["id"] = "r" + id,
            ["answer"] = id,
            ["kind"] = "silence",
            ["owner"] = owner,
            ["by"] = by,
            ["outcome"] = "done",
            ["why"] = "",
            ["heard"] = EventTime.Format(now),
        };
        site.Hear(
            new LogRecord(names.AnswersOf(owner), 0, 0, now, Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes(said.ToJsonString()), []),
            new LogRecord(names.AlertsOf(owner), 0, 0, now, null, Encoding.UTF8.GetBytes(reply.ToJsonString()),
                [new("ce_type", Encoding.UTF8.GetBytes("io.driftstream.reply"))]));
    }

    // What went well is on its output; of its errors, that our version is not its own is none.
    private static async Task<(int Code, string Text)> Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancel);
        string output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        string said = await errors;
        return (process.ExitCode, process.ExitCode == 0 ? output : said);
    }

    private async Task<WebApplication> Proxy()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication proxy = builder.Build();
        HttpClient behind = site.Client("anna", "labour");
        proxy.Run(async context =>
        {
            HttpRequest asked = context.Request;
            using var request = new HttpRequestMessage(new HttpMethod(asked.Method), asked.Path + asked.QueryString);
            if (asked.ContentLength > 0)
            {
                request.Content = new StreamContent(asked.Body);
                request.Content.Headers.TryAddWithoutValidation("Content-Type", asked.ContentType);
            }

            using HttpResponseMessage answer = await behind.SendAsync(request, Cancel);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await answer.Content.CopyToAsync(context.Response.Body, Cancel);
        });
        await proxy.StartAsync(Cancel);
        return proxy;
    }
}
