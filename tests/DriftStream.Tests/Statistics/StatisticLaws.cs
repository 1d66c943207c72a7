using System.Collections.Immutable;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

public sealed class StatisticLaws
{
    private static readonly Gen<(long[] R, long[] W)> Counts =
        Gen.Int[2, 12].SelectMany(k => Gen.Select(Gen.Long[0, 400].Array[k], Gen.Long[0, 400].Array[k]))
            .Where((r, w) => r.Sum() > 0 && w.Sum() > 0);

    // Few distinct values, so that ties, point masses and gaps all occur.
    private static readonly Gen<double[]> Values = Gen.OneOf(
        Gen.Int[-5, 5].Select(v => (double)v), Gen.Double[-6, 6], Gen.Const(0.0)).Array[1, 60];

    private static readonly Func<long[], long[], double?>[] Symmetric =
    [
        (r, w) => Divergences.JensenShannonBits(r, w), (r, w) => Divergences.Hellinger(r, w), (r, w) => Divergences.TotalVariation(r, w),
        (r, w) => Divergences.LInfinity(r, w), (r, w) => ChiSquare.Pearson(r, w)?.Value, (r, w) => ChiSquare.Likelihood(r, w)?.Value,
        (r, w) => PopulationStability.Of(Categories(r, w), PopulationStability.Floored),
        (r, w) => CellDrift.Of(r, w, -1, [])?.Effect.Psi,
        (r, w) => CellDrift.Of(r, w, -1, []) is { } drift ? drift.Bulk?.X2 ?? 0 : null,
        (r, w) => TiedKolmogorovSmirnov.Of(r, w)?.PValue, (r, w) => MannWhitney.Of(r, w)?.PValue, (r, w) => MannWhitney.Of(r, w)?.SkewedPValue,
    ];

    [Fact]
    public void OfTwoEqualSamples_IsZero() => Counts.Sample((r, _) =>
    {
        foreach (var statistic in Symmetric[..9]) Assert.InRange(statistic(r, r)!.Value, -1e-12, 1e-7);
        Assert.InRange(Divergences.KullbackLeibler(r, r, PopulationStability.Floored)!.Value, -1e-12, 1e-12);
    });

    [Fact]
    public void Swapped_IsTheSame() => Counts.Sample((r, w) =>
    {
        // Merging takes the smaller sample and its level from both: X2 is symmetric where the totals are.
        foreach (var statistic in Symmetric.Where((_, i) => i is not (7 or 8)))
            Reference.Near(statistic(r, w)!.Value, statistic(w, r), "swapped", 1e-9, 1e-10);
    });

    [Fact]
    public void CategoriesReordered_IsTheSame() => Counts.Sample((r, w) =>
    {
        long[] reversedR = [.. r.Reverse()], reversedW = [.. w.Reverse()];
        foreach (var statistic in Symmetric[..7])
            Reference.Near(statistic(r, w)!.Value, statistic(reversedR, reversedW), "reordered", 1e-9, 1e-10);
    });

    [Fact]
    public void EmptySample_IsNull()
    {
        long[] some = [3, 4], none = [0, 0];
        foreach (var statistic in Symmetric)
        {
            Assert.Null(statistic(some, none));
            Assert.Null(statistic(none, some));
        }
    }

    [Fact]
    public void Ks_IntervalHoldsTheTrueDistance() => Gen.Select(Values, Values, Gen.Int[1, 7]).Sample((r, w, coarse) =>
    {
        double truth = r.Concat(w).Max(v => Math.Abs(Below(r, v) - Below(w, v)));
        Layout exact = ExactLayout.Of(r);
        KolmogorovSmirnov point = KolmogorovSmirnov.Of(Pair(exact, r, w))!;
        Reference.Near(truth, point.Low, "exact low", absolute: 1e-14);
        Reference.Near(truth, point.High, "exact high", absolute: 1e-14);
        Layout few = Layout.Numeric([.. exact.Edges.Where((_, i) => i % coarse == 0)]);
        KolmogorovSmirnov interval = KolmogorovSmirnov.Of(Pair(few, r, w))!;
        Assert.InRange(truth, interval.Low - 1e-14, interval.High + 1e-14);
    });

    [Fact]
    public void Wasserstein_IntervalHoldsTheTrueDistance() => Gen.Select(Values, Values, Gen.Int[1, 5]).Sample((r, w, coarse) =>
    {
        double[] all = [.. r.Concat(w).Distinct().Order()];
        double truth = 0;
        for (int i = 1; i < all.Length; i++) truth += (all[i] - all[i - 1]) * Math.Abs(Below(r, all[i - 1]) - Below(w, all[i - 1]));
        Layout exact = ExactLayout.Of(r);
        Layout layout = coarse == 1 ? exact : Layout.Numeric([.. exact.Edges.Where((_, i) => i % coarse == 0)]);
        Wasserstein distance = Wasserstein.Of(Pair(layout, r, w))!;
        Assert.InRange(truth, distance.Low - 1e-12, (distance.High ?? double.PositiveInfinity) + 1e-12);
        Assert.InRange(distance.Value, distance.Low - 1e-12, (distance.High ?? double.PositiveInfinity) + 1e-12);
        bool inside = w.All(v => r.Contains(v));
        if (coarse == 1 && inside) Reference.Near(truth, distance.Value, "exact", absolute: 1e-12);
        if (coarse == 1 && w.All(v => v >= r.Min() && v <= r.Max())) Assert.NotNull(distance.High);
    });

    [Fact]
    public void MannWhitney_CountsPairs() => Gen.Select(Values, Values).Sample((r, w) =>
    {
        double pairs = r.Sum(a => w.Sum(b => a < b ? 1 : a == b ? 0.5 : 0));
        Layout layout = ExactLayout.Of([.. r, .. w]);
        CountPair pair = Pair(layout, r, w);
        Assert.Equal(pairs, MannWhitney.Of(pair.ReferenceValues, pair.WindowValues)!.U);
    });

    [Fact]
    public void Deciles_GroupsHoldWhatNumpysEdgesSay() => Values.Where(v => v.Length > 1).Sample(r =>
    {
        DecilePsi psi = DecilePsi.Of(Pair(ExactLayout.Of(r), r, r));
        double[] sorted = [.. r.Order()];
        for (int k = 1; k < 10; k++)
        {
            double rank = (r.Length - 1) * (k / 10.0), low = sorted[(int)rank], high = sorted[Math.Min((int)rank + 1, r.Length - 1)];
            Reference.Near(low + ((high - low) * (rank - (int)rank)), psi.Edges!.Value[k - 1], $"decile {k}", 1e-12, 1e-12);
        }

        Assert.Equal(r.Length, psi.Reference.Sum());
        Assert.Equal(psi.Reference, psi.Window);
        Assert.Equal(0, psi.Value);
        // A value that holds two deciles is a bin of its own.
        foreach (double v in sorted.Distinct())
        {
            int deciles = Enumerable.Range(1, 9).Count(k => sorted[(int)((r.Length - 1) * (k / 10.0))] == v);
            if (deciles > 1) Assert.Contains(sorted.Count(x => x == v), psi.Reference.Select(c => (int)c));
        }
    });

    [Fact]
    public void BenjaminiHochberg_IsMonotoneAndNeverBelowP() => Gen.Double[0, 1].Array[1, 30].Sample(p =>
    {
        double[] adjusted = BenjaminiHochberg.Adjusted(p);
        for (int i = 0; i < p.Length; i++)
        {
            Assert.InRange(adjusted[i], p[i], 1);
            for (int j = 0; j < p.Length; j++) Assert.True(p[i] > p[j] || adjusted[i] <= adjusted[j]);
        }
    });

    [Fact]
    public void Ratio_IsTheInverseOfTheSwappedRatio() =>
        Gen.Select(Gen.Long[1, 60], Gen.Long[61, 200], Gen.Long[1, 60], Gen.Long[61, 200]).Sample((x1, n1, x2, n2) =>
        {
            Interval ratio = Proportions.Ratio(x1, n1, x2, n2, 1.96), swapped = Proportions.Ratio(x2, n2, x1, n1, 1.96);
            Reference.Near(ratio.Low, 1 / swapped.High, "low", 1e-8);
            Reference.Near(ratio.High, 1 / swapped.Low, "high", 1e-8);
            Interval difference = Proportions.Difference(x1, n1, x2, n2, 1.96), back = Proportions.Difference(x2, n2, x1, n1, 1.96);
            Reference.Near(difference.Low, -back.High, "difference", 1e-8, 1e-10);
        });

    private static double Below(double[] values, double at) => (double)values.Count(v => v <= at) / values.Length;

    private static CountPair Pair(Layout layout, double[] r, double[] w) =>
        new(layout, ExactLayout.Count(layout, r), ExactLayout.Count(layout, w));

    private static CellGroups Categories(long[] r, long[] w)
    {
        ImmutableArray<string> names = [.. Enumerable.Range(0, r.Length).Select(i => $"c{i}")];
        return CellGroups.Of(new CountPair(Layout.Categorical(names), [.. r, 0, 0], [.. w, 0, 0]));
    }
}
