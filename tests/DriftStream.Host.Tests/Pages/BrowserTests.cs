using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using DriftStream.Host.History;
using Microsoft.Playwright;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>
/// A browser walks through the pages as people do. Needs Chromium: <c>DRIFTSTREAM_CHROMIUM</c> names its executable (Debian's is <c>/usr/bin/chromium</c>).
/// Pictures of every page are written to <c>artifacts/pages</c>; with <c>DRIFTSTREAM_PICTURES=1</c> in both lights and widths, and those of the README anew.
/// </summary>
[Collection(DemoSite.Collection)]
public sealed class BrowserTests(DemoSite site)
{
    private static bool WithPictures => Environment.GetEnvironmentVariable("DRIFTSTREAM_PICTURES") is not null;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>From the fleet to a distribution: the story of the one alert that nobody answered, by links and the keyboard alone, without a script.</summary>
    [Fact]
    public async Task Owner_WalksFromTheFleetToTheCell_AndAnswers()
    {
        await using Walk walk = await Walk.Start(scripts: false);
        IPage page = walk.Page;
        await page.GotoAsync(site.Address.ToString());
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to content", await page.EvaluateAsync<string>("document.activeElement.textContent"));

        await page.GetByRole(AriaRole.Link, new() { Name = "AGEP has drifted" }).First.ClickAsync();
        Assert.Contains(DemoSite.Open, page.Url, StringComparison.Ordinal);
        Task<JsonElement> desk = site.ReplyAsync("labour-insights", "done", "it is yours", Cancel);
        await page.GetByLabel("Note for the others").FillAsync("upstream is told");
        await page.GetByRole(AriaRole.Button, new() { Name = "Acknowledge" }).ClickAsync();
        Assert.Equal("upstream is told", (await desk).GetProperty("note").GetString());
        Assert.Equal("Done: it is yours", await page.GetByRole(AriaRole.Status).TextContentAsync());

        await page.GetByRole(AriaRole.Link, new() { Name = "AGEP has drifted" }).First.ClickAsync();
        Assert.Contains("signal=AGEP", page.Url, StringComparison.Ordinal);
        JsonElement shares = site.Verdicts.Where(v => v.GetProperty("model").GetString() == "employment")
            .Select(v => (Window: v.GetProperty("window").GetProperty("end").GetString()!, v))
            .Single(v => page.Url.Contains(Uri.EscapeDataString(v.Window), StringComparison.Ordinal)).v
            .GetProperty("signals").EnumerateArray().Single(s => s.GetProperty("signal").GetString() == "AGEP").GetProperty("shares");
        Assert.Equal(shares.GetProperty("cells").GetArrayLength(), await page.Locator("svg.bars rect.window").CountAsync());

        await page.GetByRole(AriaRole.Link, new() { Name = "SCHL" }).First.ClickAsync();
        Assert.Equal("SCHL", await page.Locator("h2#signal").TextContentAsync());
        await page.GetByRole(AriaRole.Link, new() { Name = "Window before" }).ClickAsync();
        Assert.Equal("SCHL", await page.Locator("h2#signal").TextContentAsync());
        await page.GoBackAsync();
        await page.Locator("header").GetByRole(AriaRole.Link, new() { Name = "Fleet" }).ClickAsync();
        Assert.Equal("Fleet", await page.Locator("h1").TextContentAsync());
        Assert.Empty(walk.Errors);
    }

    /// <summary>
    /// axe-core finds nothing, by day wide and by night on a telephone (all four where pictures are asked for); nothing is wider than the screen; nothing is
    /// said on the console.
    /// </summary>
    [Fact]
    public async Task EveryPage_IsForEverybody_AndItsPictureIsTaken()
    {
        KnownEpisode told = site.History.Episodes(new EpisodeFilter(Model: "employment", Open: false)).First(e => e.Recipients.Length == 2);
        (string Name, string Place)[] places =
        [
            ("fleet", "/"), ("search", "/?q=inc"), ("owner", "/owner?id=labour-insights"),
                ("model", "/model?id=employment&n=90&at=2017-10-12T00:00:00Z&signal=AGEP"),
            ("model-month", "/model?id=employment"), ("episode", $"/episode?id={DemoSite.Open}"), ("resolved", $"/episode?id={told.Id}"),
                ("missing", "/model?id=nosuch"), ("performance", "/model?id=credit"), ("performance-episode", $"/episode?id={CreditModel.Episode}"),
                ("joined", "/model?id=credit&window=1d%407d"),
        ];
        string folder = Directory.CreateDirectory(Path.Combine(PagesTests.SourceFolder(), "artifacts", "pages")).FullName;
        var found = new List<string>();
        await using Walk walk = await Walk.Start(scripts: true, bypassPolicy: true);
        foreach ((string name, string place) in places)
        {
            foreach (ColorScheme light in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                foreach (int width in (int[])[1280, 360])
                {
                    if (!WithPictures && light == ColorScheme.Dark == (width == 1280)) continue;
                    await walk.Page.EmulateMediaAsync(new() { ColorScheme = light });
                    await walk.Page.SetViewportSizeAsync(width, 900);
                    await walk.Page.GotoAsync(new Uri(site.Address, place).ToString());
                    string called = $"{name}-{light.ToString().ToLowerInvariant()}-{width}";
                    await walk.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, called + ".png"), FullPage = true });
                    int wide = await walk.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
                    if (wide > width) found.Add($"{called}: {wide} px wide");
                    found.AddRange((await Axe(walk.Page)).Select(v => $"{called}: {v}"));
                }
            }
        }

        found.AddRange(walk.Errors.Where(e => !e.Contains("404", StringComparison.Ordinal)));
        Assert.True(found.Count == 0, string.Join('\n', found.Distinct()));
        await Pictures(walk.Page);
    }

    private static async Task<IEnumerable<string>> Axe(IPage page)
    {
        AxeResult result = await page.RunAxe(new AxeRunOptions
        {
            RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
        });
        return result.Violations.Select(v => $"{v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html))}");
    }

    // Only when somebody asks: a picture differs with the fonts of the machine.
    private async Task Pictures(IPage page)
    {
        if (!WithPictures) return;
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.SetViewportSizeAsync(1120, 860);
        foreach ((string name, string place) in ((string, string)[])[("model", "/model?id=employment&n=90&at=2017-10-12T00:00:00Z&signal=AGEP"),
            ("episode", $"/episode?id={DemoSite.Open}")])
        {
            await page.GotoAsync(new Uri(site.Address, place).ToString());
            await page.ScreenshotAsync(new() { Path = Path.Combine(PagesTests.SourceFolder(), "docs", "pictures", $"{name}.png") });
        }
    }
}
