using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>Finds the last checkpoint that was committed for a partition.</summary>
/// <remarks>
/// Once the producer is open, none of the partition's judges, or desks, has an open transaction. If records of one still hold back the readers of the
/// checkpoints, the broker has forgotten to end it; the next commit would show them together with the same records, written again. So they are
/// rolled back. Judges and desks have a topic of checkpoints each: in one topic the open transaction of the one would hide what the other has committed.
/// </remarks>
internal static class CommittedCheckpoint
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Settling = TimeSpan.FromSeconds(1);

    /// <summary>That of a judge, or null.</summary>
    public static byte[]? OfJudge(
        int partition, KafkaSettings kafka, TopicNames topics, AckedProducer producer, ILogger logger, out KafkaFailure? failure) =>
        Last(topics.Checkpoints, partition, [topics.Panes, topics.Desk], topics.Verdicts, kafka, producer, logger, out failure);

    /// <summary>That of a desk, or null.</summary>
    public static byte[]? OfDesk(
        int partition, KafkaSettings kafka, TopicNames topics, AckedProducer producer, ILogger logger, out KafkaFailure? failure) =>
        Last(topics.DeskCheckpoints, partition, [topics.Alerts, topics.Actions], null, kafka, producer, logger, out failure);

    private static byte[]? Last(
        string topic, int partition, string[] inPartition, string? inAny, KafkaSettings kafka, AckedProducer producer, ILogger logger,
        out KafkaFailure? failure)
    {
        // The end of a transaction is written a little later than its coordinator reports it.
        for (int tries = 3; ; tries--)
        {
            byte[]? last = null;
            using LogTail tail = LogTail.Partition(kafka, topic, partition, null, logger);
            while (tail.TryRead(out LogRecord record)) last = record.Value ?? last;
            failure = tail.Failure;
            if (failure is not null || !tail.IsHeldBack) return last;
            Thread.Sleep(Settling);
            if (tries > 1) continue;
            List<TopicPartition> touched = [.. inPartition.Append(topic).Select(t => new TopicPartition(t, partition))];
            if (inAny is not null)
            {
                int partitions = Partitions.Of(kafka, inAny, Patience, logger, out failure);
                if (failure is not null) return last;
                touched.AddRange(Enumerable.Range(0, partitions).Select(p => new TopicPartition(inAny, p)));
            }

            logger.TransactionWithoutEnd(partition);
            failure = producer.RollBack(touched);
            return last;
        }
    }
}
