using System.Collections.Immutable;
using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Xunit;

[assembly: AssemblyFixture(typeof(DriftStream.Host.Tests.Kafka.Brokers))]

namespace DriftStream.Host.Tests.Kafka;

/// <summary>The brokers that tests run on, each started by the first test that asks for it.</summary>
/// <remarks>A real Apache Kafka is there when <c>DRIFTSTREAM_KAFKA</c> names a folder with its start script, called <c>kafka</c>.</remarks>
public sealed class Brokers : IDisposable
{
    public const string Embedded = "embedded";
    public const string Real = "kafka";

    private readonly Lock _gate = new();
    private EmbeddedBroker? _embedded;
    private string? _realFolder;
    private KafkaSettings? _real;

    /// <summary>Its settings; skips the test where it is not there.</summary>
    public KafkaSettings this[string broker]
    {
        get
        {
            lock (_gate)
                return broker == Embedded ? (_embedded ??= new EmbeddedBroker()).Settings : _real ??= StartReal();
        }
    }

    public EmbeddedBroker Mock => this[Embedded] is var _ ? _embedded! : null!;

    /// <summary>A topic with a name of its own.</summary>
    public string NewTopic(string broker, int partitions, params (string Key, string Value)[] config)
    {
        var kafka = this[broker];
        string name = $"t-{Guid.NewGuid():N}";
        if (broker == Embedded)
        {
            _embedded!.CreateTopic(name, partitions);
            return name;
        }
        using var admin = new AdminClientBuilder(ClientSettings.Admin(kafka)).Build();
        var topic = new TopicSpecification
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = 1,
            Configs = config.ToDictionary(c => c.Key, c => c.Value),
        };
        admin.CreateTopicsAsync([topic]).GetAwaiter().GetResult();
        var deadline = Stopwatch.StartNew();
        while (admin.GetMetadata(name, TimeSpan.FromSeconds(5)).Topics[0].Partitions.Count != partitions)
        {
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(20));
            Thread.Sleep(50);
        }
        return name;
    }

    public void Dispose()
    {
        _embedded?.Dispose();
        if (_realFolder is null)
            return;
        Run("stop", _realFolder);
        Directory.Delete(_realFolder, recursive: true);
    }

    private KafkaSettings StartReal()
    {
        if (Script is null)
            Assert.Skip("DRIFTSTREAM_KAFKA names no folder with a Kafka start script");
        _realFolder = Path.Combine(Path.GetTempPath(), $"driftstream-kafka-{Environment.ProcessId}");
        string bootstrap = Run("start", _realFolder).Trim().Split('\n')[^1].Trim();
        return new(bootstrap, ImmutableSortedDictionary<string, string>.Empty);
    }

    private static string? Script
    {
        get
        {
            string? folder = Environment.GetEnvironmentVariable("DRIFTSTREAM_KAFKA");
            return folder is not null && File.Exists(Path.Combine(folder, "kafka")) ? Path.Combine(folder, "kafka") : null;
        }
    }

    private static string Run(params string[] arguments)
    {
        // The broker outlives the script and inherits its pipes: a shell with a file of its own lets the script's end be seen.
        string output = Path.GetTempFileName();
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$@\" > {output} 2>&1 < /dev/null", "sh", Script!, .. arguments]);
        using var process = Process.Start(start)!;
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "the Kafka script does not end");
        string text = File.ReadAllText(output);
        File.Delete(output);
        Assert.True(process.ExitCode == 0, text);
        return text;
    }
}
