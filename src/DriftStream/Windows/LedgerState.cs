using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>
/// What a checkpoint keeps of a <see cref="WindowLedger"/>: everything but the counts themselves, which are read again from the
/// counts topic (open panes) and the panes topic (sealed panes of open windows). Times and stamps are microseconds since 1970.
/// <param name="Now">The greatest stamp of any header or gap, or <see cref="EventTime.None"/>.</param>
/// <param name="Sources">By topic and partition.</param>
/// <param name="Partitions">How many partitions each source topic is known to have.</param>
/// <param name="Watermarks">The watermark history of each topic; default in checkpoints of earlier releases.</param>
/// <param name="Models">How far each model is sealed and what it has lost; the rows that no model claims share the empty name.</param>
/// <param name="Segments">Segments that are not folded.</param>
/// <param name="Folded">Folded segments with a pane that is not sealed.</param>
/// <param name="MarkedTopics">Topics whose open windows may lack rows.</param>
/// <param name="MarkedPanes">Panes of single models that may lack rows.</param>
/// <param name="Epoch">Offset in the plan topic of the plan that windows close by.</param>
/// </summary>
public sealed record LedgerState(
    EventTime Now,
    ImmutableArray<SourceSnapshot> Sources,
    ImmutableArray<TopicPartitions> Partitions,
    ImmutableArray<TopicWatermarks> Watermarks,
    ImmutableArray<ModelProgress> Models,
    ImmutableArray<SegmentSnapshot> Segments,
    ImmutableArray<FoldedSnapshot> Folded,
    ImmutableArray<MarkedTopic> MarkedTopics,
    ImmutableArray<MarkedPane> MarkedPanes,
    long Epoch = 0);

/// <summary>What is known of one source partition.</summary>
/// <param name="Source">The partition.</param>
/// <param name="Point">Offset at which the chain of folded segments ends: only the segment that starts there is folded next.</param>
/// <param name="Watermark">Largest event time accepted, or <see cref="EventTime.None"/>.</param>
/// <param name="Upto">Greatest offset that a header has reached; -1 where none was seen.</param>
/// <param name="IdleStamp">Stamp of the last idle claim that stands, or <see cref="EventTime.None"/>.</param>
/// <param name="IdleSince">Stamp of the first idle claim since the partition last moved, or <see cref="EventTime.None"/>.</param>
/// <param name="Heard">A header on the chain has been seen.</param>
/// <param name="Folded">Fates of the rows of the folded segments, of all models.</param>
/// <param name="FoldedRows">Rows in the entries of the folded segments, of this counts partition's models.</param>
/// <param name="Sealed">Rows in sealed panes.</param>
/// <param name="Overtaken">Rows that came for panes already sealed.</param>
/// <param name="Dropped">Rows of models that the plan does not have, no longer held.</param>
/// <param name="Mover">The record that moved the watermark there; null where no header named it.</param>
public sealed record SourceSnapshot(
    SourcePartition Source,
    SourceOffset Point,
    EventTime Watermark,
    SourceOffset Upto,
    EventTime IdleStamp,
    EventTime IdleSince,
    bool Heard,
    FateCounts Folded,
    RowCount FoldedRows,
    RowCount Sealed,
    RowCount Overtaken,
    RowCount Dropped,
    WatermarkRecord? Mover);

/// <summary>How many partitions a source topic has, by the greatest number that a header told.</summary>
/// <param name="Topic">The source topic.</param>
/// <param name="Partitions">How many.</param>
public sealed record TopicPartitions(string Topic, int Partitions);

/// <summary>How far the watermarks of a topic had come, by stamp, as far back as a quiet partition may ask.</summary>
/// <param name="Topic">The source topic.</param>
/// <param name="Steps">Ascending in stamp and watermark.</param>
public sealed record TopicWatermarks(string Topic, ImmutableArray<WatermarkStep> Steps);

/// <summary>How far one model has come, and what it has lost.</summary>
/// <param name="Model">The model's id; empty for the rows that no model claims.</param>
/// <param name="SealedUpto">Panes that end at or before this event time are sealed.</param>
/// <param name="LastEnd">End of the last pane that held a row, or <see cref="EventTime.None"/>.</param>
/// <param name="Lost">Rows lost in folded segments, and overtaken rows noted so far.</param>
/// <param name="LateTold">Late and overtaken rows that a verdict has shown.</param>
/// <param name="WaitsSince">Stamp at which the first row of a model that the plan does not have was met; null where none is held.</param>
/// <param name="Shown">One account for each name of a window; default in checkpoints of earlier releases.</param>
/// <param name="Kept">Sealed panes that start before this event time are needed by no window.</param>
public sealed record ModelProgress(
    string Model,
    EventTime SealedUpto,
    EventTime LastEnd,
    LossCounts Lost,
    RowCount LateTold,
    EventTime? WaitsSince,
    ImmutableArray<ShownSnapshot> Shown,
    EventTime Kept)
{
    /// <summary>Windows that have too few rows and grow; default in checkpoints of earlier releases.</summary>
    public ImmutableArray<GrowingWindow> Growing { get; init; } = [];

    /// <summary>Why a row was refused last; null where none was, and in checkpoints of earlier releases.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Refused { get; init; }

    /// <summary>Its rows are lost and nothing goes on; null where that is not so, and in checkpoints of earlier releases.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Standstill? Standstill { get; init; }

    /// <summary>Rows lost in standstills that are over and that its owner was told of.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public LossCounts Told { get; init; }
}

/// <summary>Which of a model's losses the verdicts on windows of one name have shown.</summary>
/// <param name="Window">Name of the windows.</param>
/// <param name="Counts">Losses shown so far.</param>
/// <param name="Empty">How many windows of the name in a row closed without a row.</param>
/// <param name="Overtaken">Rows overtaken since the last verdict, by the start of their window.</param>
public sealed record ShownSnapshot(string Window, LossCounts Counts, int Empty, ImmutableArray<OvertakenRows> Overtaken)
{
    /// <summary>Those of them of which a standstill had told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public LossCounts Told { get; init; }
}

/// <summary>How many rows an entry held when its pane was sealed; the counts themselves are in the pane.</summary>
/// <param name="Key">Names the entry.</param>
/// <param name="Upto">The offset that the entry reached; 0 where only its rows matter.</param>
/// <param name="Rows">Rows counted.</param>
public sealed record EntryRows(EntryKey Key, SourceOffset Upto, RowCount Rows);

/// <summary>What counters wrote about an open segment under one variant.</summary>
/// <param name="Variant">The plan's epoch, and the watermark at the segment's start.</param>
/// <param name="HasHeader">A header was seen; otherwise the next four say nothing.</param>
/// <param name="Upto">The offset that the greatest header reached.</param>
/// <param name="Reach">What that header says of what follows.</param>
/// <param name="Fates">Fates of the segment's rows by that header.</param>
/// <param name="Lost">Lost rows by that header; default in checkpoints of earlier releases.</param>
/// <param name="Sealed">The greatest entries of panes that are sealed.</param>
public sealed record VariantSnapshot(
    Variant Variant,
    bool HasHeader,
    SourceOffset Upto,
    [property: JsonPropertyName("Flushed")] SegmentReach Reach,
    FateCounts Fates,
    ImmutableArray<LostRows> Lost,
    ImmutableArray<EntryRows> Sealed);

/// <summary>A segment that is not folded.</summary>
/// <param name="Source">The source partition.</param>
/// <param name="Start">Offset of its first message.</param>
/// <param name="Mixed">Variants that may differ in fates or panes wrote about it.</param>
/// <param name="Used">Rows of each entry when its pane was sealed: later rows are overtaken.</param>
/// <param name="Variants">Every variant that wrote about it.</param>
public sealed record SegmentSnapshot(
    SourcePartition Source, SourceOffset Start, bool Mixed, ImmutableArray<EntryRows> Used, ImmutableArray<VariantSnapshot> Variants);

/// <summary>A folded segment with a pane that is not sealed: what a rebuild must read of it again.</summary>
/// <param name="Source">The source partition.</param>
/// <param name="Start">Offset of its first message.</param>
/// <param name="Variant">The variant that was folded.</param>
/// <param name="Upto">Entries that reach beyond this offset were left out.</param>
/// <param name="LastEnd">End of the last pane that was open when it was folded, event time.</param>
/// <param name="LeftOut">Entries whose rows were already in panes of another plan.</param>
public sealed record FoldedSnapshot(
    SourcePartition Source, SourceOffset Start, Variant Variant, SourceOffset Upto, EventTime LastEnd, ImmutableArray<EntryKey> LeftOut);

/// <summary>A topic in which messages may be missing: every open window up to a time is incomplete.</summary>
/// <param name="Topic">The source topic.</param>
/// <param name="Upto">Event time.</param>
public sealed record MarkedTopic(string Topic, EventTime Upto)
{
    /// <summary>Why; unknown in checkpoints of earlier releases.</summary>
    public IncompleteCause Why { get; init; }
}

/// <summary>A span of one model in which rows may be missing: windows that touch it are incomplete.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Start">Event time, inclusive.</param>
/// <param name="End">Event time, exclusive.</param>
public sealed record MarkedPane(string Model, EventTime Start, EventTime End)
{
    /// <inheritdoc cref="MarkedTopic.Why"/>
    public IncompleteCause Why { get; init; }
}
