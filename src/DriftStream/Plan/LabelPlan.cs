using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Batches;
using DriftStream.Joins;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>How the labels of a model come later than its predictions, and how the two meet.</summary>
/// <param name="Topics">The topics that bring them, in the order of their names.</param>
/// <param name="Id">The column, of predictions and of labels, by which they meet.</param>
/// <param name="Time">The column of a label's time, or null for the Kafka timestamp.</param>
/// <param name="TimeUnit">The unit of an integer label time, or null.</param>
/// <param name="Within">A label that is later than its prediction by more than this does not count.</param>
/// <param name="Early">By how much a label's time may be before its prediction's.</param>
/// <param name="JudgeAt">The delays after the end of a window at which it is judged by the labels that have come, ascending.</param>
/// <param name="Corrections">Which of several labels of one prediction counts.</param>
public sealed record LabelPlan(
    ImmutableArray<string> Topics,
    string Id,
    string? Time,
    TimeUnit? TimeUnit,
    Duration Within,
    Duration Early,
    ImmutableArray<Duration> JudgeAt,
    Corrections Corrections)
{
    /// <summary>Whether a rule looks at what only a label tells.</summary>
    public static bool NeedsLabel(Rule rule) => rule.IsOfLabels
        || (rule.Group is not null && StatisticCatalog.OfGroups(rule.Statistic) is { NeedsLabel: true });

    /// <summary>By how much a label's clock may be ahead, unless the config says otherwise.</summary>
    [JsonIgnore]
    public static Duration DefaultEarly => Duration.FromMinutes(5);
}
