// <document>
using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Kernels;
using DriftStream.Statistics;

namespace Example;

public static class Drift
{
    /// <summary>PSI of a column against a sample of its past, with the p-value of DriftStream's default test.</summary>
    public static Statistic Of(double[] reference, double[] window)
    {
        // The reference decides what the cells are: ranges between at most 255 of its quantiles, one for NaN, one for missing.
        double[] sorted = [.. reference.Where(x => !double.IsNaN(x)).Order()];
        (ImmutableArray<double> edges, bool exact) = QuantileEdges.Of(sorted, limit: 255);
        Layout layout = Layout.Numeric(edges, exact);
        EdgeIndex<double> index = EdgeIndex<double>.Create(edges.AsSpan());

        var counts = new CountPair(layout, Count(reference), Count(window));
        return PopulationStability.Merged(counts, CellGroups.Of(counts));

        // All that is kept of the rows. Counts of two batches add.
        long[] Count(double[] values)
        {
            long[] cells = new long[layout.Cells];
            CountKernels.Count(index, values, validity: [], validityOffset: 0, cells.AsSpan(0, index.Cells));
            return cells;
        }
    }
}
// </document>
