using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Host.Init;

/// <summary>When the rows of a draft happened: which of them can be a baseline, by what calendar, and how long a window should be.</summary>
/// <param name="First">Event time of the first row, in microseconds.</param>
/// <param name="Last">Event time of the last row.</param>
/// <param name="Rows">How many rows with a time were looked at.</param>
/// <param name="RowsPerDay">Of the whole stream, not only of the rows that were looked at.</param>
/// <param name="IsWhole">Every row has a time.</param>
internal sealed record RowTimes(long First, long Last, long Rows, double RowsPerDay, bool IsWhole)
{
    // A baseline of a calendar needs each hour of the week twice; rows enough for that and for as many weeks to be judged are cut in half.
    private const long Calendars = 14 * EventTime.Day, Halved = 28 * EventTime.Day;
    private const long FewestRows = 100;
    private const double Comfortable = 2000, Enough = 400;

    /// <summary>Null where there are no times, or they cannot be read.</summary>
    /// <param name="batches">The rows.</param>
    /// <param name="time">The time column.</param>
    /// <param name="unit">The unit of an integer time.</param>
    /// <param name="share">The share of the stream's rows that these are.</param>
    public static RowTimes? Of(IEnumerable<Batch> batches, string time, TimeUnit? unit, double share)
    {
        (long first, long last, long rows, bool whole) = (long.MaxValue, long.MinValue, 0, true);
        foreach (Batch batch in batches)
        {
            if (Read(batch, time, unit) is not { } times) return null;
            foreach (long at in times)
            {
                whole &= at != EventTime.None;
                if (at == EventTime.None) continue;
                (first, last, rows) = (Math.Min(first, at), Math.Max(last, at), rows + 1);
            }
        }

        return rows < 2 ? null : new RowTimes(first, last, rows, rows / share / Math.Max(1.0 / 24, (double)(last - first) / EventTime.Day), whole);
    }

    /// <summary>Rows of two weeks or more show what the hours of a week are like.</summary>
    public CalendarKind? Calendar => IsWhole && Last - First >= Calendars ? CalendarKind.HourOfWeek : null;

    /// <summary>
    /// Where the rows of a topic are of four weeks or more, the first half of them, in whole weeks, is the baseline: what is judged by it should not be in it.
    /// Otherwise null.
    /// </summary>
    public long? Until => Last - First >= Halved ? First + ((Last - First) / 2 / (7 * EventTime.Day) * 7 * EventTime.Day) : null;

    /// <summary>The shortest of a day and a week in which rows enough come, and from how many on they are judged.</summary>
    public (string Size, int MinRows) Window => RowsPerDay switch
    {
        _ when IsThin => ("1d", 500),
        >= Comfortable => ("1d", 500),
        >= Enough => ("1d", 100),
        >= Comfortable / 7 => ("7d", 500),
        _ => ("7d", 100),
    };

    /// <summary>Too few rows to say how many come a day.</summary>
    public bool IsThin => Rows < FewestRows;

    /// <summary>So many rows an hour that hours could be judged too.</summary>
    public bool HasHours => Calendar is not null && RowsPerDay >= 24 * 200;

    /// <summary>The rows before <see cref="Until"/>; all where that is null.</summary>
    public IEnumerable<Batch> Reference(IEnumerable<Batch> batches, string time, TimeUnit? unit)
    {
        if (Until is not { } until) return batches;
        return batches.SelectMany(batch =>
        {
            long[] times = Read(batch, time, unit)!;
            return Files.RowRuns.Where(batch, row => times[row] < until);
        });
    }

    /// <summary>For people: <c>2026-03-02 to 2026-03-16</c>.</summary>
    public string ReferenceDays => $"{Day(First)} to {Day(Until ?? Last)}";

    private static string Day(long time) => EventTime.Format(time)[..10];

    private static long[]? Read(Batch batch, string time, TimeUnit? unit)
    {
        if (batch.Find(time) is not { } column || !ColumnTimes.CanRead(column.Type, unit)) return null;
        var times = new long[batch.Rows];
        ColumnTimes.Read(column, 0, times, unit);
        return times;
    }
}
