using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>AVX2: 8 floats or 4 doubles. Conditions are vectors of -1 and 0, so adding one is subtracting the condition.</summary>
/// <remarks>
/// AVX2 permutes 32-bit lanes only. For doubles a place k is therefore kept as the pair of 32-bit lanes (2k, 2k + 1).
/// </remarks>
internal readonly unsafe struct Lanes256<T> : ITreeLanes<Vector256<T>, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Width => Vector256<T>.Count;

    public static int FewEdges => 39;

    public static int TopLevels => typeof(T) == typeof(float) ? 6 : 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> First(int level)
    {
        int k = 1 << level;
        return typeof(T) == typeof(float)
            ? Vector256.Create(k).As<int, T>()
            : Vector256.Create(((2L * k + 1) << 32) + (2 * k)).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* values) => Vector256.Load(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> values, T* to) => values.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Blank(Vector256<T> values, uint valid)
    {
        if (typeof(T) == typeof(float))
        {
            var lane = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
            Vector256<T> keep = Vector256.Equals(Vector256.Create((int)valid) & lane, lane).As<int, T>();
            return Vector256.ConditionalSelect(keep, values, Vector256.Create(T.NaN));
        }
        else
        {
            var lane = Vector256.Create(1L, 2, 4, 8);
            Vector256<T> keep = Vector256.Equals(Vector256.Create((long)valid) & lane, lane).As<long, T>();
            return Vector256.ConditionalSelect(keep, values, Vector256.Create(T.NaN));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> AddWhereAtLeast(Vector256<T> tally, Vector256<T> x, Vector256<T> edge)
    {
        Vector256<T> where = Vector256.GreaterThanOrEqual(x, edge);
        return typeof(T) == typeof(float)
            ? (tally.AsInt32() - where.AsInt32()).As<int, T>()
            : (tally.AsInt64() - where.AsInt64()).As<long, T>();
    }

    public static long Sum(Vector256<T> tally) =>
        typeof(T) == typeof(float) ? Vector256.Sum(tally.AsInt32()) : Vector256.Sum(tally.AsInt64());

    public static Vector256<T> Top(T* tree, int levels, in Block<T> block, uint* ranks, int shift, Vector256<T> numbers) =>
        TreeRank<Lanes256<T>, Vector256<T>, T>.Top(tree, levels, in block, ranks, shift, numbers);

    public static void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks) =>
        TreeRank<Lanes256<T>, Vector256<T>, T>.Refine(nodes, values, count, ranks, shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Descend(T* tree, int level, Vector256<T> x, Vector256<T> place)
    {
        Vector256<int> k = place.AsInt32();
        if (typeof(T) == typeof(float))
        {
            Vector256<float> edge = Edge((float*)tree, level, k);
            return (k + k - Vector256.GreaterThanOrEqual(x.AsSingle(), edge).AsInt32()).As<int, T>();
        }

        // (2k, 2k + 1) with b added and doubled is (2k', 2k' + 2).
        Vector256<int> next = k - Vector256.GreaterThanOrEqual(x.AsDouble(), Edge((double*)tree, level, k)).AsInt32();
        return (next + next - Vector256.Create(0, 1, 0, 1, 0, 1, 0, 1)).As<int, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Edge(float* tree, int level, Vector256<int> k) => level switch
    {
        < 3 => Avx2.PermuteVar8x32(Vector256.Load(tree), k),
        3 => Avx2.PermuteVar8x32(Vector256.Load(tree + 8), k),
        4 => Edge16(tree + 16, k),
        5 => Avx.BlendVariable(Edge16(tree + 32, k), Edge16(tree + 48, k), (k << 27).AsSingle()),
        _ => Avx2.GatherVector256(tree, k, sizeof(float)),
    };

    // A blend looks at the sign: the shift brings the bit of the place there that chooses the half.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Edge16(float* edges, Vector256<int> k) => Avx.BlendVariable(
        Avx2.PermuteVar8x32(Vector256.Load(edges), k), Avx2.PermuteVar8x32(Vector256.Load(edges + 8), k), (k << 28).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Edge(double* tree, int level, Vector256<int> k) => level switch
    {
        < 2 => Edge4(tree, k),
        2 => Edge4(tree + 4, k),
        3 => Avx.BlendVariable(Edge4(tree + 8, k), Edge4(tree + 12, k), (k << 28).AsDouble()),
        _ => Avx2.GatherVector256(tree, (k.AsInt64() & Vector256.Create(0xFFFF_FFFFL)) >> 1, sizeof(double)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Edge4(double* edges, Vector256<int> k) =>
        Avx2.PermuteVar8x32(Vector256.Load(edges).AsSingle(), k).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRanks(Vector256<T> place, Vector256<T> first, int shift, uint* to)
    {
        Vector256<uint> ranks = place.AsUInt32() - first.AsUInt32();
        if (typeof(T) == typeof(float)) (ranks << shift).Store(to);
        else Avx2.PermuteVar8x32((ranks >> 1) << shift, Vector256.Create(0u, 2, 4, 6, 0, 2, 4, 6)).GetLower().Store(to);
    }

    // Packing halves the lanes, so one byte mask holds both registers: 2 bits a float, 4 a double.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint CountAtMost(T* node, T x)
    {
        var value = Vector256.Create(x);
        Vector256<int> low = Vector256.GreaterThanOrEqual(value, Vector256.Load(node)).AsInt32();
        Vector256<int> high = Vector256.GreaterThanOrEqual(value, Vector256.Load(node + Vector256<T>.Count)).AsInt32();
        uint mask = (uint)Avx2.MoveMask(Avx2.PackSignedSaturate(low, high).AsByte());
        return (uint)BitOperations.PopCount(mask) >> (typeof(T) == typeof(float) ? 1 : 2);
    }
}
