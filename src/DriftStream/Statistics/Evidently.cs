using MathNet.Numerics;

namespace DriftStream.Statistics;

/// <summary>Of categories, what Evidently computes otherwise than most. It sees only the categories that occur.</summary>
public static class Evidently
{
    /// <summary>
    /// Kullback-Leibler divergence of the reference from the window in nats: zeros filled as its PSI fills them, then shares made to sum to 1. Null
    /// where a sample is empty.
    /// </summary>
    public static double? KullbackLeibler(CellGroups groups)
    {
        return PopulationStability.EvidentlyShares(groups) is var (reference, window) ? KullbackLeibler(reference, window) : null;
    }

    internal static double KullbackLeibler(double[] reference, double[] window)
    {
        double n = reference.Sum(), m = window.Sum();
        return reference.Zip(window, (r, w) => r / n * Math.Log(r / n / (w / m))).Sum();
    }

    /// <summary>
    /// Chi2 of the window's counts against the reference's, taken as if they were known without error and scaled to the window: null where the window
    /// has a category that the reference lacks (Evidently's is infinite), or a sample is empty.
    /// </summary>
    /// <returns>The value, and its p-value at k - 1 degrees, which is too small unless the reference is far larger than the window.</returns>
    public static (double Value, double PValue)? ChiSquare(CellGroups groups)
    {
        (long[] reference, long[] window) = PopulationStability.Occupied(groups);
        double n = CountPair.Sum(reference), m = CountPair.Sum(window);
        if (n == 0 || m == 0 || reference.Contains(0)) return null;
        double value = reference.Zip(window, (r, w) => (w - (r / n * m)) * (w - (r / n * m)) / (r / n * m)).Sum();
        return (value, reference.Length > 1 ? SpecialFunctions.GammaUpperRegularized((reference.Length - 1) / 2.0, value / 2) : 1);
    }
}
