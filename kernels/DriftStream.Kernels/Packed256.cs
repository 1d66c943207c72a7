using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DriftStream.Kernels;

/// <summary>
/// <see cref="PackedCounts{TLanes, TVector, T}"/> in AVX2, for floats, whose last level of eight nodes fills a register. Three registers of values
/// go down the levels side by side; there are not enough registers for more.
/// </summary>
internal static unsafe class Packed256
{
    /// <summary>Keeps 16 counters of two bits in a lane.</summary>
    /// <inheritdoc cref="ILanes{TVector, T}.Pack"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector256<float> Pairs(float* nodes, float* values, ulong* valid, nint registers, byte* tallies, Vector256<float> numbers)
    {
        Vector256<ulong> twos = Vector256.Create(PackedNodes.Twos);
        nint at = 0;
        while (registers > 0)
        {
            nint end = registers - PackedNodes.MostInNibble;
            Vector256<ulong> even = default, odd = default;
            for (; registers >= 3 && registers > end; registers -= 3, at += 3 * 8)
            {
                Vector256<float> x0 = Load(values, valid, at), x1 = Load(values, valid, at + 8), x2 = Load(values, valid, at + 16);
                Vector256<float> first = Vector256.Create(*nodes);
                Vector256<int> p0 = Where(x0, first, 0), p1 = Where(x1, first, 0), p2 = Where(x2, first, 0);
                Vector256<float> row = Vector256.Load(nodes + PackedNodes.Row);
                (p0, p1, p2) = (p0 + Where(x0, Node(row, p0), 1), p1 + Where(x1, Node(row, p1), 1), p2 + Where(x2, Node(row, p2), 1));
                row = Vector256.Load(nodes + (2 * PackedNodes.Row));
                (p0, p1, p2) = (p0 + Where(x0, Node(row, p0), 2), p1 + Where(x1, Node(row, p1), 2), p2 + Where(x2, Node(row, p2), 2));
                row = Vector256.Load(nodes + (3 * PackedNodes.Row));
                (p0, p1, p2) = (p0 + Where(x0, Node(row, p0), 3), p1 + Where(x1, Node(row, p1), 3), p2 + Where(x2, Node(row, p2), 3));
                numbers = Tally(Tally(Tally(numbers, x0), x1), x2);
                Vector256<ulong> three = Pair(p0) + Pair(p1) + Pair(p2);
                even += three & twos;
                odd += (three >> 2) & twos;
            }

            for (; registers > 0 && registers > end && registers < 3; registers--, at += 8)
            {
                Vector256<float> x = Load(values, valid, at);
                Vector256<int> place = Where(x, Vector256.Create(*nodes), 0);
                for (int level = 1; level < 4; level++)
                    place += Where(x, Node(Vector256.Load(nodes + (level * PackedNodes.Row)), place), level);
                numbers = Tally(numbers, x);
                Vector256<ulong> one = Pair(place);
                even += one & twos;
                odd += (one >> 2) & twos;
            }

            Add(even, odd, (ulong*)tallies);
        }

        return numbers;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load(float* values, ulong* valid, nint at) => Blanks<Lanes256<float>, Vector256<float>, float>.Load(values, valid, at);

    /// <summary>The bit of the level where x is at least the edge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Where(Vector256<float> x, Vector256<float> edge, int level) =>
        Vector256.GreaterThanOrEqual(x, edge).AsInt32() & Vector256.Create(1 << level);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Node(Vector256<float> row, Vector256<int> place) => Avx2.PermuteVar8x32(row, place);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Tally(Vector256<float> numbers, Vector256<float> x) =>
        Lanes256<float>.AddWhereAtLeast(numbers, x, Vector256.Create(float.NegativeInfinity));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Pair(Vector256<int> place) =>
        Avx2.ShiftLeftLogicalVariable(Vector256<uint>.One, (place << 1).AsUInt32()).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<ulong> even, Vector256<ulong> odd, ulong* tallies)
    {
        var nibbles = Vector256.Create(PackedNodes.Nibbles);
        (Vector256.Load(tallies) + (even & nibbles)).Store(tallies);
        (Vector256.Load(tallies + 4) + ((even >> 4) & nibbles)).Store(tallies + 4);
        (Vector256.Load(tallies + 8) + (odd & nibbles)).Store(tallies + 8);
        (Vector256.Load(tallies + 12) + ((odd >> 4) & nibbles)).Store(tallies + 12);
    }
}
