using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>Reads <c>false_alarms:</c>, how many false episodes a model may have, and makes of it the level of its calibrated rules.</summary>
/// <param name="Number">How many.</param>
/// <param name="Per">In so long.</param>
/// <param name="At">Where the config says it.</param>
internal sealed record FalseAlarms(long Number, Duration Per, ConfigNode At)
{
    private const string Key = "false_alarms", Expected = "so many in so long: 1 per 30d";

    private const double MostLevel = 0.05, LeastLevel = 1e-9;

    /// <summary>What a model says, or else what <c>defaults:</c> say and a model without rules of its own takes.</summary>
    public static FalseAlarms? Read(ConfigMap model, FalseAlarms? otherwise)
    {
        if (model.Find(Key) is not { } at) return model.Has("rules") ? null : otherwise;
        if (model.Values.Text(at, model.Of(Key)) is not { } text) return otherwise;
        if (Quantity.TryPace(text, out long count, out Duration length) && count <= PlanLimits.MostFalseAlarms && length <= PlanLimits.LongestDuration)
            return new FalseAlarms(count, length, at);
        model.Findings.Error(at, "bad_false_alarms", $"{model.Of(Key)}: {at.Described} is no number in a time", Expected);
        return otherwise;
    }

    /// <summary>The model with its calibrated rules at this level; rules of its own must have it.</summary>
    public WrittenModel Apply(WrittenModel model, Baseline baseline, FindingList findings)
    {
        ModelPolicy policy = model.Policy;
        int signals = baseline.Signals.Where(s => policy.Rules.Any(r => Calibrates(r.Rule, s)))
            .Sum(s => s.Role == SignalRole.Slice ? s.Layout.Slices.Length : 1 + model.Further.Length);
        if (signals == 0)
        {
            findings.Error(At, Key, $"{Key} of '{model.Id}': no calibrated rule looks at a signal", "calibrated rules, or no " + Key);
            return model;
        }

        double level = Level(signals, policy.Windows, policy.Fire);
        if (!policy.OwnRules) return model with { Policy = policy with { Rules = [.. policy.Rules.Select(r => Leveled(r, level))] } };
        foreach (WrittenRule rule in policy.Rules.Where(r => r.Rule.Alarm.Form.IsCalibrated && r.Rule.Alarm.Value != level))
        {
            string says = $"a rule on {rule.Rule.Statistic} says {Quantity.Rate(rule.Rule.Alarm.Value)}";
            findings.Error(At, Key, $"{Key} of '{model.Id}' makes the level {Quantity.Rate(level)}, and {says}",
                $"calibrated: {Quantity.Rate(level)}, or no {Key}", "rules that are written keep their own level");
        }

        return model;
    }

    /// <summary>
    /// The level q at which W windows of m signals have F false episodes, where k of n windows must speak: F = W m C(n, k) (q / m)^k, at most 5 %. Of 2 of 3
    /// it is sqrt(F m / (3 W)). To three digits, so that it is the same on every machine.
    /// </summary>
    /// <param name="signals">m, of slices and of further baselines each.</param>
    /// <param name="windows">All windows of the model.</param>
    /// <param name="fire">k and n.</param>
    public double Level(int signals, ImmutableArray<WindowSettings> windows, FireSettings fire)
    {
        double looks = windows.Sum(w => Per / (double)w.Every), ways = 1;
        for (int i = 1; i <= fire.After; i++) ways *= (fire.Of - fire.After + i) / (double)i;
        double level = signals * Math.Pow(Number / (looks * signals * ways), 1.0 / fire.After);
        string digits = Math.Clamp(level, LeastLevel, MostLevel).ToString("G3", CultureInfo.InvariantCulture);
        return double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, FalseAlarms? dial)
    {
        if (dial is not null) yaml.Line(Key, $"{Quantity.Digits(dial.Number)} per {Quantity.Duration(dial.Per)}");
    }

    private static bool Calibrates(Rule rule, BaselineSignal signal) =>
        !signal.IsTable && rule.Alarm.Form.IsCalibrated
        && (rule.Signal == RuleSection.All || rule.Signal == signal.Name)
        && StatisticCatalog.Find(rule.Statistic, rule.Convention, signal.Role == SignalRole.Slice ? signal.Layout.Inner! : signal.Layout) is not null;

    private static WrittenRule Leveled(WrittenRule written, double level)
    {
        if (!written.Rule.Alarm.Form.IsCalibrated) return written;
        Rule rule = written.Rule with { Id = "", Alarm = written.Rule.Alarm with { Value = level } };
        return written with { Rule = rule with { Id = RuleIdentity.RuleId(rule) } };
    }
}
