using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Plan;

/// <summary>A rule, and where it names what it looks at; null for a rule that nobody wrote.</summary>
internal readonly record struct WrittenRule(Rule Rule, ConfigNode? Target);

/// <summary>Reads <c>rules:</c>.</summary>
internal static class RuleSection
{
    /// <summary>Stands for every signal, or every group.</summary>
    public const string All = "*";

    private const double LeastMeanShift = 0.1, LeastRateDifference = 0.05, LeastCorrelationShift = 0.1;

    // Half of the rows: no population does that, whatever the cycles of the day, and 30 rows cannot show it by chance.
    private const double Gross = 0.5;
    private const long FewestGross = 30;

    /// <summary>The default rules of every model; <see cref="For"/> adds those that its columns call for.</summary>
    public static ImmutableArray<WrittenRule> Default { get; } =
    [
        Standard(All, null, "psi", new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: AlarmSection.DefaultMinEffect)),
        Standard(All, null, "missing", new Alarm(AlarmKind.AboveBaselineBy, 0.02)),
        .. new[] { RowRates.Missing, RowRates.Nan, RowRates.Unseen, RowRates.OutOfRange }.Select(OfGross),
        Standard(null, All, "demographic_parity_ratio", new Alarm(AlarmKind.Below, 0.8, Confidence: 0.95, MinRows: 100)),
        Standard(null, null, LossJudge.Lost, new Alarm(AlarmKind.Above, 0.01)),
        Standard(null, null, LossJudge.Rejected, new Alarm(AlarmKind.Above, 0.05)),
    ];

    /// <summary>The default rules of pairs of columns, of which PSI says nothing.</summary>
    public static ImmutableArray<WrittenRule> OfPairs { get; } =
    [
        InItsUnit(All, JointDependence.DependenceShift, AlarmSection.DefaultMinEffect),
        InItsUnit(All, JointDependence.CorrelationShift, LeastCorrelationShift),
    ];

    /// <summary>The default rule of a model whose messages bring attributions, with the limit of Amazon SageMaker Clarify.</summary>
    public static WrittenRule OfAttributions { get; } = Standard(null, null, AttributionRanking.Name, new Alarm(AlarmKind.Below, 0.9));

    /// <summary>
    /// The default rules of a model. What the model answers is also watched in its own unit, because a rate that moves from 35 %
    /// to 42 % is a PSI of only 0.02.
    /// </summary>
    public static ImmutableArray<WrittenRule> For(ModelPolicy policy)
    {
        if (policy.Rules != Default) return policy.Rules;
        ModelColumns columns = policy.Columns;
        ImmutableArray<WrittenRule> rules = Default;
        if (columns.Score is { } score) rules = rules.Add(InItsUnit(score, "mean_shift", LeastMeanShift));
        if (columns.Decision is { } decision) rules = rules.Add(InItsUnit(decision.Column, "rate_difference", LeastRateDifference));
        if (columns.Attributions is not null) rules = rules.Add(OfAttributions);
        return policy.Pairs.IsEmpty ? rules : rules.AddRange(OfPairs);
    }

    public static ImmutableArray<WrittenRule> Read(ConfigMap model, ImmutableArray<WrittenRule> otherwise)
    {
        if (model.List("rules") is not { } items) return otherwise;
        var rules = ImmutableArray.CreateBuilder<WrittenRule>();
        var ids = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
        for (int i = 0; i < items.Length; i++)
        {
            var map = new ConfigMap(items[i], $"{model.Of("rules")}[{i}]", model.Findings);
            if (!map.IsThere || Read(map) is not { } rule) continue;
            ConfigNode at = map.Find("id") ?? map.At;
            if (ids.TryAdd(rule.Rule.Id, at)) rules.Add(rule);
            else map.Findings.Error(at, "duplicate_id", $"{map.Path} is the rule of line {ids[rule.Rule.Id].Line} again", "each rule once");
        }

        return rules.ToImmutable();
    }

    private static WrittenRule? Read(ConfigMap map)
    {
        string? id = map.Text("id");
        ConfigNode? signalAt = map.Find("signal"), groupAt = map.Find("group");
        string? signal = signalAt is null ? null : ColumnSets.Name(map, signalAt, map.Of("signal"), "pair");
        string? group = groupAt is null ? null : ColumnSets.Name(map, groupAt, map.Of("group"), "group");
        KnownStatistic? statistic = Statistic(map);
        string? convention = Convention(map, statistic);
        Severity severity = map.Choice("severity", Severity.Warning,
            ("info", Severity.Info), ("warning", Severity.Warning), ("critical", Severity.Critical));
        Alarm? alarm = AlarmSection.Read(map, statistic, convention);
        bool urgent = map.Choice("urgent", false, ("true", true), ("false", false));
        string? reference = map.Text("reference"), goal = map.Text("goal");
        ImmutableArray<string>? cells = Cells(map, statistic, signal);
        string? ofClass = Class(map, statistic);
        map.Close();
        if (reference is not null && groupAt is null)
            map.Findings.Error(map.Find("reference")!, "rule_target", $"{map.Path}: only groups have a reference", "group:");
        else if (reference is not null && statistic is not null && StatisticCatalog.OfGroups(statistic.Name) is { ComparesAll: true })
            map.Findings.Error(map.Find("reference")!, "rule_target", $"{map.Path}: {statistic.Name} compares all groups with each other", "no reference");
        if (statistic is { OfModel: true }) return OfModel(map, id, statistic, alarm, severity, signalAt ?? groupAt);
        if (statistic is { OfOutcomes: true }) return OfOutcomes(map, id, statistic, alarm, severity, (goal, ofClass), signalAt ?? groupAt);
        if (signalAt is null == groupAt is null)
        {
            map.Findings.Error(groupAt ?? map.At, "rule_target",
                $"{map.Path} names {(signalAt is null ? "neither a signal nor a group" : "a signal and a group")}",
                "signal: a name or \"*\", or group: a name or \"*\"");
            return null;
        }

        if (statistic is null || alarm is null || (signal ?? group) is null) return null;
        if (statistic.OfGroups != (group is not null))
        {
            map.Findings.Error(map.Find("statistic")!, "rule_target",
                $"{map.Path}: {statistic.Name} is a statistic of {(statistic.OfGroups ? "groups" : "signals")}",
                statistic.OfGroups ? "group:" : "signal:");
            return null;
        }

        if (urgent && group is not null)
        {
            map.Findings.Error(map.Find("urgent")!, "rule_target", $"{map.Path}: a rule of groups is not urgent", "signal:",
                "a group's rate rests on too few rows");
        }

        if (urgent && alarm.Form.IsTrend)
            map.Findings.Error(map.Find("urgent")!, "rule_target", $"{map.Path}: a trend speaks in one window anyway", "no urgent");
        var rule = new Rule(id ?? "", signal, group, statistic.Name, convention, alarm, severity)
        {
            Urgent = urgent,
            Cells = cells,
            Goal = goal,
            Reference = reference == GroupDisparity.Best ? null : reference,
        };
        return new WrittenRule(id is null ? rule with { Id = RuleIdentity.RuleId(rule) } : rule, signalAt ?? groupAt);
    }

    private static WrittenRule? OfModel(
        ConfigMap map, string? id, KnownStatistic statistic, Alarm? alarm, Severity severity, ConfigNode? target)
    {
        if (target is not null)
        {
            map.Findings.Error(target, "rule_target", $"{map.Path}: {statistic.Name} is a statistic of the whole model", "neither signal: nor group:");
            return null;
        }

        if (map.Find("goal") is { } goal)
            map.Findings.Error(goal, "rule_target", $"{map.Path}: {statistic.Name} is of rows that do not come, which is no goal", "no goal");
        if (map.Find("urgent") is { } urgent)
            map.Findings.Error(urgent, "rule_target", $"{map.Path}: {statistic.Name} speaks in one window anyway", "no urgent");
        if (alarm is null) return null;
        var rule = new Rule(id ?? "", null, null, statistic.Name, null, alarm, severity);
        return new WrittenRule(id is null ? rule with { Id = RuleIdentity.RuleId(rule) } : rule, null);
    }

    private static WrittenRule? OfOutcomes(
        ConfigMap map, string? id, KnownStatistic statistic, Alarm? alarm, Severity severity, (string? Goal, string? Class) said, ConfigNode? target)
    {
        if (target is not null)
        {
            map.Findings.Error(target, "rule_target", $"{map.Path}: {statistic.Name} is a statistic of the whole model", "neither signal: nor group:",
                statistic.OfAttributions ? null : "of groups: accuracy_ratio, equal_opportunity_ratio, ...");
            return null;
        }

        if (map.Find("urgent") is { } urgent)
            map.Findings.Error(urgent, "rule_target", $"{map.Path}: a rule on {statistic.Name} is not urgent", "no urgent", "fire: { after: 1 of 1 }");
        if (alarm is null) return null;
        var rule = new Rule(id ?? "", null, null, statistic.Name, null, alarm, severity) { Goal = said.Goal, Class = said.Class };
        return new WrittenRule(id is null ? rule with { Id = RuleIdentity.RuleId(rule) } : rule, map.Find("statistic"));
    }

    private static KnownStatistic? Statistic(ConfigMap map)
    {
        IEnumerable<string> built = KnownStatistic.All.Select(s => s.Name);
        if (map.Require("statistic", string.Join(", ", built)) is not { } at || map.Values.Text(at, map.Of("statistic")) is not { } name)
            return null;
        if (KnownStatistic.Find(name) is { } statistic) return statistic;
        map.Findings.Error(at, "unknown_statistic", $"unknown statistic {at.Described}", string.Join(", ", built),
            Spelling.Hint(name, built));
        return null;
    }

    private static string? Convention(ConfigMap map, KnownStatistic? statistic)
    {
        if (map.Find("convention") is not { } at || map.Values.Text(at, map.Of("convention")) is not { } name || statistic is null)
            return null;
        if (statistic.Has(name)) return name;
        string expected = string.Join(", ", ["no convention: DriftStream's own", .. statistic.Conventions]);
        if (statistic.NeedsRows(name))
            map.Findings.Error(at, "needs_rows",
                $"{statistic.Name} in the convention {name} needs the raw rows of both samples, and a stream keeps counts; "
                + "of files, compare --tools shows what other tools would", expected);
        else
            map.Findings.Error(at, "unknown_convention", $"{statistic.Name} has no convention {at.Described}", expected,
                Spelling.Hint(name, statistic.Conventions));
        return null;
    }

    private static string? Class(ConfigMap map, KnownStatistic? statistic)
    {
        string? name = map.Text("class");
        if (name is null || statistic is null or { OfClass: true }) return name;
        map.Findings.Error(map.Find("class")!, "rule_target", $"{map.Path}: {statistic.Name} is not of one class",
            string.Join(", ", KnownStatistic.All.Where(s => s.OfClass).Select(s => s.Name)));
        return null;
    }

    private static ImmutableArray<string>? Cells(ConfigMap map, KnownStatistic? statistic, string? signal)
    {
        ImmutableArray<string>? cells = map.Texts("cells");
        if (statistic is null) return null;
        ConfigNode at = map.Find("cells") ?? map.At;
        if (!statistic.OfCells)
        {
            if (cells is not null) map.Findings.Error(at, "rule_target", $"{map.Path}: {statistic.Name} is not of cells", $"statistic: {RowRates.Share}");
            return null;
        }

        const string expected = "cells: [\"1\"], of categories of the signal, unseen and missing";
        if (cells is not { IsEmpty: false } named)
            map.Findings.Error(at, "rule_target", $"{map.Path} does not say which rows the share is of", expected);
        else if (named.Distinct(StringComparer.Ordinal).Count() < named.Length)
            map.Findings.Error(at, "rule_target", $"{map.Path} names a cell twice", "each cell once");
        if (signal == All)
            map.Findings.Error(map.Find("signal")!, "rule_target", $"{map.Path}: signals do not have the same cells", "the name of one signal");
        return cells;
    }

    private static WrittenRule InItsUnit(string signal, string statistic, double least) =>
        Standard(signal, null, statistic, new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: least));

    private static WrittenRule OfGross(string rate)
    {
        var alarm = new Alarm(AlarmKind.AboveBaselineBy, Gross, MinRows: FewestGross);
        Rule rule = new Rule("", All, null, rate, null, alarm, Severity.Critical) { Urgent = true };
        return new WrittenRule(rule with { Id = RuleIdentity.RuleId(rule) }, null);
    }

    private static WrittenRule Standard(string? signal, string? group, string statistic, Alarm alarm)
    {
        var rule = new Rule("", signal, group, statistic, null, alarm, Severity.Warning);
        return new WrittenRule(rule with { Id = RuleIdentity.RuleId(rule) }, null);
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, Rule rule)
    {
        yaml.OpenItem();
        yaml.Text("id", rule.Id);
        yaml.Text("signal", rule.Signal);
        yaml.Text("group", rule.Group);
        yaml.Text("statistic", rule.Statistic);
        yaml.Text("convention", rule.Convention);
        yaml.Line("severity", rule.Severity.ToString().ToLowerInvariant());
        yaml.Line("alarm", AlarmSection.Text(rule.Alarm));
        if (rule.Urgent) yaml.Line("urgent", "true");
        yaml.Text("reference", rule.Reference);
        if (rule.Cells is { } cells) yaml.Line("cells", YamlText.List(cells));
        yaml.Text("class", rule.Class);
        yaml.Text("goal", rule.Goal);
        yaml.Close();
    }
}
