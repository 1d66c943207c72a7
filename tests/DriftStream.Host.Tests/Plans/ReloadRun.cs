using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Plans;
using DriftStream.Host.Tests.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Plans;

/// <summary>
/// Worker processes on a real Kafka, each with a config of its own to change under it, with two models of six-hour windows that open every hour
/// and rows that go on coming.
/// </summary>
internal sealed partial class ReloadRun : IDisposable
{
    public const int WindowHours = 6;

    private const int RowsAMessage = 500;

    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120), Pace = TimeSpan.FromMilliseconds(300);

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-reload-").FullName;
    private readonly string _bootstrap;
    private readonly int _partitions;
    private readonly List<WorkerProcess> _all = [];
    private readonly HttpClient _web = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly AckedProducer _producer;
    private readonly LogTail _tail, _plans;

    /// <param name="bootstrap">The broker.</param>
    /// <param name="partitions">Of each source topic.</param>
    /// <param name="workers">That run at once.</param>
    public ReloadRun(string bootstrap, int partitions = 1, int workers = 1)
    {
        (_bootstrap, _partitions) = (bootstrap, partitions);
        Reference("here", 0);
        Reference("there", 5);
        for (int i = 0; i < workers; i++) Write("here", worker: i);
        DriftPlan plan = PlanFile.Load(Config, TextWriter.Null)!;
        using (IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build())
        {
            admin.CreateTopicsAsync(Models.Select(m => new TopicSpecification { Name = $"{m}.rows", NumPartitions = partitions, ReplicationFactor = 1 }))
                .GetAwaiter().GetResult();
        }

        TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure);
        Assert.Null(failure);
        _producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        var topics = new TopicNames(plan.Topics.Prefix);
        _tail = LogTail.Topic(plan.Kafka, topics.Verdicts, follow: true, NullLogger.Instance, out _)!;
        _plans = new PlanLog(plan.Kafka, topics, NullLogger.Instance).Follow(0);
        Workers = new WorkerProcess[workers];
        for (int i = 0; i < workers; i++) Start(i);
    }

    public static ImmutableArray<string> Models { get; } = ["moved", "other"];

    /// <summary>Of the first worker.</summary>
    public string Config => ConfigOf(0);

    public WorkerProcess Worker => Workers[0];

    public WorkerProcess[] Workers { get; }

    public List<JsonElement> Verdicts { get; } = [];

    /// <summary>Hashes of the records of the plan topic, as far as <see cref="NextPlan"/> and <see cref="PlanComes"/> have read them.</summary>
    public List<string> Plans { get; } = [];

    /// <summary>Hours of rows that were sent.</summary>
    public int Hours { get; private set; }

    /// <summary>Of a model, in all partitions.</summary>
    public int RowsAnHour => RowsAMessage * _partitions;

    /// <summary>What all workers have said, those that are gone too.</summary>
    private string Output => string.Join("\n---\n", _all.Select(w => w.Output));

    /// <summary>Starts a worker, in the place of one that has ended.</summary>
    public void Start(int worker) => _all.Add(Workers[worker] = WorkerProcess.RunWithPages(ConfigOf(worker)));

    /// <summary>Writes the config of a worker; the hash of its plan, or null where it is none.</summary>
    public string? Write(string reference, string alarm = "calibrated: 1%", bool other = true, string broken = "", int worker = 0)
    {
        string text = $$"""
            kafka: { bootstrap: "{{_bootstrap}}", client: { session.timeout.ms: 6000 } }
            web: { reload: true }
            engine: { segment: 1MiB, flush: 500ms, counts_partitions: 3, threads: 1 }
            time: { idle_after: 15s, close_after_idle: 3s }
            defaults:
              columns: { time: event_time }
              window: { size: {{WindowHours}}h, every: 1h, min_rows: 100 }
              rules: [{ signal: "*", statistic: psi, alarm: { {{alarm}} } }]
            owners: [{ id: team, name: Team, contact: team@example.org }]
            root_owner: team
            {{broken}}
            models:
              - { id: moved, owner: team, sources: [{ topic: moved.rows, format: arrow }], baseline: { data: {{reference}}.arrows } }

            """;
        if (other) text += "  - { id: other, owner: team, sources: [{ topic: other.rows, format: arrow }], baseline: { data: here.arrows } }\n";
        File.WriteAllText(ConfigOf(worker), text);
        return PlanFile.Read(ConfigOf(worker)).Plan?.Hash;
    }

    /// <summary>Reads verdicts, an hour of rows being sent every third of a second, until one is as wanted.</summary>
    public JsonElement Until(Func<JsonElement, bool> wanted, bool send = true)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (send) Send();
            while (_tail.TryRead(out LogRecord record, Pace))
            {
                JsonElement verdict = JsonDocument.Parse(record.Value!).RootElement;
                Verdicts.Add(verdict);
                if (wanted(verdict)) return verdict;
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{Verdicts.Count} verdicts, the last {Verdicts.LastOrDefault()}\n{Output}");
        }
    }

    /// <summary>Reads verdicts until each model has one that starts with the last hour that was sent.</summary>
    public void UntilLastHour()
    {
        foreach (string model in Models)
        {
            bool Last(JsonElement v) => ReloadVerdicts.Model(v) == model && ReloadVerdicts.StartHour(v) == Hours - 1;
            if (!Verdicts.Any(Last)) Until(Last, send: false);
        }
    }

    /// <summary>Waits for something else, rows being sent meanwhile.</summary>
    public async Task UntilAsync(Func<Task<bool>> wanted, bool send = true)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await wanted())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, Output);
            await Task.Delay(Pace);
            if (send) Send();
        }
    }

    /// <summary>An hour of rows every third of a second, whatever else happens; nothing else may send meanwhile.</summary>
    public async Task Flow(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            Send();
            await Task.Delay(Pace, CancellationToken.None);
        }
    }

    /// <summary>Waits for the next record of the plan topic; its hash.</summary>
    public string NextPlan()
    {
        Assert.True(PlanComes(Patience), $"no plan was published after {Plans.Count}\n{Output}");
        return Plans[^1];
    }

    /// <summary>Whether another plan is published within so long.</summary>
    public bool PlanComes(TimeSpan within)
    {
        if (!_plans.TryRead(out LogRecord record, within)) return false;
        Plans.Add(PlanRecord.Read(record.Value)!.Hash);
        return true;
    }

    /// <summary>Waits until the newest plan that a worker runs is that one.</summary>
    public Task UntilRuns(int worker, string hash) => UntilAsync(
        () => Task.FromResult(RunningPlan().Matches(Workers[worker].Output) is [.., var last] && last.Groups[1].Value == hash), send: false);

    public async Task<string> Page(string page, int worker = 0)
    {
        using HttpResponseMessage answer = await _web.GetAsync(Address(page, worker));
        return await answer.Content.ReadAsStringAsync();
    }

    public async Task<(HttpStatusCode Status, string Body)> Reload(int worker = 0)
    {
        using HttpResponseMessage answer = await _web.PostAsync(Address("-/reload", worker), null);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose()
    {
        foreach (WorkerProcess worker in _all) worker.Dispose();
        _tail.Dispose();
        _plans.Dispose();
        _producer.Dispose();
        _web.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string ConfigOf(int worker) => Path.Combine(_folder, $"driftstream-{worker}.yaml");

    private Uri Address(string page, int worker) => new(Workers[worker].Pages!, page);

    private void Send()
    {
        byte[] hour = Message(RowsAMessage, Epoch.AddHours(Hours++), TimeSpan.FromHours(1) / RowsAMessage, 0);
        for (int partition = 0; partition < _partitions; partition++)
        {
            foreach (string model in Models)
                Assert.Null(_producer.Send(new OutgoingRecord($"{model}.rows", partition, null, hour), TestContext.Current.CancellationToken));
        }

        Assert.Null(_producer.Barrier(TestContext.Current.CancellationToken));
    }

    private void Reference(string name, double shift) =>
        File.WriteAllBytes(Path.Combine(_folder, $"{name}.arrows"), Message(5000, Epoch, TimeSpan.FromSeconds(1), shift));

    // Sums of three sawteeth of periods without a common factor: the same share of every value in every hour, near enough.
    private static byte[] Message(int rows, DateTimeOffset from, TimeSpan step, double shift)
    {
        var times = new TimestampArray.Builder(new Apache.Arrow.Types.TimestampType(Apache.Arrow.Types.TimeUnit.Microsecond, "UTC"));
        var values = new DoubleArray.Builder();
        for (int i = 0; i < rows; i++)
        {
            times.Append(from + (i * step));
            values.Append((i % 7 / 3.0) + (i % 11 / 5.0) + (i % 13 / 6.0) - 3 + shift);
        }

        IArrowArray[] columns = [times.Build(), values.Build()];
        var schema = new Apache.Arrow.Schema([new("event_time", columns[0].Data.DataType, true), new("value", columns[1].Data.DataType, true)], null);
        using var batch = new RecordBatch(schema, columns, rows);
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    [GeneratedRegex(@"plan \d+ runs \(([^)]+)\)")]
    private static partial Regex RunningPlan();
}
