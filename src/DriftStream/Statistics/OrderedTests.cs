using System.Collections.Immutable;
using MathNet.Numerics;
using MathNet.Numerics.Integration;

namespace DriftStream.Statistics;

/// <summary>
/// KS that keeps its level on ties and coarse layouts: Kolmogorov's distribution presumes continuity and is far too cautious there. At the
/// kept boundaries the pooled process is a Brownian bridge; Hunter's and Worsley's bound (1976, 1982) on the chance that it
/// passes z at any of them uses neighbouring pairs only.
/// </summary>
/// <param name="Full">Largest distance over all boundaries.</param>
/// <param name="Boundaries">How many boundaries have at least 5 expected rows of the smaller sample on their smaller pooled side.</param>
/// <param name="Kept">Largest distance over these.</param>
/// <param name="Z">sqrt(NM / (N + M)) times <paramref name="Kept"/>.</param>
/// <param name="Kolmogorov">P(K >= z).</param>
/// <param name="HunterWorsley">The bound, at most 1; 1 where there is no distinct boundary, or more than 256.</param>
public sealed record TiedKolmogorovSmirnov(double Full, int Boundaries, double Kept, double Z, double Kolmogorov, double HunterWorsley)
{
    /// <summary>The name of the test in every message.</summary>
    public const string Test = "ks-hunter-worsley";
    private const int MostBoundaries = 256; // each costs 64 evaluations of the integrand

    /// <summary>The smaller of the two bounds.</summary>
    public double PValue => Math.Min(Kolmogorov, HunterWorsley);

    /// <summary>Null where a sample is empty.</summary>
    /// <param name="reference">Reference rows by cell, in the order of the values.</param>
    /// <param name="window">Window rows by cell, as long.</param>
    /// <param name="design">So many rows count as one.</param>
    public static TiedKolmogorovSmirnov? Of(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, double design = 1)
    {
        long n = CountPair.Sum(reference), m = CountPair.Sum(window);
        if (n == 0 || m == 0) return null;
        double full = 0, kept = 0;
        int boundaries = 0;
        // Up to a boundary: r and x rows of reference and window, and c, the share of the pooled rows.
        long r = 0, x = 0, before = 0;
        var at = new List<double>();
        for (int cell = 0; cell < reference.Length - 1; cell++)
        {
            r += reference[cell];
            x += window[cell];
            double distance = Math.Abs(((double)r / n) - ((double)x / m)), c = (double)(r + x) / (n + m);
            full = Math.Max(full, distance);
            if (Math.Min(c, 1 - c) * Math.Min(n, m) < 5 * design) continue;
            boundaries++;
            kept = Math.Max(kept, distance);
            if (r + x > before) at.Add(c);
            before = r + x;
        }

        double z = Math.Sqrt((double)n * m / (n + m) / design) * kept;
        double bound = at.Count is 0 or > MostBoundaries ? 1 : Math.Min(1, Bound(z, [.. at]));
        return new TiedKolmogorovSmirnov(full, boundaries, kept, z, KolmogorovDistribution.Survival(z), bound);
    }

    // The chance to pass z at the first boundary, and at each next one when not at its neighbour; c holds the pooled share up to each boundary.
    private static double Bound(double z, ImmutableArray<double> c)
    {
        double sum = 2 * Normal.Upper(z / Math.Sqrt(c[0] * (1 - c[0])));
        for (int i = 1; i < c.Length; i++) sum += FirstPassing(z, c[i - 1], c[i]);
        return sum;
    }

    // P(|B(a)| < z, |B(b)| >= z) of a Brownian bridge B at the shares a < b, as twice its half with t = B(a) >= 0; panels narrow towards z,
    // where the integrand bends.
    private static double FirstPassing(double z, double a, double b)
    {
        double sd = Math.Sqrt(a * (1 - a)), slope = (1 - b) / (1 - a), rest = Math.Sqrt((b - a) * slope);
        double Passes(double t) => Normal.Upper((z - (t * slope)) / rest) + Normal.Upper((z + (t * slope)) / rest);
        double Density(double t) => Normal.Density(t / sd) / sd * Passes(t);
        double sum = 0, from = 0;
        for (int panel = 0; panel < 4; panel++)
        {
            double to = panel == 3 ? z : (from + z) / 2;
            sum += GaussLegendreRule.Integrate(Density, from, to, 16);
            from = to;
        }

        return 2 * sum;
    }
}

/// <summary>Mann-Whitney (Wilcoxon rank sum) with mid-ranks and the tie correction, two-sided, without continuity correction.</summary>
/// <param name="U">Pairs in which the window's value is the greater; ties count as half.</param>
/// <param name="PValue">By the normal distribution; 1 where all rows are tied.</param>
/// <param name="SkewedPValue">
/// By a gamma distribution with the exact skewness of U. Where few rows differ from a common value U is as skewed as their number, and the
/// normal distribution finds drift many times too often.
/// </param>
public sealed record MannWhitney(double U, double PValue, double SkewedPValue)
{
    /// <summary>U less its mean, in its deviations: standard normal without drift; null where all rows are tied.</summary>
    public double? Z { get; private init; }

    /// <summary>The name of the test in every message.</summary>
    public const string Test = "mann-whitney";

    /// <summary>Null where a sample is empty.</summary>
    /// <param name="reference">Reference rows by cell, in the order of the values.</param>
    /// <param name="window">Window rows by cell, as long.</param>
    /// <param name="design">So many rows count as one: the square of z is divided by it in the p-values.</param>
    /// <param name="chunks">How many chunks of rows that was learned from; then it is Student's t.</param>
    public static MannWhitney? Of(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> window, double design = 1, double chunks = double.PositiveInfinity)
    {
        // n and m rows of reference and window, r and x of them in a cell; u, the statistic.
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), below = 0, u = 0, ties = 0, cubes = 0;
        if (n == 0 || m == 0) return null;
        double rows = n + m, ranked = 0;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            double r = reference[cell], x = window[cell], tied = r + x;
            u += x * (below + (r / 2));
            below += r;
            ties += tied * tied * tied - tied;
            // In units of all rows: third powers of a million mid-ranks would not add up exactly.
            double middle = (ranked + (tied / 2) - (rows / 2)) / rows;
            cubes += tied * middle * middle * middle;
            ranked += tied;
        }

        double variance = n * m / 12 * (rows + 1 - (ties / (rows * (rows - 1))));
        if (!(variance > 0)) return new MannWhitney(u, 1, 1);
        double own = (u - (n * m / 2)) / Math.Sqrt(variance), z = own / Math.Sqrt(design);
        // The third moment of a sum drawn without replacement; with two rows it is 0.
        double third = rows > 2 ? n * m * (n - m) / ((rows - 1) * (rows - 2)) * rows * rows * cubes : 0;
        double student = design > 1 && double.IsFinite(chunks) ? Student(z, chunks) : 0;
        return new MannWhitney(
            u, Math.Max(student, Math.Min(1, 2 * Normal.Upper(Math.Abs(z)))), Math.Max(student, Skewed(z, third / Math.Pow(variance, 1.5))))
        {
            Z = own,
        };
    }

    // The two-sided tail: I(k / (k + t^2); k / 2, 1/2).
    internal static double Student(double t, double degrees) =>
        BinomialTail.Beta(degrees / 2, 0.5, degrees / (degrees + (t * t)), t * t / (degrees + (t * t)));

    private static double Skewed(double z, double skewness)
    {
        if (Math.Abs(skewness) <= ShiftedGamma.LeastSkew) return Math.Min(1, 2 * Normal.Upper(Math.Abs(z)));
        (double up, double skew) = skewness >= 0 ? (z, skewness) : (-z, -skewness);
        return Math.Min(1, 2 * (up > 0 ? ShiftedGamma.Upper(up, skew) : ShiftedGamma.Lower(up, skew)));
    }
}

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    public static double Density(double z) => Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>P(Z >= z), to full relative precision in the tail.</summary>
    public static double Upper(double z) => SpecialFunctions.Erfc(z / Math.Sqrt(2)) / 2;

    /// <summary>z with P(Z >= z) = p.</summary>
    public static double UpperQuantile(double p) => Math.Sqrt(2) * SpecialFunctions.ErfcInv(2 * p);
}
