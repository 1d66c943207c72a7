namespace DriftStream.Statistics;

/// <summary>
/// Two-sided p-values without an approximation, for few rows: the probability of all outcomes that are no likelier than the observed one, as scipy's
/// <c>fisher_exact</c> and <c>binomtest</c> have it. The larger the samples, the longer it takes: as the square root of the rows.
/// </summary>
public static class ExactTest
{
    // As in scipy: what differs by less is equally likely, and differs by rounding.
    private const double Alike = 1 + 1e-7;

    /// <summary>Fisher's test of the table [[x, m - x], [r, n - r]], all of whose margins are given.</summary>
    /// <param name="x">Rows of the window with the property; 0 to <paramref name="m"/>.</param>
    /// <param name="m">Rows of the window.</param>
    /// <param name="r">Rows of the reference with it; 0 to <paramref name="n"/>.</param>
    /// <param name="n">Rows of the reference.</param>
    public static double Fisher(long x, long m, long r, long n)
    {
        double all = x + r;
        long mode = (long)((all + 1) * (m + 1.0) / (n + m + 2.0));
        return TwoSided(
            Math.Max(0, x + r - n), Math.Min(x + r, m), mode, x, k => (all - k) * (m - k) / ((k + 1.0) * (n - all + k + 1)));
    }

    /// <summary>The binomial test of k successes among n, each of probability p.</summary>
    /// <param name="k">0 to <paramref name="n"/>.</param>
    /// <param name="n">At least 0.</param>
    /// <param name="p">Above 0 and below 1.</param>
    public static double Binomial(long k, long n, double p) =>
        TwoSided(0, n, (long)((n + 1.0) * p), k, at => (n - at) / (at + 1.0) * (p / (1 - p)));

    // Outwards from the mode, whose weight is 1: ratios of neighbours are exact to rounding where factorials would cancel.
    private static double TwoSided(long least, long greatest, long mode, long observed, Func<long, double> step)
    {
        mode = Math.Clamp(mode, least, greatest);
        double limit = Weight(mode, observed, step) * Alike, all = 0, rare = 0;
        double weight = 1;
        for (long at = mode; at <= greatest && weight > 0; at++)
        {
            Add(weight);
            weight *= step(at);
        }

        weight = 1;
        for (long at = mode - 1; at >= least && weight > 0; at--)
        {
            weight /= step(at);
            Add(weight);
        }

        return Math.Min(1, rare / all);

        void Add(double outcome)
        {
            all += outcome;
            if (outcome <= limit) rare += outcome;
        }
    }

    private static double Weight(long mode, long observed, Func<long, double> step)
    {
        double weight = 1;
        for (long at = mode; at < observed && weight > 0; at++) weight *= step(at);
        for (long at = mode - 1; at >= observed && weight > 0; at--) weight /= step(at);
        return weight;
    }
}
