using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges how well a model is estimated to do in a window, before labels have come: by its scores and what they meant in the baseline.</summary>
internal static class EstimateJudge
{
    /// <summary>The part of a sentence that says what an estimate is worth.</summary>
    public const string Caveat = "estimated from scores before labels, concept drift is invisible to it";

    /// <summary>What the scores of a window lead to expect; null where nobody knows what scores mean, or where it is not counted in one layout.</summary>
    /// <param name="reading">An outcome table and the window's rows in its cells.</param>
    /// <param name="window">The window.</param>
    public static OutcomeEstimate? Estimate(SignalReading reading, ClosedWindow window)
    {
        // What an earlier release has counted may be without the table: a part of a window is not the window.
        if (reading.IsMixed || reading.Counts.Sum() != window.Rows) return null;
        if (OutcomeEstimator.For(reading.Signal.Layout, reading.Signal.Counts.AsSpan()) is not { } estimator) return null;
        EstimatedPerformance all = estimator.Of(reading.Counts.AsSpan()), labelled = estimator.OfLabelled(reading.Counts.AsSpan());
        return new OutcomeEstimate(estimator.OfReference, all) { Labelled = labelled.Rows > 0 && labelled.Rows < all.Rows ? labelled : null };
    }

    /// <summary>What the rules on estimates make of it, in their order.</summary>
    /// <param name="reading">An outcome table and the window's rows in its cells.</param>
    /// <param name="estimate">The estimate, or null.</param>
    /// <param name="window">The window.</param>
    /// <param name="rules">All rules of the model.</param>
    public static IEnumerable<JudgedMetric> Judge(
        SignalReading reading, OutcomeEstimate? estimate, ClosedWindow window, ImmutableArray<Rule> rules) =>
        from rule in rules
        where rule.IsOfEstimates && reading.Signal.LabelKind == LabelKind.Binary
        select Judge(reading, estimate, window, rule, StatisticCatalog.Estimate(rule.Statistic)!);

    private static JudgedMetric Judge(SignalReading reading, OutcomeEstimate? estimate, ClosedWindow window, Rule rule, CatalogEntry entry)
    {
        PerformanceMetric now = MetricOf(estimate?.Window, entry, rule), before = MetricOf(estimate?.Reference, entry, rule);
        (Judgement judgement, string? why) = Said();
        if (judgement == Judgement.Drifting) why = $"{Summary.Of(rule, Summary.OfPerformance(rule, now, before))}; {Caveat}";
        var statistic = new Statistic(
            entry.Name, null, now.Value, now.Low, now.High, null, null, RowsOf(estimate?.Reference, entry), RowsOf(estimate?.Window, entry));
        return new JudgedMetric(Look.Judged(statistic, rule.Id, judgement), now, why);

        (Judgement, string?) Said()
        {
            if (Unready(reading, estimate, window, rule, entry) is { } unready) return (Judgement.Insufficient, unready);
            if (now.Value is not { } value) return (Judgement.Insufficient, $"{entry.Name} of the window is undefined");
            if (rule.Alarm.Form.IsOfValue) return Look.Threshold(rule.Alarm, entry.Name, value, now.Low, now.High);
            if (before.Value is not { } own) return (Judgement.Insufficient, $"{entry.Name} of the baseline is undefined");
            // Both are by one calibration: what the baseline leaves unsure is in the error of the window's already.
            return Look.Threshold(rule.Alarm, entry.Name, value - own, now.Low - own, now.High - own);
        }
    }

    private static string? Unready(SignalReading reading, OutcomeEstimate? estimate, ClosedWindow window, Rule rule, CatalogEntry entry)
    {
        if (reading.IsMixed) return SignalReading.Mixed;
        if (window.Rows < window.Window.MinRows) return $"{Look.Rows(window.Rows.Value)}, fewer than {window.Window.MinRows}";
        if (reading.Counts.Sum() != window.Rows) return $"{entry.Name}: not all rows were counted by score and decision";
        if (estimate is null) return $"{entry.Name}: {Lacking(reading.Signal)}";
        if (!IsOfScores(entry) && !OutcomeCells.HasDecision(reading.Signal)) return $"{entry.Name}: the model has no decision";
        long rows = RowsOf(estimate.Window, entry), least = rule.Alarm.MinRows ?? PerformanceJudge.DefaultMinRows;
        if (rows < least) return $"{entry.Name}: {Digits(rows)} rows with a score{(IsOfScores(entry) ? "" : " and a decision")}, fewer than {Digits(least)}";
        return estimate.Window.Void is { } why ? $"{entry.Name} is void: {why}" : null;
    }

    private static string Lacking(BaselineSignal signal) => OutcomeCells.ScoreOf(signal) is null
        ? "the model has no score"
        : $"fewer than {ScoreCalibration.LeastRows} rows of the baseline have a score and a positive label, or a negative one";

    // The name of the statistic, with an interval of the rule's confidence.
    private static PerformanceMetric MetricOf(EstimatedPerformance? of, CatalogEntry entry, Rule rule) => of is null
        ? new PerformanceMetric(entry.Name, null, null, null, null)
        : of.Metric(entry.Estimates!).WithConfidence(rule.Alarm.Confidence ?? Performance.UsualConfidence) with { Name = entry.Name };

    private static bool IsOfScores(CatalogEntry entry) => entry.Estimates == EstimatedPerformance.RocAucName;

    private static long RowsOf(EstimatedPerformance? of, CatalogEntry entry) => of is null ? 0 : IsOfScores(entry) ? of.Rows : of.Decided;

    private static string Digits(long rows) => rows.ToString(CultureInfo.InvariantCulture);
}
