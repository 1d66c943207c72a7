using CsCheck;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

public sealed class BinomialTailTests
{
    /// <summary>Against the sum of the law's terms, each made of the one before.</summary>
    [Fact]
    public void Smaller_IsTheSumOfTheTerms() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[0, 300], Gen.Double[0.001, 0.999]).Where((r, x, _) => r + x > 0).Sample((r, x, w) =>
        {
            double upper = 0, lower = 0;
            for (int k = 0; k <= r + x; k++)
            {
                double term = Math.Exp(LogChoose(r + x, k) + (k * Math.Log(w)) + ((r + x - k) * Math.Log(1 - w)));
                if (k >= x) upper += term;
                if (k <= x) lower += term;
            }

            Reference.Near(Math.Min(Math.Min(upper, 1), Math.Min(lower, 1)), BinomialTail.Smaller(r, x, w, 1 - w), "tail", 1e-10, 1e-300);
        });

    /// <summary>Zubkov and Serov's theorem, which spares most tails: if it did not hold here, a cell could be passed over.</summary>
    [Fact]
    public void Smaller_IsAtLeastTheNormalTailOfItsRoot() =>
        Gen.Select(Gen.Int[0, 5000], Gen.Int[0, 500], Gen.Double[0.0005, 0.9995]).Where((r, x, _) => r + x > 0).Sample((r, x, w) =>
        {
            double normal = MathNet.Numerics.SpecialFunctions.Erfc(BinomialTail.Root(r, x, w, 1 - w) / Math.Sqrt(2)) / 2;
            Assert.True(BinomialTail.Smaller(r, x, w, 1 - w) >= normal * (1 - 1e-9), $"{r} {x} {w}");
        });

    /// <summary>scipy 1.17 does not reach so far; the two sides of one law must make a whole, and the mean's tail is near one half.</summary>
    [Theory]
    [InlineData(1e6)]
    [InlineData(1e8)]
    [InlineData(1e10)]
    public void Beta_OfManyRows_IsWhole(double rows)
    {
        foreach (double w in (double[])[0.5, 0.001, 1e-6])
        {
            double k = Math.Round(rows * w), sd = Math.Sqrt(rows * w * (1 - w));
            double at = k + Math.Round(3 * sd);
            double above = BinomialTail.Beta(at, rows - at + 1, w, 1 - w), below = BinomialTail.Beta(rows - at + 1, at, 1 - w, w);
            Reference.Near(1, above + below, "whole", 1e-12);
            if (sd < 100) continue; // not yet normal
            Assert.InRange(BinomialTail.Beta(k, rows - k + 1, w, 1 - w), 0.5, 0.505);
            Assert.InRange(above, 0.0013, 0.00142);
        }
    }

    private static double LogChoose(int n, int k)
    {
        double sum = 0;
        for (int i = 1; i <= k; i++) sum += Math.Log(n - k + i) - Math.Log(i);
        return sum;
    }
}
