using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// Copies a block with NaN in place of nulls and behind its end. No other kernel knows nulls, tails or alignment: they count NaN,
/// and the driver takes off what it put there.
/// </summary>
internal static unsafe class Blanks<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    /// <param name="values">A block.</param>
    /// <param name="count">Its rows.</param>
    /// <param name="validity">Its bitmap, or null where no row is null.</param>
    /// <param name="bit">The bit of the first row.</param>
    /// <param name="nan">Not a number.</param>
    /// <param name="to">Room for <paramref name="padded"/> values.</param>
    /// <param name="padded">Rows written, the last of them NaN.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(T* values, int count, byte* validity, long bit, T nan, T* to, int padded)
    {
        int row = 0;
        for (; row <= count - 64; row += 64)
        {
            ulong valid = validity == null ? ulong.MaxValue : Bitmap.Word(validity, bit + row, 64);
            for (int i = 0; i < 64; i += TLanes.Width)
                TLanes.Store(TLanes.Blank(TLanes.Load(values + row + i), (uint)(valid >> i)), to + row + i);
        }

        ulong last = validity == null ? ulong.MaxValue : Bitmap.Word(validity, bit + row, count - row);
        for (; row < count; row++, last >>= 1) to[row] = (last & 1) != 0 ? values[row] : nan;
        for (; row < padded; row++) to[row] = nan;
    }
}
