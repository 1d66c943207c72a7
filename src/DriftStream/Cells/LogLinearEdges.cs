using System.Collections.Immutable;

namespace DriftStream.Cells;

/// <summary>
/// The cells of residuals, of labels that are numbers, and of the sizes of attributions: log-linear, as those of HdrHistogram and of the native histograms of
/// Prometheus, in units of how far the reference's numbers are from a centre. A row in them is known to 1/32 of its distance from there, up to 256 units; to a
/// quarter of it up to 2^40 units.
/// </summary>
/// <remarks>
/// Quantiles of the reference would make open ends of exactly the rows that matter here: those beyond all that the reference has seen. Cells that are the same
/// for every model would have to reach from the smallest number to the greatest, most of them never used.
/// </remarks>
internal static class LogLinearEdges
{
    /// <summary>The cells of an octave in the middle, and beyond: each has this part of the distance at its near end as its width.</summary>
    public const int Fine = 32, Coarse = 4;

    private const int NearestAround = -7, NearestAbove = -14, Far = 8, Farthest = 40;

    /// <summary>Edges on both sides of a centre, which has a cell of its own; so has what is nearer than 1/128 of the unit.</summary>
    /// <param name="centre">Finite.</param>
    /// <param name="typical">How far numbers are from it; of 0, and of what is not finite, nothing is known, and it is taken for 1.</param>
    public static ImmutableArray<double> Around(double centre, double typical)
    {
        var edges = new SortedSet<double> { centre, Math.BitIncrement(centre) };
        foreach (double distance in Distances(UnitOf(typical), NearestAround))
        {
            edges.Add(centre - distance);
            edges.Add(centre + distance);
        }

        return [.. edges.Where(double.IsFinite)];
    }

    /// <summary>Edges from 0 on, which has a cell of its own; so has what is less than 1/16384 of the unit.</summary>
    /// <param name="typical">As of <see cref="Around"/>.</param>
    public static ImmutableArray<double> Above(double typical) =>
        [0, double.Epsilon, .. Distances(UnitOf(typical), NearestAbove).Where(d => d > double.Epsilon && double.IsFinite(d))];

    /// <summary>The least power of two that is no less: so edges are exact, and references that are alike have the same ones.</summary>
    public static double UnitOf(double typical)
    {
        if (!double.IsFinite(typical) || typical <= 0) return 1;
        double unit = Math.ScaleB(1, Math.ILogB(typical));
        return unit < typical ? unit * 2 : unit;
    }

    private static IEnumerable<double> Distances(double unit, int nearest)
    {
        for (int octave = nearest; octave < Farthest; octave++)
        {
            int parts = octave < Far ? Fine : Coarse;
            for (int part = 0; part < parts; part++) yield return Math.ScaleB(unit, octave) * (1 + ((double)part / parts));
        }

        yield return Math.ScaleB(unit, Farthest);
    }
}
