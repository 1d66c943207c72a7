using System.Collections.Immutable;

namespace DriftStream.Frames;

/// <summary>
/// What a record of the topics <c>counts</c> and <c>panes</c> holds: a <see cref="Frame"/>, <see cref="SegmentHeaders"/>, a <see cref="Gap"/> or a
/// <see cref="SealedPane"/>, and nothing else.
/// </summary>
public interface ICountsRecord;

/// <summary>The headers of one flush, written together.</summary>
/// <param name="All">At least one header, and at most one for each source partition.</param>
public sealed record SegmentHeaders(ImmutableArray<SegmentHeader> All) : ICountsRecord;
