using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>
/// By how much the rows of a window count for less than independent ones would: rows that follow each other are alike (Kish 1965). Everything that
/// is said of chance divides by it.
/// </summary>
/// <param name="Cells">f: X2 is divided by it; at least 1.</param>
/// <param name="Spread">rho: the variance of X2 is multiplied by it; at least 1.</param>
/// <param name="Ranks">As <paramref name="Cells"/>, for everything that goes by the order of numbers; at least 1.</param>
public readonly record struct DesignEffect(double Cells, double Spread, double Ranks)
{
    /// <summary>As <see cref="Cells"/>, where one cell is looked at by itself: that of the cell whose rows cluster most. Never less.</summary>
    public double Worst
    {
        get => Math.Max(field, Cells);
        init;
    }

    /// <summary>How many chunks it was learned from: so uncertain it is itself. Infinite where nothing was measured.</summary>
    public double Chunks { get; init; } = double.PositiveInfinity;

    /// <summary>Rows that are independent of each other, or of which nothing is known.</summary>
    public static DesignEffect None => new(1, 1, 1);

    /// <summary>
    /// That of a window, from what was measured at chunks of some sizes: between two sizes by the logarithm of the rows; below the least as there; above the
    /// greatest phi - 1 grows with the rows, as if all rows were one cluster, which is the worst case.
    /// </summary>
    /// <param name="scales">From small chunks to large ones; empty where nothing was measured.</param>
    /// <param name="rows">Rows of the window.</param>
    public static DesignEffect At(ImmutableArray<ClusterScale> scales, double rows)
    {
        if (scales.IsDefaultOrEmpty) return None;
        int above = 0;
        while (above < scales.Length && scales[above].Rows < rows) above++;
        if (above == scales.Length)
        {
            double times = rows / scales[^1].Rows;
            return new DesignEffect(Grown(scales[^1].Cells, times), scales[^1].Spread, Grown(scales[^1].Ranks, times))
            {
                Worst = Grown(scales[^1].Worst, times),
                Chunks = scales[^1].Chunks,
            };
        }

        ClusterScale large = scales[above], small = scales[Math.Max(0, above - 1)];
        double at = above == 0 ? 1 : Math.Log(rows / small.Rows) / Math.Log(large.Rows / small.Rows);
        return new DesignEffect(Between(small.Cells, large.Cells, at), Between(small.Spread, large.Spread, at), Between(small.Ranks, large.Ranks, at))
        {
            Worst = Between(small.Worst, large.Worst, at),
            Chunks = Math.Min(small.Chunks, large.Chunks),
        };
    }

    /// <summary>
    /// By how much the second and the third cumulant of X2 / f exceed those of independent rows. Where the order of numbers clusters more than their cells
    /// do, one part of X2 is as large as that and the others share the rest; a single large part has a longer tail than rho alone would give.
    /// </summary>
    /// <param name="cells">k, the cells that X2 compares, at least 2.</param>
    public (double Second, double Third) OfX2(int cells)
    {
        double second = Spread, third = Spread * Spread, degrees = cells - 1;
        if (Ranks <= Cells || cells < 3) return (second, third);
        double all = Cells * degrees, first = Math.Min(Ranks, all), each = (all - first) / (degrees - 1);
        second = Math.Max(second, degrees * ((first * first) + ((degrees - 1) * each * each)) / (all * all));
        third = Math.Max(third, degrees * degrees * ((first * first * first) + ((degrees - 1) * each * each * each)) / (all * all * all));
        return (second, third);
    }

    private static double Grown(double phi, double times) => 1 + ((phi - 1) * times);

    private static double Between(double small, double large, double at) => small + ((large - small) * at);
}
