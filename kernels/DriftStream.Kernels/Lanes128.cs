using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DriftStream.Kernels;

/// <summary>
/// 128 bits, on any CPU that .NET has vectors for: 4 floats or 2 doubles. There is no lookup inside a register here,
/// so the tree is read lane by lane.
/// </summary>
internal readonly unsafe struct Lanes128<T> : INodeLanes<Vector128<T>, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Width => Vector128<T>.Count;

    public static int FewEdges => typeof(T) == typeof(float) ? 59 : 29;

    public static int PackedEdges => 0;

    public static int GuidedEdges => 0;

    public static int GuidedShares => 8;

    public static int TopSteps => 2;

    public static Vector128<T> Root => Vector128<T>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* values) => Vector128.Load(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> values, T* to) => values.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Blank(Vector128<T> values, uint valid)
    {
        if (typeof(T) == typeof(float))
        {
            var lane = Vector128.Create(1, 2, 4, 8);
            Vector128<T> keep = Vector128.Equals(Vector128.Create((int)valid) & lane, lane).As<int, T>();
            return Vector128.ConditionalSelect(keep, values, Vector128.Create(T.NaN));
        }
        else
        {
            var lane = Vector128.Create(1L, 2);
            Vector128<T> keep = Vector128.Equals(Vector128.Create((long)valid) & lane, lane).As<long, T>();
            return Vector128.ConditionalSelect(keep, values, Vector128.Create(T.NaN));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Blank(Vector128<T> values, ulong* valid, nint at) => Blank(values, (uint)(valid[at >> 6] >> (int)(at & 63)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddWhereAtLeast(Vector128<T> tally, Vector128<T> x, Vector128<T> edge)
    {
        Vector128<T> where = Vector128.GreaterThanOrEqual(x, edge);
        return typeof(T) == typeof(float)
            ? (tally.AsInt32() - where.AsInt32()).As<int, T>()
            : (tally.AsInt64() - where.AsInt64()).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Sum(Vector128<T> tally) =>
        typeof(T) == typeof(float) ? Vector128.Sum(tally.AsInt32()) : Vector128.Sum(tally.AsInt64());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Share(Vector128<T> x, Vector128<T> first, Vector128<T> origin, Vector128<T> scale, Vector128<T> last) =>
        Vector128.MinNative((x - origin) * scale, last) & Vector128.GreaterThanOrEqual(x, first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShares(Vector128<T> share, ushort* to)
    {
        if (typeof(T) == typeof(float))
        {
            Vector128<uint> shares = Vector128.ConvertToInt32Native(share.AsSingle()).AsUInt32();
            Vector128.Narrow(shares, shares).GetLower().Store(to);
        }
        else
        {
            (to[0], to[1]) = ((ushort)(int)share.AsDouble()[0], (ushort)(int)share.AsDouble()[1]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Key(Vector128<T> values)
    {
        values += Vector128<T>.Zero;
        return typeof(T) == typeof(float)
            ? (values.AsInt32() ^ ((values.AsInt32() >> 31) | Vector128.Create(int.MinValue))).As<int, T>()
            : (values.AsInt64() ^ (Vector128.LessThan(values.AsInt64(), Vector128<long>.Zero) | Vector128.Create(long.MinValue))).As<long, T>();
    }

    // Two steps of two ways: the second lookup is of the lower separator, or of the upper one where the middle one is passed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Step(T* tree, int step, Vector128<T> x, Vector128<T> place)
    {
        T* at = tree + EdgeIndex<T>.StepAt(step);
        int row = EdgeIndex<T>.StepRow(step);
        if (typeof(T) == typeof(float))
        {
            Vector128<int> k = place.AsInt32();
            Vector128<int> half = Vector128.GreaterThanOrEqual(x, Four(at + row, k)).AsInt32();
            Vector128<int> rest = Vector128.GreaterThanOrEqual(x, Four(at, k + (half & Vector128.Create(2 * row)))).AsInt32();
            return ((k << 2) - half - half - rest).As<int, T>();
        }
        else
        {
            Vector128<long> k = place.AsInt64();
            Vector128<long> half = Vector128.GreaterThanOrEqual(x, Two(at + row, k)).AsInt64();
            Vector128<long> second = k + (half & Vector128.Create(2L * row));
            Vector128<long> rest = Vector128.GreaterThanOrEqual(x, Two(at, second)).AsInt64();
            return ((k << 2) - half - half - rest).As<long, T>();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Four(T* row, Vector128<int> k)
    {
        var floats = (float*)row;
        return Vector128.Create(floats[k[0]], floats[k[1]], floats[k[2]], floats[k[3]]).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Two(T* row, Vector128<long> k)
    {
        var doubles = (double*)row;
        return Vector128.Create(doubles[k[0]], doubles[k[1]]).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRanks(Vector128<T> place, int shift, uint* to)
    {
        if (typeof(T) == typeof(float))
        {
            (place.AsUInt32() << shift).Store(to);
        }
        else
        {
            Vector128<ulong> ranks = place.AsUInt64() << shift;
            (to[0], to[1]) = ((uint)ranks[0], (uint)ranks[1]);
        }
    }

    public static void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks) =>
        Nodes<Lanes128<T>, Vector128<T>, T>.Refine(nodes, values, count, ranks, shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint CountAtMost(T* node, T x)
    {
        var value = Vector128.Create(x);
        Vector128<T> tally = AddWhereAtLeast(Vector128<T>.Zero, value, Vector128.Load(node));
        tally = AddWhereAtLeast(tally, value, Vector128.Load(node + Vector128<T>.Count));
        tally = AddWhereAtLeast(tally, value, Vector128.Load(node + (2 * Vector128<T>.Count)));
        return (uint)Sum(AddWhereAtLeast(tally, value, Vector128.Load(node + (3 * Vector128<T>.Count))));
    }
}
