using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>How urgent an alert is.</summary>
public enum Severity : byte
{
    /// <summary>To be acted on within a week of the window's end.</summary>
    Info,

    /// <summary>To be acted on within a day.</summary>
    Warning,

    /// <summary>To be acted on within four hours.</summary>
    Critical,
}

/// <summary>What makes a rule speak. Which fields are set follows from <see cref="Alarm.Kind"/>.</summary>
public enum AlarmKind : byte
{
    /// <summary>The statistic is above <see cref="Alarm.Value"/>.</summary>
    Above,
    /// <summary>The statistic is below <see cref="Alarm.Value"/>.</summary>
    Below,
    /// <summary>The statistic is above the baseline's own by more than <see cref="Alarm.Value"/>.</summary>
    AboveBaselineBy,
    /// <summary>
    /// Benjamini-Hochberg at level <see cref="Alarm.Value"/> over the window's p-values, and an effect of at least <see
    /// cref="Alarm.MinEffect"/>.
    /// </summary>
    Calibrated,
    /// <summary>
    /// The detector of <see cref="Alarm.Trend"/> finds a trend in the statistic, window after window. <see cref="Alarm.Value"/> is its threshold, or the
    /// confidence of one that has none.
    /// </summary>
    Trend,
    /// <summary>The statistic is below the baseline's own by more than <see cref="Alarm.Value"/>.</summary>
    BelowBaselineBy,
    /// <summary>The detector of <see cref="Alarm.Detector"/> finds a change in the rate of the model's errors, pane after pane.</summary>
    Detector,
}

/// <summary>The alarm of a rule.</summary>
/// <param name="Kind">How the statistic is compared.</param>
/// <param name="Value">Threshold or level.</param>
/// <param name="MinEffect">The least debiased effect, for calibrated alarms.</param>
/// <param name="Confidence">Where given, 0 to 1: the near end of the interval of this confidence is compared instead of the value.</param>
/// <param name="MinRows">Rows (of a group, for group rules) below which the judgement is insufficient.</param>
public sealed record Alarm(AlarmKind Kind, double Value, double MinEffect = 0, double? Confidence = null, long? MinRows = null)
{
    /// <summary>What looks for a trend; null for alarms of other kinds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TrendSettings? Trend { get; init; }

    /// <summary>What looks for a change in the rate of errors; null for alarms of other kinds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ErrorDetectorKind? Detector { get; init; }

    /// <summary>The name of the detector that gathers evidence; null for an alarm that remembers nothing.</summary>
    internal string? DetectorName => Trend?.Name ?? (Detector is { } errors ? ErrorDetectors.NameOf(errors) : null);

    internal AlarmForm Form => AlarmForm.Of(Kind);

    /// <summary>What the value, or the change, is compared with: a change downwards is negative.</summary>
    internal double Limit => Form is { Below: true, NeedsBaseline: true } ? -Value : Value;
}

/// <summary>Binds a statistic of some signals, or some groups, to an alarm.</summary>
/// <param name="Id">As configured, else the first 16 hexadecimal digits of the hash of its canonical text.</param>
/// <param name="Signal">A signal's name, <c>*</c> for all, or null for a rule of groups or of the whole model.</param>
/// <param name="Group">A group's name, <c>*</c> for all, or null for a rule of signals or of the whole model.</param>
/// <param name="Statistic">The statistic's name.</param>
/// <param name="Convention">The tool whose convention is followed, or null for DriftStream's own.</param>
/// <param name="Alarm">When it speaks.</param>
/// <param name="Severity">How urgent its alerts are.</param>
public sealed record Rule(string Id, string? Signal, string? Group, string Statistic, string? Convention, Alarm Alarm, Severity Severity)
{
    /// <summary>
    /// One window is enough to open an episode, and its own <see cref="Alarm.MinRows"/> is enough to judge: for faults so gross that nothing is to be waited
    /// for. A verdict shows it only while it speaks.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Urgent { get; init; }

    /// <summary>
    /// Of groups, with which one the others are compared: <see cref="GroupDisparity.Largest"/>, or a group's value; null for the one that is
    /// selected most often.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Reference { get; init; }

    /// <summary>Of a share, the cells whose rows it counts, by the names that people read; null for every other statistic.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<string>? Cells { get; init; }

    /// <summary>The business goal that is missed while the rule speaks, as its owner put it; null for a rule that watches for drift.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Goal { get; init; }

    /// <summary>It is about how well the model does: neither of a signal nor of a group.</summary>
    internal bool IsOfOutcomes => IsOfLabels || IsOfEstimates;

    /// <summary>It is about how well the model does, by labels.</summary>
    internal bool IsOfLabels => Signal is null && Group is null && StatisticCatalog.Outcome(Statistic) is not null;

    /// <summary>It is about how well the model is estimated to do, before labels come.</summary>
    internal bool IsOfEstimates => Signal is null && Group is null && StatisticCatalog.Estimate(Statistic) is not null;

    /// <summary>It is about which features the model relies on.</summary>
    internal bool IsOfAttributions => Statistic == AttributionRanking.Name;

    /// <summary>One window opens an episode: the rule is urgent, or its alarm has gathered the evidence of many windows.</summary>
    internal bool AtOnce => Urgent || Alarm.Form.Remembers;
}
