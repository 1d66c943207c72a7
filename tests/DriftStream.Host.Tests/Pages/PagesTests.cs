using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Host.History;
using DriftStream.Host.Pages;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>What is on the pages of the demo's story, and that it is what the verdicts say.</summary>
[Collection(DemoSite.Collection)]
public sealed partial class PagesTests(DemoSite site)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fleet_ShowsModelsWithOwnersAndWhatIsOpen()
    {
        string page = await Get("/");

        Assert.Contains("""<b>1</b> unanswered""", page, StringComparison.Ordinal);
        Assert.Contains("""<b>1</b> overdue""", page, StringComparison.Ordinal);
        Assert.Contains("""<a href="/model?id=employment">employment</a>""", page, StringComparison.Ordinal);
        Assert.Contains("""<a href="/owner?id=income-research">Income research group</a>""", page, StringComparison.Ordinal);
        Assert.Contains($"""<a href="/episode?id={DemoSite.Open}">""", page, StringComparison.Ordinal);
        string found = await Get("/?q=incOME");
        Assert.Contains("/model?id=income", found, StringComparison.Ordinal);
        Assert.DoesNotContain("/model?id=employment", found, StringComparison.Ordinal);
    }

    /// <summary>The numbers of one signal in one window, each from the verdict itself.</summary>
    [Fact]
    public async Task Model_OneSignalInOneWindow_IsTheVerdictsNumbers()
    {
        JsonElement verdict = site.Verdicts.Single(v => Text(v, "model") == "employment" && Text(v.GetProperty("window"), "start") == "2017-10-05T00:00:00Z");
        JsonElement signal = verdict.GetProperty("signals").EnumerateArray().Single(s => Text(s, "signal") == "AGEP");
        JsonElement psi = signal.GetProperty("statistics").EnumerateArray().First(s => Text(s, "name") == "psi");
        string page = WebUtility.HtmlDecode(await Get("/model?id=employment&n=90&at=2017-10-12T00:00:00Z&signal=AGEP"));

        Assert.Contains("""<h2 id="window">2017-10-05 – 2017-10-12</h2>""", page, StringComparison.Ordinal);
        Assert.Contains(psi.GetProperty("value").GetDouble().ToString("0.####", CultureInfo.InvariantCulture), page, StringComparison.Ordinal);
        Assert.Contains(Text(signal, "why"), page, StringComparison.Ordinal);
        Assert.Contains(Text(verdict, "why"), page, StringComparison.Ordinal);
        JsonElement shares = signal.GetProperty("shares");
        Assert.InRange(shares.GetProperty("cells").GetArrayLength(), 3, 20);
        for (int i = 0; i < shares.GetProperty("cells").GetArrayLength(); i++)
        {
            string cell = shares.GetProperty("cells")[i].GetString()!;
            double reference = shares.GetProperty("reference")[i].GetDouble(), window = shares.GetProperty("window")[i].GetDouble();
            Assert.Contains($"{cell}: {Shown.Percent(reference)} of the reference, {Shown.Percent(window)} of the window", page, StringComparison.Ordinal);
        }
    }

    /// <summary>A dot for every signal and group that drifts, in every window of the strip.</summary>
    [Fact]
    public async Task Strip_HasADotForEverythingThatDrifts()
    {
        JsonElement[] last = [.. site.Verdicts.Where(v => Text(v, "model") == "employment").OrderBy(v => Text(v.GetProperty("window"), "end")).TakeLast(90)];
        int drifting = last.Sum(v => v.GetProperty("signals").EnumerateArray().Concat(v.GetProperty("groups").EnumerateArray())
            .Count(s => Text(s, "judgement") == "drifting"));
        string page = await Get("/model?id=employment&n=90&rows=all");

        Assert.InRange(drifting, 10, 1000);
        Assert.Equal(drifting, Regex.Count(DotPath().Match(page).Groups[1].Value, "M"));
        Assert.Equal(30, Regex.Count(page, "class=\"pointed\""));
    }

    /// <summary>A model whose only trouble is what labels say a week later does not look well, and the row says which windows say so.</summary>
    [Fact]
    public async Task Fleet_SaysWhatLabelsSay()
    {
        string row = Regex.Match(await Get("/"), "(?s)credit</a></th>.*?</tr>").Value;
        foreach (string part in (string[])["badge drifting", "1d@7d to", "by labels known 7d later"]) Assert.Contains(part, row, StringComparison.Ordinal);
        using HttpClient client = site.Client("anna");
        JsonElement credit = JsonSerializer.Deserialize<JsonElement>(await client.GetStringAsync(new Uri("/api/v1/models?q=credit", UriKind.Relative), Cancel))
            .GetProperty("items")[0];
        Assert.Equal(("1d", "1d@7d", "7d", "drifting"),
            (Text(credit.GetProperty("last"), "window"), Text(credit.GetProperty("worst"), "window"), Text(credit.GetProperty("worst"), "delay"),
                Text(credit.GetProperty("worst"), "judgement")));
    }

    [Fact]
    public async Task Episode_ShowsWhoWasToldAndWhoAnswered()
    {
        KnownEpisode escalated = site.History.Episodes(new EpisodeFilter(Model: "employment", Open: false))
            .First(e => e.Severity == "critical" && e.Recipients.Length == 2);
        string page = WebUtility.HtmlDecode(await Get($"/episode?id={escalated.Id}"));

        Assert.StartsWith("AGEP has drifted", escalated.Summary, StringComparison.Ordinal);
        foreach (string part in (string[])["1. began", "2. escalated", "scripted of ml-platform: acknowledge", "the platform team has it",
            "age arrives in months", "resolved"])
            Assert.Contains(part, page, StringComparison.Ordinal);
        Assert.Contains("/model?id=employment&window=7d&at=", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_OfWhatIsNotThere_AreNotFound()
    {
        foreach (string place in (string[])["/model?id=nosuch", "/model", "/owner?id=nosuch", "/episode?id=nosuch", "/nosuch"])
        {
            using HttpResponseMessage answer = await site.Client("anna").GetAsync(new Uri(place, UriKind.Relative), Cancel);
            Assert.Equal((place, HttpStatusCode.NotFound), (place, answer.StatusCode));
        }
    }

    /// <summary>Addresses that people cut, or that scanners make up, are pages too.</summary>
    [Theory]
    [InlineData("/model?id=employment&at=never&to=x&n=-1&window=zzz&signal=%00&version=1%202&rows=7")]
    [InlineData("/model?id=employment&at=9999-12-31T23:59:59Z&to=0001-01-01T00:00:00Z")]
    [InlineData("/model?id=employment&id=income")]
    [InlineData("/?q=%3Cscript%3E&page=99999999999")]
    [InlineData("/?page=0")]
    public async Task Pages_OfOddAddresses_Answer(string place)
    {
        using HttpResponseMessage answer = await site.Client("anna").GetAsync(new Uri(place, UriKind.Relative), Cancel);

        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, $"{answer.StatusCode}");
        Assert.DoesNotContain("<script", Scripts().Replace(await answer.Content.ReadAsStringAsync(Cancel), ""), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Pages_RunNoScriptButOurs_AreNotKept_AndNotFramed()
    {
        foreach (string place in (string[])["/", "/model?id=employment", $"/episode?id={DemoSite.Open}", "/owner?id=labour-insights", "/nosuch-page?",
            "/model?id=nosuch", "/model?id=employment&to=2018-01-01T00:00:00Z", "/api/v1/models"])
        {
            using HttpResponseMessage answer = await site.Client("anna", "labour").GetAsync(new Uri(place, UriKind.Relative), Cancel);
            if (place.StartsWith("/nosuch", StringComparison.Ordinal)) continue; // no page of ours
            string policy = answer.Headers.GetValues("Content-Security-Policy").Single(), body = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(place.StartsWith("/api", StringComparison.Ordinal) ? answer.Headers.CacheControl!.Private : answer.Headers.CacheControl!.NoStore);
            // The one file that keeps a page up to date, on pages that it moves.
            bool moves = Scripts().Count(body) == 1;
            Assert.Equal(place is not ("/api/v1/models" or "/model?id=nosuch" or "/model?id=employment&to=2018-01-01T00:00:00Z"), moves);
            Assert.Equal(moves, policy.EndsWith("; script-src 'self'; connect-src 'self'", StringComparison.Ordinal));
            Assert.Equal(moves, policy.Contains("script-src", StringComparison.Ordinal));
            Assert.DoesNotContain("<script", Scripts().Replace(body, ""), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotMatch(Inline(), body);
        }
    }

    [Fact]
    public async Task Api_SaysWhatThePagesSay_AndKnowsWhatIsStillSo()
    {
        using HttpClient client = site.Client("anna");
        using HttpResponseMessage first = await client.GetAsync(new Uri("/api/v1/model/verdicts?id=employment&window=7d&at=2017-10-12T00:00:00Z",
            UriKind.Relative), Cancel);
        JsonElement verdict = JsonSerializer.Deserialize<JsonElement>(await first.Content.ReadAsStringAsync(Cancel))[0];
        Assert.Equal(site.Verdicts.Single(v => Text(v, "id") == Text(verdict, "id")).GetRawText(), verdict.GetRawText());

        using var again = new HttpRequestMessage(HttpMethod.Get,
            first.RequestMessage!.RequestUri)
        { Headers = { { "If-None-Match", first.Headers.ETag!.Tag } } };
        using HttpResponseMessage same = await client.SendAsync(again, Cancel);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);

        JsonElement windows = JsonSerializer.Deserialize<JsonElement>(await client.GetStringAsync(
            new Uri("/api/v1/model/windows?id=employment&n=10", UriKind.Relative), Cancel));
        Assert.Equal(10, windows.GetProperty("items").GetArrayLength());
        JsonElement older = JsonSerializer.Deserialize<JsonElement>(await client.GetStringAsync(
            new Uri($"/api/v1/model/windows?id=employment&n=10&to={Text(windows, "before")}", UriKind.Relative), Cancel));
        Assert.Equal(Text(windows.GetProperty("items")[0], "start"), Text(older.GetProperty("items")[9], "end"));
    }

    /// <summary>Whoever adds a route to the API describes it, and the other way round.</summary>
    [Fact]
    public async Task Api_IsDescribedByItself()
    {
        using HttpClient client = site.Client("anna");
        JsonElement document = JsonSerializer.Deserialize<JsonElement>(await client.GetStringAsync(new Uri("/api/v1/openapi.json", UriKind.Relative), Cancel));
        string[] described = [.. document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Order()];
        string code = await File.ReadAllTextAsync(Path.Combine(SourceFolder(), "src/DriftStream.Host/Pages/PageApi.cs"), Cancel);
        string[] mapped =
        [
            .. Regex.Matches(code, "(?<!Map)Get\\(\"(/[^\"]+)\"").Select(m => PageApi.Root + m.Groups[1].Value),
            .. Regex.Matches(code, "MapGet\\(\"(/api[^\"]+)\"").Select(m => m.Groups[1].Value), $"{PageApi.Root}/openapi.json",
        ];
        Assert.Equal(mapped.Order(), described);
        foreach (string path in described.Where(p => !p.Contains('{', StringComparison.Ordinal)))
        {
            string query = path.EndsWith("/episode", StringComparison.Ordinal) ? $"?id={DemoSite.Open}" : "?id=employment&window=7d&at=2017-10-12T00:00:00Z";
            using HttpResponseMessage answer = await client.GetAsync(new Uri(path + query, UriKind.Relative), Cancel);
            Assert.Equal((path, HttpStatusCode.OK, "application/json"), (path, answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }
    }

    [Fact]
    public async Task Alertmanager_IsAskedForWhatIsOpen()
    {
        using HttpClient client = site.Client("anna");
        Assert.Equal(["credit", "employment"], (await Alerts("")).Select(a => Text(a.GetProperty("labels"), "model")).Order());
        Assert.Single(await Alerts("?filter=model%3D%22employment%22&filter=severity%3D~%22crit.%2A%22"));
        Assert.Empty(await Alerts("?filter=owner%21%3D%22labour-insights%22"));
        Assert.Empty(await Alerts("?filter=nonsense"));
        JsonElement alert = (await Alerts("?filter=model%3D%22employment%22")).Single();
        Assert.Equal((DemoSite.Open, "active", "DriftStream"), (Text(alert.GetProperty("labels"), "episode"), Text(alert.GetProperty("status"), "state"),
            Text(alert.GetProperty("labels"), "alertname")));

        async Task<JsonElement[]> Alerts(string query) =>
            [.. JsonSerializer.Deserialize<JsonElement>(await client.GetStringAsync(new Uri("/api/v2/alerts" + query, UriKind.Relative), Cancel))
                .EnumerateArray()];
    }

    private async Task<string> Get(string place)
    {
        using HttpClient client = site.Client("anna");
        return await client.GetStringAsync(new Uri(place, UriKind.Relative), Cancel);
    }

    internal static string SourceFolder()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "DriftStream.sln"))) return at.FullName;
        }

        throw new InvalidOperationException("the tests do not run in the repository");
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    [GeneratedRegex("<script src=\"/assets/pages\\.js\\?v=[0-9a-f]{12}\" defer></script>")]
    private static partial Regex Scripts();

    [GeneratedRegex("class=\"dot\" d=\"([^\"]*)\"")]
    private static partial Regex DotPath();

    [GeneratedRegex("""\s(style|on\w+)\s*=""", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();
}
