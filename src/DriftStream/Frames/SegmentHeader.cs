using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>How far a segment has been read, and what that means for time. Written to every counts partition, after its frames.</summary>
/// <param name="Source">The partition whose messages these are.</param>
/// <param name="Segment">Offset of the segment's first message.</param>
/// <param name="Variant">What the segment was counted under.</param>
/// <param name="Upto">The offset after the last message read.</param>
/// <param name="Watermark">Largest event time accepted so far in the partition, of rows rejected for another column too, or <c>EventTime.None</c>.</param>
/// <param name="Fates">What became of the segment's rows so far.</param>
/// <param name="Lost">Rows of models that were not counted, by fate, since the segment's start; models without any are absent.</param>
/// <param name="Complete">The segment ends at <paramref name="Upto"/>.</param>
/// <param name="Idle">The partition held nothing more, and everything counted so far has been written.</param>
/// <param name="Stamp">The counter's clock, microseconds since 1970: when the end of the partition was fetched if idle, else when this was flushed.</param>
/// <param name="Partitions">How many partitions the counter knows the source topic to have.</param>
/// <param name="Plan">Offset in the plan topic of the newest plan that the counter knows; at least the variant's epoch.</param>
/// <param name="Mover">The record of this segment that moved the watermark last, or null where none did.</param>
public sealed record SegmentHeader(
    SourcePartition Source,
    SourceOffset Segment,
    Variant Variant,
    SourceOffset Upto,
    EventTime Watermark,
    FateCounts Fates,
    ImmutableArray<LostRows> Lost,
    bool Complete,
    bool Idle,
    EventTime Stamp,
    int Partitions,
    long Plan = 0,
    WatermarkRecord? Mover = null)
{
    /// <summary>Short hash (<see cref="PlanName.Short"/>) of the plan at <see cref="Plan"/>; 0 where an earlier release wrote none.</summary>
    public ulong PlanHash { get; init; }

    /// <summary>Short hash of the plan at the variant's epoch; 0 where an earlier release wrote none.</summary>
    public ulong EpochHash { get; init; }

    /// <summary>Rows of the segment, or of what it was made of, are gone that had been read by then, by the stamp of whoever noticed; otherwise none.</summary>
    public EventTime LostUpto { get; init; } = EventTime.None;
}

/// <summary>Messages [From, To) of a source partition are gone: through retention or truncation, or because the topic was made again.</summary>
public sealed record Gap(SourcePartition Source, SourceOffset From, SourceOffset To, EventTime Stamp) : ICountsRecord;

/// <summary>Where the next segment of a partition starts, and the watermark there. Kept in the compacted topic <c>positions</c>.</summary>
public sealed record Position(SourcePartition Source, SourceOffset Next, EventTime Watermark)
{
    /// <summary>
    /// The first record of the segment before; of the segment that starts there where none has ended yet. Null in records of earlier releases.
    /// </summary>
    public RecordMark? First { get; init; }

    /// <summary>The last record before <see cref="Next"/>.</summary>
    public RecordMark? Last { get; init; }
}

/// <summary>A record of a source partition, by which the topic is told from another one that was made under its name.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Timestamp">Its timestamp.</param>
public sealed record RecordMark(SourceOffset Offset, EventTime Timestamp);
