using System.Text.Json.Serialization;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>
/// What became of the rows and messages of a segment, as its counter decided. One more fate, overtaken, is the judge's.
/// </summary>
/// <param name="Rows">Rows of all readable messages.</param>
/// <param name="Counted">Rows counted into panes.</param>
/// <param name="Late">Rows of panes that the partition's own watermark had sealed.</param>
/// <param name="Future">Rows dated further ahead of their record than the plan allows; they move no watermark.</param>
/// <param name="Rejected">Rows of readable messages that could not be counted: no event time, a column of an unusable type.</param>
/// <param name="Unowned">Rows that no model claims.</param>
/// <param name="Messages">Messages read, whatever became of them.</param>
/// <param name="Unreadable">Messages refused whole: their rows are not known.</param>
/// <param name="Tombstones">Messages without a value.</param>
public readonly record struct FateCounts(
    RowCount Rows,
    RowCount Counted,
    RowCount Late,
    RowCount Future,
    RowCount Rejected,
    RowCount Unowned,
    long Messages,
    long Unreadable,
    long Tombstones)
{
    /// <summary>Labels that come later than their predictions: they are in no pane, for they were told to the topic <c>joins</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RowCount Labels { get; init; }

    /// <inheritdoc cref="Subtract"/>
    public static FateCounts operator -(FateCounts a, FateCounts b) => Subtract(a, b);

    /// <summary>The difference of every number: the fates that came after <paramref name="b"/>, where <paramref name="a"/> goes on from it.</summary>
    public static FateCounts Subtract(FateCounts a, FateCounts b) => new(
        a.Rows - b.Rows,
        a.Counted - b.Counted,
        a.Late - b.Late,
        a.Future - b.Future,
        a.Rejected - b.Rejected,
        a.Unowned - b.Unowned,
        a.Messages - b.Messages,
        a.Unreadable - b.Unreadable,
        a.Tombstones - b.Tombstones)
    {
        Labels = a.Labels - b.Labels,
    };

    /// <inheritdoc cref="Add"/>
    public static FateCounts operator +(FateCounts a, FateCounts b) => Add(a, b);

    /// <summary>The sum of every number.</summary>
    public static FateCounts Add(FateCounts a, FateCounts b) => new(
        a.Rows + b.Rows,
        a.Counted + b.Counted,
        a.Late + b.Late,
        a.Future + b.Future,
        a.Rejected + b.Rejected,
        a.Unowned + b.Unowned,
        a.Messages + b.Messages,
        a.Unreadable + b.Unreadable,
        a.Tombstones + b.Tombstones)
    {
        Labels = a.Labels + b.Labels,
    };
}

/// <summary>Rows of one model that a segment's counter did not count, by fate: the model's next verdict shows them.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Late">Rows of panes that the partition's own watermark had sealed.</param>
/// <param name="Future">Rows dated further ahead of their record than the plan allows.</param>
/// <param name="Rejected">Rows that could not be counted.</param>
/// <param name="Unreadable">Messages, not rows, that could not be read and may be this model's; on a topic of several models each is told.</param>
public readonly record struct LostRows(
    string Model, RowCount Late = default, RowCount Future = default, RowCount Rejected = default, long Unreadable = 0)
{
    private const int LongestWhy = 300;

    /// <summary>
    /// What was wrong with the first of the rejected rows or unreadable messages, cut to 300 characters; null where there is none, or nobody said.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Why { get; init => field = value is { Length: > LongestWhy } ? value[..LongestWhy] + "..." : value; }

    /// <inheritdoc cref="Add"/>
    public static LostRows operator +(LostRows a, LostRows b) => Add(a, b);

    /// <summary>The sum of every number, under the model of <paramref name="a"/>, which came first.</summary>
    public static LostRows Add(LostRows a, LostRows b) =>
        new(a.Model, a.Late + b.Late, a.Future + b.Future, a.Rejected + b.Rejected, a.Unreadable + b.Unreadable) { Why = a.Why ?? b.Why };
}

/// <summary>The record that moved a partition's watermark to where it is: the first place to look for a fast clock.</summary>
/// <param name="Offset">Its offset in the source partition.</param>
/// <param name="Timestamp">Its Kafka timestamp in microseconds.</param>
public sealed record WatermarkRecord(SourceOffset Offset, EventTime Timestamp);
