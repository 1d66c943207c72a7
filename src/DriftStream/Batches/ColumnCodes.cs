using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace DriftStream.Batches;

/// <summary>The indices of dictionary columns, whatever integer they are written as.</summary>
public static class ColumnCodes
{
    /// <summary>What a null row reads as.</summary>
    public const int NoCode = -1;

    /// <summary>
    /// The indices as they lie in the message, for kernels that take their type. Those of null rows are not checked
    /// and may be anything.
    /// </summary>
    /// <exception cref="InvalidOperationException">The column's indices are of another type.</exception>
    public static ReadOnlySpan<T> Of<T>(Column column) where T : unmanaged, IBinaryInteger<T> =>
        column.Type.Index == KindOf<T>()
            ? ColumnNumbers.Of<T>(column.Values.Span)[..column.Rows]
            : throw new InvalidOperationException($"the indices of a column of type {column.Type.Name} were read as {typeof(T).Name}");

    /// <summary>Writes the indices of the rows from <paramref name="start"/> on; a null row's is <see cref="NoCode"/>.</summary>
    public static void Read(Column column, int start, Span<int> codes)
    {
        ReadOnlySpan<byte> bytes = column.Values.Span;
        switch (column.Type.Index)
        {
            case ColumnKind.Int8: Widen<sbyte>(bytes, start, codes); break;
            case ColumnKind.UInt8: Widen<byte>(bytes, start, codes); break;
            case ColumnKind.Int16: Widen<short>(bytes, start, codes); break;
            case ColumnKind.UInt16: Widen<ushort>(bytes, start, codes); break;
            case ColumnKind.Int32 or ColumnKind.UInt32: ColumnNumbers.Of<int>(bytes).Slice(start, codes.Length).CopyTo(codes); break;
            case ColumnKind.Int64 or ColumnKind.UInt64: Widen<long>(bytes, start, codes); break;
            default: throw new InvalidOperationException($"a column of type {column.Type.Name} has no indices");
        }

        if (column.Nulls == 0) return;
        ReadOnlySpan<byte> validity = column.Validity.Span;
        for (int i = 0; i < codes.Length; i++)
        {
            if (!Bits.IsSet(validity, start + i)) codes[i] = NoCode;
        }
    }

    /// <summary>Writes the indices as unsigned integers; a null row's is <see cref="uint.MaxValue"/>.</summary>
    public static void Read(Column column, int start, Span<uint> codes) => Read(column, start, MemoryMarshal.Cast<uint, int>(codes));

    /// <summary>The index of one valid row.</summary>
    internal static int At(Column column, int row)
    {
        ReadOnlySpan<byte> bytes = column.Values.Span;
        return column.Type.Index switch
        {
            ColumnKind.Int8 => (sbyte)bytes[row],
            ColumnKind.UInt8 => bytes[row],
            ColumnKind.Int16 => ColumnNumbers.Of<short>(bytes)[row],
            ColumnKind.UInt16 => ColumnNumbers.Of<ushort>(bytes)[row],
            ColumnKind.Int32 or ColumnKind.UInt32 => ColumnNumbers.Of<int>(bytes)[row],
            _ => (int)ColumnNumbers.Of<long>(bytes)[row],
        };
    }

    private static void Widen<T>(ReadOnlySpan<byte> bytes, int start, Span<int> codes) where T : unmanaged, INumber<T> =>
        TensorPrimitives.ConvertTruncating(ColumnNumbers.Of<T>(bytes).Slice(start, codes.Length), codes);

    private static ColumnKind KindOf<T>() => Type.GetTypeCode(typeof(T)) switch
    {
        TypeCode.SByte => ColumnKind.Int8,
        TypeCode.Byte => ColumnKind.UInt8,
        TypeCode.Int16 => ColumnKind.Int16,
        TypeCode.UInt16 => ColumnKind.UInt16,
        TypeCode.Int32 => ColumnKind.Int32,
        TypeCode.UInt32 => ColumnKind.UInt32,
        TypeCode.Int64 => ColumnKind.Int64,
        TypeCode.UInt64 => ColumnKind.UInt64,
        _ => ColumnKind.Null,
    };
}
