using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json.Serialization;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>What has become of the labels that one topic brought for one model, each once, and how long after their predictions they came.</summary>
public sealed record LabelSource
{
    /// <summary>Labels taken.</summary>
    public long Labels { get; init; }

    /// <summary>Those that wait for their prediction.</summary>
    public long Waiting { get; init; }

    /// <summary>Those that were the first of their prediction.</summary>
    public long Matched { get; init; }

    /// <summary>Those without a prediction that they might belong to.</summary>
    public long Orphans { get; init; }

    /// <summary>Those that are later than their prediction by more than <c>within</c>.</summary>
    public long Late { get; init; }

    /// <summary>Those of a prediction that had one, where the first one counts.</summary>
    public long Duplicates { get; init; }

    /// <summary>Those of a prediction that had one, where the newest one counts.</summary>
    public long Corrected { get; init; }

    /// <summary>Those that were refused, since too many ids were remembered.</summary>
    public long Unjoined { get; init; }

    /// <summary>Of the matched ones how many by <see cref="LagCells"/>.</summary>
    public ImmutableSortedDictionary<int, long> Lags { get; init; } = ImmutableSortedDictionary<int, long>.Empty;

    /// <summary>Every label has one fate.</summary>
    [JsonIgnore]
    public bool IsWhole => Labels == Waiting + Matched + Orphans + Late + Duplicates + Corrected + Unjoined;

    /// <summary>What became of the labels, by the names of <see cref="JoinFates.OfLabels"/>.</summary>
    public IEnumerable<(string Fate, long Rows)> Fates() =>
    [
        ("waiting", Waiting), ("matched", Matched), ("orphan", Orphans), ("late", Late), ("duplicate", Duplicates), ("corrected", Corrected),
        ("unjoined", Unjoined),
    ];

    /// <summary>The time after their prediction by which that share of the matched labels had come: to an eighth of it, rounded up; null of none.</summary>
    /// <param name="share">0.5 for the median.</param>
    public Duration? LagOf(double share)
    {
        long all = Lags.Values.Sum(), least = Math.Max(1, (long)Math.Ceiling(share * all)), seen = 0;
        foreach ((int cell, long rows) in Lags)
        {
            seen += rows;
            if (seen >= least) return LagCells.End(cell);
        }

        return null;
    }

    /// <summary>Those of several partitions of <c>joins</c>.</summary>
    public static LabelSource Sum(IEnumerable<LabelSource> all) => all.Aggregate(
        new LabelSource(),
        (a, b) => new LabelSource
        {
            Labels = a.Labels + b.Labels,
            Waiting = a.Waiting + b.Waiting,
            Matched = a.Matched + b.Matched,
            Orphans = a.Orphans + b.Orphans,
            Late = a.Late + b.Late,
            Duplicates = a.Duplicates + b.Duplicates,
            Corrected = a.Corrected + b.Corrected,
            Unjoined = a.Unjoined + b.Unjoined,
            Lags = a.Lags.Concat(b.Lags).GroupBy(l => l.Key).ToImmutableSortedDictionary(l => l.Key, l => l.Sum(n => n.Value)),
        });
}

/// <summary>
/// Cells of how long after its prediction a label is: whole seconds up to 8, then eight to an octave. Labels before their prediction are in the first.
/// </summary>
public static class LagCells
{
    private const int Parts = 8, PartBits = 3;

    /// <summary>The cell of a lag.</summary>
    public static int Of(Duration lag)
    {
        long seconds = Math.Max(0, lag.Microseconds) / EventTime.Second;
        if (seconds < Parts) return (int)seconds;
        int octave = BitOperations.Log2((ulong)seconds);
        return ((octave - PartBits + 1) * Parts) + (int)((seconds >> (octave - PartBits)) & (Parts - 1));
    }

    /// <summary>The end of a cell: all lags in it are shorter.</summary>
    public static Duration End(int cell)
    {
        int next = cell + 1, octave = (next / Parts) + PartBits - 1;
        return new Duration((next < Parts ? next : (long)(Parts + (next % Parts)) << (octave - PartBits)) * EventTime.Second);
    }
}

/// <summary>The same while rows come.</summary>
internal sealed class LabelTally
{
    private readonly SortedDictionary<int, long> _lags = [];

    public long Labels { get; set; }

    public long Waiting { get; set; }

    public long Orphans { get; set; }

    public long Late { get; set; }

    public long Duplicates { get; set; }

    public long Corrected { get; set; }

    public long Unjoined { get; set; }

    private long Matched { get; set; }

    public void Match(Duration lag)
    {
        Matched++;
        int cell = LagCells.Of(lag);
        _lags[cell] = _lags.GetValueOrDefault(cell) + 1;
    }

    /// <summary>One that waited is without a prediction.</summary>
    public void Orphan() => (Waiting, Orphans) = (Waiting - 1, Orphans + 1);

    public LabelSource Save() => new()
    {
        Labels = Labels,
        Waiting = Waiting,
        Matched = Matched,
        Orphans = Orphans,
        Late = Late,
        Duplicates = Duplicates,
        Corrected = Corrected,
        Unjoined = Unjoined,
        Lags = _lags.ToImmutableSortedDictionary(),
    };

    /// <summary>As a position record has it.</summary>
    public void Restore(LabelSource of)
    {
        (Labels, Waiting, Matched, Orphans, Late) = (of.Labels, of.Waiting, of.Matched, of.Orphans, of.Late);
        (Duplicates, Corrected, Unjoined) = (of.Duplicates, of.Corrected, of.Unjoined);
        _lags.Clear();
        foreach ((int cell, long rows) in of.Lags) _lags.Add(cell, rows);
    }
}
