using System.Numerics;

namespace DriftStream.Kernels;

/// <summary>Values in, integer counts out. A call allocates nothing and adds to the counts it is given.</summary>
public static class CountKernels
{
    /// <summary>Adds every value to its cell: the number of edges &lt;= x, or the last cell for NaN. Null rows are added nowhere.</summary>
    /// <param name="index">The layout's edges.</param>
    /// <param name="values">One a row; what stands behind a null is not looked at.</param>
    /// <param name="validity">Arrow bitmap, least significant bit first, or empty where no row is null.</param>
    /// <param name="validityOffset">The bit of the first row.</param>
    /// <param name="counts">As long as <see cref="EdgeIndex{T}.Cells"/>.</param>
    public static void Count<T>(EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            int bit = validityOffset + i;
            if (validity.IsEmpty || (validity[bit >> 3] >> (bit & 7) & 1) != 0) counts[CellOf(index.Sorted, values[i])]++;
        }
    }

    /// <summary>Writes the cell of every value, nulls included (what stands behind them decides; the caller skips them).</summary>
    public static void Rank<T>(EdgeIndex<T> index, ReadOnlySpan<T> values, Span<uint> cells)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++) cells[i] = (uint)CellOf(index.Sorted, values[i]);
    }

    /// <summary>Adds every code to its own count. Null rows are added nowhere.</summary>
    /// <typeparam name="T">An integer type; codes of valid rows are 0 up to the length of <paramref name="counts"/>.</typeparam>
    public static void CountCodes<T>(ReadOnlySpan<T> codes, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < codes.Length; i++)
        {
            int bit = validityOffset + i;
            if (validity.IsEmpty || (validity[bit >> 3] >> (bit & 7) & 1) != 0) counts[int.CreateTruncating(codes[i])]++;
        }
    }

    private static int CellOf<T>(T[] edges, T value) where T : IBinaryFloatingPointIeee754<T>
    {
        if (T.IsNaN(value)) return edges.Length + 1;
        int low = 0, high = edges.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (edges[middle] <= value) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
