using System.Numerics;

namespace DriftStream.Tests.Kernels;

/// <summary>The counts as anyone would write them down: what every kernel must reproduce bit for bit.</summary>
internal static class PlainCounts
{
    public static long[] Count<T>(ReadOnlySpan<T> edges, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int offset)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long[] counts = new long[edges.Length + 2];
        for (int i = 0; i < values.Length; i++)
        {
            if (Valid(validity, offset + i)) counts[CellOf(edges, values[i])]++;
        }

        return counts;
    }

    /// <summary>Looks at every edge for short layouts; halves for long ones, where that would take minutes.</summary>
    public static int CellOf<T>(ReadOnlySpan<T> edges, T value) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (T.IsNaN(value)) return edges.Length + 1;
        int cell = 0;
        if (edges.Length <= 64)
        {
            foreach (T edge in edges) cell += edge <= value ? 1 : 0;
            return cell;
        }

        int end = edges.Length;
        while (cell < end)
        {
            int middle = (cell + end) / 2;
            if (edges[middle] <= value) cell = middle + 1;
            else end = middle;
        }

        return cell;
    }

    public static bool Valid(ReadOnlySpan<byte> validity, int bit) => validity.IsEmpty || (validity[bit / 8] >> (bit % 8) & 1) != 0;
}
