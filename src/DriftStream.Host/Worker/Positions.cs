using System.Text.Json;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

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
            if (record.Value is null || (record.Key is not null && WebhookPositions.IsOne(record.Key))) continue;
            if (Read(record.Value) is not { } position)
            {
                logger.CountsUnreadable(topics.Positions, record.Partition, record.Offset, record.Value.Length);
                continue;
            }

            // Two owners may have written one after the other: the further position is just as true, and saves counting again.
            if (!positions.TryGetValue(position.Source, out Position? known) || position.Next > known.Next) positions[position.Source] = position;
        }

        failure = tail.Failure;
        return positions;
    }

    private static Position? Read(byte[] record)
    {
        try
        {
            return JsonSerializer.Deserialize(record, WorkerJson.Default.Position);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
