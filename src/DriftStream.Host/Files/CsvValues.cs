using System.Buffers;
using System.Globalization;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>What the cells of a CSV file, which has no types, mean: numbers, booleans, times, and words for no value.</summary>
internal static class CsvValues
{
    private const double LargestInteger = 1L << 53;
    private const int LongestTime = 64;

    // What R, pandas, spreadsheets and databases write for no value. In a column of texts these are texts: NA is also a country.
    private static readonly HashSet<string> None =
        new(["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null", "None", "\\N"], StringComparer.Ordinal);

    private static readonly SearchValues<char> Fractional = SearchValues.Create(".eEnN");
    private static readonly SearchValues<char> CommaNumber = SearchValues.Create("0123456789.,' \u00A0\u202F+-");

    /// <summary>Whether the cell of a number, boolean or time says that there is no value.</summary>
    public static bool IsNone(ReadOnlySpan<char> text) => text.IsEmpty || None.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text);

    public static bool TryInt64(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value);

    /// <summary>A number with a point, or <c>NaN</c>, <c>inf</c>, <c>Infinity</c> in any case and with a sign.</summary>
    public static bool TryFloat64(ReadOnlySpan<char> text, out double value)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return double.IsFinite(value) || !text.ContainsAnyInRange('0', '9'); // 1e999 is no infinity
        bool negative = text is ['-', ..];
        value = negative ? double.NegativeInfinity : double.PositiveInfinity;
        return text.TrimStart("+-").Equals("inf", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a number is written as an integer that a double may not hold.</summary>
    public static bool IsRounded(ReadOnlySpan<char> text, double value) => Math.Abs(value) >= LargestInteger && !text.ContainsAny(Fractional);

    public static bool TryBool(ReadOnlySpan<char> text, out bool value)
    {
        value = text.Equals("true", StringComparison.OrdinalIgnoreCase);
        return value || text.Equals("false", StringComparison.OrdinalIgnoreCase);
    }

    public static bool TryTime(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        Span<byte> utf8 = stackalloc byte[LongestTime];
        return Encoding.UTF8.TryGetBytes(text, utf8, out int length) && IsoTime.TryParse(utf8[..length], out value);
    }

    /// <summary>
    /// Whether it would be a number if commas were decimal points or grouped thousands. Nobody can tell which: 1,234 may be either.
    /// </summary>
    public static bool IsCommaNumber(ReadOnlySpan<char> text) =>
        text.Contains(',') && !text.ContainsAnyExcept(CommaNumber) && text.ContainsAnyInRange('0', '9');

    public static string Shown(ReadOnlySpan<char> value) => value.Length <= 40 ? value.ToString() : $"{value[..40]}...";
}
