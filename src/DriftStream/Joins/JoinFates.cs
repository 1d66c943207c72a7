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

    /// <summary>Predictions that were refused, since too many ids were remembered: they are in no joined window.</summary>
    [JsonInclude]
    public long UnjoinedPredictions { get; internal set; }

    /// <summary>Of the matched predictions those for which no other label can come any more.</summary>
    [JsonInclude]
    public long Settled { get; internal set; }

    /// <summary>Of the unlabelled predictions those that came when time had passed all that they might have waited for.</summary>
    [JsonInclude]
    public long OverduePredictions { get; internal set; }

    /// <summary>Labels taken.</summary>
    [JsonInclude]
    public long Labels { get; internal set; }

    /// <summary>Labels that wait for their prediction.</summary>
    [JsonInclude]
    public long Waiting { get; internal set; }

    /// <summary>Labels without a prediction that they might belong to.</summary>
    [JsonInclude]
    public long Orphans { get; internal set; }

    /// <summary>Of the orphans those that came when no prediction that they might belong to was waited for any more: time had gone on without them.</summary>
    [JsonInclude]
    public long OverdueLabels { get; internal set; }

    /// <summary>Labels that are later than their prediction by more than <c>within</c>.</summary>
    [JsonInclude]
    public long Late { get; internal set; }

    /// <summary>Labels of a prediction that had one, where the first one counts.</summary>
    [JsonInclude]
    public long DuplicateLabels { get; internal set; }

    /// <summary>Labels in whose place a newer one counts, where the newest one does.</summary>
    [JsonInclude]
    public long Corrected { get; internal set; }

    /// <summary>Labels that were refused, since too many ids were remembered.</summary>
    [JsonInclude]
    public long UnjoinedLabels { get; internal set; }

    /// <summary>
    /// Of the predictions whose label can come no more, or was refused, the share that has one; null where there is none. Those that still wait are left out
    /// on both sides: with their labels, but without themselves, it would be too high.
    /// </summary>
    [JsonIgnore]
    public double? Coverage => Settled + Unlabelled + UnjoinedPredictions == 0 ? null : (double)Settled / (Settled + Unlabelled + UnjoinedPredictions);

    /// <summary>What became of the predictions, by name.</summary>
    public IEnumerable<(string Fate, long Rows)> OfPredictions() =>
        [("pending", Pending), ("matched", Matched), ("unlabelled", Unlabelled), ("duplicate", DuplicatePredictions), ("unjoined", UnjoinedPredictions)];

    /// <summary>What became of the labels, by name.</summary>
    public IEnumerable<(string Fate, long Rows)> OfLabels() =>
    [
        ("waiting", Waiting), ("matched", Matched), ("orphan", Orphans), ("late", Late), ("duplicate", DuplicateLabels), ("corrected", Corrected),
        ("unjoined", UnjoinedLabels),
    ];

    /// <summary>Those of several partitions of <c>joins</c>.</summary>
    public static JoinFates Sum(IEnumerable<JoinFates> all) => all.Aggregate(new JoinFates(), (a, b) => new JoinFates
    {
        Predictions = a.Predictions + b.Predictions,
        Pending = a.Pending + b.Pending,
        Matched = a.Matched + b.Matched,
        Unlabelled = a.Unlabelled + b.Unlabelled,
        DuplicatePredictions = a.DuplicatePredictions + b.DuplicatePredictions,
        UnjoinedPredictions = a.UnjoinedPredictions + b.UnjoinedPredictions,
        Settled = a.Settled + b.Settled,
        OverduePredictions = a.OverduePredictions + b.OverduePredictions,
        Labels = a.Labels + b.Labels,
        Waiting = a.Waiting + b.Waiting,
        Orphans = a.Orphans + b.Orphans,
        OverdueLabels = a.OverdueLabels + b.OverdueLabels,
        Late = a.Late + b.Late,
        DuplicateLabels = a.DuplicateLabels + b.DuplicateLabels,
        Corrected = a.Corrected + b.Corrected,
        UnjoinedLabels = a.UnjoinedLabels + b.UnjoinedLabels,
    });

    /// <summary>Every row that was taken has one fate.</summary>
    [JsonIgnore]
    public bool IsWhole =>
        Predictions == Pending + Matched + Unlabelled + DuplicatePredictions + UnjoinedPredictions
        && Labels == Waiting + Matched + Orphans + Late + DuplicateLabels + Corrected + UnjoinedLabels;
}
