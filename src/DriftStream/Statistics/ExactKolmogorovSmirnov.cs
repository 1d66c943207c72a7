namespace DriftStream.Statistics;

/// <summary>
/// Exact two-sided p-value of the two-sample Kolmogorov-Smirnov distance of continuous samples, as scipy's <c>ks_2samp(method="exact")</c>. On ties it is
/// too great, never too small.
/// </summary>
/// <remarks>
/// Without drift every order of the rows is equally likely: a walk over an N x M lattice that draws what is left without replacement. The p-value
/// is the chance that it ever is at least so far from the diagonal, added up where it first is (Hodges 1957): no term is negative, so the tail keeps
/// its digits.
/// </remarks>
public static class ExactKolmogorovSmirnov
{
    /// <summary>The name of the test in every message.</summary>
    public const string Test = "ks-exact";
    /// <summary>N x M up to which it is computed: a step each, some milliseconds in all.</summary>
    public const long Most = 4_000_000;

    /// <summary>P(D >= d) of samples of n and m rows.</summary>
    public static double Survival(long n, long m, double d)
    {
        if (n < m) (n, m) = (m, n);
        long far = (long)Math.Round(d * n * m);
        if (far <= 0) return 1;
        var inside = new double[m + 1]; // the chance of being at (i, j) and never far before
        double first = 0;
        inside[0] = 1;
        for (long i = 0; i <= n; i++)
        {
            for (long j = 0; j <= m; j++)
            {
                double at = i == 0 && j == 0 ? 1 : 0;
                if (i > 0) at += inside[j] * (n - i + 1) / (n + m - (i - 1) - j);
                if (j > 0) at += inside[j - 1] * (m - j + 1) / (n + m - i - (j - 1));
                bool outside = Math.Abs((i * m) - (j * n)) >= far;
                if (outside) first += at;
                inside[j] = outside ? 0 : at;
            }
        }

        return Math.Min(1, first);
    }
}
