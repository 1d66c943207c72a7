using System.Diagnostics;
using Confluent.Kafka;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Whether source partitions are still those that were counted: a topic that is deleted and made again begins at offset 0, and what stands there at the
/// offsets that were counted is something else. Position records remember two records by their timestamps. The broker's own id of the topic cannot be asked
/// for: librdkafka's DescribeTopics hangs or ends the process where a broker goes away.
/// </summary>
internal static class TopicMarks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>A source partition, the marks of what was counted, and what the broker holds of it.</summary>
    /// <param name="Position">Where it was counted up to.</param>
    /// <param name="Low">The oldest offset.</param>
    /// <param name="High">The end.</param>
    public readonly record struct Known(Position Position, long Low, long High)
    {
        /// <summary>Marks that can be read.</summary>
        public IEnumerable<RecordMark> Readable
        {
            get
            {
                (long low, long high) = (Low, High);
                return Marks.Where(m => m.Offset.InTopic >= low && m.Offset.InTopic < high);
            }
        }

        public IEnumerable<RecordMark> Marks => new[] { Position.First, Position.Last }.OfType<RecordMark>();
    }

    /// <summary>
    /// Those that were made again: a mark is another record now, or the log ends before all of them. Where the log ends between two marks and the first is
    /// what it was, a broker has lost the end of it, and the topic is the same.
    /// </summary>
    /// <param name="kafka">How the broker is reached.</param>
    /// <param name="known">What is known of each.</param>
    /// <param name="logger">For what librdkafka says.</param>
    /// <param name="failure">Why that could not be found out, or null.</param>
    public static HashSet<SourcePartition> MadeAgain(KafkaSettings kafka, IReadOnlyList<Known> known, ILogger logger, out KafkaFailure? failure)
    {
        failure = null;
        var again = new HashSet<SourcePartition>();
        var toRead = new Dictionary<TopicPartition, Queue<RecordMark>>();
        foreach (Known one in known.Where(k => k.Marks.Any()))
        {
            var readable = new Queue<RecordMark>(one.Readable.Distinct());
            if (readable.Count > 0) toRead.Add(At(one.Position.Source), readable);
            else if (one.Marks.All(m => m.Offset.InTopic >= one.High)) again.Add(one.Position.Source);
        }

        if (toRead.Count > 0) failure = Read(kafka, toRead, again, logger);
        return again;
    }

    private static KafkaFailure? Read(
        KafkaSettings kafka, Dictionary<TopicPartition, Queue<RecordMark>> toRead, HashSet<SourcePartition> again, ILogger logger)
    {
        using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(ClientSettings.Reader(kafka)).LogTo(logger).Build();
        try
        {
            consumer.Assign(toRead.Select(t => new TopicPartitionOffset(t.Key, t.Value.Peek().Offset.InTopic.Value)));
            long began = Stopwatch.GetTimestamp();
            while (toRead.Count > 0)
            {
                if (Stopwatch.GetElapsedTime(began) > Patience)
                {
                    TopicPartition first = toRead.Keys.First();
                    return new KafkaFailure(KafkaErrorKind.Unreachable,
                        $"{first.Topic}[{first.Partition.Value}]: whether it was made again could not be read within {Patience.TotalSeconds:0} s");
                }

                if (consumer.Consume(Poll) is not { } read) continue;
                if (!toRead.TryGetValue(read.TopicPartition, out Queue<RecordMark>? marks)) continue;
                RecordMark mark = marks.Dequeue();
                // Compaction takes records away: what comes instead says nothing.
                bool isIt = read.IsPartitionEOF || read.Offset.Value != mark.Offset.InTopic || read.Message.Timestamp.UnixTimestampMs * 1000 == mark.Timestamp;
                if (!isIt) again.Add(new SourcePartition(read.Topic, read.Partition.Value));
                if (isIt && marks.TryPeek(out RecordMark? next)) consumer.Seek(new TopicPartitionOffset(read.TopicPartition, next.Offset.InTopic.Value));
                else toRead.Remove(read.TopicPartition);
            }

            return null;
        }
        catch (KafkaException e)
        {
            return KafkaFailure.From(e.Error, "looking up whether a source topic was made again");
        }
        finally
        {
            consumer.Close();
        }
    }

    private static TopicPartition At(SourcePartition source) => new(source.Topic, source.Partition);
}
