using System.Collections.Immutable;

namespace DriftStream.Cells;

/// <summary>
/// The cells of residuals, and of labels that are numbers: log-linear on both sides of a centre, as those of HdrHistogram and of the native histograms of
/// Prometheus, in units of how far the reference's numbers are from it. A row in them is known to 1/32 of its distance from the centre, between 1/128 of
/// the unit and 256 units; to a quarter of it up to 2^40 units. The centre has a cell of its own, and so has what is nearer than 1/128.
/// </summary>
/// <remarks>
/// Quantiles of the reference would make open ends of exactly the rows that errors of a model consist of: those beyond all that the reference has seen. Cells
/// that are the same for every model would have to reach from the smallest number to the greatest, most of them never used.
/// </remarks>
internal static class ResidualEdges
{
    /// <summary>The cells of an octave in the middle, and beyond: each has this part of the distance at its near end as its width.</summary>
    public const int Fine = 32, Coarse = 4;

    private const int Nearest = -7, Far = 8, Farthest = 40;

    /// <summary>Edges around a centre.</summary>
    /// <param name="centre">Finite.</param>
    /// <param name="typical">How far numbers are from it; of 0, and of what is not finite, nothing is known, and it is taken for 1.</param>
    public static ImmutableArray<double> Of(double centre, double typical)
    {
        double unit = UnitOf(typical);
        var edges = new SortedSet<double> { centre, Math.BitIncrement(centre) };
        for (int octave = Nearest; octave < Farthest; octave++)
        {
            int parts = octave < Far ? Fine : Coarse;
            for (int part = 0; part < parts; part++) Add(Math.ScaleB(unit, octave) * (1 + ((double)part / parts)));
        }

        Add(Math.ScaleB(unit, Farthest));
        return [.. edges];

        void Add(double distance)
        {
            foreach (double edge in (ReadOnlySpan<double>)[centre - distance, centre + distance])
            {
                if (double.IsFinite(edge)) edges.Add(edge);
            }
        }
    }

    /// <summary>The least power of two that is no less: so edges are exact, and references that are alike have the same ones.</summary>
    public static double UnitOf(double typical)
    {
        if (!double.IsFinite(typical) || typical <= 0) return 1;
        double unit = Math.ScaleB(1, Math.ILogB(typical));
        return unit < typical ? unit * 2 : unit;
    }
}
