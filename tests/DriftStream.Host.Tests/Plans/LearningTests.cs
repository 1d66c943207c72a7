using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Host.Commands;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Host.Plans;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Kafka;
using DriftStream.Host.Tests.Observability;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Plans;

/// <summary>A model that learns its baseline from the first hour of its own topic.</summary>
public sealed class LearningTests : IDisposable
{
    private const int RowsAMinute = 20;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-learn-").FullName;
    private readonly string _prefix = $"t{Guid.NewGuid():N}.", _topic;
    private readonly Brokers _brokers;
    private readonly Lines _log = new();
    private readonly WorkerStatus _status = new(TimeProvider.System);

    public LearningTests(Brokers brokers)
    {
        _brokers = brokers;
        _topic = brokers.NewTopic(Brokers.Embedded, 2);
        Write();
        foreach (OurTopic topic in TopicCatalogue.Of(Plan())) brokers.Mock.CreateTopic(topic.Name, topic.Partitions);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    [Fact]
    public async Task FirstHour_IsLearned_AndTheNextWindowsAreJudgedByIt()
    {
        Send(0, 65);
        var worker = new Host.Worker.Worker(Plan(), WorkerRole.All, _status, TimeProvider.System, _log);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = Task.Run(() => worker.Run(stop.Token), CancellationToken.None);
        SortedDictionary<string, JsonElement> verdicts;
        try
        {
            Until(() => worker.Plans.Newest?.Models[0].Judgement.Baseline.LearnedUntil is not null);
            Send(65, 120);
            Send(120, 245, shift: 5);
            verdicts = Verdicts(8);
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }

        // Two windows hold what was learned, two more are like it, the rest have moved.
        Assert.Equal(["unjudged", "unjudged", "steady", "steady", "drifting", "drifting", "drifting", "drifting"],
            verdicts.Values.Select(v => v.GetProperty("judgement").GetString()).Take(8));
        Assert.All(verdicts.Values.Take(8), v => Assert.Equal(30 * RowsAMinute, v.GetProperty("rows").GetInt32()));
        Assert.All(verdicts.Values.Take(2), v => Assert.Matches("learning its baseline from the first 1h|are among those", v.GetProperty("why").GetString()));
        // Windows that were being counted when the plan changed, and only these, are not complete, and say so.
        Assert.All(verdicts.Values.Select(v => v.GetProperty("window")), w => Assert.Equal(
            !w.GetProperty("complete").GetBoolean(), w.TryGetProperty("incomplete", out JsonElement why) && why.GetString()!.Contains("baseline is learned")));
        Baseline expected = OfFile();
        Assert.All(verdicts.Values.Skip(2), v => Assert.Equal(expected.Hash, v.GetProperty("baseline").GetString()));

        string file = Path.Combine(_folder, "m.baseline");
        CliResult fetched = Cli.Run("baseline", "fetch", "-c", Config, "-o", file, "--json");
        Assert.Equal((0, expected.Hash), (fetched.Code, fetched.Json.GetProperty("hash").GetString()));
        Assert.Equal(expected.Hash, BaselineFile.Read(File.ReadAllBytes(file), out _)!.Hash);
    }

    [Fact]
    public async Task Learned_IsFoundAgain_WhoeverStarts_WhateverElseChanges()
    {
        Send(0, 65);
        Baseline expected = OfFile();
        (PlanBook Book, Task Ends)[] workers = [];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        try
        {
            workers = [Begin(stop.Token), Begin(stop.Token)];
            foreach ((PlanBook book, _) in workers) Until(() => book.Newest?.Models[0].Judgement.Baseline.Hash == expected.Hash);
            // Both learned the same; whoever was second found it there.
            Assert.Equal(new string?[] { null, expected.Hash }, Plans().Select(p => p.Models[0].Baseline?.Hash).Distinct());

            // Started again.
            workers = [.. workers, Begin(stop.Token)];
            Until(() => workers[2].Book.Newest?.Models[0].Judgement.Baseline.Hash == expected.Hash);
            int published = Plans().Length;
            Assert.Equal(expected.Hash, Plans()[^1].Models[0].Baseline!.Hash);

            // Something else changes: learned is learned.
            Write(more: "fire: { after: 1 of 1 }");
            workers[0].Book.Offer(Plan());
            Until(() => workers[0].Book.Newest!.Models[0].Alerts.FireAfter == 1);
            // Two that learned at once may both have published it, the second only now; a plan that learns anew would have no baseline.
            Assert.All(Plans()[published..], p => Assert.Equal(expected.Hash, p.Models[0].Baseline?.Hash));
            Assert.True(Plans().Length > published);

            // Other columns: learned anew.
            Write(more: "fire: { after: 1 of 1 }", columns: ", features: [x]");
            workers[1].Book.Offer(Plan());
            Until(() => workers[1].Book.Newest!.Models[0].Judgement.Baseline is { ToLearn: null, Signals.Length: 1 });
            Assert.Equal(["k numeric", "x numeric"], Plans()[^3].Models[0].Baseline!.Signals.Order());
            Assert.Equal((null, "x numeric"), (Plans()[^2].Models[0].Baseline, Plans()[^1].Models[0].Baseline!.Signals.Single()));

            // A rule that does not suit what was learned is refused, and told.
            string hash = workers[1].Book.Newest!.Hash;
            Write(columns: ", features: [x]", more: "rules: [{ signal: speed, statistic: psi, alarm: { above: 1 } }]");
            workers[1].Book.Offer(Plan());
            Until(() => _status.Health.Details.ContainsKey("baseline"));
            Assert.Contains("has no signal 'speed'", _status.Health.Details["baseline"].Single());
            Assert.Equal(hash, workers[1].Book.Newest!.Hash);
        }
        finally
        {
            await stop.CancelAsync();
            foreach ((_, Task ends) in workers) await ends;
        }
    }

    [Fact]
    public async Task WhatStandsInTheWay_IsToldOnce()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        (_, Task ends) = Begin(stop.Token);
        try
        {
            Until(() => Says($"cannot be learned yet: there are no rows in {_topic}"));
            Send(0, 40);
            Until(() => Says("learning its baseline: 39m of 1h"));
            _brokers.Mock.DropBefore(_topic, 0, 5);
            _brokers.Mock.DropBefore(_topic, 1, 5);
            Until(() => Says("rows are deleted before they can be learned from"));
            Send(40, 75);
            Until(() => Plans().Length == 2);
            Assert.Single(_log.Texts, l => l.Contains("there are no rows", StringComparison.Ordinal));
            Assert.Single(_log.Texts, l => l.Contains("keep rows longer", StringComparison.Ordinal));
            Assert.Contains(_log.Texts, l => l.Contains("has learned its baseline (sha256:", StringComparison.Ordinal));
            Until(() => !_status.Health.Details.ContainsKey(BaselineLearning.Topic));
        }
        finally
        {
            await stop.CancelAsync();
            await ends;
        }

        bool Says(string text) =>
            _status.Health.Details.TryGetValue(BaselineLearning.Topic, out var lines) && lines.Any(l => l.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ColumnThatIsNotThere_IsTold_AndTheModelGoesOn()
    {
        Write(columns: ", features: [speed]");
        Send(0, 65);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        (PlanBook book, Task ends) = Begin(stop.Token);
        try
        {
            Until(() => _log.Texts.Any(l => l.Contains("column 'speed' is not in the reference", StringComparison.Ordinal)));
            Until(() => _status.Health.Details[BaselineLearning.Topic].Single().Contains("tried again at", StringComparison.Ordinal));
            Assert.Equal(Duration.FromHours(1), book.Newest!.Models[0].Judgement.Baseline.ToLearn);
            CliResult fetched = Cli.Run("baseline", "fetch", "-c", Config, "-o", Path.Combine(_folder, "m.baseline"));
            Assert.Equal(1, fetched.Code);
            Assert.Contains("still learning", fetched.Errors);
        }
        finally
        {
            await stop.CancelAsync();
            await ends;
        }
    }

    [Fact]
    public void Check_SaysThatItLearns()
    {
        CliResult check = Cli.Run("check", Config);
        Assert.Equal(0, check.Code);
        Assert.Contains("'m' learns its baseline from the first 1h of its rows", check.Output);
        JsonElement baseline = Cli.Run("check", Config, "--json").Json.GetProperty("files")[0].GetProperty("baselines")[0];
        Assert.Equal((JsonValueKind.Null, "1h"), (baseline.GetProperty("hash").ValueKind, baseline.GetProperty("learn").GetString()));
    }

    public void Dispose()
    {
        _status.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Row(int minute, int row, double shift)
    {
        double x = (row % 7 / 3.0) + ((minute + row) % 11 / 5.0) + shift;
        return string.Create(CultureInfo.InvariantCulture, $"{Start.AddMinutes(minute).AddSeconds(row):yyyy-MM-ddTHH:mm:ssZ},{x},{(minute * 3 + row) % 5}");
    }

    private DriftPlan Plan()
    {
        PlanResult read = PlanFile.Read(Config);
        Assert.Empty(read.Findings);
        return read.Plan!;
    }

    private void Write(string more = "", string columns = "") => File.WriteAllText(Config, $$"""
        kafka: { bootstrap: "{{_brokers[Brokers.Embedded].Bootstrap}}" }
        topics: { prefix: {{_prefix}} }
        engine: { segment: 1MiB, flush: 200ms, counts_partitions: 1, threads: 1 }
        time: { idle_after: 2s, close_after_idle: 2s }
        owners: [{ id: team, name: Team, contact: team@example.org }]
        root_owner: team
        models:
          - id: m
            owner: team
            sources: [{ topic: {{_topic}}, format: json }]
            columns: { time: at{{columns}} }
            baseline: { learn: 1h }
            allowed_lateness: 1m
            window: { size: 30m, min_rows: 100 }
            {{more}}
        """);

    // What `baseline build` makes of the same rows in a file.
    private Baseline OfFile()
    {
        string file = Path.Combine(_folder, "first.csv");
        File.WriteAllLines(file, ["at,x,k", .. Enumerable.Range(0, 60 * RowsAMinute).Select(i => Row(i / RowsAMinute, i % RowsAMinute, 0))]);
        BaselineSettings settings = ModelFile.BaselineSettings(Config, null, TextWriter.Null)!;
        return BaselineSource.Count(DataFile.Open(file, WantedColumns.Of(settings)), settings).Baseline!;
    }

    // Stamped with their event times, as they would have been when they came.
    private void Send(int from, int to, double shift = 0)
    {
        using var producer = new AckedProducer(_brokers[Brokers.Embedded], NullLogger.Instance);
        for (int minute = from; minute < to; minute++)
        {
            string[] rows = [.. Enumerable.Range(0, RowsAMinute).Select(row => Row(minute, row, shift).Split(',') is [var at, var x, var k]
                ? $$"""{"at":"{{at}}","x":{{x}},"k":{{k}}}""" : "")];
            EventTime stamp = EventTime.From(Start.AddMinutes(minute).UtcDateTime);
            var record = new OutgoingRecord(_topic, minute % 2, null, Encoding.UTF8.GetBytes($"[{string.Join(',', rows)}]"), stamp);
            Assert.Null(producer.Send(record, Cancel));
        }

        Assert.Null(producer.Barrier(Cancel));
    }

    private (PlanBook Book, Task Ends) Begin(CancellationToken stop)
    {
        DriftPlan plan = Plan();
        var book = new PlanBook(plan);
        Task ends = Task.Run(
            () =>
            {
                using var stage = new PlanStage(
                    book, "ann", _status.Health, _status.Metrics, TimeProvider.System, _log, TimeSpan.FromMilliseconds(200));
                Assert.Null(stage.Run(_status.Health.Add("plan"), stop));
            },
            CancellationToken.None);
        return (book, ends);
    }

    private PlanDocument[] Plans()
    {
        var log = new PlanLog(_brokers[Brokers.Embedded], new TopicNames(_prefix), NullLogger.Instance);
        return [.. log.Read(out _, out _).Select(p => p.Record.Document!)];
    }

    private SortedDictionary<string, JsonElement> Verdicts(int least)
    {
        var found = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        using LogTail tail = LogTail.Topic(_brokers[Brokers.Embedded], new TopicNames(_prefix).Verdicts, follow: true, NullLogger.Instance, out _)!;
        long began = Stopwatch.GetTimestamp();
        while (found.Count < least && Stopwatch.GetElapsedTime(began) < Patience)
        {
            if (!tail.TryRead(out LogRecord record, TimeSpan.FromSeconds(1), Cancel)) continue;
            JsonElement verdict = JsonDocument.Parse(record.Value!).RootElement;
            found[verdict.GetProperty("window").GetProperty("start").GetString()!] = verdict;
        }

        Assert.True(found.Count >= least, string.Join('\n', _log.Texts.TakeLast(30)));
        return found;
    }

    private void Until(Func<bool> holds)
    {
        long began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, string.Join('\n', _log.Texts.TakeLast(30)));
            Thread.Sleep(50);
        }
    }
}
