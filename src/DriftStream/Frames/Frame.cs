using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>One partition of one source topic.</summary>
public readonly record struct SourcePartition(string Topic, int Partition) : IComparable<SourcePartition>
{
    /// <inheritdoc/>
    public int CompareTo(SourcePartition other)
    {
        int order = string.CompareOrdinal(Topic, other.Topic);
        return order != 0 ? order : Partition.CompareTo(other.Partition);
    }

    /// <summary>As messages and logs write it: <c>topic[0]</c>.</summary>
    public override string ToString() => $"{Topic}[{Partition}]";
}

/// <summary>
/// What the content of a segment depends on besides the log: the plan's epoch and the watermark at its start. The epoch is the offset of
/// the first plan with these cells, panes and fates: a plan that changes only rules or owners counts under the epoch before it.
/// </summary>
public readonly record struct Variant(long Epoch, EventTime Watermark) : IComparable<Variant>
{
    /// <inheritdoc/>
    public int CompareTo(Variant other) => Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Watermark.CompareTo(other.Watermark);
}

/// <summary>
/// Names one entry: a part of the signals of one pane of one version of a model. Models with many cells are written in several
/// parts so that no message grows without bound; which signal is in which part follows from the plan.
/// </summary>
/// <param name="Model">A model's id, or a value that no model claims.</param>
/// <param name="Version">The version, empty where the model has none.</param>
/// <param name="Start">Start of the pane, event time in microseconds.</param>
/// <param name="Size">Length of the pane in microseconds.</param>
/// <param name="Part">0 for the first part, which alone carries the rows.</param>
/// <param name="Unowned">No model claims these rows.</param>
/// <param name="Rest">These are the rows of all versions without counts of their own; <paramref name="Version"/> is then empty.</param>
public readonly record struct EntryKey(string Model, string Version, EventTime Start, Duration Size, int Part, bool Unowned = false, bool Rest = false)
    : IComparable<EntryKey>
{
    /// <summary>End of the pane, exclusive; event time in microseconds.</summary>
    public EventTime End => Start + Size;

    /// <inheritdoc/>
    public int CompareTo(EntryKey other)
    {
        int order = string.CompareOrdinal(Model, other.Model);
        if (order == 0) order = string.CompareOrdinal(Version, other.Version);
        if (order == 0) order = Start.CompareTo(other.Start);
        if (order == 0) order = Size.CompareTo(other.Size);
        if (order == 0) order = Part.CompareTo(other.Part);
        if (order == 0) order = Unowned.CompareTo(other.Unowned);
        return order != 0 ? order : Rest.CompareTo(other.Rest);
    }
}

/// <summary>Cumulative counts of an entry within its segment.</summary>
/// <param name="Key">Names the entry.</param>
/// <param name="Rows">Rows counted; 0 in every part but the first.</param>
/// <param name="Signals">Counts of the part's signals, in the model's order.</param>
public sealed record Entry(EntryKey Key, RowCount Rows, ImmutableArray<SignalCounts> Signals)
{
    /// <summary>
    /// How many versions of the pane came first in the segment's log before this one did; in a sealed pane, how many rank before it.
    /// Always 0 for rows without a version, and for the rest.
    /// </summary>
    public int Seen { get; init; }
}

/// <summary>A part of a pane that is closed for good, as it is written to the panes topic.</summary>
/// <param name="Entry">Its counts; a signal may be there under several layouts where plans that differ counted it.</param>
/// <param name="Epochs">Epochs of the plans that counted it, ascending.</param>
public sealed record SealedPane(Entry Entry, ImmutableArray<long> Epochs) : ICountsRecord
{
    /// <summary>Names the pane's part, as its entry does.</summary>
    public EntryKey Key => Entry.Key;

    /// <summary>Some rows of the version may be in the pane's rest.</summary>
    public bool Torn { get; init; }

    /// <summary>Its bytes in the panes topic, as they were read or as they are to be written; empty where it is neither.</summary>
    public ImmutableArray<byte> Record { get; init; } = [];
}

/// <summary>Entries of one segment, as far as it has been read.</summary>
/// <param name="Source">The partition whose messages these are.</param>
/// <param name="Segment">Offset of the segment's first message.</param>
/// <param name="Variant">What the segment was counted under.</param>
/// <param name="Upto">The offset after the last message counted. Of several frames the greatest wins.</param>
/// <param name="Entries">At least one.</param>
public sealed record Frame(SourcePartition Source, SourceOffset Segment, Variant Variant, SourceOffset Upto, ImmutableArray<Entry> Entries) : ICountsRecord;
