using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Statistics;

public sealed class DesignEffectTests
{
    private static readonly BaselineSettings Settings = BaselineSettings.Of("m") with { NotFeatures = ["t"] };

    /// <summary>phi of a column of two categories, the slow way: X2 of a 2 x 2 table, chunk by chunk, over its exact mean n / (n - 1).</summary>
    [Fact]
    public void Phi_IsTheMeanExcessOfX2()
    {
        int[] rows = Streaks(20_000, 0.97, new Random(1));
        ImmutableArray<ClusterScale> scales = Measured([Batch(rows)]).Signals[0].Clusters;
        Assert.Equal([20, 40, 80, 160], scales.Select(s => s.Chunks).Reverse());
        foreach (ClusterScale scale in scales)
        {
            double n = rows.Length, ones = rows.Sum(), q = 0;
            int size = rows.Length / scale.Chunks;
            Assert.Equal(size, scale.Rows);
            for (int chunk = 0; chunk < scale.Chunks; chunk++)
            {
                double m = size, x = rows.AsSpan(chunk * size, size).ToArray().Sum();
                double expected = m * ones / n, off = x - expected;
                q += off * off * ((1 / expected) + (1 / (m - expected)) + (1 / (ones - expected)) + (1 / (n - m - ones + expected)));
            }

            Assert.Equal(q / (scale.Chunks * n / (n - 1)), scale.Cells, 1e-9);
        }
    }

    /// <summary>
    /// One category comes in bursts, the others as they like: its own z, chunk by chunk. Few large chunks cannot tell, so they take over by how much it was
    /// worse in small ones.
    /// </summary>
    [Fact]
    public void Worst_IsTheCellThatComesInBursts()
    {
        var random = new Random(4);
        bool burst = false;
        string[] rows = [.. Enumerable.Range(0, 20_000).Select(_ => (burst = random.NextDouble() < (burst ? 0.9 : 0.002)) ? "burst" : $"c{random.Next(8)}")];
        Batch batch = new BatchBuilder().Add("x", Columns.Text(rows)).Build();
        ImmutableArray<ClusterScale> scales = Measured([batch]).Signals[0].Clusters;
        double worse = 1, n = rows.Length, all = rows.Count(x => x == "burst");
        foreach (ClusterScale scale in scales)
        {
            int size = rows.Length / scale.Chunks;
            double squares = 0;
            int chunks = 0;
            for (int chunk = 0; chunk < scale.Chunks; chunk++)
            {
                double expected = all * size / n, found = rows.AsSpan(chunk * size, size).Count("burst");
                if (expected < 5) continue;
                chunks++;
                // The variance of a hypergeometric number.
                squares += (found - expected) * (found - expected) / (size * all / n * (1 - (all / n)) * (n - size) / (n - 1));
            }

            double own = chunks == 0 ? 0 : squares / chunks;
            if (own > scale.Cells * (1 + (4 * Math.Sqrt(2.0 / chunks)))) worse = Math.Max(worse, own / scale.Cells);
            Assert.Equal(scale.Cells * worse, scale.Worst, 1e-9);
        }

        Assert.InRange(scales[^1].Worst / scales[^1].Cells, 1.5, 8);
        DesignEffect design = DesignEffect.At(scales, scales[^1].Rows);
        Assert.Equal((scales[^1].Cells, scales[^1].Worst), (design.Cells, design.Worst));
        Assert.Equal(design.Worst * 2 - 1, DesignEffect.At(scales, scales[^1].Rows * 2).Worst, 1e-9);
    }

    [Fact]
    public void ShuffledRows_ShowNothing()
    {
        int[] rows = Streaks(20_000, 0.97, new Random(2));
        new Random(3).Shuffle(rows);
        Baseline built = BaselineBuilder.Build([Batch(rows)], Settings).Baseline!;
        Assert.Same(built, ReferenceClusters.Measure(built, [Batch(rows)], Settings));
    }

    /// <summary>A file that is sorted, by whichever column, says nothing of the order of a stream.</summary>
    [Fact]
    public void SortedFiles_ShowNothing()
    {
        int[] rows = Streaks(20_000, 0.97, new Random(9));
        string[] sorted = [.. Enumerable.Range(0, rows.Length).Select(i => $"k{i / 4000}")];
        Batch batch = new BatchBuilder().Add("x", Columns.Text([.. rows.Select(Name)])).Add("k", Columns.Text(sorted)).Build();
        Assert.All(Measured([batch]).Signals, s => Assert.Empty(s.Clusters));
        sorted[^1] = "k0";
        Batch almost = new BatchBuilder().Add("x", Columns.Text([.. rows.Select(Name)])).Add("k", Columns.Text(sorted)).Build();
        Assert.All(Measured([almost]).Signals, s => Assert.NotEmpty(s.Clusters));
    }

    /// <summary>Numbers that hardly repeat are sorted too where they are no numbers of rows.</summary>
    [Theory]
    [InlineData(0.37, false)]
    [InlineData(1, true)]
    public void NumbersInTheirOrder_AreASortedFile_UnlessTheyAreWhole(double step, bool measured)
    {
        int[] rows = Streaks(20_000, 0.97, new Random(9));
        double[] rising = [.. Enumerable.Range(0, rows.Length).Select(i => i * step)];
        Batch batch = new BatchBuilder().Add("x", Columns.Text([.. rows.Select(Name)])).Add("k", Columns.Of<double>(rising)).Build();
        Assert.Equal(measured, Measured([batch]).Signals.Any(s => !s.Clusters.IsEmpty));
    }

    /// <summary>The number of a row grows in every file that is in its own order.</summary>
    [Fact]
    public void NumbersOfRows_AreNoSorting()
    {
        int[] rows = Streaks(20_000, 0.97, new Random(10));
        BatchBuilder batch = new BatchBuilder().Add("x", Columns.Text([.. rows.Select(Name)]))
            .Add("id", Columns.Of<long>([.. rows.Select((_, i) => (long)i)]));
        Assert.Equal(Measured([Batch(rows)]).Signals[0].Clusters, Measured([batch.Build()]).Signals[0].Clusters);
    }

    /// <summary>What is named after a test of other libraries is that test; a rule goes by the rows that count.</summary>
    [Fact]
    public void NamedTests_StayThoseOfIndependentRows()
    {
        Layout layout = Layout.Numeric([1, 2]);
        Statistic Ks(long k, DesignEffect design) =>
            KolmogorovSmirnov.Statistic(new CountPair(layout, [500 * k, 500 * k, 500 * k, 0, 0], [60 * k, 45 * k, 45 * k, 0, 0], design));
        Statistic alone = Ks(1, DesignEffect.None), thrice = Ks(3, DesignEffect.None), alike = Ks(3, new DesignEffect(1, 1, 3));
        Assert.Equal(thrice.PValue, alike.PValue);
        Assert.Equal(alone.PValue!.Value, alike.PValueOfAlike!.Value, 0.01);
        Assert.Equal(thrice.PValue, thrice.PValueOfAlike);
    }

    /// <summary>Rows with times are neighbours in time, in whatever order the file has them.</summary>
    [Fact]
    public void Times_BringShuffledRowsBackIntoOrder()
    {
        int[] rows = Streaks(20_000, 0.97, new Random(4)), order = [.. Enumerable.Range(0, rows.Length)];
        new Random(5).Shuffle(order);
        BaselineSettings timed = Settings with { Time = "t" };
        Batch shuffled = new BatchBuilder().Add("x", Columns.Text([.. order.Select(i => Name(rows[i]))]))
            .Add("t", Columns.Times([.. order.Select(i => i * EventTime.Second)])).Build();
        Assert.Equal(Measured([Batch(rows)]).Signals[0].Clusters, Measured([shuffled], timed).Signals[0].Clusters);
    }

    [Fact]
    public void SmallReferences_AreNotMeasured()
    {
        int[] rows = Streaks(999, 0.99, new Random(6));
        Assert.Empty(Measured([Batch(rows)]).Signals[0].Clusters);
    }

    /// <summary>Between two sizes it goes by the logarithm of the rows; beyond the largest it grows as if all rows were one cluster.</summary>
    [Theory]
    [InlineData(10, 2)]
    [InlineData(100, 2)]
    [InlineData(1000, 3)]
    [InlineData(10_000, 4)]
    [InlineData(30_000, 10)]
    public void At_TakesWhatWasMeasuredAtThatSize(double rows, double expected)
    {
        ImmutableArray<ClusterScale> scales = [new(100, 100, 2, 1, 1, 2), new(10_000, 20, 4, 1, 1, 4)];
        Assert.Equal(expected, DesignEffect.At(scales, rows).Cells, 1e-12);
        Assert.Equal(1, DesignEffect.At(scales, rows).Ranks);
        Assert.Equal(DesignEffect.None, DesignEffect.At([], rows));
    }

    /// <summary>Without it more than a third of all windows of such rows pass a nominal 1 %; with it about one in a hundred.</summary>
    [Theory]
    [InlineData(0.9)]
    [InlineData(0.97)]
    public void StreaksOfRows_HoldTheLevel(double again)
    {
        const int windows = 600, size = 500;
        var random = new Random(7);
        int with = 0, without = 0;
        for (int b = 0; b < 6; b++)
        {
            BaselineSignal signal = Measured([Batch(Streaks(50_000, again, random))]).Signals[0];
            int[] rows = Streaks(windows / 6 * size, again, random);
            for (int w = 0; w < windows / 6; w++)
            {
                var counts = new long[signal.Layout.Cells];
                foreach (int x in rows.AsSpan(w * size, size)) counts[signal.Layout.Categories.IndexOf(Name(x))]++;
                DesignEffect design = DesignEffect.At(signal.Clusters, size);
                with += P(signal, counts, design) <= 0.01 ? 1 : 0;
                without += P(signal, counts, DesignEffect.None) <= 0.01 ? 1 : 0;
            }
        }

        Assert.True(without > windows / 3, $"{without}");
        Assert.InRange(with, 0, 18); // 6 are nominal, 3 times that is a chance of about 1e-4
    }

    /// <summary>So many rows count as one: twice the rows with f = 2 are the same evidence.</summary>
    [Fact]
    public void Rates_TakeRowsByTheirWorth()
    {
        Layout layout = Layout.Categorical(["a", "b"]);
        RateDifference one = RateDifference.Of(new CountPair(layout, [500, 500, 0, 0], [60, 40, 0, 0]))!;
        RateDifference two = RateDifference.Of(new CountPair(layout, [1000, 1000, 0, 0], [120, 80, 0, 0], new DesignEffect(2, 1, 1)))!;
        Assert.Equal((one.Low, one.High), (two.Low, two.High));
        Assert.Equal(one.PValue, two.PValue, 1e-12);
    }

    // As Haynam, Govindarajulu and Leone (1962) have them, at a power of 0.8.
    [Theory]
    [InlineData(1, 0.05, 7.849)]
    [InlineData(2, 0.05, 9.635)]
    [InlineData(3, 0.05, 10.903)]
    [InlineData(10, 0.05, 16.241)]
    [InlineData(1, 0.01, 11.679)]
    [InlineData(2, 0.01, 13.881)]
    public void Shift_IsThePublishedNoncentrality(int degrees, double level, double expected) =>
        Assert.Equal(expected, DetectableChange.Shift(degrees, level), 2e-3);

    /// <summary>The tail against drawing: a sum of squares of normals, one of them moved.</summary>
    [Fact]
    public void Passes_IsTheShareOfMovedNormals()
    {
        var random = new Random(8);
        const int draws = 200_000;
        int above = 0;
        double Z() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        for (int i = 0; i < draws; i++)
        {
            double moved = Z() + Math.Sqrt(6), x = moved * moved;
            for (int j = 1; j < 4; j++) x += Z() is var z ? z * z : 0;
            above += x > 12 ? 1 : 0;
        }

        Assert.Equal(DetectableChange.Passes(4, 6, 12), above / (double)draws, 0.005);
        Assert.Equal(1, DetectableChange.Passes(4, 6, 0), 1e-12);
    }

    /// <summary>Columns in any order and on any threads: the same baseline, by its hash.</summary>
    [Fact]
    public void ColumnsAtTheSameTime_GiveTheSameBaseline()
    {
        var random = new Random(5);
        Batch[] batches = [.. Enumerable.Range(0, 3).Select(_ => new BatchBuilder()
            .Add("x", Columns.Text([.. Streaks(3000, 0.9, random).Select(Name)]))
            .Add("y", Columns.Of<float>([.. Enumerable.Range(0, 3000).Select(i => (float)(Math.Round(random.NextDouble(), 2) + (i / 1000)))]))
            .Add("z", Columns.Of<double>([.. Enumerable.Range(0, 3000).Select(_ => random.NextDouble())])).Build())];
        Baseline inTurn = Measured(batches);
        foreach (EachColumn each in (EachColumn[])[(count, work) => Parallel.For(0, count, work), Backwards])
        {
            Baseline built = BaselineBuilder.Build(batches, Settings, each).Baseline!;
            Assert.Equal(inTurn.Hash, ReferenceClusters.Measure(built, batches, Settings, each).Hash);
        }

        static void Backwards(int count, Action<int> work)
        {
            for (int i = count - 1; i >= 0; i--) work(i);
        }
    }

    private static double P(BaselineSignal signal, long[] window, DesignEffect design) =>
        CellGroups.Of(new CountPair(signal.Layout, signal.Counts.AsSpan(), window, design)).Drift!.PValue(null) ?? 1;

    private static Baseline Measured(Batch[] batches, BaselineSettings? settings = null) =>
        ReferenceClusters.Measure(BaselineBuilder.Build(batches, settings ?? Settings).Baseline!, batches, settings ?? Settings);

    private static Batch Batch(int[] rows) => new BatchBuilder().Add("x", Columns.Text([.. rows.Select(Name)])).Build();

    private static string Name(int x) => x == 0 ? "a" : "b";

    // Each row repeats the one before it with this chance, else it is drawn anew.
    private static int[] Streaks(int rows, double again, Random random)
    {
        var x = new int[rows];
        for (int i = 0; i < rows; i++) x[i] = i > 0 && random.NextDouble() < again ? x[i - 1] : random.NextDouble() < 0.3 ? 1 : 0;
        return x;
    }
}
