using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Numbers with targets: what is missed, by how much, and what it costs.</summary>
public sealed class KpiJudgeTests
{
    private static readonly Layout Taken = Layout.Categorical(["0", "1"]), Amounts = Layout.Numeric([0, 10, 20, 40, 80]),
        Outcomes = Layout.Outcome(Layout.Numeric([0, 0.5, Math.BitIncrement(1.0)]));

    private static readonly Kpi Conversion = new(
        new Rule("conversion", "taken", null, "share", null, new Alarm(AlarmKind.Below, 0.3, Confidence: 0.95), Severity.Warning) { Cells = ["1"] }, null)
    {
        ValuePerRow = 12,
        Unit = "EUR",
    };

    private static readonly Kpi Basket =
        new(new Rule("basket", "amount", null, "mean", null, new Alarm(AlarmKind.Below, 30, Confidence: 0.95), Severity.Info), "what a customer spends")
        {
            ValuePerRow = 1,
            Unit = "EUR",
        };

    private static readonly Kpi Loss =
        new(new Rule("loss", null, null, Kpi.CostPerRow, null, new Alarm(AlarmKind.Above, 12, Confidence: 0.95), Severity.Critical), null)
        {
            ValuePerRow = 1,
            Unit = "EUR",
        };

    /// <summary>Of 1,000 rows 240 are taken: 24 %, by Wilson 21.5 % to 26.7 %; 60 of the 300 that it should be.</summary>
    [Fact]
    public void Share_SaysByHowManyRowsItIsShort_AndWhatTheyAreWorth()
    {
        JudgedKpi kpi = Judge(Conversion, ("taken", Taken, [760, 240, 0, 0]));
        Assert.Equal((Judgement.Drifting, 0.24, 60, 720.0), (kpi.Statistic.Judgement, kpi.Statistic.Value, kpi.RowsShort, kpi.Cost));
        Assert.Equal(0.06, kpi.MissedBy!.Value, 12);
        Assert.Equal(
            "conversion misses its target of at least 30 %: 24 % (21.46 % to 26.74 %) of 1,000 rows; 60 rows short, which costs 720 EUR", kpi.Why);
        Kpi refused = Conversion with { Rule = Conversion.Rule with { Alarm = new Alarm(AlarmKind.Above, 0.2, Confidence: 0.95) } };
        Assert.EndsWith("; 40 rows too many, which costs 480 EUR", Judge(refused, ("taken", Taken, [760, 240, 0, 0])).Why, StringComparison.Ordinal);
    }

    /// <summary>It is missed where the whole interval misses it, and met where the value meets the target or the whole interval does.</summary>
    [Theory]
    [InlineData(240, 1000, Judgement.Drifting)]
    [InlineData(290, 1000, Judgement.Insufficient)]
    [InlineData(300, 1000, Judgement.Steady)] // whatever its interval
    [InlineData(330, 1000, Judgement.Steady)]
    [InlineData(0, 5, Judgement.Insufficient)] // of too few rows
    [InlineData(0, 0, Judgement.Insufficient)]
    public void Share_IsMissed_ByItsWholeInterval(long taken, long rows, Judgement judgement)
    {
        JudgedKpi kpi = Judge(Conversion, ("taken", Taken, [rows - taken, taken, 0, 0]));
        Assert.Equal((judgement, judgement == Judgement.Drifting), (kpi.Statistic.Judgement, kpi.MissedBy is not null));
        Assert.Equal(judgement == Judgement.Drifting, kpi.Cost is not null);
        Assert.Equal(judgement == Judgement.Steady, kpi.Why is null);
    }

    /// <summary>The interval holds the mean of the raw rows, wherever in their cells they lie; without chance it is no wider than the cells are.</summary>
    [Fact]
    public void Mean_IsWithinWhatCellsLeaveOpen() => Gen.Double[0, 79.9].Array[1, 60].Sample(rows =>
    {
        var counts = new long[Amounts.Cells];
        foreach (double row in rows) counts[1 + Array.FindLastIndex([.. Amounts.Edges], e => e <= row)]++;
        Statistic mean = Mean.Statistic(new CountPair(Amounts, counts, counts), null);
        Assert.InRange(rows.Average(), mean.Low!.Value, mean.High!.Value);
        Assert.InRange(mean.Value!.Value, mean.Low!.Value, mean.High!.Value);
        Statistic sure = Mean.Statistic(new CountPair(Amounts, counts, counts), 0.95);
        Assert.True(sure.Low <= mean.Low && sure.High >= mean.High);
    });

    /// <summary>100 rows from 0 to 10, 900 from 10 to 20: at most 19, whatever they are. One beyond the greatest edge may be anything.</summary>
    [Fact]
    public void Mean_IsNotSaid_WhereRowsLieBeyondTheBaseline()
    {
        JudgedKpi kpi = Judge(Basket, ("amount", Amounts, [0, 100, 900, 0, 0, 0, 0, 0]));
        Assert.Equal((Judgement.Drifting, 14.0), (kpi.Statistic.Judgement, kpi.Statistic.Value));
        Assert.StartsWith("what a customer spends misses its target of at least 30: 14 (", kpi.Why, StringComparison.Ordinal);
        Assert.EndsWith(" of 1,000 rows; 16 short, which costs 16,000 EUR", kpi.Why, StringComparison.Ordinal);
        kpi = Judge(Basket, ("amount", Amounts, [0, 100, 899, 0, 0, 1, 0, 0]));
        Assert.Equal(Judgement.Insufficient, kpi.Statistic.Judgement);
        Assert.Equal("mean: 1 row above its greatest one may be anywhere; a share has no such end", kpi.Why);
        Kpi most = Basket with { Rule = Basket.Rule with { Alarm = new Alarm(AlarmKind.Above, 10, Confidence: 0.95) } };
        Assert.Equal(Judgement.Insufficient, Judge(most, ("amount", Amounts, [1, 100, 899, 0, 0, 0, 0, 0])).Statistic.Judgement);
        Assert.Equal(Judgement.Insufficient, Judge(most, ("amount", Amounts, [1, 100, 899, 0, 0, 1, 0, 0])).Statistic.Judgement);
        Assert.Contains(" (from ", Judge(most, ("amount", Amounts, [0, 0, 0, 999, 0, 1, 0, 0])).Why, StringComparison.Ordinal);
    }

    /// <summary>100 false positives at 5 and 150 false negatives at 100 of 1,000 rows: 15.5 a row, 3.5 more than they should, 3,500 in all.</summary>
    [Fact]
    public void CostPerRow_IsThatOfErrors()
    {
        JudgedKpi kpi = Judge(Loss, ("outcome:label", Outcomes, Table(400, 100, 150, 350)));
        Assert.Equal((Judgement.Drifting, 15.5, 3500.0, null), (kpi.Statistic.Judgement, kpi.Statistic.Value, Math.Round(kpi.Cost!.Value, 6), kpi.RowsShort));
        Assert.StartsWith("loss misses its target of at most 12 EUR: 15.5 EUR (13.", kpi.Why, StringComparison.Ordinal);
        Assert.EndsWith("; 3.5 EUR too much, which costs 3,500 EUR", kpi.Why, StringComparison.Ordinal);
        // Labels of the selected alone would make it cheap.
        kpi = Judge(Loss, ("outcome:label", Outcomes, Table(400, 100, 0, 0, missing: 500)));
        Assert.Equal((Judgement.Insufficient, "none of the 500 rows that were not selected has a label, fewer than 10"), (kpi.Statistic.Judgement, kpi.Why));
    }

    /// <summary>A metric is told as its rule would tell it, in the words of a target.</summary>
    [Fact]
    public void Metric_IsThatOfTheRule()
    {
        var rule = new Rule("catch", null, null, "recall", null, new Alarm(AlarmKind.Below, 0.8, Confidence: 0.95), Severity.Warning);
        JudgedKpi kpi = Judge(new Kpi(rule, null) { ValuePerRow = 7, Unit = "EUR" }, ("outcome:label", Outcomes, Table(400, 100, 150, 350)));
        Interval wilson = Proportions.Wilson(400, 550, Proportions.Quantile(0.95));
        Assert.Equal((400 / 550.0, wilson.Low, wilson.High, 550), (kpi.Statistic.Value, kpi.Statistic.Low, kpi.Statistic.High, kpi.Statistic.WindowRows));
        Assert.Equal((40L, 280.0), (kpi.RowsShort, kpi.Cost));
        Assert.Equal("catch misses its target of at least 80 %: 72.73 % (68.86 % to 76.28 %) of 550 rows; 40 rows short, which costs 280 EUR", kpi.Why);
    }

    /// <summary>How many rows a KPI needs it says itself: fewer than the window asks for, or more.</summary>
    [Fact]
    public void Rows_AreAsManyAsTheKpiAsksFor()
    {
        Kpi few = Conversion with { Rule = Conversion.Rule with { Alarm = Conversion.Rule.Alarm with { MinRows = 5 } } };
        Assert.Equal(Judgement.Drifting, Judge(few, ("taken", Taken, [9, 0, 0, 0])).Statistic.Judgement);
        Kpi many = few with { Rule = few.Rule with { Alarm = few.Rule.Alarm with { MinRows = 2000 } } };
        Assert.Equal("share: 1000 rows, fewer than 2000", Judge(many, ("taken", Taken, [760, 240, 0, 0])).Why);
    }

    [Fact]
    public void Verdict_TellsKpis_AndIsDriftingWhereOneIsMissed()
    {
        Verdict verdict = Verdict([Conversion, Basket], ("taken", Taken, [760, 240, 0, 0]), ("amount", Amounts, [0, 0, 0, 1000, 0, 0, 0, 0]));
        Assert.Equal((Judgement.Drifting, "0 of 2 signals; 1 of 2 KPIs: conversion"), (verdict.Judgement, verdict.Why));
        JsonElement[] kpis = [.. JsonDocument.Parse(VerdictJson.Write(verdict).Single()).RootElement.GetProperty("kpis").EnumerateArray()];
        Assert.Equal(["conversion", "basket"], kpis.Select(k => k.GetProperty("id").GetString()));
        Assert.Equal(("share", "taken", "1", 0.24, 0.3, 1000, "drifting"), (kpis[0].GetProperty("statistic").GetString(),
            kpis[0].GetProperty("signal").GetString(), kpis[0].GetProperty("cells")[0].GetString(), kpis[0].GetProperty("value").GetDouble(),
            kpis[0].GetProperty("at_least").GetDouble(), kpis[0].GetProperty("rows").GetInt64(), kpis[0].GetProperty("judgement").GetString()));
        Assert.Equal((60, 720, "EUR"), (kpis[0].GetProperty("rows_short").GetInt64(), kpis[0].GetProperty("cost").GetDouble(),
            kpis[0].GetProperty("unit").GetString()));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (kpis[1].GetProperty("missed_by").ValueKind, kpis[1].GetProperty("cost").ValueKind));
        Assert.False(JsonDocument.Parse(VerdictJson.Write(Verdict([], ("taken", Taken, [760, 240, 0, 0]))).Single()).RootElement.TryGetProperty("kpis", out _));
    }

    private static JudgedKpi Judge(Kpi kpi, params (string Key, Layout Layout, long[] Cells)[] counts) => Verdict([kpi], counts).Kpis.Single();

    private static Verdict Verdict(ImmutableArray<Kpi> kpis, params (string Key, Layout Layout, long[] Cells)[] counts)
    {
        BaselineSignal[] signals =
        [
            .. counts.Select(c => c.Layout.Kind == LayoutKind.Outcome
                ? new BaselineSignal("label", SignalRole.Outcome, ["score", "decision", "label"], c.Layout, [.. Table(400, 100, 100, 400)])
                : new BaselineSignal(c.Key, SignalRole.Feature, [c.Key], c.Layout, [.. Enumerable.Repeat(100L, c.Layout.Cells)])),
        ];
        var settings = new JudgementSettings("m", new Baseline("m", 1000, [.. signals], "sha256:00"), [])
        {
            Kpis = kpis,
            Costs = new ErrorCosts(5, 100, "EUR"),
        };
        var window = new WindowSettings("1d", new Duration(10), new Duration(10), Duration.Zero, 10);
        return WindowJudge.Judge(
            new ClosedWindow("m", "", window, new EventTime(0), new EventTime(10), true, new RowCount(counts[0].Cells.Sum()), RowCount.Zero,
                WindowCounts.BySignal([.. counts.Select(c => new SignalCounts(c.Key, c.Layout.Key, c.Cells))])),
            settings);
    }

    private static long[] Table(long truePositive, long falsePositive, long falseNegative, long trueNegative, long missing = 0)
    {
        var counts = new long[Outcomes.Cells];
        counts[OutcomeCells.Cell(Outcomes, 2, 1, 1)] = truePositive;
        counts[OutcomeCells.Cell(Outcomes, 2, 1, 0)] = falsePositive;
        counts[OutcomeCells.Cell(Outcomes, 1, 0, 1)] = falseNegative;
        counts[OutcomeCells.Cell(Outcomes, 1, 0, 0)] = trueNegative;
        counts[OutcomeCells.Cell(Outcomes, 1, 0, 2)] = missing;
        return counts;
    }
}
