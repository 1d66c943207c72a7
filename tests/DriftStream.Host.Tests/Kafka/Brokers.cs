using System.Collections.Immutable;
using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Worker;
using DriftStream.Plan;
using Xunit;

[assembly: AssemblyFixture(typeof(DriftStream.Host.Tests.Kafka.Brokers))]

namespace DriftStream.Host.Tests.Kafka;

/// <summary>The brokers that tests run on, each started by the first test that asks for it.</summary>
/// <remarks>A real Apache Kafka is there where <see cref="KafkaCluster"/> can start one.</remarks>
public sealed class Brokers : IDisposable
{
    public const string Embedded = "embedded";
    public const string Real = "kafka";

    private readonly Lock _gate = new();
    private EmbeddedBroker? _embedded;
    private KafkaCluster? _cluster;
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
        _cluster?.Dispose();
    }

    private KafkaSettings StartReal()
    {
        _cluster ??= KafkaCluster.Start(1);
        return new(_cluster.Bootstrap, ImmutableSortedDictionary<string, string>.Empty);
    }
}
