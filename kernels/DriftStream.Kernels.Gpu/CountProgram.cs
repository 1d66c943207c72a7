using ILGPU;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// The kernel. A group of threads keeps the keys and the counts of one layout in shared memory, searches its tile
/// without branches, four values a thread at a time because a search waits for memory at every step, and adds what it counted.
/// </summary>
internal static class CountProgram
{
    public static void Count<TOrder, TSize, TBits, TKey>(
        ArrayView<Tile> tiles, ArrayView<TBits> values, ArrayView<TKey> keys, ArrayView<long> counts)
        where TOrder : struct, IKeyOrder<TBits, TKey>
        where TSize : struct, ILayoutSize
        where TBits : unmanaged
        where TKey : unmanaged
    {
        ArrayView<TKey> edges = SharedMemory.Allocate<TKey>(TSize.MostEdges);
        ArrayView<int> cells = SharedMemory.Allocate<int>(TSize.MostEdges + 2);
        Tile tile = tiles[Grid.IdxX];
        int width = Group.DimX, me = Group.IdxX, nan = tile.Edges + 1, half = (tile.KeyCount + 1) / 2;
        for (int i = me; i < tile.KeyCount; i += width) edges[i] = keys[tile.Keys + i];
        for (int i = me; i <= nan; i += width) cells[i] = 0;
        Group.Barrier();

        int at = tile.Values + me, end = tile.Values + tile.Length;
        for (; at + (3 * width) < end; at += 4 * width)
        {
            TBits v0 = values[at], v1 = values[at + width], v2 = values[at + (2 * width)], v3 = values[at + (3 * width)];
            TKey k0 = TOrder.KeyOf(v0), k1 = TOrder.KeyOf(v1), k2 = TOrder.KeyOf(v2), k3 = TOrder.KeyOf(v3);
            int c0 = 0, c1 = 0, c2 = 0, c3 = 0;
            for (int step = half; step > 0; step >>= 1)
            {
                c0 += TOrder.AtMost(edges[c0 + step - 1], k0) ? step : 0;
                c1 += TOrder.AtMost(edges[c1 + step - 1], k1) ? step : 0;
                c2 += TOrder.AtMost(edges[c2 + step - 1], k2) ? step : 0;
                c3 += TOrder.AtMost(edges[c3 + step - 1], k3) ? step : 0;
            }

            Atomic.Add(ref cells[TOrder.IsNan(v0) ? nan : c0], 1);
            Atomic.Add(ref cells[TOrder.IsNan(v1) ? nan : c1], 1);
            Atomic.Add(ref cells[TOrder.IsNan(v2) ? nan : c2], 1);
            Atomic.Add(ref cells[TOrder.IsNan(v3) ? nan : c3], 1);
        }

        for (; at < end; at += width)
        {
            TBits value = values[at];
            TKey key = TOrder.KeyOf(value);
            int cell = 0;
            for (int step = half; step > 0; step >>= 1) cell += TOrder.AtMost(edges[cell + step - 1], key) ? step : 0;
            Atomic.Add(ref cells[TOrder.IsNan(value) ? nan : cell], 1);
        }

        Group.Barrier();
        for (int i = me; i <= nan; i += width)
        {
            int count = cells[i];
            if (count != 0) Atomic.Add(ref counts[tile.Counts + i], (long)count);
        }
    }
}
