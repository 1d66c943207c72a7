using System.Numerics;

namespace DriftStream.Kernels.Gpu;

/// <summary>A layout that the device knows.</summary>
/// <param name="Keys">Where its keys are.</param>
/// <param name="KeyCount">2^k - 1, at least as many as edges.</param>
/// <param name="Edges">How many edges it has.</param>
internal sealed record DeviceLayout(int Keys, int KeyCount, int Edges)
{
    public static int KeyCountOf(int edges) => (int)BitOperations.RoundUpToPowerOf2((uint)edges + 1) - 1;

    /// <summary>Writes the keys of sorted edges, and fills up the rest.</summary>
    public static void WriteKeys<TOrder, TBits, TKey>(ReadOnlySpan<TBits> edges, Span<TKey> keys)
        where TOrder : struct, IKeyOrder<TBits, TKey>
        where TBits : unmanaged
        where TKey : unmanaged
    {
        for (int i = 0; i < edges.Length; i++) keys[i] = TOrder.KeyOf(edges[i]);
        keys[edges.Length..].Fill(TOrder.Last);
    }
}
