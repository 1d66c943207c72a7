using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DriftStream.Kernels;

/// <summary>AVX-512: 16 floats or 8 doubles. Conditions stay in mask registers: a select of a + 1 becomes one masked add.</summary>
internal readonly unsafe struct Lanes512<T> : ILanes<Vector512<T>, T> where T : unmanaged
{
    public static int Width => Vector512<T>.Count;

    public static int FewEdges => typeof(T) == typeof(float) ? 29 : 19;

    public static int TopLevels => typeof(T) == typeof(float) ? 8 : 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* values) => Vector512.Load(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> values, T* to) => values.Store(to);

    // Integers, because a select of floats would move the mask through a register.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Blank(Vector512<T> values, uint valid)
    {
        if (typeof(T) == typeof(float))
        {
            var lane = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            Vector512<int> keep = Vector512.Equals(Vector512.Create((int)valid) & lane, lane);
            return Vector512.ConditionalSelect(keep, values.AsInt32(), Vector512.Create(float.NaN).AsInt32()).As<int, T>();
        }
        else
        {
            var lane = Vector512.Create(1L, 2, 4, 8, 16, 32, 64, 128);
            Vector512<long> keep = Vector512.Equals(Vector512.Create((long)valid) & lane, lane);
            return Vector512.ConditionalSelect(keep, values.AsInt64(), Vector512.Create(double.NaN).AsInt64()).As<long, T>();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AddWhereAtLeast(Vector512<T> tally, Vector512<T> x, Vector512<T> edge)
    {
        Vector512<T> where = Vector512.GreaterThanOrEqual(x, edge);
        return typeof(T) == typeof(float)
            ? Vector512.ConditionalSelect(where.AsInt32(), tally.AsInt32() + Vector512<int>.One, tally.AsInt32()).As<int, T>()
            : Vector512.ConditionalSelect(where.AsInt64(), tally.AsInt64() + Vector512<long>.One, tally.AsInt64()).As<long, T>();
    }

    public static long Sum(Vector512<T> tally) =>
        typeof(T) == typeof(float) ? Vector512.Sum(tally.AsInt32()) : Vector512.Sum(tally.AsInt64());

    public static Vector512<T> Top(T* tree, int levels, in Block<T> block, uint* ranks, int shift, Vector512<T> numbers) =>
        typeof(T) == typeof(float)
            ? Tree512.Top((float*)tree, levels, Unsafe.BitCast<Block<T>, Block<float>>(block), ranks, shift, numbers.AsInt32()).As<int, T>()
            : Tree512.Top((double*)tree, levels, Unsafe.BitCast<Block<T>, Block<double>>(block), ranks, shift, numbers.AsInt64()).As<long, T>();

    public static void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks)
    {
        if (typeof(T) == typeof(float)) Tree512.Refine((float*)nodes, (float*)values, count, ranks, shift, masks);
        else Tree512.Refine((double*)nodes, (double*)values, count, ranks, shift, masks);
    }
}
