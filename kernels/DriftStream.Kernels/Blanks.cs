using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// Copies a block with NaN in place of nulls and behind its end. No other kernel knows nulls, tails or alignment: they count NaN,
/// and the driver subtracts what it put there.
/// </summary>
internal static unsafe class Blanks<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    /// <summary>A register of a block's values from <paramref name="at"/> on, with NaN where they are null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(T* values, ulong* valid, nint at)
    {
        TVector x = TLanes.Load(values + at);
        return valid == null ? x : TLanes.Blank(x, valid, at);
    }

    /// <param name="values">A block.</param>
    /// <param name="count">Its rows.</param>
    /// <param name="validity">Its bitmap, or null where no row is null.</param>
    /// <param name="bit">The bit of the first row.</param>
    /// <param name="nan">The NaN that is written.</param>
    /// <param name="to">Room for <paramref name="padded"/> values.</param>
    /// <param name="padded">Rows written, the last of them NaN.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(T* values, int count, byte* validity, long bit, T nan, T* to, int padded)
    {
        new Span<T>(to + count, padded - count).Fill(nan);
        if (validity == null)
        {
            new ReadOnlySpan<T>(values, count).CopyTo(new Span<T>(to, count));
            return;
        }

        for (int word = 0; word < count; word += 64)
        {
            int rows = Math.Min(64, count - word), row = 0;
            ulong valid = Bitmap.Word(validity, bit + word, rows);
            for (; row <= rows - TLanes.Width; row += TLanes.Width)
                TLanes.Store(TLanes.Blank(TLanes.Load(values + word + row), (uint)(valid >> row)), to + word + row);
            for (; row < rows; row++) to[word + row] = (valid >> row & 1) != 0 ? values[word + row] : nan;
        }
    }
}
