namespace DriftStream.Kernels;

/// <summary>What a register needs for the search tree as <see cref="TreeRank{TLanes, TVector, T}"/> walks it.</summary>
/// <inheritdoc cref="ILanes{TVector, T}"/>
internal unsafe interface ITreeLanes<TVector, T> : ILanes<TVector, T> where TVector : unmanaged where T : unmanaged
{
    /// <summary>From place k on <paramref name="level"/> of the tree to 2k, or to 2k + 1 where x &gt;= tree[k].</summary>
    static abstract TVector Descend(T* tree, int level, TVector x, TVector place);

    /// <summary>The first place of a level, in every lane, in this width's own notation.</summary>
    static abstract TVector First(int level);

    /// <summary>Writes the distance of every place from the first of its level, shifted left.</summary>
    static abstract void StoreRanks(TVector place, TVector first, int shift, uint* to);

    /// <summary>How many of the values of a node (64 bytes, ascending, then NaN) are at most x.</summary>
    static abstract uint CountAtMost(T* node, T x);
}
