using DriftStream.Time;

namespace DriftStream.Batches;

/// <summary>
/// ISO 8601 times in UTF-8: <c>2017-03-09</c>, <c>2017-03-09T18:30</c>, <c>2017-03-09 18:30:15.123456+02:00</c>. Date and clock are separated
/// by T, t or a space. Seconds, and a fraction of any length, are optional (what is finer than a microsecond is cut off). The zone is Z, z,
/// <c>+hh:mm</c>, <c>+hhmm</c>,
/// <c>+hh</c> or nothing, which means UTC. Nothing else is accepted: no blanks around it, week dates, ordinal dates or leap seconds.
/// </summary>
public static class IsoTime
{
    private const int DateLength = 10, ShortTimeLength = 5, FractionDigits = 6;

    /// <param name="text">The whole text, as UTF-8.</param>
    /// <param name="time">Microseconds since 1970-01-01T00:00Z, or 0.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out long time)
    {
        time = 0;
        if (!TryDate(text, out long days)) return false;
        text = text[DateLength..];
        long clock = 0;
        if (!text.IsEmpty && !TryClock(text, out clock)) return false;
        long value = (days * EventTime.Day) + clock;
        if (value < EventTime.Earliest || value > EventTime.Latest) return false;
        time = value;
        return true;
    }

    private static bool TryDate(ReadOnlySpan<byte> text, out long days)
    {
        days = 0;
        if (text.Length < DateLength || text[4] != '-' || text[7] != '-') return false;
        int year = (Digits(text[..2]) * 100) + Digits(text[2..4]), month = Digits(text[5..7]), day = Digits(text[8..10]);
        if (year < 1 || Digits(text[..2]) < 0 || Digits(text[2..4]) < 0 || month is < 1 or > 12) return false;
        if (day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        days = (new DateTime(year, month, day) - DateTime.UnixEpoch).Days;
        return true;
    }

    // The separator, hh:mm, :ss, a fraction, a zone.
    private static bool TryClock(ReadOnlySpan<byte> text, out long clock)
    {
        clock = 0;
        if (text[0] is not ((byte)'T' or (byte)'t' or (byte)' ')) return false;
        text = text[1..];
        if (text.Length < ShortTimeLength || text[2] != ':') return false;
        int hour = Digits(text[..2]), minute = Digits(text[3..5]);
        if (hour is < 0 or > 23 || minute is < 0 or > 59) return false;
        clock = (hour * EventTime.Hour) + (minute * EventTime.Minute);
        text = text[ShortTimeLength..];
        if (!text.IsEmpty && text[0] == ':')
        {
            if (text.Length < 3 || Digits(text[1..3]) is not (>= 0 and <= 59 and int second)) return false;
            clock += second * EventTime.Second;
            text = text[3..];
            if (!text.IsEmpty && text[0] is (byte)'.' or (byte)',' && !TryFraction(ref text, ref clock)) return false;
        }

        if (text.IsEmpty || (text.Length == 1 && text[0] is (byte)'Z' or (byte)'z')) return true;
        if (!TryZone(text, out long offset)) return false;
        clock -= offset;
        return true;
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> text, ref long clock)
    {
        int length = 1;
        long fraction = 0;
        for (; length < text.Length && text[length] is >= (byte)'0' and <= (byte)'9'; length++)
        {
            if (length <= FractionDigits) fraction = (fraction * 10) + text[length] - '0';
        }

        for (int digit = length; digit <= FractionDigits; digit++) fraction *= 10;
        clock += fraction;
        text = text[length..];
        return length > 1;
    }

    private static bool TryZone(ReadOnlySpan<byte> text, out long offset)
    {
        offset = 0;
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length is not (3 or 5 or 6)) return false;
        if (text.Length == 6 && text[3] != ':') return false;
        int hours = Digits(text[1..3]), minutes = text.Length == 3 ? 0 : Digits(text[^2..]);
        if (hours is < 0 or > 23 || minutes is < 0 or > 59) return false;
        offset = (hours * EventTime.Hour) + (minutes * EventTime.Minute);
        if (text[0] == '-') offset = -offset;
        return true;
    }

    // Two digits, or -1.
    private static int Digits(ReadOnlySpan<byte> two)
    {
        int tens = two[0] - '0', ones = two[1] - '0';
        return (uint)tens > 9 || (uint)ones > 9 ? -1 : (tens * 10) + ones;
    }
}
