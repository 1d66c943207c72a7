using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>
/// Which cells are merged before they are compared: rare ones with rare ones, until five rows of the smaller sample are expected. It goes by pooled
/// counts, never by the reference's: a rule that looks at only one sample is not symmetric and does not hold the level. A rare cell never joins
/// a big one, where its change would drown.
/// </summary>
/// <param name="GroupOf">The group of each cell, <see cref="Rest"/>, or <see cref="Apart"/>.</param>
/// <param name="Count">The number of groups, without the rest.</param>
public sealed record CellMerging(ImmutableArray<int> GroupOf, int Count)
{
    /// <summary>Cells that are too few to make up a group.</summary>
    public const int Rest = -1;

    /// <summary>Cells that were taken out beforehand.</summary>
    public const int Apart = -2;

    private const double Enough = 5;

    /// <param name="pooled">Rows of both samples by cell.</param>
    /// <param name="unseen">The cell of unseen categories, or -1: it goes first.</param>
    /// <param name="neverAlone">Cells with at most this many rows go first.</param>
    /// <param name="smaller">Share of the smaller sample among all rows.</param>
    /// <param name="apart">Cells to leave out, ascending.</param>
    /// <param name="design">So many rows count as one.</param>
    public static CellMerging Of(
        ReadOnlySpan<long> pooled, int unseen, long neverAlone, double smaller, ReadOnlySpan<int> apart, double design = 1)
    {
        smaller /= design;
        var groupOf = new int[pooled.Length];
        foreach (int cell in apart) groupOf[cell] = Apart;
        var rare = new List<(long Pooled, int Cell)>();
        var open = new List<int>();
        long rows = 0;
        int groups = 0;
        for (int cell = 0; cell < pooled.Length; cell++)
        {
            if (groupOf[cell] == Apart) continue;
            groupOf[cell] = Rest;
            if (cell == unseen || pooled[cell] <= neverAlone * design) Take(cell, pooled[cell]);
            else if (pooled[cell] * smaller < Enough) rare.Add((pooled[cell], cell));
        }

        if (rows * smaller >= Enough) Close();
        rare.Sort();
        foreach ((long count, int cell) in rare)
        {
            Take(cell, count);
            if (rows * smaller >= Enough) Close();
        }

        if (groups > 0 && rows > 0)
        {
            foreach (int cell in open) groupOf[cell] = groups - 1;
        }

        for (int cell = 0; cell < pooled.Length; cell++)
        {
            if (groupOf[cell] == Rest && cell != unseen && pooled[cell] > neverAlone * design && pooled[cell] * smaller >= Enough)
                groupOf[cell] = groups++;
        }

        return new CellMerging([.. groupOf], groups);

        void Take(int cell, long count)
        {
            open.Add(cell);
            rows += count;
        }

        void Close()
        {
            foreach (int cell in open) groupOf[cell] = groups;
            groups++;
            open.Clear();
            rows = 0;
        }
    }

    /// <summary>Sums by group; the last element is the rest's.</summary>
    public long[] Sums(ReadOnlySpan<long> counts)
    {
        var sums = new long[Count + 1];
        for (int cell = 0; cell < counts.Length; cell++)
        {
            int group = GroupOf[cell];
            if (group != Apart) sums[group == Rest ? Count : group] += counts[cell];
        }

        return sums;
    }
}
