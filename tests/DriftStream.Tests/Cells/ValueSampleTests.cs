using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using Xunit;

namespace DriftStream.Tests.Cells;

/// <summary>References with more rows than values are kept of: the ranges are of an even share, the counts of all.</summary>
public sealed class ValueSampleTests
{
    private const int Rows = (BaselineSettings.KeptValues * 2) + 12_345;

    [Fact]
    public void FewDistinctValues_AreAllKnown_AndMoreGiveRangesOfAnEvenShare()
    {
        // Values that come once, at places that no even share has.
        double[] few = [.. Enumerable.Range(0, Rows).Select(i => i % 500 / 2.0)];
        (few[777_777], few[1_234_567]) = (1e6, -3);
        var random = new Random(5);
        double[] many = [.. Enumerable.Range(0, Rows).Select(_ => -Math.Log(1 - random.NextDouble()))];
        (many[1], many[3]) = (-1, 99);
        double[] ids = [.. Enumerable.Range(0, Rows).Select(i => (double)i)];
        BaselineResult result = BaselineBuilder.Build(Batches(("few", few), ("ids", ids), ("many", many)), BaselineSettings.Of("m"));
        BaselineSignal[] signals = [.. result.Baseline!.Signals];

        Assert.True(signals[0].Layout.Exact);
        Assert.Equal(few.Distinct().Order(), signals[0].Layout.Edges.Where((_, i) => i % 2 == 0));
        Assert.Equal(few.CountBy(v => v).OrderBy(p => p.Key).Select(p => (long)p.Value), signals[0].Counts.Where(c => c > 0));

        (ImmutableArray<double> edges, bool exact) = QuantileEdges.Of([-1, .. many.Where((_, i) => i % 4 == 0).Order(), 99], BaselineSettings.DefaultEdges);
        Assert.False(exact);
        Assert.Equal(edges, signals[2].Layout.Edges);
        Assert.Equal(Rows, signals[2].Counts.Sum());
        // The least value is in the first range, and none is below it or above the greatest.
        Assert.Equal((0, 0), (signals[2].Counts[0], signals[2].Counts[edges.Length]));
        double[] sorted = [.. many.Order()];
        long[] upTo = new long[edges.Length];
        for (int i = 0, at = 0; i < edges.Length; i++)
        {
            while (at < sorted.Length && sorted[at] < edges[i]) at++;
            upTo[i] = at;
        }

        Assert.Equal(upTo, signals[2].Counts.Take(edges.Length).Select((_, i) => signals[2].Counts.Take(i + 1).Sum()));
        Assert.Equal([("few", 4L), ("ids", 4L), ("many", 4L)], result.Sampled.Select(s => (s.Key, s.Value)));
        Assert.Equal(["ids"], result.Distinct);
    }

    private static IEnumerable<Batch> Batches(params (string Name, double[] Values)[] columns)
    {
        foreach (int[] rows in Enumerable.Range(0, Rows).Chunk(1 << 16))
        {
            var builder = new BatchBuilder();
            foreach ((string name, double[] values) in columns) builder.Add(name, Columns.Of<double>(values.AsSpan(rows[0], rows.Length)));
            yield return builder.Build();
        }
    }
}
