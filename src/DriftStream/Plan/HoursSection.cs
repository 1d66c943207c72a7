using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads <c>hours:</c> of an owner: when it works.</summary>
internal static class HoursSection
{
    /// <summary>The most holidays of one owner: those of some decades.</summary>
    private const int MostHolidays = 1000;

    private const string DefaultDays = "mon-fri";

    /// <summary>Null where there are none, or where a finding says what is wrong with them.</summary>
    /// <param name="map">The mapping.</param>
    /// <param name="text">The content of a file, or null.</param>
    public static WorkingHours? Read(ConfigMap map, Func<string, string?> text)
    {
        if (!map.IsThere) return null;
        Zone? zone = map.Require("zone", ConfigValues.ZoneExpected) is { } at ? map.Values.Zone(at, map.Of("zone")) : null;
        ImmutableArray<DayOfWeek>? days = Days(map);
        (TimeSpan? from, TimeSpan? to) = (Clock(map, "from"), Clock(map, "to"));
        ImmutableArray<DateOnly>? holidays = Holidays(map, text);
        map.Close();
        if (from >= to)
        {
            map.Findings.Error(map.Find("to")!, "bad_hours", $"{map.Path} end at {HoursText.Clock(to.Value)}, which is not after {HoursText.Clock(from.Value)}",
                "hours of one day; \"24:00\" is its end", "a night shift is two owners, or an owner without hours");
            return null;
        }

        return zone is not null && days is not null && from is not null && to is not null && holidays is not null
            ? new WorkingHours(zone, days.Value, from.Value, to.Value, holidays.Value)
            : null;
    }

    private static ImmutableArray<DayOfWeek>? Days(ConfigMap map)
    {
        ConfigNode? at = map.Find("days");
        if (at is null && map.Has("days")) return null;
        IEnumerable<string> words = at switch
        {
            null => [DefaultDays],
            { Kind: ConfigKind.List } => map.Texts("days")!.Value,
            _ => [at.Kind == ConfigKind.Text ? at.Text : ""],
        };
        if (HoursText.TryDays(words, out ImmutableArray<DayOfWeek> days)) return days;
        if (!at!.IsBroken)
            map.Findings.Error(at, "bad_days", $"{map.Of("days")}: {at.Described} is not made of days, each once", HoursText.DaysExpected);
        return null;
    }

    private static TimeSpan? Clock(ConfigMap map, string key)
    {
        ConfigNode? at = map.Require(key, HoursText.ClockExpected);
        if (at is null || map.Values.Text(at, map.Of(key)) is not { } text) return null;
        if (HoursText.TryClock(text, out TimeSpan clock)) return clock;
        map.Findings.Error(at, "bad_time", $"{map.Of(key)}: {at.Described} is not a time of day", HoursText.ClockExpected);
        return null;
    }

    private static ImmutableArray<DateOnly>? Holidays(ConfigMap map, Func<string, string?> text)
    {
        if (map.Find("holidays") is not { } at) return map.Has("holidays") ? null : [];
        DateOnly?[] dates = at.Kind == ConfigKind.Map
            ? [.. InFile(map.Map("holidays"), text)]
            : [.. map.Values.List(at, map.Of("holidays")).Select((item, i) => map.Values.Date(item, $"{map.Of("holidays")}[{i}]"))];
        if (dates.Length > MostHolidays)
            map.Findings.Error(at, "out_of_range", $"{map.Of("holidays")} are {dates.Length} dates", $"at most {MostHolidays}");
        return dates.Contains(null) ? null : [.. dates.Select(d => d!.Value)];
    }

    // One date a line; what follows a '#' is for people.
    private static List<DateOnly?> InFile(ConfigMap map, Func<string, string?> text)
    {
        ConfigNode? at = map.Require("file", "the path of a file with one date a line");
        map.Close();
        if (at is null || map.Values.Text(at, map.Of("file")) is not { } path) return [null];
        if (text(ConfigPath.Resolve(at.File, path)) is not { } content)
        {
            map.Findings.Error(at, "cannot_read", $"{map.Of("file")}: {at.Described} cannot be read");
            return [null];
        }

        var dates = new List<DateOnly?>();
        string[] lines = content.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string written = lines[i].Split('#')[0].Trim();
            if (written.Length == 0) continue;
            bool ok = HoursText.TryDate(written, out DateOnly date);
            dates.Add(ok ? date : null);
            if (ok) continue;
            map.Findings.Error(at, "bad_date", $"line {Quantity.Digits(i + 1)} of {at.Described} is not a date", HoursText.DateExpected);
            break;
        }

        return dates;
    }

    /// <summary>Writes what is read above, with the dates of a file.</summary>
    public static void Write(YamlText yaml, WorkingHours hours)
    {
        yaml.Open("hours");
        yaml.Text("zone", hours.Zone.Id);
        ImmutableArray<string> days = HoursText.Days(hours.Days);
        if (days is [var range]) yaml.Text("days", range);
        else yaml.Line("days", YamlText.List(days));
        yaml.Line("from", YamlText.InQuotes(HoursText.Clock(hours.From)));
        yaml.Line("to", YamlText.InQuotes(HoursText.Clock(hours.To)));
        yaml.Line("holidays", $"[{string.Join(", ", hours.Holidays.Select(HoursText.Date))}]");
        yaml.Close();
    }
}
