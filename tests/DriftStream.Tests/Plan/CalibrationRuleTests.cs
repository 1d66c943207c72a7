using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>Rules on calibration within groups: what they need, and that nothing is counted for models that have none.</summary>
public sealed class CalibrationRuleTests
{
    private const string Columns = "columns: { score: predicted_probability, decision: prediction, label: employed, groups: [SEX, RAC1P] }",
        Rule = "rules: [{ group: SEX, statistic: calibration_difference, alarm: { above: 0.05, confidence: 95% } }]";

    [Theory]
    [InlineData(Rule, "calibration:SEX")]
    [InlineData("rules: [{ group: \"*\", statistic: calibration_difference, alarm: { above_baseline_by: 0.05 } }]", "calibration:SEX,calibration:RAC1P")]
    [InlineData("rules: [{ group: SEX, statistic: accuracy_difference, alarm: { above: 0.05 } }]", "")]
    public void OnlyGroupsThatARuleNames_AreCountedSo_AndThePlanReadsBack(string rules, string tables)
    {
        var asked = new List<BaselineRequest>();
        PlanResult result = Configs.Read(Configs.WithModel($"{Columns}|{rules}"), request =>
        {
            asked.Add(request);
            return Configs.Load(request);
        });
        Assert.Empty(result.Findings);
        Assert.Equal(tables, Tables(result.Plan!));
        Assert.Equal(tables, string.Join(",", asked.Single().Settings.Calibrated.Select(g => "calibration:" + g.Single())));
        PlanDocument read = PlanDocument.Read(PlanDocument.Of(result.Plan!).Text)!;
        Assert.Equal(PlanDocument.Of(result.Plan!).Text, read.Text);

        static string Tables(DriftPlan plan) =>
            string.Join(",", plan.Models[0].Counting.Signals.Where(s => s.Role == SignalRole.Calibration).Select(s => s.Key));
    }

    [Fact]
    public void OfLabelsThatComeLater_ItIsAskedOnceTheyHave()
    {
        const string later = "sources: [{ topic: a }, { topic: b, provides: [label] }]|labels: { within: 9d, judge_at: [2d] }";
        string columns = Columns.Replace("columns: {", "columns: { id: row, time: at,", StringComparison.Ordinal)
            .Replace("label: employed", "label: { column: employed, time: known_at }", StringComparison.Ordinal);
        string text = Configs.WithModel($"{columns}|{Rule}|{later}")
            .Replace("    sources: [{ topic: employment.predictions }]\n", "", StringComparison.Ordinal);
        PlanResult result = Configs.Read(text);
        Assert.DoesNotContain(result.Findings, f => f.Severity == FindingSeverity.Error);
        ModelPlan model = result.Plan!.Models[0];
        CountedModel counted = model.CountingOf("a");
        Assert.DoesNotContain(counted.Signals, s => s.Role == SignalRole.Calibration);
        Assert.Contains(counted.Joined, s => s.Key == "calibration:SEX");
        ModelPlan[] judged = [.. model.Judged()];
        Assert.Equal([0, 1], judged.Select(m => m.Judgement.Rules.Count(r => r.Statistic == "calibration_difference")));
        Assert.Equal([0, 1], judged.Select(m => m.Judgement.Baseline.Signals.Count(s => s.Role == SignalRole.Calibration)));
    }

    [Theory]
    [InlineData("columns: { decision: prediction, label: employed, groups: [SEX] }", "", "rule_target", "can never be judged: the model has no score")]
    [InlineData("columns: { score: predicted_probability, decision: prediction, groups: [SEX] }", "", "rule_target",
        "can never be judged: the model has no label")]
    [InlineData("columns: { score: predicted_probability, decision: prediction, groups: [SEX], label: { column: employed, kind: number } }", "", "rule_target",
        "is of labels that are positive or not")]
    [InlineData(Columns, ", reference: \"1\"", "rule_target", "rules[0]: calibration_difference compares all groups with each other")]
    [InlineData(Columns, ", convention: exact", "unknown_convention", "calibration_difference has no convention")]
    [InlineData(Columns, ", urgent: true", "rule_target", "a rule of groups is not urgent")]
    public void WhatItCannotBeOf_IsSaid(string columns, string more, string code, string message)
    {
        string rule = Rule.Replace("95% } }", "95% }" + more + " }", StringComparison.Ordinal);
        Finding finding = Assert.Single(Configs.Read(Configs.WithModel($"{columns}|{rule}")).Findings);
        Assert.Equal(code, finding.Code);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ signal: AGEP, statistic: calibration_difference, alarm: { above: 0.05 } }", "is a statistic of groups")]
    [InlineData("{ group: SEX, statistic: calibration_difference, alarm: { above: 2.5 } }", "2")]
    [InlineData("{ group: SEX, statistic: calibration_difference, alarm: { trend: cusum } }", "")]
    [InlineData("{ group: AGEP, statistic: calibration_difference, alarm: { above: 0.05 } }", "no group 'AGEP'")]
    public void Mistakes_AreErrors(string rule, string message) =>
        Assert.Contains(Configs.Read(Configs.WithModel($"{Columns}|rules: [{rule}]")).Findings,
            f => f.Severity == FindingSeverity.Error && f.Message.Contains(message, StringComparison.Ordinal));

    [Fact]
    public void BaselineWithoutIt_MustBeBuiltAgain()
    {
        PlanResult result = Configs.Read(Configs.WithModel($"{Columns}|{Rule}"), _ => BaselineLoad.Of(Configs.Employment));
        Finding finding = Assert.Single(result.Findings);
        Assert.Equal("calibration_difference needs scores by label and group, "
            + "and the baseline of 'employment' was counted without those of 'SEX'", finding.Message);
        Assert.Contains("driftstream baseline build", finding.Hint, StringComparison.Ordinal);
    }
}
