using System.Globalization;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>Which type a CSV column has: what all its values allow.</summary>
internal sealed class CsvTypes
{
    /// <summary>For people, where types were found and not stated.</summary>
    public const string Rule =
        "a CSV column is the first of int64, float64, ISO 8601 time and text that all its values in the whole file allow; empty is null";

    private const int LongestTime = 64;

    private bool _empty = true, _int64 = true, _float64 = true, _time = true;

    public ColumnKind Kind => _empty ? ColumnKind.Null
        : _int64 ? ColumnKind.Int64
        : _float64 ? ColumnKind.Float64
        : _time ? ColumnKind.Timestamp
        : ColumnKind.Dictionary;

    public void See(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty) return;
        _empty = false;
        _int64 = _int64 && TryInt64(value, out _);
        _float64 = _float64 && TryFloat64(value, out _);
        _time = _time && TryTime(value, out _);
    }

    public static ColumnType TypeOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Null => ColumnTypes.Null,
        ColumnKind.Int64 => ColumnTypes.Int64,
        ColumnKind.Float64 => ColumnTypes.Float64,
        ColumnKind.Timestamp => ColumnTypes.Time,
        ColumnKind.Dictionary => ColumnTypes.Category,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "a CSV column is Int64, Float64, Timestamp or Dictionary"),
    };

    public static bool TryInt64(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value);

    public static bool TryFloat64(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    public static bool TryTime(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        Span<byte> utf8 = stackalloc byte[LongestTime];
        return Encoding.UTF8.TryGetBytes(text, utf8, out int length) && IsoTime.TryParse(utf8[..length], out value);
    }
}
