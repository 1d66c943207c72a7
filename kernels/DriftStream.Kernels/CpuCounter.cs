namespace DriftStream.Kernels;

/// <summary>Counts with <see cref="CountKernels.Current"/>, at once.</summary>
public sealed class CpuCounter : INumberCounter
{
    // As long as the blocks that the kernels take: what is made is counted while it is in the L1 cache.
    private const int BlockLength = 512;

    [ThreadStatic]
    private static double[]? block;

    private CpuCounter()
    {
    }

    /// <summary>For everybody: it has no state but a block for each thread.</summary>
    public static CpuCounter Shared { get; } = new();

    public Span<double> Block(int lane, EdgeIndex<double> index, int values) => block ??= new double[BlockLength];

    public void Count(int lane, EdgeIndex<float> index, ReadOnlySpan<float> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts) =>
        CountKernels.Count(index, values, validity, validityOffset, counts.AsSpan(0, index.Cells));

    public void Count(int lane, EdgeIndex<double> index, ReadOnlySpan<double> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts) =>
        CountKernels.Count(index, values, validity, validityOffset, counts.AsSpan(0, index.Cells));

    public void Settle(IEnumerable<long[]> counts)
    {
    }
}
