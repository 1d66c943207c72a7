using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// The top of the search tree in steps of four ways, four registers of values side by side. The nodes behind it are passes of their
/// own (<see cref="ILanes{TVector, T}.Refine"/>), because a loop that does all of it keeps fewer than two registers of values in
/// flight (2-2.4x slower). No branch depends on the data.
/// </summary>
/// <remarks>
/// Four ways, because the three separators of a step are looked up at the same time: compared with two steps of two ways that is half as
/// long a chain for half again as many lookups (1.3-1.8x faster).
/// </remarks>
internal static unsafe class TreeTop<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Writes the rank of every value in the top of the tree: how many of its separators are at most the value. NaN is at least
    /// nothing, so its rank is 0. Where a level of nodes follows, the place where the node of that rank starts is written instead.
    /// </summary>
    /// <param name="tree">The tree of the index.</param>
    /// <param name="steps">How many steps the top has.</param>
    /// <param name="block">The values.</param>
    /// <param name="ranks">Written: one a value.</param>
    /// <param name="shift">0, or the bits of a node's length where a level of nodes follows.</param>
    /// <param name="numbers">A tally of the values that are not NaN, added to lane by lane.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TVector Rank(T* tree, int steps, in Block<T> block, uint* ranks, int shift, TVector numbers)
    {
        TVector lowest = TLanes.Broadcast(T.NegativeInfinity);
        T* values = block.Values, blanked = block.Blanked;
        ulong* valid = block.Valid;
        nint count = block.Count, width = TLanes.Width;
        nint i = 0;
        for (; i <= count - (4 * width); i += 4 * width)
        {
            TVector a = TLanes.Load(values + i), b = TLanes.Load(values + i + width);
            TVector c = TLanes.Load(values + i + (2 * width)), d = TLanes.Load(values + i + (3 * width));
            if (valid != null)
            {
                a = Blank(a, valid, i, blanked);
                b = Blank(b, valid, i + width, blanked);
                c = Blank(c, valid, i + (2 * width), blanked);
                d = Blank(d, valid, i + (3 * width), blanked);
            }

            TVector j = TLanes.Step(tree, 0, a, TLanes.Root), k = TLanes.Step(tree, 0, b, TLanes.Root);
            TVector l = TLanes.Step(tree, 0, c, TLanes.Root), m = TLanes.Step(tree, 0, d, TLanes.Root);
            (j, k) = (TLanes.Step(tree, 1, a, j), TLanes.Step(tree, 1, b, k));
            (l, m) = (TLanes.Step(tree, 1, c, l), TLanes.Step(tree, 1, d, m));
            if (steps > 2)
            {
                (j, k) = (TLanes.Step(tree, 2, a, j), TLanes.Step(tree, 2, b, k));
                (l, m) = (TLanes.Step(tree, 2, c, l), TLanes.Step(tree, 2, d, m));
            }

            if (steps > 3)
            {
                (j, k) = (TLanes.Step(tree, 3, a, j), TLanes.Step(tree, 3, b, k));
                (l, m) = (TLanes.Step(tree, 3, c, l), TLanes.Step(tree, 3, d, m));
            }

            TLanes.StoreRanks(j, shift, ranks + i);
            TLanes.StoreRanks(k, shift, ranks + i + width);
            TLanes.StoreRanks(l, shift, ranks + i + (2 * width));
            TLanes.StoreRanks(m, shift, ranks + i + (3 * width));
            numbers = TLanes.AddWhereAtLeast(TLanes.AddWhereAtLeast(numbers, a, lowest), b, lowest);
            numbers = TLanes.AddWhereAtLeast(TLanes.AddWhereAtLeast(numbers, c, lowest), d, lowest);
        }

        for (; i < count; i += width)
        {
            TVector x = TLanes.Load(values + i);
            if (valid != null) x = Blank(x, valid, i, blanked);
            TVector place = TLanes.Step(tree, 1, x, TLanes.Step(tree, 0, x, TLanes.Root));
            if (steps > 2) place = TLanes.Step(tree, 2, x, place);
            if (steps > 3) place = TLanes.Step(tree, 3, x, place);
            TLanes.StoreRanks(place, shift, ranks + i);
            numbers = TLanes.AddWhereAtLeast(numbers, x, lowest);
        }

        return numbers;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Blank(TVector x, ulong* valid, nint at, T* blanked)
    {
        x = TLanes.Blank(x, valid, at);
        TLanes.Store(x, blanked + at);
        return x;
    }
}
