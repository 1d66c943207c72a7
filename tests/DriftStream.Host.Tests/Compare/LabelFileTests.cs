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

    /// <summary>As labels that are positive or not: ids, what comes twice, what lacks a value, what is no number.</summary>
    [Fact]
    public void Numbers_AreJoinedById()
    {
        string rows = Write("rows.csv", "id,p,x", "1,1.5,1", "2,2,2", "3,5,3", "4,4,4", "5,5,5", "2,9,6");
        string labels = Write("labels.csv", "key,id,true", "a,1,1", "b,2,4", "c,3,4", "d,4,nan", "e,1,100", "f,9,7", "g,5,");
        CliResult run = Compare(rows, rows, "--labels", labels, "--id", "id", "--label", "true", "--label-kind", "number", "--score", "p", "--by", "x");
        Assert.True(run.Code == 0, run.Errors);
        Assert.Contains($"{labels}: of 7 labels 3 have a row, 1 have none, 1 are of an id that had one, 2 lack an id or a value; "
            + $"1 rows have the id of a row before them, and so no label\n{labels}: 1 row has a label that is NaN or infinite, the first is row 4 (NaN)",
            run.Errors, StringComparison.Ordinal);
        Assert.Contains("of 6 rows 3 have a label (50.0 %)", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"mae +1\.1667 .* 1\.1667 ", run.Output); // 0.5, 2, 1
        Assert.Matches(@"bias +-0\.1667 .* -0\.1667 ", run.Output);
    }

    [Fact]
    public void Classes_AreJoinedById()
    {
        string rows = Write("rows.csv", "id,d,x", "a,cat,1", "b,dog,2", "c,cat,3", "d,bird,4");
        string labels = Write("labels.json", """{"id": "a", "true": "cat"}""", """{"id": "b", "true": "cat"}""", """{"id": "c", "true": "cat"}""");
        CliResult run = Compare(rows, rows, "--labels", labels, "--id", "id", "--label", "true", "--label-kind", "class", "--decision", "d");
        Assert.True(run.Code == 0, run.Errors);
        Assert.Contains("of 4 rows 3 have a label (75.0 %)", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"recall of cat +0\.6667 .* 0\.6667 ", run.Output);
    }

    /// <summary>A configuration counts what is joined, as in a stream: residuals by cells, and the label's kind is its.</summary>
    [Theory]
    [InlineData("score: p, label: { column: true, kind: number }", "mae", "mae +1\\.0000 .* 1\\.0000 ")]
    [InlineData("decision: d, label: { column: true, kind: class }", "accuracy", "accuracy +0\\.5000 .* 0\\.5000 ")]
    public void Configuration_CountsWhatIsJoined(string columns, string statistic, string shown)
    {
        string rows = Write("rows.csv", ["id,p,d,x", .. Enumerable.Range(0, 600).Select(i => $"{i},{(i % 7) + 1},{i % 7},{i % 5}")]);
        int odd = statistic == "mae" ? 0 : 1; // of every other row another class
        string labels = Write("labels.csv", ["id,true", .. Enumerable.Range(0, 600).Select(i => $"{i},{(i + (i % 2 * odd)) % 7}")]);
        string config = Write("m.yaml", "owners: [{ id: team, contact: a@example.org }]", "models:",
            $"  - {{ id: m, owner: team, sources: [{{ topic: t }}], baseline: {{ file: b }}, columns: {{ {columns} }},",
            $"      rules: [{{ statistic: {statistic}, alarm: {{ above: 0.9 }} }}] }}");
        CliResult run = Compare(rows, rows, "--labels", labels, "--id", "id", "-c", config);
        Assert.True(run.Code == 0, run.Errors);
        Assert.Matches(shown, run.Output);
        Assert.Contains(statistic == "mae" ? "mae is 1.0" : "accuracy ", run.Output, StringComparison.Ordinal);
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
    [InlineData("2 of 2 rows were refused; the first: row 1, column 'no': 'a' is no number",
        "--labels", "LETTERS", "--id", "x", "--label", "no", "--label-kind", "number", "--score", "p", "--time-column", "nothing")]
    [InlineData("--decision goes with --label, or with a -c whose model has a label", "--decision", "yes")]
    [InlineData("--labels goes with --label, or with a -c whose model has a label", "--labels", "FILE", "--id", "id")]
    [InlineData("there is no column 'nothing'; it has yes, p, x, true", "--label", "nothing")]
    [InlineData("it has labels itself, and --labels gives others: leave one of them out", "--labels", "FILE", "--id", "x", "--label", "true")]
    public void WhatIsWrong_IsSaid(string why, params string[] options)
    {
        string rows = Write("rows.csv", "yes,p,x,true", "1,0.9,1,1", "0,0.2,2,0");
        string letters = Write("letters.csv", "x,no", "1,a", "2,b");
        CliResult run = Compare(rows, rows, [.. options.Select(o => o == "FILE" ? rows : o == "LETTERS" ? letters : o)]);
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
