using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.TimeZones;

namespace DriftStream.Time;

/// <summary>A time zone of the IANA database: its days, which may have 23 or 25 hours, and the time on its clocks.</summary>
/// <remarks>
/// By NodaTime, whose copy of the database is part of the binary: the same answer on every machine and image, where .NET's own depends on the
/// operating system.
/// </remarks>
[JsonConverter(typeof(ZoneJson))]
public sealed class Zone : IEquatable<Zone>
{
    /// <summary>Days outside of these are those of UTC: no calendar is kept there.</summary>
    private const long FirstDay = -719_159, LastDay = 2_932_893; // 0001-01-04 and 9999-12-29

    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    private static readonly ZoneLocalMappingResolver FirstMoment =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    private readonly DateTimeZone _zone;
    private readonly Lazy<Duration> _grain;

    // Windows ask for the same few days again and again. An entry is replaced as a whole, so threads may share them.
    private readonly DayStart?[] _starts = new DayStart?[1024];

    private Zone(DateTimeZone zone)
    {
        _zone = zone;
        _grain = new Lazy<Duration>(FindGrain);
    }

    /// <summary>UTC, whose days all have 24 hours.</summary>
    public static Zone Utc { get; } = new(DateTimeZone.Utc);

    /// <summary>Every id that <see cref="TryFind"/> knows, in their order.</summary>
    public static IEnumerable<string> Ids => TzdbDateTimeZoneSource.Default.GetIds().Order(StringComparer.Ordinal);

    /// <summary>Which database the answers come from, such as <c>TZDB: 2026b (mapping: ...)</c>.</summary>
    public static string Database => TzdbDateTimeZoneSource.Default.VersionId;

    /// <summary>Its id in the database, such as <c>Europe/Berlin</c>.</summary>
    public string Id => _zone.Id;

    /// <summary>
    /// The greatest of 1 h, 30 min and 15 min of which all beginnings of days since 1970 are multiples. Those that are multiples of none (Liberia was
    /// 44 minutes and 30 seconds behind until 1972) do not count.
    /// </summary>
    public Duration Grain => _grain.Value;

    /// <summary>Both have the same id, or are null.</summary>
    public static bool operator ==(Zone? left, Zone? right) => Equals(left, right);

    /// <summary>The ids differ.</summary>
    public static bool operator !=(Zone? left, Zone? right) => !Equals(left, right);

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

    /// <summary>
    /// When a day begins: midnight, or the first moment after it where clocks are put forward at midnight; the first of two midnights. A day that the
    /// zone left out, as Samoa did with 2011-12-30, begins when the next one does.
    /// </summary>
    public EventTime StartOf(DateOnly day) => Of(_zone.ResolveLocal(LocalDate.FromDateOnly(day).AtMidnight(), FirstMoment).ToInstant());

    /// <summary>When the day with a number begins, not later than at a multiple of <see cref="Grain"/>. Never before the day with the number before.</summary>
    /// <param name="day">Days since 1970-01-01; before year 1 and after year 9999 days are those of UTC.</param>
    public EventTime StartOfDay(long day)
    {
        if (day is < FirstDay or > LastDay) return new EventTime(day * EventTime.Day);
        ref DayStart? known = ref _starts[(int)(((day % _starts.Length) + _starts.Length) % _starts.Length)];
        if (known is { } start && start.Day == day) return start.At;
        EventTime at = new(EventTime.Floor(StartOf(Epoch.AddDays((int)day)), Grain));
        known = new DayStart(day, at);
        return at;
    }

    /// <summary>The number of the last day that has begun at a time, as <see cref="StartOfDay"/> has it.</summary>
    public long DayAt(EventTime time)
    {
        long day = EventTime.Floor(time, EventTime.Day) / EventTime.Day;
        while (StartOfDay(day) > time) day--;
        while (StartOfDay(day + 1) <= time) day++;
        return day;
    }

    /// <summary>What the zone's clocks and calendars show at a time, in microseconds since they showed 1970-01-01T00:00.</summary>
    public long LocalAt(EventTime time) => time + (_zone.GetUtcOffset(InstantOf(time)).Ticks / 10);

    /// <summary>
    /// When the zone's clocks show a time: the first of two where they are put back, as much later as they were put forward where it is skipped.
    /// </summary>
    public EventTime At(DateOnly day, TimeOnly clock) =>
        Of(_zone.AtLeniently(LocalDate.FromDateOnly(day).At(LocalTime.FromTimeOnly(clock))).ToInstant());

    /// <inheritdoc/>
    public bool Equals(Zone? other) => other is not null && Id == other.Id;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Zone);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Id;

    private static Instant InstantOf(EventTime time) => Instant.FromUnixTimeTicks(Math.Clamp(time, EventTime.Earliest, EventTime.Latest) * 10);

    private ZonedDateTime In(EventTime time) => InstantOf(time).InZone(_zone);

    // Days begin at the same time of day but around changes of the clocks, and the rules of the future repeat each year.
    private Duration FindGrain()
    {
        const int quarter = 15;
        long grain = EventTime.Hour;
        foreach (ZoneInterval interval in _zone.GetZoneIntervals(Instant.FromUtc(1970, 1, 1, 0, 0), Instant.FromUtc(2100, 1, 1, 0, 0)))
        {
            LocalDate first = new(1970, 1, 2), around = interval.HasStart ? LocalDate.Max(first, interval.IsoLocalStart.Date) : first;
            for (int day = -1; day <= 2; day++)
            {
                long start = StartOf(around.PlusDays(day).ToDateOnly());
                while (start % grain != 0 && start % (quarter * EventTime.Minute) == 0) grain /= 2;
            }
        }

        return new Duration(grain);
    }

    private static EventTime Of(Instant instant) => new(instant.ToUnixTimeTicks() / 10);

    private sealed record DayStart(long Day, EventTime At);
}

/// <summary>Writes a zone as its id.</summary>
internal sealed class ZoneJson : JsonConverter<Zone>
{
    public override Zone Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Zone.TryFind(reader.GetString()!, out Zone? zone) ? zone : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, Zone value, JsonSerializerOptions options) => writer.WriteStringValue(value.Id);
}
