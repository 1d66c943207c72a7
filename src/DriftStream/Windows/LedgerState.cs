using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>
/// What a checkpoint keeps of a <see cref="WindowLedger"/>: everything but the counts themselves, which are read again from the
/// counts topic (open panes) and the panes topic (sealed panes of open windows).
/// </summary>
public sealed record LedgerState(
    long Now,
    ImmutableArray<SourceSnapshot> Sources,
    ImmutableArray<TopicPartitions> Partitions,
    ImmutableArray<TopicWatermarks> Watermarks,
    ImmutableArray<ModelProgress> Models,
    ImmutableArray<SegmentSnapshot> Segments,
    ImmutableArray<FoldedSnapshot> Folded,
    ImmutableArray<MarkedTopic> MarkedTopics,
    ImmutableArray<MarkedPane> MarkedPanes,
    long Epoch = 0);

public sealed record SourceSnapshot(
    SourcePartition Source,
    long Point,
    long Watermark,
    long Upto,
    long IdleStamp,
    long IdleSince,
    bool Heard,
    FateCounts Folded,
    long FoldedRows,
    long Sealed,
    long Overtaken,
    long Dropped,
    WatermarkRecord? Mover);

public sealed record TopicPartitions(string Topic, int Partitions);

/// <summary>How far the watermarks of a topic had come when, as long as a quiet partition may ask.</summary>
public sealed record TopicWatermarks(string Topic, ImmutableArray<WatermarkStep> Steps);

public sealed record ModelProgress(
    string Model, long SealedUpto, long LastEnd, LossCounts Lost, long LateTold, long? WaitsSince, ImmutableArray<ShownSnapshot> Shown,
    long Kept);

public sealed record ShownSnapshot(string Window, LossCounts Counts, int Empty, ImmutableArray<OvertakenRows> Overtaken);

/// <summary>Rows of an entry whose pane is sealed.</summary>
public sealed record EntryRows(EntryKey Key, long Upto, long Rows);

public sealed record VariantSnapshot(
    Variant Variant,
    bool HasHeader,
    long Upto,
    [property: JsonPropertyName("Flushed")] SegmentReach Reach,
    FateCounts Fates,
    ImmutableArray<LostRows> Lost,
    ImmutableArray<EntryRows> Sealed);

public sealed record SegmentSnapshot(
    SourcePartition Source, long Start, bool Mixed, ImmutableArray<EntryRows> Used, ImmutableArray<VariantSnapshot> Variants);

public sealed record FoldedSnapshot(
    SourcePartition Source, long Start, Variant Variant, long Upto, long LastEnd, ImmutableArray<EntryKey> LeftOut);

public sealed record MarkedTopic(string Topic, long Upto);

public sealed record MarkedPane(string Model, long Start, long End);
