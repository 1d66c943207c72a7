using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>The vector half of counting by a <see cref="Guide{T}"/>: finds the share of every value, and its key.</summary>
internal static unsafe class Shares<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <param name="guide">The layout's.</param>
    /// <param name="block">The values.</param>
    /// <param name="shares">Written: one a value; 0 for NaN.</param>
    /// <param name="keys">Written: one a value.</param>
    /// <param name="numbers">A tally of the values that are not NaN, added to lane by lane.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TVector Find(Guide<T> guide, in Block<T> block, ushort* shares, T* keys, TVector numbers)
    {
        TVector first = TLanes.Broadcast(guide.First), origin = TLanes.Broadcast(guide.Origin);
        TVector scale = TLanes.Broadcast(guide.Scale), last = TLanes.Broadcast(T.CreateTruncating(guide.Shares - 1));
        TVector lowest = TLanes.Broadcast(T.NegativeInfinity);
        T* values = block.Values;
        ulong* valid = block.Valid;
        nint count = block.Count, width = TLanes.Width;
        for (nint i = 0; i < count; i += width)
        {
            TVector x = Blanks<TLanes, TVector, T>.Load(values, valid, i);
            TLanes.StoreShares(TLanes.Share(x, first, origin, scale, last), shares + i);
            TLanes.Store(TLanes.Key(x), keys + i);
            numbers = TLanes.AddWhereAtLeast(numbers, x, lowest);
        }

        return numbers;
    }
}
