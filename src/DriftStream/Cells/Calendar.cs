using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Cells;

/// <summary>Which hours of event time are like each other.</summary>
public enum CalendarKind : byte
{
    /// <summary>The same hour of the same day of the week: 168 slots, the first from Thursday 00:00.</summary>
    HourOfWeek,

    /// <summary>The same hour of any day: 24 slots.</summary>
    HourOfDay,
}

/// <summary>
/// Tells the slots of event time that are like each other, so that a window is compared with reference rows of its own hours.
/// </summary>
/// <param name="Kind">Which hours are alike.</param>
/// <param name="Hours">By slot: how many hours of the reference had rows.</param>
public sealed record Calendar(CalendarKind Kind, ImmutableArray<int> Hours)
{
    /// <summary>By whose clocks hours and days are told; null for UTC.</summary>
    public Zone? Zone { get; init; }

    /// <summary>Its name for people: <c>hour_of_week of Europe/Berlin</c>.</summary>
    public string Text => Describe(Kind, Zone);

    /// <summary>Its name in the config.</summary>
    public static string Name(CalendarKind kind) => kind switch
    {
        CalendarKind.HourOfWeek => "hour_of_week",
        CalendarKind.HourOfDay => "hour_of_day",
    };

    /// <summary>As <see cref="Text"/>.</summary>
    public static string Describe(CalendarKind kind, Zone? zone) => zone is null ? Name(kind) : $"{Name(kind)} of {zone}";

    /// <summary>How many slots there are.</summary>
    public static int Slots(CalendarKind kind) => kind switch
    {
        CalendarKind.HourOfWeek => 7 * 24,
        CalendarKind.HourOfDay => 24,
    };

    /// <summary>The slot of an hour.</summary>
    /// <param name="kind">Which hours are alike.</param>
    /// <param name="hour">As <see cref="HourOf"/> counts them.</param>
    public static int Slot(CalendarKind kind, long hour)
    {
        int slots = Slots(kind);
        return (int)(((hour % slots) + slots) % slots);
    }

    /// <summary>The hour of a time: hours since 1970-01-01T00:00Z, or since the zone's clocks showed that.</summary>
    internal static long HourOf(Zone? zone, long time)
    {
        long local = zone is null ? time : zone.LocalAt(new EventTime(time));
        return EventTime.Floor(local, EventTime.Hour) / EventTime.Hour;
    }

    /// <summary>The slots that a stretch of event time touches, each once, in the order of its hours.</summary>
    /// <param name="start">Microseconds, inclusive.</param>
    /// <param name="end">Microseconds, exclusive.</param>
    public IEnumerable<int> Of(EventTime start, EventTime end) => Of(Kind, Zone, start, end);

    /// <inheritdoc cref="Of(EventTime, EventTime)"/>
    internal static IEnumerable<int> Of(CalendarKind kind, Zone? zone, long start, long end)
    {
        if (zone is not null)
        {
            // Clocks are put forward and back at quarters of an hour, and by such.
            const long quarter = EventTime.Hour / 4;
            var seen = new HashSet<int>();
            for (long at = start; at < end && seen.Count < Slots(kind); at = EventTime.Floor(at, quarter) + quarter)
            {
                int slot = Slot(kind, HourOf(zone, at));
                if (seen.Add(slot)) yield return slot;
            }

            // In some they were, a minute after midnight.
            int latest = Slot(kind, HourOf(zone, end - 1));
            if (seen.Add(latest)) yield return latest;
            yield break;
        }

        long first = EventTime.Floor(start, EventTime.Hour) / EventTime.Hour, last = EventTime.Floor(end - 1, EventTime.Hour) / EventTime.Hour;
        last = Math.Min(last, first + Slots(kind) - 1);
        for (long hour = first; hour <= last; hour++) yield return Slot(kind, hour);
    }
}

/// <summary>The rows of one signal in one slot of a calendar: only the cells that have any.</summary>
/// <param name="Cells">Ascending.</param>
/// <param name="Counts">Their rows.</param>
public sealed record SlotCounts(ImmutableArray<int> Cells, ImmutableArray<int> Counts)
{
    /// <summary>A slot without a row.</summary>
    public static SlotCounts Empty { get; } = new([], []);

    /// <summary>Adds them to as many counts as the layout has cells.</summary>
    public void AddTo(Span<long> counts)
    {
        for (int i = 0; i < Cells.Length; i++) counts[Cells[i]] += Counts[i];
    }
}

/// <summary>
/// How much more the counts of rows that follow each other vary than those of independent rows do: households, batches and daily cycles
/// make rows alike.
/// </summary>
/// <param name="Rows">Rows of a chunk of the reference at which this was measured; windows may be smaller or larger.</param>
/// <param name="Chunks">How many chunks there were.</param>
/// <param name="Cells">phi: by how much the X2 of a chunk against the others exceeds its mean; at least 1.</param>
/// <param name="Spread">rho: by how much the variance of that X2 exceeds its own, phi being allowed for; at least 1.</param>
/// <param name="Ranks">As <paramref name="Cells"/>, of the squared Mann-Whitney z; 1 for categories.</param>
/// <param name="Worst">As <paramref name="Cells"/>, of the one cell whose rows cluster most; at least that.</param>
public sealed record ClusterScale(double Rows, int Chunks, double Cells, double Spread, double Ranks, double Worst);
