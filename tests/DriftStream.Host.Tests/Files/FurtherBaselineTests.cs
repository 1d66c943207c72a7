using DriftStream.Cells;
using DriftStream.Host.Commands;
using DriftStream.Judging;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Files;

/// <summary>Further fixed baselines: their rows stand in the cells of the leading one, or the config says how to get them there.</summary>
public sealed class FurtherBaselineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-further-").FullName;

    // Numbers with two decimals and three categories; in spring they are higher, and one category is new.
    private static readonly (double X, string C)[] Anchor = [.. Enumerable.Range(0, 1000).Select(i => (i * 37 % 1000 / 200.0, $"c{i % 3}"))];
    private static readonly (double? X, string C)[] Spring =
        [.. Enumerable.Range(0, 300).Select(i => (i % 10 == 0 ? (double?)null : (i * 7 % 300 / 50.0) - 0.5, $"c{i % 4}"))];

    public FurtherBaselineTests()
    {
        Write("anchor.csv", ["x,c", .. Anchor.Select(r => FormattableString.Invariant($"{r.X},{r.C}"))]);
        Write("spring.csv", ["x,c", .. Spring.Select(r => FormattableString.Invariant($"{r.X},{r.C}"))]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Data_IsCountedInTheCellsOfTheLeadingOne()
    {
        PlanResult result = Config("{ name: spring, data: spring.csv }");
        Assert.Empty(result.Findings);
        JudgementSettings judgement = result.Plan!.Models[0].Judgement;
        FurtherBaseline further = Assert.Single(judgement.Further);
        Assert.Equal(("spring", 300L), (further.Name, further.Fixed!.Rows));
        BaselineSignal x = further.Fixed.Signals.Single(s => s.Name == "x"), c = further.Fixed.Signals.Single(s => s.Name == "c");
        Assert.Equal(judgement.Baseline.Signals.Select(s => s.Layout.Hash), further.Fixed.Signals.Select(s => s.Layout.Hash));
        long[] cells = new long[x.Layout.Cells];
        foreach ((double? value, _) in Spring) cells[value is { } v ? x.Layout.Edges.Count(e => e <= v) : x.Layout.MissingCell]++;
        Assert.Equal(cells, x.Counts);
        Assert.Equal([75, 75, 75, 75, 0], c.Counts); // c3 is unseen
    }

    [Fact]
    public void File_MustBeCountedInTheseCells_AndBuildLikeDoesIt()
    {
        CliBuild("anchor.csv", "anchor.baseline", null);
        CliBuild("spring.csv", "own.baseline", null);
        CliBuild("spring.csv", "like.baseline", "anchor.baseline");
        Finding finding = Assert.Single(Config("{ name: spring, file: own.baseline }").Findings);
        Assert.Equal("baseline", finding.Code);
        Assert.Contains("the baseline 'spring' of 'm' (own.baseline): the signal 'x' is counted in other cells", finding.Message, StringComparison.Ordinal);
        Assert.Contains("--like", finding.Hint!, StringComparison.Ordinal);
        PlanResult file = Config("{ name: spring, file: like.baseline }"), data = Config("{ name: spring, data: spring.csv }");
        Assert.Empty(file.Findings);
        Assert.Equal(data.Plan!.Hash, file.Plan!.Hash);
    }

    [Theory]
    [InlineData("y,c\n1,c0", "column 'x' is not in the reference; it has ")]
    [InlineData("x,c\nhigh,c0", "its baseline holds numbers")]
    [InlineData("x,c", "no rows")]
    public void RowsThatDoNotFit_AreTold(string rows, string says)
    {
        Write("odd.csv", rows.Split('\n'));
        Finding finding = Assert.Single(Config("{ name: odd, data: odd.csv }").Findings);
        Assert.Equal("baseline", finding.Code);
        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FewerRowsThanWindowsAreJudgedBy_AreAWarning()
    {
        Finding finding = Assert.Single(Config("{ name: spring, data: spring.csv }", "window: { size: 1d, min_rows: 301 }").Findings);
        Assert.Equal(("baseline_small", FindingSeverity.Warning), (finding.Code, finding.Severity));
    }

    [Fact]
    public void LargePanes_AreAWarning()
    {
        Finding finding = Assert.Single(Config("{ name: recent, rolling: 60d }", "window: { size: 1h, every: 1m }, edges: exact").Findings);
        Assert.Equal(("large_reference", FindingSeverity.Warning), (finding.Code, finding.Severity));
        Assert.Empty(Config("{ name: recent, rolling: 7d }").Findings);
    }

    private void CliBuild(string rows, string file, string? like)
    {
        Config("{ name: recent, rolling: 7d }");
        string[] also = like is null ? [] : ["--like", Path.Combine(_folder, like)];
        string config = Path.Combine(_folder, "driftstream.yaml"), from = Path.Combine(_folder, rows), to = Path.Combine(_folder, file);
        var built = Tests.Commands.Cli.Run(["baseline", "build", "-c", config, "--from", from, "-o", to, .. also]);
        Assert.True(built.Code == 0, built.Errors); // of a CSV file it prints the types
    }

    private PlanResult Config(string further, string also = "window: { size: 1d, min_rows: 300 }")
    {
        Write("driftstream.yaml",
        [
            "owners: [{ id: team, contact: here }]",
            $"models: [{{ id: m, owner: team, sources: [{{ topic: t }}], {also}, baseline: [{{ name: anchor, data: anchor.csv }}, {further}] }}]",
        ]);
        return PlanFile.Read(Path.Combine(_folder, "driftstream.yaml"));
    }

    private void Write(string file, IEnumerable<string> lines) => File.WriteAllLines(Path.Combine(_folder, file), lines);
}
