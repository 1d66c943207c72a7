using System.Text.Json;
using DriftStream.Host.Tests.Commands;
using Xunit;

namespace DriftStream.Host.Tests.Compare;

/// <summary>What <c>compare</c> says of files in which there is little or odd to compare.</summary>
public sealed class DegenerateFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-degenerate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void OneRow_IsInsufficient_AndSaysWhy()
    {
        string one = Csv("one.csv", "a,b", ["1,x"]);
        CliResult run = Cli.Run("compare", "--reference", one, "--current", one);
        Assert.Contains("1 row  0 of 2 signals; 2 insufficient (psi: 1 row, fewer than 500)", run.Output);
        Assert.Contains("against 1 row (", run.Output);
        Assert.Contains("one.csv: types found by the values: int64: a; text: b (each the first of", run.Errors);
    }

    [Fact]
    public void InsufficientChunks_SayWhy()
    {
        string file = Csv("f.csv", "a", Enumerable.Range(0, 90).Select(i => $"{i % 9}"));
        CliResult run = Cli.Run("compare", "--reference", file, "--current", file, "--chunk", "rows:45");
        Assert.Equal(2, run.Output.Split("45 rows  0 of 1 signal; 1 insufficient (psi: 45 rows, fewer than 500)").Length - 1);
    }

    [Fact]
    public void NumbersAfterNan_AreOutOfRange_InAllRows()
    {
        string reference = Csv("r.csv", "a", Enumerable.Repeat("NaN", 600)), current = Csv("c.csv", "a", Enumerable.Repeat("3", 600));
        CliResult run = Cli.Run("compare", "--reference", reference, "--current", current);
        Assert.Contains("1 of 1 windows drifting", run.Output);
        Assert.DoesNotContain("200 %", run.Output);
    }

    [Fact]
    public void RuleOnAnotherStatistic_IsNamed()
    {
        string config = Path.Combine(_folder, "c.yaml");
        string reference = Csv("r.csv", "a", Enumerable.Range(0, 800).Select(i => i % 2 == 0 ? "x" : "y"));
        string current = Csv("c.csv", "a", Enumerable.Range(0, 800).Select(i => i % 8 == 0 ? "x" : "y"));
        File.WriteAllText(config, $$"""
            kafka: { bootstrap: "localhost:9092" }
            owners: [{ id: me, name: Me, contact: me@example.org }]
            root_owner: me
            models:
              - id: m
                owner: me
                purpose: A test
                sources: [{ topic: t, format: arrow }]
                columns: { version: { value: "1" } }
                baseline: { data: {{reference}} }
                window: { size: 1d }
                rules: [{ signal: a, statistic: entropy, alarm: { above: 0.1 } }]
            """);
        CliResult run = Cli.Run("compare", "--reference", reference, "--current", current, "-c", config);
        Assert.True(run.Code == 0, run.Errors);
        Assert.Contains("(by entropy 0.4", run.Output);
    }

    /// <summary>By hand: halves of 1 and 2 against halves of 2 and 3, zeros filled with 1e-4.</summary>
    [Fact]
    public void Tools_ShowTheNumbersOfRawRows_OfEachWindow()
    {
        string reference = Csv("r.csv", "a,b", ["1,x", "2,x", "1,x", "2,y", "NaN,y"]), current = Csv("c.csv", "a,b", ["2,x", "3,x", "3,x", "2,x", ",x"]);
        CliResult run = Cli.Run("compare", "--reference", reference, "--current", current, "--json", "--tools", "--chunk", "rows:2");
        JsonElement[] windows = [.. run.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(3, windows.Length);
        Assert.Equal(2 * (0.5 - 1e-4) * Math.Log(0.5 / 1e-4), Psi(windows[0])!.Value, 1e-9);
        Assert.Null(Psi(windows[2])); // nothing but a null
        Assert.DoesNotContain("frouros", Cli.Run("compare", "--reference", reference, "--current", current, "--json").Output);
    }

    private static double? Psi(JsonElement verdict)
    {
        JsonElement[] found =
        [
            .. verdict.GetProperty("signals").EnumerateArray().Single(s => s.GetProperty("signal").GetString() == "a")
                .GetProperty("statistics").EnumerateArray().Where(
                    s => s.GetProperty("name").GetString() == "psi" && s.GetProperty("convention").GetString() == "evidently"),
        ];
        return found.Length == 0 ? null : found.Single().GetProperty("value").GetDouble();
    }

    private string Csv(string name, string header, IEnumerable<string> rows)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, [header, .. rows]);
        return path;
    }
}
