using System.Globalization;

namespace DriftStream.Time;

/// <summary>Event time is a <see cref="long"/>: microseconds since 1970-01-01T00:00Z. Here are its spellings.</summary>
public static class EventTime
{
    /// <summary>In microseconds, as all durations of event time are.</summary>
    public const long Second = 1_000_000;
    /// <inheritdoc cref="Second"/>
    public const long Minute = 60 * Second;
    /// <inheritdoc cref="Second"/>
    public const long Hour = 60 * Minute;
    /// <inheritdoc cref="Second"/>
    public const long Day = 24 * Hour;

    /// <summary>Earlier than every row: the watermark of a partition that has accepted none.</summary>
    public const long None = long.MinValue;

    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    /// <summary>0001-01-01 and 9999-12-31: the bounds of the calendar that messages are written in.</summary>
    public static readonly long Earliest = (DateTime.MinValue - Epoch).Ticks / 10, Latest = (DateTime.MaxValue - Epoch).Ticks / 10;

    /// <summary>The event time of a Unix time in milliseconds, such as a Kafka timestamp.</summary>
    /// <exception cref="OverflowException">The microseconds do not fit into a <see cref="long"/>.</exception>
    public static long FromMilliseconds(long milliseconds) => checked(milliseconds * 1000);

    /// <summary>The event time of a date, which is taken as UTC whatever its kind; fractions of a microsecond are cut off.</summary>
    public static long From(DateTime utc) => (utc - Epoch).Ticks / 10;

    /// <summary>ISO 8601 in UTC: <c>2017-03-09T00:00:00Z</c>, with a fraction only where there is one.</summary>
    public static string Format(long time)
    {
        DateTime utc = Epoch.AddTicks(Math.Clamp(time, Earliest, Latest) * 10);
        bool whole = utc.Ticks % TimeSpan.TicksPerSecond == 0;
        return utc.ToString(whole ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Reads ISO 8601; a time without a zone is UTC. False where the text is no such time.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long time)
    {
        bool ok = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset value);
        time = ok ? From(value.UtcDateTime) : 0;
        return ok;
    }

    /// <summary>The greatest multiple of <paramref name="step"/> that is not after <paramref name="time"/>.</summary>
    public static long Floor(long time, long step)
    {
        long rest = time % step;
        return rest < 0 ? time - rest - step : time - rest;
    }
}
