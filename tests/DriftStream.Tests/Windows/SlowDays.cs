using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Tests.Windows;

/// <summary>
/// The days of a zone as the obvious computation has them: minute after minute, a day begins when the calendar first shows it, or a later one.
/// </summary>
internal sealed class SlowDays
{
    private readonly List<(long Day, EventTime Start)> _days = [];

    /// <param name="from">A day of UTC.</param>
    /// <param name="to">Likewise, exclusive.</param>
    /// <param name="dateOf">The date that calendars show.</param>
    public SlowDays(DateOnly from, DateOnly to, Func<EventTime, DateOnly> dateOf)
    {
        EventTime end = EventTime.From(to.ToDateTime(default));
        DateOnly last = DateOnly.MinValue;
        for (EventTime at = EventTime.From(from.ToDateTime(default)); at < end; at += Duration.FromMinutes(1))
        {
            DateOnly date = dateOf(at);
            if (date <= last) continue;
            _days.Add((date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber, at));
            last = date;
        }

        _days.RemoveAt(0); // it began earlier
    }

    public static SlowDays OfZone(Zone zone, DateOnly from, DateOnly to) => new(from, to, zone.DateOf);

    public static SlowDays OfSystem(TimeZoneInfo zone, DateOnly from, DateOnly to) => new(from, to, at =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(DateTime.UnixEpoch.AddTicks(at * 10), zone)));

    public EventTime First => _days[0].Start;

    public EventTime Last => _days[^1].Start;

    /// <summary>All windows that begin and end within the days that are known, in the order of their starts.</summary>
    public List<(EventTime Start, EventTime End)> Windows(WindowSettings settings)
    {
        (long size, long every, long offset) = (settings.Size / EventTime.Day, settings.Every / EventTime.Day, settings.Offset / EventTime.Day);
        var windows = new List<(EventTime, EventTime)>();
        for (long day = _days[0].Day; day + size <= _days[^1].Day; day++)
        {
            bool starts = (((day - offset) % every) + every) % every == 0;
            // Neither its first step nor its last one is made of days that the zone left out alone.
            if (starts && At(day) < At(day + every) && At(day + size - every) < At(day + size)) windows.Add((At(day), At(day + size)));
        }

        return windows;
    }

    private EventTime At(long day) => _days.First(d => d.Day >= day).Start;
}
