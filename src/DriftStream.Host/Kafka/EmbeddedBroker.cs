using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DriftStream.Plan;

namespace DriftStream.Host.Kafka;

/// <summary>A broker inside this process: librdkafka's mock cluster, reachable from any Kafka client on this machine.</summary>
/// <remarks>
/// <para>
/// It speaks the Kafka protocol on a random loopback port and keeps everything in memory: consumer groups, commits, compression,
/// headers, idempotent producers and watermarks work as on Apache Kafka. It serves the demo and quick tests.
/// </para>
/// <para>
/// It is not Kafka. It keeps 5 MiB a partition and drops the oldest batches beyond that; a message above that size cannot be read. It
/// answers transaction requests without their meaning (no isolation, no fencing, offsets are not stored), does not compact, cannot
/// create topics through the protocol (<see cref="CreateTopic"/> does; a produce or fetch of an unknown topic makes one with
/// four partitions), knows no security, and finds no offset by time. It proves nothing about exactly-once.
/// </para>
/// </remarks>
public sealed unsafe class EmbeddedBroker : IDisposable
{
    private readonly nint _client;
    private nint _cluster;

    /// <param name="brokers">How many nodes, each on its own port.</param>
    /// <exception cref="InvalidOperationException">The library or the ports refuse.</exception>
    public EmbeddedBroker(int brokers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(brokers);
        _client = Librdkafka.NewProducer();
        _cluster = ((delegate* unmanaged[Cdecl]<nint, int, nint>)Librdkafka.Export("rd_kafka_mock_cluster_new"))(_client, brokers);
        if (_cluster == 0)
        {
            DestroyClient();
            throw new InvalidOperationException($"cannot start {brokers} embedded brokers on loopback");
        }
        var delay = (delegate* unmanaged[Cdecl]<nint, int, void>)Librdkafka.Export("rd_kafka_mock_group_initial_rebalance_delay_ms");
        delay(_cluster, 50); // 3 s else, before the first member of a group is assigned anything
        var bootstraps = (delegate* unmanaged[Cdecl]<nint, byte*>)Librdkafka.Export("rd_kafka_mock_cluster_bootstraps");
        Bootstrap = Marshal.PtrToStringUTF8((nint)bootstraps(_cluster))!;
    }

    /// <summary>Its servers, separated by commas.</summary>
    public string Bootstrap { get; }

    /// <summary>
    /// Settings for quick answers: an empty fetch waits its whole time and is not woken by a new record, and a rebalance takes the
    /// session timeout less one second.
    /// </summary>
    public KafkaSettings Settings => new(Bootstrap, ImmutableSortedDictionary.CreateRange(
    [
        KeyValuePair.Create("fetch.wait.max.ms", "5"),
        KeyValuePair.Create("session.timeout.ms", "2000"),
        KeyValuePair.Create("heartbeat.interval.ms", "200"),
    ]));

    /// <summary>Creates a topic; the only way to choose its number of partitions here.</summary>
    /// <exception cref="InvalidOperationException">It exists already, or the name is refused.</exception>
    public void CreateTopic(string name, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitions);
        var create = (delegate* unmanaged[Cdecl]<nint, byte*, int, int, int>)Librdkafka.Export("rd_kafka_mock_topic_create");
        fixed (byte* n = Librdkafka.ZeroEnded(name))
            Require(create(Live(), n, partitions, 1), $"topic {name}");
    }

    /// <summary>Drops the records of a partition below an offset, as retention does.</summary>
    public void DropBefore(string topic, int partition, long offset)
    {
        var drop = (delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)Librdkafka.Export("rd_kafka_mock_partition_delete_records");
        fixed (byte* t = Librdkafka.ZeroEnded(topic))
            Require(drop(Live(), t, partition, offset), $"drop {topic}[{partition}] before {offset}");
    }

    /// <summary>Makes the next requests of a kind fail, one for each code. For tests.</summary>
    /// <param name="request">The protocol's API key: 0 for Produce, 1 for Fetch, 3 for Metadata.</param>
    /// <param name="codes">The protocol's error codes.</param>
    public void FailNext(short request, params ReadOnlySpan<int> codes)
    {
        var push = (delegate* unmanaged[Cdecl]<nint, short, nuint, int*, void>)
            Librdkafka.Export("rd_kafka_mock_push_request_errors_array");
        fixed (int* c = codes)
            push(Live(), request, (nuint)codes.Length, c);
    }

    /// <summary>Cuts or restores the connections of a node (the first is 1).</summary>
    public void SetReachable(int node, bool reachable)
    {
        var set = (delegate* unmanaged[Cdecl]<nint, int, int>)
            Librdkafka.Export(reachable ? "rd_kafka_mock_broker_set_up" : "rd_kafka_mock_broker_set_down");
        Require(set(Live(), node), $"node {node}");
    }

    /// <summary>Ends the broker. Dispose its clients first, or they report a broken connection.</summary>
    public void Dispose()
    {
        nint cluster = Interlocked.Exchange(ref _cluster, 0);
        if (cluster == 0)
            return;
        ((delegate* unmanaged[Cdecl]<nint, void>)Librdkafka.Export("rd_kafka_mock_cluster_destroy"))(cluster); // before its owner
        DestroyClient();
    }

    private nint Live()
    {
        ObjectDisposedException.ThrowIf(_cluster == 0, this);
        return _cluster;
    }

    private void DestroyClient() => ((delegate* unmanaged[Cdecl]<nint, void>)Librdkafka.Export("rd_kafka_destroy"))(_client);

    private static void Require(int code, string what)
    {
        if (code != 0)
            throw new InvalidOperationException($"embedded broker: {what}: {(Confluent.Kafka.ErrorCode)code}");
    }
}
