using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges how well a model does in a window: its outcome table beside the baseline's.</summary>
internal static class PerformanceJudge
{
    /// <summary>With fewer rows a metric is not judged, unless a rule says otherwise.</summary>
    public const long DefaultMinRows = 100;

    private const string Test = "z";

    /// <summary>The metrics, and what the rules make of them.</summary>
    /// <param name="reading">The outcomes of the window, in the cells of the baseline's.</param>
    /// <param name="table">The same beside those of the baseline.</param>
    /// <param name="window">The window.</param>
    /// <param name="settings">The rules.</param>
    /// <param name="trends">Detectors that look at the errors of all windows; null where there are none.</param>
    public static ComparedPerformance Judge(
        SignalReading reading, OutcomePair table, ClosedWindow window, JudgementSettings settings, Trends? trends)
    {
        OutcomeEstimate? estimate = EstimateJudge.Estimate(reading, window);
        ImmutableArray<string> classes = ClassesOf(table.Before, settings.Rules);
        var of = new ComparedPerformance(Performance.Of(table.Before, classes), Performance.Of(table.Now, classes));
        ImmutableArray<JudgedErrors> errors = [.. ErrorJudge.Judge(of, window, settings, trends)];
        return of with
        {
            Judged =
            [
                .. settings.Rules.Where(r => r.IsOfLabels && r.Alarm.Form.TakesConfidence)
                    .Select(r => (Rule: r, Entry: r.MetricOf(table.Kind))).Where(r => r.Entry is not null)
                    .Select(r => Judge(table, window, r.Rule, r.Entry!)),
                .. errors.Select(e => e.Judged),
                .. EstimateJudge.Judge(reading, estimate, window, settings.Rules),
            ],
            Errors = errors,
            Estimate = estimate,
            AwaitsLabels = settings.LabelsComeLater,
            Costs = settings.Costs is { } costs && table.Kind == LabelKind.Binary ? Cost(costs, table, estimate, settings.LabelsComeLater) : null,
        };
    }

    // Errors that nobody can see cost too: labels of the selected alone would make a model cheaper the more it turns away.
    private static OutcomeCosts Cost(ErrorCosts costs, OutcomePair table, OutcomeEstimate? estimate, bool labelsComeLater)
    {
        string? why = labelsComeLater ? null : Unlabelled(table.Now), before = Unlabelled(table.Before);
        EstimatedPerformance? expected = why is null ? estimate?.Labelled ?? estimate?.Window : estimate?.Window;
        return new OutcomeCosts(
            costs, before is null ? costs.Of(table.Before.Confusion) : null, why is null ? costs.Of(table.Now.Confusion) : null,
            expected is null ? null : costs.Of(expected))
        { Why = why };
    }

    /// <summary>What one rule makes of a metric.</summary>
    public static JudgedMetric JudgeMetric(Rule rule, OutcomePair table, ClosedWindow window) =>
        Judge(table, window, rule, rule.MetricOf(table.Kind)!);

    /// <summary>What a rule makes of what errors cost a row.</summary>
    public static (JudgedStatistic Statistic, string? Why) JudgeCost(Rule rule, ErrorCosts costs, OutcomePair table, ClosedWindow window)
    {
        RowCosts? now = costs.Of(table.Now.Confusion, rule.Alarm.Confidence ?? Performance.UsualConfidence);
        (Judgement judgement, string? why) = Said();
        var statistic = new Statistic(rule.Statistic, null, now?.PerRow, now?.Interval?.Low, now?.Interval?.High, null, null,
            (long)table.Before.Confusion.Rows, (long)table.Now.Confusion.Rows);
        return (Look.Judged(statistic, rule.Id, judgement), why);

        (Judgement, string?) Said()
        {
            long rows = (long)table.Now.Confusion.Rows, least = rule.Alarm.MinRows ?? DefaultMinRows;
            if (table.IsMixed) return (Judgement.Insufficient, SignalReading.Mixed);
            if (Unlabelled(table.Now) is { } unlabelled) return (Judgement.Insufficient, unlabelled);
            return now is null || rows < least
                ? (Judgement.Insufficient, $"{Look.Rows(rows)} with a decision and a label, fewer than {Digits(least)}")
                : Look.Threshold(rule.Alarm, rule.Statistic, now.PerRow, now.Interval?.Low, now.Interval?.High);
        }
    }

    // The classes that the baseline has most of, and those that rules name: the same for both.
    private static ImmutableArray<string> ClassesOf(OutcomeCounts before, ImmutableArray<Rule> rules)
    {
        if (before.Classes is not { } classes) return [];
        IEnumerable<string> named = rules.Where(r => r.IsOfLabels).Select(r => r.Class).OfType<string>();
        return [.. classes.Classes.Concat(named).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static JudgedMetric Judge(OutcomePair table, ClosedWindow window, Rule rule, CatalogEntry entry)
    {
        double confidence = rule.Alarm.Confidence ?? Performance.UsualConfidence;
        PerformanceMetric now = entry.Measure!(table.Now, confidence, rule.Class), before = entry.Measure!(table.Before, confidence, rule.Class);
        (Judgement judgement, string? why) = Said();
        double? p = now.PValueAgainst(before);
        (long rowsBefore, long rowsNow) = (entry.Basis!.Rows(table.Before, rule.Class), entry.Basis.Rows(table.Now, rule.Class));
        var statistic = new Statistic(now.Name, null, now.Value, now.Low, now.High, p, p is null ? null : Test, rowsBefore, rowsNow);
        if (judgement == Judgement.Drifting) why = Summary.Of(rule, Summary.OfPerformance(rule, now, before));
        if (window.Rows >= window.Window.MinRows && !table.IsMixed)
            why = string.Join("; ", new[] { why, Coverage(table.Now) }.OfType<string>());
        return new JudgedMetric(Look.Judged(statistic, rule.Id, judgement), now, why is "" ? null : why)
        {
            // No bound is known for the slope of a logistic regression; where cells of scores are wider than a value, it is of their middles.
            OfCells = now is { Value: not null, LeftOpen: not null }
                || (entry is { OfProbabilities: true, OfBothLabels: true } && table.Now.Scores.Brier?.LeftOpen is not null),
        };

        (Judgement, string?) Said()
        {
            if (Unready(table, window, rule, entry) is { } unready) return (Judgement.Insufficient, unready);
            if (now.Value is not { } value) return (Judgement.Insufficient, Undefined(entry, now.Name, table.Now, "the window"));
            if (rule.Alarm.Confidence is not null && Unsure(now, before, rule) is { } unsure) return (Judgement.Insufficient, unsure);
            // Scores are known to a hundredth: a rule without a confidence does not ask. A number may be anything, and so may a class that is not told.
            Interval? open = table.Kind == LabelKind.Binary ? null : now.OpenAbove(rule.Alarm.Form.IsOfValue ? null : before);
            if (rule.Alarm.Form.IsOfValue) return Look.Threshold(rule.Alarm, now.Name, value, now.Low, now.High, open);
            if (before.Value is not { } own) return (Judgement.Insufficient, Undefined(entry, now.Name, table.Before, "the baseline"));
            Interval? change = now.Above(before, confidence);
            return Look.Threshold(rule.Alarm, now.Name, value - own, change?.Low, change?.High, open);
        }
    }

    // A confidence was asked for, and nobody knows how sure the value is: its numbers are too great, or lie beyond all cells.
    private static string? Unsure(PerformanceMetric now, PerformanceMetric before, Rule rule)
    {
        bool isKnown = rule.Alarm.Form.IsOfValue ? now.Low is not null || now.High is not null : HasError(now) && HasError(before);
        return isKnown ? null : $"{now.Name}: no interval of it can be computed, its numbers are too great";

        static bool HasError(PerformanceMetric of) => of.Share is not null || of.Error is not null || of.Value is null;
    }

    // What must be there before a value means anything; null where it is.
    private static string? Unready(OutcomePair table, ClosedWindow window, Rule rule, CatalogEntry entry)
    {
        if (table.IsMixed) return SignalReading.Mixed;
        if (window.Rows < window.Window.MinRows) return $"{Look.Rows(window.Rows.Value)}, fewer than {window.Window.MinRows}";
        string name = StatisticCatalog.NameOf(entry.Name, rule.Class);
        if (table.Lacks(entry) is { } lacks) return $"{name}: the model has no {lacks}";
        string? unlabelled = entry.Basis == OutcomeBasis.Selected ? null : Unlabelled(table.Now);
        return unlabelled is null ? Few(table.Now, "") ?? (rule.Alarm.Form.IsOfValue ? null : Few(table.Before, " of the baseline"))
            : $"{name}: {unlabelled}";

        string? Few(OutcomeCounts of, string where)
        {
            long rows = entry.Basis!.Rows(of, rule.Class), least = rule.Alarm.MinRows ?? DefaultMinRows;
            (long positive, long negative) = entry.Basis.Labels(of.Confusion, of.Scores);
            if (rows < least) return $"{name}: {Digits(rows)} {entry.Basis.Words}{where}, fewer than {Digits(least)}";
            if (!entry.OfBothLabels || Math.Min(positive, negative) >= OutcomeBasis.LeastOfLabel) return null;
            return $"{name}: of {Digits(rows)} {entry.Basis.Words}{where} {Digits(Math.Min(positive, negative))} "
                + $"have the {(positive < negative ? "positive" : "negative")} one, fewer than {OutcomeBasis.LeastOfLabel}";
        }
    }

    // Where only those that were selected have labels, no positive one was missed: recall is 1, and all else is of another kind of rows than the reference.
    private static string? Unlabelled(OutcomeCounts rows)
    {
        (LabelCoverage Of, string Name)[] sides = [(rows.Selected, "selected"), (rows.Rejected, "not selected")];
        foreach ((LabelCoverage of, string name) in sides)
        {
            if (of.Labelled < Math.Min(OutcomeBasis.LeastOfLabel, of.Rows))
                return $"{(of.Labelled == 0 ? "none" : Digits(of.Labelled))} of the {Digits(of.Rows)} rows that were {name} "
                    + $"{(of.Labelled > 1 ? "have" : "has")} a label, fewer than {OutcomeBasis.LeastOfLabel}";
        }

        return null;
    }

    private static string Undefined(CatalogEntry entry, string name, OutcomeCounts of, string where) =>
        entry.OfProbabilities && !of.Scores.AreProbabilities
            ? $"{name} is of probabilities, and {where} has scores that are not between 0 and 1"
            : $"{name} of {where} is undefined";

    /// <summary>Labels that exist for the selected alone bias all that is said; null where every row has one.</summary>
    public static string? Coverage(OutcomeCounts of) => of.Kind == LabelKind.Binary
        ? Coverage(of.Selected, of.Rejected, of.Undecided, of.Confusion, of.Scores.Positives)
        : Known(of.Selected, of.Rejected, of.Undecided);

    /// <summary><c>labels are known of 40 % of rows: 98 % of the selected, 3 % of the others</c>; null where every row has one.</summary>
    public static string? Coverage(Performance of) => Known(of.Selected, of.Rejected, of.Undecided);

    private static string? Coverage(LabelCoverage selected, LabelCoverage rejected, LabelCoverage undecided, Confusion confusion, long positives)
    {
        long labelled = selected.Labelled + rejected.Labelled + undecided.Labelled;
        // Any other value is a negative label: one that is spelled otherwise than the configuration says makes all of them negative.
        if (labelled > 0 && confusion.TruePositive + confusion.FalseNegative + positives == 0)
            return $"none of {Look.Rows(labelled)} with a label has the positive one";
        return Known(selected, rejected, undecided);
    }

    private static string? Known(LabelCoverage selected, LabelCoverage rejected, LabelCoverage undecided)
    {
        long rows = selected.Rows + rejected.Rows + undecided.Rows, labelled = selected.Labelled + rejected.Labelled + undecided.Labelled;
        if (rows == labelled) return null;
        string text = $"labels are known of {Summary.Percent(labelled / (double)rows)} of rows";
        if (selected.Rows + rejected.Rows == 0) return text;
        text += $": {Share(selected)} of the selected, {Share(rejected)} of the others";
        return undecided.Rows == 0 ? text : $"{text}, {Share(undecided)} of those without a decision";

        static string Share(LabelCoverage of) => of.Share is { } share ? Summary.Percent(share) : "none";
    }

    private static string Digits(long rows) => rows.ToString(CultureInfo.InvariantCulture);
}
