using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Tests.Alerts;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>What rules say of a model's performance before its labels come, and what verdicts show of it, before and after.</summary>
public sealed class EstimateJudgeTests
{
    private static readonly Layout Cells = Layout.Outcome(Layout.Numeric([0, 0.25, 0.5, 0.75, Math.BitIncrement(1.0)]));

    // One in ten is positive below a quarter, nine in ten above three, half of those between; decided by the half, 7 in 10 are right.
    private static readonly long[] Before = Table(Known((1, 0, 900, 100), (2, 0, 500, 500), (3, 1, 500, 500), (4, 1, 100, 900)));

    private static readonly long[] Sure = Table(Open((1, 0, 1000), (4, 1, 1000))), Unsure = Table(Open((1, 0, 100), (2, 0, 900), (3, 1, 900), (4, 1, 100)));

    [Theory]
    // 0.54 +- 0.021: sqrt(1800 / 4 + 200 x 0.09) / 2000, and next to nothing of what the baseline leaves unsure.
    [InlineData("estimated_accuracy", AlarmKind.Below, 0.6, Judgement.Drifting)]
    [InlineData("estimated_accuracy", AlarmKind.Below, 0.53, Judgement.Insufficient)]
    [InlineData("estimated_accuracy", AlarmKind.Below, 0.5, Judgement.Steady)]
    [InlineData("estimated_accuracy", AlarmKind.BelowBaselineBy, 0.1, Judgement.Drifting)] // of 0.7
    [InlineData("estimated_accuracy", AlarmKind.BelowBaselineBy, 0.16, Judgement.Insufficient)]
    [InlineData("estimated_accuracy", AlarmKind.BelowBaselineBy, 0.2, Judgement.Steady)]
    [InlineData("estimated_roc_auc", AlarmKind.BelowBaselineBy, 0.1, Judgement.Drifting)]
    [InlineData("estimated_recall", AlarmKind.AboveBaselineBy, 0, Judgement.Steady)]
    public void Rules_CompareTheWholeInterval(string statistic, AlarmKind kind, double limit, Judgement expected) => Assert.Equal(
        expected, Judge(Unsure, Rule(statistic, new Alarm(kind, limit, Confidence: 0.95))).Judged.Single().Statistic.Judgement);

    [Fact]
    public void Sentence_SaysWhatItCannotSee()
    {
        JudgedMetric judged = Judge(Unsure, Rule("estimated_accuracy", new Alarm(AlarmKind.BelowBaselineBy, 0.1))).Judged.Single();
        Assert.Equal("estimated_accuracy is 0.54 (0.519 to 0.561), more than 0.1 below the 0.7 in the baseline; estimated from scores before labels, "
            + "concept drift is invisible to it", judged.Why);
        Assert.Equal((4000, 2000), (judged.Statistic.ReferenceRows, judged.Statistic.WindowRows));
    }

    /// <summary>With another confidence the interval is another one, and so is what a verdict shows.</summary>
    [Fact]
    public void Interval_IsThatOfTheRule()
    {
        JudgedMetric[] judged = [.. Judge(Unsure, Rule("estimated_accuracy", new Alarm(AlarmKind.Below, 0.5, Confidence: 0.95)),
            Rule("estimated_accuracy", new Alarm(AlarmKind.Below, 0.5, Confidence: 0.99))).Judged];
        double ratio = (judged[1].Metric.High!.Value - judged[1].Metric.Low!.Value) / (judged[0].Metric.High!.Value - judged[0].Metric.Low!.Value);
        Assert.Equal(Proportions.Quantile(0.99) / Proportions.Quantile(0.95), ratio, 1e-9);
    }

    [Fact]
    public void WhatCannotBeSaid_IsInsufficient()
    {
        Rule rule = Rule("estimated_accuracy", new Alarm(AlarmKind.Below, 0.9)), auc = Rule("estimated_roc_auc", new Alarm(AlarmKind.Below, 0.9));
        Says(Judge(Table(Open((1, 0, 40), (4, 1, 50))), rule), "estimated_accuracy: 90 rows with a score and a decision, fewer than 100");
        Says(Judge(Table(Open((1, 2, 2000))), rule), "estimated_accuracy: 0 rows with a score and a decision, fewer than 100");
        Says(Judge(Table(Open((0, 2, 900), (1, 2, 100))), auc),
            "estimated_roc_auc is void: 89.8 % of rows have scores of which the reference has hardly any label");
        Says(Judge(Sure, [rule], minRows: 3000), "2000 rows, fewer than 3000");
        Says(Judge(Sure, [rule], rows: 2001), "estimated_accuracy: not all rows were counted by score and decision");
        Says(Judge(Sure, [rule], columns: ["score", "y"]), "estimated_accuracy: the model has no decision");
        Says(Judge(Sure, [rule], before: Table(Known((1, 0, 900, 20)))),
            "estimated_accuracy: fewer than 30 rows of the baseline have a score and a positive label, or a negative one");
        ComparedPerformance undecided = Judge(Sure, [auc with { Alarm = new Alarm(AlarmKind.Below, 0.5) }], columns: ["score", "y"]);
        Assert.Equal(Judgement.Steady, undecided.Judged[0].Statistic.Judgement);

        static void Says(ComparedPerformance performance, string why)
        {
            JudgedMetric judged = performance.Judged.Single();
            Assert.Equal((Judgement.Insufficient, why), (judged.Statistic.Judgement, judged.Why));
        }
    }

    /// <summary>Rows whose labels come later: the estimate is all that there is.</summary>
    [Fact]
    public void Verdict_BeforeLabels_HasTheEstimateAlone()
    {
        JsonElement json = Json(Verdict(Unsure, [Rule("estimated_accuracy", new Alarm(AlarmKind.Below, 0.6, Confidence: 0.95))], later: true));
        Assert.Equal(("labels come later", 0), (json.GetProperty("coverage").GetString(), json.GetProperty("metrics").GetArrayLength()));
        JsonElement estimated = json.GetProperty("estimated");
        Assert.Equal((2000, 0, JsonValueKind.Null), (estimated.GetProperty("rows").GetInt32(), estimated.GetProperty("outside").GetInt32(),
            estimated.GetProperty("void").ValueKind));
        Assert.EndsWith("(concept drift) is invisible to it", estimated.GetProperty("about").GetString(), StringComparison.Ordinal);
        Assert.Equal(EstimatedPerformance.Names, estimated.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("name").GetString()!));
        JsonElement accuracy = estimated.GetProperty("metrics")[0];
        Assert.Equal((0.54, 0.7, "drifting", 2000), (Math.Round(accuracy.GetProperty("value").GetDouble(), 9),
            Math.Round(accuracy.GetProperty("reference_value").GetDouble(), 9), accuracy.GetProperty("judgement").GetString(),
            accuracy.GetProperty("rows").GetInt32()));
        Assert.False(accuracy.TryGetProperty("realised", out _));
    }

    /// <summary>Once labels have come, it stands beside what they show; where only some have, an estimate of these rows does.</summary>
    [Fact]
    public void Verdict_WithLabels_SaysHowFarItWasOff()
    {
        JsonElement all = Accuracy(Table(Known((2, 0, 500, 400), (3, 1, 500, 400), (1, 0, 90, 10), (4, 1, 10, 90))));
        Assert.Equal((0.54, 0.54, 0.0), (Rounded(all, "value"), Rounded(all, "realised"), Rounded(all, "difference")));
        Assert.False(all.TryGetProperty("labelled_value", out _));
        Assert.True(all.GetProperty("p_value_of_realised").GetDouble() > 0.9);

        // Only scores that are sure have labels, and those are wrong in half of the rows.
        JsonElement some = Accuracy(Table([.. Known((1, 0, 500, 500), (4, 1, 500, 500)), .. Open((2, 0, 1000), (3, 1, 1000))]));
        Assert.Equal((0.7, 0.9, 0.5, -0.4), (Rounded(some, "value"), Rounded(some, "labelled_value"), Rounded(some, "realised"), Rounded(some, "difference")));
        Assert.True(some.GetProperty("p_value_of_realised").GetDouble() < 1e-9);

        static JsonElement Accuracy(long[] now) => Json(Verdict(now, [])).GetProperty("estimated").GetProperty("metrics")[0];

        static double Rounded(JsonElement of, string name) => Math.Round(of.GetProperty(name).GetDouble(), 9);
    }

    /// <summary>From windows to a symptom, with a restart of the judge after each record.</summary>
    [Fact]
    public void ScoresThatBecomeUnsure_BeginASymptom()
    {
        Rule rule = Rule("estimated_accuracy", new Alarm(AlarmKind.BelowBaselineBy, 0.1, Confidence: 0.95));
        JudgeSettings plan = PlanScript.Plan("first", [rule], (PlanScript.WindowsOf("m", 10, 10), [Signal(Before)]));
        var script = new PlanScript(plan);
        foreach ((int at, long[] window) in new[] { Sure, Unsure, Unsure, Sure }.Index())
        {
            script.Frame(0, at, at + 1, PlanScript.Entry("m", at * 10, 10, (Signal(Before), window)))
                .Header(0, at, at + 1, watermark: (at * 10) + 2);
        }

        script.Header(0, 4, 5, watermark: 45).Run();
        Assert.Equal([SymptomStatus.Began, SymptomStatus.Ended], script.Alerts.Select(a => a.Status));
        Assert.Equal(("performance", SignalRole.Outcome), (script.Alerts[0].Symptom.Subject.OfModel, script.Alerts[0].Symptom.Role));
        Assert.StartsWith("estimated_accuracy is 0.54 ", script.Alerts[0].Summary, StringComparison.Ordinal);
        Assert.Equal("the performance (estimated_accuracy) is back to its baseline: 1 quiet windows", script.Alerts[1].Summary);
    }

    private static Rule Rule(string statistic, Alarm alarm) => new(statistic, null, null, statistic, null, alarm, Severity.Warning);

    private static BaselineSignal Signal(long[] counts, ImmutableArray<string>? columns = null) =>
        new("y", SignalRole.Outcome, columns ?? ["score", "decision", "y"], Cells, [.. counts]);

    private static ComparedPerformance Judge(long[] now, params Rule[] rules) => Verdict(now, rules).Performance!;

    private static ComparedPerformance Judge(
        long[] now, Rule[] rules, long minRows = 0, long? rows = null, ImmutableArray<string>? columns = null, long[]? before = null) =>
        Verdict(now, rules, minRows, rows, columns, before).Performance!;

    private static Verdict Verdict(
        long[] now, Rule[] rules, long minRows = 0, long? rows = null, ImmutableArray<string>? columns = null, long[]? before = null, bool later = false)
    {
        var window = new ClosedWindow(
            "m", "", new WindowSettings("1d", new(7), new(7), new(0), minRows), new(0), new(7), true, new(rows ?? now.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts("outcome:y", Cells.Key, now)]));
        return WindowJudge.Judge(window, new JudgementSettings("m", new Baseline("m", 2000, [Signal(before ?? Before, columns)], "sha256:00"), [.. rules])
        {
            LabelsComeLater = later,
        });
    }

    private static JsonElement Json(Verdict verdict) =>
        JsonDocument.Parse(Assert.Single(VerdictJson.Write(verdict))).RootElement.GetProperty("performance");

    private static IEnumerable<(int Score, int Decision, int Label, long Rows)> Known(params (int Score, int Decision, long Negative, long Positive)[] cells) =>
        cells.SelectMany(c => new[] { (c.Score, c.Decision, 0, c.Negative), (c.Score, c.Decision, 1, c.Positive) });

    private static IEnumerable<(int Score, int Decision, int Label, long Rows)> Open(params (int Score, int Decision, long Rows)[] cells) =>
        cells.Select(c => (c.Score, c.Decision, 2, c.Rows));

    private static long[] Table(IEnumerable<(int Score, int Decision, int Label, long Rows)> cells)
    {
        var counts = new long[Cells.Cells];
        foreach ((int score, int decision, int label, long rows) in cells) counts[OutcomeCells.Cell(Cells, score, decision, label)] += rows;
        return counts;
    }
}
