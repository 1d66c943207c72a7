namespace DriftStream.Statistics;

/// <summary>
/// Upper tail of the limit law of Cramer-von Mises' statistic: a sum of independent chi2 of one degree with weights 1 / (pi j)^2, j = 1, 2 ...
/// </summary>
/// <remarks>
/// Smirnov's formula (1937; Martynov 1978): with u(a) = (pi a)^2 and D(u) = sin(pi a) / (pi a), whose zeros are the inverse weights,
/// P(Q > x) = 1/pi sum (-1)^(k+1) integral over a from 2k - 1 to 2k of exp(-u x / 2) / (u sqrt |D|) du. Nothing cancels in the tail, which one less
/// the distribution function would lose below 1e-16.
/// </remarks>
public static class QuadraticLaw
{
    private const double Least = 0.003; // below it the tail is 1 to the last digit
    private const int Nodes = 128;

    /// <summary>P(Q > x), to full relative precision.</summary>
    public static double Upper(double x)
    {
        if (x < Least) return 1;
        double sum = 0;
        for (int k = 1; ; k++)
        {
            double from = (2 * k) - 1, u = Math.PI * Math.PI * from * from;
            if (k > 1 && x * (u - (Math.PI * Math.PI)) / 2 > 40) break;
            sum += (k % 2 == 1 ? 1 : -1) * Between(x, from);
        }

        return Math.Clamp(sum / Math.PI, 0, 1);
    }

    // Both ends are inverse square roots: Chebyshev's nodes take them in.
    private static double Between(double x, double from)
    {
        double sum = 0;
        for (int i = 0; i < Nodes; i++)
        {
            (double sin, double cos) = Math.SinCos(Math.PI * (i + 0.5) / Nodes);
            double a = from + ((1 + cos) / 2), off = Math.PI * a;
            // Over u du is 2 / a da.
            double root = Math.Sqrt(Math.Abs(Math.Sin(Math.PI * (1 + cos) / 2)) / off);
            sum += Math.Exp(-off * off * x / 2) * 2 / a * (sin / 2) / root;
        }

        return sum * Math.PI / Nodes;
    }
}
