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
using DriftStream.Host.Tests.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Plans;

/// <summary>
/// A worker process on a real Kafka with two models of six-hour windows that open every hour, rows that go on coming, and a config to change
/// under it.
/// </summary>
internal sealed partial class ReloadRun : IDisposable
{
    public const int RowsAnHour = 500;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Models = ["moved", "other"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-reload-").FullName;
    private readonly string _bootstrap;
    private readonly HttpClient _web = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly AckedProducer _producer;
    private readonly LogTail _tail;

    public ReloadRun(string bootstrap)
    {
        _bootstrap = bootstrap;
        Reference("here", 0);
        Reference("there", 5);
        Write("here");
        DriftPlan plan = PlanFile.Load(Config, TextWriter.Null)!;
        using (IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(plan.Kafka)).Build())
        {
            admin.CreateTopicsAsync(Models.Select(m => new TopicSpecification { Name = $"{m}.rows", NumPartitions = 1, ReplicationFactor = 1 }))
                .GetAwaiter().GetResult();
        }

        TopicCheck.Run(plan, apply: true, NullLogger.Instance, out KafkaFailure? failure);
        Assert.Null(failure);
        _producer = new AckedProducer(plan.Kafka, NullLogger.Instance);
        _tail = LogTail.Topic(plan.Kafka, new TopicNames(plan.Topics.Prefix).Verdicts, follow: true, NullLogger.Instance, out _)!;
        Worker = WorkerProcess.RunWithPages(Config);
    }

    public string Config => Path.Combine(_folder, "driftstream.yaml");

    public WorkerProcess Worker { get; }

    public List<JsonElement> Verdicts { get; } = [];

    /// <summary>Hours of rows that were sent.</summary>
    public int Hours { get; private set; }

    /// <summary>Writes the config; the hash of its plan, or null where it is none.</summary>
    public string? Write(string reference, string alarm = "calibrated: 1%", bool other = true, string broken = "")
    {
        string text = $$"""
            kafka: { bootstrap: "{{_bootstrap}}" }
            web: { reload: true }
            engine: { segment: 1MiB, flush: 500ms, counts_partitions: 3, threads: 1 }
            time: { idle_after: 15s, close_after_idle: 3s }
            defaults:
              columns: { time: event_time }
              window: { size: 6h, every: 1h, min_rows: 100 }
              rules: [{ signal: "*", statistic: psi, alarm: { {{alarm}} } }]
            owners: [{ id: team, name: Team, contact: team@example.org }]
            root_owner: team
            {{broken}}
            models:
              - { id: moved, owner: team, sources: [{ topic: moved.rows, format: arrow }], baseline: { data: {{reference}}.arrows } }

            """;
        if (other) text += "  - { id: other, owner: team, sources: [{ topic: other.rows, format: arrow }], baseline: { data: here.arrows } }\n";
        File.WriteAllText(Config, text);
        return PlanFile.Read(Config).Plan?.Hash;
    }

    /// <summary>Reads verdicts, an hour of rows being sent every third of a second, until one is as wanted.</summary>
    public JsonElement Until(Func<JsonElement, bool> wanted, bool send = true)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (send) Send();
            while (_tail.TryRead(out LogRecord record, TimeSpan.FromMilliseconds(300)))
            {
                JsonElement verdict = JsonDocument.Parse(record.Value!).RootElement;
                Verdicts.Add(verdict);
                if (wanted(verdict)) return verdict;
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{Verdicts.Count} verdicts, the last {Verdicts.LastOrDefault()}\n{Worker.Output}");
        }
    }

    /// <summary>Waits for something else, rows being sent meanwhile.</summary>
    public async Task UntilAsync(Func<Task<bool>> wanted)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await wanted())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, Worker.Output);
            await Task.Delay(300);
            Send();
        }
    }

    public async Task<string> Page(string page)
    {
        using HttpResponseMessage answer = await _web.GetAsync(Address(page));
        return await answer.Content.ReadAsStringAsync();
    }

    public async Task<(HttpStatusCode Status, string Body)> Reload()
    {
        using HttpResponseMessage answer = await _web.PostAsync(Address("-/reload"), null);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose()
    {
        Worker.Dispose();
        _tail.Dispose();
        _producer.Dispose();
        _web.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Uri Address(string page) => new(new Uri(Pages().Match(Worker.Output).Value), page);

    private void Send()
    {
        byte[] hour = Message(RowsAnHour, Start.AddHours(Hours++), TimeSpan.FromHours(1) / RowsAnHour, 0);
        foreach (string model in Models)
            Assert.Null(_producer.Send(new OutgoingRecord($"{model}.rows", 0, null, hour), TestContext.Current.CancellationToken));
        Assert.Null(_producer.Barrier(TestContext.Current.CancellationToken));
    }

    private void Reference(string name, double shift) =>
        File.WriteAllBytes(Path.Combine(_folder, $"{name}.arrows"), Message(5000, Start, TimeSpan.FromSeconds(1), shift));

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

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Pages();
}
