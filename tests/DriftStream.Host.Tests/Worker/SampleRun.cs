using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>The sample on some broker: its config with other paces, its topics, its rows, and what comes out.</summary>
internal sealed class SampleRun : IDisposable
{
    public const long Week = 7 * EventTime.Day;

    private const int Partitions = 4;

    private readonly DemoProducer _producer;
    private long _sentUntil;

    /// <param name="bootstrap">The broker.</param>
    /// <param name="rowsPerMessage">How the rows are split over messages.</param>
    /// <param name="replication">Of every topic.</param>
    public SampleRun(string bootstrap, int rowsPerMessage, int replication)
    {
        Config = WriteConfig(bootstrap, replication);
        Plan = PlanFile.Read(Config).Plan!;
        CreateSources(replication);
        Assert.All(
            TopicCheck.Run(Plan, apply: true, NullLogger.Instance, out KafkaFailure? failure),
            t => Assert.True(t.State is TopicState.Fine or TopicState.Created, t.ToString()));
        Assert.Null(failure);
        Dictionary<string, int> partitions = Plan.Counting.Sources.Keys.ToDictionary(t => t, _ => Partitions);
        _producer = new DemoProducer(Folder, DemoScript.Read(Folder), Plan.Kafka, partitions, NullLogger.Instance, rowsPerMessage);
        _sentUntil = EventTime.Floor(_producer.First, Week);
    }

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "samples", "employment");

    public string Config { get; }

    public DriftPlan Plan { get; }

    public long Rows => _producer.Rows;

    /// <summary>Sends the rows of the next weeks, or all that are left.</summary>
    public void Send(int weeks = int.MaxValue)
    {
        for (; weeks > 0 && _sentUntil <= _producer.Last; weeks--)
        {
            _sentUntil += Week;
            Assert.Null(_producer.SendUntil(_sentUntil));
        }
    }

    /// <summary>Returns when the verdicts topic has grown, be it by records of a transaction that is still open.</summary>
    public void WaitForAnyVerdict(TimeSpan patience, Func<string> log)
    {
        string topic = new TopicNames(Plan.Topics.Prefix).Verdicts;
        using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(ClientSettings.Reader(Plan.Kafka)).Build();
        int partitions = TopicCatalogue.Of(Plan).Single(t => t.Name == topic).Partitions;
        TopicPartition[] all = [.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p))];
        long End() => all.Sum(p => consumer.QueryWatermarkOffsets(p, patience).High.Value);
        long began = Stopwatch.GetTimestamp(), before = End();
        while (End() == before)
            Assert.True(Stopwatch.GetElapsedTime(began) < patience, $"no verdict after {patience}\n{log()}");
    }

    /// <summary>Waits until all is said that the demo says; then it is the same, be it with other times and answers.</summary>
    public void SaysWhatItSays(DemoResult demo, TimeSpan patience, Func<string> log)
    {
        Assert.Equal(demo.PlanHash, Plan.Hash);
        string[] story = [.. Said.Story(demo.Lines[..^1])];
        Said said = Read(demo.Verdicts.Count, story.Length, patience, log);
        Assert.Equal(demo.Verdicts, said.Verdicts);
        Assert.Equal(story, Said.Story(said.Alerts.Values));
        // Each revision of an episode is told, and none is missing.
        Assert.All(said.Alerts.Values.Select(a => JsonDocument.Parse(a).RootElement).GroupBy(a => a.GetProperty("episode").GetString()), episode =>
            Assert.Equal(Enumerable.Range(1, episode.Count()), episode.Select(a => a.GetProperty("revision").GetInt32()).Order()));
        Assert.Equal(Rows, said.Rows);
    }

    /// <summary>
    /// Reads until there are so many verdicts, and so many alerts that tell of symptoms. A judge says nothing twice; what delivery brings
    /// twice must be the same both times.
    /// </summary>
    public Said Read(int verdicts, int alerts, TimeSpan patience, Func<string> log)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            var names = new TopicNames(Plan.Topics.Prefix);
            ById(names.Alerts, once: true);
            ById(names.Actions, once: true);
            IEnumerable<KeyValuePair<string, string>> delivered = Plan.Owners.Keys.SelectMany(o => ById(names.AlertsOf(o), once: false));
            var said = new Said(ById(names.Verdicts, once: true), delivered.DistinctBy(d => d.Key).ToImmutableSortedDictionary(), UnownedRows(names.Desk));
            int story = Said.Story(said.Alerts.Values).Count();
            if (said.Verdicts.Count >= verdicts && story >= alerts) return said;
            Assert.True(
                Stopwatch.GetElapsedTime(began) < patience,
                $"{said.Verdicts.Count} of {verdicts} verdicts and {story} of {alerts} alerts after {patience}\n{log()}");
            Thread.Sleep(1000);
        }
    }

    public void Dispose()
    {
        _producer.Dispose();
        File.Delete(Config);
    }

    private ImmutableSortedDictionary<string, string> ById(string topic, bool once)
    {
        var found = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        using LogTail? tail = LogTail.Topic(Plan.Kafka, topic, follow: false, NullLogger.Instance, out KafkaFailure? failure);
        Assert.Null(failure);
        while (tail!.TryRead(out LogRecord record))
        {
            string json = System.Text.Encoding.UTF8.GetString(record.Value!);
            string id = JsonDocument.Parse(json).RootElement.GetProperty("id").GetString()!;
            string place = $"[{record.Partition}] offset {record.Offset}";
            if (places.TryAdd(id, place)) found.Add(id, json);
            else if (once) Assert.Fail($"{topic} holds {id} twice, at {places[id]} and {place}:\n{found[id]}\n{json}");
            else Assert.Equal(found[id], json);
        }

        return found.ToImmutable();
    }

    // What judges say to the desks is there once, too.
    private long UnownedRows(string topic)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        long rows = 0;
        using LogTail? tail = LogTail.Topic(Plan.Kafka, topic, follow: false, NullLogger.Instance, out KafkaFailure? failure);
        Assert.Null(failure);
        while (tail!.TryRead(out LogRecord record))
        {
            if (WindowRecordJson.Read(record.Value) is not { } window) continue;
            Assert.True(ids.Add(window.Id), $"{topic} holds {window} twice");
            if (window.Symptoms.Any(s => s.Subject.OfModel == SubjectNames.Unowned)) rows += window.Versions.Sum(v => v.Rows);
        }

        return rows;
    }

    // Everything that verdicts rest on stays as it is: the plan's hash must be the demo's.
    private static string WriteConfig(string bootstrap, int replication)
    {
        string text = File.ReadAllText(Path.Combine(Folder, "driftstream.yaml"))
            .Replace("bootstrap: localhost:9092", $"bootstrap: {bootstrap}", StringComparison.Ordinal)
            .Replace("data: ", $"data: {Folder}/", StringComparison.Ordinal)
            .Replace("idle_after: 30s", "idle_after: 15s", StringComparison.Ordinal)
            .Replace("close_after_idle: 10m", "close_after_idle: 3s", StringComparison.Ordinal);
        text += $"""

            topics: {"{"} prefix: driftstream., replication: {replication} {"}"}
            web: {"{"} listen: "127.0.0.1:0" {"}"}
            # Several threads share every partition, however few cores there are.
            engine: {"{"} segment: 1MiB, flush: 500ms, counts_partitions: 3, threads: 3 {"}"}
            """;
        string path = Path.Combine(Path.GetTempPath(), $"driftstream-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(path, text);
        return path;
    }

    private void CreateSources(int replication)
    {
        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(Plan.Kafka)).Build();
        admin.CreateTopicsAsync(Plan.Counting.Sources.Keys.Select(t => new Confluent.Kafka.Admin.TopicSpecification
        {
            Name = t,
            NumPartitions = Partitions,
            ReplicationFactor = (short)replication,
        })).GetAwaiter().GetResult();
    }
}

/// <summary>What a run wrote, by id.</summary>
/// <param name="Verdicts">As JSON.</param>
/// <param name="Alerts">As JSON, those of all owners.</param>
/// <param name="UnownedRows">Rows of which the desks were told that nobody owns them.</param>
internal sealed record Said(ImmutableSortedDictionary<string, string> Verdicts, ImmutableSortedDictionary<string, string> Alerts, long UnownedRows)
{
    /// <summary>Rows over all verdicts, and those that nobody owns.</summary>
    public long Rows => Verdicts.Values.Sum(v => JsonDocument.Parse(v).RootElement.GetProperty("rows").GetInt64()) + UnownedRows;

    private static readonly string[] OfStory =
    [
        "episode", "because", "severity", "owner", "model", "version", "signal", "group", "summary", "statistic", "cells", "window", "since",
    ];

    /// <summary>
    /// What alerts say of symptoms, whoever answers and however late it is: nothing that depends on clocks. Of the demo people hear more, for they answer.
    /// </summary>
    public static IEnumerable<string> Story(IEnumerable<string> alerts) =>
    [
        .. from json in alerts
           let alert = JsonDocument.Parse(json).RootElement
           let because = alert.GetProperty("because").GetString()
           where because is "began" or "worse" or "back" or "resolved"
           let story = string.Join(' ', OfStory.Select(n => alert.GetProperty(n).GetRawText()))
           orderby story
           select story,
    ];
}
