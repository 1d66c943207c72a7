using System.Collections.Immutable;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>Which cells make up the PSI of a signal; a zero side counts as half a row.</summary>
internal static class Contributions
{
    /// <summary>The number of those that are put together because few rows have them: of no group.</summary>
    public const int Other = -1;

    private const int Most = 8;

    /// <summary>The greatest first; cells without a difference are left out.</summary>
    /// <param name="groups">The cells.</param>
    /// <param name="least">Values that fewer rows of a sample have are told together, as in a distribution; 0 tells each.</param>
    public static ImmutableArray<CellContribution> Top(CellGroups groups, int least) => groups.Dependence is { } dependence
        ? [.. dependence.Cells.Where(c => !IsSmall(c.Share * dependence.Window.Rows, least))
            .Select(c => new CellContribution(c.Cell, c.Expected, c.Share, c.Term))]
        : [.. All(groups, least).Take(Most).Select(c => c.Cell)];

    /// <summary>All cells that differ, the greatest first, with the number of their group.</summary>
    /// <param name="groups">The cells.</param>
    /// <param name="least">As above.</param>
    public static IEnumerable<(int Group, CellContribution Cell)> All(CellGroups groups, int least)
    {
        long rows = CountPair.Sum(groups.Reference), windowRows = CountPair.Sum(groups.Window);
        if (rows == 0 || windowRows == 0) return [];
        bool[] joins = least == 0 ? [] : SignalShares.Joining(groups, least, int.MaxValue);
        var cells = new List<(int Group, CellContribution Cell)>(groups.Count);
        (long Reference, long Window) other = default;
        for (int i = 0; i < groups.Count; i++)
        {
            if (i < joins.Length && joins[i]) other = (other.Reference + groups.Reference[i], other.Window + groups.Window[i]);
            else Add(i, groups.Name(i), groups.Reference[i], groups.Window[i]);
        }

        Add(Other, SignalShares.Other, other.Reference, other.Window);
        return cells.OrderByDescending(c => c.Cell.Contribution).ThenBy(c => c.Group);

        // Of counts that are told, since a share in full gives its count away.
        void Add(int group, string name, long ofReference, long ofWindow)
        {
            if (ofReference + ofWindow == 0) return;
            double term = PopulationStability.Term(
                PopulationStability.HalfRow(ofReference, rows, groups.Count), PopulationStability.HalfRow(ofWindow, windowRows, groups.Count));
            if (term > 0) cells.Add((group, new CellContribution(name, (double)ofReference / rows, (double)ofWindow / windowRows, term)));
        }
    }

    private static bool IsSmall(double rows, int least) => rows > 0.5 && rows < least - 0.5;
}
