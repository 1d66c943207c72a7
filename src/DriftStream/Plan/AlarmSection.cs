using DriftStream.Judging;

namespace DriftStream.Plan;

/// <summary>Reads <c>alarm:</c> of a rule: one key of <see cref="AlarmForm"/>, and what goes with it.</summary>
internal static class AlarmSection
{
    public const double DefaultMinEffect = 0.02;

    private const double LeastLevel = 1e-12, MostLevel = 0.5;

    /// <summary>Null where it cannot be read or does not suit the statistic. A null statistic has already been reported.</summary>
    public static Alarm? Read(ConfigMap rule, KnownStatistic? statistic, string? convention)
    {
        if (rule.Require("alarm", Listed(AlarmForm.All, "or")) is not { } at) return null;
        ConfigMap map = rule.Map("alarm");
        if (!map.IsThere) return null;
        AlarmKind[] given = [.. Enum.GetValues<AlarmKind>().Where(k => map.Find(AlarmForm.Of(k).Key) is not null)];
        (double least, double most) = (statistic?.Least ?? 0, statistic?.Most ?? double.PositiveInfinity);
        TrendSettings? trend = TrendSection.Read(map);
        ErrorDetectorKind? detector = map.Choice<ErrorDetectorKind?>(
            "detector", null, [.. Enum.GetValues<ErrorDetectorKind>().Select(d => (ErrorDetectors.NameOf(d), (ErrorDetectorKind?)d))]);
        double? value = given is [var only] ? Limit(map, AlarmForm.Of(only), least, most, trend, detector) : null;
        double? effect = map.Rate("min_effect", 0, most), confidence = map.Rate("confidence", 0.5, 0.999999);
        long? minRows = map.Whole("min_rows", 1, long.MaxValue);
        map.Close();
        if (given.Length != 1)
        {
            map.Findings.Error(at, "bad_alarm",
                $"{map.Path} says {(given.Length == 0 ? "nothing to compare with" : string.Join(" and ", given.Select(k => AlarmForm.Of(k).Key)))}",
                "one of " + string.Join(", ", AlarmForm.All.Select(f => f.Key)));
            return null;
        }

        AlarmForm form = AlarmForm.Of(given[0]);
        if (!Suits(map, form, statistic, convention) || value is not { } limit) return null;
        return form.IsCalibrated
            ? new Alarm(given[0], limit, effect ?? DefaultMinEffect, null, minRows)
            : new Alarm(given[0], limit, 0, confidence, minRows) { Trend = trend, Detector = detector };
    }

    /// <summary>The alarm in the form that <see cref="Read"/> reads.</summary>
    public static string Text(Alarm alarm)
    {
        string text = alarm.Trend?.Text ?? $"{alarm.Form.Key}: {(alarm.Form.IsOfErrors ? alarm.DetectorName : Quantity.Rate(alarm.Value))}";
        if (alarm.Form.IsCalibrated) text += $", min_effect: {Quantity.Rate(alarm.MinEffect)}";
        if (alarm.Confidence is { } confidence) text += $", confidence: {Quantity.Rate(confidence)}";
        if (alarm.MinRows is { } rows) text += $", min_rows: {Quantity.Digits(rows)}";
        return $"{{ {text} }}";
    }

    private static double? Limit(
        ConfigMap map, AlarmForm form, double least, double most, TrendSettings? trend, ErrorDetectorKind? detector) => form.Measure switch
        {
            AlarmMeasure.Value => map.Rate(form.Key, least, most),
            AlarmMeasure.Change => map.Rate(form.Key, 0, most),
            AlarmMeasure.PValue => map.Rate(form.Key, LeastLevel, MostLevel),
            AlarmMeasure.Trend => trend?.Threshold ?? trend?.Delta,
            AlarmMeasure.Errors => detector is null ? null : 0, // each has limits of its own
        };

    // "above, below or calibrated".
    private static string Listed(IEnumerable<AlarmForm> forms, string last)
    {
        string[] keys = [.. forms.Select(f => f.Key)];
        return keys.Length == 1 ? keys[0] : $"{string.Join(", ", keys[..^1])} {last} {keys[^1]}";
    }

    private static bool Suits(ConfigMap map, AlarmForm form, KnownStatistic? statistic, string? convention)
    {
        int errors = 0;
        if (!form.IsCalibrated) Only("min_effect", Listed(AlarmForm.All.Where(f => f.IsCalibrated), "and"));
        if (!form.TakesConfidence) Only("confidence", Listed(AlarmForm.All.Where(f => f.TakesConfidence), "and"));
        if (form.IsTrend && (statistic is { OfModel: true } or { OfGroups: true } or { OfOutcomes: true }))
            Refuse(map.Find(form.Key)!, $"{map.Path}: a trend is looked for in statistics of signals", "above or below");
        if (!form.IsOfValue && statistic is { OfAttributions: true })
            Refuse(map.Find(form.Key)!, $"{map.Path}: {statistic.Name} compares with the baseline, where it is 1", "below: 0.9");
        else if (form.IsOfErrors && statistic is not null && statistic.Name != ErrorJudge.Statistic)
            Refuse(map.Find(form.Key)!, $"{map.Path}: a detector looks at how often decisions are not as their labels", $"statistic: {ErrorJudge.Statistic}");
        if (form.IsOfErrors && map.Find("min_rows") is { } fewest)
            Refuse(fewest, $"{map.Of("min_rows")} says nothing here: a detector knows itself after how many rows it can say", "no min_rows");
        if (form.IsCalibrated && statistic is not null && !statistic.HasPValue(convention))
        {
            Refuse(map.Find(form.Key)!,
                $"{map.Path}: {statistic.Name}{(convention is null ? "" : " in the convention " + convention)} has no p-value to calibrate",
                $"{form.Key} for " + string.Join(", ", KnownStatistic.All.Where(s => s.HasPValue(null)).Select(s => s.Name)));
        }

        if (statistic is { OfModel: true }) Absolute();
        if (statistic is { HasInterval: false } && map.Find("confidence") is { } unsure)
            Refuse(unsure, $"{map.Of("confidence")} says nothing here: {statistic.Name} has no standard error", "no confidence");
        return errors == 0;

        void Absolute()
        {
            if (form.NeedsBaseline) Refuse(map.Find(form.Key)!, $"{map.Path}: a baseline has no {statistic.Name} rows", "above");
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
