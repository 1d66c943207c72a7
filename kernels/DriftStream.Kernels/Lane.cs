using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>One value at a time: for a CPU without vectors, and as the plainest description of what a lane does.</summary>
internal readonly unsafe struct Lane<T> : INodeLanes<T, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Width => 1;

    public static int FewEdges => 9;

    public static int PackedEdges => 0;

    public static int GuidedEdges => 0;

    public static int GuidedShares => 8;

    public static int TopSteps => 2;

    public static T Root => T.Zero;

    public static T Load(T* values) => *values;

    public static T Broadcast(T value) => value;

    public static void Store(T value, T* to) => *to = value;

    public static T Blank(T value, uint valid) => (valid & 1) != 0 ? value : T.NaN;

    public static T Blank(T value, ulong* valid, nint at) => Blank(value, (uint)(valid[at >> 6] >> (int)(at & 63)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T AddWhereAtLeast(T tally, T x, T edge) => FromInteger(Integer(tally) + (x >= edge ? 1 : 0));

    public static long Sum(T tally) => Integer(tally);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Share(T x, T first, T origin, T scale, T last)
    {
        T share = (x - origin) * scale;
        return x >= first ? (share > last ? last : share) : T.Zero;
    }

    public static void StoreShares(T share, ushort* to) => *to = (ushort)int.CreateTruncating(share);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Key(T value)
    {
        long bits = Integer(value + T.Zero);
        return FromInteger(bits ^ ((bits >> 63) | (typeof(T) == typeof(float) ? int.MinValue : long.MinValue)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Step(T* tree, int step, T x, T place)
    {
        T* at = tree + EdgeIndex<T>.StepAt(step);
        int row = EdgeIndex<T>.StepRow(step);
        long k = Integer(place);
        long half = x >= at[row + k] ? 1 : 0;
        return FromInteger((4 * k) + (2 * half) + (x >= at[(2 * half * row) + k] ? 1 : 0));
    }

    public static void StoreRanks(T place, int shift, uint* to) => *to = (uint)Integer(place) << shift;

    public static void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks) =>
        Nodes<Lane<T>, T, T>.Refine(nodes, values, count, ranks, shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint CountAtMost(T* node, T x)
    {
        uint count = 0;
        for (int i = 0; i < 64 / sizeof(T); i++) count += x >= node[i] ? 1u : 0;
        return count;
    }

    // Integers travel in the bits of T, as they do in the lanes of a vector.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Integer(T lane) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, int>(lane) : Unsafe.BitCast<T, long>(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T FromInteger(long value) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<int, T>((int)value) : Unsafe.BitCast<long, T>(value);
}
