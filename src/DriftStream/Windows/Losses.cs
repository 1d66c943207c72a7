using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>Rows of a model that are in no window, by what became of them.</summary>
/// <param name="Late">Their pane was behind the watermark of their own partition.</param>
/// <param name="Overtaken">Their pane was already sealed when they came.</param>
/// <param name="Future">They are dated further ahead of their record than the plan allows.</param>
/// <param name="Rejected">They could not be counted.</param>
/// <param name="Dropped">They waited in vain for a plan that has the model.</param>
/// <param name="Unreadable">Messages, not rows, that could not be read at all, so that their rows are unknown.</param>
public readonly record struct LossCounts(
    RowCount Late = default,
    RowCount Overtaken = default,
    RowCount Future = default,
    RowCount Rejected = default,
    RowCount Dropped = default,
    long Unreadable = 0)
{
    /// <summary>Rows lost; unreadable messages are not among them.</summary>
    public RowCount Sum => Late + Overtaken + Future + Rejected + Dropped;

    /// <summary>What a header says of a model.</summary>
    public static LossCounts Of(LostRows lost) => new(Late: lost.Late, Future: lost.Future, Rejected: lost.Rejected, Unreadable: lost.Unreadable);

    /// <inheritdoc cref="Add"/>
    public static LossCounts operator +(LossCounts a, LossCounts b) => Add(a, b);

    /// <summary>The sum of every number.</summary>
    public static LossCounts Add(LossCounts a, LossCounts b) =>
        new(a.Late + b.Late, a.Overtaken + b.Overtaken, a.Future + b.Future, a.Rejected + b.Rejected, a.Dropped + b.Dropped, a.Unreadable + b.Unreadable);

    /// <summary>The greater of every number.</summary>
    public static LossCounts Max(LossCounts a, LossCounts b) => new(
        RowCount.Max(a.Late, b.Late),
        RowCount.Max(a.Overtaken, b.Overtaken),
        RowCount.Max(a.Future, b.Future),
        RowCount.Max(a.Rejected, b.Rejected),
        RowCount.Max(a.Dropped, b.Dropped),
        Math.Max(a.Unreadable, b.Unreadable));

    /// <inheritdoc cref="Subtract"/>
    public static LossCounts operator -(LossCounts a, LossCounts b) => Subtract(a, b);

    /// <summary>The difference of every number, never below 0: a counter that took over may know of fewer rows than the one before it had told.</summary>
    public static LossCounts Subtract(LossCounts a, LossCounts b) => new(
        RowCount.Max(RowCount.Zero, a.Late - b.Late),
        RowCount.Max(RowCount.Zero, a.Overtaken - b.Overtaken),
        RowCount.Max(RowCount.Zero, a.Future - b.Future),
        RowCount.Max(RowCount.Zero, a.Rejected - b.Rejected),
        RowCount.Max(RowCount.Zero, a.Dropped - b.Dropped),
        Math.Max(0, a.Unreadable - b.Unreadable));
}

/// <summary>Rows that came for a window after it had closed.</summary>
/// <param name="Start">Start of the window, event time in microseconds.</param>
/// <param name="Rows">How many.</param>
public readonly record struct OvertakenRows(EventTime Start, RowCount Rows);

/// <summary>The greatest watermark of a model's source partitions, and the record that moved it there.</summary>
public sealed record FurthestRecord(SourcePartition Source, EventTime Watermark, WatermarkRecord Record);

/// <summary>What a model has lost since the previous window of the same name, as far as the counts log tells.</summary>
/// <param name="Counts">Rows lost, of all versions: a row that was not counted names no version.</param>
/// <param name="Rows">Rows counted in the window, of all versions.</param>
/// <param name="Overtaken">Closed windows that lack rows, by their start; at most the latest hundred.</param>
/// <param name="Furthest">The record that moved event time furthest; null where it is unknown.</param>
public sealed record Losses(LossCounts Counts, RowCount Rows, ImmutableArray<OvertakenRows> Overtaken, FurthestRecord? Furthest)
{
    /// <summary>Lost rows as a share of all rows, 0 to 1; null where there are none.</summary>
    public double? Share => Of(Lost);

    /// <summary>Rejected rows as a share of all rows, 0 to 1; null where there are none.</summary>
    public double? RejectedShare => Of(Rejected);

    /// <summary>Average rows of a message of the model's sources, over those that could be read; 1 where none could.</summary>
    public double RowsPerMessage { get; init; } = 1;

    /// <summary>How many rows the unreadable messages are taken to have held, at the average of a message.</summary>
    public RowCount Unread => new((long)Math.Round(Counts.Unreadable * RowsPerMessage));

    /// <summary>Rejected rows, with those of unreadable messages.</summary>
    public RowCount Rejected => Counts.Rejected + Unread;

    /// <summary>Lost rows, with those of unreadable messages.</summary>
    public RowCount Lost => Counts.Sum + Unread;

    /// <summary>What was wrong with one of the rejected rows or unreadable messages; null where there is none, or nobody said.</summary>
    public string? Why { get; init; }

    /// <summary>Those of <see cref="Counts"/> of which a <see cref="Standstill"/> has told: no rule speaks of them again.</summary>
    public LossCounts Told { get; init; }

    /// <summary>The losses that rules look at: those that nobody was told of.</summary>
    public Losses Untold() => Told == default ? this : this with { Counts = Counts - Told, Told = default };

    /// <summary>Counted rows of the window whose versions have no counts of their own.</summary>
    public RowCount OtherVersions { get; init; }

    /// <summary>Rows counted and lost.</summary>
    public RowCount All => Rows + Lost;

    private double? Of(long rows) => All == 0 ? null : (double)rows / All;
}

/// <summary>Which of a model's losses its verdicts have shown; one account for each name of a window.</summary>
internal sealed class ShownLosses
{
    /// <summary>How many windows one verdict names at most.</summary>
    private const int MaxNamed = 100;

    /// <summary>Losses that verdicts of that name have shown.</summary>
    public LossCounts Counts { get; set; }

    /// <summary>Those of them of which a standstill had told.</summary>
    public LossCounts Told { get; set; }

    /// <summary>How many windows of that name in a row closed without a row.</summary>
    public int Empty { get; set; }

    /// <summary>Rows overtaken since the last verdict, by the start of their window.</summary>
    public SortedDictionary<EventTime, RowCount> Overtaken { get; } = [];

    public void Overtake(EventTime start, RowCount rows)
    {
        Overtaken[start] = Overtaken.GetValueOrDefault(start) + rows;
        if (Overtaken.Count > MaxNamed) Overtaken.Remove(Overtaken.First().Key);
    }

    /// <summary>Everything that is known and has not been shown; from now on it counts as shown.</summary>
    public (LossCounts Counts, LossCounts Told, ImmutableArray<OvertakenRows> Overtaken) Show(LossCounts known, LossCounts told)
    {
        (LossCounts fresh, LossCounts freshlyTold) = (known - Counts, told - Told);
        ImmutableArray<OvertakenRows> named = [.. Overtaken.Where(o => o.Value > 0).Select(o => new OvertakenRows(o.Key, o.Value))];
        // Less may be known for a while, as where another plan has begun to count rows again: what was shown stays shown.
        (Counts, Told) = (LossCounts.Max(Counts, known), LossCounts.Max(Told, told));
        Overtaken.Clear();
        return (fresh, freshlyTold, named);
    }
}
