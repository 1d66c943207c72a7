using System.Globalization;
using System.Text.Json.Serialization;

namespace DriftStream.Time;

/// <summary>A length of event time, or of a clock's time. Made only by name and read as a <see cref="long"/>, as <see cref="EventTime"/> is.</summary>
/// <param name="Microseconds">How many.</param>
[JsonConverter(typeof(NumberJson<Duration>))]
public readonly record struct Duration(long Microseconds) : IComparable<Duration>, IFormattable, INumbered<Duration>
{
    /// <summary>How lengths are spelled, the greatest unit first, with its microseconds.</summary>
    internal static ReadOnlySpan<(string Unit, long Factor)> Units => _units;

    private static readonly (string Unit, long Factor)[] _units =
        [("d", EventTime.Day), ("h", EventTime.Hour), ("m", EventTime.Minute), ("s", EventTime.Second), ("ms", EventTime.Second / 1000)];

    /// <summary>No time at all.</summary>
    public static Duration Zero => default;

    /// <summary>The least there is: the grain of event time.</summary>
    public static Duration Microsecond => new(1);

    static Duration INumbered<Duration>.Of(long number) => new(number);

    long INumbered<Duration>.Number => Microseconds;

    /// <summary>The microseconds.</summary>
    public static implicit operator long(Duration duration) => duration.Microseconds;

    /// <inheritdoc cref="Add"/>
    public static Duration operator +(Duration left, Duration right) => left.Add(right);

    /// <inheritdoc cref="Subtract"/>
    public static Duration operator -(Duration left, Duration right) => left.Subtract(right);

    /// <summary>That many seconds.</summary>
    public static Duration FromSeconds(long seconds) => new(seconds * EventTime.Second);

    /// <summary>That many minutes.</summary>
    public static Duration FromMinutes(long minutes) => new(minutes * EventTime.Minute);

    /// <summary>That many hours.</summary>
    public static Duration FromHours(long hours) => new(hours * EventTime.Hour);

    /// <summary>That many days of 24 hours.</summary>
    public static Duration FromDays(long days) => new(days * EventTime.Day);

    /// <summary>In the greatest unit that needs no fraction: <c>36h</c>, <c>7d</c>; 0 is <c>0s</c>. What no config can say is in microseconds: <c>8us</c>.</summary>
    public string Spell()
    {
        if (Microseconds == 0) return "0s";
        foreach ((string unit, long factor) in Units)
        {
            if (Microseconds > 0 && Microseconds % factor == 0) return string.Create(CultureInfo.InvariantCulture, $"{Microseconds / factor}{unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Microseconds}us");
    }

    /// <summary>Both, one after the other.</summary>
    public Duration Add(Duration other) => new(Microseconds + other.Microseconds);

    /// <summary>By how much this is longer.</summary>
    public Duration Subtract(Duration other) => new(Microseconds - other.Microseconds);

    /// <summary>The microseconds, as the conversion gives them.</summary>
    public long ToInt64() => Microseconds;

    /// <inheritdoc/>
    public int CompareTo(Duration other) => Microseconds.CompareTo(other.Microseconds);

    /// <inheritdoc/>
    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => Microseconds.ToString(format, formatProvider);
}
