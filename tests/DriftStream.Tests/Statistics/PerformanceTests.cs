using CsCheck;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>
/// How well a model did, against slow and obvious ways to compute it. What scikit-learn says of real rows is compared by the tests of the host.
/// </summary>
public sealed class PerformanceTests
{
    private static readonly Gen<List<(double Score, bool Positive)>> Rows = Gen.Select(Gen.Int[0, 12], Gen.Bool, (s, l) => (s / 12.0, l)).List[0, 80];

    private static readonly Gen<Confusion> Tables = Gen.Select(
        Gen.Long[0, 50], Gen.Long[0, 50], Gen.Long[0, 50], Gen.Long[0, 50], (a, b, c, d) => new Confusion(a, b, c, d));

    /// <summary>Pair by pair; DeLong's error from the share of pairs that each row wins.</summary>
    [Fact]
    public void RocAuc_IsThatOfThePairs() => Rows.Sample(rows =>
    {
        double[] positives = [.. rows.Where(r => r.Positive).Select(r => r.Score)], negatives = [.. rows.Where(r => !r.Positive).Select(r => r.Score)];
        Estimate? auc = ScoredLabels.Of([.. rows]).RocAuc;
        if (positives.Length == 0 || negatives.Length == 0)
        {
            Assert.Null(auc);
            return;
        }

        double[] ofPositives = [.. positives.Select(p => negatives.Average(n => Won(p, n)))];
        double[] ofNegatives = [.. negatives.Select(n => positives.Average(p => Won(p, n)))];
        Reference.Near(ofPositives.Average(), auc!.Value.Value, "area", absolute: 1e-12);
        double variance = (Variance(ofPositives) / positives.Length) + (Variance(ofNegatives) / negatives.Length);
        Reference.Near(Math.Sqrt(variance), auc.Value.Error, "error", relative: 1e-6, absolute: 1e-7);

        static double Won(double positive, double negative) => positive > negative ? 1 : positive == negative ? 0.5 : 0;
    });

    /// <summary>Every score as a threshold, one after the other.</summary>
    [Fact]
    public void AveragePrecisionAndSeparation_AreThoseOfEveryThreshold() => Rows.Sample(rows =>
    {
        ScoredLabels scores = ScoredLabels.Of([.. rows]);
        int positives = rows.Count(r => r.Positive), negatives = rows.Count - positives;
        double precision = 0, before = 0, most = 0;
        foreach (double threshold in rows.Select(r => r.Score).Distinct().OrderDescending())
        {
            int selected = rows.Count(r => r.Score >= threshold), right = rows.Count(r => r.Score >= threshold && r.Positive);
            double recall = (double)right / Math.Max(1, positives);
            precision += (recall - before) * right / selected;
            before = recall;
            if (positives > 0 && negatives > 0) most = Math.Max(most, Math.Abs(recall - ((double)(selected - right) / negatives)));
        }

        if (positives == 0) Assert.Null(scores.AveragePrecision);
        else Reference.Near(precision, scores.AveragePrecision?.Value, "average precision", absolute: 1e-12);
        if (positives == 0 || negatives == 0) Assert.Null(scores.Separation);
        else Reference.Near(most, scores.Separation?.Value, "separation", absolute: 1e-12);
    });

    /// <summary>Of a cell in which the order is open: the mean over all orders, and the least and the greatest of these and of ties.</summary>
    [Fact]
    public void AveragePrecision_OfACell_IsTheMeanOverAllOrders()
    {
        Layout layout = Layout.Outcome(Layout.Numeric([0, 0.5, 1]));
        var counts = new long[layout.Cells];
        // One of two is positive above, two of four are below.
        (counts[OutcomeCells.Cell(layout, 2, 1, 1)], counts[OutcomeCells.Cell(layout, 2, 1, 0)]) = (1, 1);
        (counts[OutcomeCells.Cell(layout, 1, 0, 1)], counts[OutcomeCells.Cell(layout, 1, 0, 0)]) = (2, 2);
        var all = new List<double>();
        foreach (bool first in (bool[])[true, false])
        {
            for (int bits = 0; bits < 16; bits++)
            {
                if (int.PopCount(bits) != 2) continue;
                var rows = new List<(double, bool)> { (0.9, first), (0.8, !first) };
                for (int i = 0; i < 4; i++) rows.Add((0.4 - (0.01 * i), (bits >> i & 1) == 1));
                all.Add(ScoredLabels.Of(rows).AveragePrecision!.Value.Value);
            }
        }

        Estimate estimate = OutcomeCounts.Of(layout, counts).Scores.AveragePrecision!.Value;
        Reference.Near(all.Average(), estimate.Value, "mean", absolute: 1e-12);
        Reference.Near(all.Min(), estimate.LeftOpen!.Value.Low, "worst", absolute: 1e-12);
        Assert.True(estimate.LeftOpen.Value.High >= all.Max());
    }

    [Fact]
    public void Losses_AreMeansOverRows() => Rows.Sample(rows =>
    {
        ScoredLabels scores = ScoredLabels.Of([.. rows]);
        if (rows.Count == 0)
        {
            Assert.Null(scores.Brier);
            Assert.Null(scores.LogLoss);
            Assert.Null(scores.CalibrationError);
            return;
        }

        double[] squares = [.. rows.Select(r => Math.Pow(r.Score - (r.Positive ? 1 : 0), 2))];
        Reference.Near(squares.Average(), scores.Brier!.Value.Value, "brier", absolute: 1e-12);
        Reference.Near(Math.Sqrt(Variance(squares) / rows.Count), scores.Brier.Value.Error, "its error", relative: 1e-6, absolute: 1e-7);
        double[] logs = [.. rows.Select(r => -Math.Log(Math.Max(Math.BitIncrement(1.0) - 1, r.Positive ? r.Score : 1 - r.Score)))];
        Reference.Near(logs.Average(), scores.LogLoss!.Value.Value, "log loss", absolute: 1e-12);
        double error = rows.GroupBy(r => Math.Min(9, (int)(r.Score * 10))).Sum(b => Math.Abs(b.Sum(r => r.Score) - b.Count(r => r.Positive))) / rows.Count;
        Reference.Near(error, scores.CalibrationError?.Value, "calibration", absolute: 1e-12);
    });

    /// <summary>Scores that are no probabilities have a rank, and no loss.</summary>
    [Fact]
    public void Margins_HaveNoLoss()
    {
        ScoredLabels scores = ScoredLabels.Of([(-2, false), (0.5, true), (3, true)]);
        Assert.Equal((1.0, null, null, null), (scores.RocAuc!.Value.Value, scores.Brier?.Value, scores.LogLoss?.Value, scores.CalibrationError));
    }

    /// <summary>Each from its definition; the errors by derivatives taken numerically, of a multinomial sample.</summary>
    [Fact]
    public void Confusion_IsAsDefined() => Tables.Sample(c =>
    {
        (double tp, double fp, double fn, double tn) = (c.TruePositive, c.FalsePositive, c.FalseNegative, c.TrueNegative);
        Check(c.Accuracy.Value, (tp + tn) / (tp + fp + fn + tn));
        Check(c.Precision.Value, tp / (tp + fp));
        Check(c.Recall.Value, tp / (tp + fn));
        Check(c.Specificity.Value, tn / (tn + fp));
        Both(c.BalancedAccuracy, n => ((n[0] / (n[0] + n[2])) + (n[3] / (n[3] + n[1]))) / 2);
        Both(c.F1, n => 2 * n[0] / ((2 * n[0]) + n[1] + n[2]));
        Both(c.Matthews, n => ((n[0] * n[3]) - (n[1] * n[2])) / Math.Sqrt((n[0] + n[1]) * (n[0] + n[2]) * (n[3] + n[1]) * (n[3] + n[2])));

        void Both(Estimate? estimate, Func<double[], double> of)
        {
            double[] counts = [tp, fp, fn, tn];
            Check(estimate?.Value, of(counts));
            // Beside an empty cell a function has no derivative on both sides.
            if (estimate is null || counts.Any(n => n < 1)) return;
            double variance = 0;
            for (int i = 0; i < 4; i++)
            {
                (double[] more, double[] less) = ([.. counts], [.. counts]);
                (more[i], less[i]) = (more[i] + 1e-4, less[i] - 1e-4);
                variance += counts[i] * Math.Pow((of(more) - of(less)) / 2e-4, 2);
            }

            Reference.Near(Math.Sqrt(variance), estimate.Value.Error, "error", relative: 1e-5, absolute: 1e-9);
        }

        static void Check(double? actual, double expected)
        {
            if (double.IsNaN(expected)) Assert.Null(actual);
            else Reference.Near(expected, actual, "value", absolute: 1e-12);
        }
    });

    [Fact]
    public void PValue_OfTheSame_IsOne_AndOfWhatIsFarApart_IsSmall()
    {
        PerformanceMetric Metric(double value, double? error) => new("m", value, null, null, error);
        Assert.Equal(1, Metric(0.5, 0.1).PValueAgainst(Metric(0.5, 0.1)));
        // 1.96 standard errors apart: 0.05.
        Reference.Near(0.05, Metric(0.5, 0.03).PValueAgainst(Metric(0.5 + (0.05 * 1.959963984540054), 0.04)), "p", relative: 1e-9);
        Assert.Null(Metric(0.5, null).PValueAgainst(Metric(0.6, 0.1)));
        Assert.Null(Metric(1, 0).PValueAgainst(Metric(1, 0)));
    }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Length > 1 ? values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) : 0;
    }
}
