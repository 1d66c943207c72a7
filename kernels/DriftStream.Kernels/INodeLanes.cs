namespace DriftStream.Kernels;

/// <summary>What a register needs for the nodes of the search tree as <see cref="Nodes{TLanes, TVector, T}"/> walks them.</summary>
/// <inheritdoc cref="ILanes{TVector, T}"/>
internal unsafe interface INodeLanes<TVector, T> : ILanes<TVector, T> where TVector : unmanaged where T : unmanaged
{
    /// <summary>How many of the values of a node (64 bytes, ascending, then NaN) are at most x.</summary>
    static abstract uint CountAtMost(T* node, T x);
}
