using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>Names what is counted together: a pane of predictions, by the labels that had come after a delay.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Version">The version, empty where the model has none.</param>
/// <param name="Epoch">Offset in the plan topic of the plan that the predictions were projected under.</param>
/// <param name="Start">Start of the pane, event time of predictions.</param>
/// <param name="Size">Length of the pane.</param>
/// <param name="Delay">Labels count that are before the pane's end and this.</param>
public readonly record struct JoinKey(string Model, string Version, long Epoch, EventTime Start, Duration Size, Duration Delay) : IComparable<JoinKey>
{
    /// <inheritdoc/>
    public int CompareTo(JoinKey other)
    {
        int order = string.CompareOrdinal(Model, other.Model);
        if (order == 0) order = string.CompareOrdinal(Version, other.Version);
        if (order == 0) order = Epoch.CompareTo(other.Epoch);
        if (order == 0) order = Start.CompareTo(other.Start);
        if (order == 0) order = Size.CompareTo(other.Size);
        return order != 0 ? order : Delay.CompareTo(other.Delay);
    }
}

/// <summary>How many predictions of one cell have a label of one cell.</summary>
/// <param name="Prediction">Cells of the prediction.</param>
/// <param name="Label">Cell of the label, or <see cref="NoLabel"/>.</param>
/// <param name="LabelEpoch">Offset in the plan topic of the plan that the label was projected under; 0 where there is none.</param>
/// <param name="Count">Less than zero where predictions that an earlier segment counted here have another label now, or the first one.</param>
public sealed record JoinedCell(PredictionCell Prediction, int Label, long LabelEpoch, RowCount Count)
{
    /// <summary>In place of a label's cell, for predictions that have none.</summary>
    public const int NoLabel = -1;
}

/// <summary>How many predictions are in a cell of residuals, or of labels, where labels are numbers.</summary>
/// <param name="Signal">Place of the signal among those that are counted of joined rows.</param>
/// <param name="Cell">A cell of its layout.</param>
/// <param name="Count">Less than zero as that of a <see cref="JoinedCell"/> is.</param>
public sealed record JoinedNumber(int Signal, int Cell, RowCount Count);

/// <summary>
/// Cumulative counts of one key within a segment of <c>joins</c>. Of one segment the entry that reaches furthest counts, also where all its cells are back
/// at zero; those of different segments add.
/// </summary>
/// <param name="Key">Names the entry.</param>
/// <param name="Segment">Offset in <c>joins</c> of the segment's first record.</param>
/// <param name="Upto">The offset after the last record folded.</param>
/// <param name="Seen">How many versions of the pane came first in the segment's log before this one did; 0 for rows without a version.</param>
/// <param name="Cells">Those that are not zero, in a fixed order.</param>
public sealed record JoinEntry(JoinKey Key, SourceOffset Segment, SourceOffset Upto, int Seen, ImmutableArray<JoinedCell> Cells)
{
    /// <summary>The same predictions where labels are numbers, each once in the cells of every signal; else empty.</summary>
    public ImmutableArray<JoinedNumber> Numbers { get; init; } = [];
}

/// <summary>Predictions of a segment by what became of them at one delay.</summary>
/// <param name="Delay">The delay.</param>
/// <param name="Counted">Those in the entries.</param>
/// <param name="Late">Those that came when the counts of their pane stayed as they were.</param>
/// <param name="Refused">Those that came when too many ids were remembered.</param>
public sealed record DelayRows(Duration Delay, RowCount Counted, RowCount Late, RowCount Refused);

/// <summary>What a joiner says of one model.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Began">How far its time had come when the segment began, or <see cref="EventTime.None"/>.</param>
/// <param name="Horizon">How far its time has come, or <see cref="EventTime.None"/>.</param>
/// <param name="Fates">Of all rows taken since the beginning.</param>
/// <param name="Rows">Of the segment so far, by delay.</param>
public sealed record JoinProgress(string Model, EventTime Began, EventTime Horizon, JoinFates Fates, ImmutableArray<DelayRows> Rows)
{
    /// <summary>What has become of the labels, by the topic that brought them.</summary>
    public ImmutableSortedDictionary<string, LabelSource> Sources { get; init; } = ImmutableSortedDictionary<string, LabelSource>.Empty;
}

/// <summary>Rows that never came, or predictions that were refused: windows of predictions that are open then are incomplete.</summary>
/// <param name="Source">The source partition that they are missing of; null where records of <c>joins</c> are gone.</param>
/// <param name="At">Offset of the record of <c>joins</c> that showed it.</param>
/// <param name="Stamp">The counters' clock by then: rows that had been read are missing.</param>
public sealed record JoinLoss(SourcePartition? Source, SourceOffset At, EventTime Stamp);

/// <summary>How far a segment of <c>joins</c> has been folded. Written after its entries; a joiner never claims to be idle.</summary>
/// <param name="Segment">Offset of the segment's first record.</param>
/// <param name="Upto">The offset after the last record folded.</param>
/// <param name="Epoch">Offset in the plan topic of the newest plan that a projection had named when the segment began.</param>
/// <param name="Plan">Offset of the newest one by now.</param>
/// <param name="Complete">The segment ends there.</param>
/// <param name="Stamp">The greatest stamp of all projections so far: the counters' clock.</param>
/// <param name="Models">By model id.</param>
/// <param name="Losses">Of the segment so far.</param>
/// <param name="Unknown">Rows of models that their plan does not join, since the beginning.</param>
public sealed record JoinHeader(
    SourceOffset Segment,
    SourceOffset Upto,
    long Epoch,
    long Plan,
    bool Complete,
    EventTime Stamp,
    ImmutableArray<JoinProgress> Models,
    ImmutableArray<JoinLoss> Losses,
    RowCount Unknown);

/// <summary>What is to be written: entries, then the header that vouches for them, then the position record.</summary>
/// <param name="Entries">Those that changed since the last flush, in a fixed order.</param>
/// <param name="Header">How far.</param>
/// <param name="Position">Where the next segment begins; null inside a segment.</param>
public sealed record JoinFlush(ImmutableArray<JoinEntry> Entries, JoinHeader Header, JoinPosition? Position);
