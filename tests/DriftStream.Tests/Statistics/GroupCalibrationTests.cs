using System.Collections.Immutable;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Calibration within groups against the rows themselves, and against what chance makes of scores that mean the same for all.</summary>
public sealed class GroupCalibrationTests
{
    private static readonly Gen<(int Group, double Score, int Label)[]> Rows =
        Gen.Select(Gen.Int[0, 3], Gen.Double[0, 1], Gen.Int[0, 2]).Array[50, 400];

    /// <summary>Group 3 is missing, label 2 is.</summary>
    [Fact]
    public void Difference_OfExactCells_IsThatOfTheRows() => Gen.Select(Gen.Select(Gen.Int[0, 3], Gen.Int[0, 16], Gen.Int[0, 2]).Array[50, 400], Gen.Int[1, 40])
        .Sample((of, minRows) =>
        {
            (int Group, double Score, int Label)[] rows = [.. of.Select(r => (r.Item1 == 3 ? 4 : r.Item1, r.Item2 / 16.0, r.Item3))];
            Layout table = Layout.Calibration(["a", "b", "c"], ExactLayout.Of([.. Enumerable.Range(0, 17).Select(i => i / 16.0)]));
            ImmutableArray<GroupBias> biases = GroupCalibration.Of(table, Count(table, rows));
            foreach (GroupBias bias in biases)
            {
                var own = rows.Where(r => table.GroupName(r.Group) == bias.Value).ToArray();
                Assert.Equal((own.Length, own.Count(r => r.Label < 2), own.Count(r => r.Label == 1)), (bias.Scored, bias.Rows, bias.Positives));
                if (bias.Bias is not { } found) continue;
                Assert.Null(found.LeftOpen);
                Reference.Near(Slow.Bias(own), found.Value, bias.Value, absolute: 1e-12);
            }

            GroupCalibration? difference = GroupCalibration.Difference(biases[..3], minRows, 0.95);
            (double Value, double Low, double High)? slow = Slow.Difference(rows, 3, minRows, 0.95);
            Assert.Equal(slow is null, difference is null);
            if (slow is not { } expected) return;
            Reference.Near(expected.Value, difference!.Value, "value", absolute: 1e-12);
            Reference.Near(expected.Low, difference.Low, "low", absolute: 1e-7);
            Reference.Near(expected.High, difference.High, "high", absolute: 1e-7);
        }, iter: 200);

    /// <summary>Of coarse cells the rows' own biases, and their difference, are in what is left open.</summary>
    [Fact]
    public void WhatCellsLeaveOpen_HoldsTheRows() => Gen.Select(Rows, Gen.Int[1, 9]).Sample((rows, edges) =>
    {
        Layout table = Layout.Calibration(["a", "b", "c", "d"], Layout.Numeric(
            [.. Enumerable.Range(0, edges).Select(i => i / (double)edges), Math.BitIncrement(1.0)]));
        ImmutableArray<GroupBias> biases = [.. GroupCalibration.Of(table, Count(table, rows)).Where(g => g.Rows > 0)];
        foreach (GroupBias bias in biases)
        {
            double exact = Slow.Bias([.. rows.Where(r => table.GroupName(r.Group) == bias.Value)]);
            Assert.InRange(exact, bias.Ends.Low - 1e-12, bias.Ends.High + 1e-12);
            Assert.InRange(bias.Bias!.Value.Value, bias.Ends.Low, bias.Ends.High);
        }

        if (GroupCalibration.Difference(biases, 1, 0.5) is not { } difference) return;
        HashSet<string> judged = [.. biases.Where(b => !GroupCalibration.HasFewEvents(b)).Select(b => b.Value)];
        double[] own = [.. rows.Where(r => r.Label < 2 && judged.Contains(table.GroupName(r.Group))).GroupBy(r => r.Group).Select(g => Slow.Bias([.. g]))];
        Assert.InRange(own.Max() - own.Min(), difference.Low!.Value - 1e-12, difference.High!.Value + 1e-12);
        Assert.InRange(difference.Value, difference.Low.Value, difference.High.Value);
    }, iter: 300);

    /// <summary>
    /// Where scores mean the same in all groups, the lower end of the interval is above 0 in hardly more than the 5 % of windows that it may be, of two
    /// groups as of five, and the upper end is above a true difference in hardly fewer than 95 %.
    /// </summary>
    [Theory]
    [InlineData(2, 0), InlineData(5, 0), InlineData(2, 0.15), InlineData(5, 0.15)]
    public void Interval_HoldsItsLevel(int groups, double shift)
    {
        var random = new Random(7);
        Layout table = Layout.Calibration([.. "abcde".Select(c => $"{c}")], ExactLayout.Of([.. Enumerable.Range(0, 9).Select(i => (i + 1) / 10.0)]));
        const int runs = 1000, each = 300;
        int above = 0, below = 0;
        for (int run = 0; run < runs; run++)
        {
            var counts = new long[table.Cells];
            for (int i = 0; i < groups * each; i++)
            {
                // Scores differ between groups, what they mean does not; but in the first one by the shift.
                (int group, int tenth) = (i % groups, 1 + Math.Min(random.Next(9), random.Next(9 - (i % groups))));
                bool positive = random.NextDouble() < Math.Max(0, (tenth / 10.0) - (group == 0 ? shift : 0));
                counts[table.CalibrationCell(group, (2 * tenth) - 1, positive ? 1 : 0)]++;
            }

            GroupCalibration found = GroupCalibration.Difference(GroupCalibration.Of(table, counts), 100, 0.95)!;
            Assert.Equal(groups, found.Judged);
            if (found.Low > shift) above++;
            if (found.High < 0.8 * shift) below++;
        }

        Assert.InRange(above, 0, 60);
        Assert.InRange(below, 0, 60);
    }

    /// <summary>Labels that are all alike have no spread, which makes nothing certain.</summary>
    [Fact]
    public void LabelsThatAreAlike_AreNoCertainty()
    {
        Layout table = Layout.Calibration(["a", "b"], ExactLayout.Of(new double[] { 0.05, 0.5 }));
        var counts = new long[table.Cells];
        counts[table.CalibrationCell(0, 1, 0)] = 300;
        counts[table.CalibrationCell(1, 1, 0)] = 285;
        counts[table.CalibrationCell(1, 1, 1)] = 15;
        GroupCalibration found = GroupCalibration.Difference(GroupCalibration.Of(table, counts), 100, 0.95)!;
        Reference.Near(0.05, found.Value, "value", absolute: 1e-12);
        Reference.Near(0.05 - (1.959963984540054 * Math.Sqrt(2 * 0.05 * 0.95 / 300)), found.Low, "low", absolute: 1e-3);
        // Of 100 rows at 0.05 five positive labels are to be expected: too few.
        counts[table.CalibrationCell(0, 1, 0)] = 100;
        Assert.Null(GroupCalibration.Difference(GroupCalibration.Of(table, counts), 100, 0.95));
        Assert.NotNull(GroupCalibration.Difference(GroupCalibration.Of(table, counts), 100, null));
        Assert.Null(GroupCalibration.Difference(GroupCalibration.Of(table, counts), 101, null));
    }

    [Fact]
    public void ScoresThatAreNoProbabilities_AreNotCompared()
    {
        Layout table = Layout.Calibration(["a", "b"], Layout.Numeric([0, 0.5, Math.BitIncrement(1.0)]));
        var counts = new long[table.Cells];
        for (int group = 0; group < 2; group++) (counts[table.CalibrationCell(group, 1, 0)], counts[table.CalibrationCell(group, 2, 1)]) = (200, 200);
        Assert.NotNull(GroupCalibration.Difference(GroupCalibration.Of(table, counts), 100, 0.95));
        counts[table.CalibrationCell(1, 3, 1)] = 1;
        Assert.Null(GroupCalibration.Of(table, counts)[1].Bias);
        Assert.Null(GroupCalibration.Difference(GroupCalibration.Of(table, counts), 100, 0.95));
    }

    private static long[] Count(Layout table, (int Group, double Score, int Label)[] rows)
    {
        var counts = new long[table.Cells];
        foreach ((int group, double score, int label) in rows) counts[table.CalibrationCell(group, table.Inner!.Edges.Count(e => e <= score), label)]++;
        return counts;
    }

    /// <summary>By the definition, row by row.</summary>
    private static class Slow
    {
        public static double Bias((int Group, double Score, int Label)[] rows) =>
            rows.Where(r => r.Label < 2).Select(r => r.Score).Average() - rows.Where(r => r.Label < 2).Average(r => (double)r.Label);

        public static (double Value, double Low, double High)? Difference(
            (int Group, double Score, int Label)[] rows, int groups, int minRows, double confidence)
        {
            var all = new List<(double Bias, double Variance)>();
            for (int g = 0; g < groups; g++)
            {
                (double Score, int Label)[] own = [.. rows.Where(r => r.Group == g && r.Label < 2).Select(r => (r.Score, r.Label))];
                double positive = own.Count(r => r.Label == 1), promised = own.Sum(r => r.Score);
                if (own.Length == 0 || own.Length < minRows || Math.Max(positive, promised) < 10) continue;
                if (Math.Max(own.Length - positive, own.Length - promised) < 10) continue;
                double[] errors = [.. own.Select(r => r.Score - r.Label)];
                double mean = errors.Average();
                double spread = errors.Sum(e => (e - mean) * (e - mean)) / (own.Length - 1) / own.Length;
                double chance = own.Sum(r => r.Score * (1 - r.Score)) / own.Length / own.Length;
                all.Add((mean, Math.Max(spread, chance)));
            }

            if (all.Count < 2) return null;
            // 2.5 % beside each end for two groups, 0.833 % for three.
            double z = confidence == 0.95 && all.Count == 2 ? 1.959963984540054 : 2.3939797998185104, low = 0, high = 0;
            for (int i = 0; i < all.Count; i++)
            {
                for (int j = 0; j < all.Count; j++)
                {
                    if (i == j) continue;
                    double half = z * Math.Sqrt(all[i].Variance + all[j].Variance), difference = all[i].Bias - all[j].Bias;
                    (low, high) = (Math.Max(low, difference - half), Math.Max(high, difference + half));
                }
            }

            return (all.Max(a => a.Bias) - all.Min(a => a.Bias), low, Math.Min(2, high));
        }
    }
}
