using System.Text.Json;
using DriftStream.Host.Tests.Commands;
using Xunit;

namespace DriftStream.Host.Tests.Files;

/// <summary>Files are read as a stream of their rows would be: an example of each kind that was not (data/README.md).</summary>
public sealed class FileCasesTests
{
    [Theory]
    [InlineData("d.csv")]
    [InlineData("d.parquet")]
    [InlineData("d.arrow")]
    public void TwoColumnsOfOneName_AreRefused_ByName(string file)
    {
        CliResult run = Cli.Run("compare", "--reference", Case("duplicate-columns", "r.parquet"), "--current", Case("duplicate-columns", file), "--json");
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains("'score'", run.Errors);
    }

    [Fact]
    public void TwoColumnsOfOneName_InAMessage_AreRefused()
    {
        CliResult run = Cli.Run("inspect", Case("duplicate-columns", "d.arrow"), "--rows", "1");
        Assert.Equal(1, run.Code);
        Assert.Contains("column_type", run.Output);
        Assert.Contains("two columns are called 'score'", run.Output);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void NoRows_AreNoGoodNews(string number)
    {
        string[] files = ["--reference", Case("empty-current", number, "r.parquet"), "--current", Case("empty-current", number, "c.parquet")];
        CliResult run = Cli.Run(["compare", .. files, "--fail-on", "drifting", "--json"]);
        Assert.Equal((1, "insufficient", 0), (run.Code, Text(run.Json, "judgement"), run.Json.GetProperty("rows").GetInt32()));
        Assert.Contains("no rows", run.Errors);
        Assert.Equal(0, Cli.Run(["compare", .. files]).Code);
        Assert.Equal(1, Cli.Run(["compare", .. files, "--fail-on", "drifting", "--chunk", "rows:10"]).Code);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void AFloat32_IsTheDecimalItWasMadeOf(string number)
    {
        JsonElement signal = Signal(Compare("float32-few-valued", number, "c.parquet"), "x");
        Assert.Equal("steady", Text(signal, "judgement"));
        Assert.True(Psi(signal) < 0.01);
    }

    [Theory]
    [InlineData("--except", "id")]
    [InlineData("-c", "m.yaml")]
    public void AnIdBeyondDoubles_ThatNobodyReads_StopsNothing(string option, string value)
    {
        string given = option == "-c" ? Case("json-bigint-unused", "1", value) : value;
        JsonElement verdict = Compare("json-bigint-unused", "1", "c.json", option, given).Json;
        Assert.Equal((900, "steady"), (verdict.GetProperty("rows").GetInt32(), Text(verdict, "judgement")));
        Assert.Equal(["amount"], verdict.GetProperty("signals").EnumerateArray().Select(s => Text(s, "signal")));
    }

    [Fact]
    public void Paths_HoldForFiles()
    {
        string config = Case("kserve-paths", "1", "m.yaml");
        JsonElement verdict = Compare("kserve-paths", "1", "c.json", "-c", config).Json;
        Assert.Equal(["age", "p"], verdict.GetProperty("signals").EnumerateArray().Select(s => Text(s, "signal")));
        Assert.Equal("steady", Text(verdict, "judgement"));

        string baseline = Path.GetTempFileName();
        CliResult built = Cli.Run("baseline", "build", "-c", config, "--from", Case("kserve-paths", "1", "c.json"), "-o", baseline, "--json");
        CliResult shown = Cli.Run("baseline", "show", baseline, "--json");
        File.Delete(baseline);
        Assert.Equal((0, 2, 1000), (built.Code, built.Json.GetProperty("signals").GetInt32(), built.Json.GetProperty("rows").GetInt32()));
        JsonElement[] signals = [.. shown.Json.GetProperty("signals").EnumerateArray()];
        Assert.All(signals, s => Assert.Equal((1000, 0.0), (s.GetProperty("rows").GetInt32(), s.GetProperty("missing").GetDouble())));
    }

    [Theory]
    [InlineData("1")] // float16
    [InlineData("2")] // timestamps in DELTA_BINARY_PACKED
    [InlineData("3")] // booleans in data pages of version 2
    [InlineData("4")] // booleans, and an empty row group
    public void AnOddColumn_StopsNothing(string number)
    {
        JsonElement verdict = Compare("parquet-one-odd-column", number, "c.parquet", "-c", Case("parquet-one-odd-column", number, "m.yaml")).Json;
        Assert.Equal((1200, "steady"), (verdict.GetProperty("rows").GetInt32(), Text(verdict, "judgement")));
        CliResult all = Compare("parquet-one-odd-column", number, "c.parquet");
        Assert.Equal((1200, "steady"), (all.Json.GetProperty("rows").GetInt32(), Text(Signal(all, "x"), "judgement")));
    }

    [Theory]
    [InlineData("1", "c.csv")] // zip codes 01000 are texts
    [InlineData("2", "c.csv")] // dates are categories
    [InlineData("5", "c.json")] // true and false are 1 and 0
    public void Types_AreThoseOfTheReference(string number, string current) =>
        Assert.Equal((1200, "steady"), Judged(Compare("types-by-reference", number, current)));

    [Fact]
    public void OnlyNulls_AreMissing()
    {
        CliResult run = Compare("types-by-reference", "3", "c.json");
        Assert.Equal((1200, "drifting"), Judged(run));
        Assert.Equal("k: missing in 100 % of rows (baseline 0 %)", Text(Signal(run, "k"), "why"));
        Assert.Contains("null in all current rows, so all missing: k\n", run.Errors);
        Assert.DoesNotContain("not in the current rows", run.Errors);
    }

    [Fact]
    public void ACellThatCannotBeRead_RefusesItsRow_AndIsTold()
    {
        CliResult run = Compare("types-by-reference", "4", "c.json");
        Assert.Equal((1199, "steady"), Judged(run));
        Assert.Contains("1 of 1,200 rows were refused; the first: row 8, byte 125: column 'k'", run.Errors);
    }

    [Fact]
    public void NA_IsNoValue()
    {
        string reference = Case("types-by-reference", "6", "r.csv"), current = Case("types-by-reference", "6", "c.csv");
        CliResult run = Cli.Run("compare", "--reference", reference, "--current", current, "--json");
        Assert.Equal((1200, "drifting"), Judged(run));
        Assert.Contains("k has drifted", Text(Signal(run, "k"), "why"));
    }

    private static CliResult Compare(string kind, string number, string current, params string[] more)
    {
        CliResult run = Cli.Run(["compare", "--reference", Case(kind, number, "r.parquet"), "--current", Case(kind, number, current), "--json", .. more]);
        Assert.True(run.Code == 0, run.Errors);
        return run;
    }

    private static string Case(params string[] path) => Path.Combine([AppContext.BaseDirectory, "data", "cases", .. path]);

    private static (int Rows, string Judgement) Judged(CliResult run) => (run.Json.GetProperty("rows").GetInt32(), Text(run.Json, "judgement"));

    private static JsonElement Signal(CliResult run, string name) =>
        run.Json.GetProperty("signals").EnumerateArray().Single(s => Text(s, "signal") == name);

    private static double Psi(JsonElement signal) => signal.GetProperty("statistics").EnumerateArray()
        .First(s => Text(s, "name") == "psi").GetProperty("value").GetDouble();

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
