using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Tests.Plan;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Cells;

/// <summary>Signals that are made from several columns: against a loop over rows, signs that another program computed, and drift in one direction.</summary>
public sealed class VectorTests
{
    private const int Dimensions = 64;

    private static readonly ImmutableArray<VectorSignal> Wide = Vectors([.. Enumerable.Range(0, Dimensions).Select(i => $"e{i}")], 4);

    /// <summary>Of a program in Python, with integers of any size.</summary>
    [Theory]
    [InlineData("direction.1", 1, "++---+++++-+--++-++++-+--++++-++---++++--+-+--+++--+---++--+++--")]
    [InlineData("direction.2", 1, "+++-+--+-+--+----++-+-+-++++--+++-++--++---++++-++----+-++-++---")]
    [InlineData("größe.1", long.MaxValue, "+-+-----+----+-++-++--++------++-+++++--++-++--+++---+++-+++++--")]
    public void Signs_AreThoseOfTheDocumentedGenerator(string name, long seed, string signs) =>
        Assert.Equal(signs, string.Concat(ProjectionSigns.Minus(name, seed, signs.Length).Select(m => m ? '-' : '+')));

    /// <summary>Columns of all kinds of numbers, with gaps, NaN and infinities, in batches that grow and shrink: the bits of a loop.</summary>
    [Fact]
    public void Values_AreThoseOfALoop_BitForBit()
    {
        var random = new Random(5);
        ImmutableArray<VectorSignal> vectors = Vectors(["half", "float", "double", "short", "flag", "long"], 3);
        VectorColumn[] made = [.. vectors.Select(v => new VectorColumn(v.Name, v.Columns, v.Derived))];
        int missing = 0, nan = 0, infinite = 0;
        foreach (int rows in (int[])[1, 7, 1300, 0, 513, 511])
        {
            double?[][] values = [.. Enumerable.Range(0, 6).Select(_ => new double?[rows])];
            for (int row = 0; row < rows; row++) Fill(values, row, random);
            Batch batch = new BatchBuilder()
                .Add("long", Columns.Of<long>([.. values[5].Select(v => (long?)v)])).Add("half", Columns.Of<Half>([.. values[0].Select(v => (Half?)v)]))
                .Add("float", Columns.Of<float>([.. values[1].Select(v => (float?)v)])).Add("double", Columns.Of<double>([.. values[2]]))
                .Add("short", Columns.Of<short>([.. values[3].Select(v => (short?)v)]))
                .Add("flag", Columns.Of([.. values[4].Select(v => v is null ? (bool?)null : v == 1)]))
                .Build();
            for (int i = 0; i < made.Length; i++)
            {
                Assert.Null(made[i].Read(batch));
                Column column = made[i].Column;
                double?[] expected = [.. Enumerable.Range(0, rows).Select(row => Loop(vectors[i], [.. values.Select(v => v[row])]))];
                Assert.Equal(expected.Count(e => e is null), column.Nulls);
                ReadOnlySpan<double> found = ColumnNumbers.Float64(column);
                for (int row = 0; row < rows; row++)
                {
                    Assert.Equal(expected[row] is null, !column.IsValid(row));
                    if (expected[row] is not { } one) missing++;
                    else if (double.IsNaN(one)) Assert.True(double.IsNaN(found[row]), $"row {row}, NaN {++nan}");
                    else Assert.Equal(BitConverter.DoubleToInt64Bits(one), BitConverter.DoubleToInt64Bits(found[row]));
                    if (expected[row] is { } e && double.IsInfinity(e)) infinite++;
                }
            }
        }

        Assert.True(missing > 100 && nan > 20 && infinite > 20, $"{missing} {nan} {infinite}");
    }

    [Fact]
    public void Messages_WithoutAColumn_AreMissing_AndOfTextAreRefused()
    {
        ImmutableArray<VectorSignal> vectors = Vectors(["a", "b"], 1);
        Batch whole = Of(("a", Columns.Of<double>([3, 6, double.NaN])), ("b", Columns.Of<float>([4, 8, 1])));
        Baseline baseline = BaselineBuilder.Build([whole], BaselineSettings.Of("m") with { NotFeatures = ["a", "b"], Vectors = vectors }).Baseline!;
        Assert.Equal(["v", "v.1"], baseline.Signals.Select(s => s.Name));
        Assert.Equal([5, double.BitIncrement(5), 10, double.BitIncrement(10)], baseline.Signals[0].Layout.Edges);
        Assert.All(baseline.Signals, s => Assert.Equal((1, 0), (s.Counts[s.Layout.NanCell], s.Counts[s.Layout.MissingCell])));
        ICellCounter[] counters = CellCounters.ForAll(baseline.Signals, null, null);
        foreach (Batch lacking in (Batch[])[Of(("a", Columns.Of<double>([3, 6]))), Of(("a", Columns.Of<double>([3, 6])), ("b", Columns.Nulls(2)))])
        {
            foreach (ICellCounter counter in counters)
            {
                Assert.Null(counter.Bind(lacking));
                long[] counts = new long[counter.Layout.Cells];
                counter.Count(0, 2, counts);
                Assert.Equal((2, 2), (counts[counter.Layout.MissingCell], counts.Sum()));
                int[] ranks = new int[2];
                counter.Rank(ranks);
                Assert.Equal([counter.Layout.MissingCell, counter.Layout.MissingCell], ranks);
            }
        }

        Reject refused = counters[0].Bind(Of(("a", Columns.Of<double>([3])), ("b", Columns.Text(["x"]))))!;
        Assert.Equal((RejectReason.ColumnType, "column 'b' is utf8; a vector is made of numbers"), (refused.Reason, refused.Detail));
    }

    [Fact]
    public void Baselines_KeepHowSignalsAreMade_AndSayWhatIsWrong()
    {
        BaselineSettings settings = BaselineSettings.Of("m") with { NotFeatures = ["a", "b"], Vectors = Vectors(["a", "b"], 2) };
        Batch batch = Of(("a", Columns.Of<double>([1, 2, 3])), ("b", Columns.Of<double>([0, 5, 1])), ("c", Columns.Text(["x", "x", "y"])));
        Baseline built = BaselineBuilder.Build([batch], settings).Baseline!;
        byte[] file = BaselineFile.Write(built);
        Assert.Equal(4, file[4]);
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal(("", built.Hash), (problem, read.Hash));
        Assert.All(settings.Vectors, v => Assert.Single(read.Signals, v.IsMadeAs));
        Assert.DoesNotContain(read.Signals, (settings.Vectors[1] with { Derived = new Derivation(VectorMeasure.Projection, 2) }).IsMadeAs);
        Assert.NotEqual(built.Hash, BaselineBuilder.Build([batch], settings with { Vectors = Vectors(["b", "a"], 2) }).Baseline!.Hash);

        Assert.Equal(
            ["vector 'a': the reference has a column of that name; call it otherwise",
                "vector 'a': column 'd' is not in the reference", "vector 'a': column 'c' is utf8, which is no number"],
            BaselineBuilder.Build([batch], settings with { Vectors = [new VectorSignal("a", ["a", "d", "c"], new Derivation(VectorMeasure.Norm))] }).Problems);
    }

    [Fact]
    public void Vectors_AreNotSliced()
    {
        Batch batch = Of(
            ("a", Columns.Of<int>([.. Enumerable.Range(0, 300)])), ("b", Columns.Of<int>([.. Enumerable.Range(0, 300)])),
            ("c", Columns.Text([.. Enumerable.Range(0, 300).Select(i => $"{i % 2}")])));
        BaselineSettings settings = BaselineSettings.Of("m") with { Vectors = Vectors(["a", "b"], 1), Slices = [["c"]] };
        Assert.Equal(["a", "b"], BaselineBuilder.Build([batch], settings).Baseline!.Signals.Where(s => s.Role == SignalRole.Slice).Select(s => s.Name));
        Assert.Equal(["slice 'c': no other column is watched"], BaselineBuilder.Build([batch], settings with { NotFeatures = ["a", "b"] }).Problems);
    }

    /// <summary>A shift along one direction of 64 is found; none is, where there is none; a turn changes projections and no norm.</summary>
    [Fact]
    public void Drift_InOneDirection_IsFound()
    {
        var random = new Random(11);
        double[] along = Unit(random), centre = [.. Unit(random).Select(x => 3 * x)];
        BaselineSettings settings = BaselineSettings.Of("m") with { NotFeatures = [.. Wide[0].Columns], Vectors = Wide, Edges = 255 };
        Baseline baseline = BaselineBuilder.Build([Rows(random, 20_000, centre)], settings).Baseline!;
        Assert.Equal(Wide.Length, baseline.Signals.Length);
        for (int i = 0; i < 20; i++) Assert.Empty(Drifting(baseline, Rows(random, 1_000, centre)));
        string[] shifted = Drifting(baseline, Rows(random, 4_000, [.. centre.Zip(along, (c, a) => c + (4 * a))]));
        Assert.Contains("v", shifted);
        Assert.True(shifted.Length > 1, string.Join(", ", shifted));
        string[] turned = Drifting(baseline, Rows(random, 4_000, [.. centre.Select(c => -c)]));
        Assert.DoesNotContain("v", turned);
        Assert.NotEmpty(turned);
    }

    [Theory]
    [InlineData("[{ name: v, of: [a], as: norm }]", "bad_vector")]
    [InlineData("[{ name: v, of: [a, b, a], as: norm }]", "bad_vector")]
    [InlineData("[{ name: v, of: [e0..e4, e3], as: norm }]", "bad_vector")]
    [InlineData("[{ name: v, of: [e9..e3, a, b], as: norm }]", "bad_vector")]
    [InlineData("[{ name: v, of: [e0..e65536], as: norm }]", "bad_vector")]
    [InlineData("[{ name: v, of: [a, b], as: mean }]", "bad_choice")]
    [InlineData("[{ name: v, of: [a, b], as: norm, seed: 3 }]", "vector_key")]
    [InlineData("[{ name: v, of: [a, b] }]", "missing_key")]
    [InlineData("[{ name: v, of: [a, b], as: norm }, { name: v, of: [c, d], as: norm }]", "duplicate_id")]
    public void Configs_ThatCannotBeMeant_AreRefused(string vectors, string code)
    {
        Finding[] errors = [.. Configs.Read(Configs.WithModel($"columns: {{ vectors: {vectors} }}")).Findings.Where(f => f.Severity == FindingSeverity.Error)];
        Assert.Contains(code, errors.Select(e => e.Code));
    }

    [Fact]
    public void Config_OfAnotherDerivation_NeedsAnotherBuild()
    {
        string Config(string of, int seed) => Configs.WithModel($"columns: {{ vectors: [{{ name: v, of: {of}, as: projection, count: 2, seed: {seed} }}] }}");
        BaselineLoad Built(BaselineRequest _) => BaselineLoad.Of(Configs.Employment with
        {
            Signals =
            [
                .. Configs.Employment.Signals,
                .. Enumerable.Range(1, 2).Select(k => new BaselineSignal(
                    $"v.{k}", SignalRole.Feature, ["e0", "e1", "e2"], Layout.Numeric([0]), [1, 2, 3, 4])
                {
                    Derived = new Derivation(VectorMeasure.Projection, 7),
                }),
            ],
        });
        string[] Codes(string config) =>
            [.. Configs.Read(config, Built).Findings.Where(f => f.Severity == FindingSeverity.Error).Select(f => f.Code)];
        Assert.Empty(Codes(Config("[e0..e2]", 7)));
        Assert.Contains("v.2", Configs.Read(Config("[e0..e2]", 7), Built).Plan!.Models[0].Counting.Signals.Select(s => s.Name));
        Assert.Equal(["baseline"], Codes(Config("[e0..e2]", 8)));
        Assert.Equal(["baseline"], Codes(Config("[e0..e3]", 7)));
        Assert.DoesNotContain("v.1", Configs.Read(Configs.Text("minimal.yaml"), Built).Plan!.Models[0].Counting.Signals.Select(s => s.Name));
    }

    private static ImmutableArray<VectorSignal> Vectors(ImmutableArray<string> columns, int projections) =>
    [
        new VectorSignal("v", columns, new Derivation(VectorMeasure.Norm)),
        .. Enumerable.Range(1, projections).Select(
            k => new VectorSignal(string.Create(CultureInfo.InvariantCulture, $"v.{k}"), columns, new Derivation(VectorMeasure.Projection, 1))),
    ];

    private static double? Loop(VectorSignal vector, double?[] row)
    {
        if (Array.Exists(row, v => v is null)) return null;
        bool[] minus = ProjectionSigns.Minus(vector.Name, vector.Derived.Seed, row.Length);
        double sum = 0;
        for (int j = 0; j < row.Length; j++)
        {
            double x = row[j]!.Value;
            if (vector.Derived.As == VectorMeasure.Norm)
            {
                double square = x * x;
                sum += square;
            }
            else sum += minus[j] ? -x : x;
        }

        return vector.Derived.As == VectorMeasure.Norm ? Math.Sqrt(sum) : sum / Math.Sqrt(row.Length);
    }

    // half, float, double, short, flag, long: what each type holds exactly.
    private static void Fill(double?[][] values, int row, Random random)
    {
        double Odd(double x) => random.Next(60) switch { 0 => double.NaN, 1 => double.PositiveInfinity, 2 => double.NegativeInfinity, _ => x };
        values[0][row] = Odd((double)(Half)(random.NextDouble() - 0.5));
        values[1][row] = Odd((float)(random.NextDouble() * 1000));
        values[2][row] = Odd(random.NextDouble() * Math.Pow(10, random.Next(-5, 9)));
        values[3][row] = random.Next(short.MinValue, short.MaxValue);
        values[4][row] = random.Next(2);
        values[5][row] = random.NextInt64(-1L << 40, 1L << 40);
        if (random.Next(10) == 0) values[random.Next(6)][row] = null;
    }

    private static Batch Of(params ReadOnlySpan<(string Name, Column Column)> columns)
    {
        var builder = new BatchBuilder();
        foreach ((string name, Column column) in columns) builder.Add(name, column);
        return builder.Build();
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double[] Unit(Random random)
    {
        double[] values = [.. Enumerable.Range(0, Dimensions).Select(_ => Normal(random))];
        double norm = Math.Sqrt(values.Sum(v => v * v));
        return [.. values.Select(v => v / norm)];
    }

    private static Batch Rows(Random random, int rows, double[] centre)
    {
        var builder = new BatchBuilder();
        for (int j = 0; j < Dimensions; j++)
            builder.Add($"e{j}", Columns.Of<float>([.. Enumerable.Range(0, rows).Select(_ => (float)(centre[j] + Normal(random)))]));
        return builder.Build();
    }

    private static string[] Drifting(Baseline baseline, Batch batch)
    {
        ICellCounter[] counters = CellCounters.ForAll(baseline.Signals, null, null);
        var counts = new SignalCounts[counters.Length];
        for (int i = 0; i < counters.Length; i++)
        {
            Assert.Null(counters[i].Bind(batch));
            long[] cells = new long[counters[i].Layout.Cells];
            counters[i].Count(0, batch.Rows, cells);
            counts[i] = new SignalCounts(baseline.Signals[i].Key, counters[i].Layout.Key, cells);
        }

        var window = new ClosedWindow("m", "1", new WindowSettings("1d", new(7), new(7), new(0), 500), new(0), new(7), true, new(batch.Rows), new(0),
            WindowCounts.BySignal(counts));
        var settings = new JudgementSettings("m", baseline, Configs.Read(Configs.Text("minimal.yaml")).Plan!.Models[0].Judgement.Rules);
        Verdict verdict = WindowJudge.Judge(window, settings);
        return [.. verdict.Signals.Where(s => s.Judgement == Judgement.Drifting).Select(s => s.Signal)];
    }
}
