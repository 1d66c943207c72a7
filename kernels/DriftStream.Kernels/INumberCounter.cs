namespace DriftStream.Kernels;

/// <summary>
/// Where columns of numbers are counted: at once by the CPU, or by a device, which holds what it counted until it is settled.
/// All give the same counts, bit for bit. One thread at a time.
/// </summary>
public interface INumberCounter
{
    /// <summary>
    /// Room for values that have to be made first (integers, halves), as many as are worth counting in one call. What is in it is
    /// done with when the call returns.
    /// </summary>
    Span<double> Block { get; }

    /// <inheritdoc cref="Count(EdgeIndex{double}, ReadOnlySpan{double}, ReadOnlySpan{byte}, int, long[])"/>
    void Count(EdgeIndex<float> index, ReadOnlySpan<float> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts);

    /// <summary>Adds every value to its cell, as <see cref="CountKernels.Count"/> does, now or when <see cref="Settle"/> is called.</summary>
    /// <param name="index">The layout's edges.</param>
    /// <param name="values">One a row; what stands behind a null is not looked at.</param>
    /// <param name="validity">Arrow bitmap, least significant bit first, or empty where no row is null.</param>
    /// <param name="validityOffset">The bit of the first row.</param>
    /// <param name="counts">At least as long as <see cref="EdgeIndex{T}.Cells"/>. Until it is settled, cells may lack rows or be negative.</param>
    void Count(EdgeIndex<double> index, ReadOnlySpan<double> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts);

    /// <summary>Whatever was counted is in its counts when this returns.</summary>
    void Settle();
}
