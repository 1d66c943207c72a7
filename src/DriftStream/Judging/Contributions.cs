using System.Collections.Immutable;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>Which cells make up the PSI of a signal; a zero side counts as half a row.</summary>
internal static class Contributions
{
    private const int Most = 8;

    /// <summary>The greatest first; cells without a difference are left out.</summary>
    public static ImmutableArray<CellContribution> Top(CellGroups groups) => groups.Dependence is { } dependence
        ? [.. dependence.Cells.Select(c => new CellContribution(c.Cell, c.Expected, c.Share, c.Term))]
        : [.. All(groups).Take(Most).Select(c => c.Cell)];

    /// <summary>All cells that differ, the greatest first, with the number of their group.</summary>
    public static IEnumerable<(int Group, CellContribution Cell)> All(CellGroups groups)
    {
        long rows = CountPair.Sum(groups.Reference), windowRows = CountPair.Sum(groups.Window);
        if (rows == 0 || windowRows == 0) return [];
        var cells = new List<(int Group, double Term)>(groups.Count);
        for (int i = 0; i < groups.Count; i++)
        {
            if (groups.Reference[i] + groups.Window[i] == 0) continue;
            double term = PopulationStability.Term(
                PopulationStability.HalfRow(groups.Reference[i], rows, groups.Count),
                PopulationStability.HalfRow(groups.Window[i], windowRows, groups.Count));
            if (term > 0) cells.Add((i, term));
        }

        return cells
            .OrderByDescending(c => c.Term).ThenBy(c => c.Group)
            .Select(c => (c.Group, new CellContribution(
                groups.Name(c.Group), (double)groups.Reference[c.Group] / rows, (double)groups.Window[c.Group] / windowRows, c.Term)));
    }
}
