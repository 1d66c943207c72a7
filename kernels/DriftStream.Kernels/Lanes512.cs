using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>AVX-512: 16 floats or 8 doubles. Conditions stay in mask registers: a select of a + 1 becomes one masked add.</summary>
internal readonly unsafe struct Lanes512<T> : ILanes<Vector512<T>, T> where T : unmanaged
{
    public static int Width => Vector512<T>.Count;

    public static int FewEdges => typeof(T) == typeof(float) ? 29 : 19;

    public static int TopLevels => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> First(int level) =>
        typeof(T) == typeof(float) ? Vector512.Create(1 << level).As<int, T>() : Vector512.Create(1L << level).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* values) => Vector512.Load(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Blank(T* values, uint valid, T* to)
    {
        if (typeof(T) == typeof(float))
        {
            var lane = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            Vector512<float> keep = Vector512.Equals(Vector512.Create((int)valid) & lane, lane).AsSingle();
            Vector512.ConditionalSelect(keep, Vector512.Load((float*)values), Vector512.Create(float.NaN)).Store((float*)to);
        }
        else
        {
            var lane = Vector512.Create(1L, 2, 4, 8, 16, 32, 64, 128);
            Vector512<double> keep = Vector512.Equals(Vector512.Create((long)valid) & lane, lane).AsDouble();
            Vector512.ConditionalSelect(keep, Vector512.Load((double*)values), Vector512.Create(double.NaN)).Store((double*)to);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Descend(T* tree, int level, Vector512<T> x, Vector512<T> place)
    {
        Vector512<T> edge = typeof(T) == typeof(float)
            ? Edge((float*)tree, level, place.AsInt32()).As<float, T>()
            : Edge((double*)tree, level, place.AsInt64()).As<double, T>();
        Vector512<T> twice = typeof(T) == typeof(float)
            ? (place.AsInt32() + place.AsInt32()).As<int, T>()
            : (place.AsInt64() + place.AsInt64()).As<long, T>();
        return AddWhereAtLeast(twice, x, edge);
    }

    // A permute looks at the low bits of the place only, so a level finds itself at its own start.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Edge(float* tree, int level, Vector512<int> place) => level switch
    {
        < 4 => Avx512F.PermuteVar16x32(Vector512.Load(tree), place),
        4 => Avx512F.PermuteVar16x32(Vector512.Load(tree + 16), place),
        _ => Avx512F.PermuteVar16x32x2(Vector512.Load(tree + 32), place, Vector512.Load(tree + 48)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Edge(double* tree, int level, Vector512<long> place) => level switch
    {
        < 3 => Avx512F.PermuteVar8x64(Vector512.Load(tree), place),
        3 => Avx512F.PermuteVar8x64(Vector512.Load(tree + 8), place),
        4 => Avx512F.PermuteVar8x64x2(Vector512.Load(tree + 16), place, Vector512.Load(tree + 24)),
        _ => Vector512.ConditionalSelect(
            Vector512.Equals(place & Vector512.Create(16L), Vector512<long>.Zero).AsDouble(),
            Avx512F.PermuteVar8x64x2(Vector512.Load(tree + 32), place, Vector512.Load(tree + 40)),
            Avx512F.PermuteVar8x64x2(Vector512.Load(tree + 48), place, Vector512.Load(tree + 56))),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRanks(Vector512<T> place, Vector512<T> first, uint* to)
    {
        if (typeof(T) == typeof(float)) (place.AsUInt32() - first.AsUInt32()).Store(to);
        else Avx512F.ConvertToVector256UInt32(place.AsUInt64() - first.AsUInt64()).Store(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint CountAtMost(T* node, T x) =>
        (uint)BitOperations.PopCount(Vector512.GreaterThanOrEqual(Vector512.Create(x), Vector512.Load(node)).ExtractMostSignificantBits());
}
