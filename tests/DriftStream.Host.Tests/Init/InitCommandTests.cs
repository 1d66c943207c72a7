using System.CommandLine;
using System.Text.RegularExpressions;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Init;

public sealed class InitCommandTests(Brokers brokers) : IDisposable
{
    private static readonly string Payloads = Path.Combine(AppContext.BaseDirectory, "payloads");

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-init-").FullName;

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Files() => new(Directory
        .EnumerateFiles(Payloads, "*.arrows", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Payloads, path).Replace('\\', '/'))
        .Where(name => !Regex.IsMatch(name, "invalid_|duplicate_names|odd_names|no_columns|schema_only|zero_rows|pyarrow/times"))
        .Order(StringComparer.Ordinal));

    [Fact]
    public void Employment_IsUnderstood()
    {
        Init(Cli.Sample("stream-2016-2018.parquet"));
        ModelPlan model = Assert.Single(Filled().Models);
        CountedModel counting = model.Counting;
        Assert.Equal(("event_time", "prediction", null), (counting.TimeColumn, counting.Decision?.Column, counting.Label?.Column));
        string[] groups = [.. counting.Signals.Where(s => s.Role == Cells.SignalRole.Group).Select(s => s.Name)];
        Assert.Equal(["SEX", "RAC1P"], groups);
        Assert.Equal("predicted_probability", Assert.Single(counting.Signals, s => s.Role == Cells.SignalRole.Score).Name);
        Assert.Equal(16, counting.Signals.Count(s => s.Role == Cells.SignalRole.Feature));
        Assert.DoesNotContain(counting.Signals, s => s.Name == "id");
    }

    [Fact]
    public void Check_WantsTheOwner_AndPassesWithIt()
    {
        CliResult init = Cli.Run("init", "--from", Cli.Sample("reference-2015.parquet"), "-o", Config);
        Assert.Equal((0, ""), (init.Code, init.Errors));
        CliResult unfilled = Cli.Run("check", Config);
        Assert.Equal(1, unfilled.Code);
        Assert.EndsWith("3 errors, 0 warnings\n", unfilled.Output, StringComparison.Ordinal);
        Assert.Equal(["owners[0].id", "owners[0].contact", "models[0].owner"],
            Regex.Matches(unfilled.Output, @"error (\S+) has no value \(no_value\)").Select(m => m.Groups[1].Value));
        Fill();
        CliResult filled = Cli.Run("check", Config);
        Assert.Equal(0, filled.Code);
        Assert.EndsWith("0 errors, 0 warnings\n", filled.Output, StringComparison.Ordinal);
        // The truth is told from features by how often the decision equals it.
        Assert.Matches("label: employed +# guess: it equals the decision in [89]", File.ReadAllText(Config));
    }

    [Fact]
    public void Rows_AreAllCounted_AndTheFirstAreLookedAt()
    {
        string file = Path.Combine(_folder, "long.csv");
        File.WriteAllLines(file, ["x", .. Enumerable.Range(0, 270_000).Select(i => $"{i % 90}")]);
        CliResult run = Cli.Run("init", "--from", file, "-o", Config);
        Assert.Contains("1 columns of 270000 rows", run.Output);
        string[] draft = File.ReadAllLines(Config);
        Assert.EndsWith(": 270,000 rows, 1 columns.", draft[0]);
        Assert.Matches("found in the first 2[0-6][0-9],[0-9]{3} of these rows or made up", draft[1]);
    }

    [Theory]
    [InlineData("at,x\n2026-03-01T00:00:00Z,1\n2026-03-01T00:00:01Z,2\n", "of so few rows it is not known how many come a day")]
    [InlineData("x\n1\n2\n", "how many rows come a day is not known")]
    public void FewRowsOrNoTimes_AreNoVolume(string rows, string expected)
    {
        string file = Path.Combine(_folder, "few.csv");
        File.WriteAllText(file, rows);
        Init(file);
        Assert.Contains("window: { size: 1d, min_rows: 500 }", Text());
        Assert.Contains(expected, Text());

        string Text() => File.ReadAllText(Config);
    }

    [Theory, MemberData(nameof(Files))]
    public void Payload_PassesCheckOnceTheOwnerIsThere(string name)
    {
        Init(Path.Combine(Payloads, name));
        Assert.NotEmpty(Filled().Models);
    }

    [Theory]
    [InlineData("reference-2015.parquet")]
    [InlineData("stream-2016-2018.parquet")]
    [InlineData("unregistered.parquet")]
    [InlineData(null)]
    public void CommentedParts_WorkWhenUncommented(string? sample)
    {
        string plain = Path.Combine(_folder, "plain.csv");
        File.WriteAllLines(plain, ["a,b,sex,colour", .. Enumerable.Range(0, 300).Select(i => $"{i * 0.5},{i % 90},{"fm"[i % 2]},{"rgb"[i % 3]}")]);
        Init(sample is null ? plain : Cli.Sample(sample));
        string draft = File.ReadAllText(Config), all = Regex.Replace(draft, "^( *)# ([a-z]+: )", "$1$2", RegexOptions.Multiline);
        if (sample is null) Assert.Equal(6, Regex.Count(draft, "^ *# [a-z]+: ", RegexOptions.Multiline));
        File.WriteAllText(Config, all);
        Assert.NotEmpty(Filled().Models);
    }

    [Theory]
    [InlineData("pyarrow/times.arrows", "no column can be watched")]
    [InlineData("pyarrow/zero_rows.arrows", "no rows")]
    [InlineData("js/invalid_sliced_view.arrows", "272 bytes of values")]
    public void WhatTeachesNothing_IsRefused(string name, string why)
    {
        CliResult run = Cli.Run("init", "--from", Path.Combine(Payloads, name), "-o", Config);
        Assert.Equal((2, "", false), (run.Code, run.Output, File.Exists(Config)));
        Assert.Contains(why, run.Errors);
    }

    [Fact]
    public void JsonEnvelope_GetsPaths_AndItsMessagesAreCounted()
    {
        string file = Path.Combine(_folder, "inference log.json");
        string[] lines = [.. Enumerable.Range(0, 200).Select(i => $$"""
            {"id": "r{{i}}", "meta": {"timestamp": {{1_767_323_045_000 + i}}, "model_version": "3"},
             "inputs": [{"data": [{{i % 50}}.5, "{{i % 3}}"], "a.b": {{i}}}],
             "user": {"gender": "{{(i % 2 == 0 ? "f" : "m")}}"}, "out": {"score": 0.{{i % 10}}, "decision": {{(i % 4 == 0 ? "true" : "false")}}} }
            """)];
        File.WriteAllLines(file, lines);
        Init(file);
        DriftPlan plan = Filled();
        SourceTopic topic = Assert.Single(plan.Counting.Sources.Values);
        Assert.Equal(("inference-log.predictions", MessageFormat.Json), (topic.Topic, topic.Format));
        using var lane = new CountingLane(plan.Counting, plan.Limits);
        var counter = new PartitionCounter(plan.Counting, new SourcePartition(topic.Topic, 0), new(0), EventTime.None);
        foreach (string line in lines)
        {
            byte[] message = System.Text.Encoding.UTF8.GetBytes(line);
            counter.Add(new SourceRecord(new(0), new(1_767_400_000_000_000), message, false, [], message.Length), lane);
        }

        Assert.Equal(new FateCounts { Rows = new(200), Counted = new(200), Messages = 200 }, counter.Fates);
        Entry entry = Assert.Single(counter.Flush(new(0), 1, idle: true).Entries);
        Assert.Equal("3", entry.Key.Version);
        // All values are where the reference has them: nothing is missing, and no category is new.
        ModelPlan model = Assert.Single(plan.Models);
        foreach ((var counts, var signal) in entry.Signals.Zip(model.Judgement.Baseline.Signals)) Assert.Equal(signal.Counts, counts.Cells);
        Assert.Equal(["inputs[0].data[0]", "inputs[0].data[1]", "inputs[0][\"a.b\"]", "out.decision", "out.score", "user.gender", "user.gender"],
            model.Judgement.Baseline.Signals.Select(s => s.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("arrow")]
    [InlineData("json")]
    public void Topic_GetsABaselineFile(string format)
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 2), bootstrap = brokers[Brokers.Embedded].Bootstrap;
        Send(topic, "neither"u8.ToArray());
        Assert.Equal(0, Cli.Run("replay", Cli.Sample("unregistered.parquet"), "--bootstrap", bootstrap, "--topic", topic, "--format", format).Code);
        CliResult init = Cli.Run("init", "--from", $"topic:{topic}", "--bootstrap", bootstrap, "-o", Config, "--json");
        Assert.Equal((0, 500), (init.Code, init.Json.GetProperty("rows").GetInt32()));
        Assert.Contains("1 messages were passed over; the first: " + topic, init.Errors);
        Assert.EndsWith($"{topic}.baseline", init.Json.GetProperty("baseline").GetString());
        DriftPlan plan = Filled();
        Assert.Equal((topic, bootstrap), (Assert.Single(plan.Counting.Sources).Key, plan.Kafka.Bootstrap));
        Assert.Equal(500, Assert.Single(plan.Models).Judgement.Baseline.Rows);
        Assert.Equal("event_time", plan.Models[0].Counting.TimeColumn);
    }

    [Theory]
    [InlineData("arrow")]
    [InlineData("json")]
    public void BaselineOfATopic_IsThatOfTheFileThatWasSent(string format)
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 2), bootstrap = brokers[Brokers.Embedded].Bootstrap;
        string rows = Path.Combine(_folder, "rows.csv"), late = Path.Combine(_folder, "late.csv");
        string[] lines = [.. Enumerable.Range(0, 900).Select(i => $"2026-01-{1 + (i % 20):00}T00:00:00Z,{i % 37}.5,{"abc"[i % 3]}")];
        File.WriteAllLines(rows, ["at,x,k", .. lines]);
        File.WriteAllLines(late, ["at,x,k", .. lines.Where(l => string.CompareOrdinal(l, "2026-01-05") > 0 && string.CompareOrdinal(l, "2026-01-09") < 0)]);
        string[] sent = ["--bootstrap", bootstrap, "--topic", topic, "--format", format, "--time-column", "at", "--rows-per-message", "70"];
        Assert.Equal(0, Cli.Run(["replay", rows, .. sent]).Code);
        Send(topic, "neither"u8.ToArray());
        File.WriteAllText(Config, $$"""
            kafka: { bootstrap: "{{bootstrap}}" }
            owners: [{ id: t, contact: t@example.org }]
            models: [{ id: m, owner: t, sources: [{ topic: {{topic}}, format: {{format}} }], baseline: { file: m.baseline }, columns: { time: at } }]
            """);
        string file = Path.Combine(_folder, "m.baseline");
        CliResult Build(params string[] from) => Cli.Run(["baseline", "build", "-c", Config, "-o", file, "--json", "--from", .. from]);
        CliResult ofFile = Build(rows), ofTopic = Build($"topic:{topic}"), ofLate = Build(late);
        CliResult ofTimes = Build($"topic:{topic}", "--from-time", "2026-01-05T00:00:00Z", "--to-time", "2026-01-09T00:00:00Z");
        Assert.Equal((0, 900), (ofTopic.Code, ofTopic.Json.GetProperty("rows").GetInt32()));
        Assert.Contains("1 messages were passed over; the first: " + topic, ofTopic.Errors);
        Assert.Equal(ofFile.Json.GetProperty("hash").GetString(), ofTopic.Json.GetProperty("hash").GetString());
        Assert.Equal((0, 180), (ofTimes.Code, ofTimes.Json.GetProperty("rows").GetInt32()));
        Assert.Equal(ofLate.Json.GetProperty("hash").GetString(), ofTimes.Json.GetProperty("hash").GetString());
        Assert.Equal(2, Build(rows, "--from-time", "2026-01-05T00:00:00Z").Code);
        Assert.NotEqual(0, Build($"topic:{topic}", "--to-time", "yesterday").Code);
    }

    [Fact]
    public void Topic_IsLookedAtFromItsOldestToItsNewestMessage()
    {
        string topic = brokers.NewTopic(Brokers.Embedded, 2);
        using (var producer = new AckedProducer(brokers[Brokers.Embedded], NullLogger.Instance))
        {
            for (int i = 0; i < 6000; i++)
            {
                byte[] value = System.Text.Encoding.UTF8.GetBytes($"{{\"i\": {i}}}");
                Assert.Null(producer.Send(new OutgoingRecord(topic, i % 3 == 0 ? 1 : 0, null, value), TestContext.Current.CancellationToken));
            }

            Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        }

        var seen = new List<LogRecord>();
        LogSample? sample = LogSample.Read(
            brokers[Brokers.Embedded], topic, 2000, 1 << 20, NullLogger.Instance, seen.Add, out KafkaFailure? failure, TestContext.Current.CancellationToken);
        Assert.Null(failure);
        Assert.Equal((6000, 2), (sample!.Held, sample.Partitions));
        Assert.InRange(seen.Count, 1900, 2000);
        Assert.Equal(seen.Count, seen.Select(r => (r.Partition, r.Offset)).Distinct().Count());
        // Every 500 offsets of each partition are looked at, and already by the first tenth of what is read.
        Assert.Equal(12, seen.Select(r => (r.Partition, r.Offset / 500)).Distinct().Count());
        Assert.InRange(seen.Take(200).Select(r => (r.Partition, r.Offset / 500)).Distinct().Count(), 10, 12);
        Assert.Contains(seen, r => r is { Partition: 0, Offset: 3999 });
        Assert.Contains(seen, r => r is { Partition: 1, Offset: 0 });
    }

    [Fact]
    public void WhatIsThere_IsKept_UnlessForced()
    {
        File.WriteAllText(Config, "mine");
        string[] arguments = ["init", "--from", Cli.Sample("unregistered.parquet"), "-o", Config];
        CliResult kept = Cli.Run(arguments);
        Assert.Equal((2, "", "mine"), (kept.Code, kept.Output, File.ReadAllText(Config)));
        Assert.Contains("--force", kept.Errors);
        Assert.Equal(0, Cli.Run([.. arguments, "--force"]).Code);
        Assert.StartsWith("# A draft", File.ReadAllText(Config));
    }

    private void Init(string from)
    {
        var quiet = new InvocationConfiguration { Output = TextWriter.Null };
        Assert.Equal(0, InitCommand.Create().Parse(["--from", from, "-o", Config]).Invoke(quiet));
    }

    private DriftPlan Filled()
    {
        Fill();
        PlanResult result = PlanFile.Read(Config);
        Assert.Empty(result.Findings);
        return result.Plan!;
    }

    private void Fill() => File.WriteAllText(Config, Regex.Replace(
        Regex.Replace(File.ReadAllText(Config), "^( +(- )?(id|owner):)(?= +# fill in)", "$1 team", RegexOptions.Multiline),
        "^( +contact:)(?= +# fill in)", "$1 team@example.org", RegexOptions.Multiline));

    private void Send(string topic, byte[] value)
    {
        using var producer = new AckedProducer(brokers[Brokers.Embedded], NullLogger.Instance);
        Assert.Null(producer.Send(new OutgoingRecord(topic, 0, null, value), TestContext.Current.CancellationToken));
        Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
    }
}
