using System.Text.Json;
using DriftStream.Host.Tests.Commands;
using Xunit;

namespace DriftStream.Host.Tests.Compare;

public sealed class CompareCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-compare-").FullName;

    [Fact]
    public void FailOn_Drifting_IsOneOnlyWhereSomethingDrifts()
    {
        string reference = Csv("r.csv", 2000, i => i % 10);
        string same = Csv("s.csv", 2000, i => (i + 3) % 10), other = Csv("o.csv", 2000, i => i % 5);
        CliResult steady = Cli.Run("compare", "--reference", reference, "--current", same, "--fail-on", "drifting");
        CliResult drifting = Cli.Run("compare", "--reference", reference, "--current", other, "--fail-on", "drifting");
        Assert.Equal((0, 1), (steady.Code, drifting.Code));
        Assert.Contains("0 of 1 windows drifting", steady.Output);
        Assert.Contains("1 of 1 windows drifting", drifting.Output);
        Assert.Equal(0, Cli.Run("compare", "--reference", reference, "--current", other).Code);
    }

    [Fact]
    public void NamesAndValuesOfStrangers_AreWrittenOut()
    {
        IEnumerable<string> Rows(string value) => Enumerable.Range(0, 2000).Select(i => i % 2 == 0 ? "a" : value);
        string reference = Path.Combine(_folder, "r.csv"), current = Path.Combine(_folder, "c.csv");
        File.WriteAllLines(reference, ["x\e[2J", .. Rows("b\e[31m")]);
        File.WriteAllLines(current, ["x\e[2J,y\u202E", .. Rows("a").Select(r => r + ",1")]);
        CliResult run = Cli.Run("compare", "--reference", reference, "--current", current);
        Assert.Equal(0, run.Code);
        Assert.Contains(@"x\u{1B}[2J", run.Output);
        Assert.Contains(@"b\u{1B}[31m", run.Output);
        Assert.Contains(@"not compared: y\u{202E}", run.Errors);
        Assert.DoesNotContain(run.Output + run.Errors, c => (char.IsControl(c) && c != '\n') || c == '\u202E');
    }

    [Fact]
    public void TimeChunks_TakeRowsInAnyOrder_AndLeaveOutThoseWithoutATime()
    {
        string reference = Csv("r.csv", 700, i => i % 7);
        string current = Path.Combine(_folder, "t.csv");
        string[] rows = ["1,2020-01-02T00:00:00Z", "2,2020-01-01T12:00:00Z", "3,", "4,2020-01-02T23:59:59Z", "5,2020-01-05T00:00:00Z"];
        File.WriteAllLines(current, ["x,at", .. rows]);
        string[] time = ["--chunk", "time:1d", "--time-column", "at", "--json"];
        CliResult run = Cli.Run(["compare", "--reference", reference, "--current", current, .. time]);
        Assert.Equal(0, run.Code);
        JsonElement[] verdicts = [.. run.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(
            ["2020-01-01T00:00:00Z 1", "2020-01-02T00:00:00Z 2", "2020-01-05T00:00:00Z 1"],
            verdicts.Select(v => $"{v.GetProperty("window").GetProperty("start").GetString()} {v.GetProperty("rows").GetInt64()}"));
        Assert.Contains("1 row without a time was left out", run.Errors);
    }

    /// <summary>What all rows do not show, in text, JSON and both documents; columns are taken alone or together.</summary>
    [Fact]
    public void Slices_AreToldWhereTheyDriftAlone()
    {
        string Rows(string file, int shifted)
        {
            string path = Path.Combine(_folder, file);
            File.WriteAllLines(path, ["x,country,device", .. Enumerable.Range(0, 16_000).Select(i =>
                $"{(i % 20 == 0 ? (i / 20 % 10) + shifted : i / 7 % 20)},{(i % 20 == 0 ? "MT" : i % 3 == 0 ? "DE" : "FR")},{(i % 2 == 0 ? "ios" : "web")}")]);
            return path;
        }

        string html = Path.Combine(_folder, "r.html"), junit = Path.Combine(_folder, "r.xml");
        string[] files = ["compare", "--reference", Rows("r.csv", 0), "--current", Rows("c.csv", 9), "--slices", "country,country+device"];
        CliResult text = Cli.Run([.. files, "--html", html, "--junit", junit]);
        Assert.True(text.Code == 0, text.Errors);
        const string told = "among country = MT: x has drifted: ";
        // x and device by three countries, x by five pairs: MT comes on one device.
        Assert.Contains("11 signals in slices: 2 drifting, 0 insufficient; where neither all rows nor a wider slice drift: 1", text.Output);
        Assert.Contains(told, text.Output);
        Assert.Contains(told, File.ReadAllText(html));
        Assert.Contains("name=\"signal x among country = MT\"", File.ReadAllText(junit));
        JsonElement verdict = JsonDocument.Parse(Cli.Run([.. files, "--json"]).Lines.Single()).RootElement;
        Assert.Equal(
            ["""{"country":"MT"}""", """{"country":"MT","device":"ios"}"""],
            verdict.GetProperty("signals").EnumerateArray().Where(s => Text(s, "judgement") == "drifting").Select(s => s.GetProperty("slice").GetRawText()));
        Assert.Equal(3 + 11, verdict.GetProperty("signals").GetArrayLength());

        CliResult unknown = Cli.Run([.. files[..^1], "land"]);
        Assert.Equal(2, unknown.Code);
        Assert.Contains("slices: column 'land' is not in the reference", unknown.Errors);
        Assert.Equal(2, Cli.Run([.. files, "-c", Cli.Sample("driftstream.yaml")]).Code);
        foreach (string twice in (string[])["country,country", "country+country", "country+device,device+country"])
        {
            CliResult refused = Cli.Run([.. files[..^1], twice]);
            Assert.Equal(2, refused.Code);
            Assert.Matches("^--slices: .* twice", refused.Errors);
        }
    }

    /// <summary>A handful of rows is no reference, and columns without a value are nothing to compare: neither is good news.</summary>
    [Fact]
    public void ReferenceThatSaysNothing_IsSaidToDoSo()
    {
        string few = Path.Combine(_folder, "few.csv"), empty = Path.Combine(_folder, "empty.csv"), many = Path.Combine(_folder, "many.csv");
        File.WriteAllLines(few, ["x", .. Enumerable.Range(0, 29).Select(i => $"{i}")]);
        File.WriteAllLines(empty, ["x,y", .. Enumerable.Repeat(",", 600)]);
        File.WriteAllLines(many, ["x", .. Enumerable.Range(0, 900).Select(i => $"{i % 70}")]);
        CliResult run = Cli.Run("compare", "--reference", few, "--current", many, "--fail-on", "drifting");
        Assert.Equal(0, run.Code);
        Assert.Contains("the baseline has 29 rows, fewer than 30", run.Output);
        CliResult nothing = Cli.Run("compare", "--reference", empty, "--current", many, "--fail-on", "drifting");
        Assert.Equal(2, nothing.Code);
        Assert.Contains("no column has a value, so there is nothing to compare", nothing.Errors);
        Assert.Contains("--tools goes with --json", Cli.Run("compare", "--reference", many, "--current", many, "--tools").Errors);
    }

    [Fact]
    public void Config_GivesTheNumbersOfItsModel()
    {
        CliResult run = Cli.Run("compare", "--reference", Cli.Sample("reference-2015.parquet"),
            "--current", Cli.Sample("stream-2016-2018.parquet"),
            "-c", Cli.Sample("driftstream.yaml"), "--model", "employment", "--chunk", "time:7d", "--json");
        Assert.Equal(0, run.Code);
        JsonElement[] verdicts = [.. run.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(207_727, verdicts.Sum(v => v.GetProperty("rows").GetInt64()));
        JsonElement faulty = verdicts.Single(v => v.GetProperty("window").GetProperty("start").GetString() == "2016-05-05T00:00:00Z");
        Assert.Equal(("employment", "7", "drifting"), (Text(faulty, "model"), Text(faulty, "version"), Text(faulty, "judgement")));
        JsonElement signal = faulty.GetProperty("signals").EnumerateArray().Single(s => Text(s, "judgement") == "drifting");
        Assert.Equal("SCHL", Text(signal, "signal"));
        Assert.Contains("SEX", faulty.GetProperty("groups").EnumerateArray().Select(g => Text(g, "group")));
    }

    [Theory]
    [InlineData("--chunk", "rows:0")]
    [InlineData("--chunk", "time:1d")]
    [InlineData("--model", "m")]
    [InlineData("--except", "nope")]
    [InlineData("--fail-on", "steady")]
    public void WrongUsage_IsTwo(string option, string value)
    {
        string file = Csv("r.csv", 10, i => i);
        CliResult run = Cli.Run("compare", "--reference", file, "--current", file, option, value);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Output);
        Assert.NotEmpty(run.Errors);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private string Csv(string name, int rows, Func<int, int> value)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, ["x", .. Enumerable.Range(0, rows).Select(i => value(i).ToString())]);
        return path;
    }
}
