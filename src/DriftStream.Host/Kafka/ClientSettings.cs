using System.Collections.Frozen;
using System.Collections.Immutable;
using Confluent.Kafka;
using DriftStream.Plan;

namespace DriftStream.Host.Kafka;

/// <summary>Settings of every Kafka client in this process.</summary>
/// <remarks>
/// Three layers: our defaults, then the <c>kafka.client</c> properties of the configuration, then the rules that
/// correctness rests on. A property that a rule sets is refused in the configuration, never silently overruled.
/// </remarks>
public static class ClientSettings
{
    /// <summary>The largest message we write, and the <c>max.message.bytes</c> of our topics.</summary>
    public const int MaxMessageBytes = 4 << 20;

    /// <summary>The group id of readers without a group; they join none and commit nothing.</summary>
    public const string ReaderGroup = "driftstream-reader";

    private const string Owned = "DriftStream sets it: what it counts would else not be exact";
    private const string Code = "it loads or runs code that the configuration names";
    private const string Elsewhere = "it has its own place in the configuration";

    private static readonly FrozenDictionary<string, string> Refused = new Dictionary<string, string>
    {
        ["bootstrap.servers"] = Elsewhere,
        ["metadata.broker.list"] = Elsewhere,
        ["plugin.library.paths"] = Code,
        ["ssl.engine.location"] = Code,
        ["sasl.kerberos.kinit.cmd"] = Code,
        ["acks"] = Owned,
        ["request.required.acks"] = Owned,
        ["enable.idempotence"] = Owned,
        ["transactional.id"] = Owned,
        ["isolation.level"] = Owned,
        ["group.id"] = Owned,
        ["group.protocol"] = Owned,
        ["group.remote.assignor"] = Owned,
        ["partition.assignment.strategy"] = Owned,
        ["enable.auto.commit"] = Owned,
        ["auto.commit.enable"] = Owned,
        ["enable.auto.offset.store"] = Owned,
        ["auto.offset.reset"] = Owned,
        ["enable.partition.eof"] = Owned,
        ["allow.auto.create.topics"] = Owned,
        ["statistics.interval.ms"] = Owned,
        ["message.max.bytes"] = Owned,
    }.ToFrozenDictionary();

    /// <summary>One sentence for each property of the configuration that is refused, by us or by librdkafka.</summary>
    public static ImmutableArray<string> Check(KafkaSettings kafka)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        foreach ((string property, string value) in kafka.Client)
        {
            if (WhyRefused(property) is { } why)
                found.Add($"kafka.client.{property}: {why}");
            else if (Librdkafka.WhyRefused(property, value) is { } reason)
                found.Add($"kafka.client.{property}: {reason}");
        }
        return found.DrainToImmutable();
    }

    /// <summary>
    /// A member of a group: it commits only what <see cref="GroupOffsets"/> was told, never jumps where an offset is gone, and gives
    /// partitions up one by one.
    /// </summary>
    /// <exception cref="ArgumentException">A refused property.</exception>
    public static ConsumerConfig Consumer(KafkaSettings kafka, string group)
    {
        return new(Merge(kafka, new()
        {
            ["queued.max.messages.kbytes"] = "65536", // 32 MiB is counted before a full queue is looked at again
            ["fetch.message.max.bytes"] = "4194304", // of a partition: 1 MiB asks the broker too often (1.4x slower)
            ["fetch.max.bytes"] = "16777216", // of a broker: the C library maps and unmaps what is larger than 32 MiB (5x slower)
            ["queued.min.messages"] = "1000",
            ["fetch.queue.backoff.ms"] = "5", // 1 s else, whenever the bounded queue was full once: it is empty again after 15 ms
            ["fetch.wait.max.ms"] = "50",
            ["max.poll.interval.ms"] = "60000",
            ["session.timeout.ms"] = "10000",
            ["auto.commit.interval.ms"] = "1000",
            ["topic.metadata.refresh.interval.ms"] = "5000", // a source topic that is made later is taken up soon: 5 minutes else
        }))
        {
            GroupId = group,
            EnableAutoCommit = true,
            EnableAutoOffsetStore = false, // what was only consumed is not done with
            AutoOffsetReset = AutoOffsetReset.Error,
            IsolationLevel = IsolationLevel.ReadCommitted,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            EnablePartitionEof = true,
            AllowAutoCreateTopics = false,
        };
    }

    /// <summary>A reader that is assigned its partitions by hand.</summary>
    /// <exception cref="ArgumentException">A refused property.</exception>
    public static ConsumerConfig Reader(KafkaSettings kafka) => new(Consumer(kafka, ReaderGroup)) { EnableAutoCommit = false };

    /// <summary>An idempotent producer; with an id it is transactional, and its predecessor of the same id is fenced.</summary>
    /// <exception cref="ArgumentException">A refused property.</exception>
    public static ProducerConfig Producer(KafkaSettings kafka, string? transactionalId = null)
    {
        var config = new ProducerConfig(Merge(kafka, new()
        {
            ["compression.type"] = "lz4",
            ["linger.ms"] = "5",
            ["message.timeout.ms"] = "30000", // a delivery is known within it, one way or the other
        }))
        {
            EnableIdempotence = true,
            Acks = Acks.All,
            MessageMaxBytes = MaxMessageBytes,
            // Otherwise records live until they are acknowledged, long enough for a second generation, although librdkafka has copied them.
            DeliveryReportFields = "none",
        };
        if (transactionalId is not null)
            config.TransactionalId = transactionalId;
        return config;
    }

    /// <summary>For topics and metadata.</summary>
    /// <exception cref="ArgumentException">A refused property.</exception>
    public static AdminClientConfig Admin(KafkaSettings kafka) => new(Merge(kafka, [])) { AllowAutoCreateTopics = false };

    private static Dictionary<string, string> Merge(KafkaSettings kafka, Dictionary<string, string> settings)
    {
        settings["client.id"] = "driftstream";
        settings["socket.keepalive.enable"] = "true";
        settings["topic.metadata.propagation.max.ms"] = "5000"; // topics exist before we use them: 30 s of doubt helps nobody
        foreach ((string property, string value) in kafka.Client)
        {
            if (WhyRefused(property) is { } why)
                throw new ArgumentException($"kafka.client.{property}: {why}", nameof(kafka));
            settings[property] = value;
        }
        settings["bootstrap.servers"] = kafka.Bootstrap;
        settings["statistics.interval.ms"] = "0";
        return settings;
    }

    private static string? WhyRefused(string property) =>
        property.StartsWith("test.mock.", StringComparison.Ordinal) ? "it replaces the broker"
        : property.StartsWith("dotnet.", StringComparison.Ordinal) ? Owned
        : Refused.GetValueOrDefault(property);
}
