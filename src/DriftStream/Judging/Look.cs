using System.Globalization;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>One rule looking at one statistic of one signal.</summary>
internal sealed class Look(Rule rule, Statistic statistic, double? ofBaseline, Interval? change, long minRows)
{
    private readonly Alarm _alarm = rule.Alarm;

    public Rule Rule { get; } = rule;

    public Statistic Statistic { get; } = statistic;

    /// <summary>The Benjamini-Hochberg adjusted p-value of a calibrated look, once the whole window is known.</summary>
    public double? AdjustedP { get; set; }

    /// <summary>What the detector of its rule says of the window; null where it has none or did not see it.</summary>
    public TrendReading? Trend { get; private set; }

    /// <summary>Why the reference has too few rows for the window; null where they are enough.</summary>
    public string? FewReference { get; init; }

    /// <summary>The alarm that must speak too: the rule's own, or with a confidence that the rule does not ask for.</summary>
    public required Alarm Sure { get; init; }

    /// <summary>The statistic leaves rows out that hold no value, and the window has such rows.</summary>
    public bool OfValues { get; init; }

    /// <summary>Whether its p-value belongs to the window's family.</summary>
    public bool IsCalibrated => _alarm.Form.IsCalibrated && EnoughRows && FewReference is null && Statistic.PValue is not null;

    private bool EnoughRows => Statistic.Name == RowRates.Volume || Statistic.WindowRows >= minRows;

    /// <summary>The rule's judgement and, where it cannot say, why.</summary>
    public (Judgement Judgement, string? Why) Judge()
    {
        if (!EnoughRows)
            return (Judgement.Insufficient, $"{Statistic.Name}: {Rows(Statistic.WindowRows)}{(OfValues ? " with a value" : "")}, fewer than {Text(minRows)}");
        if (FewReference is { } few) return (Judgement.Insufficient, $"{Statistic.Name}: {few}");
        if (Statistic.Value is not { } value)
            return (Judgement.Insufficient, Rule.Cells is { } cells ? $"{Statistic.Name}: the baseline lacks a cell of {string.Join(", ", cells)}"
                : $"{Statistic.Name} is undefined");
        return _alarm.Form.Measure switch
        {
            AlarmMeasure.Value => Limit(value, Statistic.Low, Statistic.High),
            AlarmMeasure.Change => Change(value),
            AlarmMeasure.PValue => Calibrated(value),
            AlarmMeasure.Trend => OfTrend(),
            AlarmMeasure.Errors => throw new InvalidOperationException("errors are of the whole model"),
        };
    }

    /// <summary>Shows the value to the detector of its rule, if it has one.</summary>
    public void Show(Trends trends, ClosedWindow window, string signal, string baseline)
    {
        if (!_alarm.Form.IsTrend || !EnoughRows || FewReference is not null || Statistic.Value is not { } value) return;
        Trend = trends.See(window, signal, Rule, baseline, value);
    }

    /// <summary>The look as the verdict shows it.</summary>
    public JudgedStatistic Judged() => Judged(Statistic, Rule.Id, Judge().Judgement) with { Trend = Trend };

    /// <summary>A statistic that no rule looks at.</summary>
    public static JudgedStatistic Unjudged(Statistic statistic) => Judged(statistic, null, Judgement.Unjudged);

    internal static JudgedStatistic Judged(Statistic s, string? rule, Judgement judgement) => new(
        s.Name, s.Convention, s.Value, Finite(s.Low), Finite(s.High), s.PValue, s.Test, s.ReferenceRows, s.WindowRows,
        rule, judgement == Judgement.Drifting, judgement);

    private (Judgement Judgement, string? Why) Change(double value)
    {
        if (ofBaseline is not { } own) return (Judgement.Insufficient, $"{Statistic.Name} of the baseline is undefined");
        return Limit(value - own, change?.Low ?? (Statistic.Low - own), change?.High ?? (Statistic.High - own));
    }

    private (Judgement Judgement, string? Why) Limit(double value, double? low, double? high)
    {
        (Judgement Judgement, string? Why) judged = Threshold(_alarm, Statistic.Name, value, low, high);
        return judged.Judgement == Judgement.Drifting ? Threshold(Sure, Statistic.Name, value, low, high) : judged;
    }

    private (Judgement Judgement, string? Why) OfTrend()
    {
        string name = _alarm.Trend!.Name;
        if (Trend is not { } trend) return (Judgement.Insufficient, $"{Statistic.Name}: {name} sees no incomplete window, and none twice");
        if (trend.Found) return (Judgement.Drifting, null);
        return trend.IsReady ? (Judgement.Steady, null)
            : (Judgement.Insufficient, $"{Statistic.Name}: {name} has seen {Text(trend.Windows)} windows of {Text(trend.Least)} since it started");
    }

    private (Judgement Judgement, string? Why) Calibrated(double value)
    {
        if (AdjustedP is not { } p) return (Judgement.Insufficient, $"{Statistic.Name}: too sparse");
        return (p <= _alarm.Value && value >= _alarm.MinEffect ? Judgement.Drifting : Judgement.Steady, null);
    }

    /// <summary>What is said of an interval that tells neither.</summary>
    internal const string Straddles = " straddles ";

    /// <summary>
    /// Compares the value with the alarm's; where a confidence is asked for, the whole interval, and else all that cells leave open (<c>open</c>), if they do.
    /// </summary>
    internal static (Judgement Judgement, string? Why) Threshold(
        Alarm alarm, string name, double value, double? low, double? high, Interval? open = null)
    {
        (double limit, bool below) = (alarm.Limit, alarm.Form.Below);
        if (alarm.Confidence is null) (low, high) = (open is { } left ? (Near(left.Low), Near(left.High)) : (value, value));
        // A statistic with a lower end but no upper one is unbounded above.
        (double from, double to) = (low ?? value, high ?? (low is null ? value : double.PositiveInfinity));
        if (below ? to < limit : from > limit) return (Judgement.Drifting, null);
        if (below ? from >= limit : to <= limit) return (Judgement.Steady, null);
        if (open is { } cells && (double.IsInfinity(cells.Low) || double.IsInfinity(cells.High))) return (Judgement.Insufficient, Unbounded(name, from, to));
        string interval = alarm.Confidence is null && open is not null ? "what cells leave open," : "its interval";
        return (Judgement.Insufficient, $"{name}: {interval} [{Text(from)}, {Text(to)}]{Straddles}{Text(limit)}");

        // What sums in another order may round to is no doubt.
        double Near(double end) => Math.Abs(end - value) <= Rounding * Math.Max(1, Math.Abs(value)) ? value : end;
    }

    /// <summary>What is said of a value of which cells tell no bound.</summary>
    internal const string Beyond = "labels or predictions lie beyond what cells tell: ";

    private const double Rounding = 1e-9;

    private static string Unbounded(string name, double from, double to) => (double.IsInfinity(from), double.IsInfinity(to)) switch
    {
        (true, true) => $"{Beyond}{name} may be anything",
        (true, false) => $"{Beyond}{name} may be anything up to {Text(to)}",
        _ => $"{Beyond}{name} may be anything from {Text(from)} on",
    };

    internal static string Rows(long rows) => rows == 1 ? "1 row" : Text(rows) + " rows";

    // An end that is open is told as none.
    private static double? Finite(double? end) => end is { } known && double.IsFinite(known) ? known : null;

    private static string Text(double value) => value.ToString(Math.Abs(value) >= 1e15 ? "0.####e+0" : "0.####", CultureInfo.InvariantCulture);
}
