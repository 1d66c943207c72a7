using System.Numerics.Tensors;
using MathNet.Numerics;

namespace DriftStream.Statistics;

/// <summary>Upper tails of the Kolmogorov-Smirnov statistic.</summary>
public static class KolmogorovDistribution
{
    // Sums and matrices cost O(n); beyond this n the exponential form is right to a few parts in n.
    private const long LargestSum = 100_000;

    /// <summary>P(K >= z) of Kolmogorov's limit distribution, that of sqrt(n) D.</summary>
    public static double Survival(double z)
    {
        if (z < 0.2) return 1;
        double sum = 0;
        if (z < 1.18)
        {
            double step = -Math.PI * Math.PI / (8 * z * z);
            for (int k = 9; k >= 1; k -= 2) sum += Math.Exp(step * k * k);
            return 1 - (Math.Sqrt(2 * Math.PI) / z * sum);
        }

        for (int k = 5; k >= 1; k--) sum = Math.Exp(-2.0 * k * k * z * z) - sum;
        return 2 * sum;
    }

    /// <summary>
    /// P(D >= d) of the two-sided one-sample statistic at n rows: what scipy's <c>ks_2samp(method="asymp")</c> uses with
    /// n = NM / (N + M) rounded. Small n: Marsaglia, Tsang and Wang (2003); the tail: Smirnov's sum; otherwise Pelz and Good (1976),
    /// chosen as in Simard and L'Ecuyer (2011).
    /// </summary>
    public static double Survival(long n, double d)
    {
        if (d <= 0 || n == 0) return 1;
        if (d >= 1) return 0;
        double z2 = n * d * d;
        if (z2 >= 370) return 0;
        if (z2 >= (n <= 140 ? 4 : 2.2)) return Math.Min(1, 2 * OneSided(n, d));
        return n <= 140 ? 1 - Marsaglia((int)n, d) : Math.Clamp(1 - PelzGood(n, d), 0, 1);
    }

    // Smirnov's sum of one-sided distances D+ at n rows, over j, the rows below the point where the distance is first reached:
    // P(D+ >= d) = d sum_j C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j).
    private static double OneSided(long n, double d)
    {
        if (n > LargestSum) return Math.Exp(-Math.Pow((6 * n * d) + 1, 2) / (18.0 * n));
        const int block = 256;
        Span<double> left = stackalloc double[block], right = stackalloc double[block], step = stackalloc double[block];
        double sum = 0, choose = 0; // the logarithm of C(n, j)
        long last = (long)(n * (1 - d));
        for (long from = 0; from <= last; from += block)
        {
            int length = (int)Math.Min(block, last - from + 1);
            for (int i = 0; i < length; i++)
            {
                double j = from + i;
                left[i] = d + (j / n);
                right[i] = Math.Max(1 - left[i], 1e-300);
                step[i] = (n - j) / (j + 1);
            }

            TensorPrimitives.Log(left[..length], left);
            TensorPrimitives.Log(right[..length], right);
            TensorPrimitives.Log(step[..length], step);
            for (int i = 0; i < length; i++)
            {
                double j = from + i;
                left[i] = choose + ((j - 1) * left[i]) + ((n - j) * right[i]);
                choose += step[i];
            }

            TensorPrimitives.Exp(left[..length], left);
            for (int i = 0; i < length; i++) sum += left[i];
        }

        return d * sum;
    }

    // P(D < d) at n rows (Marsaglia, Tsang and Wang 2003), in their letters: d = (k - h) / n with k whole and 0 <= h < 1; m = 2k - 1 is the size
    // of their matrix H, here `matrix`; and P = n!/n^n t, with t the k-th number on the diagonal of H^n, counted from 1.
    private static double Marsaglia(int n, double d)
    {
        int k = (int)Math.Ceiling(n * d), m = (2 * k) - 1;
        double h = k - (n * d);
        var matrix = new double[m, m];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j <= Math.Min(i + 1, m - 1); j++) matrix[i, j] = 1;
        }

        for (int i = 0; i < m; i++)
        {
            matrix[i, 0] -= Math.Pow(h, i + 1);
            matrix[m - 1, i] -= Math.Pow(h, m - i);
        }

        if (h > 0.5) matrix[m - 1, 0] += Math.Pow((2 * h) - 1, m);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j <= Math.Min(i + 1, m - 1); j++) matrix[i, j] /= SpecialFunctions.Factorial(i - j + 1);
        }

        (double[,] power, int exponent) = Power(matrix, n);
        double cdf = power[k - 1, k - 1];
        for (int i = 1; i <= n; i++)
        {
            cdf *= (double)i / n;
            if (cdf >= 1e-140) continue;
            cdf *= 1e140;
            exponent -= 140;
        }

        return cdf * Math.Pow(10, exponent);
    }

    // matrix^n without overflow: the value is the result times ten to the exponent.
    private static (double[,] Power, int Exponent) Power(double[,] matrix, int n)
    {
        if (n == 1) return (matrix, 0);
        (double[,] half, int exponent) = Power(matrix, n / 2);
        double[,] power = Product(half, half);
        exponent *= 2;
        if (n % 2 == 1) power = Product(matrix, power);
        int m = power.GetLength(0);
        if (power[m / 2, m / 2] <= 1e140) return (power, exponent);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < m; j++) power[i, j] *= 1e-140;
        }

        return (power, exponent + 140);
    }

    private static double[,] Product(double[,] a, double[,] b)
    {
        int m = a.GetLength(0);
        var product = new double[m, m];
        for (int i = 0; i < m; i++)
        {
            for (int k = 0; k < m; k++)
            {
                double factor = a[i, k];
                for (int j = 0; j < m; j++) product[i, j] += factor * b[k, j];
            }
        }

        return product;
    }

    // The distribution function for n above 140 (Pelz and Good 1976): K0 + K1/n^(1/2) + K2/n + K3/n^(3/2), all of z = sqrt(n) d. The four are
    // k0 to k3, in the form for small z, sums over k of exp(-m2 / (2 z^2)) with m2 = (k - 1/2)^2 pi^2; K2 and K3 have a second sum (even2, even3)
    // of exp(-e2 / (2 z^2)) with e2 = k^2 pi^2. z2, z4 ... are powers of z.
    private static double PelzGood(long n, double d)
    {
        double z2 = n * d * d, z = Math.Sqrt(z2), z4 = z2 * z2, z6 = z4 * z2, z8 = z4 * z4;
        if (z < 0.04) return 0;
        const double pi2 = Math.PI * Math.PI;
        double k0 = 0, k1 = 0, k2 = 0, k3 = 0, even2 = 0, even3 = 0;
        for (int k = (int)Math.Ceiling(16 * z / Math.PI); k >= 1; k--)
        {
            double m2 = ((2.0 * k) - 1) * ((2.0 * k) - 1) * pi2 / 4, term = Math.Exp(-m2 / (2 * z2));
            k0 += term;
            k1 += (m2 - z2) * term;
            k2 += ((6 * z6) + (2 * z4) + (m2 * ((2 * z4) - (5 * z2))) + (m2 * m2 * (1 - (2 * z2)))) * term;
            k3 += ((-30 * z6) - (90 * z8) + (m2 * ((135 * z4) - (96 * z6))) + (m2 * m2 * ((212 * z4) - (60 * z2)))
                + (m2 * m2 * m2 * (5 - (30 * z2)))) * term;
            double e2 = pi2 * k * k, whole = Math.Exp(-e2 / (2 * z2));
            even2 += e2 * whole;
            even3 += e2 * ((3 * z2) - e2) * whole;
        }

        double root = Math.Sqrt(2 * Math.PI);
        k0 *= root / z;
        k1 *= root / (6 * z4);
        k2 = (k2 * root / (72 * z6 * z)) - (even2 * root / (36 * z2 * z));
        k3 = (k3 * root / (6480 * z8 * z2)) + (even3 * root / (216 * z6));
        return k0 + (k1 / Math.Sqrt(n)) + (k2 / n) + (k3 / (n * Math.Sqrt(n)));
    }
}
