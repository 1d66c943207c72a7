using System.Globalization;
using DriftStream.Batches;
using DriftStream.Cells;
using Xunit;

namespace DriftStream.Tests.Cells;

/// <summary>0.1 as float32 and 0.1 as float64 are one measurement, whichever of them the baseline was built of.</summary>
public sealed class Float32DecimalsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Values_OfAnyBits_FallIntoTheCellOfTheirDecimal(bool baselineIsFloat32)
    {
        var random = new Random(7);
        double[] decimals = [.. Enumerable.Range(0, 2000).Select(_ => Math.Round(random.NextDouble() * Math.Pow(10, random.Next(-3, 6)), 3))];
        float[] floats = [.. decimals.Select(d => (float)d)];
        // What a float32 tells apart; the others are one value of it.
        decimals = [.. floats.Select(f => double.Parse(f.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))];
        Batch doubles = Batch(Columns.Of<double>(decimals)), singles = Batch(Columns.Of<float>(floats));
        Baseline baseline = BaselineBuilder.Build(
            [baselineIsFloat32 ? singles : doubles], BaselineSettings.Of("m") with { Edges = BaselineSettings.ExactEdges }).Baseline!;
        Layout layout = baseline.Signals[0].Layout;
        Assert.Equal(decimals.Distinct().Order(), layout.Edges.Where((_, i) => i % 2 == 0));
        Assert.Equal(baseline.Signals[0].Counts, Count(layout, doubles));
        Assert.Equal(baseline.Signals[0].Counts, Count(layout, singles));
        Assert.Equal(Ranks(layout, doubles), Ranks(layout, singles));
    }

    /// <summary>Decimals of up to nine digits, powers of two and their neighbours, and any bits at all.</summary>
    [Fact]
    public void Edges_AreTheShortestDecimals()
    {
        var random = new Random(11);
        float[] floats =
        [
            .. Enumerable.Range(0, 20_000).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 9)))),
            .. Enumerable.Range(-30, 60).SelectMany(e => (float[])[MathF.Pow(2, e), MathF.BitIncrement(MathF.Pow(2, e)), MathF.BitDecrement(MathF.Pow(2, e))]),
            .. Enumerable.Range(0, 5000).Select(_ => BitConverter.Int32BitsToSingle(random.Next())).Where(float.IsFinite),
        ];
        double[] decimals = [.. floats.Select(f => double.Parse(f.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))];
        Layout layout = BaselineBuilder.Build(
            [Batch(Columns.Of<float>(floats))], BaselineSettings.Of("m") with { Edges = BaselineSettings.ExactEdges }).Baseline!.Signals[0].Layout;
        Assert.Equal(decimals.Distinct().Order(), layout.Edges.Where((_, i) => i % 2 == 0));
    }

    [Fact]
    public void EdgesOfOlderBaselines_LieAtTheBitsOfFloat32s_AndMeanThem()
    {
        float[] values = [0.1f, 0.2f, 0.3f, 0.7f, 123456.7f, 16777216f, 1e-40f];
        Array.Sort(values);
        (var edges, bool exact) = QuantileEdges.Of([.. values.Select(v => (double)v)], 100);
        long[] counts = Count(Layout.Numeric(edges, exact), Batch(Columns.Of<float>(values)));
        for (int i = 0; i < values.Length; i++) Assert.Equal(1, counts[(2 * i) + 1]);
    }

    [Fact]
    public void Categories_OfFloat32s_AreTheirDecimals()
    {
        Baseline baseline = BaselineBuilder.Build([Batch(Columns.Of<float>([0.1f, 2, 0.7f]))], BaselineSettings.Of("m") with { Categorical = ["x"] }).Baseline!;
        Assert.Equal(["0.1", "0.7", "2"], baseline.Signals[0].Layout.Categories);
    }

    [Fact]
    public void FewIntegersBeyondDoubles_AreCategories_AndManyAreRefusedByName()
    {
        const long Large = (1L << 53) + 1;
        BaselineSettings settings = BaselineSettings.Of("m");
        Baseline few = BaselineBuilder.Build([Batch(Columns.Of<long>([Large, Large + 1, 5, Large]))], settings).Baseline!;
        Assert.Equal(["5", "9007199254740993", "9007199254740994"], few.Signals[0].Layout.Categories);
        Assert.Equal([1L, 2, 1], few.Signals[0].Counts.Take(3));

        Batch many = Batch(Columns.Of<long>([.. Enumerable.Range(0, 300).Select(i => Large + i)]));
        Assert.Contains("column 'x' holds integers beyond 2^53", Assert.Single(BaselineBuilder.Build([many], settings).Problems));
        Assert.Equal(300, BaselineBuilder.Build([many], settings with { Categorical = ["x"] }).Baseline!.Signals[0].Layout.Categories.Length);
        Assert.Single(BaselineBuilder.Build([Batch(Columns.Of<long>([Large, 1]))], settings with { Score = "x" }).Problems);
    }

    private static Batch Batch(Column column) => new BatchBuilder().Add("x", column).Build();

    private static long[] Count(Layout layout, Batch batch)
    {
        ICellCounter cells = Counter(layout, batch);
        long[] counts = new long[layout.Cells];
        cells.Count(0, batch.Rows, counts);
        return counts;
    }

    private static int[] Ranks(Layout layout, Batch batch)
    {
        int[] ranks = new int[batch.Rows];
        Counter(layout, batch).Rank(ranks);
        return ranks;
    }

    private static ICellCounter Counter(Layout layout, Batch batch)
    {
        ICellCounter counter = CellCounters.For(new BaselineSignal("x", SignalRole.Feature, ["x"], layout, []), null, null);
        Assert.Null(counter.Bind(batch));
        return counter;
    }
}
