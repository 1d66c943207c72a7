using System.Globalization;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>One rule looking at one statistic of one signal.</summary>
internal sealed class Look(Rule rule, Statistic statistic, double? ofBaseline, Interval? change, long minRows)
{
    private readonly Alarm _alarm = rule.Alarm;

    public Rule Rule { get; } = rule;

    public Statistic Statistic { get; } = statistic;

    /// <summary>The Benjamini-Hochberg adjusted p-value of a calibrated look, once the whole window is known.</summary>
    public double? AdjustedP { get; set; }

    /// <summary>Rows that the baseline has in the hours of the window, and how many it takes; null where they are enough.</summary>
    public (long Rows, long Least)? FewReference { get; init; }

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
        if (FewReference is { } few)
            return (Judgement.Insufficient, $"{Statistic.Name}: the baseline has {Rows(few.Rows)} in these hours, fewer than {Text(few.Least)}");
        if (Statistic.Value is not { } value) return (Judgement.Insufficient, $"{Statistic.Name} is undefined");
        return _alarm.Form.Measure switch
        {
            AlarmMeasure.Value => Threshold(_alarm, Statistic.Name, value, Statistic.Low, Statistic.High),
            AlarmMeasure.Change => Change(value),
            AlarmMeasure.PValue => Calibrated(value),
        };
    }

    /// <summary>The look as the verdict shows it.</summary>
    public JudgedStatistic Judged() => Judged(Statistic, Rule.Id, Judge().Judgement);

    /// <summary>A statistic that no rule looks at.</summary>
    public static JudgedStatistic Unjudged(Statistic statistic) => Judged(statistic, null, Judgement.Unjudged);

    internal static JudgedStatistic Judged(Statistic s, string? rule, Judgement judgement) => new(
        s.Name, s.Convention, s.Value, s.Low, s.High, s.PValue, s.Test, s.ReferenceRows, s.WindowRows,
        rule, judgement == Judgement.Drifting, judgement);

    private (Judgement Judgement, string? Why) Change(double value)
    {
        if (ofBaseline is not { } own) return (Judgement.Insufficient, $"{Statistic.Name} of the baseline is undefined");
        return Threshold(_alarm, Statistic.Name, value - own, change?.Low ?? (Statistic.Low - own), change?.High ?? (Statistic.High - own));
    }

    private (Judgement Judgement, string? Why) Calibrated(double value)
    {
        if (AdjustedP is not { } p) return (Judgement.Insufficient, $"{Statistic.Name}: too sparse");
        return (p <= _alarm.Value && value >= _alarm.MinEffect ? Judgement.Drifting : Judgement.Steady, null);
    }

    /// <summary>Compares the value with the alarm's; where a confidence is asked for, the whole interval.</summary>
    internal static (Judgement Judgement, string? Why) Threshold(Alarm alarm, string name, double value, double? low, double? high)
    {
        (double limit, bool below) = (alarm.Value, alarm.Form.Below);
        if (alarm.Confidence is null) (low, high) = (value, value);
        // A statistic with a lower end but no upper one is unbounded above.
        (double from, double to) = (low ?? value, high ?? (low is null ? value : double.PositiveInfinity));
        if (below ? to < limit : from > limit) return (Judgement.Drifting, null);
        if (below ? from >= limit : to <= limit) return (Judgement.Steady, null);
        return (Judgement.Insufficient, $"{name}: its interval [{Text(from)}, {Text(to)}] straddles {Text(limit)}");
    }

    private static string Rows(long rows) => rows == 1 ? "1 row" : Text(rows) + " rows";

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
