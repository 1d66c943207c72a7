using CsCheck;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Differences of rates and of means: what answers of a model are watched by.</summary>
public sealed class OwnUnitTests
{
    private static readonly Layout Answers = Layout.Categorical(["0", "1"]);

    [Fact]
    public void Rate_OfTwo_IsTheLaterOnes()
    {
        RateDifference rate = RateDifference.Of(new CountPair(Answers, [6500, 3500, 0, 90], [580, 420, 0, 7]))!;
        Assert.Equal((1, 0.35, 0.42), (rate.Cell, rate.Reference, rate.Window));
        Reference.Near(0.07, rate.Value, "value");
        (double low, double high) = Newcombe(420, 1000, 3500, 10_000, 1.959963984540054);
        Reference.Near(low, rate.Low, "low");
        Reference.Near(high, rate.High, "high");
        double tail = BinomialTail.Smaller(3500, 420, 1.0 / 11, 10.0 / 11);
        Reference.Near(2 * tail, rate.PValue, "p");
        // The other way the interval is the same: the size of the move counts.
        RateDifference fall = RateDifference.Of(new CountPair(Answers, [3500, 6500, 0, 0], [420, 580, 0, 0]))!;
        Reference.Near(rate.Low, fall.Low, "low");
        Reference.Near(rate.High, fall.High, "high");
    }

    [Fact]
    public void Rate_IsTheGreatestMove_OfThoseThatHaveAValue() =>
        Gen.Select(Gen.Long[0, 200].Array[6], Gen.Long[0, 200].Array[6]).Where((r, w) => r[..5].Sum() > 0 && w[..5].Sum() > 0).Sample((r, w) =>
        {
            Layout layout = Layout.Categorical(["a", "b", "c", "d"]);
            RateDifference rate = RateDifference.Of(new CountPair(layout, r, w))!;
            double n = r[..5].Sum(), m = w[..5].Sum();
            double greatest = Enumerable.Range(0, 5).Max(i => Math.Abs((w[i] / m) - (r[i] / n)));
            Reference.Near(greatest, rate.Value, "value", absolute: 1e-12);
            Assert.InRange(rate.Value, rate.Low - 1e-12, rate.High + 1e-12);
            int categories = Enumerable.Range(0, 5).Count(i => r[i] + w[i] > 0);
            double tail = BinomialTail.Smaller(r[rate.Cell], w[rate.Cell], m / (n + m), n / (n + m));
            Reference.Near(Math.Min(1, 2 * tail * (categories > 2 ? categories : 1)), rate.PValue, "p");
        });

    [Fact]
    public void Mean_OnAnExactLayout_IsThatOfTheRows() =>
        Gen.Select(Gen.Int[-4, 4].Array[3, 60], Gen.Int[-4, 4].Array[3, 60]).Where((r, _) => r.Distinct().Count() > 1).Sample((r, w) =>
        {
            double[] reference = [.. r.Select(v => v / 2.0)], window = [.. w.Select(v => v / 2.0).Select(v => Nearest(reference, v))];
            MeanShift mean = MeanShift.Of(Pair(ExactLayout.Of(reference), reference, window))!;
            double moved = window.Average() - reference.Average(), sd = Math.Sqrt(Variance(reference));
            double error = Math.Sqrt((Variance(reference) / reference.Length) + (Variance(window) / window.Length));
            Reference.Near(moved / sd, mean.Shift, "shift", 1e-9, 1e-12);
            Reference.Near((moved - (1.959963984540054 * error)) / sd, mean.Low, "low", 1e-9, 1e-9);
            Reference.Near((moved + (1.959963984540054 * error)) / sd, mean.High, "high", 1e-9, 1e-9);
            Reference.Near(Math.Min(1, MathNet.Numerics.SpecialFunctions.Erfc(Math.Abs(moved) / error / Math.Sqrt(2))), mean.PValue, "p", 1e-7, 1e-12);
        });

    /// <summary>On coarse cells the true move of the mean is within the interval that the cells alone leave open.</summary>
    [Fact]
    public void Mean_IntervalHoldsTheTruth() =>
        Gen.Select(Gen.Double[-6, 6].Array[3, 60], Gen.Double[-6, 6].Array[3, 60], Gen.Int[1, 6]).Sample((r, w, coarse) =>
        {
            double[] all = [.. r.Concat(w).Order()];
            double[] edges = [all[0], .. all.Skip(1).SkipLast(1).Where((_, i) => i % (2 * coarse) == 0), Math.BitIncrement(all[^1])];
            Layout layout = Layout.Numeric([.. edges.Distinct()]);
            CountPair pair = Pair(layout, r, w);
            MeanShift mean = MeanShift.Of(pair)!;
            if (mean.Shift is null) return;
            double sd = Math.Sqrt(Variance(Middles(layout, r)));
            double truth = (w.Average() - r.Average()) / sd;
            Assert.InRange(truth, mean.Low!.Value - 1e-9, mean.High!.Value + 1e-9);
        });

    [Fact]
    public void Mean_RowsBeyondTheLastEdge_HaveNoBoundThere()
    {
        Layout layout = Layout.Numeric([0, 1, 2, 3]);
        MeanShift mean = MeanShift.Of(new CountPair(layout, [0, 50, 50, 50, 0, 0, 0], [0, 40, 40, 40, 30, 0, 0]))!;
        Assert.True(mean.Shift > 0 && mean.Low is not null && mean.High is null);
        Statistic fell = MeanShift.Statistic(new CountPair(layout, [0, 50, 50, 50, 0, 0, 0], [30, 40, 40, 40, 0, 0, 0]), null);
        Assert.True(fell.Value > 0 && fell.Low is not null && fell.High is null);
    }

    [Fact]
    public void Mean_OfAConstant_StaysOrIsUndefined()
    {
        Layout layout = ExactLayout.Of([7.0]);
        Assert.Equal((0.0, 1.0), (MeanShift.Of(new CountPair(layout, [0, 100, 0, 0, 0], [0, 90, 0, 0, 0]))!.Shift, 1.0));
        Assert.Null(MeanShift.Of(new CountPair(layout, [0, 100, 0, 0, 0], [0, 40, 50, 0, 0]))!.Shift);
        Assert.Null(MeanShift.Of(new CountPair(layout, [0, 0, 0, 0, 100], [0, 40, 50, 0, 0])));
    }

    private static double Nearest(double[] values, double v) => values.MinBy(x => Math.Abs(x - v));

    private static double[] Middles(Layout layout, double[] values) =>
        [.. values.Select(v => layout.Edges.Count(e => e <= v)).Select(c =>
        {
            double[] edges = [.. layout.Edges];
            if (c == 0) return edges[0];
            double low = c > 1 && Math.BitIncrement(edges[c - 2]) == edges[c - 1] ? edges[c - 2] : edges[c - 1];
            if (c == edges.Length) return low;
            return Math.BitIncrement(edges[c - 1]) == edges[c] ? edges[c - 1] : low + ((edges[c] - low) / 2);
        })];

    private static double Variance(double[] values) => values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1);

    private static (double Low, double High) Newcombe(double x1, double n1, double x2, double n2, double z)
    {
        (double l1, double u1) = Wilson(x1 / n1, n1, z);
        (double l2, double u2) = Wilson(x2 / n2, n2, z);
        double p1 = x1 / n1, p2 = x2 / n2;
        return (p1 - p2 - Math.Sqrt(Math.Pow(p1 - l1, 2) + Math.Pow(u2 - p2, 2)), p1 - p2 + Math.Sqrt(Math.Pow(u1 - p1, 2) + Math.Pow(p2 - l2, 2)));
    }

    private static (double, double) Wilson(double p, double n, double z)
    {
        double middle = (p + (z * z / 2 / n)) / (1 + (z * z / n));
        double half = z / (1 + (z * z / n)) * Math.Sqrt((p * (1 - p) / n) + (z * z / 4 / n / n));
        return (middle - half, middle + half);
    }

    private static CountPair Pair(Layout layout, double[] r, double[] w) =>
        new(layout, ExactLayout.Count(layout, r), ExactLayout.Count(layout, w));
}
