using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Joins;

/// <summary>Everything of one plan on which the join depends, besides the partition of <c>joins</c>.</summary>
/// <param name="Models">By model id: those whose labels come later.</param>
/// <param name="Quiet">What partitions in which nothing comes do to time.</param>
/// <param name="Remembered">How many ids one partition of <c>joins</c> may have waiting: rows of further ones are refused.</param>
public sealed record JoinSettings(ImmutableSortedDictionary<string, JoinedModel> Models, QuietRule Quiet, int Remembered = int.MaxValue)
{
    /// <summary>More than that no joiner remembers of one partition: its index would be too long for an array.</summary>
    public const int MostRemembered = 900_000_000;
}

/// <summary>Where segments of <c>joins</c> end: what comes first.</summary>
/// <param name="Bytes">With the record with which the payload is this long.</param>
/// <param name="Span">Before the first record that was appended so much later than the segment's first.</param>
public sealed record JoinSegments(long Bytes, Duration Span);

/// <summary>Which of several labels of one prediction counts.</summary>
public enum Corrections
{
    /// <summary>The first in the log; later ones are duplicates.</summary>
    First,

    /// <summary>The newest by label time, then by the log; it takes the place of the one before.</summary>
    Last,
}

/// <summary>How predictions of one model meet their labels.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Topics">Its source topics, those of predictions and those of labels: the watermarks of all their partitions hold its horizon back.</param>
/// <param name="PaneSize">Length of its panes.</param>
/// <param name="PaneOffset">Shift of their starts, which are otherwise multiples of the size since 1970.</param>
/// <param name="AllowedLateness">How late a row may come and still be counted.</param>
/// <param name="Within">A label that is later than its prediction by more than this is late.</param>
/// <param name="Early">By how much a label's time may be before its prediction's.</param>
/// <param name="JudgeAt">
/// The delays after the end of a pane at which it is judged by the labels that have come; none greater than <paramref name="Within"/>.
/// </param>
/// <param name="Corrections">Which of several labels counts.</param>
public sealed record JoinedModel(
    string Model,
    ImmutableArray<string> Topics,
    Duration PaneSize,
    Duration PaneOffset,
    Duration AllowedLateness,
    Duration Within,
    Duration Early,
    ImmutableArray<Duration> JudgeAt,
    Corrections Corrections)
{
    /// <summary>What is counted of its joined rows: those of its signals that need the label.</summary>
    public ImmutableArray<BaselineSignal> Signals { get; init; } = [];

    /// <summary>An id that is remembered for longer than this, since it might first have been forgotten, is kept in the position record whole.</summary>
    public Duration Lifetime => Within + AllowedLateness + PaneSize;

    /// <summary>Start of the pane that holds a time.</summary>
    public EventTime PaneOf(EventTime time) => new EventTime(EventTime.Floor(time - PaneOffset, PaneSize)) + PaneOffset;

    /// <summary>The horizon from which on a prediction is no longer waited for.</summary>
    public EventTime PredictionEnd(EventTime time) => PaneOf(time) + PaneSize + Within + AllowedLateness;

    /// <summary>The horizon from which on a label without a prediction is an orphan.</summary>
    public EventTime LabelEnd(EventTime time) => PaneOf(time + Early) + PaneSize + AllowedLateness;

    /// <summary>The horizon from which on the counts of a pane's delay stay as they are.</summary>
    public EventTime Frozen(EventTime pane, Duration delay) => pane + PaneSize + delay + AllowedLateness;
}
