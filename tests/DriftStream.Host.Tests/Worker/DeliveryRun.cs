using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Alerts;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// A worker that delivers alerts to many owners of a real Kafka, and how long each alert took: from its place in <c>alerts</c> to its owner's topic.
/// </summary>
internal sealed class DeliveryRun : IDisposable
{
    private const int Owners = 20;

    private readonly KafkaSettings _admin;
    private readonly AckedProducer _producer;
    private readonly CancellationTokenSource _stop = new();
    private readonly WorkerStatus _status = new(TimeProvider.System);
    private readonly Task _worker;
    private int _sent;

    /// <param name="admin">Where everything is allowed.</param>
    /// <param name="worker">What the worker logs in with.</param>
    /// <param name="shape">What an owner's topic is like: null for none, else more settings than the catalogue's.</param>
    public DeliveryRun(KafkaSettings admin, KafkaSettings worker, IEnumerable<string> bad, Func<string, Dictionary<string, string>?> shape)
    {
        DriftPlan plan = DemoRun.Paced(PlanFile.Read(Path.Combine(SampleRun.Folder, "driftstream.yaml")).Plan!, worker);
        Good = [.. Enumerable.Range(0, Owners).Select(i => $"o{i:00}")];
        ImmutableSortedDictionary<string, Owner> owners = plan.Owners.AddRange(Good.Concat(bad).ToDictionary(o => o, o => new Owner(o, o, $"{o}@example.org")));
        plan = plan with { Owners = owners };
        Plan = plan with { Hash = PlanDocument.Of(plan).Hash };
        Names = new TopicNames(plan.Topics.Prefix);
        _admin = admin;
        Create(shape);
        _producer = new AckedProducer(admin, NullLogger.Instance);
        var running = new Host.Worker.Worker(Plan, WorkerRole.Desk, _status, TimeProvider.System, NullLogger.Instance);
        _worker = Task.Run(() => running.Run(_stop.Token));
    }

    public string[] Good { get; }

    public DriftPlan Plan { get; }

    public TopicNames Names { get; }

    /// <summary>Sends an alert of a size in bytes and goes on.</summary>
    public void Send(string owner, int bytes = 2000)
    {
        string pad = Convert.ToHexString(RandomNumberGenerator.GetBytes(bytes / 2)); // what compresses is small to the broker
        byte[] value = Encoding.UTF8.GetBytes($$"""{"no":{{_sent++}},"owner":"{{owner}}","pad":"{{pad}}"}""");
        var headers = new Headers { { AlertRecords.To, Encoding.UTF8.GetBytes(owner) } };
        Assert.Null(_producer.Send(new OutgoingRecord(Names.Alerts, 0, "m"u8.ToArray(), value, Headers: headers), TestContext.Current.CancellationToken));
    }

    /// <summary>Sends alerts to the good owners in turn, 10 ms apart, some of them to others before.</summary>
    /// <returns>Milliseconds of each alert of good owners from one topic to the other, sorted.</returns>
    public async Task<double[]> Measure(int alerts, Func<int, string[]> before)
    {
        int from = _sent;
        using var paced = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < alerts; i++)
        {
            await paced.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            foreach (string owner in before(i)) Send(owner);
            Send(Good[i % Good.Length]);
        }

        Assert.Null(_producer.Barrier(TestContext.Current.CancellationToken));
        int all = _sent;
        Assert.True(SpinWait.SpinUntil(() => _status.Delivered >= all, TimeSpan.FromSeconds(90)), $"{_status.Delivered} of {all}");
        ILookup<string, LogRecord> read = Read([Names.Alerts, .. Good.Select(Names.AlertsOf)]).Where(r => No(r) >= from).ToLookup(r => r.Topic);
        Dictionary<long, double> sent = read[Names.Alerts].ToDictionary(No, r => r.Timestamp / 1000.0);
        double[] took = [.. Good.SelectMany(o => read[Names.AlertsOf(o)]).Select(r => (r.Timestamp / 1000.0) - sent[No(r)])];
        Assert.Equal(alerts, took.Length);
        return [.. took.Order()];
    }

    /// <summary>Waits until alerts are delivered at all.</summary>
    public async Task Warm()
    {
        await Measure(50, _ => []);
        await Measure(50, _ => []);
    }

    /// <summary>All records of the topics' first partitions.</summary>
    public List<LogRecord> Read(params string[] topics)
    {
        var records = new List<LogRecord>();
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(_admin)).Build();
        consumer.Assign(topics.Select(t => new TopicPartitionOffset(t, 0, Offset.Beginning)));
        for (int left = topics.Length; left > 0;)
        {
            if (consumer.Consume(TestContext.Current.CancellationToken) is not { IsPartitionEOF: false } read) left--;
            else records.Add(LogRecord.Of(read));
        }

        return records;
    }

    public static string Of(double[] took, double part) =>
        took[Math.Min((int)(took.Length * part), took.Length - 1)].ToString("0", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _stop.Cancel();
        _worker.Wait(TimeSpan.FromSeconds(20));
        _producer.Dispose();
        _status.Dispose();
        _stop.Dispose();
    }

    private static long No(LogRecord record)
    {
        string text = Encoding.UTF8.GetString(record.Value!);
        return long.Parse(text["{\"no\":".Length..text.IndexOf(',')], CultureInfo.InvariantCulture);
    }

    private void Create(Func<string, Dictionary<string, string>?> shape)
    {
        using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(_admin)).Build();
        var topics = new List<TopicSpecification>();
        foreach (OurTopic topic in TopicCatalogue.Of(Plan))
        {
            string owner = topic.Name.StartsWith(Names.AlertsOf(""), StringComparison.Ordinal) ? topic.Name[Names.AlertsOf("").Length..] : "";
            if (shape(owner) is not { } more) continue;
            Dictionary<string, string> config = new(topic.Config);
            foreach ((string key, string value) in more) config[key] = value;
            topics.Add(new TopicSpecification { Name = topic.Name, NumPartitions = topic.Partitions, ReplicationFactor = 1, Configs = config });
        }

        admin.CreateTopicsAsync(topics).GetAwaiter().GetResult();
    }
}
