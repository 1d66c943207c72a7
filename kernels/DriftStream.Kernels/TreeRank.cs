using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// The search tree for registers without wide lookups: the top level by level, then one node after the other. The passes are loops
/// of their own because a loop that does all of it keeps fewer than two registers of values in flight (2-2.4x slower). No branch
/// depends on the data.
/// </summary>
internal static unsafe class TreeRank<TLanes, TVector, T>
    where TLanes : ITreeLanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc cref="ILanes{TVector, T}.Top"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TVector Top(T* tree, int levels, in Block<T> block, uint* ranks, int shift, TVector numbers)
    {
        TVector root = TLanes.First(0), first = TLanes.First(levels);
        TVector lowest = TLanes.Broadcast(T.NegativeInfinity);
        T* values = block.Values, blanked = block.Blanked;
        ulong* valid = block.Valid;
        nint count = block.Count;
        for (nint i = 0; i < count; i += TLanes.Width)
        {
            TVector x = TLanes.Load(values + i);
            if (valid != null)
            {
                x = TLanes.Blank(x, (uint)(valid[i >> 6] >> (int)(i & 63)));
                TLanes.Store(x, blanked + i);
            }

            TVector place = TLanes.Descend(tree, 0, x, root);
            place = TLanes.Descend(tree, 1, x, place);
            place = TLanes.Descend(tree, 2, x, place);
            place = TLanes.Descend(tree, 3, x, place);
            if (levels > 4) place = TLanes.Descend(tree, 4, x, place);
            if (levels > 5) place = TLanes.Descend(tree, 5, x, place);
            if (levels > 6) place = TLanes.Descend(tree, 6, x, place);
            if (levels > 7) place = TLanes.Descend(tree, 7, x, place);
            TLanes.StoreRanks(place, first, shift, ranks + i);
            numbers = TLanes.AddWhereAtLeast(numbers, x, lowest);
        }

        return numbers;
    }

    /// <inheritdoc cref="ILanes{TVector, T}.Refine"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Refine(T* nodes, T* values, nint count, uint* ranks, int shift)
    {
        for (nint i = 0; i < count; i += 4)
        {
            uint n0 = ranks[i], n1 = ranks[i + 1], n2 = ranks[i + 2], n3 = ranks[i + 3];
            ranks[i] = (n0 + TLanes.CountAtMost(nodes + n0, values[i])) << shift;
            ranks[i + 1] = (n1 + TLanes.CountAtMost(nodes + n1, values[i + 1])) << shift;
            ranks[i + 2] = (n2 + TLanes.CountAtMost(nodes + n2, values[i + 2])) << shift;
            ranks[i + 3] = (n3 + TLanes.CountAtMost(nodes + n3, values[i + 3])) << shift;
        }
    }
}
