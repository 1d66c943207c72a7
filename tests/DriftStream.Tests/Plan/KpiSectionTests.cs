using DriftStream.Judging;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>What a config says of KPIs.</summary>
public sealed class KpiSectionTests
{
    private const string Labelled = "columns: { score: predicted_probability, decision: prediction, label: employed }",
        Costs = "goal: { text: x, value_per_row: 3, false_positive: 5, false_negative: 9, unit: EUR }";

    [Theory]
    [InlineData("[]", "no_kpi")]
    [InlineData("[conversion]", "wrong_kind")]
    [InlineData("[{ statistic: mean, signal: AGEP, at_least: 3 }]", "missing_key")]
    [InlineData("[{ id: a, at_least: 3 }]", "missing_key")]
    [InlineData("[{ id: \"a b\", statistic: mean, signal: AGEP, at_least: 3 }]", "bad_id")]
    [InlineData("[{ id: a, statistic: maen, signal: AGEP, at_least: 3 }]", "unknown_statistic")]
    [InlineData("[{ id: a, statistic: psi, signal: AGEP, at_most: 3 }]", "unknown_statistic")]
    [InlineData("[{ id: a, statistic: mean, at_least: 3 }]", "rule_target")]
    [InlineData("[{ id: a, statistic: mean, signal: \"*\", at_least: 3 }]", "rule_target")]
    [InlineData("[{ id: a, statistic: mean, signal: AGE, at_least: 3 }]", "not_in_baseline")]
    [InlineData("[{ id: a, statistic: mean, signal: SEX, at_least: 3 }]", "rule_target")]
    [InlineData("[{ id: a, statistic: mean, signal: AGEP, cells: [\"1\"], at_least: 3 }]", "rule_target")]
    [InlineData("[{ id: a, statistic: share, signal: SEX, at_least: 30% }]", "rule_target")]
    [InlineData("[{ id: a, statistic: share, signal: SEX, cells: [\"3\"], at_least: 30% }]", "not_in_baseline")]
    [InlineData("[{ id: a, statistic: share, signal: SEX, cells: [\"1\"], at_least: 30 }]", "out_of_range")]
    [InlineData("[{ id: a, statistic: share, signal: SEX, cells: [\"1\"] }]", "bad_target")]
    [InlineData("[{ id: a, statistic: share, signal: SEX, cells: [\"1\"], at_least: 30%, at_most: 40% }]", "bad_target")]
    [InlineData("[{ id: a, statistic: share, signal: SEX, cells: [\"1\"], at_least: 30%, unit: EUR }]", "bad_goal")]
    [InlineData("[{ id: a, statistic: share, signal: SEX, cells: [\"1\"], at_least: 30%, value_per_row: 2 }]", "bad_goal")]
    [InlineData("[{ id: a, statistic: mean, signal: AGEP, at_least: 3 }, { id: a, statistic: mean, signal: AGEP, at_most: 9 }]", "duplicate_id")]
    [InlineData("[{ id: a, statistic: recall, at_least: 70% }]", "rule_target")] // it has no label
    [InlineData("[{ id: a, statistic: recall, signal: AGEP, at_least: 70% }]", "rule_target")]
    [InlineData("[{ id: a, statistic: cost_per_row, at_most: 2 }]", "bad_goal")]
    public void Kpis_AreCheckedThrough(string kpis, params string[] codes) => Assert.Equal(codes, Codes(Configs.WithModel($"kpis: {kpis}")));

    [Theory]
    [InlineData("[{ id: a, statistic: recall, at_least: 70% }, { id: b, statistic: cost_per_row, at_most: 2 }]")]
    [InlineData("[{ id: a, statistic: cost_per_row, at_most: 2, unit: EUR }]", "bad_goal")]
    [InlineData("[{ id: a, statistic: roc_auc, at_least: 0.7, value_per_row: 2, unit: EUR }]", "bad_goal")]
    [InlineData("[{ id: a, statistic: ece, at_most: 0.1 }]", "bad_target")]
    public void KpisOfLabels_AreCheckedThrough(string kpis, params string[] codes) =>
        Assert.Equal(codes, Codes(Configs.WithModel($"kpis: {kpis}|{Labelled}|{Costs}")));

    /// <summary>
    /// What a row is worth is said by the KPI, else by the goal where the KPI is a share; a worker that reads the plan from its topic has the same.
    /// </summary>
    [Fact]
    public void Worth_IsThatOfTheGoal_UnlessTheKpiSaysOtherwise()
    {
        PlanResult read = Configs.Read(Configs.WithModel(
            "kpis:|  - { id: a, statistic: share, signal: SEX, cells: [\"1\"], at_least: 30% }"
            + "|  - { id: b, statistic: share, signal: SEX, cells: [\"1\"], at_least: 30%, value_per_row: 7, unit: USD }"
            + "|  - { id: c, statistic: mean, signal: AGEP, at_most: 40, unit: EUR }|  - { id: d, statistic: mean, signal: AGEP, at_most: 40 }"
            + $"|  - {{ id: e, statistic: cost_per_row, at_most: 2 }}|{Labelled}|{Costs}"));
        Assert.Empty(read.Findings.Where(f => f.Severity == FindingSeverity.Error));
        Kpi[] kpis = [.. read.Plan!.Models[0].Judgement.Kpis];
        Assert.Equal(["3 EUR", "7 USD", "1 EUR", " ", "1 EUR"], kpis.Select(k => $"{k.ValuePerRow} {k.Unit}"));
        Assert.Equal(read.Plan.Hash, Configs.Read(read.Effective!).Plan!.Hash);
        DriftPlan adopted = PlanDocument.Read(PlanDocument.Of(read.Plan).Text)!.Adopt(
            read.Plan, part => PlanDocument.PartsOf(read.Plan.Models[0]).First(b => b.Hash == part), 0, 0, out _)!;
        Assert.Equal(kpis.Select(Text), adopted.Models[0].Judgement.Kpis.Select(Text));

        static string Text(Kpi kpi) => $"{kpi with { Rule = kpi.Rule with { Cells = null } }} {string.Join(',', kpi.Rule.Cells ?? [])}";
    }

    /// <summary>Where labels come later, KPIs of labels are told of the windows that are joined, all others of the rows as they came.</summary>
    [Fact]
    public void KpisOfLabels_AreToldWhenLabelsCome()
    {
        DriftPlan plan = Configs.Read(Configs.Text("every-key.yaml")).Plan!;
        ModelPlan model = plan.Models.Single(m => m.Id == "first");
        Assert.Equal(["approved,age", "loss", "loss"], model.Judged().Select(m => string.Join(',', m.Judgement.Kpis.Select(k => k.Id))));
    }

    /// <summary>What is near in letters is another thing: an estimate is told as one, with what labels say of the same.</summary>
    [Theory]
    [InlineData("estimated_recall", "estimated before labels come", "'recall'")]
    [InlineData("estimated_roc_auc", "estimated before labels come", "'roc_auc'")]
    [InlineData("recal", "is no KPI", "'recall'")]
    public void Statistic_ThatIsNoKpi_IsToldWithWhatIsNearInMeaning(string statistic, string why, string near)
    {
        Finding found = Configs.Read(Configs.WithModel($"kpis: [{{ id: a, statistic: {statistic}, at_least: 70% }}]|{Labelled}")).Findings
            .Single(f => f.Code == "unknown_statistic");
        Assert.Contains(why, found.Message, StringComparison.Ordinal);
        Assert.Contains(near, found.Hint, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Codes(string config) => Configs.Read(config).Findings.Select(f => f.Code);
}
