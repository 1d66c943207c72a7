using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges whether the rate at which a model is wrong has changed, by detectors that see its panes one after the other.</summary>
internal static class ErrorJudge
{
    /// <summary>The statistic that rules with a detector name: how often the model is right.</summary>
    public const string Statistic = "accuracy";

    /// <summary>What the rules with a detector make of a window, in their order.</summary>
    /// <param name="of">How well the model did in the window, and in the baseline.</param>
    /// <param name="window">The window.</param>
    /// <param name="settings">All rules of the model.</param>
    /// <param name="trends">The detectors; null where there are none, as of a window by itself.</param>
    public static IEnumerable<JudgedErrors> Judge(ComparedPerformance of, ClosedWindow window, JudgementSettings settings, Trends? trends) =>
        from rule in settings.Rules
        where rule.IsOfLabels && rule.Alarm.Form.IsOfErrors && of.Window.Metrics.Any(m => m.Name == Statistic)
        select Judge(of, rule, trends?.SeeErrors(window, rule, settings.Baseline.Hash));

    private static JudgedErrors Judge(ComparedPerformance of, Rule rule, ErrorReading? reading)
    {
        PerformanceMetric now = Accuracy(of.Window), before = Accuracy(of.Reference);
        string name = ErrorDetectors.NameOf(rule.Alarm.Detector!.Value);
        (Judgement judgement, string? why) = Said(rule, name, reading, now, before);
        var statistic = new Statistic(
            Statistic, null, now.Value, now.Low, now.High, null, null, (long)(before.Share?.Rows ?? 0), (long)(now.Share?.Rows ?? 0));
        why = string.Join("; ", new[] { why, PerformanceJudge.Coverage(of.Window) }.OfType<string>());
        return new JudgedErrors(name, reading, new JudgedMetric(Look.Judged(statistic, rule.Id, judgement), now, why is "" ? null : why));
    }

    private static (Judgement, string?) Said(Rule rule, string name, ErrorReading? reading, PerformanceMetric now, PerformanceMetric before)
    {
        if (reading is null) return (Judgement.Insufficient, $"{name} sees the windows of a stream, in their order");
        if (!reading.Changes.IsEmpty) return (Judgement.Drifting, Summary.Of(rule, Change(name, reading.Changes, now, before)));
        if (reading.Rows < reading.Least)
            return (Judgement.Insufficient, $"{name} has seen {Look.Rows(reading.Rows)} with a decision and a label since it started, of {reading.Least}");
        long rows = (long)(now.Share?.Rows ?? 0), least = rule.Alarm.MinRows ?? PerformanceJudge.DefaultMinRows;
        if (rows < least) return (Judgement.Insufficient, $"{Look.Rows(rows)} with a decision and a label, fewer than {least}");
        // It starts anew with each change that it finds, and then takes what it sees for what is usual.
        return (Judgement.Steady, $"{name} has found no change in the {Look.Rows(reading.Rows)} since it started");
    }

    private static string Change(string name, ImmutableArray<FoundChange> changes, PerformanceMetric now, PerformanceMetric before)
    {
        (PaneErrors pane, _) = changes[0];
        string more = changes.Length == 1 ? "" : $", and in {changes.Length - 1} more";
        string value = now.Value is { } accuracy ? $"; accuracy of the window is {Digits(accuracy)}" : "";
        if (value.Length > 0 && before.Value is { } own) value += $", {Digits(own)} in the baseline";
        return $"{name} finds a change in the rate of errors in the pane {EventTime.Format(pane.Start)} to {EventTime.Format(pane.End)}{more}: "
            + $"{Digits(pane.Errors)} errors in {Look.Rows(pane.Rows)}{value}; rows of a pane have no order, so that no row can be named";
    }

    private static PerformanceMetric Accuracy(Performance of) => of.Metrics.First(m => m.Name == Statistic);

    private static string Digits(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
