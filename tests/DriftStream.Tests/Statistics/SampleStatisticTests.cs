using System.Text.Json;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Statistics;
using MathNet.Numerics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Statistics of ordered numbers against scipy, and against their definitions over the rows themselves.</summary>
public sealed class SampleStatisticTests
{
    private static readonly JsonElement[] Chunks = [.. Reference.Load("drift.json").GetProperty("chunks").EnumerateArray()];
    private static readonly JsonElement Ages = Reference.Load("ages.json");

    private static readonly Gen<double[]> Values = Gen.OneOf(
        Gen.Int[-5, 5].Select(v => (double)v), Gen.Double[-6, 6], Gen.Const(0.0)).Array[1, 40];

    // Scipy's series of the distribution function ends at terms below 1e-7: of a p-value of 1e-30 it says 1e-9.
    private const double ScipysEnd = 1e-7;

    public static TheoryData<int> AllChunks => [.. Enumerable.Range(0, 42)];

    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Ages_AreAsScipySays(int chunk)
    {
        JsonElement expected = Chunks[chunk].GetProperty("numeric").GetProperty("AGEP");
        CountPair pair = AgesOf(chunk);
        CramerVonMises test = CramerVonMises.Of(pair)!;
        Reference.Near(expected.GetProperty("cramer_von_mises").GetDouble(), test.MidRanks, "cvm");
        Reference.Near(expected.GetProperty("cramer_von_mises_p").GetDouble(), test.MidRanksPValue, "cvm p", absolute: ScipysEnd);
        Energy energy = Energy.Of(pair)!;
        double truth = expected.GetProperty("energy").GetDouble();
        if (energy.High is { } high)
        {
            Reference.Near(truth, energy.Value, "energy");
            Reference.Near(energy.Low!.Value, high, "energy is a point");
        }
        else
        {
            Assert.NotEqual(0, pair.WindowValues[^1]);
            Assert.True(energy.Low <= truth);
        }

        double sd = expected.GetProperty("std_ddof1").GetDouble();
        if (pair.WindowValues[^1] > 0) return; // at the edge, not where they are
        double[] rows = Rows(Ages.GetProperty("reference").Longs());
        Reference.Near(sd / Deviation(rows), Spread.RatioOf(pair), "sd ratio");
    }

    /// <summary>Scores have no ties; their T is scipy's, as the file has no counts of them.</summary>
    [Fact]
    public void CramerVonMises_OfScores_HasScipysPValue()
    {
        int likely = 0;
        foreach (JsonElement chunk in Chunks)
        {
            JsonElement scores = chunk.GetProperty("numeric").GetProperty("predicted_probability");
            double n = 68785, m = scores.GetProperty("n").GetDouble(), p = scores.GetProperty("cramer_von_mises_p").GetDouble();
            Reference.Near(p, CramerVonMises.Survival(scores.GetProperty("cramer_von_mises").GetDouble(), n, m, 1), "p", absolute: ScipysEnd);
            if (p > 1e-3) likely++;
        }

        Assert.True(likely > 10, $"{likely}");
    }

    /// <summary>Evidently's "anderson" is scipy's <c>anderson_ksamp(...).pvalue</c>: read off a parabola through seven critical values.</summary>
    [Fact]
    public void AndersonDarling_IsScipys()
    {
        int inside = 0;
        foreach (int chunk in Enumerable.Range(0, 42).Where(c =>
            Chunks[c].TryGetProperty("evidently", out JsonElement e) && e.TryGetProperty("AGEP", out _)))
        {
            CountPair pair = AgesOf(chunk);
            double own = Chunks[chunk].GetProperty("evidently").GetProperty("AGEP").GetProperty("anderson").GetDouble();
            double p = Interpolated(AndersonDarling.Of(pair)!.Value, pair.ReferenceRows, pair.WindowRows);
            if (own is > 0.001 and < 0.25) inside++;
            Reference.Near(own, Math.Clamp(p, 0.001, 0.25), $"chunk {chunk}");
        }

        Assert.Equal(2, inside);
    }

    [Fact]
    public void OverRows_AreTheirDefinitions() => Gen.Select(Values, Values).Sample((r, w) =>
    {
        CountPair pair = Pair(ExactLayout.Of([.. r, .. w]), r, w);
        double[] all = [.. r.Concat(w).Order()];
        double Lead(double v) => Share(r, v) - Share(w, v);
        double n = r.Length, m = w.Length, rows = n + m;

        double area = 0;
        for (int i = 1; i < all.Length; i++) area += (all[i] - all[i - 1]) * Math.Pow(Lead(all[i - 1]), 2);
        Reference.Near(Math.Sqrt(2 * area), Energy.Of(pair)!.Value, "energy", absolute: 1e-10);

        double kuiper = Math.Max(0, all.Max(Lead)) + Math.Max(0, all.Max(v => -Lead(v)));
        Kuiper lead = Kuiper.Of(pair)!;
        Reference.Near(kuiper, lead.Low, "kuiper", absolute: 1e-14);
        Reference.Near(kuiper, lead.High, "kuiper high", absolute: 1e-14);

        double Middle(double v) => all.Count(a => a < v) + ((all.Count(a => a == v) + 1) / 2.0);
        double Off(double[] sample) => sample.Order().Select((v, i) => Math.Pow(Middle(v) - i - 1, 2)).Sum();
        double anderson = (((n * Off(r)) + (m * Off(w))) / (n * m * rows)) - (((4 * n * m) - 1) / (6 * rows));
        CramerVonMises test = CramerVonMises.Of(pair)!;
        Reference.Near(anderson, test.MidRanks, "cvm mid-ranks", absolute: 1e-11);
        if (all.Distinct().Count() == all.Length) Reference.Near(anderson, test.Value, "cvm without ties", absolute: 1e-11);

        foreach (int k in (int[])[5, 10, 18])
        {
            double Quantile(double[] of) => of.Order().ElementAt((int)((((long)of.Length * k) + 19) / 20) - 1);
            double unit = r.Order().ElementAt(((r.Length * 15) + 19) / 20 - 1) - r.Order().ElementAt(((r.Length * 5) + 19) / 20 - 1);
            double? moved = QuantileShift.Statistic(pair, "x", [k]).Value, truth = Math.Abs(Quantile(w) - Quantile(r));
            if (unit > 0) Reference.Near(truth.Value / unit, moved, $"quantile {k}/20");
            else Assert.Equal(truth == 0 ? 0 : null, moved);
        }
    });

    [Fact]
    public void CoarseCells_LeaveIntervals_ThatHoldTheTruth() => Gen.Select(Values, Values, Gen.Int[1, 5]).Sample((r, w, coarse) =>
    {
        Layout exact = ExactLayout.Of([.. r, .. w]), few = Layout.Numeric([.. exact.Edges.Where((_, i) => i % coarse == 0)]);
        CountPair fine = Pair(exact, r, w), pair = Pair(few, r, w);
        Energy truth = Energy.Of(fine)!, energy = Energy.Of(pair)!;
        Assert.InRange(truth.Value!.Value, energy.Low!.Value - 1e-10, (energy.High ?? double.PositiveInfinity) + 1e-10);
        Assert.InRange(energy.Value!.Value, energy.Low!.Value - 1e-10, (energy.High ?? double.PositiveInfinity) + 1e-10);
        Kuiper lead = Kuiper.Of(pair)!;
        Assert.InRange(Kuiper.Of(fine)!.Low, lead.Low - 1e-12, lead.High + 1e-12);
    });

    /// <summary>Points of the limit law as Anderson and Darling (1952) tabled them.</summary>
    [Theory]
    [InlineData(0.46136, 0.05)]
    [InlineData(0.74346, 0.01)]
    [InlineData(0.34730, 0.10)]
    public void CramerVonMises_LimitLaw_IsTheTabled(double value, double p) => Reference.Near(p, QuadraticLaw.Upper(value), "p", 1e-4);

    /// <summary>Stephens' points of V at infinite rows (1970): 1.747 at 5 %, 2.001 at 1 %.</summary>
    [Theory]
    [InlineData(1.620, 0.10, 3e-3)]
    [InlineData(1.747, 0.05, 3e-3)]
    [InlineData(2.001, 0.01, 3e-3)]
    public void Kuiper_LimitLaw_IsTheTabled(double value, double p, double relative) => Reference.Near(p, Kuiper.Survival(value), "p", relative);

    [Fact]
    public void Ties_DoNotFindDriftInEqualSamples()
    {
        CountPair pair = Pair(ExactLayout.Of(new double[] { 1, 2 }), [.. Enumerable.Repeat(1.0, 500), .. Enumerable.Repeat(2.0, 500)],
            [.. Enumerable.Repeat(1.0, 50), .. Enumerable.Repeat(2.0, 50)]);
        CramerVonMises test = CramerVonMises.Of(pair)!;
        Assert.True(test.MidRanksPValue < 1e-6 && test.PValue > 0.9, $"{test}");
    }

    [Fact]
    public void RowsThatAreAlike_TellLess()
    {
        var design = new DesignEffect(4, 1, 4);
        long[] r = [0, 400, 0, 300, 0, 250, 0, 0, 0], w = [0, 60, 0, 80, 0, 50, 0, 0, 0], quarter = [0, 15, 0, 20, 0, 12, 0, 0, 0];
        Layout layout = ExactLayout.Of(new double[] { 1, 2, 3 });
        CountPair all = new(layout, r, w), alike = new(layout, r, w, design);
        Assert.Equal((CramerVonMises.Of(all)!.PValue, Kuiper.Of(all)!.PValue), (CramerVonMises.Of(alike)!.PValue, Kuiper.Of(alike)!.PValue));
        Assert.True(CramerVonMises.Of(alike)!.PValueOfAlike > 2 * CramerVonMises.Of(all)!.PValue);
        Assert.True(Kuiper.Of(alike)!.PValueOfAlike > 2 * Kuiper.Of(all)!.PValue);
        ChiSquare g = ChiSquare.Likelihood(r, w, 4)!;
        Reference.Near(SpecialFunctions.GammaUpperRegularized(g.Degrees / 2.0, g.Value / 8), g.PValue, "g");
        Assert.Equal(CramerVonMises.Of(all)!.Value, CramerVonMises.Of(alike)!.Value);
        Assert.NotNull(CramerVonMises.Of(new CountPair(layout, quarter, quarter, design)));
    }

    /// <summary>Computed with whole numbers in Python.</summary>
    [Fact]
    public void Cardinality_IsAgainstAsManyRows()
    {
        Layout layout = Layout.Categorical([.. Enumerable.Range(0, 53).Select(i => $"c{i}")]);
        long[] r = [500, 300, 150, .. Enumerable.Repeat(1L, 50), 0, 7], w = [90, 80, 20, .. Enumerable.Repeat(1L, 10), .. new long[40], 0, 3];
        Reference.Near(1.0, Spread.CardinalityOf(new CountPair(layout, r, w)), "cardinality");
        Reference.Near(53.0 / 13, Spread.CardinalityOf(new CountPair(layout, w, r)), "a longer window");
    }

    private static CountPair AgesOf(int chunk)
    {
        (Layout layout, long[] r) = ExactLayout.Of(Ages.GetProperty("reference").Longs());
        return new CountPair(layout, r, ExactLayout.Count(layout, Ages.GetProperty("chunks")[chunk].Longs()));
    }

    private static double[] Rows(long[] byValue) => [.. byValue.SelectMany((count, v) => Enumerable.Repeat((double)v, (int)count))];

    private static double Deviation(double[] rows)
    {
        double mean = rows.Average();
        return Math.Sqrt(rows.Sum(v => (v - mean) * (v - mean)) / (rows.Length - 1));
    }

    private static double Interpolated(double a2, double n, double m)
    {
        double rows = n + m, inverse = (1 / n) + (1 / m), h = 1, g = 0;
        for (double i = rows - 1, j = 2; i > 1; i--, j++)
        {
            h += 1 / i;
            g += (h - 1) / j;
        }

        // Scholz and Stephens 1987, formula 4, for two samples.
        double a = (4 * g) - 6 + ((10 - (6 * g)) * inverse), b = (8 * g) - 16 + (16 * h) + (((2 * g) - (14 * h) - 4) * inverse) - (8 * h) + (4 * g) - 6;
        double c = (24 * h) + (8 * g) - 8 + (8 * h) - (8 * g) + 12 + (((2 * h) - 6) * inverse) + (4 * h), d = (8 * h) + 24 - (8 * h);
        double variance = ((a * rows * rows * rows) + (b * rows * rows) + (c * rows) + d) / ((rows - 1) * (rows - 2) * (rows - 3));
        double[] critical = [0.325, 1.226, 1.961, 2.718, 3.752, 4.592, 6.546], level = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];
        double[] fit = Fit.Polynomial(critical, [.. level.Select(p => Math.Log(p))], 2);
        double z = (a2 - 1) / Math.Sqrt(variance);
        return Math.Exp(fit[0] + (fit[1] * z) + (fit[2] * z * z));
    }

    private static double Share(double[] values, double at) => (double)values.Count(v => v <= at) / values.Length;

    private static CountPair Pair(Layout layout, double[] r, double[] w) =>
        new(layout, ExactLayout.Count(layout, r), ExactLayout.Count(layout, w));
}
