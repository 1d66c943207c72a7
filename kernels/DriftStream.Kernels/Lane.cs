using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>One value at a time: for a CPU without vectors, and as the plainest reading of what a lane does.</summary>
internal readonly unsafe struct Lane<T> : ILanes<T, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Width => 1;

    public static int FewEdges => 9;

    public static int TopLevels => 4;

    public static T First(int level) => FromInteger(1L << level);

    public static T Load(T* values) => *values;

    public static T Broadcast(T value) => value;

    public static void Blank(T* values, uint valid, T* to) => *to = (valid & 1) != 0 ? *values : T.NaN;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T AddWhereAtLeast(T tally, T x, T edge) => FromInteger(Integer(tally) + (x >= edge ? 1 : 0));

    public static long Sum(T tally) => Integer(tally);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Descend(T* tree, int level, T x, T place)
    {
        long k = Integer(place);
        return FromInteger(k + k + (x >= tree[k] ? 1 : 0));
    }

    public static void StoreRanks(T place, T first, uint* to) => *to = (uint)(Integer(place) - Integer(first));

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
