using DriftStream.Host.Tests.Commands;
using Xunit;

namespace DriftStream.Host.Tests.Compare;

/// <summary>Labels that stand in a file of their own: what becomes of each, and how well the model did on the rows that have one.</summary>
public sealed class LabelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-labels-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Ids are a number here and a text there; one label comes twice, one has no value, one no row; one row comes twice, one has no label.</summary>
    [Fact]
    public void Labels_AreJoinedById_AndEachIsAccountedFor()
    {
        string rows = Write("rows.csv", "id,yes,p,x", "1,1,0.9,1", "2,0,0.2,2", "3,1,0.8,3", "4,0,0.4,4", "5,1,0.7,5", "2,1,0.9,6");
        string labels = Write("labels.json", """{"id": "1", "true": "1"}""", """{"id": "2", "true": "0"}""", """{"id": "3", "true": "0"}""",
            """{"id": "4", "true": "1"}""", """{"id": "1", "true": "0"}""", """{"id": "9", "true": "1"}""", """{"id": "5", "true": null}""");
        CliResult run = Compare(rows, rows, "--labels", labels, "--id", "id", "--label", "true", "--decision", "yes", "--score", "p");
        Assert.Contains($"{labels}: of 7 labels 4 have a row, 1 have none, 1 are of an id that had one, 1 lack an id or a value; "
            + "1 rows have the id of a row before them, and so no label", run.Errors, StringComparison.Ordinal);
        Assert.Contains("of 6 rows 4 have a label (66.7 %): 50.0 % of the selected, 100.0 % of the others", run.Output, StringComparison.Ordinal);
        // Right on 1 and 2, wrong on 3 and 4; of the four pairs of a positive and a negative label one is in the wrong order.
        Assert.Matches(@"accuracy +0\.5000 .* 0\.5000 ", run.Output);
        Assert.Matches(@"roc_auc +0\.7500 ", run.Output);
    }

    [Fact]
    public void Json_HasThePerformance()
    {
        string rows = Write("rows.csv", "yes,p,x,true", "1,0.9,1,1", "0,0.2,2,0", "1,0.8,3,", "0,0.4,4,1");
        CliResult run = Compare(rows, rows, "--json", "--label", "true", "--decision", "yes", "--score", "p");
        Assert.Contains("""
            "performance":{"labels":{"rows":4,"known":3,"selected_rows":2,"selected_known":1},
            "reference_labels":{"rows":4,"known":3,"selected_rows":2,"selected_known":1},
            "coverage":"labels are known of 75 % of rows: 50 % of the selected, 100 % of the others",
            "metrics":[{"name":"accuracy","value":0.6666666666666666,
            """.ReplaceLineEndings(""), run.Output, StringComparison.Ordinal);
        Assert.Matches("""\{"name":"pr_auc","value":1,"interval":\[0\.34238022750\d+,1\],"reference_value":1,""", run.Output);
    }

    [Theory]
    [InlineData("rows:2", "How well the model did in each window", "rows 3-4", "0.0 %")]
    [InlineData(null, "How well the model did", "accuracy", "0.6667 [0.2077, 0.9385]")]
    public void Html_HasThePerformance(string? chunk, params string[] texts)
    {
        string rows = Write("rows.csv", "yes,p,x,true", "1,0.9,1,1", "0,0.2,2,0", "1,0.8,3,", "0,0.4,4,"), page = Path.Combine(_folder, "report.html");
        if (chunk is null) rows = Write("rows.csv", "yes,p,x,true", "1,0.9,1,1", "0,0.2,2,0", "1,0.8,3,0");
        string[] windows = chunk is null ? [] : ["--chunk", chunk];
        CliResult run = Compare(rows, rows, [.. windows, "--html", page, "--label", "true", "--decision", "yes", "--score", "p"]);
        Assert.Equal(0, run.Code);
        string section = File.ReadAllText(page).Split("id=\"performance\"")[1].Split("</section>")[0];
        Assert.All(texts, text => Assert.Contains($">{text}<", section, StringComparison.Ordinal));
    }

    [Fact]
    public void ReferenceWithoutLabels_SaysNothingOfBefore()
    {
        string reference = Write("reference.csv", "yes,p,x", "1,0.9,1", "0,0.2,2"), rows = Write("rows.csv", "yes,p,x,true", "1,0.9,1,1", "0,0.2,2,0");
        CliResult run = Compare(reference, rows, "--label", "true", "--decision", "yes", "--score", "p");
        Assert.Contains($"{reference}: no column 'true', so nothing is known of how well the model did before", run.Errors, StringComparison.Ordinal);
        Assert.Matches(@"accuracy +1\.0000 \[0\.3424, 1\.0000\]\n", run.Output);
    }

    [Theory]
    [InlineData("--labels and --id: one without the other", "--labels", "FILE", "--label", "true")]
    [InlineData("--decision goes with --label, or with a -c whose model has a label", "--decision", "yes")]
    [InlineData("--labels goes with --label, or with a -c whose model has a label", "--labels", "FILE", "--id", "id")]
    [InlineData("there is no column 'nothing'; it has yes, p, x, true", "--label", "nothing")]
    [InlineData("it has labels itself, and --labels gives others: leave one of them out", "--labels", "FILE", "--id", "x", "--label", "true")]
    public void WhatIsWrong_IsSaid(string why, params string[] options)
    {
        string rows = Write("rows.csv", "yes,p,x,true", "1,0.9,1,1", "0,0.2,2,0");
        CliResult run = Compare(rows, rows, [.. options.Select(o => o == "FILE" ? rows : o)]);
        Assert.Equal(2, run.Code);
        Assert.Contains(why, run.Errors, StringComparison.Ordinal);
    }

    private static CliResult Compare(string reference, string current, params string[] options) =>
        Cli.Run(["compare", "--reference", reference, "--current", current, .. options]);

    private string Write(string name, params string[] lines)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, lines);
        return path;
    }
}
