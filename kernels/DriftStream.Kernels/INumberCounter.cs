namespace DriftStream.Kernels;

/// <summary>
/// Where columns of numbers are counted: at once by the CPU, or by a device, which holds what it counted until it is settled.
/// All give the same counts, bit for bit.
/// </summary>
/// <remarks>
/// Calls for different lanes may run side by side; those for one lane must come one after the other. Counts belong to one lane until they
/// are settled, which any thread may do while nobody counts into them.
/// </remarks>
public interface INumberCounter
{
    /// <summary>
    /// Room for values that must first be made (integers, halves): as many of <paramref name="values"/> as are worth counting in one call,
    /// or more. Whatever is in it has been used when that call returns.
    /// <param name="lane">From 0.</param>
    /// <param name="index">The layout's edges.</param>
    /// <param name="values">How many values there are.</param>
    /// </summary>
    Span<double> Block(int lane, EdgeIndex<double> index, int values);

    /// <inheritdoc cref="Count(int, EdgeIndex{double}, ReadOnlySpan{double}, ReadOnlySpan{byte}, int, long[])"/>
    void Count(int lane, EdgeIndex<float> index, ReadOnlySpan<float> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts);

    /// <summary>Adds every value to its cell, as <see cref="CountKernels.Count"/> does, now or when the counts are settled.</summary>
    /// <param name="lane">From 0.</param>
    /// <param name="index">The layout's edges.</param>
    /// <param name="values">One a row; the value of a null row is not looked at.</param>
    /// <param name="validity">Arrow bitmap, least significant bit first, or empty where no row is null.</param>
    /// <param name="validityOffset">The bit of the first row.</param>
    /// <param name="counts">At least as long as <see cref="EdgeIndex{T}.Cells"/>.</param>
    void Count(int lane, EdgeIndex<double> index, ReadOnlySpan<double> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts);

    /// <summary>When this returns, all that was counted into these counts is in them.</summary>
    void Settle(IEnumerable<long[]> counts);
}
