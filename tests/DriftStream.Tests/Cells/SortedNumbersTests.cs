using CsCheck;
using DriftStream.Batches;
using DriftStream.Cells;
using Xunit;

namespace DriftStream.Tests.Cells;

/// <summary>Sorting by digits, and the search for the number of quantiles, against the obvious way to do either.</summary>
public sealed class SortedNumbersTests
{
    // Floats are sorted by their digits where they are many, doubles by comparing: of eighths, whose decimals are exact, both make the same layout.
    [Theory]
    [InlineData(100, 65_535)]
    [InlineData(5_000, 65_535)]
    [InlineData(20_000, 1_000)]
    [InlineData(20_000, 5)]
    public void Floats_HaveTheLayoutOfTheSameDoubles(int count, int edges)
    {
        var random = new Random(count + edges);
        float?[] values =
        [
            0f, -0f, float.PositiveInfinity, float.NegativeInfinity, null, float.NaN,
            .. Enumerable.Range(0, count).Select(i => (float?)random.Next(-1 << (i % 20), 1 << (i % 20)) / 8),
        ];
        random.Shuffle(values);
        float[] numbers = [.. values.Where(v => v is not (null or float.NaN)).Select(v => v!.Value)];
        Layout floats = Built(Columns.Of(values), Columns.Of(numbers));
        Layout doubles = Built(Columns.Of([.. values.Select(v => (double?)v)]), Columns.Of([.. numbers.Select(v => (double)v)]));
        Assert.Equal(doubles.Edges, floats.Edges);
        Assert.Equal(doubles.Exact, floats.Exact);

        Layout Built(params Column[] columns) => BaselineBuilder.Build(
            columns.Select(c => new BatchBuilder().Add("x", c).Build()), BaselineSettings.Of("m") with { Edges = edges }).Baseline!.Signals[0].Layout;
    }

    [Fact]
    public void Quantiles_AreTheMostThatFit()
    {
        // Few distinct values among many, and many that come once: places meet both.
        Gen<double> value = Gen.OneOf(Gen.Int[0, 12].Select(i => i / 4.0), Gen.Double[-3, 3], Gen.Const(double.PositiveInfinity));
        Gen.Select(value.Array[1, 300], Gen.Int[4, 80]).Sample((values, limit) =>
        {
            Array.Sort(values);
            (IEnumerable<double> edges, bool exact) = QuantileEdges.Of(values, limit);
            if (exact) return;
            int low = 1, high = limit;
            while (low < high)
            {
                int middle = (low + high + 1) / 2;
                if (Edges(values, middle).Count <= limit) low = middle;
                else high = middle - 1;
            }

            Assert.Equal(Edges(values, low), edges);
        });
    }

    private static List<double> Edges(double[] sorted, int quantiles)
    {
        var edges = new SortedSet<double>();
        foreach (int position in Enumerable.Range(0, quantiles + 1).Select(i => (int)((long)i * (sorted.Length - 1) / quantiles)))
        {
            edges.Add(sorted[position]);
            if (position == sorted.Length - 1 || sorted.Count(v => v == sorted[position]) > 1) edges.Add(Math.BitIncrement(sorted[position]));
        }

        return [.. edges];
    }
}
