using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>Labels that are numbers or classes, in configurations: what goes with them, what does not, and what remains of them in a plan.</summary>
public sealed class LabelKindTests
{
    private const string Number = "columns: { score: predicted_probability, label: { column: employed, kind: number } }",
        Class = "columns: { decision: prediction, label: { column: employed, kind: class } }";

    [Theory]
    [InlineData(Number, "mae", "above: 2.5, confidence: 95%", "")]
    [InlineData(Number, "bias", "below: -0.5", "")]
    [InlineData(Number, "residual_q95", "above_baseline_by: 3, confidence: 99%", "")]
    [InlineData(Class, "cohen_kappa", "below: 0.4", "")]
    [InlineData(Class, "accuracy", "detector: ddm", "")]
    [InlineData(Class, "recall", "below: 0.6", ", class: \"1\"")]
    public void Rules_GoWithTheirLabels(string columns, string statistic, string alarm, string more) =>
        Assert.Empty(Configs.Read(Configs.WithModel($"{columns}|rules: [{{ statistic: {statistic}, alarm: {{ {alarm} }}{more} }}]")).Findings);

    [Theory]
    [InlineData(Number, "recall", "below: 0.6", "", "rule_target", "it is of labels of the kind binary or class, and these are of the kind number")]
    [InlineData(Number, "accuracy", "detector: ddm", "", "rule_target", "these are of the kind number")]
    [InlineData(Number, "estimated_accuracy", "below: 0.6", "", "rule_target", "what is estimated before labels is of labels that are positive or not")]
    [InlineData(Number, "recall", "below: 0.6", ", class: \"1\"", "rule_target", "it is of labels of the kind binary or class")]
    [InlineData(Number, "mae", "above: 1", ", class: \"1\"", "rule_target", "mae is not of one class")]
    [InlineData(Number, "mae", "above: -1", "", "out_of_range", "")]
    [InlineData(Class, "mae", "above: 1", "", "rule_target", "it is of labels of the kind number, and these are of the kind class")]
    [InlineData(Class, "recall", "below: 0.6", "", "rule_target", "it is of one class against the rest, and no class is named")]
    [InlineData(Class, "recall", "below: 0.6", ", class: \"7\"", "not_in_baseline", "has no class '7'")]
    [InlineData(Class, "roc_auc", "below: 0.6", "", "rule_target", "it is of labels of the kind binary, and these are of the kind class")]
    [InlineData("columns: { decision: prediction, label: employed }", "recall", "below: 0.6", ", class: \"1\"", "rule_target",
        "labels of the kind binary have no classes")]
    public void Rules_OfOtherLabels_AreRefused(string columns, string statistic, string alarm, string more, string code, string message)
    {
        Finding finding = Assert.Single(
            Configs.Read(Configs.WithModel($"{columns}|rules: [{{ statistic: {statistic}, alarm: {{ {alarm} }}{more} }}]")).Findings);
        Assert.Equal(code, finding.Code);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("columns: { score: s, label: { column: y, kind: number, positive: \"1\" } }", "label_kind", "is neither positive nor negative")]
    [InlineData("columns: { decision: d, label: { column: y, kind: class, positive: a } }", "label_kind", "is neither positive nor negative")]
    [InlineData("columns: { decision: d, label: { column: y, kind: number } }", "label_kind", "there is no score: it is predicted by the score")]
    [InlineData("columns: { score: s, label: { column: y, kind: class } }", "label_kind", "there is no decision: the decision is one of its classes")]
    [InlineData("columns: { score: s, label: { column: y, kind: real } }", "bad_choice", "")]
    [InlineData(Number + "|goal: { text: x, false_positive: 1, false_negative: 2, unit: EUR }", "bad_goal", "its labels are of the kind number")]
    [InlineData("columns: { score: predicted_probability, decision: prediction, groups: [SEX], label: { column: employed, kind: number } }"
        + "|rules: [{ group: SEX, statistic: equal_opportunity_ratio, alarm: { below: 0.8 } }]", "rule_target", "is of labels that are positive or not")]
    public void WhatDoesNotGoWithThem_IsSaid(string lines, string code, string message)
    {
        Finding finding = Assert.Single(Configs.Read(Configs.WithModel(lines)).Findings, f => f.Code == code);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    /// <summary>KPIs are of what labels there are, too.</summary>
    [Theory]
    [InlineData(Number, "statistic: mae, at_most: 2.5", null, "")]
    [InlineData(Class, "statistic: recall, class: \"1\", at_least: 60%", null, "")]
    [InlineData(Number, "statistic: accuracy, at_least: 60%", "rule_target", "can never be told: it is of labels of the kind binary or class")]
    [InlineData(Class, "statistic: recall, at_least: 60%", "rule_target", "no class is named")]
    [InlineData(Class, "statistic: recall, class: \"7\", at_least: 60%", "not_in_baseline", "has no class '7'")]
    [InlineData(Number, "statistic: mae, class: \"1\", at_most: 1", "rule_target", "mae is not of one class")]
    public void Kpis_AreOfTheirLabels(string columns, string kpi, string? code, string message)
    {
        Finding[] findings = [.. Configs.Read(Configs.WithModel($"{columns}|kpis: [{{ id: k, {kpi} }}]")).Findings];
        Assert.Equal(code, findings.SingleOrDefault()?.Code);
        Assert.Contains(message, findings.SingleOrDefault()?.Message ?? "", StringComparison.Ordinal);
    }

    /// <summary>Rules for many models are silent of those whose labels they are not of, which is a warning.</summary>
    [Fact]
    public void Defaults_AreSilentOfOtherLabels()
    {
        string text = Configs.WithFile("defaults: { rules: [{ statistic: recall, alarm: { below: 0.7 } }] }") + $"    {Number}\n";
        PlanResult shared = Configs.Read(text);
        Assert.NotNull(shared.Plan);
        Assert.Contains("these are of the kind number", Assert.Single(shared.Findings, f => f.Code == "rule_silent").Message, StringComparison.Ordinal);
    }

    /// <summary>Whoever runs the plan of the log counts as the one whose file it was: rows and labels, in one topic and in two.</summary>
    [Theory]
    [InlineData(Number, LabelKind.Number, 2), InlineData(Class, LabelKind.Class, 1)]
    public void Plan_KeepsTheKind(string columns, LabelKind kind, int joined)
    {
        string later = columns.Replace("columns: {", "columns: { id: row,", StringComparison.Ordinal)
            + "|labels: { within: 9d }|sources: [{ topic: a }, { topic: b, provides: [label] }]";
        string text = Configs.WithModel(later).Replace("    sources: [{ topic: employment.predictions }]\n", "", StringComparison.Ordinal);
        DriftPlan plan = Configs.Read(text).Plan!;
        PlanDocument document = PlanDocument.Of(plan);
        DriftPlan adopted = PlanDocument.Read(document.Text)!.Adopt(
            plan, hash => PlanDocument.PartsOf(plan.Models[0]).FirstOrDefault(p => p.Hash == hash), 1, 1, out _)!;
        foreach (DriftPlan of in (DriftPlan[])[plan, adopted])
        {
            CountedModel predictions = of.Counting.Sources["a"].Models.Single(), labels = of.Counting.Sources["b"].Models.Single();
            Assert.Equal((kind, kind), (predictions.LabelKind, labels.LabelKind));
            Assert.Equal((joined, joined), (predictions.Joined.Length, labels.Joined.Length));
            // Nothing is known of rows whose labels are still to come, and nothing of them is counted for that.
            Assert.DoesNotContain(predictions.Signals, JoinedSignals.IsOfLabelsAlone);
        }

        Assert.Contains($"\"label_kind\":\"{kind}\"", document.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("label_kind", PlanDocument.Of(Configs.Read(Configs.Text("minimal.yaml")).Plan!).Text, StringComparison.Ordinal);
    }
}
