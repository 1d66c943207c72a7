using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>Rows of a model that are in no window, by what became of them.</summary>
/// <param name="Late">Their pane was behind the watermark of their own partition.</param>
/// <param name="Overtaken">Their pane was sealed when they came.</param>
/// <param name="Future">Dated further ahead of their record than the plan allows.</param>
/// <param name="Rejected">They could not be counted.</param>
/// <param name="Dropped">They waited in vain for a plan that has the model.</param>
/// <param name="Unreadable">Messages, not rows, that could not be read at all: how many rows they had is not known.</param>
public readonly record struct LossCounts(long Late, long Overtaken, long Future, long Rejected, long Dropped, long Unreadable = 0)
{
    /// <summary>Rows; unreadable messages are none.</summary>
    public long Sum => Late + Overtaken + Future + Rejected + Dropped;

    public static LossCounts operator +(LossCounts a, LossCounts b) => Add(a, b);

    public static LossCounts Add(LossCounts a, LossCounts b) =>
        new(a.Late + b.Late, a.Overtaken + b.Overtaken, a.Future + b.Future, a.Rejected + b.Rejected, a.Dropped + b.Dropped, a.Unreadable + b.Unreadable);

    public static LossCounts operator -(LossCounts a, LossCounts b) => Subtract(a, b);

    /// <summary>Never below 0: a counter that took over may know of fewer than the one before it had told.</summary>
    public static LossCounts Subtract(LossCounts a, LossCounts b) => new(
        Math.Max(0, a.Late - b.Late),
        Math.Max(0, a.Overtaken - b.Overtaken),
        Math.Max(0, a.Future - b.Future),
        Math.Max(0, a.Rejected - b.Rejected),
        Math.Max(0, a.Dropped - b.Dropped),
        Math.Max(0, a.Unreadable - b.Unreadable));
}

/// <summary>Rows that came for a window after it had closed.</summary>
/// <param name="Start">Of the window, event time in microseconds.</param>
/// <param name="Rows">How many.</param>
public readonly record struct OvertakenRows(long Start, long Rows);

/// <summary>The greatest watermark of a model's source partitions, and the record that moved it there.</summary>
public sealed record FurthestRecord(SourcePartition Source, long Watermark, WatermarkRecord Record);

/// <summary>What a model has lost since the window of the same name before, as far as the counts log tells.</summary>
/// <param name="Counts">Rows lost, of all versions: a row that was not counted names none.</param>
/// <param name="Rows">Rows counted in the window, of all versions.</param>
/// <param name="Overtaken">Closed windows that lack rows, by their start; the latest hundred.</param>
/// <param name="Furthest">Which record moved event time furthest; null where it is not known.</param>
public sealed record Losses(LossCounts Counts, long Rows, ImmutableArray<OvertakenRows> Overtaken, FurthestRecord? Furthest)
{
    /// <summary>Lost rows of all rows, 0 to 1; null where there are none.</summary>
    public double? Share => Of(Lost);

    /// <summary>Rejected rows of all rows, 0 to 1; null where there are none.</summary>
    public double? RejectedShare => Of(Rejected);

    /// <summary>Rows of a message of the model's sources, on average over those that could be read; 1 where none could.</summary>
    public double RowsPerMessage { get; init; } = 1;

    /// <summary>Rows that the unreadable messages are taken for: as many each as an average message has.</summary>
    public long Unread => (long)Math.Round(Counts.Unreadable * RowsPerMessage);

    /// <summary>Rejected rows, those of unreadable messages too.</summary>
    public long Rejected => Counts.Rejected + Unread;

    /// <summary>Lost rows, those of unreadable messages too.</summary>
    public long Lost => Counts.Sum + Unread;

    /// <summary>Rows of the window, of those counted, whose versions have no counts of their own.</summary>
    public long OtherVersions { get; init; }

    /// <summary>Counted and lost.</summary>
    public long All => Rows + Lost;

    private double? Of(long rows) => All == 0 ? null : (double)rows / All;
}

/// <summary>What of a model's losses its verdicts have shown, one account for each of its windows' names.</summary>
internal sealed class ShownLosses
{
    /// <summary>Windows named in one verdict.</summary>
    private const int MaxNamed = 100;

    /// <summary>Shown by the verdicts of that name.</summary>
    public LossCounts Counts { get; set; }

    /// <summary>Windows of that name in a row that closed without a row.</summary>
    public int Empty { get; set; }

    /// <summary>Rows overtaken since, by the start of their window.</summary>
    public SortedDictionary<long, long> Overtaken { get; } = [];

    public void Overtake(long start, long rows)
    {
        Overtaken[start] = Overtaken.GetValueOrDefault(start) + rows;
        if (Overtaken.Count > MaxNamed) Overtaken.Remove(Overtaken.First().Key);
    }

    /// <summary>Everything that is known and not shown: it is, from now on.</summary>
    public (LossCounts Counts, ImmutableArray<OvertakenRows> Overtaken) Show(LossCounts known)
    {
        LossCounts fresh = known - Counts;
        ImmutableArray<OvertakenRows> named = [.. Overtaken.Where(o => o.Value > 0).Select(o => new OvertakenRows(o.Key, o.Value))];
        Counts = known;
        Overtaken.Clear();
        return (fresh, named);
    }
}
