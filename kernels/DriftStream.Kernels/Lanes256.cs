using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>AVX2: 8 floats or 4 doubles. Conditions are vectors of -1 and 0, so adding one is subtracting the condition.</summary>
/// <remarks>
/// AVX2 permutes 32-bit lanes only. For doubles a place k is therefore kept as the pair of 32-bit lanes (2k, 2k + 1).
/// </remarks>
internal readonly unsafe struct Lanes256<T> : INodeLanes<Vector256<T>, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Width => Vector256<T>.Count;

    public static int FewEdges => typeof(T) == typeof(float) ? 29 : 34;

    public static int PackedEdges => typeof(T) == typeof(float) ? 15 : 0;

    public static int GuidedEdges => 0;

    public static int GuidedShares => typeof(T) == typeof(float) ? 5 : 8;

    public static int TopSteps => typeof(T) == typeof(float) ? 3 : 2;

    public static Vector256<T> Root =>
        typeof(T) == typeof(float) ? Vector256<T>.Zero : Vector256.Create(0, 1, 0, 1, 0, 1, 0, 1).As<int, T>();

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
    public static Vector256<T> Blank(Vector256<T> values, ulong* valid, nint at) => Blank(values, (uint)(valid[at >> 6] >> (int)(at & 63)));

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Share(Vector256<T> x, Vector256<T> first, Vector256<T> origin, Vector256<T> scale, Vector256<T> last) =>
        Vector256.MinNative((x - origin) * scale, last) & Vector256.GreaterThanOrEqual(x, first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShares(Vector256<T> share, ushort* to)
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<int> shares = Avx.ConvertToVector256Int32WithTruncation(share.AsSingle());
            Sse41.PackUnsignedSaturate(shares.GetLower(), shares.GetUpper()).Store(to);
        }
        else
        {
            Vector128<int> shares = Avx.ConvertToVector128Int32WithTruncation(share.AsDouble());
            Sse41.PackUnsignedSaturate(shares, shares).GetLower().Store(to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Key(Vector256<T> values)
    {
        values += Vector256<T>.Zero;
        return typeof(T) == typeof(float)
            ? (values.AsInt32() ^ ((values.AsInt32() >> 31) | Vector256.Create(int.MinValue))).As<int, T>()
            : (values.AsInt64() ^ (Vector256.LessThan(values.AsInt64(), Vector256<long>.Zero) | Vector256.Create(long.MinValue))).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Step(T* tree, int step, Vector256<T> x, Vector256<T> place)
    {
        T* at = tree + EdgeIndex<T>.StepAt(step);
        int row = EdgeIndex<T>.StepRow(step);
        Vector256<T> lower = Separator(at, step, place), middle = Separator(at + row, step, place);
        Vector256<T> upper = Separator(at + (2 * row), step, place);
        Vector256<int> next = place.AsInt32() << 2;
        if (typeof(T) == typeof(float))
            return AddWhereAtLeast(AddWhereAtLeast(AddWhereAtLeast(next.As<int, T>(), x, lower), x, middle), x, upper);

        // (2k, 2k + 1) becomes (8k, 8k + 4): less 3 in the second, and for every separator passed 2 more in both.
        Vector256<int> passed = Vector256.GreaterThanOrEqual(x, lower).AsInt32() + Vector256.GreaterThanOrEqual(x, middle).AsInt32()
            + Vector256.GreaterThanOrEqual(x, upper).AsInt32();
        return (next - Vector256.Create(0, 3, 0, 3, 0, 3, 0, 3) - (passed + passed)).As<int, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Separator(T* row, int step, Vector256<T> place)
    {
        if (step == 0) return Vector256.Create(*row);
        Vector256<int> k = place.AsInt32();
        if (typeof(T) == typeof(float))
        {
            var floats = (float*)row;
            return (step switch
            {
                1 => Avx2.PermuteVar8x32(Vector256.Load(floats), k),
                // A blend looks at the sign, so the shift brings the bit of the place that chooses the half there.
                2 => Avx.BlendVariable(Avx2.PermuteVar8x32(Vector256.Load(floats), k), Avx2.PermuteVar8x32(Vector256.Load(floats + 8), k),
                    (k << 28).AsSingle()),
                _ => Avx2.GatherVector256(floats, k, sizeof(float)),
            }).As<float, T>();
        }

        var doubles = (double*)row;
        return (step == 1
            ? Avx2.PermuteVar8x32(Vector256.Load(doubles).AsSingle(), k).AsDouble()
            : Avx2.GatherVector256(doubles, (k.AsInt64() & Vector256.Create(0xFFFF_FFFFL)) >> 1, sizeof(double))).As<double, T>();
    }

    public static Vector256<T> Pack(T* nodes, int levels, T* values, ulong* valid, nint registers, byte* tallies, Vector256<T> numbers) =>
        Packed256.Pairs((float*)nodes, (float*)values, valid, registers, tallies, numbers.AsSingle()).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRanks(Vector256<T> place, int shift, uint* to)
    {
        if (typeof(T) == typeof(float)) (place.AsUInt32() << shift).Store(to);
        else Avx2.PermuteVar8x32((place.AsUInt32() >> 1) << shift, Vector256.Create(0u, 2, 4, 6, 0, 2, 4, 6)).GetLower().Store(to);
    }

    public static void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks) =>
        Nodes<Lanes256<T>, Vector256<T>, T>.Refine(nodes, values, count, ranks, shift);

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
