using System.Collections.Immutable;
using System.Numerics;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <summary>What has become of the labels that one topic brought for one model, each once, and how long after their predictions they came.</summary>
/// <param name="Labels">Labels taken.</param>
/// <param name="Waiting">Those that wait for their prediction.</param>
/// <param name="Matched">Those that were the first of their prediction.</param>
/// <param name="Orphans">Those without a prediction that they might belong to.</param>
/// <param name="Late">Those that are later than their prediction by more than <c>within</c>.</param>
/// <param name="Duplicates">Those of a prediction that had one, where the first one counts.</param>
/// <param name="Corrected">Those of a prediction that had one, where the newest one counts.</param>
/// <param name="Unjoined">Those that were refused, since too many ids were remembered.</param>
/// <param name="Lags">Of the matched ones how many by <see cref="LagCells"/>.</param>
public sealed record LabelSource(
    long Labels, long Waiting, long Matched, long Orphans, long Late, long Duplicates, long Corrected, long Unjoined,
    ImmutableSortedDictionary<int, long> Lags)
{
    /// <summary>Every label has one fate.</summary>
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
        new LabelSource(0, 0, 0, 0, 0, 0, 0, 0, ImmutableSortedDictionary<int, long>.Empty),
        (a, b) => new LabelSource(
            a.Labels + b.Labels, a.Waiting + b.Waiting, a.Matched + b.Matched, a.Orphans + b.Orphans, a.Late + b.Late, a.Duplicates + b.Duplicates,
            a.Corrected + b.Corrected, a.Unjoined + b.Unjoined,
            a.Lags.Concat(b.Lags).GroupBy(l => l.Key).ToImmutableSortedDictionary(l => l.Key, l => l.Sum(n => n.Value))));
}

/// <summary>Cells of how long after its prediction a label is: whole seconds up to 8, then eight to an octave. Labels before their prediction are in the first.</summary>
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

    public LabelSource Save() => new(
        Labels, Waiting, Matched, Orphans, Late, Duplicates, Corrected, Unjoined, _lags.ToImmutableSortedDictionary());

    /// <summary>As a position record has it.</summary>
    public void Restore(LabelSource of)
    {
        (Labels, Waiting, Matched, Orphans, Late) = (of.Labels, of.Waiting, of.Matched, of.Orphans, of.Late);
        (Duplicates, Corrected, Unjoined) = (of.Duplicates, of.Corrected, of.Unjoined);
        _lags.Clear();
        foreach ((int cell, long rows) in of.Lags) _lags.Add(cell, rows);
    }
}
