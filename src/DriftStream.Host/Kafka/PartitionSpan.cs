using Confluent.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>Which offsets a partition holds, and when its first and its last record were stamped.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Partition">Its number.</param>
/// <param name="Low">The oldest offset.</param>
/// <param name="High">The one after the newest.</param>
/// <param name="First">Timestamp of the first record in microseconds; <c>EventTime.None</c> where there is none.</param>
/// <param name="Last">Timestamp of the last record.</param>
internal readonly record struct PartitionSpan(string Topic, int Partition, long Low, long High, long First, long Last)
{
    // Markers of transactions and gaps of compaction are offsets without a record.
    private const long MostGap = 1 << 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public bool IsEmpty => First == EventTime.None;

    public TopicPartition At => new(Topic, Partition);

    /// <summary>Those of all partitions of some topics, in order; null with a failure. Reads two records of each.</summary>
    public static IReadOnlyList<PartitionSpan>? Read(
        KafkaSettings kafka, IEnumerable<string> topics, ILogger logger, out KafkaFailure? failure, CancellationToken cancel)
    {
        var spans = new List<PartitionSpan>();
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(kafka)).LogTo(logger).Build();
        try
        {
            foreach (string topic in topics.Order(StringComparer.Ordinal))
            {
                int partitions = Partitions.Of(kafka, topic, Patience, logger, out failure);
                if (failure is not null) return null;
                for (int partition = 0; partition < partitions; partition++)
                {
                    cancel.ThrowIfCancellationRequested();
                    spans.Add(Of(consumer, new TopicPartition(topic, partition)));
                }
            }

            failure = null;
            return spans;
        }
        catch (KafkaException e)
        {
            failure = KafkaFailure.From(e.Error, string.Join(", ", topics));
            return null;
        }
        finally
        {
            consumer.Close();
        }
    }

    private static PartitionSpan Of(IConsumer<byte[]?, byte[]?> consumer, TopicPartition at)
    {
        WatermarkOffsets marks = consumer.QueryWatermarkOffsets(at, Patience);
        var span = new PartitionSpan(at.Topic, at.Partition, marks.Low.Value, marks.High.Value, EventTime.None, EventTime.None);
        if (span.High <= span.Low || Stamp(consumer, at, span.Low) is not { } first) return span;
        long last = first;
        for (long back = 1; back <= MostGap; back *= 2)
        {
            if (Stamp(consumer, at, Math.Max(span.Low, span.High - back)) is not { } found) continue;
            last = found;
            break;
        }

        return span with { First = first, Last = last };
    }

    // Of the first record from an offset on, or null where there is none.
    private static long? Stamp(IConsumer<byte[]?, byte[]?> consumer, TopicPartition at, long offset)
    {
        consumer.Assign(new TopicPartitionOffset(at, offset));
        ConsumeResult<byte[]?, byte[]?>? read = consumer.Consume(Patience);
        if (read is null) throw new KafkaException(new Error(ErrorCode.Local_TimedOut, $"{at.Topic}[{at.Partition.Value}]: no record came"));
        return read.IsPartitionEOF ? null : read.Message.Timestamp.UnixTimestampMs * 1000;
    }
}
