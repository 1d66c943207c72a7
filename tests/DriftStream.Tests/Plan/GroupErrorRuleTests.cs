using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>Rules on the errors of groups: what they need, and that nothing is counted for models that have none.</summary>
public sealed class GroupErrorRuleTests
{
    private const string Columns = "columns: { score: predicted_probability, label: { column: employed, kind: number }, groups: [SEX, RAC1P] }",
        Rule = "rules: [{ group: SEX, statistic: mae_difference, alarm: { above: 0.5, confidence: 95% } }]";

    /// <summary>A model that predicts a number needs no decision.</summary>
    [Theory]
    [InlineData(Rule, "residuals:SEX")]
    [InlineData("rules: [{ group: \"*\", statistic: bias_difference, alarm: { above_baseline_by: 0.5 } }]", "residuals:SEX,residuals:RAC1P")]
    [InlineData("rules: [{ group: SEX, statistic: rmse_difference, reference: \"1\", alarm: { above: 0.5 } }]", "residuals:SEX")]
    [InlineData("rules: [{ statistic: mae, alarm: { above: 0.5 } }]", "")]
    public void OnlyGroupsThatARuleNames_AreCountedSo_AndThePlanReadsBack(string rules, string tables)
    {
        PlanResult result = Configs.Read(Configs.WithModel($"{Columns}|{rules}"));
        Assert.Empty(result.Findings);
        Assert.Equal(tables, string.Join(",", result.Plan!.Models[0].Counting.Signals.Where(s => s.Role == SignalRole.GroupResiduals).Select(s => s.Key)));
        PlanDocument read = PlanDocument.Read(PlanDocument.Of(result.Plan).Text)!;
        Assert.Equal(PlanDocument.Of(result.Plan).Text, read.Text);
    }

    [Theory]
    [InlineData("columns: { decision: prediction, label: employed, groups: [SEX] }",
        "can never be judged: it is of labels that are numbers, and its own are of the kind binary")]
    [InlineData("columns: { score: predicted_probability, decision: prediction, groups: [SEX] }", "can never be judged: the model has no label")]
    public void WhatItCannotBeOf_IsSaid(string columns, string message)
    {
        Finding finding = Assert.Single(Configs.Read(Configs.WithModel($"{columns}|{Rule}")).Findings);
        Assert.Equal("rule_target", finding.Code);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ group: SEX, statistic: bias_difference, reference: \"1\", alarm: { above: 0.5 } }", "bias_difference compares all groups with each other")]
    [InlineData("{ group: SEX, statistic: mae_difference, reference: \"7\", alarm: { above: 0.5 } }", "has no value of the group SEX '7'")]
    [InlineData("{ group: RACE, statistic: mae_difference, alarm: { above: 0.5 } }", "has no group 'RACE'")]
    [InlineData("{ signal: AGEP, statistic: mae_difference, alarm: { above: 0.5 } }", "is a statistic of groups")]
    [InlineData("{ group: SEX, statistic: demographic_parity_ratio, alarm: { below: 0.8 } }",
        "demographic_parity_ratio of 'employment' can never be judged: the model has no decision")]
    public void Mistakes_AreErrors(string rule, string message) =>
        Assert.Contains(Configs.Read(Configs.WithModel($"{Columns}|rules: [{rule}]")).Findings,
            f => f.Severity == FindingSeverity.Error && f.Message.Contains(message, StringComparison.Ordinal));

    /// <summary>Of labels that come later joiners count them: a prediction brings its group, which nothing else may need, and a label none.</summary>
    [Fact]
    public void OfLabelsThatComeLater_JoinersCountThem()
    {
        string columns = Columns.Replace("columns: {", "columns: { id: row, time: at,", StringComparison.Ordinal)
            .Replace("kind: number }", "kind: number, time: known_at }", StringComparison.Ordinal);
        string text = Configs.WithModel($"{columns}|{Rule}|sources: [{{ topic: a }}, {{ topic: b, provides: [label] }}]|labels: {{ within: 9d }}")
            .Replace("    sources: [{ topic: employment.predictions }]\n", "", StringComparison.Ordinal);
        PlanResult result = Configs.Read(text);
        Assert.DoesNotContain(result.Findings, f => f.Severity == FindingSeverity.Error);
        CountedModel predictions = result.Plan!.Counting.Sources["a"].Models.Single(), labels = result.Plan.Counting.Sources["b"].Models.Single();
        Assert.Contains(predictions.Joined, s => s.Key == "residuals:SEX");
        Assert.DoesNotContain(predictions.Signals, s => s.Role == SignalRole.GroupResiduals);
        Assert.Equal((true, false), (Reads(predictions), Reads(labels)));
        ModelPlan[] judged = [.. result.Plan.Models[0].Judged()];
        Assert.Equal(["employment", "employment@9d"], judged.Select(j => j.Id));
        Assert.Equal([0, 1], judged.Select(j => j.Judgement.Rules.Length));
        Assert.Equal([false, true], judged.Select(j => j.Judgement.Baseline.Signals.Any(s => s.Key == "residuals:SEX")));

        // Whatever else is watched: where the group is no feature, no other signal has it.
        static bool Reads(CountedModel model) =>
            CountedColumns.Of(model with { Signals = [.. model.Signals.Where(s => !s.Columns.Contains("SEX"))] }, null).Any(c => c.Name == "SEX");
    }

    [Fact]
    public void BaselineWithoutIt_MustBeBuiltAgain()
    {
        PlanResult result = Configs.Read(Configs.WithModel($"{Columns}|{Rule}"), request => Configs.Load(
            request with { Settings = request.Settings with { Calibrated = [] } }));
        Finding finding = Assert.Single(result.Findings);
        Assert.Equal("mae_difference needs residuals by group, and the baseline of 'employment' was counted without those of 'SEX'", finding.Message);
        Assert.Contains("driftstream baseline build", finding.Hint, StringComparison.Ordinal);
    }
}
