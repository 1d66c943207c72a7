using System.Text;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>
/// Baselines of the stream's own rows: each window against the right panes, whatever the pace of the log and whenever the judge begins again
/// (<see cref="PlanScript.Run"/> stops it after every record).
/// </summary>
public sealed class ReferencesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rolling_ComparesWithPanesBeforeTheWindow_LessThoseThatAlarmed(bool atOnce)
    {
        PlanScript run = new ReferenceScript(atOnce, 0, ReferenceScript.Rolling("recent", length: 20, ending: 10))
            .Next(("", 50, 50)).Next(("", 60, 40)).Next(("", 50, 50)).Next(("", 80, 20)).Next(("", 50, 50)).Next(("", 50, 50)).Next(("", 55, 45)).Run();
        // Window 0 to 2 have no pane or one behind them, [start - 30, start - 10).
        Assert.Equal([0, 0, 100, 200, 200, 200, 200], run.Verdicts.Select(v => Assert.Single(v.References).Rows));
        Assert.Equal((0, 100), Recent(run, 2)); // against pane 0
        Assert.Equal((0.25, 200), Recent(run, 3)); // 80 % against 110 of 200
        Assert.Equal((0.05, 200), Recent(run, 4)); // against panes 1 and 2
        // Pane 3 has alarmed and does not enter: pane 2 alone, then pane 4 alone.
        Assert.Equal((0, 100), Recent(run, 5));
        Assert.Equal((0.05, 100), Recent(run, 6));
        Stretch panes = Assert.Single(run.Verdicts[3].References).Panes!.Value;
        Assert.Equal((0, 20), (panes.Start.Microseconds, panes.End.Microseconds));
        // One cause, one alert, which says the leading baseline's part of it.
        ToldSymptom alert = run.Alerts[0];
        Assert.Equal(("x has drifted: b fell from 50 % to 20 %, a rose from 50 % to 80 %", SymptomStatus.Began), (alert.Summary, alert.Status));
        Assert.Equal([null, "recent"], alert.Detail.GetProperty("rules").EnumerateArray()
            .Select(r => r.GetProperty("statistic").TryGetProperty("against", out JsonElement name) ? name.GetString() : null));
        Assert.Equal([SymptomStatus.Began, SymptomStatus.Ended], run.Alerts.Select(a => a.Status));
    }

    /// <summary>What the anchor alone objects to is the new normal: otherwise a drift from an old anchor would keep a rolling one empty for ever.</summary>
    [Fact]
    public void Rolling_TakesInWhatOnlyTheAnchorAlarmsAt_AndComesToAcceptALastingChange()
    {
        var script = new ReferenceScript(false, 100, ReferenceScript.Rolling("recent", length: 30, ending: 10));
        for (int pane = 0; pane < 6; pane++) script.Next(("", 50, 50));
        for (int pane = 0; pane < 14; pane++) script.Next(("", 80, 20));
        PlanScript run = script.Run();
        Assert.All(run.Verdicts.Skip(6), v => Assert.True(v.Signals[0].Statistics.First(s => s.Against is null).Rejected));
        Judgement[] recent = [.. run.Verdicts.Skip(6).Select(v => v.Signals[0].Statistics.Single(s => s.Against == "recent").Judgement)];
        // Panes 3, 4 and 5 are in reach up to window 9; then those that alarmed are left out, until windows that had nothing to alarm at have aged enough.
        Judgement[] expected =
        [
            Judgement.Drifting, Judgement.Drifting, Judgement.Drifting, Judgement.Drifting, Judgement.Insufficient, Judgement.Insufficient,
            .. Enumerable.Repeat(Judgement.Steady, 8),
        ];
        Assert.Equal(expected, recent);
        Assert.Single(run.Alerts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Canary_IsComparedWithTheVersionBefore(bool atOnce)
    {
        var script = new ReferenceScript(atOnce, 0, ReferenceScript.Version("before", within: 40), ReferenceScript.Version("first", within: 40, "v1"));
        for (int pane = 0; pane < 3; pane++) script.Next(("v1", 60, 40));
        for (int pane = 0; pane < 3; pane++) script.Next(("v1", 60, 40), ("v2", 35, 65));
        PlanScript run = script.Run();
        Verdict[] old = [.. run.Verdicts.Where(v => v.Window.Version == "v1")], canary = [.. run.Verdicts.Where(v => v.Window.Version == "v2")];
        Assert.All(old, v => Assert.Equal(["no version began before it in that time", "it is that version itself"], v.References.Select(r => r.Why)));
        Assert.All(old, v => Assert.Equal(Judgement.Steady, v.Judgement));
        // Of v1 in the four panes up to the canary's window.
        Assert.Equal([400, 400, 400], canary.Select(v => v.References[0].Rows));
        Assert.All(canary, v => Assert.Equal([("before", "v1"), ("first", "v1")], v.References.Select(r => (r.Name, r.Version))));
        IEnumerable<double> Values(Verdict verdict) => verdict.Signals[0].Statistics.Where(s => s.Rule is not null).Select(s => Math.Round(s.Value!.Value, 9));
        Assert.All(canary, v => Assert.Equal([0.15, 0.25, 0.25], Values(v)));
        ToldSymptom alert = Assert.Single(run.Alerts);
        Assert.Equal(("v2", "x has drifted: a fell from 60 % to 35 %, b rose from 40 % to 65 % (against before)"), (alert.Version, alert.Summary));
    }

    /// <summary>Where the stream has too few rows to compare with, the leading baseline still says what it says.</summary>
    [Fact]
    public void FewRowsOfTheStream_LeaveTheSignalSteady()
    {
        PlanScript run = new ReferenceScript(false, 80, ReferenceScript.Rolling("recent", length: 10, ending: 0)).Next(("", 40, 39)).Next(("", 50, 50)).Run();
        JudgedSignal second = run.Verdicts[1].Signals[0];
        Assert.Equal((Judgement.Steady, null), (second.Judgement, second.Why));
        Assert.Equal(Judgement.Insufficient, second.Statistics.Single(s => s.Against == "recent").Judgement);
    }

    /// <summary>A further fixed reference with too few rows is as the leading one would be.</summary>
    [Fact]
    public void FixedReference_IsJudgedLikeTheLeadingOne()
    {
        Baseline Fixed(params long[] counts) => new("m", counts.Sum(), [ReferenceScript.Anchor with { Counts = [.. counts] }], "sha256:spring");
        PlanScript far = new ReferenceScript(false, 100, new FurtherBaseline("spring", Fixed(750, 250, 0, 0), null)).Next(("", 50, 50)).Run();
        JudgedSignal signal = far.Verdicts[0].Signals[0];
        Assert.Equal(
            (Judgement.Drifting, "x has drifted: b rose from 25 % to 50 %, a fell from 75 % to 50 % (against spring)"), (signal.Judgement, signal.Why));
        Assert.Equal(("sha256:spring", 1000L), (far.Verdicts[0].References[0].Hash, far.Verdicts[0].References[0].Rows));
        PlanScript few = new ReferenceScript(false, 100, new FurtherBaseline("spring", Fixed(50, 49, 0, 0), null)).Next(("", 50, 50)).Run();
        Assert.Equal(
            (Judgement.Insufficient, "total_variation: spring has 99 rows for this window, fewer than 100"),
            (few.Verdicts[0].Signals[0].Judgement, few.Verdicts[0].Signals[0].Why));
    }

    /// <summary>Rows that were counted by other cells than today's leading baseline stay out: after a change of baseline a rolling one starts over.</summary>
    [Fact]
    public void OtherCells_DoNotEnter()
    {
        FurtherBaseline recent = ReferenceScript.Rolling("recent", length: 20, ending: 0);
        JudgeSettings before = ReferenceScript.Plan(0, recent);
        BaselineSignal other = PlanScript.Signal("x", Layout.Categorical(["a", "b", "c"]), 50, 50, 50, 0, 0);
        Baseline leading = BaselineFile.Hashed("m", 150, [other]);
        JudgeSettings after = before with
        {
            PlanHash = "after",
            Judgement = before.Judgement.SetItem("m", before.Judgement["m"] with { Baseline = leading }),
        };
        PlanScript run = new PlanScript(before, after)
            .Frame(0, 0, 1, PlanScript.Entry("m", 0, 10, (ReferenceScript.Anchor, [50, 50, 0, 0]))).Header(0, 0, 1, 10)
            .Frame(1, 1, 2, PlanScript.Entry("m", 10, 10, (other, [50, 50, 50, 0, 0]))).Header(1, 1, 2, 20)
            .Frame(1, 2, 3, PlanScript.Entry("m", 20, 10, (other, [50, 50, 50, 0, 0]))).Header(1, 2, 3, 30).Run();
        Assert.Equal([0, 100, 250], run.Verdicts.Select(v => v.References[0].Rows));
        Assert.Equal(
            [0, 0, 150], run.Verdicts.Select(v => v.Signals[0].Statistics.Single(s => s.Against == "recent").ReferenceRows));
    }

    [Fact]
    public void Json_NamesTheReference_AndNothingChangesWithoutOne()
    {
        PlanScript run = new ReferenceScript(false, 0, ReferenceScript.Rolling("recent", length: 10, ending: 0)).Next(("", 50, 50)).Next(("", 80, 20)).Run();
        using JsonDocument verdict = JsonDocument.Parse(VerdictJson.Write(run.Verdicts[1])[0]);
        JsonElement reference = verdict.RootElement.GetProperty("references")[0];
        Assert.Equal(
            """{"name":"recent","rows":100,"from":"1970-01-01T00:00:00Z","to":"1970-01-01T00:00:00.00001Z","version":null}""", reference.GetRawText());
        JsonElement[] statistics = [.. verdict.RootElement.GetProperty("signals")[0].GetProperty("statistics").EnumerateArray()];
        Assert.Equal(["far", null, null, "far"], statistics.Select(s => s.GetProperty("rule").GetString()));
        Assert.Equal("recent", statistics[^1].GetProperty("against").GetString());
        Assert.All(statistics[..^1], s => Assert.False(s.TryGetProperty("against", out _)));
        string alone = Encoding.UTF8.GetString(VerdictJson.Write(new ReferenceScript(false, 0).Next(("", 50, 50)).Run().Verdicts[0])[0]);
        Assert.DoesNotContain("references", alone, StringComparison.Ordinal);
        Assert.DoesNotContain("against", alone, StringComparison.Ordinal);
    }

    private static (double Value, long Rows) Recent(PlanScript run, int window)
    {
        JudgedStatistic statistic = run.Verdicts[window].Signals[0].Statistics.Single(s => s.Against == "recent");
        return (Math.Round(statistic.Value!.Value, 9), statistic.ReferenceRows);
    }
}
