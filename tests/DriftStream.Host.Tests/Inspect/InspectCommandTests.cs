using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Inspect;

public sealed class InspectCommandTests(Brokers brokers)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "payloads");

    public static TheoryData<string> Payloads() => new(Directory
        .EnumerateFiles(Folder, "*.arrows", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Folder, path).Replace('\\', '/'))
        .Order(StringComparer.Ordinal));

    [Fact]
    public void Payloads_AreAllThere() => Assert.Equal(132, Payloads().Count);

    [Theory, MemberData(nameof(Payloads))]
    public void Payload_IsShownWithItsWritersValues(string name)
    {
        CliResult run = Inspect(Path.Combine(Folder, name), "--json", "--rows", "all");
        if (name.StartsWith("js/invalid_", StringComparison.Ordinal))
        {
            Assert.Equal(1, run.Code);
            JsonElement rejected = run.Json.GetProperty("rejected");
            Assert.Equal("malformed", rejected.GetProperty("reason").GetString());
            Assert.StartsWith("column '", rejected.GetProperty("detail").GetString());
            Assert.Equal(8 << 20, rejected.GetProperty("limits").GetProperty("message").GetInt32());
            return;
        }

        if (name is "pyarrow/duplicate_names.arrows" or "rust/odd_names.arrows")
        {
            Assert.Equal(1, run.Code);
            Assert.Equal("column_type", run.Json.GetProperty("rejected").GetProperty("reason").GetString());
            return;
        }

        Assert.Equal(0, run.Code);
        JsonElement expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, Path.ChangeExtension(name, "json")))).RootElement;
        Assert.Equal(expected.GetProperty("rows").GetInt32(), run.Json.GetProperty("rows").GetInt32());
        Assert.Equal(expected.GetProperty("batches").GetRawText().Replace(" ", ""), run.Json.GetProperty("batches").GetRawText());
        JsonElement[] theirs = [.. expected.GetProperty("columns").EnumerateArray()], ours = [.. run.Json.GetProperty("columns").EnumerateArray()];
        Assert.Equal(theirs.Select(c => c.GetProperty("name").GetString()), ours.Select(c => c.GetProperty("name").GetString()));
        for (int i = 0; i < ours.Length; i++)
        {
            JsonElement values = ours[i].GetProperty("values");
            // What no rule can use is nested or an interval: its values are not shown.
            if (values.ValueKind == JsonValueKind.Null)
                Assert.Matches("^(struct|.*list|map|.*union|run_end|interval|.*dictionary)", theirs[i].GetProperty("type").GetString());
            else if (theirs[i].GetProperty("values").ValueKind != JsonValueKind.Null) // one writer shows no values of its run-end columns
                Assert.Equal(Values(theirs[i].GetProperty("values")), Values(values));
        }
    }

    [Fact]
    public void NamesAndValuesOfStrangers_AreWrittenOut_AndJsonStaysExact()
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        File.WriteAllText(file, """{"a\u001b[2J": "b\u202e\u009b31m", "c": {"d\u0007": 1}}""");
        try
        {
            CliResult run = Inspect(file);
            Assert.Contains(@"a\u{1B}[2J", run.Output);
            Assert.Contains(@"b\u{202E}", run.Output);
            Assert.DoesNotContain(run.Output, c => (char.IsControl(c) && c != '\n') || c == '\u202E');
            JsonElement[] columns = [.. Inspect(file, "--json").Json.GetProperty("columns").EnumerateArray()];
            Assert.Contains(columns, c => c.GetProperty("name").GetString() == "[\"a\e[2J\"]" && c.GetProperty("values")[0].GetString() == "b\u202e\u009b31m");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Integers_BeyondWhatADoubleHolds_AreStrings_AndOthersNumbers()
    {
        JsonElement columns = Inspect(Path.Combine(Folder, "pyarrow/numbers.arrows"), "--json", "--rows", "all").Json.GetProperty("columns");
        JsonElement expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "pyarrow/numbers.json"))).RootElement.GetProperty("columns");
        // pyarrow's own file tells numbers from strings as we do, column by column.
        foreach ((JsonElement theirs, JsonElement ours) in expected.EnumerateArray().Zip(columns.EnumerateArray()))
            Assert.Equal(Kinds(theirs), Kinds(ours));

        static IEnumerable<JsonValueKind> Kinds(JsonElement column) => column.GetProperty("values").EnumerateArray().Select(v => v.ValueKind);
    }

    [Fact]
    public void Rows_LimitsTheValuesNotTheCount()
    {
        string file = Path.Combine(Folder, "pyarrow/numbers.arrows");
        JsonElement some = Inspect(file, "--json", "--rows", "3").Json, usual = Inspect(file, "--json").Json;
        Assert.Equal((210, 210), (some.GetProperty("rows").GetInt32(), usual.GetProperty("rows").GetInt32()));
        Assert.All(some.GetProperty("columns").EnumerateArray(), c => Assert.Equal(3, c.GetProperty("values").GetArrayLength()));
        Assert.All(usual.GetProperty("columns").EnumerateArray(), c => Assert.Equal(10, c.GetProperty("values").GetArrayLength()));
    }

    [Fact]
    public void People_SeeColumnsTypesNullsAndValues()
    {
        CliResult run = Cli.Run("inspect", Path.Combine(Folder, "pyarrow/categories.arrows"), "--rows", "2");
        Assert.Equal((0, ""), (run.Code, run.Errors));
        Assert.Matches(@"categories\.arrows: Arrow stream, [\d,]+ bytes: [\d,]+ rows, \d+ batch(es)?, \d+ columns", run.Lines[0]);
        Assert.Contains(run.Lines, line => line.Contains("dictionary<int8, utf8>", StringComparison.Ordinal));
        CliResult refused = Cli.Run("inspect", Path.Combine(Folder, "js/invalid_sliced_view.arrows"));
        Assert.Equal(1, refused.Code);
        Assert.Contains("refused: malformed", refused.Lines[0]);
        Assert.Contains("limits: message 8MiB", refused.Lines[2]);
    }

    [Fact]
    public void Record_IsFoundByTopicPartitionAndOffset()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 2), bootstrap = brokers[Brokers.Embedded].Bootstrap;
        byte[] message = File.ReadAllBytes(Path.Combine(Folder, "pyarrow/numbers.arrows"));
        using (var producer = new AckedProducer(brokers[Brokers.Embedded], NullLogger.Instance))
        {
            foreach (byte[]? value in new[] { "no Arrow"u8.ToArray(), message, null })
                Assert.Null(producer.Send(new OutgoingRecord(topic, 1, null, value), TestContext.Current.CancellationToken));
            Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        }

        CliResult At(long offset) => Cli.Run("inspect", $"{topic}:1:{offset}", "--bootstrap", bootstrap, "--json");
        Assert.Equal("not_arrow", At(0).Json.GetProperty("rejected").GetProperty("reason").GetString());
        Assert.Equal(210, At(1).Json.GetProperty("rows").GetInt32());
        Assert.Equal(0, At(2).Json.GetProperty("rows").GetInt32());
        CliResult none = At(3);
        Assert.Equal((2, ""), (none.Code, none.Output));
        Assert.Contains($"{topic}:1:3: the partition holds the offsets 0 to 2", none.Errors);
        Assert.Contains("0 to 2", At(99).Errors);
        CliResult empty = Cli.Run("inspect", $"{topic}:0:0", "--bootstrap", bootstrap);
        Assert.Equal((2, "", $"{topic}:0:0: the partition holds no record\n"), (empty.Code, empty.Output, empty.Errors));
        CliResult beyond = Cli.Run("inspect", $"{topic}:2:0", "--bootstrap", bootstrap);
        Assert.Equal((2, "", $"{topic}:2:0: the topic has the partitions 0 to 1\n"), (beyond.Code, beyond.Output, beyond.Errors));
        CliResult nowhere = Cli.Run("inspect", $"{topic}x:0:0", "--bootstrap", bootstrap);
        Assert.Equal((2, "", $"{topic}x:0:0: {bootstrap} has no such topic\n"), (nowhere.Code, nowhere.Output, nowhere.Errors));
        CliResult people = Cli.Run("inspect", $"{topic}:1:2", "--bootstrap", bootstrap);
        Assert.Contains("tombstone", people.Output);
    }

    [Fact]
    public void Json_IsShownByPath_OrAsTheConfigurationReadsIt()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 1), bootstrap = brokers[Brokers.Embedded].Bootstrap;
        byte[] message = """[{"in": {"age": [17, "x"]}, "big": 9007199254740993}, {"in": {"age": ["old"]}}]"""u8.ToArray();
        using (var producer = new AckedProducer(brokers[Brokers.Embedded], NullLogger.Instance))
        {
            Assert.Null(producer.Send(new OutgoingRecord(topic, 0, null, message), TestContext.Current.CancellationToken));
            Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        }

        JsonElement all = Inspect($"{topic}:0:0", "--bootstrap", bootstrap, "--json").Json;
        Assert.Equal(["in.age[0]", "in.age[1]", "big"], all.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.Equal("""["17","old"]""", all.GetProperty("columns")[0].GetProperty("values").GetRawText());
        Assert.Equal("""["9007199254740993",null]""", all.GetProperty("columns")[2].GetProperty("values").GetRawText());

        string folder = Directory.CreateTempSubdirectory("driftstream-inspect-").FullName, config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(Path.Combine(folder, "reference.csv"), "age\n1\n2\n");
        File.WriteAllText(config, $$"""
            kafka: { bootstrap: "{{bootstrap}}" }
            owners: [{ id: team, contact: team@example.org }]
            models:
              - id: m
                owner: team
                sources: [{ topic: {{topic}}, format: json }]
                columns: { path: { age: "in.age[0]" } }
                baseline: { data: reference.csv }
            """);
        JsonElement read = Inspect($"{topic}:0:0", "-c", config, "--json").Json;
        JsonElement column = Assert.Single(read.GetProperty("columns").EnumerateArray());
        Assert.Equal(("age", "[17,null]"), (column.GetProperty("name").GetString(), column.GetProperty("values").GetRawText()));
        Assert.Equal(1, read.GetProperty("refused")[0].GetProperty("rows").GetInt32());
        Directory.Delete(folder, recursive: true);
    }

    // The command in this process: as a process of its own it is the same, and slow more than a hundred times.
    private static CliResult Inspect(params string[] arguments)
    {
        using var output = new StringWriter();
        int code = InspectCommand.Create().Parse(arguments).Invoke(new InvocationConfiguration { Output = output });
        return new CliResult(code, output.ToString(), "");
    }

    // int64 columns of some writers' files are strings throughout; a UUID has dashes in pyarrow's.
    private static string?[] Values(JsonElement values) => [.. values.EnumerateArray().Select(Text)];

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.String => Guid.TryParseExact(value.GetString(), "D", out Guid id) ? id.ToString("N") : value.GetString(),
        _ => value.GetRawText(),
    };
}
