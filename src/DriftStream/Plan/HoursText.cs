using System.Collections.Immutable;
using System.Globalization;

namespace DriftStream.Plan;

/// <summary>How days of a week, times of a day and dates are written.</summary>
internal static class HoursText
{
    public const string DaysExpected = "mon-fri, or a list of days and of ranges: [mon-thu, sat]";
    public const string ClockExpected = "hours and minutes, \"00:00\" to \"24:00\": \"09:00\"";
    public const string DateExpected = "a date: 2026-12-25";

    private const string EndOfDay = "24:00";

    private static readonly ImmutableArray<string> Names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// <summary>Days and ranges of days, which may run over the end of a week: <c>sat-mon</c>. False where a word is none, or a day is there twice.</summary>
    public static bool TryDays(IEnumerable<string> words, out ImmutableArray<DayOfWeek> days)
    {
        var found = ImmutableArray.CreateBuilder<DayOfWeek>();
        days = [];
        foreach (string word in words)
        {
            string[] ends = word.Split('-');
            int first = Names.IndexOf(ends[0]), last = Names.IndexOf(ends[^1]);
            if (first < 0 || last < 0 || ends.Length > 2 || (ends.Length == 2 && first == last)) return false;
            for (int day = first; ; day = (day + 1) % 7)
            {
                if (found.Contains(DayOf(day))) return false;
                found.Add(DayOf(day));
                if (day == last) break;
            }
        }

        days = found.ToImmutable();
        return !days.IsEmpty;
    }

    /// <summary>The days, from Monday on, those that follow each other as a range.</summary>
    public static ImmutableArray<string> Days(ImmutableArray<DayOfWeek> days)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        for (int first = 0; first < 7; first++)
        {
            if (!days.Contains(DayOf(first))) continue;
            int last = first;
            while (last < 6 && days.Contains(DayOf(last + 1))) last++;
            words.Add(first == last ? Names[first] : $"{Names[first]}-{Names[last]}");
            first = last;
        }

        return words.ToImmutable();
    }

    /// <summary>A time of day, to the minute; <c>24:00</c> is the end of the day.</summary>
    public static bool TryClock(string text, out TimeSpan clock)
    {
        clock = TimeSpan.FromDays(1);
        if (text == EndOfDay) return true;
        bool ok = TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time);
        clock = time.ToTimeSpan();
        return ok;
    }

    public static string Clock(TimeSpan clock) => clock == TimeSpan.FromDays(1) ? EndOfDay : clock.ToString(@"hh\:mm", CultureInfo.InvariantCulture);

    public static bool TryDate(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    public static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DayOfWeek DayOf(int fromMonday) => (DayOfWeek)((fromMonday + 1) % 7);
}
