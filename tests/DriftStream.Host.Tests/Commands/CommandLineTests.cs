using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace DriftStream.Host.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-cli-").FullName;

    public static TheoryData<string> AllCommands =>
    [
        "demo", "run", "check", "topics", "compare", "baseline", "baseline build", "baseline show", "init", "inspect", "replay", "alerts",
        "verdicts", "kernels",
    ];

    [Fact]
    public void Help_NamesEveryCommand()
    {
        CliResult help = Cli.Run("--help");
        Assert.Equal((0, ""), (help.Code, help.Errors));
        Assert.All(AllCommands.Select(c => c.Data.Split(' ')[0]), c => Assert.Contains($"\n  {c} ", help.Output));
    }

    [Theory]
    [MemberData(nameof(AllCommands))]
    public void Help_HasAnExample_ThatStartsWithTheCommand(string command)
    {
        CliResult help = Cli.Run([.. command.Split(' '), "--help"]);
        Assert.Equal((0, ""), (help.Code, help.Errors));
        Assert.Contains($"Example: driftstream {command}", help.Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nope")]
    [InlineData("check")]
    [InlineData("check x --nope")]
    [InlineData("run -c x --listen nowhere")]
    [InlineData("topics")]
    [InlineData("run --role everything -c x")]
    [InlineData("init -o x")]
    [InlineData("init --from no-such-file -o no-such-config")]
    [InlineData("init --from topic:t -o no-such-config")]
    [InlineData("inspect")]
    [InlineData("inspect no-such-file")]
    [InlineData("inspect topic:0:0")]
    [InlineData("inspect x --rows few")]
    [InlineData("replay x --topic t")]
    [InlineData("replay x --topic t --bootstrap b --rate 0")]
    [InlineData("replay x --topic t --bootstrap b --header novalue")]
    [InlineData("replay x --topic t --bootstrap b --format xml")]
    [InlineData("replay no-such-file --topic t --bootstrap b")]
    [InlineData("verdicts -c no-such-file")]
    [InlineData("baseline show no-such-file")]
    [InlineData("compare --reference no-such-file --current no-such-file")]
    public void WrongUsage_IsTwo_OnStderrAlone(string arguments)
    {
        CliResult run = Cli.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.NotEmpty(run.Errors);
        Assert.DoesNotContain("   at ", run.Errors);
    }

    [Theory]
    [InlineData("run --rol counter -c x", "driftstream run: there is no option --rol; did you mean '--role'?")]
    [InlineData("run -c x --role everything", "driftstream run: --role: 'everything' is not counter or joiner or judge or desk or web or all")]
    [InlineData("run -c x --role jugde", "driftstream run: --role: 'jugde' is not counter or joiner or judge or desk or web or all; did you mean 'judge'?")]
    [InlineData("inspct x", "driftstream: there is no command 'inspct'; did you mean 'inspect'?")]
    [InlineData("baseline bild", "driftstream baseline: there is no command 'bild'; did you mean 'build'?")]
    [InlineData("check x --nope", "driftstream check: unknown option --nope")]
    [InlineData("topics", "--config")]
    public void WrongUsage_SaysWhatIsWrong_Last_AndNoHelp(string arguments, string wrong)
    {
        string[] lines = Cli.Run(arguments.Split(' ')).Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(wrong, lines[^1]);
        Assert.EndsWith("--help says what it takes", lines[0]);
        Assert.InRange(lines.Length, 2, 4);
    }

    [Fact]
    public void Run_PortThatIsTaken_IsThree_AndNamesTheKey()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        CliResult run = Cli.Run("run", "-c", Config("127.0.0.1:1"), "--listen", $"{taken.LocalEndpoint}");
        Assert.Equal(3, run.Code);
        Assert.Contains($"web.listen: {taken.LocalEndpoint}", run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
    }

    [Fact]
    public void Run_CertificateThatIsNotThere_IsThree_AndNamesTheProperty()
    {
        string config = Config("127.0.0.1:1");
        const string Ssl = "kafka: { client: { security.protocol: SSL, ssl.ca.location: /no/such.pem }, ";
        File.WriteAllText(config, File.ReadAllText(config).Replace("kafka: { ", Ssl, StringComparison.Ordinal));
        CliResult run = Cli.Run("run", "-c", config, "--listen", "none");
        Assert.Equal(3, run.Code);
        Assert.Contains("ssl.ca.location", run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.DoesNotContain("   at ", run.Errors);
    }

    [Fact]
    public async Task NoBroker_IsThree_AndSaysWhich()
    {
        string config = Config("127.0.0.1:1");
        string[][] all =
        [
            ["topics", "-c", config], ["alerts", "-c", config], ["verdicts", "-c", config, "--json"],
            ["replay", Path.Combine(_folder, "rows.csv"), "--topic", "t", "-c", config],
        ];
        CliResult[] runs = await Task.WhenAll(all.Select(a => Task.Run(() => Cli.Run(a))));
        Assert.All(runs, run =>
        {
            Assert.Equal((3, ""), (run.Code, run.Output));
            Assert.Contains("127.0.0.1:1", run.Errors);
            Assert.DoesNotContain("   at ", run.Errors);
        });
    }

    [Fact]
    public void UnknownModelAndOwner_AreTwo_AndTheKnownOnesAreNamed()
    {
        CliResult model = Cli.Run("verdicts", "-c", Config("127.0.0.1:1"), "--model", "nope");
        CliResult owner = Cli.Run("alerts", "-c", Config("127.0.0.1:1"), "--owner", "nope");
        Assert.Equal((2, 2), (model.Code, owner.Code));
        Assert.Contains("m", model.Errors);
        Assert.Contains("team", owner.Errors);
    }

    [Fact]
    public void Check_FindsEveryMistakeOfAConfig()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "configs", "mistakes.yaml");
        CliResult run = Cli.Run("check", file);
        Assert.Equal((1, ""), (run.Code, run.Errors));
        string[] places =
        [
            "3:37", "4:18", "5:20", "7:9", "11:9", "13:13", "15:5", "16:5", "19:32",
            "20:20", "21:5", "23:35", "24:75", "25:56", "26:68", "29:24", "30:44", "32:23",
        ];
        Assert.All(places, p => Assert.Contains($"{file}:{p}: error ", run.Output));
        Assert.Equal("23 errors, 0 warnings", run.Lines[^1]);
        Assert.Contains("\n   16 | ", run.Output);
    }

    [Fact]
    public void Check_Json_IsOneDocumentOfAllFiles()
    {
        string fine = Config("b:9092"), bad = Path.Combine(AppContext.BaseDirectory, "configs", "mistakes.yaml");
        CliResult run = Cli.Run("check", fine, bad, "--json", "--show");
        Assert.Equal(1, run.Code);
        Assert.Equal(23, run.Json.GetProperty("errors").GetInt32());
        JsonElement[] files = [.. run.Json.GetProperty("files").EnumerateArray()];
        Assert.Equal([fine, bad], files.Select(f => f.GetProperty("file").GetString()));
        Assert.Equal(5000, files[0].GetProperty("baselines")[0].GetProperty("rows").GetInt64());
        Assert.StartsWith("sha256:", files[0].GetProperty("plan").GetString());
        Assert.Equal(JsonValueKind.Null, files[1].GetProperty("plan").ValueKind);
        Assert.Contains("min_rows: 500", files[0].GetProperty("effective").GetString());
        IEnumerable<JsonElement> findings = files[1].GetProperty("findings").EnumerateArray();
        JsonElement duration = findings.First(f => f.GetProperty("code").GetString() == "bad_duration");
        Assert.Equal((4, 18), (duration.GetProperty("line").GetInt32(), duration.GetProperty("column").GetInt32()));
    }

    [Fact]
    public void Check_EstimatesTheEntriesOfOpenWindows()
    {
        string config = Config("b:9092");
        Assert.Contains("open windows hold about 4 entries for each source partition", Cli.Run("check", config).Output);
        JsonElement entries = Cli.Run("check", config, "--json").Json.GetProperty("files")[0].GetProperty("entries")[0];
        Assert.Equal("m 2 2 4", string.Join(' ', new[] { "model", "signals", "panes", "entries" }.Select(k => entries.GetProperty(k))));
        Assert.Equal(JsonValueKind.Null, entries.GetProperty("partitions").ValueKind);

        IEnumerable<int> columns = Enumerable.Range(0, 120);
        string[] rows = [string.Join(',', columns.Select(i => $"c{i}")), .. Enumerable.Repeat(string.Join(',', columns), 10)];
        File.WriteAllLines(Path.Combine(_folder, "rows.csv"), rows);
        File.AppendAllText(config, "\n    window: { size: 400d, every: 1h, min_rows: 1 }\n");
        CliResult many = Cli.Run("check", config);
        Assert.Equal(0, many.Code);
        Assert.Contains($"{config}:6:5: warning the open windows hold about 1,152,120 entries", many.Output);
        Assert.Equal("0 errors, 1 warning", many.Lines[^1]);
    }

    [Fact]
    public void PoorReference_IsToldByBuildShowAndCheck()
    {
        string config = Config("b:9092"), rows = Path.Combine(_folder, "rows.csv"), file = Path.Combine(_folder, "m.baseline");
        File.WriteAllLines(rows, ["id,x", .. Enumerable.Range(0, 1000).Select(i => $"id-{i},1")]);
        CliResult check = Cli.Run("check", config);
        Assert.Contains("6:5: warning the baseline of 'm' has 1,000 rows for windows of 500", check.Output);
        Assert.Contains("of id (1,000 categories in 1,000 rows", check.Output);
        Assert.Equal((0, "0 errors, 2 warnings"), (check.Code, check.Lines[^1]));

        CliResult build = Cli.Run("baseline", "build", "-c", config, "--from", rows, "-o", file);
        Assert.Contains("rows: enough for windows of up to 100", build.Lines);
        Assert.Contains("order: that of the rows (columns.time is not set); no signal's rows are alike", build.Output);
        Assert.Matches("(?s)x +1 .*1 \\(100.0 %\\).*constant: every row is 1\nid .*identifies rows", build.Output);
        JsonElement show = Cli.Run("baseline", "show", file, "--rows", "2000", "--json").Json;
        Assert.StartsWith("1,000 rows for windows of 2,000: levels of alarms below 1 %", show.GetProperty("too_few").GetString());
        JsonElement[] quality = [.. show.GetProperty("quality").EnumerateArray()];
        Assert.Equal(["x", "id"], quality.Select(q => q.GetProperty("signal").GetString()));
        Assert.Equal("constant: every row is 1", quality[0].GetProperty("problems")[0].GetString());

        // Sorted by a column that repeats: its order is none of a stream.
        File.WriteAllLines(rows, ["x,y", .. Enumerable.Range(0, 2000).Select(i => $"{i / 400},{i * 7919 % 101}")]);
        Assert.Contains("order: the rows are sorted by x", Cli.Run("baseline", "build", "-c", config, "--from", rows, "-o", file).Output);
    }

    [Fact]
    public void Check_Show_ReadsBackAsTheSamePlan()
    {
        string config = Config("b:9092");
        string shown = Path.Combine(_folder, "shown.yaml");
        CliResult show = Cli.Run("check", config, "--show");
        File.WriteAllText(shown, show.Output);
        Assert.Equal("0 errors, 0 warnings", show.Errors.Trim());
        JsonElement[] files = [.. Cli.Run("check", config, shown, "--json").Json.GetProperty("files").EnumerateArray()];
        Assert.Equal(files[0].GetProperty("plan").GetString(), files[1].GetProperty("plan").GetString());
    }

    [Fact]
    public void Baseline_BuiltThenPinned_IsTheOneThatDataBuilds()
    {
        string config = Config("b:9092"), file = Path.Combine(_folder, "m.baseline");
        CliResult build = Cli.Run("baseline", "build", "-c", config, "--from", Path.Combine(_folder, "rows.csv"), "-o", file, "--json");
        Assert.Equal(0, build.Code);
        string hash = build.Json.GetProperty("hash").GetString()!;
        JsonElement check = Cli.Run("check", config, "--json").Json;
        Assert.Equal(hash, check.GetProperty("files")[0].GetProperty("baselines")[0].GetProperty("hash").GetString());

        JsonElement show = Cli.Run("baseline", "show", file, "--json").Json;
        Assert.Equal((hash, 5000), (show.GetProperty("hash").GetString(), show.GetProperty("rows").GetInt64()));
        Assert.Equal(["x numeric True 0.1", "y categorical True 0"], show.GetProperty("signals").EnumerateArray()
            .Select(s => $"{s.GetProperty("signal")} {s.GetProperty("kind")} {s.GetProperty("exact")} {s.GetProperty("missing")}"));

        string pinned = File.ReadAllText(config).Replace("data: rows.csv", $"file: m.baseline, hash: \"{hash}\"", StringComparison.Ordinal);
        File.WriteAllText(config, pinned);
        Assert.Equal(0, Cli.Run("check", config).Code);
        File.WriteAllText(config, pinned.Replace(hash, "sha256:" + new string('0', 64), StringComparison.Ordinal));
        CliResult other = Cli.Run("check", config);
        Assert.Equal(1, other.Code);
        Assert.Contains("baseline_hash", other.Output);
        // What is built next need not be what was pinned before.
        Assert.Equal(0, Cli.Run("baseline", "build", "-c", config, "--from", Path.Combine(_folder, "rows.csv"), "-o", file).Code);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Config(string bootstrap)
    {
        // Ten times as many as a window is judged from: fewer are a warning.
        IEnumerable<string> rows = Enumerable.Range(0, 5000).Select(i => $"{(i % 10 == 0 ? "" : i % 50)},{(i % 2 == 0 ? "a" : "b")}");
        File.WriteAllLines(Path.Combine(_folder, "rows.csv"), ["x,y", .. rows]);
        string path = Path.Combine(_folder, "driftstream.yaml");
        File.WriteAllText(path, $$"""
            kafka: { bootstrap: "{{bootstrap}}" }
            owners:
              - { id: team, name: Team, contact: team@example.org }
            root_owner: team
            models:
              - id: m
                owner: team
                sources: [{ topic: predictions, format: arrow }]
                baseline: { data: rows.csv }
            """);
        return path;
    }
}
