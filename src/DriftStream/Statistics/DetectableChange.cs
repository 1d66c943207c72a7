using System.Collections.Concurrent;
using DriftStream.Cells;
using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace DriftStream.Statistics;

/// <summary>
/// How small a change the default test still finds: "steady" means no more than that. By the noncentral chi2 distribution (Cohen 1988, chapter 7): a change of
/// PSI p moves X2 by about p N M / (N + M), of independent rows.
/// </summary>
public static class DetectableChange
{
    /// <summary>In so many windows of all that have such a change it is found.</summary>
    public const double Power = 0.8;

    private const int MostKept = 10_000;

    // By degrees of freedom and level: the same few for all signals and windows of a model.
    private static readonly ConcurrentDictionary<(int Degrees, double Level), double> Shifts = [];

    /// <summary>The least PSI that is found; at least the floor of the rule. Null where a sample is empty, or there are no two cells to compare.</summary>
    /// <param name="pair">The counts.</param>
    /// <param name="groups">Their groups.</param>
    /// <param name="level">Of the signal, that is the rule's over the signals of the window.</param>
    /// <param name="floor">The least effect at which the rule speaks.</param>
    public static double? Psi(in CountPair pair, CellGroups groups, double level, double floor)
    {
        if (groups.Drift?.Bulk is not { } bulk) return null;
        double share = CellDrift.ShareOfBulk(pair.Layout.Kind == LayoutKind.Numeric);
        return Psi(pair.ReferenceRows, pair.WindowRows, bulk.Reference.Length, level * share, pair.Design.Cells, floor);
    }

    /// <summary>The least PSI that is found in a window of so many rows; null for a group or slices, or where there are no two cells to compare.</summary>
    /// <param name="signal">The reference.</param>
    /// <param name="calendar">The baseline's, or null.</param>
    /// <param name="windowRows">Rows of the window.</param>
    /// <param name="level">Of the signal, that is the rule's over the signals of the window.</param>
    /// <param name="floor">The least effect at which the rule speaks.</param>
    public static double? Psi(BaselineSignal signal, Calendar? calendar, long windowRows, double level, double floor)
    {
        if (!signal.IsColumn) return null;
        var own = new CountPair(signal.Layout, signal.Counts.AsSpan(), signal.Counts.AsSpan());
        if (CellGroups.Of(own).Drift?.Bulk is not { } bulk) return null;
        // The hours of a window came so often in the reference.
        double referenceRows = calendar is null || signal.Slots.IsEmpty
            ? own.ReferenceRows
            : Math.Min(own.ReferenceRows, windowRows * calendar.Hours.Average());
        double share = CellDrift.ShareOfBulk(signal.Layout.Kind == LayoutKind.Numeric);
        return Psi(referenceRows, windowRows, bulk.Reference.Length, level * share, DesignEffect.At(signal.Clusters, windowRows).Cells, floor);
    }

    /// <summary>The least PSI that X2 finds.</summary>
    /// <param name="referenceRows">N.</param>
    /// <param name="windowRows">M.</param>
    /// <param name="cells">k, at least 2.</param>
    /// <param name="level">0 to 1.</param>
    /// <param name="design">So many rows count as one.</param>
    /// <param name="floor">The least effect at which the rule speaks.</param>
    public static double Psi(double referenceRows, double windowRows, int cells, double level, double design, double floor) =>
        Math.Max(floor, Shift(cells - 1, level) * design * ((1 / referenceRows) + (1 / windowRows)));

    /// <summary>The noncentrality at which chi2 passes its critical value with probability <see cref="Power"/>.</summary>
    public static double Shift(int degrees, double level)
    {
        if (Shifts.TryGetValue((degrees, level), out double known)) return known;
        double critical = ChiSquared.InvCDF(degrees, 1 - level), low = 0, high = 1;
        while (Passes(degrees, high, critical) < Power) high *= 2;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            if (Passes(degrees, middle, critical) < Power) low = middle;
            else high = middle;
        }

        if (Shifts.Count < MostKept) Shifts[(degrees, level)] = high;
        return high;
    }

    /// <summary>P(X > x) of the noncentral chi2 distribution: central ones of 2 j more degrees, weighted by Poisson's law.</summary>
    public static double Passes(int degrees, double noncentrality, double x)
    {
        double mean = noncentrality / 2, sum = 0;
        // From the mean outwards until the weights no longer count.
        int start = (int)mean;
        for (int j = start; j >= 0 && Weight(j) is var weight && weight > 1e-17; j--) sum += weight * Tail(j);
        for (int j = start + 1; Weight(j) is var weight && weight > 1e-17; j++) sum += weight * Tail(j);
        return Math.Min(1, sum);

        double Weight(int j) => mean == 0 ? j == 0 ? 1 : 0 : Math.Exp((j * Math.Log(mean)) - mean - SpecialFunctions.GammaLn(j + 1));

        double Tail(int j) => SpecialFunctions.GammaUpperRegularized((degrees / 2.0) + j, x / 2);
    }
}
