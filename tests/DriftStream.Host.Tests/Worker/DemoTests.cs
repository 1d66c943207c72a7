using System.Text.Json;
using DriftStream.Host.Demo;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

public sealed class DemoTests(DemoOnce demo)
{
    [Fact]
    public void Faults_AreFoundAndResolvedByTheRightOwner()
    {
        DemoTable table = demo.Result.Table;
        Assert.Equal(5, table.Faults.Length);
        Assert.All(table.Faults, f => Assert.True(f.Fine, f.ToString()));
        Assert.Equal(["SCHL", "DREM", "RELP", "AGEP", "SEX parity"], table.Faults.Select(f => f.Subject));
        Assert.Contains("prediction", table.Faults[4].Alerts);
    }

    /// <summary>One fault one episode; everybody answered, the one that nobody answered after it was escalated.</summary>
    [Fact]
    public void EveryEpisode_IsToldOnce_Answered_AndOneIsEscalatedAndDecidedUpon()
    {
        // What nobody registered comes and goes with a few messages, faster than anybody answers.
        JsonElement[] alerts =
            [.. demo.Result.Lines[..^1].Select(l => JsonDocument.Parse(l).RootElement).Where(a => a.GetProperty("model").GetString() == "employment")];
        Assert.All(alerts.GroupBy(a => a.GetProperty("episode").GetString()), episode =>
        {
            Assert.Single(episode, a => a.GetProperty("because").GetString() == "began");
            Assert.Single(episode, a => a.GetProperty("status").GetString() == "resolved");
            Assert.Contains(episode, a => a.GetProperty("status").GetString() == "acknowledged");
            Assert.Equal(Enumerable.Range(1, episode.Count()), episode.Select(a => a.GetProperty("revision").GetInt32()));
        });
        JsonElement escalated = Assert.Single(alerts, a => a.GetProperty("because").GetString() == "escalated");
        Assert.Equal(("critical", "AGEP"), (escalated.GetProperty("severity").GetString(), escalated.GetProperty("signal").GetString()));
        Assert.Equal(["labour-insights", "ml-platform"], escalated.GetProperty("to").EnumerateArray().Select(o => o.GetString()));
        JsonElement last = alerts.Last(a => a.GetProperty("episode").GetString() == escalated.GetProperty("episode").GetString());
        Assert.Equal("ml-platform", last.GetProperty("decision").GetProperty("owner").GetString());
        Assert.Equal("check_upstream recommended", ActionOf(escalated));
        Assert.Contains(alerts, a => ActionOf(a) == "check_upstream accepted" && a.GetProperty("because").GetString() == "update");
        Assert.Equal("investigate", last.GetProperty("actions").EnumerateArray().Single().GetProperty("kind").GetString());
        DemoOutcome late = demo.Result.Table.Faults.Single(f => f.Subject == "AGEP");
        Assert.Equal("ml-platform", late.AnsweredBy);
        Assert.True(late.AnsweredAfter >= 1, $"{late.AnsweredAfter}");
        Assert.All(demo.Result.Table.Faults.Where(f => f != late), f => Assert.Equal("labour-insights", f.AnsweredBy));
    }

    private static string ActionOf(JsonElement alert)
    {
        JsonElement first = alert.GetProperty("actions")[0];
        return first.TryGetProperty("state", out JsonElement state) ? $"{first.GetProperty("kind").GetString()} {state.GetString()}" : "";
    }

    [Fact]
    public void NothingElseFires_ButWhatIsReallyThere()
    {
        Assert.Empty(demo.Result.Table.Unexpected);
        Assert.True(demo.Result.Table.Expected.Single(e => e.Id == "nobody-registered-it").Found);
        Assert.DoesNotContain("income-research", demo.Result.Table.AlertsByOwner.Keys); // the quiet model
    }

    [Fact]
    public void EveryRow_HasAFate()
    {
        DemoRows rows = demo.Result.Table.Rows;
        Assert.Equal(223_308, rows.Sent);
        Assert.Equal(0, rows.Unaccounted);
        Assert.Equal(500, rows.Unowned);
        Assert.Equal(rows.Sent - 500, rows.Counted);
        Assert.Equal(rows.Counted, demo.Result.Verdicts.Values.Sum(v => JsonDocument.Parse(v).RootElement.GetProperty("rows").GetInt64()));
    }

    [Fact]
    public void Json_IsOneDocumentALine_TheTableLast()
    {
        Assert.All(demo.Result.Lines, l => JsonDocument.Parse(l).Dispose());
        Assert.All(demo.Result.Lines[..^1], l => Assert.Contains("\"episode\"", l, StringComparison.Ordinal));
        Assert.Contains("\"rows_per_second\"", demo.Result.Lines[^1], StringComparison.Ordinal);
    }
}
