using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Rules on how well a model does, judged on tables of scores 0.2 and 0.8, of which the second is selected.</summary>
public sealed class PerformanceJudgeTests
{
    private static readonly Layout Cells = Layout.Outcome(Layout.Numeric([0, 0.5, Math.BitIncrement(1.0)]));

    /// <summary>Recall 800 of 1000, precision 800 of 1000, specificity 800 of 1000.</summary>
    private static readonly long[] Before = Table(truePositive: 800, falsePositive: 200, falseNegative: 200, trueNegative: 800);

    [Theory]
    [InlineData("recall", AlarmKind.Below, 0.7, Judgement.Drifting)] // 600 of 1000: to 0.63
    [InlineData("recall", AlarmKind.Below, 0.61, Judgement.Insufficient)] // the interval straddles it
    [InlineData("recall", AlarmKind.Below, 0.55, Judgement.Steady)]
    [InlineData("recall", AlarmKind.BelowBaselineBy, 0.1, Judgement.Drifting)] // 0.8 - 0.6, +- 0.04
    [InlineData("recall", AlarmKind.BelowBaselineBy, 0.19, Judgement.Insufficient)]
    [InlineData("recall", AlarmKind.BelowBaselineBy, 0.25, Judgement.Steady)]
    [InlineData("recall", AlarmKind.AboveBaselineBy, 0, Judgement.Steady)]
    [InlineData("specificity", AlarmKind.BelowBaselineBy, 0.05, Judgement.Steady)] // as before
    [InlineData("specificity", AlarmKind.Above, 0.7, Judgement.Drifting)]
    [InlineData("mcc", AlarmKind.BelowBaselineBy, 0.1, Judgement.Drifting)]
    public void Rules_ComparesTheWholeInterval(string statistic, AlarmKind kind, double limit, Judgement expected)
    {
        JudgedMetric judged = Judge(Rule(statistic, new Alarm(kind, limit, Confidence: 0.95)), Table(600, 200, 400, 800)).Judged.Single();
        Assert.Equal(expected, judged.Statistic.Judgement);
        if (expected == Judgement.Insufficient) Assert.Contains("straddles", judged.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Sentence_SaysValueIntervalLimitAndBaseline()
    {
        long[] now = Table(600, 200, 400, 800);
        Assert.Equal("recall is 0.6 (0.569 to 0.63), below 0.7; 0.8 in the baseline", Why(new Alarm(AlarmKind.Below, 0.7, Confidence: 0.95)));
        Assert.Equal("recall is 0.6 (0.569 to 0.63), more than 0.1 below the 0.8 in the baseline", Why(new Alarm(AlarmKind.BelowBaselineBy, 0.1)));

        string? Why(Alarm alarm) => Judge(Rule("recall", alarm), now).Judged.Single().Why;
    }

    /// <summary>Labels of the selected alone: precision is judged, recall is not, and what is said says of whom labels are known.</summary>
    [Fact]
    public void LabelsOfTheSelectedAlone_AreToldInWords()
    {
        long[] now = new long[Cells.Cells];
        Fill(now, score: 2, decision: 1, positive: 500, negative: 480, missing: 20);
        Fill(now, score: 1, decision: 0, positive: 10, negative: 10, missing: 980);
        ComparedPerformance performance = Judge([Rule("precision", new Alarm(AlarmKind.Below, 0.7, Confidence: 0.95)), Rule("specificity", Gross)], now);
        const string coverage = "labels are known of 50 % of rows: 98 % of the selected, 2 % of the others";
        Assert.Equal("precision is 0.51 (0.479 to 0.541), below 0.7; 0.8 in the baseline; " + coverage, performance.Judged[0].Why);
        JsonElement json = Json(performance, now);
        Assert.Equal(coverage, json.GetProperty("coverage").GetString());
        Assert.Equal("""{"rows":2000,"known":1000,"selected_rows":1000,"selected_known":980}""", json.GetProperty("labels").GetRawText());

        // Then nobody was missed, and nothing is fine by that.
        Fill(now, score: 1, decision: 0, positive: 0, negative: 0, missing: 1000);
        foreach (string name in (string[])["recall", "specificity", "accuracy", "roc_auc", "brier"])
        {
            JudgedMetric judged = Judge(Rule(name, new Alarm(AlarmKind.Below, 0.01)), now).Judged.Single();
            Assert.Equal((Judgement.Insufficient, $"{name}: none of the 1000 rows that were not selected has a label, fewer than 10; "
                + "labels are known of 49 % of rows: 98 % of the selected, 0 % of the others"), (judged.Statistic.Judgement, judged.Why));
        }

        Assert.Equal(Judgement.Steady, Judge(Rule("precision", new Alarm(AlarmKind.Below, 0.01)), now).Judged.Single().Statistic.Judgement);
    }

    /// <summary>What cannot be said is insufficient, with its reason, and never steady.</summary>
    [Fact]
    public void WhatCannotBeSaid_IsInsufficient()
    {
        Says(Rule("recall", Gross), Table(40, 500, 20, 500), "recall: 60 rows with a decision and a positive label, fewer than 100");
        Says(Rule("roc_auc", Gross), Table(5, 500, 4, 500), "roc_auc: of 1009 rows with a score and a label 9 have the positive one, fewer than 10");
        Says(Rule("recall", Gross), new long[Cells.Cells], "recall: 0 rows with a decision and a positive label, fewer than 100");
        Says(Rule("f1", Gross), Table(0, 300, 0, 300), "f1: of 600 rows with a decision and a label 0 have the positive one, fewer than 10; "
            + "none of 600 rows with a label has the positive one");
        long[] beyond = Table(500, 200, 300, 500);
        beyond[OutcomeCells.Cell(Cells, 3, 1, 1)] = 1; // a score of 2
        Says(Rule("brier", new Alarm(AlarmKind.Above, 0.01)), beyond, "brier is of probabilities, and the window has scores that are not between 0 and 1");
        ComparedPerformance early = Judge([Rule("recall", Gross)], Table(5, 1, 1, 1), minRows: 100);
        Assert.Equal((Judgement.Insufficient, "8 rows, fewer than 100"), (early.Judged[0].Statistic.Judgement, early.Judged[0].Why));
        ComparedPerformance undecided = Judge([Rule("recall", Gross)], Before, columns: ["score", "label"]);
        Assert.Equal("recall: the model has no decision", undecided.Judged[0].Why);
        Assert.Equal("recall: 0 rows with a decision and a positive label of the baseline, fewer than 100",
            Judge([Rule("recall", new Alarm(AlarmKind.BelowBaselineBy, 0.1))], Before, baseline: new long[Cells.Cells]).Judged[0].Why);

        static void Says(Rule rule, long[] now, string why)
        {
            JudgedMetric judged = Judge(rule, now).Judged.Single();
            Assert.Equal((Judgement.Insufficient, why), (judged.Statistic.Judgement, judged.Why));
        }
    }

    /// <summary>A limit inside what the cells leave open is no news where a confidence is asked for, however many rows there are.</summary>
    [Fact]
    public void WhatCellsLeaveOpen_IsPartOfTheInterval()
    {
        long[] now = [.. Table(600, 200, 400, 800).Select(n => n * 1_000_000)];
        ComparedPerformance performance = Judge(Rule("brier", new Alarm(AlarmKind.Below, 0.24, Confidence: 0.95)), now);
        JudgedMetric brier = performance.Judged.Single();
        Assert.Equal(Judgement.Insufficient, brier.Statistic.Judgement);
        // Scores from 0 to 0.5 and from 0.5 to 1: 600 and 800 rows are off by half at most, 200 and 400 by half at least.
        Interval open = brier.Metric.LeftOpen!.Value;
        Assert.Equal((0.075, 0.475), (Math.Round(open.Low, 9), Math.Round(open.High, 9)));
        Assert.True(brier.Statistic.Low < open.Low && brier.Statistic.High > open.High);
    }

    /// <summary>The metrics of a verdict, with what rules say; a model without outcomes has none.</summary>
    [Fact]
    public void Verdict_HasThePerformance()
    {
        long[] now = Table(600, 200, 400, 800);
        Verdict verdict = Verdict([Rule("recall", new Alarm(AlarmKind.Below, 0.7, Confidence: 0.9)), Rule("accuracy", Gross)], now);
        Assert.Equal((Judgement.Drifting, "1 of 2 metrics: recall"), (verdict.Judgement, verdict.Why));
        Assert.Equal("0 of 1 metric; 1 insufficient", Verdict([Rule("recall", Gross)], now, minRows: 1_000_000).Why);
        Assert.Equal("no rule looks at it", Verdict([], now).Why);
        JsonElement[] metrics = [.. Json(verdict).GetProperty("metrics").EnumerateArray()];
        Assert.Equal(StatisticCatalog.OfOutcomes.Select(e => e.Name), metrics.Select(m => m.GetProperty("name").GetString()));
        JsonElement recall = metrics[3];
        Assert.Equal(("drifting", "recall", 1000, 0.6, 0.8), (recall.GetProperty("judgement").GetString(), recall.GetProperty("rule").GetString(),
            recall.GetProperty("rows").GetInt64(), recall.GetProperty("value").GetDouble(), recall.GetProperty("reference_value").GetDouble()));
        Interval wilson = Proportions.Wilson(600, 1000, Proportions.Quantile(0.9));
        Assert.Equal([wilson.Low, wilson.High], recall.GetProperty("interval").EnumerateArray().Select(e => e.GetDouble()));
        Assert.False(metrics[2].TryGetProperty("judgement", out _));
        Assert.True(metrics[7].TryGetProperty("left_open", out JsonElement open) && open.GetArrayLength() == 2);
        var none = new JudgementSettings("m", new Baseline("m", 100, [], "sha256:00"), []);
        Assert.Null(WindowJudge.Judge(Window(now, 1), none).Performance);
    }

    /// <summary>What 200 false positives and 400 false negatives of 2000 rows cost, and 200 of each in the baseline: as if each row had its cost.</summary>
    [Fact]
    public void Costs_AreThoseOfTheErrors()
    {
        long[] now = Table(600, 200, 400, 800);
        var signal = new BaselineSignal("label", SignalRole.Outcome, ["score", "decision", "label"], Cells, [.. Before]);
        var settings = new JudgementSettings("m", new Baseline("m", 2000, [signal], "sha256:00"), []) { Costs = new ErrorCosts(5, 100, "EUR") };
        JsonElement cost = Json(WindowJudge.Judge(Window(now, 0), settings)).GetProperty("cost");
        Assert.Equal(("EUR", 41_000, 20.5, 10.5), (cost.GetProperty("unit").GetString(), cost.GetProperty("amount").GetDouble(),
            cost.GetProperty("per_row").GetDouble(), cost.GetProperty("reference_per_row").GetDouble()));
        double[] rows = [.. Enumerable.Repeat(5.0, 200), .. Enumerable.Repeat(100.0, 400), .. new double[1400]];
        double half = Proportions.Quantile(0.95) * Math.Sqrt(rows.Sum(r => (r - 20.5) * (r - 20.5)) / 2000 / 2000);
        Assert.Equal([20.5 - half, 20.5 + half], cost.GetProperty("interval").EnumerateArray().Select(e => e.GetDouble()), (a, b) => Math.Abs(a - b) < 1e-8);
        // Two in ten are wrong by what scores meant: 160 of the 800 selected and 240 of the others.
        Assert.Equal((0, 0), (Math.Round(cost.GetProperty("estimated_amount").GetDouble() - ((160 * 5) + (240 * 100)), 6),
            Math.Round(cost.GetProperty("estimated_per_row").GetDouble() - (((160 * 5) + (240 * 100)) / 2000.0), 6)));

        JsonElement none = Json(WindowJudge.Judge(Window(new long[Cells.Cells], 0), settings)).GetProperty("cost");
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (none.GetProperty("amount").ValueKind, none.GetProperty("interval")[0].ValueKind));
    }

    /// <summary>A model that turns all away whose label is never known would seem to cost nothing: 3 labels of 1000 that were not selected are none.</summary>
    [Fact]
    public void Costs_AreNotSaid_WhereOnlyTheSelectedHaveLabels()
    {
        long[] now = new long[Cells.Cells];
        Fill(now, score: 2, decision: 1, positive: 600, negative: 200, missing: 0);
        Fill(now, score: 1, decision: 0, positive: 1, negative: 2, missing: 997);
        var signal = new BaselineSignal("label", SignalRole.Outcome, ["score", "decision", "label"], Cells, [.. Before]);
        var settings = new JudgementSettings("m", new Baseline("m", 2000, [signal], "sha256:00"), []) { Costs = new ErrorCosts(5, 100, "EUR") };
        JsonElement cost = Json(WindowJudge.Judge(Window(now, 0), settings)).GetProperty("cost");
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null, 10.5), (cost.GetProperty("amount").ValueKind, cost.GetProperty("per_row").ValueKind,
            cost.GetProperty("reference_per_row").GetDouble()));
        Assert.Equal("3 of the 1000 rows that were not selected have a label, fewer than 10", cost.GetProperty("why").GetString());
    }

    private static Alarm Gross => new(AlarmKind.Below, 0.01);

    private static Rule Rule(string statistic, Alarm alarm) => new(statistic, null, null, statistic, null, alarm, Severity.Warning);

    private static ComparedPerformance Judge(Rule rule, long[] now) => Judge([rule], now);

    private static ComparedPerformance Judge(
        ImmutableArray<Rule> rules, long[] now, long minRows = 0, ImmutableArray<string>? columns = null, long[]? baseline = null) =>
        Verdict(rules, now, minRows, columns, baseline).Performance!;

    private static Verdict Verdict(
        ImmutableArray<Rule> rules, long[] now, long minRows = 0, ImmutableArray<string>? columns = null, long[]? baseline = null)
    {
        var signal = new BaselineSignal("label", SignalRole.Outcome, columns ?? ["score", "decision", "label"], Cells, [.. baseline ?? Before]);
        return WindowJudge.Judge(Window(now, minRows), new JudgementSettings("m", new Baseline("m", 2000, [signal], "sha256:00"), rules));
    }

    private static ClosedWindow Window(long[] now, long minRows) => new(
        "m", "", new WindowSettings("1d", new(7), new(7), new(0), minRows), new(0), new(7), true, new(now.Sum()), new(0),
        WindowCounts.BySignal([new SignalCounts("outcome:label", Cells.Key, now)]));

    private static JsonElement Json(ComparedPerformance performance, long[] now) => Json(Verdict([], now) with { Performance = performance });

    private static JsonElement Json(Verdict verdict) =>
        JsonDocument.Parse(Assert.Single(VerdictJson.Write(verdict))).RootElement.GetProperty("performance");

    private static long[] Table(long truePositive, long falsePositive, long falseNegative, long trueNegative)
    {
        var counts = new long[Cells.Cells];
        Fill(counts, score: 2, decision: 1, positive: truePositive, negative: falsePositive, missing: 0);
        Fill(counts, score: 1, decision: 0, positive: falseNegative, negative: trueNegative, missing: 0);
        return counts;
    }

    private static void Fill(long[] counts, int score, int decision, long positive, long negative, long missing)
    {
        long[] rows = [negative, positive, missing];
        for (int label = 0; label < 3; label++) counts[OutcomeCells.Cell(Cells, score, decision, label)] = rows[label];
    }
}
