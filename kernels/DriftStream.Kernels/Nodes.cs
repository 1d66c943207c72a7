using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>The nodes of the search tree at widths where a node is several registers: four values side by side.</summary>
internal static unsafe class Nodes<TLanes, TVector, T>
    where TLanes : INodeLanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
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
