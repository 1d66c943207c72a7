using System.Numerics;

namespace DriftStream.Kernels;

/// <summary>
/// Values in, integer counts out. A call adds to the counts that it is given, and allocates nothing once its thread has made a similar call.
/// </summary>
public static class CountKernels
{
    /// <summary>The environment variable that names the kernel to be used: <c>DRIFTSTREAM_KERNEL=avx2</c>.</summary>
    public const string Variable = "DRIFTSTREAM_KERNEL";

    private static CountKernel? current;

    /// <summary>The names of all kernels, best first, whether they run here or not.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. CountKernel.All.Select(kernel => kernel.Name)];

    /// <summary>The kernels that this CPU and runtime can run, best first.</summary>
    public static IReadOnlyList<CountKernel> Available { get; } = [.. CountKernel.All.Where(kernel => kernel.IsSupported)];

    /// <summary>The best available kernel, or the one that <see cref="Variable"/> named when this was first read.</summary>
    /// <exception cref="ArgumentException">The variable names no available kernel.</exception>
    public static CountKernel Current => current ??= Named(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The available kernel of that name; the best where the name is null or empty.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public static CountKernel Named(string? name)
    {
        if (string.IsNullOrEmpty(name)) return Available[0];
        if (Available.FirstOrDefault(kernel => kernel.Name == name) is { } found) return found;
        string fault = CountKernel.All.Any(kernel => kernel.Name == name) ? "not available on this CPU" : "unknown";
        throw new ArgumentException($"{Variable}: kernel '{name}' is {fault}; "
            + $"available: {string.Join(", ", Available.Select(kernel => kernel.Name))}");
    }

    /// <summary>Adds every value to its cell: the number of edges &lt;= x, or the last cell for NaN. Null rows are added nowhere.</summary>
    /// <param name="index">The layout's edges.</param>
    /// <param name="values">One a row; the value of a null row is not looked at.</param>
    /// <param name="validity">Arrow bitmap, least significant bit first, or empty where no row is null.</param>
    /// <param name="validityOffset">The bit of the first row.</param>
    /// <param name="counts">As long as <see cref="EdgeIndex{T}.Cells"/>.</param>
    public static void Count<T>(
        EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Current.Count(index, values, validity, validityOffset, counts);

    /// <summary>Writes the cell of every value. Null rows are written too, by whatever value they hold: the caller skips them.</summary>
    public static void Rank<T>(EdgeIndex<T> index, ReadOnlySpan<T> values, Span<uint> cells)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Current.Rank(index, values, cells);

    /// <summary>Adds every code to its own count. Null rows are added nowhere.</summary>
    /// <typeparam name="T">An integer type; codes of valid rows are from 0 to one less than the length of <paramref name="counts"/>.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">A code of a valid row has no count. All other rows are counted.</exception>
    public static void CountCodes<T>(ReadOnlySpan<T> codes, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (!validity.IsEmpty) Bitmap.Require(validity, validityOffset, codes.Length, nameof(validity));
        CodeCounts<T>.Count(codes, validity, validityOffset, counts);
    }

    /// <summary>
    /// Adds every row to its cell of group x decision x label: cell = ((group x 3) + decision) x labels + label. A decision is 0 no,
    /// 1 yes, 2 unknown; so is a label where <paramref name="labelled"/>, and otherwise there is one label state, 0.
    /// </summary>
    /// <param name="groups">The group of every row; unseen and missing are groups too.</param>
    /// <param name="decisions">One a row.</param>
    /// <param name="labels">One a row; not looked at where the table has no labels.</param>
    /// <param name="labelled">The table has three label states; otherwise it has one.</param>
    /// <param name="counts">As many as groups x 3 x label states.</param>
    /// <exception cref="ArgumentOutOfRangeException">A group code has no cells. It is then unspecified what was counted.</exception>
    public static void CountTable(ReadOnlySpan<byte> groups, BitColumn decisions, BitColumn labels, bool labelled, Span<long> counts) =>
        Current.CountTable(groups, decisions, labels, labelled, counts);
}
