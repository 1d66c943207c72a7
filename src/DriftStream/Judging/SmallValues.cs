using System.Collections.Immutable;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>
/// Values of a group that few rows have are told together, as <see cref="SignalShares.Other"/>, so that nobody's row is found among them. Nothing is left out,
/// so that nothing is found by subtracting; how many rows are missing or unseen is no value of anybody, and stays by itself.
/// </summary>
internal static class SmallValues
{
    /// <param name="by">Rows of each value, and how many of them count.</param>
    /// <param name="coverage">Of how many rows of each value the label is known; empty where that is not told.</param>
    /// <param name="values">How many of <paramref name="by"/> are values; what follows is missing or unseen.</param>
    /// <param name="least">
    /// A value that fewer rows have, but at least one, joins the others, and then the next smallest, until they have so many together.
    /// </param>
    /// <returns>Of each value whether it joins the others.</returns>
    public static ImmutableArray<bool> Of(ImmutableArray<GroupRate> by, ImmutableArray<GroupCoverage> coverage, int values, int least) =>
        [.. Joining(by, coverage, Math.Min(values, by.Length), least)];

    /// <param name="by">As above.</param>
    /// <param name="coverage">As above.</param>
    /// <param name="joins">Whether each value joins the others.</param>
    public static (ImmutableArray<GroupCount> By, ImmutableArray<GroupCoverage> Coverage) Together(
        ImmutableArray<GroupRate> by, ImmutableArray<GroupCoverage> coverage, ImmutableArray<bool> joins)
    {
        int values = joins.Length, count = joins.Count(j => j);
        IEnumerable<GroupCount> apart = by.Where((_, i) => !Joins(i)).Select(g => new GroupCount(g.Value, g.Rows, g.Events));
        if (count == 0) return ([.. apart], coverage);
        var together = new GroupCount(
            SignalShares.Other, by.Where((_, i) => Joins(i)).Sum(g => g.Rows), by.Where((_, i) => Joins(i)).Sum(g => g.Events))
        { Values = count };
        ImmutableArray<GroupCount> told = [.. apart.Take(values - count), together, .. apart.Skip(values - count)];
        if (coverage.IsEmpty) return (told, coverage);
        GroupCoverage[] joined = [.. coverage.Where((_, i) => Joins(i))];
        var known = new GroupCoverage(SignalShares.Other, Sum(joined.Select(c => c.Selected)), Sum(joined.Select(c => c.Rejected)));
        IEnumerable<GroupCoverage> others = coverage.Where((_, i) => !Joins(i));
        return (told, [.. others.Take(values - count), known, .. others.Skip(values - count)]);

        bool Joins(int i) => i < values && joins[i];
    }

    // Both lists begin with the values of the layout, in its order.
    private static bool[] Joining(ImmutableArray<GroupRate> by, ImmutableArray<GroupCoverage> coverage, int values, int least)
    {
        var joins = new bool[values];
        (long Rows, long All) other = default;
        int[] smallestFirst = [.. Enumerable.Range(0, values).Where(i => Rows(i) + All(i) > 0).OrderBy(Rows).ThenBy(All).ThenByDescending(i => i)];
        foreach (int i in smallestFirst.Where(i => IsSmall(Rows(i)) || IsSmall(All(i)))) Join(i);
        foreach (int i in smallestFirst)
        {
            if (!IsSmall(other.Rows) && !IsSmall(other.All)) break;
            if (!joins[i]) Join(i);
        }

        return joins;

        bool IsSmall(long rows) => rows > 0 && rows < least;

        long Rows(int i) => by[i].Rows;

        long All(int i) => coverage.IsEmpty ? 0 : coverage[i].Selected.Rows + coverage[i].Rejected.Rows;

        void Join(int i)
        {
            joins[i] = true;
            other = (other.Rows + Rows(i), other.All + All(i));
        }
    }

    private static LabelCoverage Sum(IEnumerable<LabelCoverage> of) => of.Aggregate(
        default(LabelCoverage), (sum, c) => new LabelCoverage(sum.Rows + c.Rows, sum.Labelled + c.Labelled));
}
