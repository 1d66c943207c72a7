using System.Collections.Immutable;
using MathNet.Numerics;

namespace DriftStream.Statistics;

/// <summary>
/// Pearson's two-sample X2 on merged cells with the exact first two moments of its conditional distribution (Haldane 1940,
/// Dawson 1954) and an approximate third one, as a shifted gamma. Holds its level where chi2 and every PSI threshold fail.
/// </summary>
/// <param name="Reference">Reference rows by merged cell.</param>
/// <param name="Window">Window rows by merged cell.</param>
/// <param name="NeverAlone">Cells with at most so many pooled rows are merged into the first group, beside unseen ones.</param>
/// <param name="X2">Q, the statistic.</param>
/// <param name="Mean">E.</param>
/// <param name="Variance">V.</param>
/// <param name="ThirdCumulant">K3.</param>
/// <param name="PValue">Null where fewer than two merged cells are left: too sparse.</param>
/// <param name="Psi">PSI over the merged cells, a zero side counted as one half row.</param>
/// <param name="Debiased">PSI less what two samples of one population show on average; slightly negative without drift.</param>
public sealed record MergedCells(
    ImmutableArray<long> Reference,
    ImmutableArray<long> Window,
    long NeverAlone,
    double X2,
    double Mean,
    double Variance,
    double ThirdCumulant,
    double? PValue,
    double Psi,
    double Debiased)
{
    /// <summary>The name of the test in every message.</summary>
    public const string Test = "x2-merged";

    /// <summary>Null where a sample is empty.</summary>
    /// <param name="reference">Reference rows by cell.</param>
    /// <param name="window">Window rows by cell, as long.</param>
    /// <param name="unseen">The cell of categories that the reference lacks, or -1.</param>
    public static MergedCells? Of(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, int unseen)
    {
        double rows = CountPair.Sum(reference), windowRows = CountPair.Sum(window);
        if (rows == 0 || windowRows == 0) return null;
        double w = windowRows / (rows + windowRows);
        long neverAlone = (long)Math.Min(Math.Ceiling(Math.Log(0.01) / Math.Log(w)), 1L << 62);
        (long[] r, long[] x) = Merge(reference, window, unseen, neverAlone, Math.Min(w, 1 - w));
        (double q, double mean, double variance, double third) = Moments(r, x, w, rows + windowRows);
        double? p = r.Length >= 2 && variance > 0 ? Tail(q, mean, variance, third) : null;
        double psi = PopulationStability.Sum(r, x, PopulationStability.HalfRow);
        double bias = (r.Length - 1) * ((1 / rows) + (1 / windowRows));
        return new MergedCells([.. r], [.. x], neverAlone, q, mean, variance, third, p, psi, psi - bias);
    }

    // By pooled counts, never by the reference's: a rule that looks at one sample alone is not symmetric and loses the level.
    private static (long[] Reference, long[] Window) Merge(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> window, int unseen, long neverAlone, double smaller)
    {
        var alone = new List<long>(reference.Length); // pooled rows, then the cell, in one key: half the time goes into this order
        long r = 0, x = 0;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            long pooled = reference[cell] + window[cell];
            if (cell != unseen && pooled > neverAlone)
            {
                alone.Add((pooled * reference.Length) + cell);
                continue;
            }

            r += reference[cell];
            x += window[cell];
        }

        alone.Sort();
        var merged = new List<(long R, long X)>(alone.Count + 1);
        if ((r + x) * smaller >= 5) Close(merged, ref r, ref x);
        foreach (long key in alone)
        {
            int cell = (int)(key % reference.Length);
            r += reference[cell];
            x += window[cell];
            if ((r + x) * smaller >= 5) Close(merged, ref r, ref x);
        }

        if (r + x > 0)
        {
            if (merged.Count == 0) merged.Add((r, x));
            else merged[^1] = (merged[^1].R + r, merged[^1].X + x);
        }

        return ([.. merged.Select(m => m.R)], [.. merged.Select(m => m.X)]);
    }

    private static void Close(List<(long R, long X)> merged, ref long r, ref long x)
    {
        merged.Add((r, x));
        (r, x) = (0, 0);
    }

    private static (double Q, double Mean, double Variance, double Third) Moments(long[] r, long[] x, double w, double n)
    {
        double v = w * (1 - w), c = 1 - (2 * w), k = r.Length;
        double q = 0, s1 = 0, s2 = 0;
        for (int i = 0; i < r.Length; i++)
        {
            double t = r[i] + x[i], off = x[i] - (t * w);
            q += off * off / (t * v);
            s1 += 1 / t;
            s2 += 1 / (t * t);
        }

        double mean = n * (k - 1) / (n - 1);
        double v1 = (n - 2) / (n - 1), w1 = ((1 / v) - 4) / (n - 2);
        double v2 = (k - 1) * (n - k) / (n - 1), w2 = ((n * s1) - (k * k)) / (n - 2);
        double variance = (2 * n / (n - 3) * (v1 - w1) * (v2 - w2)) + (n * n / (n - 1) * w1 * w2);
        double b = k * c / (n * v);
        double third = (8 * (k - 1)) + ((22 - (112 * v)) * s1 / v) + ((1 - (30 * v) + (120 * v * v)) * s2 / (v * v))
            - (3 * b * c * (((1 - (12 * v)) * s1 / v) + (8 * k)))
            + (3 * b * b * ((2 * n * v) + (k * (1 - (6 * v)))))
            - (b * b * b * n * v * c);
        return (q, mean, variance, third);
    }

    private static double Tail(double q, double mean, double variance, double third)
    {
        double skew = Math.Max(third / Math.Pow(variance, 1.5), 0.001);
        double a = 4 / (skew * skew);
        double at = a + (Math.Sqrt(a) * (q - mean) / Math.Sqrt(variance));
        return at <= 0 ? 1 : SpecialFunctions.GammaUpperRegularized(a, at);
    }
}
