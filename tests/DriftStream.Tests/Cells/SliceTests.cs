using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Batches;
using DriftStream.Cells;
using Xunit;

namespace DriftStream.Tests.Cells;

public sealed class SliceTests
{
    private static readonly string[] Names = ["amount", "kind", "flag", "country", "device", "tier"];

    private static readonly BaselineSettings Settings = BaselineSettings.Of("m") with
    {
        Score = "amount",
        Decision = new BinaryColumn("flag", "true"),
        Slices = [["country"], ["device", "country"], ["tier", "country", "device"]],
    };

    /// <summary>Numbers and categories, one to three columns, batches that are used again, any run of rows: as a loop over rows counts them.</summary>
    [Theory]
    [InlineData(1, 4), InlineData(2, 40), InlineData(3, 300)]
    public void Counts_AreThoseOfALoopOverRows(int seed, int kinds)
    {
        var random = new Random(seed);
        List<Row[]> parts = [.. Enumerable.Range(0, 6).Select(_ => Rows(random, random.Next(1, 1500), kinds))];
        Row[] all = [.. parts.SelectMany(p => p)];
        Baseline baseline = Build(all.Length, parts);
        BaselineSignal[] sliced = [.. baseline.Signals.Where(s => s.Role == SignalRole.Slice)];
        Assert.Equal(
            ["kind by country", "device by country", "tier by country", "amount by country", "flag by country",
                "kind by device x country", "tier by device x country", "amount by device x country", "flag by device x country",
                "kind by tier x country x device", "amount by tier x country x device", "flag by tier x country x device"],
            sliced.Select(s => $"{s.Name} by {BaselineBuilder.GroupName(s.SliceColumns)}"));
        foreach (BaselineSignal signal in sliced) Assert.Equal(Loop(signal, all), signal.Counts);

        ICellCounter[] counters = CellCounters.ForAll([.. sliced], null, null);
        var batch = new Batch(Batch([]).Schema);
        foreach (Row[] part in parts)
        {
            Fill(batch, part);
            foreach (ICellCounter counter in counters) Assert.Null(counter.Bind(batch));
            int start = random.Next(part.Length), middle = random.Next(start, part.Length);
            for (int i = 0; i < counters.Length; i++)
            {
                long[] counts = new long[sliced[i].Layout.Cells], cells = new long[sliced[i].Layout.Cells];
                counters[i].Count(start, middle - start, counts);
                counters[i].Count(middle, part.Length - middle, counts);
                Assert.Equal(Loop(sliced[i], part[start..]), counts);
                var ranks = new int[part.Length];
                counters[i].Rank(ranks);
                foreach (int cell in ranks[start..]) cells[cell]++;
                Assert.Equal(counts, cells);
            }
        }
    }

    [Fact]
    public void Slices_AreValuesWithAHundredthOfTheRows_AndAHundred()
    {
        foreach ((int rows, int many, int few) in ((int, int, int)[])[(1_000, 100, 99), (20_000, 200, 199)])
        {
            string[] countries = [.. Enumerable.Repeat("few", few), .. Enumerable.Repeat("many", many)];
            countries = [.. countries, .. Enumerable.Repeat("most", rows - countries.Length)];
            Batch batch = new BatchBuilder().Add("x", Columns.Of<int>([.. Enumerable.Range(0, rows)])).Add("country", Columns.Text(countries)).Build();
            BaselineSignal x = BaselineBuilder.Build([batch], BaselineSettings.Of("m") with { Slices = [["country"]] }).Baseline!.Signals[^1];
            Assert.Equal(["many", "most"], x.Layout.Slices.Select(s => s.Single()));
            Assert.Equal(few, x.Counts[^1]);
            Assert.Equal(many, x.Layout.OfSlice(x.Counts, 0).Sum());
        }
    }

    [Fact]
    public void File_ReadsBack_AndAnOlderBuildRefusesIt()
    {
        var random = new Random(7);
        Baseline baseline = Build(3_000, [Rows(random, 3_000, 120)]);
        byte[] file = BaselineFile.Write(baseline);
        Assert.Equal(3, file[4]);
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal(("", baseline.Hash), (problem, read.Hash));
        foreach ((BaselineSignal expected, BaselineSignal actual) in baseline.Signals.Zip(read.Signals))
        {
            Assert.Equal((expected.Key, expected.Role, expected.Layout.Hash), (actual.Key, actual.Role, actual.Layout.Hash));
            Assert.Equal(expected.Layout.Folded, actual.Layout.Folded);
            Assert.Equal(expected.SliceColumns, actual.SliceColumns);
            Assert.Equal(expected.Counts, actual.Counts);
        }

        Assert.Equal(1, BaselineFile.Write(BaselineFile.Hashed("m", 3_000, [.. baseline.Signals.Where(s => s.IsColumn)]))[4]);
    }

    [Fact]
    public void Layouts_DifferByValueSliceAndCells()
    {
        Layout inner = Layout.Categorical(["a", "b"]);
        Layout layout = Layout.Sliced([["DE"], ["FR"]], inner, folded: false);
        Assert.Equal((9, -1, 9), (layout.Cells, layout.MissingCell, layout.ValueCells));
        Assert.Equal(["DE: a", "FR: missing", "no slice"], new[] { 0, 7, 8 }.Select(layout.CellName));
        Layout[] others =
        [
            inner, Layout.Sliced([["FR"], ["DE"]], inner, false), Layout.Sliced([["DE"], ["FR"]], inner, true),
            Layout.Sliced([["DE"], ["FR"]], Layout.Categorical(["a", "c"]), false), Layout.Sliced([["DE", "FR"]], inner, false),
        ];
        Assert.DoesNotContain(layout.Key, others.Select(o => o.Key));
        Assert.Throws<ArgumentException>(() => Layout.Sliced([["DE"], ["DE"]], inner, false));
        Assert.Throws<ArgumentException>(() => Layout.Sliced([["DE"], ["FR", "a"]], inner, false));
        Assert.Throws<ArgumentException>(() => Layout.Sliced([["DE"]], layout, false));
    }

    [Fact]
    public void WhatCannotBeSliced_IsSaidByName()
    {
        Batch batch = Batch(Rows(new Random(5), 2_000, 9));
        Assert.Contains("slices: column 'land' is not in the reference", Problem(["land"]));
        Assert.Contains("slice 'amount': no value has 100 of the 2000 rows", Problem(["amount"]));
        Assert.Contains("limits.groups allows 2", Problem(["country"]));

        string Problem(ImmutableArray<string> slice) =>
            Assert.Single(BaselineBuilder.Build([batch], Settings with { Slices = [slice], MaxGroups = 2 }).Problems);
    }

    [Fact]
    public void Slice_HoldsThoseWithMoreColumns()
    {
        var german = new Slice(["country"], ["DE"]);
        var phones = new Slice(["device", "country"], ["ios", "DE"]);
        Assert.Equal(("device = ios, country = DE", """{"device":"ios","country":"DE"}"""), (phones.Text, phones.Key));
        Assert.True(german.Holds(phones));
        Assert.False(german.Holds(german) || phones.Holds(german) || new Slice(["country"], ["FR"]).Holds(phones));
    }

    private static Baseline Build(int rows, IEnumerable<Row[]> parts)
    {
        BaselineResult result = BaselineBuilder.Build(parts.Select(Batch), Settings);
        Assert.Empty(result.Problems);
        Assert.Equal(rows, result.Baseline!.Rows);
        return result.Baseline;
    }

    private static long[] Loop(BaselineSignal signal, Row[] rows)
    {
        Layout layout = signal.Layout, inner = layout.Inner!;
        var counts = new long[layout.Cells];
        foreach (Row row in rows)
        {
            string[] values = [.. signal.SliceColumns.Select(c => row.Text(c) ?? "no value")];
            int slice = layout.Slices.ToList().FindIndex(s => s.SequenceEqual(values));
            counts[slice < 0 ? layout.Cells - 1 : (slice * inner.Cells) + Cell()]++;

            int Cell()
            {
                if (inner.Kind == LayoutKind.Numeric)
                {
                    double? number = signal.Name == "amount" ? row.Amount : row.Tier;
                    return number is not { } x ? inner.MissingCell : double.IsNaN(x) ? inner.NanCell : inner.Edges.Count(e => e <= x);
                }

                string? text = row.Text(signal.Name);
                int at = text is null ? inner.MissingCell : inner.Categories.IndexOf(text);
                return at >= 0 ? at : layout.Folded ? inner.Categories.Length - 1 : inner.UnseenCell;
            }
        }

        return counts;
    }

    private static Row[] Rows(Random random, int rows, int kinds) =>
    [
        .. Enumerable.Range(0, rows).Select(_ => new Row(
            random.Next(20) switch { 0 => null, 1 => double.NaN, _ => Math.Round(random.NextDouble() * 50, random.Next(3)) },
            random.Next(10) == 0 ? null : $"k{(int)(kinds * random.NextDouble() * random.NextDouble())}",
            random.Next(9) == 0 ? null : random.Next(3) == 0,
            random.Next(12) switch { 0 => null, 1 => "rare" + random.Next(400), < 5 => "DE", < 9 => "FR", _ => "" },
            random.Next(8) switch { 0 => null, < 6 => "ios", _ => "DE" },
            random.Next(15) == 0 ? null : random.Next(3))),
    ];

    private static Batch Batch(Row[] rows)
    {
        var builder = new BatchBuilder();
        Column[] columns = ColumnsOf(rows);
        for (int i = 0; i < columns.Length; i++) builder.Add(Names[i], columns[i]);
        return builder.Build();
    }

    private static void Fill(Batch batch, Row[] rows)
    {
        Column[] columns = ColumnsOf(rows);
        for (int i = 0; i < columns.Length; i++) batch.Columns[i] = columns[i];
        batch.Rows = rows.Length;
    }

    // Text of two kinds, a bool and numbers: whatever can be read as a category.
    private static Column[] ColumnsOf(Row[] rows) =>
    [
        Columns.Of<double>(rows.Select(r => r.Amount).ToArray()),
        Columns.Text([.. rows.Select(r => r.Kind)]),
        Columns.Of([.. rows.Select(r => r.Flag)]),
        Columns.Categories([.. rows.Select(r => r.Country)], rows.Length),
        Columns.Text([.. rows.Select(r => r.Device)]),
        Columns.Of<int>(rows.Select(r => r.Tier).ToArray()),
    ];

    private sealed record Row(double? Amount, string? Kind, bool? Flag, string? Country, string? Device, int? Tier)
    {
        public string? Text(string column) => column switch
        {
            "kind" => Kind,
            "flag" => Flag is null ? null : Flag.Value ? "true" : "false",
            "country" => Country,
            "device" => Device,
            _ => Tier?.ToString(CultureInfo.InvariantCulture),
        };
    }
}
