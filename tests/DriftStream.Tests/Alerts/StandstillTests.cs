using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;
using static DriftStream.Tests.Alerts.LosingStream;

namespace DriftStream.Tests.Alerts;

/// <summary>
/// Rows that are lost as a whole, so that no window holds one: their owner hears of it within ten minutes, why, once, and that it is over.
/// </summary>
public sealed class StandstillTests
{
    private const string NoTime = "column 'time' has no event time in some rows; the rejects topic says where";

    private static readonly Func<int, string> Good = Rows(), Timeless = Rows(time: false), Mistyped = Rows("\"many\""), Unreadable = _ => "<html>";

    [Fact]
    public void RowsWithoutATime_FromTheStart_AreToldOnce_UntilRowsAreCounted()
    {
        using LosingStream stream = new LosingStream(Default).Until(40, Timeless).Until(50, Good).Run();
        Assert.Equal(
            [
                $"11 Firing Began: no row has been counted since 2026-01-01T00:01:00Z: 1,100 of 1,100 rows (100.0 %) were rejected: {NoTime}",
                "41 Resolved Resolved: rows are counted and event time moves again; 4,000 rows were lost since 2026-01-01T00:01:00Z",
            ],
            stream.Alerts);
        Assert.Empty(stream.Verdicts);
        ToldSymptom began = stream.Told[0];
        Assert.Equal(("m", "", null, null, SubjectNames.Standstill, false), (began.Model, began.Version, began.Signal, began.Group,
            began.Symptom.Subject.OfModel, began.Symptom.IsForRoot));
        Assert.Equal((WindowRecord.Standstill, 1, 11), (began.Window.Window, Minute(began.Window.Start), Minute(began.Window.End)));
        Assert.Equal((LossJudge.Rejected, LossJudge.Rejected), (began.Rule, began.Symptom.Upstream));
        Assert.Equal([LossJudge.Lost, LossJudge.Rejected], began.Rules.Order());
    }

    // Rows with another wrong column move event time; those without a time do not. Both are heard of within ten minutes.
    [Theory]
    [InlineData("timeless", "were rejected: " + NoTime)]
    [InlineData("mistyped", "were rejected: row 1, byte 53: column 'x' is text where a number is expected; the rejects topic says where")]
    [InlineData("unreadable", "were rejected, 11 unreadable messages taken for 1,100 of them: the message is not valid JSON at byte 0; "
        + "the rejects topic says where")]
    [InlineData("future", "are in no window: 1,100 in the future")]
    public void RowsThatAreLost_FromTheMiddle_AreToldOnce_UntilRowsAreCounted(string what, string why)
    {
        Func<int, string> bad = what switch
        {
            "timeless" => Timeless,
            "mistyped" => Mistyped,
            "unreadable" => Unreadable,
            _ => minute => Good(minute + 1000),
        };
        using LosingStream stream = new LosingStream(Default).Until(20, Good).Until(50, bad).Until(60, Good).Run();
        string unread = what == "unreadable" ? ", 30 unreadable messages taken for 3,000 of them" : "";
        Assert.Equal(
            [
                $"31 Firing Began: no row has been counted since 2026-01-01T00:21:00Z: 1,100 of 1,100 rows (100.0 %) {why}",
                $"51 Resolved Resolved: rows are counted and event time moves again; 3,000 rows were lost since 2026-01-01T00:21:00Z{unread}",
            ],
            stream.Alerts);
    }

    // The other partition's rows are counted, but no window closes: event time is what the slowest vouches for.
    [Fact]
    public void OnePartition_WithoutTimes_HoldsTheModelBack()
    {
        using LosingStream stream = new LosingStream(Default, partitions: 2).Until(20, Good, Good).Until(50, Good, Timeless).Until(60, Good, Good).Run();
        Assert.Equal(
            [
                "31 Firing Began: event time stands still since 2026-01-01T00:21:00Z, and no window closes: 1,100 of 1,100 rows (100.0 %) were rejected: "
                    + NoTime,
                "51 Resolved Resolved: rows are counted and event time moves again; 3,000 rows were lost since 2026-01-01T00:21:00Z",
            ],
            stream.Alerts);
    }

    // Windows close, and those of an hour have the rules to say what is lost in them.
    [Theory]
    [InlineData("mistyped")]
    [InlineData("quiet")]
    [InlineData("one of ten")]
    public void OnePartition_ThatDoesNotHoldEventTimeBack_IsNoStandstill(string what)
    {
        string Mostly(int minute) => Rows(rows: 90)(minute)[..^1] + "," + Rows(time: false, rows: 10)(minute)[1..];
        Func<int, string>? second = what switch { "mistyped" => Mistyped, "quiet" => null, _ => Mostly };
        using LosingStream stream = new LosingStream(Default, partitions: 2).Until(20, Good, Good).Until(50, Good, second).Run();
        Assert.Empty(stream.Alerts);
    }

    [Fact]
    public void WhatWasToldOf_IsInTheVerdict_AndTellsNothingAgain()
    {
        using LosingStream stream = new LosingStream(Default, window: 60).Until(20, Good).Until(50, Timeless).Until(130, Good).Run();
        Assert.Equal(["31 Firing Began", "51 Resolved Resolved"], stream.Alerts.Select(a => a.Split(':')[0]));
        Losses lost = stream.Verdicts[0].Window.Lost!;
        Assert.Equal((3000, 3000, 3000), (lost.Rows.Value, lost.Counts.Rejected.Value, lost.Told.Rejected.Value));
        Assert.Equal([Judgement.Steady, Judgement.Steady], stream.Verdicts[0].OfModel.Select(s => s.Judgement));
        Assert.Equal(0, stream.Verdicts[1].Window.Lost!.Counts.Sum.Value);
    }

    // Too short for a standstill: the window says so, as ever.
    [Fact]
    public void FewMinutes_AreToldByTheirWindow()
    {
        using LosingStream stream = new LosingStream(Default, window: 60).Until(20, Good).Until(29, Timeless).Until(70, Good).Run();
        Assert.StartsWith("61 Firing Began: 900 of 6,000 rows (15.0 %) ", Assert.Single(stream.Alerts), StringComparison.Ordinal);
    }

    // A stray row is nothing to be called for; a day that has brought nothing else is.
    [Theory]
    [InlineData(23, 0)]
    [InlineData(25, 1)]
    public void FewRows_AreTold_OnceADayHasBroughtNothingElse(int hours, int alerts)
    {
        using LosingStream stream = new LosingStream(Default).Until(20, Good).Until(21, Rows(time: false, rows: 1)).Until(20 + (60 * hours)).Run();
        Assert.Equal(alerts, stream.Alerts.Count);
        if (alerts == 1) Assert.StartsWith("1461 Firing Began: no row has been counted since ", stream.Alerts[0], StringComparison.Ordinal);
    }

    // A daily batch: all of it is rejected, or a chunk at its end, which is little of the day. Nothing comes afterwards.
    [Theory]
    [InlineData("all", 1)]
    [InlineData("its end", 0)]
    public void Burst_AfterWhichNothingComes_IsTold_WhereItIsMostOfItsHour(string what, int alerts)
    {
        using LosingStream stream = new LosingStream(Default).Until(20, Good).Until(140);
        if (what == "all") stream.Until(141, Rows(time: false, rows: 900)).Until(200);
        else stream.Until(150, Good).Until(151, Rows(time: false, rows: 900)).Until(210);
        stream.Run();
        Assert.Equal(alerts, stream.Alerts.Count);
        const string told = "151 Firing Began: no row has been counted since 2026-01-01T02:21:00Z: 900 of 900 ";
        if (alerts == 1) Assert.StartsWith(told, stream.Alerts[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Model_WithoutRulesOnLostRows_IsToldNothing()
    {
        using LosingStream stream = new LosingStream([]).Until(60, Timeless).Run();
        Assert.Empty(stream.Alerts);
    }

    [Fact]
    public void StandstillThatComesBack_IsTheSameEpisode_WhereItIsSoonBack()
    {
        using LosingStream stream = new LosingStream(Default).Until(20, Timeless).Until(25, Good).Until(50, Timeless).Until(60, Good).Run();
        Assert.Equal(["11 Firing Began", "21 Resolved Resolved", "36 Firing Back", "51 Resolved Resolved"], stream.Alerts.Select(a => a.Split(':')[0]));
    }

    // The others' rows move event time: the model's windows pass without a row, and the first that does says what became of them.
    [Theory]
    [InlineData("timeless")]
    [InlineData("mistyped")]
    public void ModelBesideOthers_IsToldByItsWindow_ThoughItHoldsNoRow(string what)
    {
        Func<int, string> bad = what == "timeless" ? Timeless : Mistyped, other = Rows(model: "other");
        string Both(int minute) => other(minute)[..^1] + "," + bad(minute)[1..];
        using LosingStream stream = new LosingStream(Default, window: 60, models: ["m", "other"]).Until(130, Both).Until(190, other).Run();
        Assert.Equal(["61 Firing Began"], stream.Alerts.Select(a => a.Split(':')[0]));
        Assert.Contains("6,100 of 6,100 rows (100.0 %) were rejected: ", stream.Alerts[0], StringComparison.Ordinal);
        Verdict[] own = [.. stream.Verdicts.Where(v => v.Window.Model == "m")];
        Assert.Equal([(0, 6100), (60, 6000), (120, 900)], own.Select(v => (Minute(v.Window.Start), (int)v.Window.Lost!.Counts.Rejected.Value)));
        Assert.All(own, v => Assert.Equal((0, Judgement.Drifting), (v.Window.Rows.Value, v.OfModel[0].Judgement)));
        Assert.Equal(3, stream.Verdicts.Count(v => v.Window.Model == "other"));
    }

    // Headers tell every counts partition of every model; only one of them holds its rows.
    [Fact]
    public void JudgeOfAnotherPartition_SaysNothingOfAModel()
    {
        ModelWindows listening = PlanScript.WindowsOf("m", 10, 10) with { MostEmpty = 3 };
        JudgeSettings all = PlanScript.Plan("plan", Default, (listening, []), (PlanScript.WindowsOf("other", 10, 10), []));
        string[][] of = [.. Enumerable.Range(0, 2).Select(p => all.OfPartition(p, 2).Windowing.Models.Keys.ToArray())];
        Assert.Equal(["m", "other"], of.SelectMany(m => m).Order());
        int own = DriftStream.Frames.CountsPartition.Of("m", 2);
        Assert.Equal([3, 0], new[] { own, 1 - own }.Select(p =>
            new PlanScript(all.OfPartition(p, 2)).Header(0, 0, 1, watermark: 10).Header(0, 1, 2, watermark: 90).Run().Verdicts.Count));
        Assert.All(of, (models, p) => Assert.All(models, m => Assert.Equal(p, DriftStream.Frames.CountsPartition.Of(m, 2))));
    }
}
