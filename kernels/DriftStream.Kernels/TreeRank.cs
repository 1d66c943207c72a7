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
    /// <summary>Writes the number of edges &lt;= x for every value, and adds to <paramref name="numbers"/>, lane by lane, the values that are not NaN.</summary>
    /// <param name="index">The edges.</param>
    /// <param name="values">A block.</param>
    /// <param name="count">A multiple of 16.</param>
    /// <param name="ranks">As many as values.</param>
    /// <param name="numbers">A tally.</param>
    public static void Rank(EdgeIndex<T> index, T* values, int count, uint* ranks, ref TVector numbers)
    {
        int bits = index.NodeBits, refines = index.RefineLevels;
        numbers = Top(index.Tree, index.TopLevels, refines > 0 ? bits : 0, values, count, ranks, numbers);
        T* nodes = index.Nodes;
        for (int level = 1; level <= refines; level++)
        {
            Refine(nodes, level < refines ? bits : 0, values, count, ranks);
            nodes += index.LevelLength(bits * (refines - level));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Top(T* tree, int levels, int shift, T* values, int count, uint* ranks, TVector numbers)
    {
        TVector lowest = TLanes.Broadcast(T.NegativeInfinity);
        for (int i = 0; i < count; i += TLanes.Width)
        {
            TVector x = TLanes.Load(values + i);
            TVector place = TLanes.Descend(tree, 0, x, TLanes.Root);
            place = TLanes.Descend(tree, 1, x, place);
            place = TLanes.Descend(tree, 2, x, place);
            place = TLanes.Descend(tree, 3, x, place);
            if (levels > 4) place = TLanes.Descend(tree, 4, x, place);
            if (levels > 5) place = TLanes.Descend(tree, 5, x, place);
            TLanes.StoreRanks(place, 1 << levels, shift, ranks + i);
            numbers = TLanes.AddWhereAtLeast(numbers, x, lowest);
        }

        return numbers;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Refine(T* nodes, int shift, T* values, int count, uint* ranks)
    {
        for (int i = 0; i < count; i += 4)
        {
            uint q0 = ranks[i], q1 = ranks[i + 1], q2 = ranks[i + 2], q3 = ranks[i + 3];
            ranks[i] = (q0 + TLanes.CountAtMost(nodes + q0, values[i])) << shift;
            ranks[i + 1] = (q1 + TLanes.CountAtMost(nodes + q1, values[i + 1])) << shift;
            ranks[i + 2] = (q2 + TLanes.CountAtMost(nodes + q2, values[i + 2])) << shift;
            ranks[i + 3] = (q3 + TLanes.CountAtMost(nodes + q3, values[i + 3])) << shift;
        }
    }
}
