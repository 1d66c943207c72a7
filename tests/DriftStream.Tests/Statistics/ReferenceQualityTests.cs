using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

public sealed class ReferenceQualityTests
{
    private const int Rows = 2000;

    [Fact]
    public void Signals_AreToldByWhatTheirRowsCannotTell_WorstFirst()
    {
        Baseline baseline = Build(
            ("fine", Number(i => i * 0.37 % 101)),
            ("zero", Number(i => i % 10 < 9 ? 0 : i)),
            ("three", Number(i => i % 3)),
            ("constant", Number(_ => 4.5)),
            ("sparse", Number(i => i % 4 == 0 ? i : double.NaN)),
            ("nothing", Number(_ => double.NaN)));
        ImmutableArray<ReferenceQuality> found = ReferenceQuality.Of(baseline);
        Assert.Equal(["nothing", "constant", "sparse", "zero", "three", "fine"], found.Select(q => q.Signal));
        Assert.Equal("no row has a value", Assert.Single(found[0].Problems));
        Assert.Equal("constant: every row is 4.5", Assert.Single(found[1].Problems));
        Assert.Equal("75.0 % of the rows have no value", Assert.Single(found[2].Problems));
        // Nine deciles are 0, and what is above it: two bins.
        Assert.Equal((2, 1, "0", 0.9), (found[3].Bins, found[3].Heavy, found[3].Heaviest, found[3].HeaviestShare));
        Assert.StartsWith("2 bins of 10", Assert.Single(found[3].Problems));
        Assert.Equal((3, 3, "0"), (found[4].Bins, found[4].Heavy, found[4].Heaviest));
        Assert.Equal((10, 0, null, true), (found[5].Bins, found[5].Heavy, found[5].Heaviest, found[5].Problems.IsEmpty));
    }

    [Fact]
    public void CategoriesThatIdentifyRows_AreNamed()
    {
        var id = new BaselineSignal("id", SignalRole.Feature, ["id"], Layout.Categorical([.. Enumerable.Range(0, 950).Select(i => $"{i:000}")]),
            [.. Enumerable.Repeat(1L, 949), 51, 0, 0]);
        BaselineSignal kind = id with { Name = "kind", Layout = Layout.Categorical(["a", "b"]), Counts = [900, 100, 0, 0] };
        ImmutableArray<ReferenceQuality> found = ReferenceQuality.Of(BaselineFile.Hashed("m", 1000, [kind, id]));
        Assert.Equal(("id", "950 categories in 1,000 rows: it identifies rows, and new ones will always come"), (found[0].Signal, found[0].Problems.Single()));
        Assert.Equal(("kind", 2, "a", 0.9, true),
            (found[1].Signal, found[1].Heavy, found[1].Heaviest, found[1].HeaviestShare, found[1].Problems.IsEmpty));
    }

    [Theory]
    [InlineData(5000, 500, null)]
    [InlineData(4999, 500, "4,999 rows for windows of 500: by chance")]
    [InlineData(499, 500, "499 rows for windows of 500: levels of alarms below 1 %")]
    public void Size_IsHeldAgainstTheWindows(long rows, long windowRows, string? begins)
    {
        string? said = ReferenceQuality.TooFew(rows, windowRows);
        if (begins is null) Assert.Null(said);
        else Assert.StartsWith(begins, said);
    }

    private static double[] Number(Func<int, double> value) => [.. Enumerable.Range(0, Rows).Select(value)];

    private static Baseline Build(params (string Name, double[] Values)[] columns)
    {
        var builder = new BatchBuilder();
        foreach ((string name, double[] values) in columns) builder.Add(name, Columns.Of<double>(values));
        return BaselineBuilder.Build([builder.Build()], BaselineSettings.Of("m")).Baseline!;
    }
}
