using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Plan;

/// <summary>Whether a model, and its baseline, have what a rule on the errors of groups asks for, or one on their decisions where nothing is decided.</summary>
internal static class GroupErrorFit
{
    private const string Differences = "mae_difference, rmse_difference or bias_difference";

    /// <summary>Whether the model decides nothing and the rule is of decisions, which is then reported.</summary>
    public static bool LacksDecision(WrittenModel model, ConfigNode at, Rule rule, FindingList findings)
    {
        bool isOfDecisions = StatisticCatalog.OfGroups(rule.Statistic) is { Rates.IsEmpty: false };
        if (!isOfDecisions || model.Policy.Columns is not { Decision: null, Groups.Length: > 0 }) return false;
        findings.Error(at, "rule_target", $"{rule.Statistic} of '{model.Id}' can never be judged: the model has no decision", Differences,
            "of groups without a decision, errors of labels that are numbers are compared");
        return true;
    }

    /// <summary>Reports why a rule can never be judged, or not compared with the baseline.</summary>
    /// <param name="model">The model.</param>
    /// <param name="at">Where the rule names its group.</param>
    /// <param name="rule">A rule on a statistic that compares errors of groups.</param>
    /// <param name="of">Which metric it compares.</param>
    /// <param name="selected">What the model watches of its baseline.</param>
    /// <param name="findings">Where it is reported.</param>
    public static void Check(WrittenModel model, ConfigNode at, Rule rule, ErrorOf of, ImmutableArray<BaselineSignal> selected, FindingList findings)
    {
        ModelColumns columns = model.Policy.Columns;
        string[] known = [.. columns.Groups.Select(BaselineBuilder.GroupName)];
        string[] groups = [.. known.Where(g => rule.Group == RuleSection.All || rule.Group == g)];
        if (groups.Length == 0 && rule.Group == RuleSection.All) return;
        if (groups.Length == 0)
        {
            findings.Error(at, "not_in_baseline", $"'{model.Id}' has no group '{rule.Group}'", string.Join(", ", known), Spelling.Hint(rule.Group!, known));
            return;
        }

        if (Lacks(model) is var (message, expected))
        {
            findings.Error(at, "rule_target", $"{rule.Statistic} of '{model.Id}' can never be judged: {message}", expected);
            return;
        }

        foreach (string group in groups)
        {
            if (selected.FirstOrDefault(s => s.Role == SignalRole.GroupResiduals && s.Name == group) is { } table) Check(model, at, rule, of, table, findings);
            else
            {
                findings.Error(at, "rule_target",
                    $"{rule.Statistic} needs residuals by group, and the baseline of '{model.Id}' was counted without those of '{group}'", null,
                    "build it again with this configuration: driftstream baseline build");
            }
        }
    }

    private static (string Message, string Expected)? Lacks(WrittenModel model)
    {
        ModelColumns columns = model.Policy.Columns;
        if (columns.Label is null) return ("the model has no label", "columns: { label: { column: NAME, kind: number } }");
        if (columns.LabelKind != LabelKind.Number)
            return ($"it is of labels that are numbers, and its own are of the kind {ColumnSection.KindWord(columns.LabelKind)}",
                "accuracy_difference or equal_opportunity_difference, which are of decisions");
        return columns.Score is null ? ("the model has no score", "columns: { score: COLUMN }") : null;
    }

    private static void Check(WrittenModel model, ConfigNode at, Rule rule, ErrorOf of, BaselineSignal table, FindingList findings)
    {
        string[] values = [.. table.Layout.Slices.Select(s => s[0])];
        if (rule.Reference is { } reference and not (GroupDisparity.Best or GroupDisparity.Largest) && !values.Contains(reference))
            findings.Error(at, "not_in_baseline", $"the baseline of '{model.Id}' has no value of the group {table.Name} '{reference}'",
                string.Join(", ", values), Spelling.Hint(reference, values));
        else if (!rule.Alarm.Form.IsOfValue
            && GroupErrors.Difference(GroupErrors.Of(table.Layout, table.Counts.AsSpan(), of), 1, null, rule.Reference) is null)
            findings.Error(at, "rule_target",
                $"{rule.Statistic} of '{model.Id}' can never be compared: the baseline has labels of fewer than two values of '{table.Name}'",
                "above or below");
    }
}
