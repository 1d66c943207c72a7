namespace DriftStream.Statistics;

/// <summary>The ends of an interval of a parameter.</summary>
public readonly record struct Interval(double Low, double High);

/// <summary>
/// Confidence intervals of one proportion x / n, and of two. <c>z</c> is the normal quantile of the wanted level: 1.96 for 95 %,
/// two-sided. All samples hold at least one row.
/// </summary>
public static class Proportions
{
    /// <summary>The z of a two-sided interval.</summary>
    /// <param name="confidence">0.95 for 95 %.</param>
    public static double Quantile(double confidence) => Normal.UpperQuantile((1 - confidence) / 2);

    /// <summary>Wilson's score interval (1927).</summary>
    public static Interval Wilson(double x, double n, double z)
    {
        double p = x / n, z2 = z * z;
        double centre = (p + (z2 / (2 * n))) / (1 + (z2 / n));
        double half = z / (1 + (z2 / n)) * Math.Sqrt((p * (1 - p) / n) + (z2 / (4.0 * n * n)));
        return new Interval(x == 0 ? 0 : Math.Max(0, centre - half), x == n ? 1 : Math.Min(1, centre + half));
    }

    /// <summary>Of x1/n1 - x2/n2, from Wilson's intervals of both (Newcombe 1998, method 10).</summary>
    public static Interval Newcombe(double x1, double n1, double x2, double n2, double z)
    {
        Interval first = Wilson(x1, n1, z), second = Wilson(x2, n2, z);
        double p1 = x1 / n1, p2 = x2 / n2, difference = p1 - p2;
        return new Interval(
            difference - Root(p1 - first.Low, second.High - p2),
            difference + Root(first.High - p1, p2 - second.Low));

        static double Root(double a, double b) => Math.Sqrt((a * a) + (b * b));
    }

    /// <summary>Of x1/n1 - x2/n2, by inverting the score test (Mee 1984) with the factor N/(N-1) of Miettinen and Nurminen (1985).</summary>
    public static Interval Difference(long x1, long n1, long x2, long n2, double z)
    {
        double estimate = ((double)x1 / n1) - ((double)x2 / n2);
        double low = Invert(delta => DifferenceScore(x1, n1, x2, n2, delta) - z, -1, estimate);
        double high = Invert(delta => DifferenceScore(x1, n1, x2, n2, delta) + z, estimate, 1);
        return new Interval(low, high);
    }

    /// <summary>Two-sided p-value of x1/n1 being x2/n2, by the same score test; it is below 5 % where the interval of 95 % leaves 0 out.</summary>
    public static double PValueOfDifference(long x1, long n1, long x2, long n2) => 2 * Normal.Upper(Math.Abs(DifferenceScore(x1, n1, x2, n2, 0)));

    /// <summary>
    /// Of (x1/n1) / (x2/n2), by inverting the score test (Koopman 1984) with the factor N/(N-1) of Miettinen and Nurminen (1985).
    /// The upper end is infinite where x2 is 0.
    /// </summary>
    public static Interval Ratio(long x1, long n1, long x2, long n2, double z)
    {
        if (x1 == 0 && x2 == 0) return new Interval(0, double.PositiveInfinity);
        double estimate = x2 == 0 ? double.PositiveInfinity : (double)x1 / n1 / ((double)x2 / n2);
        // Searched in t = ratio / (1 + ratio), which is bounded.
        double middle = x2 == 0 ? 1 : estimate / (1 + estimate);
        double low = x1 == 0 ? 0 : Invert(t => RatioScore(x1, n1, x2, n2, t / (1 - t)) - z, 0, middle);
        double high = x2 == 0 ? 1 : Invert(t => RatioScore(x1, n1, x2, n2, t / (1 - t)) + z, middle, 1);
        return new Interval(low / (1 - low), high == 1 ? double.PositiveInfinity : high / (1 - high));
    }

    // The zero of a falling function, by halving down to neighbouring doubles: exactly repeatable, and it always ends.
    private static double Invert(Func<double, double> falling, double low, double high)
    {
        while (true)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high || high - low < 1e-16) return middle;
            if (falling(middle) > 0) low = middle;
            else high = middle;
        }
    }

    private static double DifferenceScore(double x1, double n1, double x2, double n2, double delta)
    {
        // Maximum likelihood with p1 = p2 + delta: p2 is a root of a p2^3 + b p2^2 + c p2 + d, in closed form by an angle. Miettinen and Nurminen
        // call the coefficients L3, L2, L1 and L0, v q, and u p.
        double rows = n1 + n2, a = rows, b = (((n1 + (2 * n2)) * delta) - rows - x1 - x2);
        double c = ((((n2 * delta) - rows - (2 * x2)) * delta) + x1 + x2), d = x2 * delta * (1 - delta);
        double v = (b * b * b / (27 * a * a * a)) - (b * c / (6 * a * a)) + (d / (2 * a));
        double u = Math.CopySign(Math.Sqrt(Math.Max(0, (b * b / (9 * a * a)) - (c / (3 * a)))), v);
        double angle = u == 0 ? Math.PI / 2 : Math.Acos(Math.Clamp(v / (u * u * u), -1, 1));
        double p2 = Math.Clamp((2 * u * Math.Cos((Math.PI + angle) / 3)) - (b / (3 * a)), 0, 1), p1 = Math.Clamp(p2 + delta, 0, 1);
        double variance = ((p1 * (1 - p1) / n1) + (p2 * (1 - p2) / n2)) * rows / (rows - 1);
        return Score((x1 / n1) - (x2 / n2) - delta, variance);
    }

    private static double RatioScore(double x1, double n1, double x2, double n2, double ratio)
    {
        // Maximum likelihood with p1 = ratio p2: p2 is the smaller root of a p2^2 + b p2 + c.
        double rows = n1 + n2, a = rows * ratio, b = -((n1 * ratio) + x1 + n2 + (x2 * ratio)), c = x1 + x2;
        double root = Math.Sqrt(Math.Max(0, (b * b) - (4 * a * c)));
        double p2 = Math.Clamp(2 * c / (root - b), 0, 1), p1 = Math.Clamp(p2 * ratio, 0, 1);
        double variance = ((p1 * (1 - p1) / n1) + (ratio * ratio * p2 * (1 - p2) / n2)) * rows / (rows - 1);
        return Score((x1 / n1) - (ratio * x2 / n2), variance);
    }

    private static double Score(double distance, double variance) =>
        variance > 0 ? distance / Math.Sqrt(variance) : distance == 0 ? 0 : double.CopySign(double.PositiveInfinity, distance);
}
