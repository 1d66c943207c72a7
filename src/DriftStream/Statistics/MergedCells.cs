using System.Collections.Immutable;
using MathNet.Numerics;

namespace DriftStream.Statistics;

/// <summary>
/// Pearson's two-sample X2 on merged cells with the exact first two moments of its conditional distribution (Haldane 1940,
/// Dawson 1954) and an approximate third one, as a shifted gamma. Holds its level where chi2 and every PSI threshold fail.
/// </summary>
/// <param name="Reference">Reference rows by merged cell.</param>
/// <param name="Window">Window rows by merged cell.</param>
/// <param name="X2">Q, the statistic.</param>
/// <param name="Mean">E, the mean of Q without drift.</param>
/// <param name="Variance">V, the variance of Q without drift.</param>
/// <param name="ThirdCumulant">K3, the third cumulant of Q without drift.</param>
/// <param name="PValue">Null where the statistic cannot vary.</param>
public sealed record MergedCells(
    ImmutableArray<long> Reference,
    ImmutableArray<long> Window,
    double X2,
    double Mean,
    double Variance,
    double ThirdCumulant,
    double? PValue)
{
    /// <summary>Null where there are fewer than two cells, or a sample is empty.</summary>
    /// <param name="reference">Reference rows by merged cell; none is empty in both samples.</param>
    /// <param name="window">Window rows by merged cell, as long.</param>
    /// <param name="design">How much less the rows tell than independent ones; null: as much. It is in the p-value alone.</param>
    public static MergedCells? Of(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, DesignEffect? design = null)
    {
        DesignEffect effect = design ?? DesignEffect.None;
        double rows = CountPair.Sum(reference), windowRows = CountPair.Sum(window);
        if (reference.Length < 2 || rows == 0 || windowRows == 0) return null;
        (double q, double mean, double variance, double third) = Moments(reference, window, windowRows / (rows + windowRows), rows + windowRows);
        (double wider, double skewer) = effect.OfX2(reference.Length);
        double spread = variance * wider, skew = third * skewer / Math.Pow(spread, 1.5);
        double? p = variance > 0 ? ShiftedGamma.Upper(((q / effect.Cells) - mean) / Math.Sqrt(spread), skew) : null;
        return new MergedCells([.. reference], [.. window], q, mean, variance, third, p);
    }

    // The letters are those of docs/statistics.md, part C of the calibrated test. Given are r and x, the rows of each cell in reference and
    // window; n, all rows; w, the window's share of them. Then k cells; v = w (1 - w), the variance of one row's place; c = 1 - 2w, its skewness
    // times sqrt(v); t, a cell's rows in both samples; q, Pearson's Q; s1 and s2, the sums of 1/t and 1/t^2. Of the variance (Haldane 1940,
    // Dawson 1954) v1 and w1 hold what depends on the samples, v2 and w2 what depends on the cells. b = k c / (n v) carries the skewness into K3.
    private static (double Q, double Mean, double Variance, double Third) Moments(
        ReadOnlySpan<long> r, ReadOnlySpan<long> x, double w, double n)
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
}

/// <summary>Pearson's type III: a gamma distribution, moved and scaled to the skewness of a standardised variable.</summary>
internal static class ShiftedGamma
{
    /// <summary>Closer to the normal distribution, the gamma's shape would grow without bound.</summary>
    public const double LeastSkew = 0.001;

    /// <summary>P(Z >= z) of a variable with mean 0, deviation 1 and this skewness, which is taken as at least 0.001.</summary>
    public static double Upper(double z, double skewness)
    {
        (double shape, double at) = Place(z, skewness);
        return at <= 0 ? 1 : SpecialFunctions.GammaUpperRegularized(shape, at);
    }

    /// <summary>P(Z &lt;= z) of such a variable.</summary>
    public static double Lower(double z, double skewness)
    {
        (double shape, double at) = Place(z, skewness);
        return at <= 0 ? 0 : SpecialFunctions.GammaLowerRegularized(shape, at);
    }

    private static (double Shape, double At) Place(double z, double skewness)
    {
        double skew = Math.Max(skewness, LeastSkew), shape = 4 / (skew * skew);
        return (shape, shape + (Math.Sqrt(shape) * z));
    }
}
