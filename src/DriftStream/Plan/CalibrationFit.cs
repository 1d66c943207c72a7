using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Plan;

/// <summary>Whether a model, and its baseline, have what a rule on calibration within groups asks for.</summary>
internal static class CalibrationFit
{
    /// <summary>Reports why a rule can never be judged, or not compared with the baseline.</summary>
    /// <param name="model">The model.</param>
    /// <param name="at">Where the rule names its group.</param>
    /// <param name="rule">A rule on <see cref="GroupCalibration.Name"/>.</param>
    /// <param name="selected">What the model watches of its baseline.</param>
    /// <param name="findings">Where it is reported.</param>
    public static void Check(WrittenModel model, ConfigNode at, Rule rule, ImmutableArray<BaselineSignal> selected, FindingList findings)
    {
        string[] groups =
        [
            .. selected.Where(s => s.Role == SignalRole.Group && (rule.Group == RuleSection.All || rule.Group == s.Name)).Select(s => s.Name),
        ];
        if (groups.Length == 0) return;
        ModelColumns columns = model.Policy.Columns;
        if ((columns.Score is null ? "score" : columns.Label is null ? "label" : null) is { } lacks)
        {
            findings.Error(at, "rule_target",
                $"{rule.Statistic} of '{model.Id}' can never be judged: the model has no {lacks}", $"columns: {{ {lacks}: COLUMN }}");
            return;
        }

        foreach (string group in groups)
        {
            if (selected.FirstOrDefault(s => s.Role == SignalRole.Calibration && s.Name == group) is not { } table)
            {
                findings.Error(at, "rule_target",
                    $"{rule.Statistic} needs scores by label and group, and the baseline of '{model.Id}' was counted without those of '{group}'", null,
                    "build it again with this configuration: driftstream baseline build");
                continue;
            }

            ImmutableArray<GroupBias> by = GroupCalibration.Of(table.Layout, table.Counts.AsSpan());
            if (by.Any(g => g is { Rows: > 0, Bias: null }))
            {
                findings.Error(at, "rule_target",
                    $"{rule.Statistic} of '{model.Id}' can never be judged: it is of probabilities, and the baseline has scores that are not between 0 and 1",
                    "equal_opportunity_difference or accuracy_difference, which are of decisions");
                return;
            }

            if (!rule.Alarm.Form.IsOfValue && GroupCalibration.Difference(by, 1, null) is null)
            {
                findings.Error(at, "rule_target",
                    $"{rule.Statistic} of '{model.Id}' can never be compared: the baseline has labels of fewer than two values of '{group}'",
                    "above or below");
            }
        }
    }
}
