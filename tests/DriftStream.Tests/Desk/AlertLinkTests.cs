using System.Text.Json;
using DriftStream.Desk;
using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>An alert links to the page of its episode, where somebody has said where pages are.</summary>
public sealed class AlertLinkTests
{
    [Fact]
    public void Alert_LinksToThePageOfItsEpisode()
    {
        JsonElement alert = Told(ActionScript.Plan() with { PublicUrl = "https://drift.example.org/pages" });

        Assert.Equal($"https://drift.example.org/pages/episode?id={alert.GetProperty("episode").GetString()}", alert.GetProperty("link").GetString());
        Assert.False(Told(ActionScript.Plan()).TryGetProperty("link", out _));
    }

    private static JsonElement Told(DeskPlan plan) =>
        JsonDocument.Parse(DeskAlertJson.Write(new DeskScript(plan).Window(1.1, 1, "7=5000", "+7/age").Alerts.Single())).RootElement;
}
