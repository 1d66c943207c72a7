using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Errors of predicted numbers by group, beside scikit-learn's, compared as Fairlearn does (reference/group_errors.py), and chance.</summary>
public sealed class GroupErrorsTests
{
    private static readonly JsonElement Known = Reference.Load("group_errors.json");

    [Theory]
    [InlineData(ErrorOf.Mae), InlineData(ErrorOf.Rmse), InlineData(ErrorOf.Bias)]
    public void Differences_AreFairlearns(ErrorOf of)
    {
        JsonElement known = Known.GetProperty(GroupErrors.NameOf(of));
        ImmutableArray<GroupError> groups = [.. "abc".Select(g => Of($"{g}", of))];
        foreach (GroupError group in groups)
        {
            Reference.Near(known.GetProperty("by_group").GetProperty(group.Value).GetDouble(), group.Error!.Value.Value, group.Value);
            Reference.Near(known.GetProperty("errors").GetProperty(group.Value).GetDouble(), group.Error.Value.Error!.Value, group.Value);
            Reference.Near(known.GetProperty("rests_on").GetProperty(group.Value).GetDouble(), group.Effective, group.Value);
        }

        GroupErrors found = GroupErrors.Difference(groups, 100, 0.95)!;
        Assert.Equal((of == ErrorOf.Bias ? "c" : "a", of == ErrorOf.Bias ? "b" : "c", 3), (found.Reference.Value, found.Greatest.Value, found.Judged));
        Is("between_groups", "interval", found);
        Assert.Equal((null, null), (GroupErrors.Difference(groups, 100, null)!.Low, GroupErrors.Difference(groups, 100, null)!.High));
        if (of == ErrorOf.Bias) return;
        Is("beside_b", "interval_beside_b", GroupErrors.Difference(groups, 100, 0.95, "b")!);
        Assert.Equal("a", GroupErrors.Difference(groups, 100, 0.95, GroupDisparity.Largest)!.Reference.Value);

        void Is(string value, string interval, GroupErrors difference)
        {
            Reference.Near(known.GetProperty(value).GetDouble(), difference.Value, value);
            Reference.Near(known.GetProperty(interval)[0].GetDouble(), difference.Low, interval, absolute: 1e-9);
            Reference.Near(known.GetProperty(interval)[1].GetDouble(), difference.High, interval, absolute: 1e-9);
        }
    }

    /// <summary>What cannot be compared is not fair: too few rows, a reference that is none of them, an error that a few rows make up.</summary>
    [Fact]
    public void WhatCannotBeJudged_IsNull()
    {
        GroupError a = Of("a", ErrorOf.Mae), b = Of("b", ErrorOf.Mae), c = Of("c", ErrorOf.Mae);
        Assert.Equal(2, GroupErrors.Difference([a, b, c], 150, 0.95)!.Judged);
        Assert.Null(GroupErrors.Difference([a, b, c], 200, 0.95));
        Assert.Null(GroupErrors.Difference([a, b, c], 150, 0.95, "c"));
        Assert.Null(GroupErrors.Difference([a, b, c], 100, 0.95, "d"));
        Assert.Null(GroupErrors.Difference([a], 100, null));
        GroupError rare = Group("r", [.. Enumerable.Range(0, 1000).Select(i => i < 9 ? 5.0 : 0)], ErrorOf.Mae);
        GroupError right = Group("z", new double[500], ErrorOf.Mae);
        Assert.Equal((9, 0), (rare.Effective, right.Effective));
        Assert.Null(GroupErrors.Difference([a, rare], 100, 0.95));
        Assert.Null(GroupErrors.Difference([a, right], 100, 0.95));
        Assert.NotNull(GroupErrors.Difference([a, rare], 100, null));
        Assert.NotNull(GroupErrors.Difference([a, Group("r", [.. Enumerable.Range(0, 1000).Select(i => i < 10 ? 5.0 : 0)], ErrorOf.Mae)], 100, 0.95));
        GroupError great = Group("g", [.. Enumerable.Repeat(1e300, 500)], ErrorOf.Rmse);
        Reference.Near(500, great.Effective, "rows");
        Assert.InRange(GroupErrors.Difference([Of("a", ErrorOf.Rmse), great], 100, 0.95)!.Value, 0.99e300, 1.01e300);
    }

    /// <summary>
    /// Where all groups are alike, whatever the law of their errors, the lower end is above 0 in hardly more than 5 % of windows; where one is worse, the
    /// interval holds by how much in hardly fewer than 95 %.
    /// </summary>
    [Theory]
    [InlineData(2, 1, false), InlineData(5, 1, false), InlineData(2, 1, true), InlineData(5, 1, true), InlineData(2, 1.5, false), InlineData(3, 1.5, true)]
    public void Interval_HoldsItsLevel(int groups, double worse, bool tails)
    {
        var random = new Random(5);
        // The mean distance of a normal law, and of Laplace's.
        double mean = tails ? 1 : Math.Sqrt(2 / Math.PI), apart = (worse - 1) * mean;
        const int runs = 400;
        int above = 0, below = 0, judged = 0;
        for (int run = 0; run < runs; run++)
        {
            // Groups of 150 to 450 rows.
            ImmutableArray<GroupError> errors = [.. Enumerable.Range(0, groups).Select(g => Group(
                $"{g}", [.. Enumerable.Range(0, 150 + (300 * g / groups)).Select(_ => (g == 0 ? worse : 1) * Drawn(random, tails))], ErrorOf.Mae))];
            if (GroupErrors.Difference(errors, 100, 0.95) is not { } found) continue;
            judged++;
            if (found.Low > apart) above++;
            if (found.High < apart) below++;
        }

        Assert.Equal(runs, judged);
        Assert.InRange(above, 0, 0.06 * runs);
        Assert.InRange(below, 0, 0.06 * runs);
    }

    private static double Drawn(Random random, bool tails) => tails
        ? -Math.Log(1 - random.NextDouble()) * (random.Next(2) == 0 ? 1 : -1)
        : Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static GroupError Group(string value, double[] residuals, ErrorOf of) =>
        GroupError.OfRows(value, new LabelCoverage(residuals.Length, residuals.Length), [.. residuals.Select(r => (r, 0.0))], of);

    private static GroupError Of(string group, ErrorOf of)
    {
        (double, double)[] rows =
            [.. Known.GetProperty("rows").EnumerateArray().Where(r => r[0].GetString() == group).Select(r => (r[1].GetDouble(), r[2].GetDouble()))];
        return GroupError.OfRows(group, new LabelCoverage(rows.Length, rows.Length), rows, of);
    }
}
