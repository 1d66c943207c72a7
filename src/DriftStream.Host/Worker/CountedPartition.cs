using Confluent.Kafka;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>A partition that this worker counts.</summary>
internal sealed class CountedPartition(PartitionCounter counter, long since)
{
    private FateCounts _finished;

    /// <summary>Who may use the rest of this, and when.</summary>
    public Turns Turns { get; } = new();

    public PartitionCounter Counter { get; } = counter;

    /// <summary>Where the end was when it was last reached, or -1.</summary>
    public long End { get; set; } = -1;

    /// <summary>When the last record came, by this worker's clock.</summary>
    public long LastRecord { get; private set; } = since;

    /// <summary>Of everything counted since this worker took the partition over.</summary>
    public FateCounts Fates => _finished + Counter.Fates;

    public void Took(long now) => LastRecord = now;

    /// <summary>To be called before the counter forgets the fates of its segment.</summary>
    public void Finished() => _finished += Counter.Fates;
}

/// <summary>
/// Partition counts of the source topics, asked for again every half minute. Counts never shrink, so the last answer stands in for a
/// broker that is too busy to answer. Thread-safe.
/// </summary>
internal sealed class SourceTopics(Handle handle, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30), Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Partitions, long Asked)> _known = new(StringComparer.Ordinal);

    /// <exception cref="KafkaException">The broker has never answered, or knows no such topic.</exception>
    public int Partitions(string topic)
    {
        lock (_gate)
        {
            if (_known.TryGetValue(topic, out (int Partitions, long Asked) known) && time.GetElapsedTime(known.Asked) < Fresh) return known.Partitions;
            using IAdminClient admin = new DependentAdminClientBuilder(handle).Build();
            int partitions = known.Partitions;
            try
            {
                TopicMetadata found = admin.GetMetadata(topic, Patience).Topics[0];
                if (found.Error.IsError) throw new KafkaException(found.Error);
                partitions = found.Partitions.Count;
            }
            catch (KafkaException e) when (known.Partitions > 0 && KafkaFailure.KindOf(e.Error.Code) == KafkaErrorKind.Unreachable)
            {
                // It is asked again in half a minute.
            }

            _known[topic] = (partitions, time.GetTimestamp());
            return partitions;
        }
    }
}

/// <summary>Reads the position records: where each partition's next segment starts.</summary>
internal static class Positions
{
    public static Dictionary<SourcePartition, Position> Read(KafkaSettings kafka, TopicNames topics, ILogger logger, out KafkaFailure? failure)
    {
        var positions = new Dictionary<SourcePartition, Position>();
        using LogTail? tail = LogTail.Topic(kafka, topics.Positions, follow: false, logger, out failure);
        if (tail is null) return positions;
        while (tail.TryRead(out LogRecord record))
        {
            if (record.Value is null) continue;
            if (System.Text.Json.JsonSerializer.Deserialize(record.Value, WorkerJson.Default.Position) is not { } position) continue;
            // Two owners may have written one after the other: the further one is as true, and saves counting again.
            if (!positions.TryGetValue(position.Source, out Position? known) || position.Next > known.Next) positions[position.Source] = position;
        }

        failure = tail.Failure;
        return positions;
    }
}
