using System.Buffers.Binary;
using System.Numerics;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Counts the rows of a column that hold a value.</summary>
internal static class ValidRows
{
    public static int Count(Column column, int start, int length)
    {
        ReadOnlySpan<byte> bits = column.Validity.Span;
        if (bits.IsEmpty) return column.Type.Kind == ColumnKind.Null ? 0 : length;
        int count = 0, row = start, end = start + length;
        for (; row < end && (row & 7) != 0; row++) count += bits[row >> 3] >> (row & 7) & 1;
        for (; row + 64 <= end; row += 64) count += BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(bits[(row >> 3)..]));
        for (; row + 8 <= end; row += 8) count += BitOperations.PopCount(bits[row >> 3]);
        for (; row < end; row++) count += bits[row >> 3] >> (row & 7) & 1;
        return count;
    }
}
