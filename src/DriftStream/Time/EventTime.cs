using System.Globalization;
using System.Text.Json.Serialization;

namespace DriftStream.Time;

/// <summary>A point in event time, or of a clock: microseconds since 1970-01-01T00:00Z.</summary>
/// <remarks>
/// Made only by name, so that no duration, offset or number of rows is taken for a time; read as a <see cref="long"/>, so that columns of
/// times and arithmetic within a stage stay bare numbers. As text and in JSON it is the number; <see cref="Format"/> writes it for people.
/// </remarks>
/// <param name="Microseconds">Since 1970-01-01T00:00Z; negative before.</param>
[JsonConverter(typeof(NumberJson<EventTime>))]
public readonly record struct EventTime(long Microseconds) : IComparable<EventTime>, IFormattable, INumbered<EventTime>
{
    /// <summary>In microseconds, for arithmetic on bare numbers.</summary>
    public const long Second = 1_000_000;
    /// <inheritdoc cref="Second"/>
    public const long Minute = 60 * Second;
    /// <inheritdoc cref="Second"/>
    public const long Hour = 60 * Minute;
    /// <inheritdoc cref="Second"/>
    public const long Day = 24 * Hour;

    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    /// <summary>Earlier than every row: the watermark of a partition that has accepted none.</summary>
    public static EventTime None => new(long.MinValue);

    /// <summary>Later than every row.</summary>
    public static EventTime Never => new(long.MaxValue);

    /// <summary>0001-01-01: the first day of the calendar that messages are written in.</summary>
    public static EventTime Earliest { get; } = From(DateTime.MinValue);

    /// <summary>9999-12-31: the last day of that calendar.</summary>
    public static EventTime Latest { get; } = From(DateTime.MaxValue);

    static EventTime INumbered<EventTime>.Of(long number) => new(number);

    long INumbered<EventTime>.Number => Microseconds;

    /// <summary>The microseconds.</summary>
    public static implicit operator long(EventTime time) => time.Microseconds;

    /// <inheritdoc cref="Add"/>
    public static EventTime operator +(EventTime time, Duration duration) => time.Add(duration);

    /// <inheritdoc cref="Subtract(Duration)"/>
    public static EventTime operator -(EventTime time, Duration duration) => time.Subtract(duration);

    /// <inheritdoc cref="Subtract(EventTime)"/>
    public static Duration operator -(EventTime later, EventTime earlier) => later.Subtract(earlier);

    /// <summary>The event time of a Unix time in milliseconds, such as a Kafka timestamp.</summary>
    /// <exception cref="OverflowException">The microseconds do not fit into a <see cref="long"/>.</exception>
    public static EventTime FromMilliseconds(long milliseconds) => new(checked(milliseconds * 1000));

    /// <summary>The event time of a date, which is taken as UTC whatever its kind; fractions of a microsecond are cut off.</summary>
    public static EventTime From(DateTime utc) => new((utc - Epoch).Ticks / 10);

    /// <summary>ISO 8601 in UTC: <c>2017-03-09T00:00:00Z</c>, with a fraction only where there is one.</summary>
    public static string Format(long time)
    {
        DateTime utc = Epoch.AddTicks(Math.Clamp(time, Earliest, Latest) * 10);
        bool whole = utc.Ticks % TimeSpan.TicksPerSecond == 0;
        return utc.ToString(whole ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Reads ISO 8601; a time without a zone is UTC. False where the text is no such time.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EventTime time)
    {
        bool ok = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset value);
        time = ok ? From(value.UtcDateTime) : default;
        return ok;
    }

    /// <summary>The greatest multiple of <paramref name="step"/> that is not after <paramref name="time"/>; both in microseconds.</summary>
    public static long Floor(long time, long step)
    {
        long rest = time % step;
        return rest < 0 ? time - rest - step : time - rest;
    }

    /// <summary>The earlier of two times.</summary>
    public static EventTime Min(EventTime left, EventTime right) => left.Microseconds <= right.Microseconds ? left : right;

    /// <summary>The later of two times.</summary>
    public static EventTime Max(EventTime left, EventTime right) => left.Microseconds >= right.Microseconds ? left : right;

    /// <summary>So much later.</summary>
    public EventTime Add(Duration duration) => new(Microseconds + duration.Microseconds);

    /// <summary>So much earlier.</summary>
    public EventTime Subtract(Duration duration) => new(Microseconds - duration.Microseconds);

    /// <summary>How long after <paramref name="earlier"/> this is.</summary>
    public Duration Subtract(EventTime earlier) => new(Microseconds - earlier.Microseconds);

    /// <summary>The microseconds, as the conversion gives them.</summary>
    public long ToInt64() => Microseconds;

    /// <inheritdoc/>
    public int CompareTo(EventTime other) => Microseconds.CompareTo(other.Microseconds);

    /// <inheritdoc/>
    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => Microseconds.ToString(format, formatProvider);
}
