using MathNet.Numerics;

namespace DriftStream.Statistics;

/// <summary>
/// Tests of independence on the 2 x k table of reference and window, like scipy's <c>chi2_contingency</c> without Yates' correction:
/// cells without a row in either sample are no columns.
/// </summary>
/// <param name="Value">Pearson's chi2 or the likelihood ratio G.</param>
/// <param name="Degrees">Columns less 1.</param>
/// <param name="PValue">1 where there is only one column.</param>
/// <param name="CramersV">sqrt(value / (N + M)) of Pearson's chi2, for two rows.</param>
public sealed record ChiSquare(double Value, int Degrees, double PValue, double CramersV)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "chi2";

    /// <summary>Pearson's chi2; null where a sample is empty.</summary>
    /// <param name="reference">Rows by cell.</param>
    /// <param name="window">Rows by cell, as long.</param>
    /// <param name="design">So many rows count as one: the value is divided by it in the p-value.</param>
    public static ChiSquare? Pearson(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, double design = 1) =>
        Of(reference, window, likelihood: false, design);

    /// <summary>The likelihood ratio G; null where a sample is empty.</summary>
    /// <param name="reference">Rows by cell.</param>
    /// <param name="window">Rows by cell, as long.</param>
    /// <param name="design">So many rows count as one: the value is divided by it in the p-value.</param>
    public static ChiSquare? Likelihood(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, double design = 1) =>
        Of(reference, window, likelihood: true, design);

    private static ChiSquare? Of(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, bool likelihood, double design)
    {
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), rows = n + m, value = 0;
        if (n == 0 || m == 0) return null;
        int columns = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double column = (double)reference[i] + window[i];
            if (column == 0) continue;
            columns++;
            value += Term(reference[i], column * n / rows, likelihood) + Term(window[i], column * m / rows, likelihood);
        }

        value = Math.Max(0, value);
        double p = columns > 1 ? SpecialFunctions.GammaUpperRegularized((columns - 1) / 2.0, value / 2 / design) : 1;
        return new ChiSquare(value, columns - 1, p, Math.Min(1, Math.Sqrt(value / rows)));
    }

    private static double Term(double observed, double expected, bool likelihood)
    {
        if (!likelihood) return (observed - expected) * (observed - expected) / expected;
        return observed > 0 ? 2 * observed * Math.Log(observed / expected) : 0;
    }
}
