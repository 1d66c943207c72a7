using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Commands;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// Desks as processes of their own on a real Kafka, whose owners have seconds to answer: what judges write, what people answer, and what reaches the topics
/// of owners.
/// </summary>
internal sealed class DeskRun : IDisposable
{
    public const int Partitions = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly EventTime Zero = EventTime.From(new DateTime(2026, 11, 23));

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-desk-").FullName;
    private readonly KafkaSettings _admin, _worker;
    private readonly List<WorkerProcess> _all = [];
    private readonly AckedProducer _judge, _people;
    private readonly IConsumer<byte[]?, byte[]?> _owners;
    private readonly List<ToldAlert> _told = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ITestOutputHelper _output;
    private int _answers;

    /// <param name="admin">Where everything is allowed.</param>
    /// <param name="worker">What workers log in with.</param>
    /// <param name="owners">Lines below <c>owners:</c>.</param>
    /// <param name="models">Each model's id and owner.</param>
    /// <param name="shape">What an owner's topic is like: null for none, else more settings than the catalogue's.</param>
    public DeskRun(
        KafkaSettings admin, KafkaSettings worker, string owners, (string Model, string Owner)[] models, ITestOutputHelper output,
        Func<string, Dictionary<string, string>?>? shape = null)
    {
        (_admin, _worker, _output) = (admin, worker, output);
        Plan = Write(owners, models);
        Names = new TopicNames(Plan.Topics.Prefix);
        Read = new DeskReading(admin, Names, Plan);
        string[] missing = Create(shape ?? (_ => []));
        _judge = new AckedProducer(admin, NullLogger.Instance, "judges");
        Assert.Null(_judge.Open(Patience));
        _people = new AckedProducer(admin, NullLogger.Instance);
        _owners = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(admin)).Build();
        _owners.Assign(Plan.Owners.Keys.Except(missing).Select(o => new TopicPartitionOffset(Names.AlertsOf(o), 0, Offset.Beginning)));
    }

    public DriftPlan Plan { get; }

    public TopicNames Names { get; }

    public DeskReading Read { get; }

    /// <summary>What all workers have said.</summary>
    public string Log => string.Join("\n---\n", _all.Select(w => w.Output));

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    /// <summary>Writes the configuration that workers read, and read again when it changes.</summary>
    public DriftPlan Write(string owners, (string Model, string Owner)[] models)
    {
        string client = string.Join(", ", _worker.Client.Select(c => $"{c.Key}: {(c.Key == "sasl.password" ? Secret(c.Value) : $"\"{c.Value}\"")}"));
        string text = $$"""
            kafka: { bootstrap: "{{_worker.Bootstrap}}", client: { {{client}} } }
            topics: { prefix: driftstream., replication: 1 }
            web: { listen: "127.0.0.1:0" }
            engine: { flush: 500ms, counts_partitions: {{Partitions}} }
            desk: { update: 1s }
            root_owner: root
            owners:
            {{owners}}
              - { id: root, contact: root@example.org }
            models:

            """;
        text += string.Concat(models.Select(m =>
            $"  - {{ id: {m.Model}, owner: {m.Owner}, sources: [{{ topic: {m.Model}.rows, format: arrow }}], baseline: {{ learn: 7d }} }}\n"));
        File.WriteAllText(Config, text);
        PlanResult read = PlanFile.Read(Config);
        return read.Plan ?? throw new InvalidOperationException(string.Join('\n', read.Findings));
    }

    public WorkerProcess Start()
    {
        Note("a desk starts");
        WorkerProcess worker = WorkerProcess.Run(Config, "desk");
        _all.Add(worker);
        return worker;
    }

    /// <summary>A line of the run's diary.</summary>
    public void Note(string what) => _output.WriteLine($"{_clock.Elapsed.TotalSeconds,5:0.0} s {what}");

    /// <summary>
    /// Windows of an hour that end at that hour, in one transaction. <c>+age</c> begins as a warning, <c>+age!</c> as critical, <c>-age</c> ends,
    /// <c>+?</c> is a model that nobody registered, <c>*age</c> an episode of its own.
    /// </summary>
    public void Judge(int hour, params (string Model, string Changes)[] windows)
    {
        OutgoingRecord[] records =
        [
            .. windows.Select(w => new OutgoingRecord(
                Names.Desk, CountsPartition.Of(w.Model, Partitions), Encoding.UTF8.GetBytes(w.Model),
                WindowRecordJson.Write(Window(w.Model, hour, w.Changes)))),
        ];
        Assert.Null(_judge.Write(records[..^1], records[^1], TestContext.Current.CancellationToken));
    }

    /// <summary>Waits until an owner has been told a revision of a model's episode.</summary>
    public ToldAlert Await(string owner, string model, int revision)
    {
        ToldAlert? Found() => _told.Find(t => t.Reader == owner && t.Model == model && t.Revision == revision);
        Await(() => Found() is not null, $"{owner} is not told of {model} r{revision}", told => Note($"{told}"));
        return Found()!;
    }

    /// <summary>Waits for so many alerts of a model's owner, of which there are one to a revision.</summary>
    /// <returns>Milliseconds of each from the window's place in the log to the owner's topic, in the order in which they were told.</returns>
    public double[] AwaitAll(string owner, int count)
    {
        ToldAlert[] Found() => [.. _told.Where(t => t.Reader == owner).DistinctBy(t => t.Id)];
        Await(() => Found().Length >= count, $"{owner} is not told {count} times", _ => { });
        return [.. Found().Select(t => (t.Read - t.Told).TotalMilliseconds)];
    }

    /// <summary>Writes an acknowledgement of a revision that was told, and waits for nobody.</summary>
    public void Acknowledge(string owner, ToldAlert told, TimeSpan? until = null)
    {
        string id = $"answer {_answers++}";
        var answer = new JsonObject
        {
            ["id"] = id,
            ["kind"] = "acknowledge",
            ["by"] = "anna",
            ["model"] = told.Model,
            ["episode"] = told.Episode,
            ["revision"] = told.Revision,
            ["until"] = EventTime.Format(EventTime.From(DateTime.UtcNow + (until ?? TimeSpan.FromDays(1)))),
        };
        byte[] bytes = Encoding.UTF8.GetBytes(answer.ToJsonString());
        Assert.Null(_people.Send(new OutgoingRecord(Names.AnswersOf(owner), 0, Encoding.UTF8.GetBytes(id), bytes), TestContext.Current.CancellationToken));
        Assert.Null(_people.Barrier(TestContext.Current.CancellationToken));
        Note($"{owner} acknowledges {told.Model} r{told.Revision}");
    }

    /// <summary>An answer by the command line, which waits for the desk's reply.</summary>
    public Task Say(params string[] command) => Task.Run(() =>
    {
        CliResult result = Cli.Run([.. command, "-c", Config]);
        Note($"{command[0]} -> {result.Code}: {result.Output.Trim()}{result.Errors.Trim()}");
        Assert.True(result.Code == 0, $"{string.Join(' ', command)}: {result.Output}{result.Errors}\n{Log}");
    });

    public void Dispose()
    {
        foreach (WorkerProcess worker in _all) worker.Dispose();
        _judge.Dispose();
        _people.Dispose();
        _owners.Close();
        _owners.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Await(Func<bool> done, string otherwise, Action<ToldAlert> each)
    {
        for (long began = Stopwatch.GetTimestamp(); !done();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{otherwise}:\n{string.Join('\n', _told)}\n{Log}");
            if (_owners.Consume(TimeSpan.FromMilliseconds(50)) is not { IsPartitionEOF: false } read) continue;
            if (ToldAlert.Of(read.Topic[Names.AlertsOf("").Length..], read.Message) is not { } told) continue;
            _told.Add(told);
            each(told);
        }
    }

    private WindowRecord Window(string model, int hour, string changes)
    {
        var symptoms = new List<Symptom>();
        foreach (string change in changes.Split(' '))
        {
            string name = change[1..].TrimEnd('!');
            Subject subject = name == "?" ? new(model, "", "1h", null, null, SubjectNames.Unowned) : new(model, "7", "1h", name, null);
            SymptomStatus status = change[0] == '-' ? SymptomStatus.Ended : SymptomStatus.Began;
            Severity severity = change.EndsWith('!') ? Severity.Critical : Severity.Warning;
            // What began with the first window belongs together.
            EventTime since = change[0] == '*' ? Zero + Duration.FromHours(hour - 1) : Zero;
            symptoms.Add(new Symptom(subject, status, severity, since, $"{name} has drifted")
            {
                Detail = [.. """{"statistic":{"name":"psi","value":1},"rule":{"id":"psi"},"cells":[],"baseline":null,"rules":[]}"""u8],
            });
        }

        (EventTime start, EventTime end) = (Zero + Duration.FromHours(hour - 1), Zero + Duration.FromHours(hour));
        return new WindowRecord(model, "1h", start, end, true, 0, Plan.Hash, [], [.. symptoms]);
    }

    // A password stands in no configuration.
    private string Secret(string password)
    {
        string file = Path.Combine(_folder, "password");
        File.WriteAllText(file, password);
        return $"{{ file: {file} }}";
    }

    // Returns the owners whose topics are not there.
    private string[] Create(Func<string, Dictionary<string, string>?> shape)
    {
        var (topics, missing) = (new List<TopicSpecification>(), new List<string>());
        foreach (OurTopic topic in TopicCatalogue.Of(Plan))
        {
            string owner = topic.Name.StartsWith(Names.AlertsOf(""), StringComparison.Ordinal) ? topic.Name[Names.AlertsOf("").Length..] : "";
            if (shape(owner) is not { } more)
            {
                missing.Add(owner);
                continue;
            }

            Dictionary<string, string> config = new(topic.Config);
            foreach ((string key, string value) in more) config[key] = value;
            topics.Add(new TopicSpecification { Name = topic.Name, NumPartitions = topic.Partitions, ReplicationFactor = 1, Configs = config });
        }

        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(_admin)).Build();
        foreach (TopicSpecification[] some in topics.Chunk(TopicCheck.MostAtOnce)) admin.CreateTopicsAsync(some).GetAwaiter().GetResult();
        return [.. missing];
    }
}

/// <summary>An alert as an owner has read it.</summary>
/// <param name="Reader">Whose topic it stands in.</param>
/// <param name="Told">When the desk's log had what it tells.</param>
/// <param name="Read">When the owner's topic had it.</param>
internal sealed record ToldAlert(
    string Reader, string Id, string Episode, string Model, int Revision, string Status, string Because, DateTimeOffset Told, DateTimeOffset Read)
{
    /// <summary>Null for a reply.</summary>
    public static ToldAlert? Of(string reader, Message<byte[]?, byte[]?> message)
    {
        using JsonDocument json = JsonDocument.Parse(message.Value!);
        JsonElement alert = json.RootElement;
        if (!alert.TryGetProperty("status", out JsonElement status)) return null;
        string Text(string name) => alert.GetProperty(name).GetString()!;
        return new ToldAlert(
            reader, Text("id"), Text("episode"), Text("model"), alert.GetProperty("revision").GetInt32(), status.GetString()!, Text("because"),
            alert.GetProperty("told").GetDateTimeOffset(), message.Timestamp.UtcDateTime);
    }

    public override string ToString() => $"{Reader} reads {Model} r{Revision} {Status}, {Because}";
}
