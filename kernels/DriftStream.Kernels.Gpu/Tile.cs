namespace DriftStream.Kernels.Gpu;

/// <summary>What one group of threads counts: a run of one column's values. Offsets are elements of the buffers of a launch.</summary>
/// <param name="Values">The first value.</param>
/// <param name="Length">How many values, at most <see cref="Most"/>.</param>
/// <param name="Keys">The first key of the layout.</param>
/// <param name="KeyCount">How many keys, with padding: 2^k - 1, at least as many as edges.</param>
/// <param name="Edges">How many edges the layout has; cell Edges + 1 is NaN's.</param>
/// <param name="Counts">The layout's first count.</param>
internal readonly record struct Tile(int Values, int Length, int Keys, int KeyCount, int Edges, int Counts)
{
    /// <summary>Long enough that loading a layout and adding its counts hardly matter, short enough that columns spread over a device.</summary>
    public const int Most = 16384;
}
