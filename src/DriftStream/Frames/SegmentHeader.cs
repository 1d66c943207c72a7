using System.Collections.Immutable;

namespace DriftStream.Frames;

/// <summary>How far a segment has been read, and what that means for time. Written to every counts partition, after its frames.</summary>
/// <param name="Source">Whose messages these are.</param>
/// <param name="Segment">Offset of the segment's first message.</param>
/// <param name="Variant">Under which the segment was counted.</param>
/// <param name="Upto">The offset after the last message read.</param>
/// <param name="Watermark">Largest event time accepted so far in the partition, or <c>EventTime.None</c>.</param>
/// <param name="Fates">Of the segment's rows, cumulative.</param>
/// <param name="Lost">Rows of models that were not counted, by fate, cumulative; models without any are absent.</param>
/// <param name="Complete">The segment ends at <paramref name="Upto"/>.</param>
/// <param name="Idle">Nothing more was there, and everything counted so far has been written.</param>
/// <param name="Stamp">The counter's clock, microseconds since 1970: of the end-of-partition fetch where idle, else of the flush.</param>
/// <param name="Partitions">Partitions of the source topic, as the counter knows.</param>
/// <param name="Plan">Offset in the plan topic of the newest plan that the counter knows; at least the variant's epoch.</param>
/// <param name="Mover">The record of this segment that moved the watermark last, or null where none did.</param>
public sealed record SegmentHeader(
    SourcePartition Source,
    long Segment,
    Variant Variant,
    long Upto,
    long Watermark,
    FateCounts Fates,
    ImmutableArray<LostRows> Lost,
    bool Complete,
    bool Idle,
    long Stamp,
    int Partitions,
    long Plan = 0,
    WatermarkRecord? Mover = null)
{
    /// <summary>Short hash (<see cref="PlanName.Short"/>) of the plan at <see cref="Plan"/>; 0 where a former version did not say.</summary>
    public ulong PlanHash { get; init; }

    /// <summary>Likewise of the plan at the variant's epoch.</summary>
    public ulong EpochHash { get; init; }
}

/// <summary>Messages [From, To) of a source partition are gone: retention, truncation, or the topic was made again.</summary>
public sealed record Gap(SourcePartition Source, long From, long To, long Stamp) : ICountsRecord;

/// <summary>Where the next segment of a partition starts, and the watermark there. Kept in the compacted topic <c>positions</c>.</summary>
public sealed record Position(SourcePartition Source, long Next, long Watermark);
