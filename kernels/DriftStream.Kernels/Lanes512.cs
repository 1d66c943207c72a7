using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>AVX-512: 16 floats or 8 doubles. Conditions stay in mask registers: a select of a + 1 becomes one masked add.</summary>
internal readonly unsafe struct Lanes512<T> : ILanes<Vector512<T>, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Width => Vector512<T>.Count;

    public static int FewEdges => PackedNodes.MostEdges;

    public static int PackedEdges => PackedNodes.MostEdges;

    public static int GuidedEdges => typeof(T) == typeof(float) ? 256 : 64;

    public static int GuidedShares => typeof(T) == typeof(float) ? 2 : 8;

    public static int TopSteps => typeof(T) == typeof(float) ? 4 : 3;

    public static Vector512<T> Root => Vector512<T>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* values) => Vector512.Load(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> values, T* to) => values.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Blank(Vector512<T> values, uint valid) => typeof(T) == typeof(float)
        ? Blank(values, Vector512.Create((int)valid).As<int, T>())
        : Blank(values, Vector512.Create((long)valid).As<long, T>());

    // A broadcast from memory is only a load; one from a register costs as much as all the rest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Blank(Vector512<T> values, ulong* valid, nint at)
    {
        byte* bits = (byte*)valid + (at >> 3);
        return typeof(T) == typeof(float)
            ? Blank(values, Vector512.Create(*(int*)bits).As<int, T>())
            : Blank(values, Vector512.Create(*(long*)bits).As<long, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AddWhereAtLeast(Vector512<T> tally, Vector512<T> x, Vector512<T> edge) => typeof(T) == typeof(float)
        ? AddWhereAtLeast(tally, x, edge, Vector512<int>.One.As<int, T>())
        : AddWhereAtLeast(tally, x, edge, Vector512<long>.One.As<long, T>());

    /// <summary>Adds another integer than 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AddWhereAtLeast(Vector512<T> tally, Vector512<T> x, Vector512<T> edge, Vector512<T> add)
    {
        Vector512<T> where = Vector512.GreaterThanOrEqual(x, edge);
        return typeof(T) == typeof(float)
            ? Vector512.ConditionalSelect(where.AsInt32(), tally.AsInt32() + add.AsInt32(), tally.AsInt32()).As<int, T>()
            : Vector512.ConditionalSelect(where.AsInt64(), tally.AsInt64() + add.AsInt64(), tally.AsInt64()).As<long, T>();
    }

    public static long Sum(Vector512<T> tally) =>
        typeof(T) == typeof(float) ? Vector512.Sum(tally.AsInt32()) : Vector512.Sum(tally.AsInt64());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Share(Vector512<T> x, Vector512<T> first, Vector512<T> origin, Vector512<T> scale, Vector512<T> last)
    {
        Vector512<T> share = Vector512.MinNative((x - origin) * scale, last), where = Vector512.GreaterThanOrEqual(x, first);
        return typeof(T) == typeof(float)
            ? Vector512.ConditionalSelect(where.AsInt32(), share.AsInt32(), Vector512<int>.Zero).As<int, T>()
            : Vector512.ConditionalSelect(where.AsInt64(), share.AsInt64(), Vector512<long>.Zero).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShares(Vector512<T> share, ushort* to)
    {
        if (typeof(T) == typeof(float))
            Avx512F.ConvertToVector256UInt16(Avx512F.ConvertToVector512Int32WithTruncation(share.AsSingle())).Store(to);
        else
            Avx512F.VL.ConvertToVector128UInt16(Avx512F.ConvertToVector256Int32WithTruncation(share.AsDouble())).Store(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Key(Vector512<T> values)
    {
        values += Vector512<T>.Zero;
        return typeof(T) == typeof(float)
            ? (values.AsInt32() ^ ((values.AsInt32() >> 31) | Vector512.Create(int.MinValue))).As<int, T>()
            : (values.AsInt64() ^ ((values.AsInt64() >> 63) | Vector512.Create(long.MinValue))).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Step(T* tree, int step, Vector512<T> x, Vector512<T> place)
    {
        T* at = tree + EdgeIndex<T>.StepAt(step);
        int row = EdgeIndex<T>.StepRow(step);
        Vector512<T> next = typeof(T) == typeof(float) ? (place.AsInt32() << 2).As<int, T>() : (place.AsInt64() << 2).As<long, T>();
        next = AddWhereAtLeast(next, x, Separator(at, step, place));
        next = AddWhereAtLeast(next, x, Separator(at + row, step, place));
        return AddWhereAtLeast(next, x, Separator(at + (2 * row), step, place));
    }

    public static Vector512<T> Pack(T* nodes, int levels, T* values, ulong* valid, nint registers, byte* tallies, Vector512<T> numbers) =>
        typeof(T) == typeof(float) && levels == PackedNodes.MostLevels
            ? Packed512<T>.Singles(nodes, levels, values, valid, registers, tallies, numbers)
            : Packed512<T>.Pairs(nodes, levels, values, valid, registers, tallies, numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRanks(Vector512<T> place, int shift, uint* to)
    {
        if (typeof(T) == typeof(float)) (place.AsUInt32() << shift).Store(to);
        else Avx512F.ConvertToVector256UInt32(place.AsUInt64() << shift).Store(to);
    }

    public static void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks)
    {
        if (typeof(T) == typeof(float)) Nodes512.Refine((float*)nodes, (float*)values, count, ranks, shift, masks);
        else Nodes512.Refine((double*)nodes, (double*)values, count, ranks, shift, masks);
    }

    // Every lane has all bits and looks at its own. Integers, because a select of floats would move the mask through a register.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Blank(Vector512<T> values, Vector512<T> bits)
    {
        if (typeof(T) == typeof(float))
        {
            var lane = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            Vector512<int> drop = Vector512.Equals(bits.AsInt32() & lane, Vector512<int>.Zero);
            return Vector512.ConditionalSelect(drop, Vector512.Create(float.NaN).AsInt32(), values.AsInt32()).As<int, T>();
        }
        else
        {
            var lane = Vector512.Create(1L, 2, 4, 8, 16, 32, 64, 128);
            Vector512<long> drop = Vector512.Equals(bits.AsInt64() & lane, Vector512<long>.Zero);
            return Vector512.ConditionalSelect(drop, Vector512.Create(double.NaN).AsInt64(), values.AsInt64()).As<long, T>();
        }
    }

    // A lookup in a register, or in a pair of registers, sees no more bits of the place than it needs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Separator(T* row, int step, Vector512<T> place)
    {
        if (step == 0) return Vector512.Create(*row);
        if (typeof(T) == typeof(float)) return Separator((float*)row, step, place.AsInt32()).As<float, T>();
        return Separator((double*)row, step, place.AsInt64()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Separator(float* row, int step, Vector512<int> k) =>
        step < 3 ? Avx512F.PermuteVar16x32(Vector512.Load(row), k) : Choose(k, Of32(row, k), Of32(row + 32, k));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Separator(double* row, int step, Vector512<long> k) => step == 1
        ? Avx512F.PermuteVar8x64(Vector512.Load(row), k)
        : Avx512F.PermuteVar8x64x2(Vector512.Load(row), k, Vector512.Load(row + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of32(float* edges, Vector512<int> k) =>
        Avx512F.PermuteVar16x32x2(Vector512.Load(edges), k, Vector512.Load(edges + 16));

    // Chooses by bit 5 of the place. The condition and both choices are integers: a select of floats would move the mask through a register
    // (1.2x slower).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Choose(Vector512<int> k, Vector512<float> zero, Vector512<float> one) =>
        Vector512.ConditionalSelect(Vector512.LessThan(k << 26, Vector512<int>.Zero), one.AsInt32(), zero.AsInt32()).AsSingle();
}
