namespace DriftStream.Kernels;

/// <summary>Counts with <see cref="CountKernels.Current"/>, at once.</summary>
public sealed class CpuCounter : INumberCounter
{
    // As long as the blocks of the kernels: values are counted while they are in the L1 cache.
    private const int BlockLength = 512;

    [ThreadStatic]
    private static double[]? block;

    private CpuCounter()
    {
    }

    /// <summary>One for everybody: its only state is a block for each thread.</summary>
    public static CpuCounter Shared { get; } = new();

    /// <inheritdoc/>
    public Span<double> Block(int lane, EdgeIndex<double> index, int values) => block ??= new double[BlockLength];

    /// <inheritdoc/>
    public void Count(int lane, EdgeIndex<float> index, ReadOnlySpan<float> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts) =>
        CountKernels.Count(index, values, validity, validityOffset, counts.AsSpan(0, index.Cells));

    /// <inheritdoc/>
    public void Count(int lane, EdgeIndex<double> index, ReadOnlySpan<double> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts) =>
        CountKernels.Count(index, values, validity, validityOffset, counts.AsSpan(0, index.Cells));

    /// <inheritdoc/>
    public void Settle(IEnumerable<long[]> counts)
    {
    }
}
