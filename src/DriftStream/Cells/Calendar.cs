using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Cells;

/// <summary>Which hours of event time are like each other.</summary>
public enum CalendarKind : byte
{
    /// <summary>The same hour of the same day of the week, in UTC: 168 slots, the first from Thursday 00:00.</summary>
    HourOfWeek,

    /// <summary>The same hour of any day, in UTC: 24 slots.</summary>
    HourOfDay,
}

/// <summary>
/// Tells the slots of event time that are like each other, so that a window is compared with reference rows of its own hours.
/// </summary>
/// <param name="Kind">Which hours are alike.</param>
/// <param name="Hours">By slot: how many hours of the reference had rows.</param>
public sealed record Calendar(CalendarKind Kind, ImmutableArray<int> Hours)
{
    /// <summary>Its name in the config.</summary>
    public static string Name(CalendarKind kind) => kind switch
    {
        CalendarKind.HourOfWeek => "hour_of_week",
        CalendarKind.HourOfDay => "hour_of_day",
    };

    /// <summary>How many slots there are.</summary>
    public static int Slots(CalendarKind kind) => kind switch
    {
        CalendarKind.HourOfWeek => 7 * 24,
        CalendarKind.HourOfDay => 24,
    };

    /// <summary>The slot of an hour.</summary>
    /// <param name="kind">Which hours are alike.</param>
    /// <param name="hour">Hours since 1970-01-01T00:00Z.</param>
    public static int Slot(CalendarKind kind, long hour)
    {
        int slots = Slots(kind);
        return (int)(((hour % slots) + slots) % slots);
    }

    /// <summary>The slots that a stretch of event time touches, each once, in the order of its hours.</summary>
    /// <param name="start">Microseconds, inclusive.</param>
    /// <param name="end">Microseconds, exclusive.</param>
    public IEnumerable<int> Of(EventTime start, EventTime end) => Of(Kind, start, end);

    /// <inheritdoc cref="Of(EventTime, EventTime)"/>
    internal static IEnumerable<int> Of(CalendarKind kind, long start, long end)
    {
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
