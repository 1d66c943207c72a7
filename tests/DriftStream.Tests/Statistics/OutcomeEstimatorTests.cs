using System.Collections.Immutable;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Performance before labels from an outcome table: beside an obvious program over single rows, hand values, and tables that say nothing.</summary>
public sealed class OutcomeEstimatorTests
{
    // [0, 0.25), [0.25, 0.5), [0.5, 0.75), [0.75, 1] are the cells 1 to 4.
    private static readonly Layout Quarters = Layout.Outcome(Layout.Numeric([0, 0.25, 0.5, 0.75, Math.BitIncrement(1.0)]));

    private static readonly double[] Middles = [0.125, 0.375, 0.625, 0.875];

    /// <summary>Random tables of four score cells: expected rows, metrics and what is outside, row by row and pair by pair.</summary>
    [Fact]
    public void RandomTables_AreEstimatedAsByRows() =>
        Gen.Select(Gen.Int[0, 40].Array[36], Gen.Int[0, 9].Array[36], Gen.Int[0, 2].Array[4]).Sample((reference, window, thin) =>
        {
            // Of some cells the reference has hardly a row.
            long[] before = Table((s, d, l) => reference[Place(s, d, l)] / (thin[s] == 0 ? 20 : 1)), now = Table((s, d, l) => window[Place(s, d, l)]);
            var labels = Rows(before).Where(r => r.Label != OutcomeColumns.Missing).ToList();
            long positives = labels.Count(r => r.Label == OutcomeColumns.Yes);
            if (OutcomeEstimator.For(Quarters, before) is not { } estimator)
            {
                Assert.True(Math.Min(positives, labels.Count - positives) < ScoreCalibration.LeastRows);
                return;
            }

            var rows = Rows(now).ToList();
            Compare(rows, estimator.Of(now));
            Compare([.. rows.Where(r => r.Label != OutcomeColumns.Missing)], estimator.OfLabelled(now));
            Compare([.. Rows(before)], estimator.OfReference);

            void Compare(List<(int Score, int Decision, int Label)> of, EstimatedPerformance estimated)
            {
                double[] p = [.. of.Select(r => Isotonic(labels, r.Score))];
                double Sum(int decision, bool positive) =>
                    of.Zip(p).Where(r => r.First.Decision == decision).Sum(r => positive ? r.Second : 1 - r.Second);
                (double tp, double fp, double fn, double tn) = (Sum(1, true), Sum(1, false), Sum(0, true), Sum(0, false));
                Near(tp, estimated.TruePositive);
                Near(fp, estimated.FalsePositive);
                Near(fn, estimated.FalseNegative);
                Near(tn, estimated.TrueNegative);
                Near((tp + tn) / (tp + fp + fn + tn), estimated.Metric("accuracy").Value);
                Near(tp / (tp + fp), estimated.Metric("precision").Value);
                Near(tp / (tp + fn), estimated.Metric("recall").Value);
                Near(2 * tp / ((2 * tp) + fp + fn), estimated.Metric("f1").Value);
                (double wins, double pairs) = (0, 0);
                for (int i = 0; i < of.Count; i++)
                {
                    for (int k = 0; k < of.Count; k++)
                    {
                        double weight = p[i] * (1 - p[k]);
                        (wins, pairs) = (wins + (weight * (of[i].Score > of[k].Score ? 1 : of[i].Score == of[k].Score ? 0.5 : 0)), pairs + weight);
                    }
                }

                Near(wins / pairs, estimated.Metric("roc_auc").Value);
                long outside = Middles.Select((_, s) => (Rows: of.Count(r => r.Score == s), Labels: labels.Count(r => r.Score == s)))
                    .Sum(c => c.Labels >= 10 ? 0 : Math.Max(0, c.Rows - (long)Math.Floor((decimal)of.Count * 10 * (c.Labels + 1) / labels.Count)));
                Assert.Equal((of.Count, outside, of.Count(r => r.Decision < 2)), (estimated.Rows, estimated.Outside, estimated.Decided));
            }
        }, iter: 300);

    /// <summary>One in ten positive below a half and nine in ten above: of 300 and 700 rows, all decided by the half, nine in ten are right.</summary>
    [Fact]
    public void HandValues()
    {
        long[] reference = Table((s, d, l) => (s, d, l) switch
        {
            (1, 0, 1) or (2, 1, 0) => 100,
            (1, 0, 0) or (2, 1, 1) => 900,
            _ => 0,
        });
        OutcomeEstimator estimator = OutcomeEstimator.For(Quarters, reference)!;
        EstimatedPerformance estimated = estimator.Of(Table((s, d, l) => (s, d, l) switch { (1, 0, 2) => 300, (2, 1, 2) => 700, _ => 0 }));
        Assert.Equal([30, 270, 630, 70], new[] { estimated.FalseNegative, estimated.TrueNegative, estimated.TruePositive, estimated.FalsePositive }
            .Select(v => Math.Round(v, 9)));
        Near(0.9, estimated.Metric("accuracy").Value);
        Near(0.9, estimated.Metric("precision").Value);
        Near(630 / 660.0, estimated.Metric("recall").Value);
        Near(0.9, estimator.OfReference.Metric("recall").Value);
        // Chance of 1000 labels, and that of the 1000 labels by which each share is known.
        double q = 100.5 / 1001, error = Math.Sqrt((0.09 / 1000) + (q * (1 - q) / 1000 * ((0.3 * 0.3) + (0.7 * 0.7))));
        Near(error, estimated.Metric("accuracy").Error);
        Assert.Null(estimated.Void);
    }

    /// <summary>Rows where the reference has hardly a label, outside of its scores or between them, make it void; many where it knows do not.</summary>
    [Theory]
    [InlineData(1, null)]
    // Of 900 rows 210 less 900 x 10 x 1 / 4800, between 0.25 and 0.75; and less 900 x 10 x 7 / 4806, above that.
    [InlineData(0, "23.2 % of rows have scores of which the reference has hardly any label")]
    [InlineData(3, "21.9 % of rows have scores of which the reference has hardly any label")]
    public void ScoresThatTheReferenceHardlyKnows_MakeItVoid(int cell, string? expected)
    {
        int[] at = cell == 0 ? [0, 3, 1] : [1, 2, cell];
        long[] reference = Table((s, d, l) => l == 2 ? 0 : s == at[0] || s == at[1] ? 400 : cell == at[0] || s != at[2] ? 0 : 1);
        EstimatedPerformance estimated = OutcomeEstimator.For(Quarters, reference)!.Of(
            Table((s, d, l) => l < 2 ? 0 : s == at[2] ? 70 : s == at[0] ? 230 : 0));
        Assert.Equal(expected, estimated.Void);
    }

    /// <summary>Labels of the selected alone say nothing of scores at which nobody is selected.</summary>
    [Fact]
    public void LabelsOfTheSelectedAlone_LeaveTheOthersUnknown()
    {
        long[] reference = Table((s, d, l) => s == 2 && d == 1 ? (l == 0 ? 100 : l == 1 ? 300 : 0) : s == 1 && d == 0 && l == 2 ? 600 : 0);
        OutcomeEstimator estimator = OutcomeEstimator.For(Quarters, reference)!;
        Assert.StartsWith("57.5 % of rows", estimator.OfReference.Void, StringComparison.Ordinal);
        Assert.Null(estimator.OfLabelled(reference).Void);
    }

    [Fact]
    public void WithoutAScoreOrLabels_ThereIsNone()
    {
        Layout none = Layout.Outcome(Layout.Numeric([]));
        Assert.Null(OutcomeEstimator.For(none, Enumerable.Repeat(1000L, none.Cells).ToArray()));
        Assert.Null(OutcomeEstimator.For(Quarters, Table((_, _, l) => l == 2 ? 1000 : 0)));
        Assert.Null(OutcomeEstimator.For(Quarters, []));
        // Scores that are not finite are none.
        long[] counts = Table((_, _, l) => l < 2 ? 100 : 0), infinite = [.. counts];
        infinite[OutcomeCells.Cell(Quarters, Quarters.Inner!.NanCell, 1, 2)] = 500;
        Assert.Equal(2400, OutcomeEstimator.For(Quarters, counts)!.Of(infinite).Rows);
    }

    private static int Place(int score, int decision, int label) => (((score * 3) + decision) * 3) + label;

    private static long[] Table(Func<int, int, int, long> rows)
    {
        var counts = new long[Quarters.Cells];
        for (int i = 0; i < 36; i++)
        {
            (int score, int decision, int label) = (i / 9, i / 3 % 3, i % 3);
            counts[OutcomeCells.Cell(Quarters, score + 1, decision, label)] = rows(score, decision, label);
        }

        return counts;
    }

    private static IEnumerable<(int Score, int Decision, int Label)> Rows(long[] counts) =>
        from cell in Enumerable.Range(0, counts.Length)
        let states = OutcomeCells.States(Quarters, cell)
        from row in Enumerable.Range(0, (int)counts[cell])
        select (states.Score - 1, states.Decision, states.Label);

    // The greatest of the least means of runs that hold the score; on the line between its neighbours where no label has it, that of the end beyond them.
    private static double Isotonic(List<(int Score, int Decision, int Label)> labels, int score)
    {
        int[] known = [.. labels.Select(r => r.Score).Distinct().Order()];
        if (known.Contains(score)) return Fitted(score);
        int[] below = [.. known.Where(s => s < score)], above = [.. known.Where(s => s > score)];
        if (below.Length == 0) return Fitted(above[0]);
        if (above.Length == 0) return Fitted(below[^1]);
        double part = (Middles[score] - Middles[below[^1]]) / (Middles[above[0]] - Middles[below[^1]]);
        return Fitted(below[^1]) + (part * (Fitted(above[0]) - Fitted(below[^1])));

        double Fitted(int at) => known.Where(from => from <= at).Max(from => known.Where(to => to >= at).Min(to => Mean(from, to)));

        double Mean(int from, int to) => labels.Where(r => r.Score >= from && r.Score <= to).Average(r => r.Label == OutcomeColumns.Yes ? 1.0 : 0);
    }

    private static void Near(double expected, double? actual)
    {
        if (double.IsNaN(expected)) Assert.Null(actual);
        else Assert.Equal(expected, actual!.Value, 1e-9);
    }
}
