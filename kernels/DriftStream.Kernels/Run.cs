using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>The rows to be taken next: whole vectors as they lie in the column, then a copy of those that do not fill one.</summary>
internal readonly unsafe ref struct Run<TLanes, TVector, T>(Block<T> block, int nulls)
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Fewer rows are copied all together, since two runs would cost more.</summary>
    private const int LeastWhole = 64;

    public readonly Block<T> Block = block;

    public readonly int Nulls = nulls;

    /// <param name="column">Its first row.</param>
    /// <param name="row">The first row not yet taken.</param>
    /// <param name="rows">The most rows.</param>
    /// <param name="validity">The column's bitmap, or null.</param>
    /// <param name="validityOffset">The bit of the first row.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="copyNulls">The kernel does not know nulls: it gets a copy with NaN in their place.</param>
    /// <param name="anyOrder">Where the end does not fill a register, the column's last register may serve, with NaN in place of rows already taken.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Run<TLanes, TVector, T> Of(T* column, int row, int rows, byte* validity, int validityOffset, Scratch scratch, bool copyNulls, bool anyOrder)
    {
        if (rows >= LeastWhole) rows &= -Block<T>.Unit;
        long bit = (long)validityOffset + row;
        int nulls = validity == null ? 0 : Bitmap.CountZeros(validity, bit, rows, scratch.Valid);
        var copy = (T*)scratch.Block;
        if (rows >= LeastWhole && (nulls == 0 || !copyNulls))
            return new(new(column + row, rows, rows, nulls == 0 ? null : scratch.Valid, copy), nulls);
        if (anyOrder && nulls == 0 && row >= TLanes.Width && rows < LeastWhole) return new(new(copy, CopyLast(column + row, rows, copy), rows, null, copy), 0);
        int count = (rows + Block<T>.Unit - 1) & -Block<T>.Unit;
        Blanks<TLanes, TVector, T>.Copy(column + row, rows, nulls == 0 ? null : validity, bit, T.NaN, copy, count);
        return new(new(copy, count, rows, null, copy), nulls);
    }

    // A copy of fewer rows would be written in pieces and read as a whole, and the read would wait for the pieces.
    private static int CopyLast(T* values, int rows, T* to)
    {
        int count = 0;
        for (int left = rows; left > 0; left -= TLanes.Width, count += TLanes.Width)
            TLanes.Store(TLanes.Blank(TLanes.Load(values + left - TLanes.Width), uint.MaxValue << Math.Max(0, TLanes.Width - left)), to + count);
        return count;
    }
}
