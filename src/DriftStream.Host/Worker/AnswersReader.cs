using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>Reads what people answer: the topics of all owners, each in its order. Single-threaded.</summary>
/// <remarks>
/// A desk may let time pass only once it has heard all that was said before: <see cref="Ends"/> asks the broker how far that is, and
/// <see cref="HasReached"/> says when it has been read. A topic that is not there holds nothing, nor does one that may not be read: one owner's missing right
/// would hold the deadlines of all. One whose broker does not answer holds time.
/// </remarks>
internal sealed class AnswersReader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly ILogger _logger;
    private readonly Dictionary<string, long> _next = new(StringComparer.Ordinal);

    public AnswersReader(KafkaSettings kafka, ILogger logger)
    {
        _logger = logger;
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(kafka)).LogTo(logger).Build();
    }

    /// <summary>A topic that may not be read, or null.</summary>
    public string? Denied { get; private set; }

    /// <summary>Reads these topics, each from an offset; others are read no more.</summary>
    public void Follow(IReadOnlyDictionary<string, long> from)
    {
        _next.Clear();
        foreach ((string topic, long offset) in from) _next.Add(topic, offset);
        _consumer.Assign(from.Select(f => new TopicPartitionOffset(f.Key, 0, f.Value)));
    }

    /// <summary>The next answer that is there, or null.</summary>
    /// <param name="wait">How long to wait for one.</param>
    /// <exception cref="KafkaException">The consumer can go on no more.</exception>
    public LogRecord? Read(TimeSpan wait)
    {
        try
        {
            ConsumeResult<byte[]?, byte[]?>? read = _consumer.Consume(wait);
            if (read is null || !_next.TryGetValue(read.Topic, out long next)) return null;
            // The end lies behind what compaction has taken, which is no record.
            _next[read.Topic] = read.IsPartitionEOF ? Math.Max(read.Offset, next) : read.Offset + 1;
            return read.IsPartitionEOF ? null : LogRecord.Of(read);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            _logger.Consuming(e.Error);
            return null;
        }
    }

    /// <summary>How far topics go now; those that are not there are left out. Null where the broker does not say of all that are.</summary>
    public IReadOnlyDictionary<string, long>? Ends(IReadOnlyCollection<string> topics)
    {
        var ends = new Dictionary<string, long>(StringComparer.Ordinal);
        Denied = null;
        if (topics.Count == 0) return ends;
        try
        {
            // The time -1 stands for the end.
            foreach (TopicPartitionOffset end in _consumer.OffsetsForTimes(
                topics.Select(t => new TopicPartitionTimestamp(t, 0, new Timestamp(-1, TimestampType.NotAvailable))), Patience))
                ends.Add(end.Topic, Math.Max(0, end.Offset.Value));
            return ends;
        }
        catch (TopicPartitionOffsetException e)
        {
            foreach (TopicPartitionOffsetError result in e.Results)
            {
                if (!result.Error.IsError) ends.Add(result.Topic, Math.Max(0, result.Offset.Value));
                else if (KafkaFailure.KindOf(result.Error.Code) == KafkaErrorKind.Denied) Denied ??= result.Topic;
                else if (KafkaFailure.KindOf(result.Error.Code) != KafkaErrorKind.Missing) return null;
            }

            return ends;
        }
        catch (KafkaException e)
        {
            _logger.Consuming(e.Error);
            return null;
        }
    }

    /// <summary>Whether every topic that holds something is read, and none goes less far than it was read.</summary>
    public bool Follows(IReadOnlyDictionary<string, long> ends) =>
        ends.All(e => _next.TryGetValue(e.Key, out long next) ? next <= e.Value : e.Value == 0);

    /// <summary>Whether everything below the ends has been read.</summary>
    public bool HasReached(IReadOnlyDictionary<string, long> ends) => ends.All(e => _next.GetValueOrDefault(e.Key) >= e.Value);

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }
}
