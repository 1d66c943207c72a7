using System.Diagnostics.CodeAnalysis;
using NodaTime;
using NodaTime.TimeZones;

namespace DriftStream.Time;

/// <summary>A time zone of the IANA database: its days, which may have 23 or 25 hours, and the time on its clocks.</summary>
/// <remarks>
/// By NodaTime, whose copy of the database is part of the binary: the same answer on every machine and image, where .NET's own depends on the
/// operating system.
/// </remarks>
public sealed class Zone
{
    private readonly DateTimeZone _zone;

    private Zone(DateTimeZone zone) => _zone = zone;

    /// <summary>UTC, whose days all have 24 hours.</summary>
    public static Zone Utc { get; } = new(DateTimeZone.Utc);

    /// <summary>Every id that <see cref="TryFind"/> knows, in their order.</summary>
    public static IEnumerable<string> Ids => TzdbDateTimeZoneSource.Default.GetIds().Order(StringComparer.Ordinal);

    /// <summary>Which database the answers come from, such as <c>TZDB: 2026b (mapping: ...)</c>.</summary>
    public static string Database => TzdbDateTimeZoneSource.Default.VersionId;

    /// <summary>Its id in the database, such as <c>Europe/Berlin</c>.</summary>
    public string Id => _zone.Id;

    /// <summary>The zone with an id of the IANA database, in its spelling.</summary>
    public static bool TryFind(string id, [NotNullWhen(true)] out Zone? zone)
    {
        DateTimeZone? found = DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
        zone = found is null ? null : new Zone(found);
        return zone is not null;
    }

    /// <summary>The date that the zone's calendars show at a time.</summary>
    public DateOnly DateOf(EventTime time) => In(time).Date.ToDateOnly();

    /// <summary>The time of day that the zone's clocks show at a time; a full second or less is kept to the microsecond.</summary>
    public TimeOnly ClockOf(EventTime time) => In(time).TimeOfDay.ToTimeOnly();

    /// <summary>When a day begins: midnight, or the first moment after it where clocks are put forward at midnight.</summary>
    public EventTime StartOf(DateOnly day) => Of(_zone.AtStartOfDay(LocalDate.FromDateOnly(day)).ToInstant());

    /// <summary>
    /// When the zone's clocks show a time: the first of two where they are put back, as much later as they were put forward where it is skipped.
    /// </summary>
    public EventTime At(DateOnly day, TimeOnly clock) =>
        Of(_zone.AtLeniently(LocalDate.FromDateOnly(day).At(LocalTime.FromTimeOnly(clock))).ToInstant());

    /// <inheritdoc/>
    public override string ToString() => Id;

    private ZonedDateTime In(EventTime time) => Instant.FromUnixTimeTicks(Math.Clamp(time, EventTime.Earliest, EventTime.Latest) * 10).InZone(_zone);

    private static EventTime Of(Instant instant) => new(instant.ToUnixTimeTicks() / 10);
}
