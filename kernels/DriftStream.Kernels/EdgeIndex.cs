using System.Numerics;

namespace DriftStream.Kernels;

/// <summary>The sorted edges of one numeric layout, prepared once for every kernel. Immutable.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class EdgeIndex<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private EdgeIndex(T[] edges) => Sorted = edges;

    /// <summary>Ascending; equal neighbours are allowed, NaN is not.</summary>
    public ReadOnlySpan<T> Edges => Sorted;

    /// <summary>E + 1 ranges, then NaN.</summary>
    public int Cells => Sorted.Length + 2;

    internal T[] Sorted { get; }

    /// <exception cref="ArgumentException">An edge is NaN or less than the one before it.</exception>
    public static EdgeIndex<T> Create(ReadOnlySpan<T> edges)
    {
        for (int i = 0; i < edges.Length; i++)
        {
            if (T.IsNaN(edges[i]) || (i > 0 && edges[i] < edges[i - 1]))
                throw new ArgumentException($"edge {i} is NaN or less than the one before it", nameof(edges));
        }

        return new EdgeIndex<T>(edges.ToArray());
    }
}
