using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftStream.Kernels;

/// <summary>
/// Sorted edges behind a table of equal shares of their range. The share that a value is in tells all but one of the edges that it is at
/// least, and one comparison tells the rest. The cost of a value does not grow with the number of edges.
/// </summary>
/// <remarks>
/// The share is the same monotone function of an edge as of a value, so a value is above all edges of lower shares and below
/// all edges of higher ones, however the function rounds. No share may hold two edges; a layout that would need too many shares for that
/// has no guide, so no value ever walks along edges that lie close together, whatever the data are. Edges and values are compared as
/// unsigned integers of the same order (keys), because a comparison of floats takes a detour on its way to an index. After the
/// "guide table" of Chen and Asau (1974).
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed unsafe class Guide<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostShares = 32_768;

    private readonly Array table, keys;
    private readonly void* start;
    private readonly ulong* edgeKeys;

    private Guide(ReadOnlySpan<T> edges, T origin, T scale, int shares)
    {
        (First, Origin, Scale, Shares) = (edges[0], origin, scale, shares);
        int[] heldBy = [.. Enumerable.Repeat(-1, shares)];
        for (int i = 0; i < edges.Length; i++) heldBy[ShareOf(edges[i], origin, scale)] = i;
        if (typeof(T) == typeof(float))
        {
            // The rank of the lower edges, then what makes the addition of a key carry where the value is at least the share's own edge.
            ulong[] steps = GC.AllocateArray<ulong>(shares, pinned: true);
            uint rank = 0;
            for (int share = 0; share < shares; share++)
            {
                int edge = heldBy[share];
                steps[share] = ((ulong)rank << 32) | (edge < 0 ? 0 : 0u - (uint)KeyOf(edges[edge]));
                if (edge >= 0) rank++;
            }

            (table, keys) = (steps, Array.Empty<ulong>());
        }
        else
        {
            // The rank of a share's largest value; and the key of the highest edge that a value of rank r is at least, none for rank 0.
            ushort[] ranks = GC.AllocateArray<ushort>(shares, pinned: true);
            ulong[] keysByRank = GC.AllocateArray<ulong>(edges.Length + 1, pinned: true);
            for (int share = 1; share < shares; share++) ranks[share] = (ushort)(heldBy[share] < 0 ? ranks[share - 1] : heldBy[share] + 1);
            for (int i = 0; i < edges.Length; i++) keysByRank[i + 1] = KeyOf(edges[i]);
            (table, keys) = (ranks, keysByRank);
        }

        start = (void*)Marshal.UnsafeAddrOfPinnedArrayElement(table, 0);
        edgeKeys = (ulong*)Marshal.UnsafeAddrOfPinnedArrayElement(keys, 0);
    }

    /// <summary>The first edge: what is not at least that is in share 0, which holds no edge.</summary>
    public T First { get; }

    /// <summary>The share of x is the integer part of (x - origin) * scale, and below <see cref="Shares"/>.</summary>
    public T Origin { get; }

    /// <inheritdoc cref="Origin"/>
    public T Scale { get; }

    public int Shares { get; }

    /// <summary>The fewest shares that a guide of so many edges can have.</summary>
    public static int FewestShares(int edges) => 2 * edges;

    /// <summary>The guide of these edges; null where some share would hold two.</summary>
    public static Guide<T>? Of(ReadOnlySpan<T> edges)
    {
        if (edges.Length < 2 || !T.IsFinite(edges[0]) || !T.IsFinite(edges[^1] - edges[0])) return null;
        for (int shares = FewestShares(edges.Length); shares <= MostShares; shares += shares / 4)
        {
            // The first edge is in the middle of share 1, the last one before the end of the last share.
            T scale = T.CreateTruncating(shares - 3) / (edges[^1] - edges[0]), origin = edges[0] - (T.CreateTruncating(1.5) / scale);
            if (!T.IsFinite(scale) || !T.IsFinite(origin)) return null;
            if (OneEach(edges, origin, scale, shares)) return new Guide<T>(edges, origin, scale, shares);
        }

        return null;
    }

    /// <summary>Adds 1 to the cell of every value, in tables that take turns.</summary>
    /// <param name="shares">One a value.</param>
    /// <param name="of">The keys of the values.</param>
    /// <param name="count">How many values.</param>
    /// <param name="tables">Those of the layout.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ushort* shares, T* of, nint count, in CellTables tables)
    {
        void* table = start;
        ulong* keys = edgeKeys;
        uint* t0 = tables.First, t1 = t0 + tables.Stride, t2 = t1 + tables.Stride, t3 = t2 + tables.Stride;
        nint i = 0;
        for (; i <= count - 4; i += 4)
        {
            t0[Rank(table, keys, shares[i], of + i)]++;
            t1[Rank(table, keys, shares[i + 1], of + i + 1)]++;
            t2[Rank(table, keys, shares[i + 2], of + i + 2)]++;
            t3[Rank(table, keys, shares[i + 3], of + i + 3)]++;
        }

        for (; i < count; i++) t0[Rank(table, keys, shares[i], of + i)]++;
    }

    /// <summary>Adds 1 to the cell of every value, without tables.</summary>
    /// <inheritdoc cref="Add"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddTo(long* counts, ushort* shares, T* of, nint count)
    {
        void* table = start;
        ulong* keys = edgeKeys;
        nint i = 0;
        for (; i <= count - 4; i += 4)
        {
            counts[Rank(table, keys, shares[i], of + i)]++;
            counts[Rank(table, keys, shares[i + 1], of + i + 1)]++;
            counts[Rank(table, keys, shares[i + 2], of + i + 2)]++;
            counts[Rank(table, keys, shares[i + 3], of + i + 3)]++;
        }

        for (; i < count; i++) counts[Rank(table, keys, shares[i], of + i)]++;
    }

    /// <summary>Brings the whole guide back into the cache at once, if it is short: other columns have pushed it out.</summary>
    public void Prefetch()
    {
        if (typeof(T) == typeof(float)) return;
        CacheLines.Prefetch(edgeKeys, keys.Length * sizeof(ulong));
        CacheLines.Prefetch(start, Shares * sizeof(ushort));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Rank(void* table, ulong* keys, nint share, T* key)
    {
        if (typeof(T) == typeof(float)) return (nint)((((ulong*)table)[share] + *(uint*)key) >> 32);
        nint rank = ((ushort*)table)[share];
        return rank - (*(ulong*)key < keys[rank] ? 1 : 0);
    }

    private static bool OneEach(ReadOnlySpan<T> edges, T origin, T scale, int shares)
    {
        int before = 0;
        foreach (T edge in edges)
        {
            int share = ShareOf(edge, origin, scale);
            if (share <= before || share >= shares) return false;
            before = share;
        }

        return true;
    }

    // The same formula as in the lanes: whatever is rounded here is rounded there.
    private static int ShareOf(T edge, T origin, T scale) => int.CreateTruncating((edge - origin) * scale);

    private static ulong KeyOf(T edge)
    {
        T key = Lane<T>.Key(edge);
        return typeof(T) == typeof(float) ? Unsafe.BitCast<T, uint>(key) : Unsafe.BitCast<T, ulong>(key);
    }
}
