using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>
/// <see cref="PackedCounts{TLanes, TVector, T}"/> in AVX-512. Six registers of values go down the levels side by side, because a level
/// waits 14 cycles for the one before it.
/// </summary>
internal static unsafe class Packed512<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Keeps counters of two bits: 16 in the lane of a float, 32 in that of a double.</summary>
    /// <inheritdoc cref="ILanes{TVector, T}.Pack"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector512<T> Pairs(T* nodes, int levels, T* values, ulong* valid, nint registers, byte* tallies, Vector512<T> numbers)
    {
        Vector512<ulong> twos = Vector512.Create(PackedNodes.Twos);
        nint at = 0;
        while (registers > 0)
        {
            nint end = registers - PackedNodes.MostInNibble;
            Vector512<ulong> even = default, odd = default;
            for (; registers >= 6 && registers > end; registers -= 6, at += 6 * Vector512<T>.Count)
            {
                Six(nodes, levels, values, valid, at, out Vector512<T> p0, out Vector512<T> p1, out Vector512<T> p2,
                    out Vector512<T> p3, out Vector512<T> p4, out Vector512<T> p5, ref numbers);
                Vector512<ulong> a = Pair(p0) + Pair(p1) + Pair(p2), b = Pair(p3) + Pair(p4) + Pair(p5);
                even += (a & twos) + (b & twos);
                odd += ((a >> 2) & twos) + ((b >> 2) & twos);
            }

            for (; registers > 0 && registers > end && registers < 6; registers--, at += Vector512<T>.Count)
            {
                Vector512<ulong> a = Pair(Place(nodes, levels, Load(values, valid, at), ref numbers));
                even += a & twos;
                odd += (a >> 2) & twos;
            }

            Add(even, odd, (ulong*)tallies);
        }

        return numbers;
    }

    /// <summary>Keeps counters of one bit, 32 in the lane of a float; three registers of them make counters of two bits.</summary>
    /// <inheritdoc cref="ILanes{TVector, T}.Pack"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector512<T> Singles(T* nodes, int levels, T* values, ulong* valid, nint registers, byte* tallies, Vector512<T> numbers)
    {
        nint at = 0;
        while (registers > 0)
        {
            nint end = registers - PackedNodes.MostInNibble;
            Vector512<ulong> even0 = default, odd0 = default, even1 = default, odd1 = default;
            for (; registers >= 6 && registers > end; registers -= 6, at += 6 * Vector512<T>.Count)
            {
                Six(nodes, levels, values, valid, at, out Vector512<T> p0, out Vector512<T> p1, out Vector512<T> p2,
                    out Vector512<T> p3, out Vector512<T> p4, out Vector512<T> p5, ref numbers);
                Join(Single(p0), Single(p1), Single(p2), ref even0, ref odd0, ref even1, ref odd1);
                Join(Single(p3), Single(p4), Single(p5), ref even0, ref odd0, ref even1, ref odd1);
            }

            for (; registers > 0 && registers > end && registers < 6; registers--, at += Vector512<T>.Count)
                Join(Single(Place(nodes, levels, Load(values, valid, at), ref numbers)), default, default, ref even0, ref odd0, ref even1, ref odd1);

            Add(even0, odd0, (ulong*)tallies);
            Add(even1, odd1, (ulong*)tallies + (4 * 8));
        }

        return numbers;
    }

    // x0 to x5 are registers of values, p0 to p5 the places that they have reached in the tree. They are single parameters on purpose: all of
    // them must stay in registers, and a struct of six does only where the JIT takes it apart again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Six(
        T* nodes, int levels, T* values, ulong* valid, nint at, out Vector512<T> p0, out Vector512<T> p1, out Vector512<T> p2,
        out Vector512<T> p3, out Vector512<T> p4, out Vector512<T> p5, ref Vector512<T> numbers)
    {
        nint width = Vector512<T>.Count;
        Vector512<T> x0 = Load(values, valid, at), x1 = Load(values, valid, at + width), x2 = Load(values, valid, at + (2 * width));
        Vector512<T> x3 = Load(values, valid, at + (3 * width)), x4 = Load(values, valid, at + (4 * width)), x5 = Load(values, valid, at + (5 * width));
        Vector512<T> root = Vector512.Load(nodes + PackedNodes.RootAt), first = Vector512.Create(*nodes), bit = Bit(0);
        p0 = Where(x0, first, root, bit);
        p1 = Where(x1, first, root, bit);
        p2 = Where(x2, first, root, bit);
        p3 = Where(x3, first, root, bit);
        p4 = Where(x4, first, root, bit);
        p5 = Where(x5, first, root, bit);
        Level(nodes, 1, x0, x1, x2, x3, x4, x5, ref p0, ref p1, ref p2, ref p3, ref p4, ref p5);
        Level(nodes, 2, x0, x1, x2, x3, x4, x5, ref p0, ref p1, ref p2, ref p3, ref p4, ref p5);
        Level(nodes, 3, x0, x1, x2, x3, x4, x5, ref p0, ref p1, ref p2, ref p3, ref p4, ref p5);
        if (levels > 4) Level(nodes, 4, x0, x1, x2, x3, x4, x5, ref p0, ref p1, ref p2, ref p3, ref p4, ref p5);
        numbers = Tally(Tally(Tally(Tally(Tally(Tally(numbers, x0), x1), x2), x3), x4), x5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Level(
        T* nodes, int level, Vector512<T> x0, Vector512<T> x1, Vector512<T> x2, Vector512<T> x3, Vector512<T> x4, Vector512<T> x5,
        ref Vector512<T> p0, ref Vector512<T> p1, ref Vector512<T> p2, ref Vector512<T> p3, ref Vector512<T> p4, ref Vector512<T> p5)
    {
        Vector512<T> bit = Bit(level);
        p0 = Where(x0, Node(nodes, level, p0), p0, bit);
        p1 = Where(x1, Node(nodes, level, p1), p1, bit);
        p2 = Where(x2, Node(nodes, level, p2), p2, bit);
        p3 = Where(x3, Node(nodes, level, p3), p3, bit);
        p4 = Where(x4, Node(nodes, level, p4), p4, bit);
        p5 = Where(x5, Node(nodes, level, p5), p5, bit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Place(T* nodes, int levels, Vector512<T> x, ref Vector512<T> numbers)
    {
        Vector512<T> place = Where(x, Vector512.Create(*nodes), Vector512.Load(nodes + PackedNodes.RootAt), Bit(0));
        place = Where(x, Node(nodes, 1, place), place, Bit(1));
        place = Where(x, Node(nodes, 2, place), place, Bit(2));
        place = Where(x, Node(nodes, 3, place), place, Bit(3));
        if (levels > 4) place = Where(x, Node(nodes, 4, place), place, Bit(4));
        numbers = Tally(numbers, x);
        return place;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Load(T* values, ulong* valid, nint at) => Blanks<Lanes512<T>, Vector512<T>, T>.Load(values, valid, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Bit(int level) =>
        typeof(T) == typeof(float) ? Vector512.Create(1 << level).As<int, T>() : Vector512.Create(1L << level).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Tally(Vector512<T> numbers, Vector512<T> x) =>
        Lanes512<T>.AddWhereAtLeast(numbers, x, Vector512.Create(T.NegativeInfinity));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Where(Vector512<T> x, Vector512<T> edge, Vector512<T> place, Vector512<T> bit) =>
        Lanes512<T>.AddWhereAtLeast(place, x, edge, bit);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Node(T* nodes, int level, Vector512<T> place)
    {
        T* row = nodes + (level * PackedNodes.Row);
        if (typeof(T) == typeof(float)) return Avx512F.PermuteVar16x32(Vector512.Load((float*)row), place.AsInt32()).As<float, T>();
        Vector512<double> low = Vector512.Load((double*)row);
        return level < 4
            ? Avx512F.PermuteVar8x64(low, place.AsInt64()).As<double, T>()
            : Avx512F.PermuteVar8x64x2(low, place.AsInt64(), Vector512.Load((double*)row + 8)).As<double, T>();
    }

    /// <summary>1 in the counter of two bits that each place names.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Pair(Vector512<T> place) =>
        Single(typeof(T) == typeof(float) ? (place.AsInt32() << 1).As<int, T>() : (place.AsInt64() << 1).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Single(Vector512<T> place) => typeof(T) == typeof(float)
        ? Avx512F.ShiftLeftLogicalVariable(Vector512<uint>.One, place.AsUInt32()).AsUInt64()
        : Avx512F.ShiftLeftLogicalVariable(Vector512<ulong>.One, place.AsUInt64());

    // A full adder for each bit: sums and carries, which side by side are counters of two bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(
        Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c,
        ref Vector512<ulong> even0, ref Vector512<ulong> odd0, ref Vector512<ulong> even1, ref Vector512<ulong> odd1)
    {
        Vector512<ulong> ones = Vector512.Create(PackedNodes.Ones), twos = Vector512.Create(PackedNodes.Twos);
        Vector512<ulong> sum = Avx512F.TernaryLogic(a, b, c, 0x96), carry = Avx512F.TernaryLogic(a, b, c, 0xE8);
        Vector512<ulong> low = Vector512.ConditionalSelect(ones, sum, carry << 1), high = Vector512.ConditionalSelect(ones, sum >> 1, carry);
        even0 += low & twos;
        odd0 += (low >> 2) & twos;
        even1 += high & twos;
        odd1 += (high >> 2) & twos;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<ulong> even, Vector512<ulong> odd, ulong* tallies)
    {
        var nibbles = Vector512.Create(PackedNodes.Nibbles);
        (Vector512.Load(tallies) + (even & nibbles)).Store(tallies);
        (Vector512.Load(tallies + 8) + ((even >> 4) & nibbles)).Store(tallies + 8);
        (Vector512.Load(tallies + 16) + (odd & nibbles)).Store(tallies + 16);
        (Vector512.Load(tallies + 24) + ((odd >> 4) & nibbles)).Store(tallies + 24);
    }
}
