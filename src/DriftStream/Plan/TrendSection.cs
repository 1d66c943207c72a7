using DriftStream.Judging;

namespace DriftStream.Plan;

/// <summary>Reads the keys that go with <c>trend:</c> of an alarm, by what <see cref="TrendKey"/> says of them.</summary>
internal static class TrendSection
{
    private const string Mode = "mode";

    /// <summary>Null where there is none, or it cannot be read.</summary>
    public static TrendSettings? Read(ConfigMap alarm)
    {
        TrendDetector[] all = Enum.GetValues<TrendDetector>();
        TrendDetector? detector = alarm.Choice<TrendDetector?>("trend", null, [.. all.Select(d => (TrendSettings.NameOf(d), (TrendDetector?)d))]);
        ILookup<string, TrendDetector> owners = all
            .SelectMany(d => TrendKey.Of(d).Select(k => (k.Name, d)))
            .Concat(all.Where(HasMode).Select(d => (Name: Mode, d)))
            .ToLookup(k => k.Name, k => k.d);
        bool told = false;
        foreach (IGrouping<string, TrendDetector> key in owners)
        {
            if (alarm.Find(key.Key) is not { } at || (detector is { } of && key.Contains(of))) continue;
            told = true;
            if (detector is not null || alarm.Find("trend") is null)
            {
                alarm.Findings.Error(at, "bad_alarm", $"{alarm.Of(key.Key)} says nothing here",
                    "with trend: " + string.Join(" or ", key.Select(TrendSettings.NameOf)) + " only");
            }
        }

        return detector is not { } known || told ? null : Read(alarm, known);
    }

    private static TrendSettings? Read(ConfigMap alarm, TrendDetector detector)
    {
        var settings = new TrendSettings(detector);
        bool whole = true;
        foreach (TrendKey key in TrendKey.Of(detector))
        {
            double? value = key.IsWhole ? alarm.Whole(key.Name, (long)key.Least, (long)key.Most) : alarm.Rate(key.Name, key.Least, key.Most);
            if (value is null && alarm.Has(key.Name)) whole = false;
            if ((value ?? key.Default) is { } number) settings = key.With(settings, number);
            if (!key.IsRequired || alarm.Has(key.Name)) continue;
            alarm.Findings.Error(alarm.At, "trend_key", $"{alarm.Path} lacks '{key.Name}'", "a number, in units of the statistic");
            whole = false;
        }

        if (HasMode(detector))
            settings = settings with { Mode = alarm.Choice(Mode, TrendMode.Both, [.. Enum.GetValues<TrendMode>().Select(m => (TrendSettings.NameOf(m), m))]) };
        if (whole && settings.Mean is null != settings.Sd is null)
        {
            alarm.Findings.Error(alarm.At, "trend_key", $"{alarm.Path} gives {(settings.Mean is null ? "sd and no mean" : "mean and no sd")}",
                "both, or neither: then they are learned");
            whole = false;
        }

        return whole ? settings : null;
    }

    private static bool HasMode(TrendDetector detector) => detector switch
    {
        TrendDetector.Cusum or TrendDetector.PageHinkley => true,
        TrendDetector.Adwin => false,
    };
}
