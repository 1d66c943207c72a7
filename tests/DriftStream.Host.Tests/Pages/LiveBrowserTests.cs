using System.Collections.Immutable;
using DriftStream.Host.Tests.History;
using DriftStream.Plan;
using Microsoft.Playwright;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>Pages that are open while something happens, in a browser and by the policy that they are sent with.</summary>
public sealed class LiveBrowserTests
{
    private static readonly WebSettings Headers = WebSettings.None with
    {
        Readers = PageReaders.Header,
        Headers = new ProxyHeaders("X-User", "X-Groups", ["127.0.0.0/8"]),
    };

    private static readonly LocatorAssertionsToBeVisibleOptions Soon = new() { Timeout = 20_000 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What is new comes in beneath the reader's hands: nothing is loaded again, focus and place stay, it is said, and it can be stopped.</summary>
    [Fact]
    public async Task Page_ShowsWhatIsNewer_AndTheReaderStaysWhereTheyAre()
    {
        await using OwnSite site = await Started();
        for (int i = 0; i < 40; i++) site.Hear($"older-{i:00}", 1);
        await using Walk walk = await Walk.Start(scripts: true);
        IPage page = walk.Page;
        await page.SetViewportSizeAsync(800, 500);
        await page.GotoAsync(site.Address.ToString());
        await page.EvaluateAsync("window.mark = 'same page'");
        ILocator link = page.GetByRole(AriaRole.Link, new() { Name = "older-30" });
        await link.FocusAsync();
        double before = (await link.BoundingBoxAsync())!.Y;

        site.Hear("aaa-new", 1);
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "aaa-new" })).ToBeVisibleAsync(Soon);
        Assert.Equal("same page", await page.EvaluateAsync<string>("window.mark"));
        Assert.Equal("older-30", await page.EvaluateAsync<string>("document.activeElement.textContent"));
        Assert.InRange((await link.BoundingBoxAsync())!.Y, before - 120, before + 120);
        await Assertions.Expect(page.Locator("[aria-live=polite]")).ToContainTextAsync("Updated");

        await page.GetByRole(AriaRole.Button, new() { Name = "Pause updates" }).ClickAsync();
        site.Hear("bbb-later", 1);
        await Task.Delay(6000, Cancel);
        Assert.Equal(0, await page.GetByRole(AriaRole.Link, new() { Name = "bbb-later" }).CountAsync());
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Resume updates" })).ToBeVisibleAsync();
        site.Hear("ccc-last", 1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume updates" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "ccc-last" })).ToBeVisibleAsync(Soon);
        Assert.Empty(walk.Errors);
    }

    [Fact]
    public async Task Page_WithAFormThatIsWrittenIn_IsLeftAlone_AndSaysThatThereIsNewer()
    {
        await using OwnSite site = await Started();
        site.Hear(Records.Verdict("employment", 1));
        site.Hear(Records.Alert("employment", "e1", 1, "firing", "labour-insights"));
        await using Walk walk = await Walk.Start(scripts: true);
        IPage page = walk.Page;
        await page.GotoAsync(new Uri(site.Address, "/episode?id=e1").ToString());
        // What stands there is UTC; pointing at it tells the hour where the reader is, with the name of that zone.
        Assert.Matches(@"^\d{4}-\d\d-\d\dT[0-9:.]+Z \(.*\d.*\)$", (await page.Locator("main time").First.GetAttributeAsync("title"))!);
        ILocator note = page.GetByLabel("Note for the others");
        await note.FillAsync("we have");
        await page.Locator("h1").ClickAsync(); // what is written counts, not only where the reader is

        site.Hear(Records.Alert("employment", "e1", 2, "firing", "labour-insights", "x is worse"));
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Newer: show" })).ToBeVisibleAsync(Soon);
        Assert.Equal("we have", await note.InputValueAsync());
        Assert.Equal("x has drifted", await page.Locator("h1").TextContentAsync());
        await page.GetByRole(AriaRole.Link, new() { Name = "Newer: show" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("x is worse");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Newer: show" })).Not.ToBeVisibleAsync();

        // Nobody writes any more.
        site.Hear(Records.Alert("employment", "e1", 3, "firing", "labour-insights", "x is worst"));
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("x is worst", new() { Timeout = 20_000 });
        Assert.Empty(walk.Errors);
    }

    [Fact]
    public async Task Page_OfThePast_DoesNotMove_NorOneWithoutScripts()
    {
        await using OwnSite site = await Started();
        site.Hear(Records.Verdict("employment", 1));
        await using Walk walk = await Walk.Start(scripts: true), plain = await Walk.Start(scripts: false);
        await walk.Page.GotoAsync(new Uri(site.Address, "/model?id=employment&to=2026-02-01T00:00:00Z").ToString());
        await plain.Page.GotoAsync(new Uri(site.Address, "/model?id=employment").ToString());
        foreach (IPage page in (IPage[])[walk.Page, plain.Page])
        {
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("employment");
            await Assertions.Expect(page.GetByText("Pause updates")).Not.ToBeVisibleAsync();
        }

        site.Hear(Records.Verdict("employment", 2));
        await Task.Delay(6000, Cancel);
        foreach (IPage page in (IPage[])[walk.Page, plain.Page]) Assert.Equal(0, await page.GetByText("1,002").CountAsync());
        Assert.Empty(walk.Errors.Concat(plain.Errors));
    }

    /// <summary>The worker is started again, on the same port: the page goes on by itself.</summary>
    [Fact]
    public async Task Page_WhoseWorkerIsAway_GoesOn_WhenItIsBack()
    {
        OwnSite first = await Started();
        await using Walk walk = await Walk.Start(scripts: true);
        IPage page = walk.Page;
        await page.GotoAsync(first.Address.ToString());
        await page.EvaluateAsync("window.mark = 'same page'");
        await first.DisposeAsync();
        await using OwnSite second = await Started(first.Address.Port);
        second.Hear("back-again", 1);
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "back-again" })).ToBeVisibleAsync(new() { Timeout = 90_000 });
        Assert.Equal("same page", await page.EvaluateAsync<string>("window.mark"));
    }

    private static async Task<OwnSite> Started(int port = 0)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("DRIFTSTREAM_CHROMIUM") is null or "", "DRIFTSTREAM_CHROMIUM names no browser");
        OwnSite site = await OwnSite.Start(Headers, port: port);
        DriftPlan plan = site.Pages.Plan;
        ImmutableSortedDictionary<string, DriftStream.Alerts.Owner> owners =
            plan.Owners.SetItem("labour-insights", plan.Owners["labour-insights"] with { Members = ["group:labour"] });
        site.Pages.Show(() => plan with { Owners = owners });
        return site;
    }
}
