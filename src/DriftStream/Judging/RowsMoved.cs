using System.Collections.Immutable;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>
/// How many rows of a window are not where the reference has them: an estimate of how many a change concerns, from counts alone, to the next whole row.
/// </summary>
internal static class RowsMoved
{
    /// <summary>So much of the rate of the group that is selected most often each group should have: the four-fifths rule (29 CFR 1607.4 D).</summary>
    private const double FourFifths = 0.8;

    private const double Nearly = 0.99, Half = 0.5;

    /// <summary>
    /// Rows of a signal: the sum over cells of max(0, w - m r / n), of w of the window's m rows in a cell and r of the reference's n. Where nothing but the
    /// rate of one cell speaks (missing, NaN, unseen), those of that cell alone; where nothing but the volume, none.
    /// </summary>
    /// <param name="pair">The signal's counts.</param>
    /// <param name="groups">Of a pair of columns, what its margins and the reference's dependence lead to expect.</param>
    /// <param name="speaking">The statistics whose rules speak.</param>
    public static long Of(in CountPair pair, CellGroups groups, ImmutableArray<string> speaking)
    {
        if (pair.ReferenceRows == 0 || pair.WindowRows == 0) return 0;
        if (groups.Dependence is { } dependence) return Whole(dependence.Moved);
        double moved = 0;
        bool ofRates = true;
        foreach (string statistic in speaking.Distinct().Where(s => s != RowRates.Volume))
        {
            if (RowRates.Rows(pair, statistic) is { } rows) moved += Surplus(pair, rows.Reference, rows.Window);
            else ofRates = false;
        }

        if (ofRates) return Whole(moved);
        moved = 0;
        for (int cell = 0; cell < pair.Layout.Cells; cell++) moved += Surplus(pair, pair.Reference[cell], pair.Window[cell]);
        return Whole(moved);
    }

    /// <summary>
    /// Rows of a fairness table: the sum over groups of max(0, 0.8 p n - s), of n rows in a group of which s count (were selected, mostly), and
    /// the highest rate p.
    /// </summary>
    /// <param name="groups">All groups but missing and unseen.</param>
    /// <param name="minRows">Groups with fewer rows are left out.</param>
    public static long OfGroups(ImmutableArray<GroupRate> groups, long minRows)
    {
        GroupRate[] large = [.. groups.Where(g => g.Rows >= minRows && g.Rows > 0)];
        if (large.Length == 0) return 0;
        double highest = large.Max(g => g.Rate!.Value);
        return Whole(large.Sum(g => Math.Max(0, (FourFifths * highest * g.Rows) - g.Events)));
    }

    /// <summary>Whether at least 99 % of the rows are in one cell that has less than half of the reference.</summary>
    public static bool IsOneCell(in CountPair pair)
    {
        for (int cell = 0; cell < pair.Layout.Cells; cell++)
        {
            if (pair.Window[cell] >= Nearly * pair.WindowRows) return pair.WindowRows > 0 && pair.Reference[cell] < Half * pair.ReferenceRows;
        }

        return false;
    }

    private static double Surplus(in CountPair pair, long reference, long window) =>
        Math.Max(0, window - ((double)pair.WindowRows * reference / pair.ReferenceRows));

    private static long Whole(double rows) => (long)Math.Round(rows, MidpointRounding.AwayFromZero);
}
