using MathNet.Numerics;

namespace DriftStream.Statistics;

/// <summary>
/// Tails of the binomial distribution, to full relative precision however large the counts: MathNet's incomplete beta stops after 140
/// steps of its fraction, which is too few for a million rows.
/// </summary>
public static class BinomialTail
{
    private const double Tiny = 1e-300; // keeps Lentz's fraction from dividing by zero

    /// <summary>The smaller of P(Bin(r + x, w) >= x) and P(Bin(r + x, w) &lt;= x): how far out x is, on its own side.</summary>
    /// <param name="reference">r, the cell's rows in the reference.</param>
    /// <param name="window">x, the cell's rows in the window.</param>
    /// <param name="w">The window's share of the rows of both samples.</param>
    /// <param name="rest">1 - w.</param>
    public static double Smaller(double reference, double window, double w, double rest) =>
        Math.Min(Beta(window, reference + 1, w, rest), Beta(reference, window + 1, rest, w));

    /// <summary>
    /// sqrt(2 n H(x / n, w)) with n = r + x and H the relative entropy: the signed root of the likelihood ratio. No tail is smaller than
    /// the normal tail there (Zubkov and Serov 2013), which spares most of them.
    /// </summary>
    public static double Root(double reference, double window, double w, double rest)
    {
        double pooled = reference + window;
        return Math.Sqrt(2 * Math.Max(0, Deviance(window, pooled * w) + Deviance(reference, pooled * rest)));
    }

    /// <summary>The regularised incomplete beta function I_x(a, b); 1 where a is 0. P(Bin(n, x) >= k) = I_x(k, n - k + 1).</summary>
    /// <param name="a">At least 0.</param>
    /// <param name="b">Above 0.</param>
    /// <param name="x">0 to 1.</param>
    /// <param name="rest">1 - x, which the caller may know better than a subtraction does.</param>
    public static double Beta(double a, double b, double x, double rest)
    {
        if (a <= 0 || rest <= 0) return 1;
        if (x <= 0) return 0;
        return x <= (a + 1) / (a + b + 2) ? Near(a, b, x, rest) : 1 - Near(b, a, rest, x);
    }

    // Lentz's form of the continued fraction (DLMF 8.17.22), for x below the mean, where it converges fast. `even` and `odd` are its d_2m and
    // d_2m+1 (8.17.23); c and d are Lentz's ratios of neighbouring numerators and denominators, whose product is the next factor.
    private static double Near(double a, double b, double x, double rest)
    {
        double front = Front(a, b, x, rest) / a;
        if (front == 0) return 0;
        double c = 1, d = 1 / Away(1 - ((a + b) * x / (a + 1))), value = d;
        for (double m = 1; ; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / Away(1 + (even * d));
            c = Away(1 + (even / c));
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / Away(1 + (odd * d));
            c = Away(1 + (odd / c));
            value *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-15 || m > 1e6) return front * value;
        }
    }

    private static double Away(double value) => Math.Abs(value) < Tiny ? Tiny : value;

    // x^a (1 - x)^b / B(a, b) as a saddle point (Loader 2000): logarithms of gammas would lose six digits at a million rows.
    private static double Front(double a, double b, double x, double rest)
    {
        double n = a + b;
        double exponent = StirlingError(n) - StirlingError(a) - StirlingError(b) - Deviance(a, n * x) - Deviance(b, n * rest);
        return Math.Sqrt(a / n * b / (2 * Math.PI)) * Math.Exp(exponent);
    }

    // k ln(k / m) + m - k, with k observed and m expected rows (bd0 in Loader 2000); where both are close, by a series in v = (k - m) / (k + m).
    private static double Deviance(double k, double m)
    {
        if (k == 0) return m;
        if (Math.Abs(k - m) >= 0.1 * (k + m)) return (k * Math.Log(k / m)) + m - k;
        double v = (k - m) / (k + m), sum = (k - m) * v, term = 2 * k * v;
        for (int i = 3; ; i += 2)
        {
            term *= v * v;
            double next = sum + (term / i);
            if (next == sum) return sum;
            sum = next;
        }
    }

    // ln gamma(z) less Stirling's (z - 1/2) ln z - z + ln(2 pi) / 2; for large z by the series in s = 1 / z^2.
    private static double StirlingError(double z)
    {
        if (z < 16) return SpecialFunctions.GammaLn(z) - ((z - 0.5) * Math.Log(z)) + z - (Math.Log(2 * Math.PI) / 2);
        double s = 1 / (z * z);
        return (1.0 / 12 - ((1.0 / 360 - ((1.0 / 1260 - ((1.0 / 1680 - (s / 1188)) * s)) * s)) * s)) / z;
    }
}
