using System.Collections.Immutable;
using System.Globalization;

namespace DriftStream.Statistics;

/// <summary>Rows with one score, or with one cell of scores, by what was decided.</summary>
public readonly record struct ScoredDecisions(double Score, long Rejected, long Selected, long Undecided)
{
    /// <summary>All of them.</summary>
    public long Rows => Rejected + Selected + Undecided;
}

/// <summary>
/// How well a model does on rows whose labels are not known yet, estimated from their scores: each row counts for as much of a positive label as its score
/// says, by what the reference's labels say of that score (confidence-based performance estimation, CBPE; NannyML).
/// </summary>
/// <remarks>
/// It holds as long as a score means what it meant: that labels depend on the columns otherwise than before, concept drift, is invisible to it. Where scores
/// come that the reference hardly has labels of, it is void.
/// </remarks>
/// <param name="Rows">Rows with a score.</param>
/// <param name="Outside">
/// Of these, how many have a score of which the reference has hardly any label: one beyond all that have a label or, of cells, those of
/// <see cref="OutcomeEstimator"/>.
/// </param>
/// <param name="TruePositive">Expected rows that are selected, and whose label is positive.</param>
/// <param name="FalsePositive">Expected rows that are selected, and whose label is negative.</param>
/// <param name="FalseNegative">Expected rows that are not selected, and whose label is positive.</param>
/// <param name="TrueNegative">Expected rows that are not selected, and whose label is negative.</param>
/// <param name="Metrics">
/// Always the same ones, in the same order. The standard error is that of what labels will show: chance of as many labels, and that of the reference's own.
/// </param>
public sealed record EstimatedPerformance(
    long Rows, long Outside, double TruePositive, double FalsePositive, double FalseNegative, double TrueNegative, ImmutableArray<PerformanceMetric> Metrics)
{
    /// <summary>What it rests on, and what it cannot see, for people.</summary>
    public const string About =
        "from the scores, by what the reference's labels say of them; that labels depend on the columns otherwise than before (concept drift) is invisible to "
        + "it";

    /// <summary>A greater share of rows than this with scores of which nothing is known leaves nothing to rely on: it may be off by as much.</summary>
    public const double MostOutside = 0.01;

    private static readonly double Z = Proportions.Quantile(0.95);

    /// <summary>The one metric that is of scores alone; the others are of rows that also have a decision.</summary>
    internal const string RocAucName = "roc_auc";

    /// <summary>The metrics, in their order.</summary>
    public static ImmutableArray<string> Names { get; } = ["accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", RocAucName];

    /// <summary>Why it means nothing; null where it does. It says nothing of concept drift, which it cannot see.</summary>
    public string? Void => Rows == 0 ? "no row has a score"
        : Outside > MostOutside * Rows
            ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * Outside / Rows:0.#} % of rows have scores of which the reference has hardly any label")
            : null;

    /// <summary>Rows with a score and a decision.</summary>
    public required long Decided { get; init; }

    /// <summary>The metric of a name in <see cref="Names"/>.</summary>
    public PerformanceMetric Metric(string name) => Metrics[Names.IndexOf(name)];

    /// <param name="calibration">What scores mean, by the reference.</param>
    /// <param name="rows">The window's rows with a score, in any order.</param>
    /// <param name="outside"><see cref="Outside"/>; null for those beyond all scores of the reference that have a label.</param>
    public static EstimatedPerformance Of(ScoreCalibration calibration, IEnumerable<ScoredDecisions> rows, long? outside = null)
    {
        ScoredDecisions[] cells = [.. rows.Where(r => r.Rows > 0).OrderBy(r => r.Score)];
        double[] p = [.. cells.Select(c => calibration.ProbabilityOf(c.Score))];
        double selected = 0, rejected = 0, tp = 0, fn = 0;
        for (int i = 0; i < cells.Length; i++)
        {
            (selected, rejected) = (selected + cells[i].Selected, rejected + cells[i].Rejected);
            (tp, fn) = (tp + (cells[i].Selected * p[i]), fn + (cells[i].Rejected * p[i]));
        }

        double fp = selected - tp, tn = rejected - fn, all = selected + rejected, positive = tp + fn, negative = fp + tn;
        var spread = new Spreads(calibration, cells, p);
        long beyond = outside ?? cells.Where(c => c.Score < calibration.Least || c.Score > calibration.Greatest).Sum(c => c.Rows);
        double recall = tp / positive, specificity = tn / negative, f1 = 2 * tp / (selected + positive);
        return new EstimatedPerformance(cells.Sum(c => c.Rows), beyond, tp, fp, fn, tn,
        [
            // By what a row's label adds to each: of a row that is selected, then of one that is not.
            Metric("accuracy", (tp + tn) / all, spread.OfDecisions(1 / all, -1 / all)),
            Metric("balanced_accuracy", (recall + specificity) / 2,
                spread.OfDecisions(((1 - recall) / positive + (specificity / negative)) / 2, ((-recall / positive) - ((1 - specificity) / negative)) / 2)),
            Metric("precision", tp / selected, spread.OfDecisions(1 / selected, 0)),
            Metric("recall", recall, spread.OfDecisions((1 - recall) / positive, -recall / positive)),
            Metric("specificity", specificity, spread.OfDecisions(specificity / negative, -(1 - specificity) / negative)),
            Metric("f1", f1, spread.OfDecisions((2 - f1) / (selected + positive), -f1 / (selected + positive))),
            RocAuc(cells, p, spread),
        ])
        {
            Decided = cells.Sum(c => c.Selected + c.Rejected),
        };
    }

    // How often a positive label has the greater score than a negative one, each row being as much of both as its probability says.
    private static PerformanceMetric RocAuc(ScoredDecisions[] cells, double[] p, Spreads spread)
    {
        double positives = 0, negatives = 0;
        for (int i = 0; i < cells.Length; i++) (positives, negatives) = (positives + (cells[i].Rows * p[i]), negatives + (cells[i].Rows * (1 - p[i])));
        var slope = new double[cells.Length];
        double below = 0, above = positives, area = 0;
        for (int i = 0; i < cells.Length; i++)
        {
            double a = cells[i].Rows * p[i], b = cells[i].Rows * (1 - p[i]);
            above -= a;
            area += a * (below + (b / 2));
            slope[i] = below + (b / 2) - above - (a / 2);
            below += b;
        }

        double pairs = positives * negatives, value = area / pairs;
        for (int i = 0; i < slope.Length; i++) slope[i] = (slope[i] / pairs) - (value / positives) + (value / negatives);
        return Metric(RocAucName, value, spread.OfScores(slope));
    }

    private static PerformanceMetric Metric(string name, double value, double error) => double.IsFinite(value) && double.IsFinite(error)
        ? new PerformanceMetric(name, value, Math.Max(0, value - (Z * error)), Math.Min(1, value + (Z * error)), error)
        : new PerformanceMetric(name, null, null, null, null);

    /// <summary>The standard error of a number by what the labels of rows add to it.</summary>
    private sealed class Spreads(ScoreCalibration calibration, ScoredDecisions[] cells, double[] p)
    {
        private readonly int[] _blocks = [.. cells.Select(c => calibration.BlockOf(c.Score))];

        public double OfDecisions(double selected, double rejected) =>
            Error(i => (cells[i].Selected * selected * selected) + (cells[i].Rejected * rejected * rejected),
                i => (cells[i].Selected * selected) + (cells[i].Rejected * rejected));

        public double OfScores(double[] slope) => Error(i => cells[i].Rows * slope[i] * slope[i], i => cells[i].Rows * slope[i]);

        // Labels are drawn row by row; the reference's rows of a block are all wrong together.
        private double Error(Func<int, double> squares, Func<int, double> sum)
        {
            double variance = 0;
            var ofBlock = new double[calibration.Blocks.Length];
            for (int i = 0; i < cells.Length; i++)
            {
                variance += squares(i) * p[i] * (1 - p[i]);
                ofBlock[_blocks[i]] += sum(i);
            }

            for (int b = 0; b < ofBlock.Length; b++) variance += ofBlock[b] * ofBlock[b] * calibration.Blocks[b].Variance;
            return Math.Sqrt(variance);
        }
    }
}
