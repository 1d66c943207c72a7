using System.Text.Json.Serialization;

namespace DriftStream.Joins;

/// <summary>What has become of the rows that a joiner took, of one model. Two laws hold after every record: <see cref="IsWhole"/>.</summary>
public sealed record JoinFates
{
    /// <summary>Predictions taken.</summary>
    [JsonInclude]
    public long Predictions { get; internal set; }

    /// <summary>Predictions that wait for their label.</summary>
    [JsonInclude]
    public long Pending { get; internal set; }

    /// <summary>Predictions that have met a label, and as many labels.</summary>
    [JsonInclude]
    public long Matched { get; internal set; }

    /// <summary>Predictions for which no label came in time.</summary>
    [JsonInclude]
    public long Unlabelled { get; internal set; }

    /// <summary>Predictions of an id that had one.</summary>
    [JsonInclude]
    public long DuplicatePredictions { get; internal set; }

    /// <summary>Labels taken.</summary>
    [JsonInclude]
    public long Labels { get; internal set; }

    /// <summary>Labels that wait for their prediction.</summary>
    [JsonInclude]
    public long Waiting { get; internal set; }

    /// <summary>Labels without a prediction that they might belong to.</summary>
    [JsonInclude]
    public long Orphans { get; internal set; }

    /// <summary>Labels that are later than their prediction by more than <c>within</c>.</summary>
    [JsonInclude]
    public long Late { get; internal set; }

    /// <summary>Labels of a prediction that had one, where the first one counts.</summary>
    [JsonInclude]
    public long DuplicateLabels { get; internal set; }

    /// <summary>Labels in whose place a newer one counts, where the newest one does.</summary>
    [JsonInclude]
    public long Corrected { get; internal set; }

    /// <summary>Of the predictions that may have had a label by now, the share that has one; null where there is none.</summary>
    [JsonIgnore]
    public double? Coverage => Matched + Unlabelled == 0 ? null : (double)Matched / (Matched + Unlabelled);

    /// <summary>What became of the predictions, by name.</summary>
    public IEnumerable<(string Fate, long Rows)> OfPredictions() =>
        [("pending", Pending), ("matched", Matched), ("unlabelled", Unlabelled), ("duplicate", DuplicatePredictions)];

    /// <summary>What became of the labels, by name.</summary>
    public IEnumerable<(string Fate, long Rows)> OfLabels() =>
        [("waiting", Waiting), ("matched", Matched), ("orphan", Orphans), ("late", Late), ("duplicate", DuplicateLabels), ("corrected", Corrected)];

    /// <summary>Those of several partitions of <c>joins</c>.</summary>
    public static JoinFates Sum(IEnumerable<JoinFates> all) => all.Aggregate(new JoinFates(), (a, b) => new JoinFates
    {
        Predictions = a.Predictions + b.Predictions,
        Pending = a.Pending + b.Pending,
        Matched = a.Matched + b.Matched,
        Unlabelled = a.Unlabelled + b.Unlabelled,
        DuplicatePredictions = a.DuplicatePredictions + b.DuplicatePredictions,
        Labels = a.Labels + b.Labels,
        Waiting = a.Waiting + b.Waiting,
        Orphans = a.Orphans + b.Orphans,
        Late = a.Late + b.Late,
        DuplicateLabels = a.DuplicateLabels + b.DuplicateLabels,
        Corrected = a.Corrected + b.Corrected,
    });

    /// <summary>Every row that was taken has one fate.</summary>
    [JsonIgnore]
    public bool IsWhole =>
        Predictions == Pending + Matched + Unlabelled + DuplicatePredictions
        && Labels == Waiting + Matched + Orphans + Late + DuplicateLabels + Corrected;
}
