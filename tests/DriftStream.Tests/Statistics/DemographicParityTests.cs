using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

public sealed class DemographicParityTests
{
    public static TheoryData<string> Groups => ["SEX", "RAC1P", "DIS", "SEXxRAC1P"];

    [Theory]
    [MemberData(nameof(Groups))]
    public void FromCounts_AsFairlearn(string group)
    {
        JsonElement c = Reference.Load("fairness.json").GetProperty("all_rows").GetProperty(group);
        ImmutableArray<GroupRate> rates =
        [
            .. c.GetProperty("by_group").EnumerateArray().Select(g =>
            {
                double rows = g.GetProperty("count").GetDouble();
                return new GroupRate(
                    g.GetProperty(group).ToString(), (long)rows, (long)Math.Round(rows * g.GetProperty("selection_rate").GetDouble()));
            }),
        ];
        // Fairlearn has no least size: a group of one row counts like any other.
        DemographicParity ratio = DemographicParity.Ratio(rates, 1, null)!;
        Reference.Near(c.GetProperty("demographic_parity_ratio").GetDouble(), ratio.Value, "ratio");
        DemographicParity difference = DemographicParity.Difference(rates, 1, null)!;
        Reference.Near(c.GetProperty("demographic_parity_difference").GetDouble(), difference.Value, "difference");
    }

    /// <summary>The same rates against the largest group, and against each that is named: the least of them over its own.</summary>
    [Theory]
    [MemberData(nameof(Groups))]
    public void Reference_LargestOrNamed_IsWhatTheOthersAreComparedWith(string group)
    {
        JsonElement.ArrayEnumerator by = Reference.Load("fairness.json").GetProperty("all_rows").GetProperty(group).GetProperty("by_group").EnumerateArray();
        (string Value, double Rows, double Rate)[] expected =
        [
            .. by.Select((g, i) => ($"g{i}", g.GetProperty("count").GetDouble(), g.GetProperty("selection_rate").GetDouble())).Where(g => g.Item2 >= 100),
        ];
        ImmutableArray<GroupRate> rates = [.. expected.Select(g => new GroupRate(g.Value, (long)g.Rows, (long)Math.Round(g.Rows * g.Rate)))];
        foreach ((string value, double rows, double rate) in expected)
        {
            double least = expected.Where(g => g.Value != value).Min(g => g.Rate);
            Check(value);
            if (rows == expected.Max(g => g.Rows)) Check(DemographicParity.Largest);
            if (rate == expected.Max(g => g.Rate)) Check(DemographicParity.Best);

            void Check(string asked)
            {
                DemographicParity ratio = DemographicParity.Ratio(rates, 100, null, asked)!;
                DemographicParity difference = DemographicParity.Difference(rates, 100, null, asked)!;
                Assert.Equal((value, value), (ratio.Reference.Value, difference.Reference.Value));
                Reference.Near(Math.Min(1, least / rate), ratio.Value, asked);
                Reference.Near(Math.Max(0, rate - least), difference.Value, asked);
            }
        }
    }

    [Fact]
    public void Reference_TooSmallOrUnknown_IsNone()
    {
        ImmutableArray<GroupRate> rates = [new("a", 10_000, 3_000), new("b", 900, 200), new("c", 150, 60)];
        Assert.Null(DemographicParity.Ratio(rates, 100, 0.95, "d"));
        Assert.Null(DemographicParity.Ratio(rates, 100, 0.95, "c")); // under 2 % of rows
        Assert.Equal("c", DemographicParity.Ratio(rates, 100, null, "c")!.Reference.Value);
        DemographicParity ratio = DemographicParity.Ratio([rates[0], rates[1]], 100, 0.95, "a")!;
        Interval alone = Proportions.Ratio(200, 900, 3_000, 10_000, Proportions.Quantile(0.9));
        Reference.Near(alone.Low, ratio.Low, "low");
        Reference.Near(alone.High, ratio.High, "high");
        // Nobody is selected less often than b.
        DemographicParity other = DemographicParity.Ratio([rates[0], rates[1]], 100, 0.95, "b")!;
        Assert.Equal((1.0, 1.0), (other.Value, other.High));
    }

    [Fact]
    public void Interval_OfTwoGroups_IsTheScoreInterval()
    {
        ImmutableArray<GroupRate> rates = [new("b", 1100, 250), new("a", 1000, 300)];
        DemographicParity ratio = DemographicParity.Ratio(rates, 100, 0.975)!; // one-sided 97.5 % is an end of a two-sided 95 %
        Interval expected = Proportions.Ratio(250, 1100, 300, 1000, Proportions.Quantile(0.95));
        Reference.Near(expected.Low, ratio.Low, "low");
        Reference.Near(expected.High, ratio.High, "high");
        Assert.Equal(("b", "a", 2), (ratio.Lowest.Value, ratio.Reference.Value, ratio.Judged));
    }

    [Fact]
    public void Interval_MoreGroups_IsWider()
    {
        ImmutableArray<GroupRate> two = [new("a", 1000, 300), new("b", 1000, 220)];
        DemographicParity before = DemographicParity.Ratio(two, 100, 0.95)!;
        DemographicParity after = DemographicParity.Ratio([.. two, new("c", 1000, 299)], 100, 0.95)!;
        Assert.Equal(before.Value, after.Value);
        Assert.True(after.Low < before.Low && after.High > before.High);
    }

    [Fact]
    public void SmallGroups_AreNotJudged()
    {
        ImmutableArray<GroupRate> rates = [new("a", 1000, 300), new("b", 1000, 300), new("few", 50, 0)];
        Assert.Equal(1, DemographicParity.Ratio(rates, 100, 0.95)!.Value);
        Assert.Null(DemographicParity.Ratio([new("a", 1000, 300), new("few", 50, 0)], 100, 0.95));
        Assert.Null(DemographicParity.Ratio([new("a", 1000, 5), new("b", 1000, 2)], 100, 0.95)); // 10 selected are not expected
        Assert.Null(DemographicParity.Ratio([new("a", 0, 0), new("b", 0, 0)], 1, null));
    }

    [Fact]
    public void Rates_UndecidedRowsAndLabels_CountForNothing()
    {
        Layout table = Layout.Table(["1", "2"], labelled: true);
        var counts = new long[table.Cells];
        for (int label = 0; label < 3; label++)
        {
            counts[table.TableCell(0, 0, label)] = 10;
            counts[table.TableCell(0, 1, label)] = 5;
            counts[table.TableCell(0, 2, label)] = 7;
            counts[table.TableCell(3, 1, label)] = 1;
        }

        Assert.Equal([new("1", 45, 15), new("2", 0, 0), new("missing", 3, 3)], DemographicParity.Rates(table, counts));
    }
}
