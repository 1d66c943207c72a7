using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace DriftStream.Batches;

/// <summary>
/// The values of number columns. The value of a null row is whatever the producer left there: look at
/// <see cref="Column.Validity"/>. Spans may start at any address (Kafka aligns nothing); x64 and arm64 read them as they are.
/// </summary>
public static class ColumnNumbers
{
    /// <summary>Numbers, bool (0 and 1), and columns that hold only nulls.</summary>
    public static bool CanWiden(ColumnType type) => type.IsNumber || type.Kind is ColumnKind.Bool or ColumnKind.Null;

    /// <summary>The values of a <see cref="ColumnKind.Float32"/> column, one a row.</summary>
    public static ReadOnlySpan<float> Float32(Column column) => Of<float>(column, ColumnKind.Float32);

    /// <summary>The values of a <see cref="ColumnKind.Float64"/> column, one a row.</summary>
    public static ReadOnlySpan<double> Float64(Column column) => Of<double>(column, ColumnKind.Float64);

    /// <summary>
    /// Writes the rows from <paramref name="start"/> on as doubles. Exact for all but integers beyond 2^53 (the nearest double) and
    /// decimals: the nearest double of the unscaled integer, divided by 10^scale, which is the nearest double of the decimal
    /// where the unscaled integer is below 2^53 and the scale at most 22. A column of nulls gives NaN.
    /// </summary>
    /// <exception cref="InvalidOperationException">The column's type is not a number (<see cref="CanWiden"/>).</exception>
    public static void Widen(Column column, int start, Span<double> values)
    {
        ReadOnlySpan<byte> bytes = column.Values.Span;
        switch (column.Type.Kind)
        {
            case ColumnKind.Null: values.Fill(double.NaN); break;
            case ColumnKind.Bool: WidenBits(bytes, start, values); break;
            case ColumnKind.Int8: Widen<sbyte>(bytes, start, values); break;
            case ColumnKind.Int16: Widen<short>(bytes, start, values); break;
            case ColumnKind.Int32: Widen<int>(bytes, start, values); break;
            case ColumnKind.Int64: Widen<long>(bytes, start, values); break;
            case ColumnKind.UInt8: Widen<byte>(bytes, start, values); break;
            case ColumnKind.UInt16: Widen<ushort>(bytes, start, values); break;
            case ColumnKind.UInt32: Widen<uint>(bytes, start, values); break;
            case ColumnKind.UInt64: Widen<ulong>(bytes, start, values); break;
            case ColumnKind.Float16: Widen<Half>(bytes, start, values); break;
            case ColumnKind.Float32: Widen<float>(bytes, start, values); break;
            case ColumnKind.Float64: Of<double>(bytes).Slice(start, values.Length).CopyTo(values); break;
            case ColumnKind.Decimal: DecimalNumbers.Widen(bytes, column.Type.Width, column.Type.Scale, start, values); break;
            default: throw new InvalidOperationException($"a column of type {column.Type.Name} holds no numbers");
        }
    }

    internal static ReadOnlySpan<T> Of<T>(ReadOnlySpan<byte> bytes) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);

    private static ReadOnlySpan<T> Of<T>(Column column, ColumnKind kind) where T : unmanaged =>
        column.Type.Kind == kind
            ? Of<T>(column.Values.Span)[..column.Rows]
            : throw new InvalidOperationException($"a column of type {column.Type.Name} was read as {kind}");

    private static void Widen<T>(ReadOnlySpan<byte> bytes, int start, Span<double> values) where T : unmanaged, INumber<T> =>
        TensorPrimitives.ConvertTruncating(Of<T>(bytes).Slice(start, values.Length), values);

    private static void WidenBits(ReadOnlySpan<byte> bits, int start, Span<double> values)
    {
        for (int i = 0; i < values.Length; i++) values[i] = Bits.IsSet(bits, start + i) ? 1 : 0;
    }
}
