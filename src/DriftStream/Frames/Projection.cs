using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>
/// Rows of models whose labels come later, and their labels: of one stretch of a source partition what belongs into one partition of the topic
/// <c>joins</c>. Nothing else of a row is there. What it holds follows from the source partition and the plan alone, never from time: late rows are there too.
/// </summary>
/// <param name="Source">The partition whose messages these are.</param>
/// <param name="TopicId">The broker's id of the source topic: another one is another topic of that name, whose offsets begin again.</param>
/// <param name="Partitions">How many partitions the counter knows the source topic to have.</param>
/// <param name="Segment">Offset of the first message of the segment.</param>
/// <param name="Epoch">Offset in the plan topic of the plan that the rows were projected under: it names their layouts.</param>
/// <param name="From">
/// The offset after the last message that this session of the counter has told this partition of <c>joins</c> of; the segment's start at first.
/// </param>
/// <param name="Upto">The offset after the last message read.</param>
/// <param name="Watermark">Largest event time accepted so far in the source partition, or <see cref="EventTime.None"/>.</param>
/// <param name="Stamp">The counter's clock, microseconds since 1970.</param>
/// <param name="Rows">In the order of the partition.</param>
public sealed record Projection(
    SourcePartition Source,
    UInt128 TopicId,
    int Partitions,
    SourceOffset Segment,
    long Epoch,
    SourceOffset From,
    SourceOffset Upto,
    EventTime Watermark,
    EventTime Stamp,
    ImmutableArray<ProjectedRow> Rows)
{
    /// <summary>The partition held nothing more for a while, and everything read of it so far has been told.</summary>
    public bool Idle { get; init; }

    /// <summary>The segment ends at <see cref="Upto"/>.</summary>
    public bool Complete { get; init; }

    /// <summary>Which part this is, from 0, where one message has more rows than one record holds.</summary>
    public int Part { get; init; }

    /// <summary>How many parts there are. More than one only of a single message, each as full as can be, so that whoever projects it makes the same.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>The messages from <see cref="From"/> to <see cref="Upto"/> are gone: their rows will never be here.</summary>
    public bool IsGap { get; init; }
}

/// <summary>One row of a projection.</summary>
/// <param name="Offset">Of the message that held it.</param>
/// <param name="Id">Keyed hash of its model and its id (<see cref="RowIds"/>).</param>
/// <param name="Time">Event time of a prediction; of a label, the label's.</param>
/// <param name="Cell">Where it is counted: a <see cref="PredictionCell"/> or a <see cref="LabelCell"/>.</param>
public readonly record struct ProjectedRow(SourceOffset Offset, UInt128 Id, EventTime Time, IProjectedCell Cell)
{
    /// <summary>
    /// Where labels are numbers, the label, or what was predicted (NaN where nothing was): how far one is from the other is no matter of the cells of both.
    /// Null where labels are none.
    /// </summary>
    public double? Number { get; init; }
}

/// <summary>Where a projected row is counted: rows of one cell differ in id and time only.</summary>
public interface IProjectedCell
{
    /// <summary>The model's id.</summary>
    string Model { get; }
}

/// <summary>The cells of a prediction, by the layouts of its projection's plan.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Version">The version, empty where the model has none.</param>
/// <param name="Score">Cell of the score; -1 where the model has none, and where its labels are no matter of that.</param>
/// <param name="Decision">Cell of the decision, or its class; -1 where the model has none.</param>
/// <param name="Groups">Code of its group, a grouping each.</param>
/// <param name="Slices">Codes of the slices that it is in, ascending.</param>
public sealed record PredictionCell(string Model, string Version, int Score, int Decision, ImmutableArray<int> Groups, ImmutableArray<int> Slices)
    : IProjectedCell, IComparable<PredictionCell>
{
    /// <inheritdoc/>
    public bool Equals(PredictionCell? other) =>
        ReferenceEquals(this, other) || (other is not null && CompareTo(other) == 0);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Model, StringComparer.Ordinal);
        hash.Add(Version, StringComparer.Ordinal);
        hash.Add(Score);
        hash.Add(Decision);
        foreach (int code in Groups) hash.Add(code);
        foreach (int code in Slices) hash.Add(code);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(PredictionCell? other)
    {
        if (other is null) return 1;
        int order = string.CompareOrdinal(Model, other.Model);
        if (order == 0) order = string.CompareOrdinal(Version, other.Version);
        if (order == 0) order = Score.CompareTo(other.Score);
        if (order == 0) order = Decision.CompareTo(other.Decision);
        if (order == 0) order = Groups.AsSpan().SequenceCompareTo(other.Groups.AsSpan());
        return order != 0 ? order : Slices.AsSpan().SequenceCompareTo(other.Slices.AsSpan());
    }
}

/// <summary>The cell of a label, by the layout of its projection's plan.</summary>
/// <param name="Model">Id of the model whose prediction it is the truth of.</param>
/// <param name="Cell">Cell of the label, or its class; 0 where it is a number, which the row has.</param>
public sealed record LabelCell(string Model, int Cell) : IProjectedCell;
