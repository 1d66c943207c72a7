using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// Ranks a block by descending the edge index: the top level by level in registers, then one node after the other. The passes
/// are loops of their own because a loop that does all of it keeps fewer than two registers of values in flight (2-2.4x slower).
/// No branch depends on the data. NaN is at least nothing, so its rank is 0.
/// </summary>
internal static unsafe class TreeRank<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Writes the number of edges &lt;= x for every value, and adds to <paramref name="numbers"/>, lane by lane, the values
    /// that are not NaN.
    /// </summary>
    /// <param name="index">The edges.</param>
    /// <param name="values">A block.</param>
    /// <param name="count">A multiple of 16.</param>
    /// <param name="ranks">As many as values.</param>
    /// <param name="numbers">A tally.</param>
    public static void Rank(EdgeIndex<T> index, T* values, int count, uint* ranks, ref TVector numbers)
    {
        numbers = Top(index.Tree, index.TopLevels, values, count, ranks, numbers);
        foreach (nint level in index.Levels) Refine((T*)level, values, count, ranks);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Top(T* tree, int levels, T* values, nint count, uint* ranks, TVector numbers)
    {
        TVector root = TLanes.First(0), first = TLanes.First(levels);
        TVector lowest = TLanes.Broadcast(T.NegativeInfinity);
        for (nint i = 0; i < count; i += TLanes.Width)
        {
            TVector x = TLanes.Load(values + i);
            TVector place = TLanes.Descend(tree, 0, x, root);
            place = TLanes.Descend(tree, 1, x, place);
            place = TLanes.Descend(tree, 2, x, place);
            place = TLanes.Descend(tree, 3, x, place);
            if (levels > 4) place = TLanes.Descend(tree, 4, x, place);
            if (levels > 5) place = TLanes.Descend(tree, 5, x, place);
            TLanes.StoreRanks(place, first, ranks + i);
            numbers = TLanes.AddWhereAtLeast(numbers, x, lowest);
        }

        return numbers;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Refine(T* nodes, T* values, nint count, uint* ranks)
    {
        for (nint i = 0; i < count; i += 4)
        {
            uint n0 = ranks[i] * EdgeIndex<T>.Node, n1 = ranks[i + 1] * EdgeIndex<T>.Node;
            uint n2 = ranks[i + 2] * EdgeIndex<T>.Node, n3 = ranks[i + 3] * EdgeIndex<T>.Node;
            ranks[i] = n0 + TLanes.CountAtMost(nodes + n0, values[i]);
            ranks[i + 1] = n1 + TLanes.CountAtMost(nodes + n1, values[i + 1]);
            ranks[i + 2] = n2 + TLanes.CountAtMost(nodes + n2, values[i + 2]);
            ranks[i + 3] = n3 + TLanes.CountAtMost(nodes + n3, values[i + 3]);
        }
    }
}
