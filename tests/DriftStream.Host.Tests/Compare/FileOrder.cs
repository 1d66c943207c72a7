using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Compare;
using DriftStream.Host.Files;
using DriftStream.Host.Tests.Commands;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Host.Tests.Compare;

/// <summary>The employment data in the order of the published file, and what other tools computed on it.</summary>
internal static class FileOrder
{
    public static readonly string Current = Path.Combine(AppContext.BaseDirectory, "data", "employment-file-order.parquet");

    private static readonly Lazy<JsonElement[]> LazyChunks = new(() =>
    {
        CliResult run = Cli.Run("compare", "--reference", Cli.Sample("reference-2015.parquet"), "--current", Current,
            "--except", "id", "--except", "employed", "--chunk", "rows:5000", "--json");
        Assert.True(run.Code == 0, run.Errors);
        return [.. run.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
    });

    /// <summary>One verdict for each chunk of 5,000 rows, as <c>compare --json</c> without a config prints them.</summary>
    public static JsonElement[] Chunks => LazyChunks.Value;

    public static JsonElement Reference(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "reference", file))).RootElement;

    /// <summary>One column in chunks of 5,000 rows, with the edges that a stream has where its config says nothing.</summary>
    public static IEnumerable<Verdict> AtDefaultEdges(string column)
    {
        DataFile reference = DataFile.Open(Cli.Sample("reference-2015.parquet"));
        Baseline baseline = BaselineBuilder.Build(reference.Batches, BaselineSettings.Of("edges") with { Features = [column] }).Baseline!;
        var chunks = new Chunking(5000, new(0));
        var settings = new ComparisonSettings { Model = "edges", Baseline = baseline, Rules = ModelDefaults.Rules, MinRows = 500, Chunks = chunks };
        return new Comparison(settings).Verdicts(DataFile.Open(Current));
    }

    /// <summary>The fairness tables of the file; nothing but groups.</summary>
    public static IEnumerable<Verdict> Fairness(Chunking chunks)
    {
        string labelled = LabelledRows.File;
        BinaryColumn decision = new("prediction", "1"), label = new("employed", "1");
        BaselineSettings settings = BaselineSettings.Of("fairness") with
        {
            Features = [],
            Decision = decision,
            Label = label,
            Groups = [["SEX"], ["RAC1P"], ["DIS"], ["SEX", "RAC1P"]],
        };
        // Parity compares the groups of a window with one another. Of its own rows no group is unseen: in 2015 one pair had nobody.
        Baseline baseline = BaselineBuilder.Build(DataFile.Open(labelled).Batches, settings).Baseline!;
        // Fairlearn takes every group, one person or 200,000.
        var all = new Alarm(AlarmKind.Above, 1, MinRows: 1);
        ImmutableArray<Rule> rules =
        [
            .. StatisticCatalog.Entries.Where(e => e.Table).Select(e => new Rule(e.Name, null, "*", e.Name, null, all, Severity.Info)),
        ];
        // The year as if it were a second: a window of a second is a year of rows.
        var compared = new ComparisonSettings
        {
            Model = "fairness",
            Baseline = baseline,
            Decision = decision,
            Label = label,
            Rules = rules,
            MinRows = 1,
            Time = "year",
            IntegerTime = TimeUnit.Second,
            Chunks = chunks,
        };
        return new Comparison(compared).Verdicts(DataFile.Open(labelled));
    }
    /// <summary>Within a relative or an absolute distance, whichever is the greater.</summary>
    public static void Near(double expected, double? actual, string what, double relative = 1e-9, double absolute = 1e-14)
    {
        Assert.True(actual is not null, $"{what}: expected {expected:R}, got nothing");
        double allowed = Math.Max(absolute, relative * Math.Abs(expected));
        Assert.True(Math.Abs(actual.Value - expected) <= allowed, $"{what}: expected {expected:R}, got {actual.Value:R}");
    }
}
