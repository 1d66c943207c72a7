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

    /// <summary>Up to this number of edges, comparing with every edge beats the tree where counters are not packed. Measured.</summary>
    static abstract int FewEdges { get; }

    /// <summary>From this number of edges on, a guide beats the tree, if it has at most <see cref="GuidedShares"/> shares a value.</summary>
    static abstract int GuidedEdges { get; }

    /// <summary>More shares would cost more to bring into the cache than they save. Measured with a hundred columns taking turns.</summary>
    static abstract int GuidedShares { get; }

    /// <summary>From <see cref="PackedNodes.LeastEdges"/> up to this number of edges, packed counters beat comparing; 0 where there are none.</summary>
    static abstract int PackedEdges { get; }

    /// <summary>Steps of the tree's top that this width looks up well, 2 to 4 (f64: 3). Every width can do all of them.</summary>
    static abstract int TopSteps { get; }

    /// <summary>Place 0 in every lane, in this width's own notation.</summary>
    static abstract TVector Root { get; }

    static abstract TVector Load(T* values);

    static abstract TVector Broadcast(T value);

    static abstract void Store(TVector values, T* to);

    /// <summary>The values, and NaN where the bit of the lane (lowest first) is 0.</summary>
    static abstract TVector Blank(TVector values, uint valid);

    /// <summary>The same with bits in memory, lowest first, from bit <paramref name="at"/> on; eight bytes from there may be read.</summary>
    /// <param name="values">A register.</param>
    /// <param name="valid">A bit a value.</param>
    /// <param name="at">A multiple of <see cref="Width"/>.</param>
    static abstract TVector Blank(TVector values, ulong* valid, nint at);

    /// <summary>Adds 1 to the integer lanes of <paramref name="tally"/> where x &gt;= edge.</summary>
    static abstract TVector AddWhereAtLeast(TVector tally, TVector x, TVector edge);

    static abstract long Sum(TVector tally);

    /// <summary>The share of a <see cref="Guide{T}"/> that each value is in, not yet an integer; 0 where x is not at least the first edge.</summary>
    static abstract TVector Share(TVector x, TVector first, TVector origin, TVector scale, TVector last);

    /// <summary>Writes the integer part of shares, which are below 65,536.</summary>
    static abstract void StoreShares(TVector share, ushort* to);

    /// <summary>Unsigned integers of the same order, the same for both zeros; anything for NaN.</summary>
    static abstract TVector Key(TVector values);

    /// <summary>From place k of <paramref name="step"/> to place 4k + how many of its three separators are at most x.</summary>
    /// <param name="tree">See <see cref="EdgeIndex{T}"/>.</param>
    /// <param name="step">A constant, so that the compiler chooses what depends on it.</param>
    /// <param name="x">The values.</param>
    /// <param name="place">One a value.</param>
    static abstract TVector Step(T* tree, int step, TVector x, TVector place);

    /// <summary>Counts registers of values in counters that are packed into lanes, and adds them to bytes.</summary>
    /// <param name="nodes">See <see cref="PackedNodes"/>.</param>
    /// <param name="levels">How many levels they have.</param>
    /// <param name="values">Any values; NaN is counted in the lowest cell.</param>
    /// <param name="valid">A bit a value, lowest first: a value without one is counted as NaN. Null where all have one.</param>
    /// <param name="registers">How many registers; at most <see cref="PackedNodes.MostInByte"/> since the bytes were zero.</param>
    /// <param name="tallies">Registers of bytes, four or eight.</param>
    /// <param name="numbers">A tally of the values that are not NaN, added to lane by lane.</param>
    static virtual TVector Pack(T* nodes, int levels, T* values, ulong* valid, nint registers, byte* tallies, TVector numbers) =>
        throw new NotSupportedException();

    /// <summary>Writes places, shifted left.</summary>
    static abstract void StoreRanks(TVector place, int shift, uint* to);

    /// <summary>Takes every value one level of nodes further: to where its node starts + how many values of that node are at most it.</summary>
    /// <param name="nodes">Nodes of 64 bytes, each ascending, then NaN.</param>
    /// <param name="values">A block.</param>
    /// <param name="count">A multiple of <see cref="Block{T}.Unit"/>.</param>
    /// <param name="ranks">Where the values' nodes start; becomes their ranks, or where their nodes of the next level start.</param>
    /// <param name="shift">0, or the bits of a node's length where another level follows.</param>
    /// <param name="masks">Working memory, one a value.</param>
    static abstract void Refine(T* nodes, T* values, int count, uint* ranks, int shift, ushort* masks);
}
