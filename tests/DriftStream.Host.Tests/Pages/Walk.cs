using Microsoft.Playwright;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>A browser and one page of it, read by anna of the group labour.</summary>
internal sealed record Walk(IPlaywright Playwright, IBrowser Browser, IPage Page) : IAsyncDisposable
{
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private static readonly string? Chromium = Environment.GetEnvironmentVariable("DRIFTSTREAM_CHROMIUM");

    /// <summary>What the console of the browser says.</summary>
    public List<string> Errors { get; } = [];

    /// <param name="bypassPolicy">axe runs its own script, which would not get past the policy of the pages.</param>
    public static async Task<Walk> Start(bool scripts, bool bypassPolicy = false)
    {
        Assert.SkipWhen(string.IsNullOrEmpty(Chromium), "DRIFTSTREAM_CHROMIUM names no browser");
        IPlaywright playwright = await Microsoft.Playwright.Playwright.CreateAsync();
        IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = Arguments });
        IBrowserContext context = await browser.NewContextAsync(new()
        {
            JavaScriptEnabled = scripts,
            BypassCSP = bypassPolicy,
            ExtraHTTPHeaders = new Dictionary<string, string> { ["X-User"] = "anna", ["X-Groups"] = "labour" },
        });
        IPage page = await context.NewPageAsync();
        var walk = new Walk(playwright, browser, page);
        page.Console += (_, said) =>
        {
            if (said.Type is "error" or "warning") walk.Errors.Add($"{page.Url}: {said.Text}");
        };
        page.PageError += (_, error) => walk.Errors.Add($"{page.Url}: {error}");
        return walk;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        Playwright.Dispose();
    }
}
