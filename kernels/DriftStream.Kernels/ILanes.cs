namespace DriftStream.Kernels;

/// <summary>
/// A register of values, and the few operations that the counting kernels are made of. One implementation a register width;
/// every kernel is written once over it. All pointers may be unaligned; the operations read and write whole registers.
/// </summary>
/// <typeparam name="TVector">The register: values, or integers of the same width (tallies, places in a tree).</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal unsafe interface ILanes<TVector, T> where TVector : unmanaged where T : unmanaged
{
    /// <summary>Values in a register; divides 16.</summary>
    static abstract int Width { get; }

    /// <summary>Up to this number of edges, comparing with every edge beats the tree. Measured.</summary>
    static abstract int FewEdges { get; }

    /// <summary>Levels of the top tree that this width looks up well, 4 to 6. Every width can do 6.</summary>
    static abstract int TopLevels { get; }

    static abstract TVector Load(T* values);

    static abstract TVector Broadcast(T value);

    /// <summary>Copies a register of values; NaN where the bit of the lane (lowest first) is 0.</summary>
    static abstract void Blank(T* values, uint valid, T* to);

    /// <summary>Adds 1 to the integer lanes of <paramref name="tally"/> where x &gt;= edge.</summary>
    static abstract TVector AddWhereAtLeast(TVector tally, TVector x, TVector edge);

    static abstract long Sum(TVector tally);

    /// <summary>From place k on <paramref name="level"/> of the tree to 2k, or to 2k + 1 where x &gt;= tree[k].</summary>
    static abstract TVector Descend(T* tree, int level, TVector x, TVector place);

    /// <summary>The first place of a level, in every lane, in this width's own notation.</summary>
    static abstract TVector First(int level);

    /// <summary>Writes the distance of every place from the first of its level.</summary>
    static abstract void StoreRanks(TVector place, TVector first, uint* to);

    /// <summary>How many of the values of a node (64 bytes, ascending, then NaN) are at most x.</summary>
    static abstract uint CountAtMost(T* node, T x);
}
