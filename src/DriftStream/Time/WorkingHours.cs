using System.Collections.Immutable;

namespace DriftStream.Time;

/// <summary>When a team works: the same hours of some weekdays, by the clocks of one zone, but not on holidays.</summary>
/// <remarks>
/// The hours of a day begin when the zone's clocks show <see cref="From"/> and end when they show <see cref="To"/>, as <see cref="Zone.At"/> has it; where
/// clocks are put forward or back in between they are shorter or longer by that much, and may be none. They do not cross midnight.
/// </remarks>
public sealed record WorkingHours
{
    /// <param name="zone">Whose clocks count.</param>
    /// <param name="days">The days of a week on which the team works, in any order; at least one.</param>
    /// <param name="from">When the hours begin.</param>
    /// <param name="to">When they end; <see cref="TimeSpan.FromDays(int)"/> of one is the end of the day.</param>
    /// <param name="holidays">Dates on which nobody works, in any order.</param>
    /// <exception cref="ArgumentException">No day, or no hour.</exception>
    public WorkingHours(Zone zone, IEnumerable<DayOfWeek> days, TimeSpan from, TimeSpan to, IEnumerable<DateOnly> holidays)
    {
        ArgumentNullException.ThrowIfNull(zone);
        Zone = zone;
        // A week begins on Monday.
        Days = [.. days.Distinct().OrderBy(d => ((int)d + 6) % 7)];
        Holidays = [.. holidays];
        (From, To) = (from, to);
        if (Days.IsEmpty) throw new ArgumentException("no day", nameof(days));
        if (from < TimeSpan.Zero || to <= from || to > TimeSpan.FromDays(1)) throw new ArgumentException($"{from} to {to} are no hours of one day", nameof(to));
    }

    /// <summary>Whose clocks count.</summary>
    public Zone Zone { get; }

    /// <summary>The days of a week on which the team works, from Monday on.</summary>
    public ImmutableArray<DayOfWeek> Days { get; }

    /// <summary>When the hours begin, from midnight.</summary>
    public TimeSpan From { get; }

    /// <summary>When they end, from midnight: at most 24 hours.</summary>
    public TimeSpan To { get; }

    /// <summary>Dates on which nobody works.</summary>
    public ImmutableSortedSet<DateOnly> Holidays { get; }

    /// <summary>When an amount of working time has passed.</summary>
    /// <param name="told">From when on it counts; where nobody works then, from when they next do.</param>
    /// <param name="amount">Hours are hours in which the team works; a day is as much as the hours of a day without a change of clocks.</param>
    /// <returns>The end of the last working hour that is needed, not the beginning of the next; or the end of the calendar, year 9999.</returns>
    public EventTime After(EventTime told, ResponseTime amount)
    {
        TimeSpan unit = amount.InDays ? To - From : TimeSpan.FromHours(1);
        long left = unit.Ticks / TimeSpan.TicksPerMicrosecond * amount.Amount;
        for (DateOnly day = Zone.DateOf(told); day < DateOnly.MaxValue; day = day.AddDays(1))
        {
            if (!Days.Contains(day.DayOfWeek) || Holidays.Contains(day)) continue;
            EventTime begin = EventTime.Max(told, Zone.At(day, TimeOnly.FromTimeSpan(From))), end = End(day);
            if (begin >= end) continue;
            if (left <= end - begin) return begin + new Duration(left);
            left -= end - begin;
        }

        return EventTime.Latest;
    }

    /// <inheritdoc/>
    public bool Equals(WorkingHours? other) =>
        other is not null && Zone.Id == other.Zone.Id && Days.SequenceEqual(other.Days) && From == other.From && To == other.To
        && Holidays.SetEquals(other.Holidays);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Zone.Id, From, To, Days.Length, Holidays.Count);

    private EventTime End(DateOnly day) =>
        To == TimeSpan.FromDays(1) ? Zone.StartOf(day.AddDays(1)) : Zone.At(day, TimeOnly.FromTimeSpan(To));
}
