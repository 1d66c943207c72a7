using Confluent.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>
/// The records of partitions before a time, in the order of topics, partitions and offsets: all of them, or where they are too many every second,
/// fourth ... run of <see cref="RunLength"/> offsets. Which those are follows from the log alone, so everybody reads the same.
/// </summary>
/// <param name="Records">The records.</param>
/// <param name="OneIn">1 where they are all; otherwise one run in so many was taken.</param>
internal sealed record FirstRecords(IReadOnlyList<LogRecord> Records, long OneIn)
{
    /// <summary>Offsets that are taken or left together: rows of neighbouring messages show how alike they are.</summary>
    public const int RunLength = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="kafka">The broker.</param>
    /// <param name="spans">Of all partitions, in order.</param>
    /// <param name="end">Microseconds: of each partition, the records before the first that is stamped then or later.</param>
    /// <param name="bytes">The most bytes of their values, which are kept in memory.</param>
    /// <param name="progress">Called with how many records have been read.</param>
    /// <returns>Null with a failure.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static FirstRecords? Read(KafkaSettings kafka, IReadOnlyList<PartitionSpan> spans, long end, long bytes, ILogger logger,
        Action<long> progress, out KafkaFailure? failure, CancellationToken cancel)
    {
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(kafka)).LogTo(logger).Build();
        try
        {
            var reading = new Reading(consumer, end, bytes, progress, cancel);
            foreach (PartitionSpan span in spans.Where(s => !s.IsEmpty)) reading.Add(span);
            failure = null;
            return new FirstRecords(reading.Kept, reading.OneIn);
        }
        catch (KafkaException e)
        {
            failure = KafkaFailure.From(e.Error, string.Join(", ", spans.Select(s => s.Topic).Distinct()));
            return null;
        }
        finally
        {
            consumer.Close();
        }
    }

    private sealed class Reading(
        IConsumer<byte[]?, byte[]?> consumer, long end, long most, Action<long> progress, CancellationToken cancel)
    {
        private long _bytes, _read;

        public List<LogRecord> Kept { get; private set; } = [];

        public long OneIn { get; private set; } = 1;

        public void Add(PartitionSpan span)
        {
            long next = span.Low, until = Until(span);
            consumer.Assign(new TopicPartitionOffset(span.At, next));
            while (next < until)
            {
                cancel.ThrowIfCancellationRequested();
                ConsumeResult<byte[]?, byte[]?> read = consumer.Consume(Patience)
                    ?? throw new KafkaException(new Error(ErrorCode.Local_TimedOut, $"{span.Topic}[{span.Partition}]: no record came"));
                if (read.IsPartitionEOF) return;
                LogRecord record = LogRecord.Of(read);
                if (record.Timestamp >= end) return;
                progress(++_read);
                Keep(record);
                next = record.Offset + 1;
                if (IsTaken(next)) continue;
                next = ((next / RunLength / OneIn) + 1) * OneIn * RunLength;
                if (next < until) consumer.Assign(new TopicPartitionOffset(span.At, next));
            }
        }

        // The broker's index of times; where it has none, the end, and the records themselves say where to stop.
        private long Until(PartitionSpan span)
        {
            var time = new TopicPartitionTimestamp(span.At, new Timestamp(end / 1000, TimestampType.CreateTime));
            Offset found = consumer.OffsetsForTimes([time], Patience)[0].Offset;
            return found.IsSpecial ? span.High : Math.Min(span.High, found.Value);
        }

        private bool IsTaken(long offset) => offset / RunLength % OneIn == 0;

        private void Keep(LogRecord record)
        {
            if (!IsTaken(record.Offset)) return; // a gap hid where its run begins
            Kept.Add(record);
            _bytes += record.Value?.Length ?? 0;
            while (_bytes > most && Kept.Count > RunLength)
            {
                OneIn *= 2;
                Kept = [.. Kept.Where(k => IsTaken(k.Offset))];
                _bytes = Kept.Sum(k => (long)(k.Value?.Length ?? 0));
            }
        }
    }
}
