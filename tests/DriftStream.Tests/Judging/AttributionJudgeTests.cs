using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Statistics;
using DriftStream.Tests.Plan;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Attributions in messages, from rows to what is said of the model: against the means of the rows themselves.</summary>
public sealed class AttributionJudgeTests
{
    private static readonly string[] Features = ["shap_age", "shap_hours", "shap_income", "shap_zip"];

    private static readonly BaselineSettings Settings = BaselineSettings.Of("m") with { Attributions = "shap_" };

    private static readonly Batch Before = Rows(5000, 1, 0.5, 0.2, 1, 0.05);

    private static readonly Baseline Baseline = BaselineBuilder.Build([Before], Settings).Baseline!;

    [Fact]
    public void Baseline_HasTheSizeOfEach_AndNoneOfThemAsAFeature()
    {
        Assert.Equal(["age", .. Features.Select(f => $"|{f}|")], Baseline.Signals.Select(s => s.Name));
        Assert.Equal(Features, Baseline.Signals.Where(s => s.IsAttribution).Select(s => s.Columns.Single()));
        using var file = new MemoryStream(BaselineFile.Write(Baseline));
        Baseline read = BaselineFile.Read(file.ToArray(), out string problem)!;
        Assert.Equal((Baseline.Hash, ""), (read.Hash, problem));
        Assert.Equal(10, file.ToArray()[4]);
    }

    /// <summary>The mean of each feature is that of the rows, to the width of a cell, also where they are far larger than any in the reference.</summary>
    [Theory]
    [InlineData(0.5, 0.2, 1, 0.05)]
    [InlineData(1.2, 0.3, 0.1, 0.6)]
    [InlineData(1.2, 3, 0.1, 6)]
    [InlineData(0.001, 0.0002, 100, 90)]
    public void Ranking_IsThatOfTheRows(double age, double hours, double income, double zip)
    {
        Batch now = Rows(3000, 7, age, hours, income, zip);
        JudgedAttributions judged = Judge(now)!;
        double[] means = Means(now), reference = Means(Before);
        foreach (FeatureAttribution feature in judged.Ranking.Features)
        {
            int at = Array.IndexOf(Features, feature.Feature);
            Assert.InRange(feature.Window / means[at], 1 - (1 / 60.0), 1 + (1 / 60.0));
            Assert.InRange(feature.Reference / reference[at], 1 - (1 / 60.0), 1 + (1 / 60.0));
        }

        AttributionRanking exact = AttributionRanking.Of(Features.Select((f, i) => (f, reference[i], means[i])));
        Assert.Equal(Places(exact), Places(judged.Ranking));
        Assert.InRange(judged.Ranking.Value!.Value, exact.Value!.Value - 0.01, exact.Value.Value + 0.01);

        static IEnumerable<(string, int, int)> Places(AttributionRanking of) => of.Features.Select(f => (f.Feature, f.Rank, f.ReferenceRank));
    }

    [Fact]
    public void ModelThatReliesOnOtherFeatures_IsToldByName()
    {
        JudgedAttributions judged = Judge(Rows(3000, 7, 1.2, 0.3, 0.1, 0.6))!;
        Assert.Equal(Judgement.Drifting, judged.Judgement);
        Assert.Matches(
            @"^the model relies on other features: their ranking by attribution has an NDCG of 0\.7\d+, below 0\.9; "
            + "shap_income fell from 1st to 4th, shap_age rose from 2nd to 1st, ",
            judged.Why);
        Assert.Equal((Judgement.Steady, null), (Judge(Rows(3000, 7, 0.5, 0.2, 1, 0.05))!.Judgement, Judge(Rows(3000, 7, 0.5, 0.2, 1, 0.05))!.Why));
        JudgedAttributions few = Judge(Rows(90, 7, 1.2, 0.3, 0.1, 0.6))!;
        Assert.Equal((Judgement.Insufficient, "90 rows with an attribution of shap_age, fewer than 100"), (few.Judgement, few.Why));
        // A message without attributions says nothing of them.
        Assert.Equal(Judgement.Insufficient, Judge(new BatchBuilder().Add("age", Columns.Of<double>([.. new double?[500]])).Build())!.Judgement);
        Assert.Null(WindowJudge.Judge(Window(new BatchBuilder().Add("age", Columns.Of<double>([1])).Build(), Baseline),
            new JudgementSettings("m", Baseline with { Signals = [Baseline.Signals[0]] }, [])).Attributions);
    }

    /// <summary>An explainer that died explains nothing; one row that is infinite is no explanation either.</summary>
    [Fact]
    public void WhatExplainsNothing_IsLeftOut()
    {
        JudgedAttributions dead = Judge(Rows(3000, 7, 0, 0, 0, 0))!;
        Assert.Equal((Judgement.Insufficient, "every attribution of the window is 0"), (dead.Judgement, dead.Why));
        Batch now = Rows(3000, 7, 0.5, 0.2, 1, 0.05);
        var zip = ColumnNumbers.Float64(now.Find("shap_zip")!).ToArray().Select(v => (double?)v).ToArray();
        zip[5] = double.PositiveInfinity;
        BatchBuilder odd = new BatchBuilder().Add("age", Columns.Of<double>([.. new double?[3000]])).Add("shap_zip", Columns.Of<double>([.. zip]));
        foreach (string feature in Features[..3])
            odd.Add(feature, Columns.Of<double>([.. ColumnNumbers.Float64(now.Find(feature)!).ToArray().Select(v => (double?)v)]));
        Assert.Equal((Judgement.Steady, "shap_zip"), (Judge(odd.Build())!.Judgement, Judge(odd.Build())!.Ranking.Features[^1].Feature));
    }

    [Fact]
    public void Verdict_HasTheFeaturesByTheirPlace()
    {
        Verdict verdict = Verdict(Rows(3000, 7, 1.2, 0.3, 0.1, 0.6));
        Assert.EndsWith("; the ranking of attributions", verdict.Why, StringComparison.Ordinal);
        JsonElement json = JsonDocument.Parse(VerdictJson.Write(verdict).Single()).RootElement.GetProperty("attributions");
        Assert.Equal("drifting", json.GetProperty("judgement").GetString());
        Assert.Equal("attribution_ndcg", json.GetProperty("statistics")[0].GetProperty("name").GetString());
        Assert.Equal(["shap_age 1 2", "shap_zip 2 4", "shap_hours 3 3", "shap_income 4 1"], json.GetProperty("features").EnumerateArray()
            .Select(f => $"{f.GetProperty("feature").GetString()} {f.GetProperty("rank").GetInt32()} {f.GetProperty("reference_rank").GetInt32()}"));
    }

    [Theory]
    [InlineData("zip_", "attributions: no column of the reference begins with 'zip_'")]
    [InlineData("shap_a", "attributions: only the column 'shap_age' of the reference begins with 'shap_a'")]
    public void PrefixThatNamesNoRanking_IsAProblem(string prefix, string problem) =>
        Assert.StartsWith(problem, BaselineBuilder.Build([Before], Settings with { Attributions = prefix }).Problems.Single(), StringComparison.Ordinal);

    [Fact]
    public void TextIsNoAttribution() => Assert.Equal(
        ["attributions: column 'shap_text' is utf8, which is no number"],
        BaselineBuilder.Build([new BatchBuilder().Add("shap_a", Columns.Of<double>([1])).Add("shap_text", Columns.Text(["x"])).Build()], Settings).Problems);

    [Theory]
    [InlineData("columns: { attributions: shap_ }", "wrong_kind")]
    [InlineData("columns: { attributions: { } }", "missing_key")]
    [InlineData("columns: { attributions: { prefix: shap_ } }", "baseline")] // which was built without
    [InlineData("rules: [{ statistic: attribution_ndcg, alarm: { below: 0.9 } }]", "rule_target")]
    [InlineData("rules: [{ signal: AGEP, statistic: attribution_ndcg, alarm: { below: 0.9 } }]", "rule_target")]
    [InlineData("rules: [{ statistic: attribution_ndcg, alarm: { below_baseline_by: 0.1 } }]", "bad_alarm")]
    [InlineData("rules: [{ statistic: attribution_ndcg, alarm: { calibrated: 1% } }]", "bad_alarm")]
    [InlineData("rules: [{ statistic: attribution_ndcg, alarm: { below: 0.9, confidence: 95% } }]", "bad_alarm")]
    public void Config_IsCheckedThrough(string lines, string code) => Assert.Equal(
        [code], Configs.Read(Configs.WithModel(lines), _ => BaselineLoad.Of(Configs.Employment)).Findings.Select(f => f.Code).Distinct());

    /// <summary>Without rules of its own a model with attributions has the one on their ranking.</summary>
    [Fact]
    public void Config_WatchesTheRanking()
    {
        Baseline watched = Configs.Employment with { Signals = [.. Configs.Employment.Signals, .. Baseline.Signals.Where(s => s.IsAttribution)] };
        PlanResult read = Configs.Read(Configs.WithModel("columns: { attributions: { prefix: shap_ } }"), _ => BaselineLoad.Of(watched));
        Assert.Empty(read.Findings.Where(f => f.Severity == FindingSeverity.Error));
        Rule rule = read.Plan!.Models[0].Judgement.Rules.Single(r => r.Statistic == AttributionRanking.Name);
        Assert.Equal((AlarmKind.Below, 0.9, null, null), (rule.Alarm.Kind, rule.Alarm.Value, rule.Signal, rule.Group));
        Assert.Equal(4, read.Plan.Models[0].Judgement.Baseline.Signals.Count(s => s.IsAttribution));
        Assert.Equal(read.Plan.Hash, Configs.Read(read.Effective!, _ => BaselineLoad.Of(watched)).Plan!.Hash);
    }

    private static JudgedAttributions? Judge(Batch rows) => Verdict(rows).Attributions;

    private static Verdict Verdict(Batch rows) =>
        WindowJudge.Judge(Window(rows, Baseline), new JudgementSettings("m", Baseline, ModelDefaults.RulesOfAttributions));

    private static ClosedWindow Window(Batch rows, Baseline baseline)
    {
        ICellCounter[] counters = CellCounters.ForAll(baseline.Signals, null, null);
        var counts = new List<SignalCounts>();
        foreach ((ICellCounter counter, BaselineSignal signal) in counters.Zip(baseline.Signals))
        {
            var cells = new long[signal.Layout.Cells];
            Assert.Null(counter.Bind(rows));
            counter.Count(0, rows.Rows, cells);
            counts.Add(new SignalCounts(signal.Key, signal.Layout.Key, cells));
        }

        var window = new WindowSettings("1d", new Duration(10), new Duration(10), Duration.Zero, 100);
        return new ClosedWindow(
            "m", "", window, new EventTime(0), new EventTime(10), true, new RowCount(rows.Rows), RowCount.Zero, WindowCounts.BySignal([.. counts]));
    }

    // Attributions of either sign, the sizes of each exponential with that mean.
    private static Batch Rows(int rows, int seed, params double[] means)
    {
        var random = new Random(seed);
        BatchBuilder batch = new BatchBuilder().Add("age", Columns.Of<double>([.. Enumerable.Range(0, rows).Select(_ => (double?)random.NextDouble())]));
        foreach ((string feature, double mean) in Features.Zip(means))
        {
            batch.Add(feature, Columns.Of<double>([.. Enumerable.Range(0, rows)
                .Select(_ => (double?)(-mean * Math.Log(1 - random.NextDouble()) * (random.Next(2) == 0 ? 1 : -1)))]));
        }

        return batch.Build();
    }

    private static double[] Means(Batch rows) => [.. Features.Select(f => ColumnNumbers.Float64(rows.Find(f)!).ToArray().Average(Math.Abs))];
}
