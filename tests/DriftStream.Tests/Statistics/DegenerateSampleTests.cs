using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>What the statistics of numbers and spreads say where there is next to nothing to say.</summary>
public sealed class DegenerateSampleTests
{
    private delegate double? Computed(CountPair pair);

    private static readonly (string Name, Computed Of)[] Ordered =
    [
        ("cramer_von_mises", p => CramerVonMises.Of(p)?.Value), ("mid-ranks", p => CramerVonMises.Of(p)?.MidRanks),
        ("anderson_darling", p => AndersonDarling.Of(p)), ("kuiper", p => Kuiper.Of(p)?.Low), ("energy", p => Energy.Of(p)?.Value),
        ("quantile_shift", p => QuantileShift.Statistic(p, QuantileShift.Deciles, [2, 10, 18]).Value), ("sd_ratio", p => Spread.RatioOf(p)),
    ];

    private static readonly Layout Numbers = ExactLayout.Of(new double[] { 1, 2, 3 });

    // 1, 2, 3, NaN, null.
    private static long[] Rows(params long[] c) => [0, c[0], 0, c[1], 0, c[2], 0, c[3], c[4]];

    [Fact]
    public void Empty_AllNull_AllNan_IsUndefined()
    {
        long[] some = Rows(4, 3, 2, 1, 1);
        foreach (long[] none in (long[][])[Rows(0, 0, 0, 0, 0), Rows(0, 0, 0, 9, 0), Rows(0, 0, 0, 0, 9)])
        {
            foreach ((string name, Computed of) in Ordered)
            {
                Assert.True(of(new CountPair(Numbers, some, none)) is null, name);
                Assert.True(of(new CountPair(Numbers, none, some)) is null, name);
            }
        }

        Assert.Null(Spread.EntropyOf(CellGroups.Of(new CountPair(Numbers, some, new long[9]))));
        Assert.Equal(0, Spread.EntropyOf(CellGroups.Of(new CountPair(Numbers, Rows(0, 0, 0, 0, 5), Rows(0, 0, 0, 0, 9)))));
        Layout letters = Layout.Categorical(["a"]);
        Assert.Null(Spread.CardinalityOf(new CountPair(letters, [5, 0, 1], [0, 0, 4])));
        Assert.Null(Spread.CardinalityOf(new CountPair(letters, [0, 0, 4], [5, 0, 1])));
        Assert.Equal(1, Spread.CardinalityOf(new CountPair(letters, [1, 0, 0], [0, 1, 0])));
        Assert.Null(Evidently.KullbackLeibler(CellGroups.Of(new CountPair(letters, [5, 0, 1], [0, 0, 0]))));
        Assert.Null(Evidently.ChiSquare(CellGroups.Of(new CountPair(letters, [5, 0, 0], [0, 0, 0]))));
        Assert.Null(Evidently.ChiSquare(CellGroups.Of(new CountPair(letters, [5, 0, 0], [4, 1, 0]))));
        Assert.Equal((0.0, 1.0), Evidently.ChiSquare(CellGroups.Of(new CountPair(letters, [5, 0, 0], [4, 0, 0]))));
    }

    /// <summary>A baseline without a number has no range: numbers are beyond it, once each.</summary>
    [Fact]
    public void NumbersAfterNan_AreOutOfRange_Once()
    {
        Statistic rate = RowRates.OutOfRangeOf(new CountPair(Layout.Numeric([], true), [0, 9, 0], [6, 1, 1]));
        Assert.Equal((6 / 8.0, 6 / 8.0, 6 / 8.0), (rate.Value, rate.Low, rate.High));
    }

    [Fact]
    public void Infinity_IsCalledByItsName()
    {
        Layout layout = Layout.Numeric([1, Math.BitIncrement(1), double.PositiveInfinity], true);
        var groups = CellGroups.Of(new CountPair(layout, [0, 50, 0, 50, 0, 0], [0, 50, 0, 50, 0, 0]));
        Assert.Equal("Infinity", layout.CellName(3));
        Assert.Contains("Infinity", Enumerable.Range(0, groups.Count).Select(groups.Name));
        Assert.DoesNotContain(">= Infinity", Enumerable.Range(0, groups.Count).Select(groups.Name));
    }

    [Fact]
    public void OneRow_OrAConstant_HasNotDrifted()
    {
        foreach (long rows in (long[])[1, 500])
        {
            var pair = new CountPair(Numbers, Rows(0, rows, 0, 0, 0), Rows(0, rows, 0, 0, 0));
            Assert.Equal(0, AndersonDarling.Of(pair));
            Assert.Equal((0.0, 0.0, 1.0, 1.0), Kuiper.Of(pair) is { } v ? (v.Low, v.High, v.PValue, v.PValueOfAlike) : default);
            Assert.Equal(new Energy(0, 0, 0), Energy.Of(pair));
            Assert.Equal(0, QuantileShift.Statistic(pair, QuantileShift.Median, [10]).Value);
            Assert.Null(Spread.RatioOf(pair));
            Assert.InRange(CramerVonMises.Of(pair)!.PValue, 0.99, 1);
        }

        // A constant that becomes another one: far, but not in units that the baseline does not have.
        var moved = new CountPair(Numbers, Rows(0, 500, 0, 0, 0), Rows(0, 0, 500, 0, 0));
        Assert.Null(QuantileShift.Statistic(moved, QuantileShift.Median, [10]).Value);
        Assert.InRange(CramerVonMises.Of(moved)!.PValue, 0, 1e-20);
        Assert.Equal(1, Kuiper.Of(moved)!.Low);
        Assert.InRange(Kuiper.Of(moved)!.PValue, 0, 1e-100);
    }

    [Fact]
    public void Infinities_AndOneCell_AreNeverNan()
    {
        Layout endless = ExactLayout.Of([double.NegativeInfinity, 1, double.PositiveInfinity]);
        double[] few = [double.NegativeInfinity, 1, 1, double.PositiveInfinity], many = [1, double.PositiveInfinity, double.PositiveInfinity];
        var infinite = new CountPair(endless, ExactLayout.Count(endless, few), ExactLayout.Count(endless, many));
        foreach ((string name, Computed of) in Ordered) Assert.True(of(infinite) is null or (> 0 and < double.PositiveInfinity), name);
        Assert.Null(Energy.Of(infinite)!.Value);

        Layout one = Layout.Numeric([]);
        var all = new CountPair(one, [5, 0, 0], [7, 0, 0]);
        foreach ((string name, Computed of) in Ordered) Assert.True(of(all) is null or (>= 0 and < 10), name);
        Assert.Equal((0.0, 1.0), (Kuiper.Of(all)!.Low, Kuiper.Of(all)!.High));
        Assert.Null(Energy.Of(all)!.High);
    }
}
