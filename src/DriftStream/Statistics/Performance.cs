using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>A number that says how well a model does.</summary>
/// <param name="Name">Its name in every message.</param>
/// <param name="Value">Null where it is undefined.</param>
/// <param name="Low">
/// Lower end of the interval of the wanted confidence, of rows that are independent; it begins where <see cref="LeftOpen"/> does. Null where there is none.
/// </param>
/// <param name="High">Upper end.</param>
/// <param name="Error">Its standard error; null where there is none.</param>
public sealed record PerformanceMetric(string Name, double? Value, double? Low, double? High, double? Error)
{
    /// <summary>A greater value is a better one; null where the best one lies in between, or where none is better.</summary>
    public bool? GreaterIsBetter { get; init; } = true;

    /// <summary>Where the value of the raw rows lies, of which only cells are known; null where the value is exact.</summary>
    public Interval? LeftOpen { get; init; }

    /// <summary>The rows that count and the rows they are of, where it is a share of rows.</summary>
    public Share? Share { get; init; }

    /// <summary>
    /// Whether it differs from the same metric of an independent sample, two-sided: of shares by the score test, as their intervals are, else the difference
    /// over its standard error, normal. Null where either has no standard error or one of 0, as that of a few rows that are all right: it says nothing.
    /// </summary>
    public double? PValueAgainst(PerformanceMetric other)
    {
        if (Share is { Rows: > 0 } now && other.Share is { Rows: > 0 } before)
            return Statistic.Reported(Proportions.PValueOfDifference(now.Events, now.Rows, before.Events, before.Rows));
        return Error > 0 && other.Error > 0 ? PValue(other, other.Error) : null;
    }

    /// <summary>
    /// Of an estimate, whether the value that labels have shown of the same rows differs from it by more than its own standard error, which covers the chance
    /// of these labels. Null where one of them is not known.
    /// </summary>
    /// <param name="realised">The same metric, of labels.</param>
    public double? PValueOfRealised(PerformanceMetric realised) => PValue(realised, 0);

    /// <summary>Of a metric from 0 to 1 of which all is known that its error tells: the same with a normal interval of that confidence.</summary>
    internal PerformanceMetric WithConfidence(double confidence) => (Value, Error) is ({ } value, { } error)
        ? this with
        {
            Low = Math.Max(0, value - (Proportions.Quantile(confidence) * error)),
            High = Math.Min(1, value + (Proportions.Quantile(confidence) * error)),
        }
        : this;

    /// <summary>Where the value of the raw rows lies; null where the value is exact, or undefined.</summary>
    /// <param name="other">Less this one's; null for the value itself.</param>
    internal Interval? OpenAbove(PerformanceMetric? other)
    {
        if (Value is not { } own || (LeftOpen ?? other?.LeftOpen) is null) return null;
        Interval now = LeftOpen ?? new Interval(own, own);
        if (other is null) return now;
        if (other.Value is not { } others) return null;
        Interval before = other.LeftOpen ?? new Interval(others, others);
        return new Interval(now.Low - before.High, now.High - before.Low);
    }

    private double? PValue(PerformanceMetric other, double? errorOfOther)
    {
        if (this is not { Value: { } own, Error: { } ownError } || other.Value is not { } others || errorOfOther is not { } othersError) return null;
        double error = double.Hypot(ownError, othersError);
        return error > 0 ? Statistic.Reported(2 * Normal.Upper(Math.Abs(own - others) / error)) : null;
    }

    /// <summary>
    /// The interval of how much greater it is than in an independent sample: of shares that of Miettinen and Nurminen, of others from both standard errors,
    /// both widened by what is left open. The value itself where it has no standard error; null where either is undefined.
    /// </summary>
    /// <param name="other">The same metric of the other sample.</param>
    /// <param name="confidence">0.95 for 95 %.</param>
    public Interval? Above(PerformanceMetric other, double confidence)
    {
        if (Value is not { } own || other.Value is not { } others) return null;
        double z = Proportions.Quantile(confidence);
        if (Share is { } now && other.Share is { } before) return Proportions.Difference(now.Events, now.Rows, before.Events, before.Rows, z);
        double half = Error is { } error && other.Error is { } errorOfOther ? z * double.Hypot(error, errorOfOther) : 0;
        return new Interval(
            (LeftOpen?.Low ?? own) - (other.LeftOpen?.High ?? others) - half, (LeftOpen?.High ?? own) - (other.LeftOpen?.Low ?? others) + half);
    }
}

/// <summary>How well a model does on rows whose label is known.</summary>
/// <param name="Selected">Of the rows that were selected, how many have a label.</param>
/// <param name="Rejected">Of the rows that were not.</param>
/// <param name="Undecided">Rows without a decision; all of them where the model has none.</param>
/// <param name="Metrics">Always the same ones, in the same order.</param>
public sealed record Performance(LabelCoverage Selected, LabelCoverage Rejected, LabelCoverage Undecided, ImmutableArray<PerformanceMetric> Metrics)
{
    /// <summary>Rows whose label is NaN or infinite, which is none; only where rows are at hand: cells do not tell them from those without a label.</summary>
    public long OddLabels { get; init; }

    /// <summary>The confidence of intervals where no rule asks for another one.</summary>
    public const double UsualConfidence = 0.95;

    /// <summary>Rows of all kinds.</summary>
    public LabelCoverage Labels => new(Selected.Rows + Rejected.Rows + Undecided.Rows, Selected.Labelled + Rejected.Labelled + Undecided.Labelled);

    /// <summary>That of outcomes.</summary>
    /// <param name="outcomes">What is known of the rows.</param>
    /// <param name="classes">Where labels are classes, those that are shown each against the rest.</param>
    public static Performance Of(OutcomeCounts outcomes, ImmutableArray<string> classes = default) =>
        new(outcomes.Selected, outcomes.Rejected, outcomes.Undecided, MetricsOf(outcomes, classes.IsDefault ? [] : classes));

    /// <param name="confusion">Decisions beside labels.</param>
    /// <param name="scores">Scores beside labels.</param>
    /// <returns>The metrics, in the order of the catalogue, with intervals of 95 %.</returns>
    public static ImmutableArray<PerformanceMetric> Of(Confusion confusion, ScoredLabels scores) => MetricsOf(OutcomeCounts.Of(confusion, scores), []);

    internal static ImmutableArray<PerformanceMetric> MetricsOf(OutcomeCounts outcomes, ImmutableArray<string> classes)
    {
        ImmutableArray<CatalogEntry> entries = StatisticCatalog.OfOutcomes(outcomes.Kind);
        return
        [
            .. entries.Where(e => !e.OfClass).Select(e => e.Measure!(outcomes, UsualConfidence, null)),
            .. classes.SelectMany(c => entries.Where(e => e.OfClass).Select(e => e.Measure!(outcomes, UsualConfidence, c))),
        ];
    }

    /// <summary>The share of rows that are decided right, of several classes; what nobody can know of some of them is left open.</summary>
    internal static PerformanceMetric Accuracy(string name, ClassConfusion classes, double confidence)
    {
        Share right = classes.Right;
        PerformanceMetric metric = Metric(name, right, confidence);
        if (classes.Unsure == 0 || metric.Value is not { } value) return metric;
        double z = Proportions.Quantile(confidence), known = right.Events - classes.Unsure;
        return metric with
        {
            Share = null,
            LeftOpen = new Interval(known / right.Rows, value),
            Low = Proportions.Wilson(known, right.Rows, z).Low,
        };
    }

    internal static PerformanceMetric Metric(string name, ResidualQuantile? of)
    {
        if (of is not { } quantile) return new PerformanceMetric(name, null, null, null, null) { GreaterIsBetter = null };
        return new PerformanceMetric(name, quantile.Value, quantile.Low, quantile.High, double.IsFinite(quantile.Error) ? quantile.Error : null)
        {
            GreaterIsBetter = null,
            LeftOpen = quantile.LeftOpen,
        };
    }

    internal static PerformanceMetric Metric(string name, Share share, double confidence)
    {
        if (share.Value is not { } value) return new PerformanceMetric(name, null, null, null, null);
        Interval interval = Proportions.Wilson(share.Events, share.Rows, Proportions.Quantile(confidence));
        return new PerformanceMetric(name, value, interval.Low, interval.High, Math.Sqrt(value * (1 - value) / share.Rows)) { Share = share };
    }

    // Near 1 a normal interval would promise too much: Wilson's of the rows with a positive label, as its error is.
    internal static PerformanceMetric AveragePrecision(ScoredLabels scores, double confidence)
    {
        PerformanceMetric metric = Metric("pr_auc", scores.AveragePrecision, confidence, 0, 1);
        if (metric.Value is not { } value) return metric;
        double rows = scores.Positives, z = Proportions.Quantile(confidence);
        return metric with
        {
            Low = Proportions.Wilson((metric.LeftOpen?.Low ?? value) * rows, rows, z).Low,
            High = Proportions.Wilson((metric.LeftOpen?.High ?? value) * rows, rows, z).High,
        };
    }

    internal static PerformanceMetric Metric(string name, Estimate? estimate, double confidence, double least, double most)
    {
        if (estimate is not { Value: var value, Error: var error, LeftOpen: var open } || double.IsNaN(value))
            return new PerformanceMetric(name, null, null, null, null);
        // Numbers that are too great for a double have an error that nobody can compute: there is no interval then, and none is said.
        if (error is { } infinite && !double.IsFinite(infinite)) error = null;
        var metric = new PerformanceMetric(name, value, null, null, error) { LeftOpen = open };
        if (error is null) return metric;
        double half = Proportions.Quantile(confidence) * error.Value;
        return metric with { Low = Math.Max(least, (open?.Low ?? value) - half), High = Math.Min(most, (open?.High ?? value) + half) };
    }
}
