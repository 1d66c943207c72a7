using System.Diagnostics;
using Confluent.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>A record as it lies in the log.</summary>
/// <param name="Timestamp">In whole milliseconds.</param>
/// <param name="Value">Null for a tombstone.</param>
public readonly record struct LogRecord(
    string Topic, int Partition, long Offset, EventTime Timestamp, byte[]? Key, byte[]? Value, Headers Headers)
{
    /// <summary>What a consumer has read; not the end of a partition. A producer may stamp whatever it likes: no time is too great.</summary>
    internal static LogRecord Of(ConsumeResult<byte[]?, byte[]?> read) => new(
        read.Topic, read.Partition, read.Offset, new(unchecked(read.Message.Timestamp.UnixTimestampMs * 1000)), read.Message.Key, read.Message.Value,
        read.Message.Headers);
}

/// <summary>Reads partitions of one topic from a given offset to their end once, or goes on from there.</summary>
/// <remarks>
/// The end is where the broker says that there is no more, never the last record + 1: transaction markers take offsets, and
/// compaction leaves gaps. What is appended during the reading is read too, until the end is reached once. Single-threaded.
/// </remarks>
public sealed class LogTail : IDisposable
{
    private static readonly TimeSpan AskAfter = TimeSpan.FromSeconds(3), Introduction = TimeSpan.FromSeconds(1);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly SortedDictionary<int, long> _ends = [];
    private readonly string _topic;
    private readonly int _partitions;
    private readonly bool _follow;
    private readonly TimeSpan _patience;
    private readonly int _greatest;
    private readonly BrokerWords _words = new();
    private bool _asked;

    private LogTail(KafkaSettings kafka, string topic, IReadOnlyCollection<TopicPartitionOffset> starts, bool follow,
        TimeSpan patience, ILogger logger)
    {
        (_topic, _partitions, _follow, _patience) = (topic, starts.Count, follow, patience);
        _greatest = starts.Max(s => s.Partition.Value);
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(kafka)).LogTo(logger, _words).Build();
        Introduce(starts.First().TopicPartition);
        _consumer.Assign(starts);
    }

    /// <summary>Why reading ended before the end, or null.</summary>
    public KafkaFailure? Failure { get; private set; }

    /// <summary>The end of each partition that was reached: the offset that the next record will take, or a greater one.</summary>
    public IReadOnlyDictionary<int, long> Ends => _ends;

    /// <summary>Whether records lie behind the end that was reached: those of a transaction that is still open.</summary>
    public bool IsHeldBack => _ends.Any(end => _consumer.GetWatermarkOffsets(new TopicPartition(_topic, end.Key)).High.Value > end.Value);

    /// <summary>One partition, from its oldest record or from an offset.</summary>
    /// <param name="from">Null for the low watermark. An offset that is gone is a failure, not a jump.</param>
    /// <param name="patience">How long the broker may give neither a record nor the end before it counts as unreachable; default 30 s.</param>
    /// <param name="follow">Goes on after the end, until cancelled.</param>
    public static LogTail Partition(KafkaSettings kafka, string topic, int partition, long? from, ILogger logger,
        TimeSpan? patience = null, bool follow = false) =>
        new(kafka, topic, [new(topic, partition, from is { } offset ? new Offset(offset) : Offset.Beginning)], follow,
            patience ?? TimeSpan.FromSeconds(30), logger);

    /// <summary>Every partition from its oldest record; records come in the order of each partition, mixed between partitions.</summary>
    /// <param name="follow">Goes on after the ends, until cancelled.</param>
    /// <returns>The reader, or null and the failure when the topic's partitions cannot be learned.</returns>
    public static LogTail? Topic(KafkaSettings kafka, string topic, bool follow, ILogger logger, out KafkaFailure? failure,
        TimeSpan? patience = null)
    {
        var wait = patience ?? TimeSpan.FromSeconds(30);
        int partitions = Partitions.Of(kafka, topic, wait, logger, out failure);
        return failure is null
            ? new(kafka, topic, [.. Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning))],
                follow, wait, logger)
            : null;
    }

    /// <summary>Every partition from its first record of a time on, to its end; at most a few records too many.</summary>
    /// <param name="since">By the records' timestamps.</param>
    /// <returns>The reader, or null and the failure when the topic's partitions cannot be learned.</returns>
    public static LogTail? Since(KafkaSettings kafka, string topic, EventTime since, ILogger logger, out KafkaFailure? failure)
    {
        var wait = TimeSpan.FromSeconds(30);
        int partitions = Kafka.Partitions.Of(kafka, topic, wait, logger, out failure);
        if (failure is not null) return null;
        var words = new BrokerWords();
        using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(ClientSettings.Reader(kafka)).LogTo(logger, words).Build();
        try
        {
            var times = Enumerable.Range(0, partitions)
                .Select(p => new TopicPartitionTimestamp(topic, p, new Timestamp(since / 1000, TimestampType.CreateTime)));
            List<TopicPartitionOffset> starts = [.. words.Ask(wait, w => consumer.OffsetsForTimes(times, w)).Select(o => Start(consumer, o, wait))];
            return new(kafka, topic, starts, follow: false, wait, logger);
        }
        catch (KafkaException e)
        {
            failure = words.Failure(e.Error, topic);
            return null;
        }
        finally
        {
            consumer.Close();
        }
    }

    // Where no record is as late, or the broker has no index of times, the last ones are read: they say themselves how late they are.
    private static TopicPartitionOffset Start(IConsumer<Ignore, Ignore> consumer, TopicPartitionOffset found, TimeSpan wait)
    {
        const long last = 1000;
        if (!found.Offset.IsSpecial) return found;
        WatermarkOffsets ends = consumer.QueryWatermarkOffsets(found.TopicPartition, wait);
        return new TopicPartitionOffset(found.TopicPartition, Math.Max(ends.Low.Value, ends.High.Value - last));
    }

    /// <inheritdoc cref="TryRead(out LogRecord, TimeSpan?, CancellationToken)"/>
    public bool TryRead(out LogRecord record, CancellationToken cancel = default) => TryRead(out record, null, cancel);

    /// <summary>The next record.</summary>
    /// <param name="record">What was read.</param>
    /// <param name="wait">How long to wait for it while following; null for ever.</param>
    /// <returns>False at the end of all partitions, after <paramref name="wait"/>, or when <see cref="Failure"/> says why not.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool TryRead(out LogRecord record, TimeSpan? wait, CancellationToken cancel = default)
    {
        record = default;
        long quietSince = Stopwatch.GetTimestamp();
        while (Failure is null && (_follow || _ends.Count < _partitions))
        {
            cancel.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(quietSince) > wait) return false;
            ConsumeResult<byte[]?, byte[]?>? result = null;
            try
            {
                result = _consumer.Consume(100);
            }
            catch (ConsumeException e) when (_follow && KafkaFailure.KindOf(e.Error.Code) == KafkaErrorKind.Unreachable)
            {
                continue;
            }
            catch (KafkaException e)
            {
                Failure = KafkaFailure.From(e.Error, _topic);
                return false;
            }
            if (result is null)
            {
                if (!_follow)
                    Failure = WhyQuiet(Stopwatch.GetElapsedTime(quietSince));
            }
            else if (result.IsPartitionEOF)
            {
                _ends[result.Partition] = result.Offset;
                quietSince = Stopwatch.GetTimestamp();
            }
            else
            {
                record = LogRecord.Of(result);
                return true;
            }
        }
        return false;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    // librdkafka begins to read a topic it has not heard of only at its next look at all topics, half a second later; a question about it is answered at once.
    private void Introduce(TopicPartition partition)
    {
        try
        {
            _consumer.QueryWatermarkOffsets(partition, Introduction);
        }
        catch (KafkaException)
        {
            // Whoever reads learns why.
        }
    }

    /// <summary>Why nothing comes: librdkafka asks for the oldest offset of a topic that does not exist again and again, without an error.</summary>
    private KafkaFailure? WhyQuiet(TimeSpan quiet)
    {
        if (!_asked && quiet > AskAfter)
        {
            _asked = true;
            using var admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
            int partitions = Partitions.Of(admin, _topic, AskAfter, _words, out var failure);
            if (failure is { Kind: not KafkaErrorKind.Unreachable })
                return failure;
            if (failure is null && partitions <= _greatest)
                return new(KafkaErrorKind.Missing, $"{_topic}[{_greatest}]: the topic has {partitions} partitions");
        }
        return quiet > _patience ? new(KafkaErrorKind.Unreachable, $"{_topic}: neither a record nor the end within {_patience}") : null;
    }
}
