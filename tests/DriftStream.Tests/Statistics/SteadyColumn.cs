using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Tests.Statistics;

/// <summary>
/// Numeric columns that never change: a baseline and windows drawn from one law, with the layout that a baseline of these values gets.
/// The bench's <c>alarm-level</c> measures the alarm with them, a test of small size holds it.
/// </summary>
internal sealed class SteadyColumn(string name, Func<Random, double> draw)
{
    /// <summary>What the edges of a baseline are limited to by default.</summary>
    private const int Edges = 1023;

    public string Name => name;

    /// <summary>From smooth to nearly constant, with long tails and rare nulls (NaN here) among them.</summary>
    public static ImmutableArray<SteadyColumn> All { get; } =
    [
        new("normal", Normal),
        new("Cauchy", r => Math.Tan(Math.PI * (r.NextDouble() - 0.5))),
        new("normal, rounded to 0.25 sd", r => Math.Round(4 * Normal(r)) / 4),
        new("counts, mean 3", r => Poisson(r, 3)),
        new("five levels", r => Math.Floor(5 * Math.Pow(r.NextDouble(), 1.5))),
        new("zero in 90 %, else lognormal", r => r.NextDouble() < 0.9 ? 0 : Math.Exp(Normal(r))),
        new("zero in 99.5 %, else lognormal", r => r.NextDouble() < 0.995 ? 0 : Math.Exp(Normal(r))),
        new("flag, 0.2 %", r => r.NextDouble() < 0.002 ? 1 : 0),
        new("flag, 1 %", r => r.NextDouble() < 0.01 ? 1 : 0),
        new("flag, 30 %", r => r.NextDouble() < 0.3 ? 1 : 0),
        new("normal, NaN in 0.1 %", r => r.NextDouble() < 0.001 ? double.NaN : Normal(r)),
        new("normal, NaN in 20 %", r => r.NextDouble() < 0.2 ? double.NaN : Normal(r)),
        new("normal, NaN in 99 %", r => r.NextDouble() < 0.99 ? double.NaN : Normal(r)),
        new("whole lognormal, sigma 1.5", r => Math.Floor(20 * Math.Exp(1.5 * Normal(r)))),
    ];

    /// <summary>The layout and the counts of a baseline of so many rows.</summary>
    public (Layout Layout, long[] Counts) Baseline(Random random, int rows)
    {
        var values = new double[rows];
        for (int i = 0; i < rows; i++) values[i] = draw(random);
        double[] sorted = [.. values.Where(v => !double.IsNaN(v)).Order()];
        (ImmutableArray<double> edges, bool exact) = QuantileEdges.Of(sorted, Edges);
        Layout layout = Layout.Numeric(edges, exact);
        var counts = new long[layout.Cells];
        foreach (double v in values) counts[Cell(layout, v)]++;
        return (layout, counts);
    }

    /// <summary>The counts of a window of so many rows.</summary>
    public long[] Window(Random random, Layout layout, int rows)
    {
        var counts = new long[layout.Cells];
        for (int i = 0; i < rows; i++) counts[Cell(layout, draw(random))]++;
        return counts;
    }

    private static int Cell(Layout layout, double value)
    {
        if (double.IsNaN(value)) return layout.NanCell;
        int at = layout.Edges.BinarySearch(value);
        return at >= 0 ? at + 1 : ~at; // the number of edges that are at most the value
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double Poisson(Random random, double mean)
    {
        double product = random.NextDouble(), limit = Math.Exp(-mean);
        int count = 0;
        for (; product > limit; count++) product *= random.NextDouble();
        return count;
    }
}
