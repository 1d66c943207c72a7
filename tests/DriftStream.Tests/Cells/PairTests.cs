using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using Xunit;

namespace DriftStream.Tests.Cells;

/// <summary>Two columns that are counted together.</summary>
public sealed class PairTests
{
    private static readonly BaselineSettings Settings = BaselineSettings.Of("m") with { Pairs = [["x", "y"], ["kind", "x"], ["flag", "kind"]] };

    /// <summary>Numbers, categories, nulls, NaN, categories that are folded or unseen, any run of rows: as a loop over rows counts them.</summary>
    [Theory]
    [InlineData(1, 5), InlineData(2, 50), InlineData(3, 400)]
    public void Counts_AreThoseOfALoopOverRows(int seed, int kinds)
    {
        var random = new Random(seed);
        Row[] reference = Rows(random, 3_000, kinds), window = Rows(random, 2_000, kinds + 7);
        Baseline baseline = Build(reference);
        BaselineSignal[] pairs = [.. baseline.Signals.Where(s => s.Role == SignalRole.Pair)];
        Assert.Equal(["pair:x x y", "pair:kind x x", "pair:flag x kind"], pairs.Select(p => p.Key));
        Assert.Equal(kinds > ColumnsInAPair, pairs[1].Layout.Folded);
        Assert.Equal((false, kinds > ColumnsInAPair), (pairs[2].Layout.Folded, pairs[2].Layout.SecondFolded));
        foreach (BaselineSignal pair in pairs)
        {
            Assert.Equal(Loop(pair, reference), pair.Counts);
            Assert.InRange(pair.Layout.Cells, 1, Layout.MostJoint * Layout.MostJoint);
            ICellCounter counter = CellCounters.For(pair, null, null);
            Batch batch = Batch(window);
            Assert.Null(counter.Bind(batch));
            int start = random.Next(500), middle = random.Next(start, window.Length);
            var counts = new long[pair.Layout.Cells];
            counter.Count(start, middle - start, counts);
            counter.Count(middle, window.Length - middle, counts);
            Assert.Equal(Loop(pair, window[start..]), counts);
        }
    }

    [Fact]
    public void File_ReadsBack_AndAnOlderBuildRefusesIt()
    {
        Baseline baseline = Build(Rows(new Random(4), 3_000, 120));
        byte[] file = BaselineFile.Write(baseline);
        Assert.Equal(8, file[4]);
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal(("", baseline.Hash), (problem, read.Hash));
        foreach ((BaselineSignal expected, BaselineSignal actual) in baseline.Signals.Zip(read.Signals))
        {
            Assert.Equal((expected.Key, expected.Role, expected.Layout.Hash), (actual.Key, actual.Role, actual.Layout.Hash));
            Assert.Equal((expected.Layout.Folded, expected.Layout.SecondFolded), (actual.Layout.Folded, actual.Layout.SecondFolded));
            Assert.Equal(expected.Counts, actual.Counts);
        }
    }

    [Fact]
    public void Outcomes_StandBesidePairs_InOneFile()
    {
        Batch[] rows = [Batch(Rows(new Random(6), 3_000, 9))];
        BaselineSettings labelled = Settings with { Score = "x", Label = new BinaryColumn("flag", "yes"), Pairs = [["x", "y"]] };
        Baseline baseline = BaselineBuilder.Build(rows, labelled).Baseline!, alone = BaselineBuilder.Build(rows, labelled with { Pairs = [] }).Baseline!;
        Assert.Equal([SignalRole.Pair, SignalRole.Outcome], baseline.Signals.TakeLast(2).Select(s => s.Role));
        // As it is written without pairs.
        Assert.Equal(alone.Signals[^1].Layout.Hash, baseline.Signals[^1].Layout.Hash);
        Assert.Equal(alone.Signals[^1].Counts, baseline.Signals[^1].Counts);
        byte[] file = BaselineFile.Write(baseline);
        Assert.Equal((8, 7), (file[4], BaselineFile.Write(alone)[4]));
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal(("", baseline.Hash), (problem, read.Hash));
        Assert.Equal(baseline.Signals.Select(s => (s.Key, s.Layout.Key)), read.Signals.Select(s => (s.Key, s.Layout.Key)));
    }

    [Fact]
    public void Layouts_DifferByBothColumns()
    {
        Layout letters = Layout.Categorical(["a", "b"]), numbers = Layout.Numeric([1, 2]);
        Layout layout = Layout.Joint(letters, numbers, false, false);
        Assert.Equal((20, -1, -1), (layout.Cells, layout.MissingCell, layout.UnseenCell));
        Assert.Equal(["a x < 1", "b x [1, 2)", "unseen x NaN", "missing x missing"], new[] { 0, 6, 13, 19 }.Select(layout.CellName));
        Layout[] others =
        [
            letters, Layout.Joint(numbers, letters, false, false), Layout.Joint(letters, numbers, true, false), Layout.Joint(letters, letters, false, false),
            Layout.Joint(letters, letters, false, true), Layout.Joint(letters, letters, true, false), Layout.Sliced([["a"]], letters, false),
        ];
        Assert.Equal(others.Length + 1, others.Append(layout).Select(o => o.Key).Distinct().Count());
        Assert.Throws<ArgumentException>(() => Layout.Joint(layout, letters, false, false));
        Assert.Throws<ArgumentException>(() => Layout.Joint(letters, numbers, false, true));
        Assert.Throws<ArgumentException>(() => Layout.Joint(letters, Layout.Numeric([.. Enumerable.Range(0, 62).Select(i => (double)i)]), false, false));
    }

    [Fact]
    public void WhatCannotBePaired_IsSaidByName()
    {
        Batch batch = Batch(Rows(new Random(5), 500, 9));
        Assert.Equal("pair 'x x land': column 'land' is not in the reference", Problem(Settings with { Pairs = [["x", "land"]] }));
        Assert.Equal("pair 'x x y': column 'y' is no feature, score or decision", Problem(Settings with { Pairs = [["x", "y"]], NotFeatures = ["y"] }));
        Batch large = new BatchBuilder()
            .Add("x", Columns.Of<long>([.. Enumerable.Range(0, 500).Select(i => (1L << 60) + (i % 80))]))
            .Add("y", Columns.Of<int>([.. Enumerable.Range(0, 500)])).Build();
        ImmutableArray<string> problems = BaselineBuilder.Build([large], Settings with { Pairs = [["x", "y"]] }).Problems;
        Assert.Contains("column 'x' has 82 cells, more than 64", Assert.Single(problems));

        string Problem(BaselineSettings settings) => Assert.Single(BaselineBuilder.Build([batch], settings).Problems);
    }

    private const int ColumnsInAPair = 50;

    private static Baseline Build(Row[] rows)
    {
        BaselineResult result = BaselineBuilder.Build([Batch(rows)], Settings);
        Assert.Empty(result.Problems);
        return result.Baseline!;
    }

    private static long[] Loop(BaselineSignal pair, Row[] rows)
    {
        Layout layout = pair.Layout;
        var counts = new long[layout.Cells];
        foreach (Row row in rows)
        {
            int first = Cell(layout.Inner!, layout.Folded, row, pair.Columns[0]), second = Cell(layout.Second!, layout.SecondFolded, row, pair.Columns[1]);
            counts[(first * layout.Second!.Cells) + second]++;
        }

        return counts;
    }

    private static int Cell(Layout layout, bool folded, Row row, string column)
    {
        if (layout.Kind == LayoutKind.Numeric)
        {
            double? value = column == "x" ? row.X : row.Y;
            return value is not { } number ? layout.MissingCell : double.IsNaN(number) ? layout.NanCell : layout.Edges.Count(e => e <= number);
        }

        string? name = column == "kind" ? row.Kind : row.Flag;
        if (name is null) return layout.MissingCell;
        int category = layout.Categories.IndexOf(name);
        return category >= 0 ? category : folded ? layout.Categories.Length - 1 : layout.UnseenCell;
    }

    private static Row[] Rows(Random random, int rows, int kinds) => [.. Enumerable.Range(0, rows).Select(_ =>
    {
        double x = random.NextDouble() * random.NextDouble();
        return new Row(
            random.Next(20) == 0 ? null : random.Next(20) == 0 ? double.NaN : x, random.Next(15) == 0 ? null : Math.Floor((x * 5) + (random.NextDouble() * 3)),
            random.Next(12) == 0 ? null : $"k{(int)(kinds * Math.Pow(random.NextDouble(), 2)):000}", random.Next(2) == 0 ? "yes" : "no");
    })];

    private static Batch Batch(Row[] rows) => new BatchBuilder()
        .Add("x", Columns.Of<double>([.. rows.Select(r => r.X)])).Add("y", Columns.Of<double>([.. rows.Select(r => r.Y)]))
        .Add("kind", Columns.Text([.. rows.Select(r => r.Kind)])).Add("flag", Columns.Text([.. rows.Select(r => r.Flag)])).Build();

    private sealed record Row(double? X, double? Y, string? Kind, string? Flag);
}
