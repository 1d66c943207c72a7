using System.Globalization;
using System.Numerics;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Tests.Batches;

/// <summary>A value as text, straight from the column's bytes where they are integers: nothing is rounded.</summary>
internal static class ColumnReading
{
    /// <summary>Null for a null; integers, times and decimals in full; doubles round-trip; text as it is.</summary>
    public static string? Text(Column column, int row)
    {
        if (!ColumnText.HasValue(column, row)) return null;
        switch (column.Type.Kind)
        {
            case ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Utf8View or ColumnKind.Dictionary:
                return Encoding.UTF8.GetString(ColumnText.Utf8(column, row));
            case ColumnKind.Binary or ColumnKind.LargeBinary or ColumnKind.BinaryView or ColumnKind.FixedBinary:
                return Convert.ToHexStringLower(ColumnText.Binary(column, row));
            case ColumnKind.Bool or ColumnKind.Float16 or ColumnKind.Float32 or ColumnKind.Float64:
                Span<double> one = stackalloc double[1];
                ColumnNumbers.Widen(column, row, one);
                return column.Type.Kind == ColumnKind.Bool ? (one[0] != 0 ? "true" : "false") : Double(one[0]);
            case ColumnKind.Decimal:
                return new BigInteger(Slice(column, row, column.Type.Width)).ToString(CultureInfo.InvariantCulture);
            default:
                (int width, bool signed) = Integer(column.Type.Kind);
                return new BigInteger(Slice(column, row, width), !signed).ToString(CultureInfo.InvariantCulture);
        }
    }

    public static string Double(double value) => double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);

    public static double Widened(Column column, int row)
    {
        Span<double> one = stackalloc double[1];
        ColumnNumbers.Widen(column, row, one);
        return one[0];
    }

    private static ReadOnlySpan<byte> Slice(Column column, int row, int width) => column.Values.Span.Slice(row * width, width);

    private static (int Width, bool Signed) Integer(ColumnKind kind) => kind switch
    {
        ColumnKind.Int8 => (1, true),
        ColumnKind.UInt8 => (1, false),
        ColumnKind.Int16 => (2, true),
        ColumnKind.UInt16 => (2, false),
        ColumnKind.Int32 or ColumnKind.Date32 or ColumnKind.Time32 => (4, true),
        ColumnKind.UInt32 => (4, false),
        ColumnKind.UInt64 => (8, false),
        ColumnKind.Int64 or ColumnKind.Date64 or ColumnKind.Time64 or ColumnKind.Timestamp or ColumnKind.Duration => (8, true),
        _ => throw new InvalidOperationException(kind.ToString()),
    };
}
