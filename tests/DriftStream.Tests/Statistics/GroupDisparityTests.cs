using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

public sealed class GroupDisparityTests
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
        GroupDisparity ratio = GroupDisparity.Ratio(rates, 1, null)!;
        Reference.Near(c.GetProperty("demographic_parity_ratio").GetDouble(), ratio.Value, "ratio");
        GroupDisparity difference = GroupDisparity.Difference(rates, 1, null)!;
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
            if (rows == expected.Max(g => g.Rows)) Check(GroupDisparity.Largest);
            if (rate == expected.Max(g => g.Rate)) Check(GroupDisparity.Best);

            void Check(string asked)
            {
                GroupDisparity ratio = GroupDisparity.Ratio(rates, 100, null, asked)!;
                GroupDisparity difference = GroupDisparity.Difference(rates, 100, null, asked)!;
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
        Assert.Null(GroupDisparity.Ratio(rates, 100, 0.95, "d"));
        Assert.Null(GroupDisparity.Ratio(rates, 100, 0.95, "c")); // under 2 % of rows
        Assert.Equal("c", GroupDisparity.Ratio(rates, 100, null, "c")!.Reference.Value);
        GroupDisparity ratio = GroupDisparity.Ratio([rates[0], rates[1]], 100, 0.95, "a")!;
        Interval alone = Proportions.Ratio(200, 900, 3_000, 10_000, Proportions.Quantile(0.9));
        Reference.Near(alone.Low, ratio.Low, "low");
        Reference.Near(alone.High, ratio.High, "high");
        // Nobody is selected less often than b.
        GroupDisparity other = GroupDisparity.Ratio([rates[0], rates[1]], 100, 0.95, "b")!;
        Assert.Equal((1.0, 1.0), (other.Value, other.High));
    }

    [Fact]
    public void Interval_OfTwoGroups_IsTheScoreInterval()
    {
        ImmutableArray<GroupRate> rates = [new("b", 1100, 250), new("a", 1000, 300)];
        GroupDisparity ratio = GroupDisparity.Ratio(rates, 100, 0.975)!; // one-sided 97.5 % is an end of a two-sided 95 %
        Interval expected = Proportions.Ratio(250, 1100, 300, 1000, Proportions.Quantile(0.95));
        Reference.Near(expected.Low, ratio.Low, "low");
        Reference.Near(expected.High, ratio.High, "high");
        Assert.Equal(("b", "a", 2), (ratio.Lowest.Value, ratio.Reference.Value, ratio.Judged));
    }

    [Fact]
    public void Interval_MoreGroups_IsWider()
    {
        ImmutableArray<GroupRate> two = [new("a", 1000, 300), new("b", 1000, 220)];
        GroupDisparity before = GroupDisparity.Ratio(two, 100, 0.95)!;
        GroupDisparity after = GroupDisparity.Ratio([.. two, new("c", 1000, 299)], 100, 0.95)!;
        Assert.Equal(before.Value, after.Value);
        Assert.True(after.Low < before.Low && after.High > before.High);
    }

    [Fact]
    public void SmallGroups_AreNotJudged()
    {
        ImmutableArray<GroupRate> rates = [new("a", 1000, 300), new("b", 1000, 300), new("few", 50, 0)];
        Assert.Equal(1, GroupDisparity.Ratio(rates, 100, 0.95)!.Value);
        Assert.Null(GroupDisparity.Ratio([new("a", 1000, 300), new("few", 50, 0)], 100, 0.95));
        Assert.Null(GroupDisparity.Ratio([new("a", 1000, 5), new("b", 1000, 2)], 100, 0.95)); // 10 selected are not expected
        Assert.Null(GroupDisparity.Ratio([new("a", 0, 0), new("b", 0, 0)], 1, null));
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

        Assert.Equal([new("1", 45, 15), new("2", 0, 0), new("missing", 3, 3)], GroupRates.Of(table, counts, RateOf.Selected));
    }

    /// <summary>Row by row: each rate of each group, and how many rows have a label.</summary>
    [Fact]
    public void Rates_OfLabels_AreThoseOfTheRows() => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2]).List[0, 300].Sample(rows =>
    {
        Layout table = Layout.Table(["1", "2"], labelled: true);
        var counts = new long[table.Cells];
        foreach ((int group, int decision, int label) in rows) counts[table.TableCell(group, decision, label)]++;
        Check(RateOf.TruePositive, r => r is { Decision: < 2, Label: 1 }, r => r.Decision == 1);
        Check(RateOf.FalsePositive, r => r is { Decision: < 2, Label: 0 }, r => r.Decision == 1);
        Check(RateOf.Precision, r => r is { Decision: 1, Label: < 2 }, r => r.Label == 1);
        Check(RateOf.Accuracy, r => r is { Decision: < 2, Label: < 2 }, r => r.Label == r.Decision);
        var (selected, rejected) = GroupRates.Coverage(table, counts)!.Value;
        Assert.Equal(new LabelCoverage(rows.Count(r => r.Item2 == 1), rows.Count(r => r.Item2 == 1 && r.Item3 < 2)), selected);
        Assert.Equal(new LabelCoverage(rows.Count(r => r.Item2 == 0), rows.Count(r => r.Item2 == 0 && r.Item3 < 2)), rejected);

        void Check(RateOf of, Func<(int Decision, int Label), bool> among, Func<(int Decision, int Label), bool> counted)
        {
            foreach (GroupRate rate in GroupRates.Of(table, counts, of))
            {
                int group = rate.Value switch { "1" => 0, "2" => 1, "unseen" => 2, _ => 3 };
                (int Decision, int Label)[] all = [.. rows.Where(r => r.Item1 == group).Select(r => (r.Item2, r.Item3)).Where(among)];
                Assert.Equal((all.Length, all.Count(counted)), ((int)rate.Rows, (int)rate.Events));
            }
        }
    });

    [Fact]
    public void SeveralRates_HoldTogether_AndNoneIsPassedOver()
    {
        RateOf[] odds = [RateOf.TruePositive, RateOf.FalsePositive];
        ImmutableArray<GroupRate> right = [new("a", 1000, 800), new("b", 700, 500)], wrong = [new("a", 1000, 300), new("b", 900, 180)];
        // Both at 97.5 %, so that both hold at 95 %.
        GroupDisparity first = GroupDisparity.Difference(right, 100, 0.975)!, second = GroupDisparity.Difference(wrong, 100, 0.975)!;
        GroupDisparity worst = GroupDisparity.Worst([right, wrong], odds, ratio: false, 100, 0.95, null)!;
        Assert.Equal((RateOf.FalsePositive, second.Value), (worst.Of, worst.Value));
        Reference.Near(Math.Max(first.Low!.Value, second.Low!.Value), worst.Low, "low");
        Reference.Near(Math.Max(first.High!.Value, second.High!.Value), worst.High, "high");
        GroupDisparity mean = GroupDisparity.Mean([right, wrong], odds, 100, 0.95, null)!;
        Reference.Near((first.Value + second.Value) / 2, mean.Value, "mean");
        Reference.Near((first.Low + second.Low)!.Value / 2, mean.Low, "low of the mean");
        // Of b nobody has a negative label: nothing is known of its false positives.
        Assert.Null(GroupDisparity.Worst([right, [new("a", 1000, 300), new("b", 0, 0)]], odds, ratio: false, 1, null, null));
        Assert.Null(GroupDisparity.Mean([right, [new("a", 1000, 300), new("b", 0, 0)]], odds, 1, null, null));
    }
}
