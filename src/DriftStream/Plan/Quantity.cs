using System.Globalization;

namespace DriftStream.Plan;

/// <summary>The spellings of durations, sizes and rates in configs and on command lines. There is one way to write each value.</summary>
public static class Quantity
{
    private static readonly (string Unit, long Factor)[] Sizes = [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    /// <summary><c>250ms 30s 5m 1h 7d</c> in microseconds: a whole number, not negative, and its unit.</summary>
    public static bool TryDuration(ReadOnlySpan<char> text, out long microseconds) => TryUnits(text, Time.Duration.Units, out microseconds);

    /// <summary><c>512B 64KiB 64MiB 1GiB</c> in bytes; a bare number is bytes.</summary>
    public static bool TrySize(ReadOnlySpan<char> text, out long bytes) => TryUnits(text, Sizes, out bytes) || TryWhole(text, out bytes);

    /// <summary><c>5%</c> or <c>0.05</c>: the same double. Finite; the caller checks the range.</summary>
    public static bool TryRate(ReadOnlySpan<char> text, out double rate)
    {
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        rate = 0;
        // Dividing by 100 would round twice, so an exponent moves the point before the text becomes binary.
        bool ok = text.EndsWith("%")
            ? !text.ContainsAny('e', 'E')
                && double.TryParse($"{text[..^1]}e-2", style | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out rate)
            : double.TryParse(text, style | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out rate);
        if (ok && double.IsFinite(rate)) return true;
        rate = 0;
        return false;
    }

    /// <summary>Only digits, within a long.</summary>
    public static bool TryWhole(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>So many in so long, neither of them nothing: <c>1 per 30d</c>.</summary>
    internal static bool TryPace(string text, out long number, out Time.Duration per)
    {
        (number, per) = (0, default);
        if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var count, "per", var length]) return false;
        if (!TryWhole(count, out number) || number < 1 || !TryDuration(length, out long microseconds) || microseconds < 1) return false;
        per = new Time.Duration(microseconds);
        return true;
    }

    /// <summary>In the greatest unit that needs no fraction: <c>36h</c>, <c>7d</c>; 0 is <c>0s</c>.</summary>
    public static string Duration(long microseconds) => new Time.Duration(microseconds).Spell();

    /// <summary>In the greatest unit that needs no fraction: <c>64KiB</c>; 0 is <c>0B</c>.</summary>
    public static string Size(long bytes) => bytes == 0 ? "0B" : Spell(bytes, Sizes);

    /// <summary>The shortest decimal that reads back as the same double: <c>0.05</c>.</summary>
    public static string Rate(double rate) => rate.ToString("R", CultureInfo.InvariantCulture);

    internal static string Digits(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static bool TryUnits(ReadOnlySpan<char> text, ReadOnlySpan<(string Unit, long Factor)> units, out long value)
    {
        value = 0;
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !TryWhole(text[..digits], out long number)) return false;
        foreach ((string unit, long factor) in units)
        {
            if (!text[digits..].SequenceEqual(unit)) continue;
            if (number > long.MaxValue / factor) return false;
            value = number * factor;
            return true;
        }

        return false;
    }

    private static string Spell(long value, (string Unit, long Factor)[] units)
    {
        foreach ((string unit, long factor) in units)
        {
            if (value > 0 && value % factor == 0) return string.Create(CultureInfo.InvariantCulture, $"{value / factor}{unit}");
        }

        throw new ArgumentException($"{value} has no spelling", nameof(value));
    }
}
