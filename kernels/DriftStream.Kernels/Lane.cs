using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>One value at a time: for a CPU without vectors, and as the plainest reading of what a lane does.</summary>
internal readonly unsafe struct Lane<T> : ITreeLanes<T, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Width => 1;

    public static int FewEdges => 9;

    public static int TopLevels => 4;

    public static T First(int level) => FromInteger(1L << level);

    public static T Load(T* values) => *values;

    public static T Broadcast(T value) => value;

    public static void Store(T value, T* to) => *to = value;

    public static T Blank(T value, uint valid) => (valid & 1) != 0 ? value : T.NaN;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T AddWhereAtLeast(T tally, T x, T edge) => FromInteger(Integer(tally) + (x >= edge ? 1 : 0));

    public static long Sum(T tally) => Integer(tally);

    public static T Top(T* tree, int levels, in Block<T> block, uint* ranks, int shift, T numbers) =>
        TreeRank<Lane<T>, T, T>.Top(tree, levels, in block, ranks, shift, numbers);

    public static void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks) =>
        TreeRank<Lane<T>, T, T>.Refine(nodes, values, count, ranks, shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Descend(T* tree, int level, T x, T place)
    {
        long k = Integer(place);
        return FromInteger(k + k + (x >= tree[k] ? 1 : 0));
    }

    public static void StoreRanks(T place, T first, int shift, uint* to) => *to = (uint)(Integer(place) - Integer(first)) << shift;

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
