using System.Collections.Immutable;
using System.Numerics.Tensors;

namespace DriftStream.Cells;

/// <summary>
/// The cells of sizes: log-linear from 0 on, in units of the reference's mean. A size in them is known to 1/32 of it between 1/16384 of the unit and 256
/// units, to a quarter of it up to 2^40 units, and so is a mean of many, also of rows beyond all that the reference has seen.
/// </summary>
internal static class AttributionEdges
{
    private const int Fine = 32, Coarse = 4, Nearest = -14, Far = 8, Farthest = 40;

    /// <param name="sizes">Of the reference, not negative; empty where it has none.</param>
    public static ImmutableArray<double> Of(ReadOnlySpan<double> sizes)
    {
        double mean = sizes.IsEmpty ? 0 : TensorPrimitives.Average(sizes), unit = mean > 0 && double.IsFinite(mean) ? Math.ScaleB(1, Math.ILogB(mean)) : 1;
        var edges = new SortedSet<double> { 0, double.Epsilon };
        for (int octave = Nearest; octave < Farthest; octave++)
        {
            int parts = octave < Far ? Fine : Coarse;
            for (int part = 0; part < parts; part++) edges.Add(Math.ScaleB(unit, octave) * (1 + ((double)part / parts)));
        }

        edges.Add(Math.ScaleB(unit, Farthest));
        return [.. edges.Where(double.IsFinite)];
    }
}
