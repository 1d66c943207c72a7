using DriftStream.Judging;

namespace DriftStream.Plan;

/// <summary>Reads <c>alarm:</c> of a rule: one of <c>above below above_baseline_by calibrated</c>, and what goes with it.</summary>
internal static class AlarmSection
{
    public const double DefaultMinEffect = 0.02;

    private const double LeastLevel = 1e-12, MostLevel = 0.5;

    private static readonly (string Key, AlarmKind Kind)[] Kinds =
    [
        ("above", AlarmKind.Above), ("below", AlarmKind.Below),
        ("above_baseline_by", AlarmKind.AboveBaselineBy), ("calibrated", AlarmKind.Calibrated),
    ];

    /// <summary>The key that says what is compared.</summary>
    public static string KeyOf(AlarmKind kind) => Kinds.First(k => k.Kind == kind).Key;

    /// <summary>Null where it cannot be read or does not suit the statistic. A null statistic has already been reported.</summary>
    public static Alarm? Read(ConfigMap rule, KnownStatistic? statistic, string? convention)
    {
        if (rule.Require("alarm", "above, below, above_baseline_by or calibrated") is not { } at) return null;
        ConfigMap map = rule.Map("alarm");
        if (!map.IsThere) return null;
        (string Key, AlarmKind Kind)[] given = [.. Kinds.Where(k => map.Find(k.Key) is not null)];
        double most = statistic?.Most ?? double.PositiveInfinity;
        double? value = given is not [var only] ? null
            : only.Kind == AlarmKind.Calibrated ? map.Rate(only.Key, LeastLevel, MostLevel)
            : map.Rate(only.Key, 0, most);
        double? effect = map.Rate("min_effect", 0, most), confidence = map.Rate("confidence", 0.5, 0.999999);
        long? minRows = map.Whole("min_rows", 1, long.MaxValue);
        map.Close();
        if (given.Length != 1)
        {
            map.Findings.Error(at, "bad_alarm",
                $"{map.Path} says {(given.Length == 0 ? "nothing to compare with" : string.Join(" and ", given.Select(g => g.Key)))}",
                "one of " + string.Join(", ", Kinds.Select(k => k.Key)));
            return null;
        }

        AlarmKind kind = given[0].Kind;
        if (!Suits(map, kind, statistic, convention) || value is not { } threshold) return null;
        if (kind != AlarmKind.Calibrated) return new Alarm(kind, threshold, 0, confidence, minRows);
        return new Alarm(kind, threshold, effect ?? DefaultMinEffect, null, minRows);
    }

    private static bool Suits(ConfigMap map, AlarmKind kind, KnownStatistic? statistic, string? convention)
    {
        int errors = 0;
        if (kind != AlarmKind.Calibrated) Only("min_effect", "calibrated");
        if (kind == AlarmKind.Calibrated) Only("confidence", "above, below and above_baseline_by");
        if (kind == AlarmKind.Calibrated && statistic is not null && !statistic.HasPValue(convention))
        {
            Refuse(map.Find("calibrated")!,
                $"{map.Path}: {statistic.Name}{(convention is null ? "" : " in the convention " + convention)} has no p-value to calibrate",
                "calibrated for " + string.Join(", ", KnownStatistic.All.Where(s => s.HasPValue(null)).Select(s => s.Name)));
        }

        if (statistic is { OfModel: true }) Absolute();
        return errors == 0;

        void Absolute()
        {
            if (kind == AlarmKind.AboveBaselineBy) Refuse(map.Find("above_baseline_by")!, $"{map.Path}: a baseline has no {statistic.Name} rows", "above");
            if (map.Find("confidence") is { } at) Refuse(at, $"{map.Of("confidence")} says nothing here: rows are counted, not estimated", "no confidence");
        }

        void Only(string key, string with)
        {
            if (map.Find(key) is { } at) Refuse(at, $"{map.Of(key)} says nothing here", $"with {with} only");
        }

        void Refuse(ConfigNode at, string message, string expected)
        {
            map.Findings.Error(at, "bad_alarm", message, expected);
            errors++;
        }
    }
}
