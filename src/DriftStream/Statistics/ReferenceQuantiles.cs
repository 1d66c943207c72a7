using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>Where the quantiles of the reference lie among the ranges of a numeric layout.</summary>
/// <remarks>
/// Numpy's default (linear) quantile, with groups closed on the right: the k-th quantile of N sorted values is at rank
/// h = (N - 1) k / bins, and a row belongs left of it when it is not greater. The group therefore ends with the cell of the value
/// at rank floor(h). Where the quantile falls between two values, rows of the window between these two belong to the right.
/// </remarks>
internal static class ReferenceQuantiles
{
    /// <summary>
    /// The first cells of all groups but the first: increasing, within 1 .. cells - 1. A cell that holds several quantiles is a
    /// group of its own, a point mass, so there can be fewer groups than <paramref name="bins"/> or, with point masses, some more.
    /// </summary>
    /// <param name="reference">Rows by range.</param>
    /// <param name="bins">How many groups are wanted.</param>
    public static int[] Boundaries(ReadOnlySpan<long> reference, int bins)
    {
        var boundaries = new SortedSet<int>();
        long rows = CountPair.Sum(reference);
        if (rows == 0) return [];
        int cell = -1, before = -1;
        long upTo = 0;
        for (int k = 1; k < bins; k++)
        {
            long rank = Rank(rows, k, bins).Floor;
            while (upTo <= rank) upTo += reference[++cell];
            boundaries.Add(cell == before ? cell : cell + 1);
            before = cell;
        }

        boundaries.Remove(0);
        boundaries.Remove(reference.Length);
        return [.. boundaries];
    }

    /// <summary>
    /// The quantiles themselves, as numpy gives them; null unless every one of them lies between values the layout knows exactly.
    /// </summary>
    /// <param name="layout">A numeric layout with <see cref="Layout.Exact"/>.</param>
    /// <param name="reference">Rows by range.</param>
    /// <param name="bins">How many groups are wanted.</param>
    public static ImmutableArray<double>? Values(Layout layout, ReadOnlySpan<long> reference, int bins)
    {
        long rows = CountPair.Sum(reference);
        if (!layout.Exact || rows == 0) return null;
        var quantiles = ImmutableArray.CreateBuilder<double>(bins - 1);
        for (int k = 1; k < bins; k++)
        {
            (long floor, double part) = Rank(rows, k, bins);
            double low = ValueAt(layout, reference, floor);
            double high = part > 0 ? ValueAt(layout, reference, floor + 1) : low;
            // From the nearer side, as numpy does: the last bit must agree.
            quantiles.Add(part < 0.5 ? low + ((high - low) * part) : high - ((high - low) * (1 - part)));
        }

        return quantiles.MoveToImmutable();
    }

    private static (long Floor, double Part) Rank(long rows, int k, int bins)
    {
        double rank = (rows - 1) * ((double)k / bins);
        double floor = Math.Floor(rank);
        return ((long)floor, rank - floor);
    }

    private static double ValueAt(Layout layout, ReadOnlySpan<long> reference, long rank)
    {
        int cell = 0;
        for (long upTo = reference[0]; upTo <= rank; upTo += reference[cell]) cell++;
        return layout.Edges[cell - 1]; // an exact layout has no reference row outside the cells [v, next double after v)
    }
}
