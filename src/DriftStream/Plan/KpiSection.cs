using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Plan;

/// <summary>A KPI, and where the config names what it is of.</summary>
internal readonly record struct WrittenKpi(Kpi Kpi, ConfigNode At);

/// <summary>Reads <c>kpis:</c>, the numbers that an owner has set targets for.</summary>
internal static class KpiSection
{
    public const string Key = "kpis";

    private const double MostTarget = 1e15;

    private static readonly string[] OfSignals = [RowRates.Share, Mean.Name];

    /// <summary>The KPIs of a model.</summary>
    /// <param name="model">Its mapping.</param>
    /// <param name="goal">What the model is to achieve, which says what a row is worth; or null.</param>
    /// <param name="rules">Its rules: what goes off must have one name.</param>
    public static ImmutableArray<WrittenKpi> Read(ConfigMap model, Goal? goal, ImmutableArray<WrittenRule> rules)
    {
        var kpis = ImmutableArray.CreateBuilder<WrittenKpi>();
        var names = rules.Select(r => r.Rule.Id).Distinct().ToDictionary(i => i, _ => "a rule", StringComparer.Ordinal);
        foreach (ConfigMap map in model.Items(Key, "no_kpi", "at least one KPI, or no kpis:"))
        {
            if (!map.IsThere || Read(map, goal) is not { } kpi) continue;
            if (names.TryAdd(kpi.Kpi.Id, "a KPI")) kpis.Add(kpi);
            else map.Findings.Error(map.Find("id")!, "duplicate_id", $"{map.Path}: {names[kpi.Kpi.Id]} has the id '{kpi.Kpi.Id}' already", "each id once");
        }

        return kpis.ToImmutable();
    }

    private static WrittenKpi? Read(ConfigMap map, Goal? goal)
    {
        string? id = OwnerSection.Id(map), text = map.Text("text");
        string? statistic = Statistic(map);
        string? signal = map.Text("signal");
        ImmutableArray<string>? cells = map.Texts("cells");
        string? ofClass = map.Text("class");
        Alarm? target = Target(map, statistic);
        Severity severity = map.Choice("severity", Severity.Warning,
            ("info", Severity.Info), ("warning", Severity.Warning), ("critical", Severity.Critical));
        double? value = map.Rate("value_per_row", 0, 1e12);
        string? unit = map.Text("unit");
        map.Close();
        if (statistic is null) return null;
        bool fits = OfSignal(map, statistic) & OfCells(map, statistic, cells) & OfClass(map, statistic);
        if (id is null || target is null || !fits) return null;
        var rule = new Rule(id, signal, null, statistic, null, target, severity) { Cells = cells, Class = ofClass };
        return Worth(map, new Kpi(rule, text), goal, value, unit) is { } kpi ? new WrittenKpi(kpi, map.Find("signal") ?? map.Find("statistic")!) : null;
    }

    private static string? Statistic(ConfigMap map)
    {
        string[] metrics = [.. StatisticCatalog.Entries.Where(e => e.Outcome).Select(e => e.Name).Distinct()];
        string[] known = [.. OfSignals, Kpi.CostPerRow, .. metrics];
        string[] offered = [.. OfSignals, Kpi.CostPerRow, .. metrics.Where(m => StatisticCatalog.Entries.Any(e => e.Name == m && e.HasError))];
        if (map.Require("statistic", string.Join(", ", known)) is not { } at || map.Values.Text(at, map.Of("statistic")) is not { } name) return null;
        if (known.Contains(name)) return name;
        // Of what is estimated that which labels say is near in meaning; what is near in letters is not.
        string? measured = StatisticCatalog.Estimate(name)?.Estimates;
        map.Findings.Error(at, "unknown_statistic",
            measured is null ? $"{map.Of("statistic")}: {at.Described} is no KPI"
                : $"{map.Of("statistic")}: {at.Described} is estimated before labels come, and no estimate can be a KPI",
            string.Join(", ", offered),
            measured is null ? Spelling.Hint(name, offered)
                : offered.Contains(measured) ? $"did you mean '{measured}', which labels say?"
                : "a rule with above or below can watch it");
        return null;
    }

    private static Alarm? Target(ConfigMap map, string? statistic)
    {
        CatalogEntry? entry = StatisticCatalog.Entries.FirstOrDefault(e => e.Name == statistic);
        (double least, double most) = (entry?.Least ?? 0, entry?.Most ?? double.PositiveInfinity);
        double? atLeast = map.Rate("at_least", Math.Max(least, -MostTarget), Math.Min(most, MostTarget));
        double? atMost = map.Rate("at_most", Math.Max(least, -MostTarget), Math.Min(most, MostTarget));
        double confidence = map.Rate("confidence", 0.5, 0.999999) ?? KpiJudge.DefaultConfidence;
        long? minRows = map.Whole("min_rows", 1, long.MaxValue);
        if (map.Has("at_least") == map.Has("at_most"))
        {
            map.Findings.Error(map.At, "bad_target", $"{map.Path} has {(map.Has("at_least") ? "two targets" : "no target")}", "at_least: 30%, or at_most: 2.5");
            return null;
        }

        if (entry is { Outcome: true, HasError: false })
        {
            map.Findings.Error(map.Find("statistic")!, "bad_target",
                $"{map.Path}: {statistic} has no standard error, so that nobody could say that a target is missed", "a rule with above or below");
            return null;
        }

        return (atLeast ?? atMost) is { } target
            ? new Alarm(atLeast is null ? AlarmKind.Above : AlarmKind.Below, target, 0, confidence, minRows)
            : null;
    }

    private static bool OfSignal(ConfigMap map, string statistic)
    {
        bool needs = OfSignals.Contains(statistic);
        if (map.Find("signal") is { Kind: ConfigKind.Text, Text: RuleSection.All } all)
        {
            map.Findings.Error(all, "rule_target", $"{map.Path}: a KPI is one number, of one signal", "signal: NAME");
            return false;
        }

        if (needs == map.Has("signal")) return true;
        map.Findings.Error(map.Find("signal") ?? map.At, "rule_target",
            needs ? $"{map.Path}: {statistic} is of a signal" : $"{map.Path}: {statistic} says how well the whole model does",
            needs ? "signal: NAME" : "no signal");
        return false;
    }

    private static bool OfCells(ConfigMap map, string statistic, ImmutableArray<string>? cells)
    {
        bool needs = statistic == RowRates.Share;
        if (needs == cells is { IsEmpty: false }) return true;
        map.Findings.Error(map.Find("cells") ?? map.At, "rule_target",
            needs ? $"{map.Path} does not say which rows the share is of" : $"{map.Path}: {statistic} is not of cells",
            needs ? "cells: [\"1\"], of categories of the signal, unseen and missing" : "no cells");
        return false;
    }

    private static bool OfClass(ConfigMap map, string statistic)
    {
        if (map.Find("class") is not { } at || KnownStatistic.Find(statistic) is { OfClass: true }) return true;
        map.Findings.Error(at, "rule_target", $"{map.Path}: {statistic} is not of one class", "no class");
        return false;
    }

    // What a row is worth is said by the KPI, else by the goal of the model where it is a share of rows.
    private static Kpi? Worth(ConfigMap map, Kpi kpi, Goal? goal, double? value, string? unit)
    {
        if (kpi.Rule.Statistic == Kpi.CostPerRow)
        {
            if (goal?.Costs is not { } costs)
            {
                map.Findings.Error(map.Find("statistic")!, "bad_goal", $"{map.Path}: nobody says what wrong decisions cost",
                    "goal: { text: ..., false_positive: 5, false_negative: 100, unit: EUR }");
                return null;
            }

            foreach (string key in (string[])["value_per_row", "unit"])
            {
                if (map.Find(key) is { } at)
                    map.Findings.Error(at, "bad_goal", $"{map.Of(key)} says nothing here: the model's goal says what errors cost", $"no {key}");
            }

            return kpi with { ValuePerRow = 1, Unit = costs.Unit };
        }

        if (map.Has("value_per_row") && !map.Has("unit"))
        {
            map.Findings.Error(map.Find("value_per_row")!, "bad_goal", $"{map.Path} says what rows are worth without a unit", "value_per_row: 12, unit: EUR");
            return null;
        }

        if (value is null && unit is null)
            return kpi.Rule.Statistic == RowRates.Share && goal is { ValuePerRow: { } worth } ? kpi with { ValuePerRow = worth, Unit = goal.Unit } : kpi;
        if (kpi.IsShare && value is null)
        {
            map.Findings.Error(map.Find("unit")!, "bad_goal", $"{map.Path} has a unit, and nothing that is in it", "value_per_row: 12, unit: EUR");
            return null;
        }

        if (!kpi.IsShare && kpi.Rule.Statistic != Mean.Name)
        {
            map.Findings.Error(map.Find("unit")!, "bad_goal", $"{map.Path}: no row is short of {kpi.Rule.Statistic}, which is no share and no mean of them",
                "no value_per_row and no unit");
            return null;
        }

        return kpi with { ValuePerRow = value ?? 1, Unit = unit };
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, ImmutableArray<WrittenKpi> kpis, Goal? goal)
    {
        if (kpis.IsEmpty) return;
        yaml.Open(Key);
        foreach (WrittenKpi written in kpis)
        {
            Kpi kpi = written.Kpi;
            yaml.OpenItem();
            yaml.Text("id", kpi.Id);
            yaml.Text("text", kpi.Text);
            yaml.Text("statistic", kpi.Rule.Statistic);
            yaml.Text("signal", kpi.Rule.Signal);
            if (kpi.Rule.Cells is { } cells) yaml.Line("cells", YamlText.List(cells));
            yaml.Text("class", kpi.Rule.Class);
            yaml.Line(kpi.AtLeast ? "at_least" : "at_most", Quantity.Rate(kpi.Target));
            yaml.Line("confidence", Quantity.Rate(kpi.Rule.Alarm.Confidence!.Value));
            if (kpi.Rule.Alarm.MinRows is { } rows) yaml.Line("min_rows", Quantity.Digits(rows));
            yaml.Line("severity", kpi.Rule.Severity.ToString().ToLowerInvariant());
            bool own = kpi.Rule.Statistic != Kpi.CostPerRow && kpi.ValuePerRow is not null && (kpi.ValuePerRow, kpi.Unit) != (goal?.ValuePerRow, goal?.Unit);
            if (own)
            {
                yaml.Line("value_per_row", Quantity.Rate(kpi.ValuePerRow!.Value));
                yaml.Text("unit", kpi.Unit);
            }

            yaml.Close();
        }

        yaml.Close();
    }
}
