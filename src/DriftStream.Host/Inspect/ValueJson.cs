using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using DriftStream.Batches;

namespace DriftStream.Host.Inspect;

/// <summary>
/// Single values as JSON. What JSON cannot hold exactly is a string: NaN and infinities, minus zero, integers beyond 2^53, decimals.
/// Dates, times and durations are integers in their column's unit; bytes are hexadecimal; dictionary values are their text.
/// </summary>
internal static class ValueJson
{
    private const long LargestExact = 1L << 53;

    /// <summary>Writes a row's value, in a column that can be read.</summary>
    public static void Write(Utf8JsonWriter json, Column column, int row)
    {
        ColumnType type = column.Type;
        if (!ColumnText.HasValue(column, row)) json.WriteNullValue();
        else if (type.IsText) json.WriteStringValue(Encoding.UTF8.GetString(ColumnText.Utf8(column, row)));
        else if (type.IsBinary) json.WriteStringValue(Convert.ToHexStringLower(ColumnText.Binary(column, row)));
        else if (type.Kind == ColumnKind.Decimal) json.WriteStringValue(Decimal(Integer(column, row), type.Scale));
        else if (type.Kind is ColumnKind.Bool or ColumnKind.Float16 or ColumnKind.Float32 or ColumnKind.Float64)
            WriteFloat(json, column, row);
        else WriteInteger(json, Integer(column, row));
    }

    private static void WriteFloat(Utf8JsonWriter json, Column column, int row)
    {
        Span<double> one = stackalloc double[1];
        ColumnNumbers.Widen(column, row, one);
        double value = one[0];
        if (column.Type.Kind == ColumnKind.Bool) json.WriteBooleanValue(value != 0);
        else if (double.IsNaN(value)) json.WriteStringValue("NaN");
        else if (double.IsInfinity(value)) json.WriteStringValue(value > 0 ? "Infinity" : "-Infinity");
        else if (value == 0 && double.IsNegative(value)) json.WriteStringValue("-0.0");
        else json.WriteNumberValue(value);
    }

    private static void WriteInteger(Utf8JsonWriter json, BigInteger value)
    {
        if (value >= -LargestExact && value <= LargestExact) json.WriteNumberValue((long)value);
        else json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    private static BigInteger Integer(Column column, int row)
    {
        int width = column.Type.ValueWidth;
        bool unsigned = column.Type.Kind is >= ColumnKind.UInt8 and <= ColumnKind.UInt64;
        return new BigInteger(column.Values.Span.Slice(row * width, width), unsigned);
    }

    // With as many digits after the point as the scale says; for a negative scale, in the notation that Python and Java then use.
    private static string Decimal(BigInteger unscaled, int scale)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture), sign = unscaled.Sign < 0 ? "-" : "";
        if (scale == 0) return sign + digits;
        if (scale > 0)
        {
            string padded = digits.PadLeft(scale + 1, '0');
            return $"{sign}{padded[..^scale]}.{padded[^scale..]}";
        }

        string fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}E+{digits.Length - 1 - scale}");
    }
}
