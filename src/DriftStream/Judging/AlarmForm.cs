using System.Collections.Immutable;

namespace DriftStream.Judging;

/// <summary>What an alarm compares with its limit.</summary>
internal enum AlarmMeasure : byte
{
    /// <summary>The value of the statistic, or its interval.</summary>
    Value,
    /// <summary>The value minus the baseline's own.</summary>
    Change,
    /// <summary>The p-value, among all p-values of the window; the value must also reach an effect.</summary>
    PValue,
    /// <summary>The evidence that the values of all windows so far add up to.</summary>
    Trend,
    /// <summary>The sequence of the model's errors, as a detector sees it.</summary>
    Errors,
}

/// <summary>
/// Everything in which one kind of alarm differs from the others. Code that reads, judges, writes or describes an alarm asks here and never for the kind, so
/// that a kind is added in <see cref="AlarmKind"/> and in <see cref="New"/>, and nowhere else in code.
/// </summary>
/// <param name="Key">Its name in the config and in alerts.</param>
/// <param name="Measure">What it compares with its limit.</param>
/// <param name="Below">It speaks below the limit; otherwise above it.</param>
internal sealed record AlarmForm(string Key, AlarmMeasure Measure, bool Below = false)
{
    /// <summary>All forms, in the order of <see cref="AlarmKind"/>.</summary>
    public static ImmutableArray<AlarmForm> All { get; } = [.. Enum.GetValues<AlarmKind>().Select(New)];

    /// <summary>Its limit is a level over all p-values of the window, and it takes <c>min_effect</c>.</summary>
    public bool IsCalibrated => Measure switch
    {
        AlarmMeasure.Value or AlarmMeasure.Change or AlarmMeasure.Trend or AlarmMeasure.Errors => false,
        AlarmMeasure.PValue => true,
    };

    /// <summary>It remembers former windows, and has parameters of its own in the place of a limit.</summary>
    public bool IsTrend => Measure switch
    {
        AlarmMeasure.Value or AlarmMeasure.Change or AlarmMeasure.PValue or AlarmMeasure.Errors => false,
        AlarmMeasure.Trend => true,
    };

    /// <summary>It looks at the model's errors, row by row, and has a detector in the place of a limit.</summary>
    public bool IsOfErrors => Measure switch
    {
        AlarmMeasure.Value or AlarmMeasure.Change or AlarmMeasure.PValue or AlarmMeasure.Trend => false,
        AlarmMeasure.Errors => true,
    };

    /// <summary>It gathers the evidence of all windows so far, so that one in which it speaks is enough; then it starts anew.</summary>
    public bool Remembers => IsTrend || IsOfErrors;

    /// <summary>The near end of an interval may be compared in place of the value.</summary>
    public bool TakesConfidence => !IsCalibrated && !Remembers;

    /// <summary>The baseline's own statistic is needed, which a statistic of a whole model does not have.</summary>
    public bool NeedsBaseline => Measure switch
    {
        AlarmMeasure.Value or AlarmMeasure.PValue or AlarmMeasure.Trend or AlarmMeasure.Errors => false,
        AlarmMeasure.Change => true,
    };

    /// <summary>It looks at the statistic of the window as it is, which need not compare it with anything.</summary>
    public bool IsOfValue => Measure switch
    {
        AlarmMeasure.Value => true,
        AlarmMeasure.Change or AlarmMeasure.PValue or AlarmMeasure.Trend or AlarmMeasure.Errors => false,
    };

    /// <summary>The limit's name in alerts.</summary>
    public string LimitName => IsCalibrated ? "level" : "threshold";

    public static AlarmForm Of(AlarmKind kind) => All[(int)kind];

    private static AlarmForm New(AlarmKind kind) => kind switch
    {
        AlarmKind.Above => new("above", AlarmMeasure.Value),
        AlarmKind.Below => new("below", AlarmMeasure.Value, Below: true),
        AlarmKind.AboveBaselineBy => new("above_baseline_by", AlarmMeasure.Change),
        AlarmKind.Calibrated => new("calibrated", AlarmMeasure.PValue),
        AlarmKind.Trend => new("trend", AlarmMeasure.Trend),
        AlarmKind.BelowBaselineBy => new("below_baseline_by", AlarmMeasure.Change, Below: true),
        AlarmKind.Detector => new("detector", AlarmMeasure.Errors),
    };
}
