using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Host.Kafka;
using DriftStream.Host.Pages;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.History;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>A model's page as one file, from the topics.</summary>
[Collection(DemoSite.Collection)]
public sealed partial class ReportTests(DemoSite site) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-report-").FullName;

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Command_WritesWhatTheTopicsHold()
    {
        using var broker = new EmbeddedBroker();
        Begin(broker);
        string page = Path.Combine(_folder, "m.html"), data = Path.Combine(_folder, "m.json");

        CliResult html = Cli.Run("report", "-c", Config, "--model", "m", "-o", page), json = Cli.Run("report", "-c", Config, "--model", "m", "--to",
            "2026-01-05", "-o", data);

        Assert.Equal((0, "", $"{page}: 6 windows, 1 episodes"), (html.Code, html.Errors, html.Lines.Single()));
        Assert.Equal((0, ""), (json.Code, json.Errors));
        IsWhole(File.ReadAllText(page));
        Assert.Contains("x has drifted", File.ReadAllText(page), StringComparison.Ordinal);
        JsonElement report = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(data));
        Assert.Equal(["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"],
            report.GetProperty("windows").EnumerateArray().Select(w => w.GetProperty("end").GetString()));
        Assert.Equal(2, report.GetProperty("episodes")[0].GetProperty("alerts").GetArrayLength());
        Assert.Equal("drifting", report.GetProperty("windows")[2].GetProperty("cells")[0].GetProperty("judgement").GetString());
    }

    [Theory]
    [InlineData(2, "there is no model 'nosuch'", "--model", "nosuch", "-o", "x.html")]
    [InlineData(2, "ends with neither .html nor .json", "--model", "m", "-o", "x.pdf")]
    [InlineData(2, "is no time", "--model", "m", "-o", "x.html", "--from", "yesterday")]
    [InlineData(1, "no window of that time", "--model", "m", "-o", "x.html", "--from", "2030-01-01")]
    [InlineData(3, "no/such", "--model", "m", "-o", "no/such/x.html")]
    public void Command_SaysWhyNot(int code, string why, params string[] arguments)
    {
        using var broker = new EmbeddedBroker();
        Begin(broker);
        CliResult run = Cli.Run(["report", "-c", Config, .. arguments]);

        Assert.Equal(code, run.Code);
        Assert.Contains(why, run.Errors, StringComparison.Ordinal);
    }

    /// <summary>The demo's model: every signal that drifted in full, every episode with its course, and nothing outside the file.</summary>
    [Fact]
    public async Task Report_OfTheDemo_TellsTheStory()
    {
        var shown = new Site(site.History, () => site.Plan, TimeProvider.System);
        ReportView report = ReportView.Of(shown, "employment", null, null, null)!;
        string page = await PageText.Of<ReportPage>(("View", report));

        IsWhole(page);
        foreach (string part in (string[])["SCHL", "DREM", "RELP", "AGEP", "SEX: demographic parity ratio", "2. escalated", "answered by scripted",
            "Labour insights team"])
            Assert.Contains(part, page, StringComparison.Ordinal);
        string folder = Directory.CreateDirectory(Path.Combine(PagesTests.SourceFolder(), "artifacts", "pages")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "report.html"), page, TestContext.Current.CancellationToken);
    }

    // Whoever opens it in ten years, without a network, sees all of it.
    private static void IsWhole(string page)
    {
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<form", page, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Links().Matches(page).Select(m => m.Groups[1].Value));
    }

    private void Begin(EmbeddedBroker broker)
    {
        File.WriteAllLines(Path.Combine(_folder, "rows.csv"), ["x", .. Enumerable.Range(0, 50).Select(i => $"{i}")]);
        File.WriteAllText(Config, $$"""
            kafka: { bootstrap: "{{broker.Bootstrap}}" }
            owners: [{ id: team, contact: team@example.org }]
            models: [{ id: m, owner: team, sources: [{ topic: a }], baseline: { data: rows.csv } }]
            """);
        foreach (string topic in (string[])["verdicts", "actions", "plan", "alerts.team", "answers.team"]) broker.CreateTopic("driftstream." + topic, 1);
        using var producer = new AckedProducer(broker.Settings, NullLogger.Instance);
        LogRecord[] records =
        [
            .. Enumerable.Range(0, 6).Select(d => Records.Verdict("m", d, judgement: d == 2 ? "drifting" : "steady")), Records.Verdict("other", 1),
            Records.Alert("m", "e", 1, "firing"), Records.Alert("m", "e", 2, "resolved", summary: "x is back"),
        ];
        foreach (LogRecord record in records) Assert.Null(producer.Send(new OutgoingRecord(record.Topic, 0, null, record.Value!),
            TestContext.Current.CancellationToken));
        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }

    [GeneratedRegex("""href="([^"]*)""")]
    private static partial Regex Links();
}
