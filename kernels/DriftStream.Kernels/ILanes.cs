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

    /// <summary>Levels of the top tree that this width looks up well, 4 to 8 (f64: 6). Every width can do all of them.</summary>
    static abstract int TopLevels { get; }

    static abstract TVector Load(T* values);

    static abstract TVector Broadcast(T value);

    static abstract void Store(TVector values, T* to);

    /// <summary>The values, and NaN where the bit of the lane (lowest first) is 0.</summary>
    static abstract TVector Blank(TVector values, uint valid);

    /// <summary>Adds 1 to the integer lanes of <paramref name="tally"/> where x &gt;= edge.</summary>
    static abstract TVector AddWhereAtLeast(TVector tally, TVector x, TVector edge);

    static abstract long Sum(TVector tally);

    /// <summary>
    /// Writes the rank of every value in the top of the tree: how many of its separators are at most the value. NaN is at least
    /// nothing, so its rank is 0. Where a level of nodes follows, what is written is where the node of that rank starts.
    /// </summary>
    /// <param name="tree">Of the index.</param>
    /// <param name="levels">Of the top: 4 to 8 (f64: 6).</param>
    /// <param name="block">The values.</param>
    /// <param name="ranks">As many as values.</param>
    /// <param name="shift">0, or the bits of a node's length where a level of nodes follows.</param>
    /// <param name="numbers">A tally of the values that are not NaN, added to lane by lane.</param>
    static abstract TVector Top(T* tree, int levels, in Block<T> block, uint* ranks, int shift, TVector numbers);

    /// <summary>Takes every value one level of nodes further: to where its node starts + how many values of that node are at most it.</summary>
    /// <param name="nodes">Of 64 bytes each, ascending, then NaN.</param>
    /// <param name="values">A block.</param>
    /// <param name="count">A multiple of 32.</param>
    /// <param name="ranks">Where the values' nodes start; becomes their ranks, or where their nodes of the next level start.</param>
    /// <param name="shift">As above.</param>
    /// <param name="masks">Working memory, one a value.</param>
    static abstract void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks);
}
