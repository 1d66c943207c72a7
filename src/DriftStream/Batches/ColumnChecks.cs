using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;

namespace DriftStream.Batches;

/// <summary>What must hold of values before anyone follows them. Each check returns whether they are sound.</summary>
internal static class ColumnChecks
{
    /// <summary>Offsets start at 0 or later, never decrease, and end inside the data.</summary>
    public static bool OffsetsRise<T>(ReadOnlySpan<T> offsets, int dataLength) where T : unmanaged, IBinaryInteger<T>
    {
        // The sign bit of anything negative survives the or, so one branch serves all rows. A difference can only overflow where an
        // offset is negative, and that shows by itself.
        T wrong = offsets[0], end = T.CreateSaturating(dataLength);
        for (int i = 1; i < offsets.Length; i++) wrong |= offsets[i] | (offsets[i] - offsets[i - 1]);
        return !T.IsNegative(wrong) && offsets[^1] <= end;
    }

    /// <summary>Indices of valid rows are at least 0 and below <paramref name="count"/>.</summary>
    /// <typeparam name="T">The unsigned type of the indices' width, so that negative indices are too large.</typeparam>
    public static bool IndicesFit<T>(ReadOnlySpan<T> indices, ReadOnlySpan<byte> validity, int count) where T : unmanaged, IBinaryInteger<T>
    {
        if (indices.IsEmpty) return true;
        if (ulong.CreateTruncating(TensorPrimitives.Max(indices)) < (ulong)count) return true;
        if (validity.IsEmpty) return false;
        for (int i = 0; i < indices.Length; i++)
        {
            if (Bits.IsSet(validity, i) && ulong.CreateTruncating(indices[i]) >= (ulong)count) return false;
        }

        return true;
    }

    /// <summary>Ends of runs rise from above 0 to the number of rows or beyond it.</summary>
    /// <param name="ends">int16, int32 or int64, without nulls.</param>
    /// <param name="places">The run of each row.</param>
    public static bool RunsCover(Column ends, Span<int> places)
    {
        ReadOnlySpan<byte> bytes = ends.Values.Span;
        return ends.Type.Kind switch
        {
            ColumnKind.Int16 => RunsCover(ColumnNumbers.Of<short>(bytes), places),
            ColumnKind.Int32 => RunsCover(ColumnNumbers.Of<int>(bytes), places),
            _ => RunsCover(ColumnNumbers.Of<long>(bytes), places),
        };
    }

    private static bool RunsCover<T>(ReadOnlySpan<T> ends, Span<int> places) where T : unmanaged, IBinaryInteger<T>
    {
        long row = 0;
        for (int run = 0; run < ends.Length; run++)
        {
            long end = long.CreateTruncating(ends[run]);
            if (end <= row) return false;
            if (row < places.Length) places[(int)row..(int)Math.Min(end, places.Length)].Fill(run);
            row = end;
        }

        return row >= places.Length;
    }

    /// <summary>Views of valid rows are inline or lie inside one of the column's data buffers.</summary>
    /// <param name="column">A column of views.</param>
    /// <param name="textBytes">Bytes of all texts together: views may share their data, so this is not bounded by the message.</param>
    public static bool ViewsFit(Column column, out long textBytes)
    {
        ReadOnlySpan<byte> views = column.Values.Span, validity = column.Validity.Span;
        textBytes = 0;
        for (int row = 0; row < column.Rows; row++)
        {
            if (!validity.IsEmpty && !Bits.IsSet(validity, row)) continue;
            ReadOnlySpan<byte> view = views.Slice(row * ColumnText.ViewSize, ColumnText.ViewSize);
            int length = BinaryPrimitives.ReadInt32LittleEndian(view);
            if (length < 0) return false;
            textBytes += length;
            if (length <= ColumnText.InlineView) continue;
            int buffer = BinaryPrimitives.ReadInt32LittleEndian(view[8..]), offset = BinaryPrimitives.ReadInt32LittleEndian(view[12..]);
            if ((uint)buffer >= (uint)column.ViewBufferCount || offset < 0) return false;
            if (offset > column.ViewBuffers[buffer].Length - length) return false;
        }

        return true;
    }
}
