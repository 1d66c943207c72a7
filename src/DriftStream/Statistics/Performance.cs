using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>A number that says how well a model does.</summary>
/// <param name="Name">Its name in every message.</param>
/// <param name="Value">Null where it is undefined.</param>
/// <param name="Low">Lower end of the 95 % interval, of rows that are independent; null where there is none.</param>
/// <param name="High">Upper end.</param>
/// <param name="Error">Its standard error; null where there is none.</param>
public sealed record PerformanceMetric(string Name, double? Value, double? Low, double? High, double? Error)
{
    /// <summary>A greater value is a better one; null where neither is.</summary>
    public bool? GreaterIsBetter { get; init; } = true;

    /// <summary>
    /// Whether it differs from the same metric of an independent sample: p of the difference over its standard error, normal, two-sided. Null where either
    /// has no standard error, or both none at all.
    /// </summary>
    public double? PValueAgainst(PerformanceMetric other) => PValue(other, other.Error);

    /// <summary>
    /// Of an estimate, whether the value that labels have shown of the same rows differs from it by more than its own standard error, which covers the chance
    /// of these labels. Null where one of them is not known.
    /// </summary>
    /// <param name="realised">The same metric, of labels.</param>
    public double? PValueOfRealised(PerformanceMetric realised) => PValue(realised, 0);

    private double? PValue(PerformanceMetric other, double? errorOfOther)
    {
        if (this is not { Value: { } own, Error: { } ownError } || other.Value is not { } others || errorOfOther is not { } othersError) return null;
        double error = Math.Sqrt((ownError * ownError) + (othersError * othersError));
        return error > 0 ? Statistic.Reported(2 * Normal.Upper(Math.Abs(own - others) / error)) : null;
    }
}

/// <summary>How well a model does on rows whose label is known.</summary>
/// <param name="Selected">Of the rows that were selected, how many have a label.</param>
/// <param name="Rejected">Of the rows that were not.</param>
/// <param name="Undecided">Rows without a decision; all of them where the model has none.</param>
/// <param name="Metrics">Always the same ones, in the same order.</param>
public sealed record Performance(LabelCoverage Selected, LabelCoverage Rejected, LabelCoverage Undecided, ImmutableArray<PerformanceMetric> Metrics)
{
    /// <summary>The normal quantile of the intervals.</summary>
    private static readonly double Z = Proportions.Quantile(0.95);

    /// <summary>Rows of all kinds.</summary>
    public LabelCoverage Labels => new(Selected.Rows + Rejected.Rows + Undecided.Rows, Selected.Labelled + Rejected.Labelled + Undecided.Labelled);

    /// <param name="confusion">Decisions beside labels.</param>
    /// <param name="scores">Scores beside labels.</param>
    /// <returns>The metrics: those of decisions first, then those of scores.</returns>
    public static ImmutableArray<PerformanceMetric> Of(in Confusion confusion, ScoredLabels scores) =>
    [
        Metric("accuracy", confusion.Accuracy),
        Metric("balanced_accuracy", confusion.BalancedAccuracy, 0, 1),
        Metric("precision", confusion.Precision),
        Metric("recall", confusion.Recall),
        Metric("specificity", confusion.Specificity),
        Metric("f1", confusion.F1, 0, 1),
        Metric("mcc", confusion.Matthews, -1, 1),
        Metric("roc_auc", scores.RocAuc, 0, 1),
        new PerformanceMetric("average_precision", scores.AveragePrecision, null, null, null),
        new PerformanceMetric("score_ks", scores.Separation, null, null, null),
        Metric("log_loss", scores.LogLoss, 0, double.PositiveInfinity) with { GreaterIsBetter = false },
        Metric("brier", scores.Brier, 0, 1) with { GreaterIsBetter = false },
        new PerformanceMetric("calibration_error", scores.CalibrationError, null, null, null) { GreaterIsBetter = false },
        Metric("calibration_bias", scores.CalibrationBias, -1, 1) with { GreaterIsBetter = null },
    ];

    private static PerformanceMetric Metric(string name, Share share)
    {
        if (share.Value is not { } value) return new PerformanceMetric(name, null, null, null, null);
        Interval interval = Proportions.Wilson(share.Events, share.Rows, Z);
        return new PerformanceMetric(name, value, interval.Low, interval.High, Math.Sqrt(value * (1 - value) / share.Rows));
    }

    private static PerformanceMetric Metric(string name, Estimate? estimate, double least, double most) => estimate is var (value, error)
        ? new PerformanceMetric(name, value, Math.Max(least, value - (Z * error)), Math.Min(most, value + (Z * error)), error)
        : new PerformanceMetric(name, null, null, null, null);
}
