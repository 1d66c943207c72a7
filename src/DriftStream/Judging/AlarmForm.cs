using System.Collections.Immutable;

namespace DriftStream.Judging;

/// <summary>What an alarm holds against its limit.</summary>
internal enum AlarmMeasure : byte
{
    /// <summary>The value of the statistic, or its interval.</summary>
    Value,
    /// <summary>The value less the baseline's own.</summary>
    Change,
    /// <summary>The p-value among all of the window; the value must reach an effect too.</summary>
    PValue,
}

/// <summary>
/// All that tells one kind of alarm from the others. Whoever reads, judges, writes or describes an alarm asks here and never for the kind itself, so
/// that a kind is added in <see cref="AlarmKind"/> and in <see cref="New"/>, and nowhere else in code.
/// </summary>
/// <param name="Key">Its name in the config and in alerts.</param>
/// <param name="Measure">What it holds against its limit.</param>
/// <param name="Below">It speaks of what is less than the limit, else of what is more.</param>
internal sealed record AlarmForm(string Key, AlarmMeasure Measure, bool Below = false)
{
    /// <summary>In the order of <see cref="AlarmKind"/>.</summary>
    public static ImmutableArray<AlarmForm> All { get; } = [.. Enum.GetValues<AlarmKind>().Select(New)];

    /// <summary>Its limit is a level over all p-values of the window, and it takes <c>min_effect</c>; others take <c>confidence</c>.</summary>
    public bool IsCalibrated => Measure switch
    {
        AlarmMeasure.Value or AlarmMeasure.Change => false,
        AlarmMeasure.PValue => true,
    };

    /// <summary>The statistic of the baseline beside itself is needed, which a whole model's rows do not have.</summary>
    public bool NeedsBaseline => Measure switch
    {
        AlarmMeasure.Value or AlarmMeasure.PValue => false,
        AlarmMeasure.Change => true,
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
    };
}
