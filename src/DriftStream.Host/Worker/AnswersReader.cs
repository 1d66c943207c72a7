using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>Reads what people answer: the topics of all owners, each in its order. Single-threaded.</summary>
/// <remarks>
/// A desk may let time pass only once it has heard all that was said before: <see cref="Ends"/> asks the broker how far that is, and
/// <see cref="HasReached"/> says when it has been read. A topic that is not there holds nothing; one whose broker does not answer holds time.
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

    /// <summary>Reads these topics, each from an offset; what was read of others is forgotten.</summary>
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
            if (read is null) return null;
            // The end lies behind what compaction has taken, which is no record.
            _next[read.Topic] = read.IsPartitionEOF ? Math.Max(read.Offset, _next[read.Topic]) : read.Offset + 1;
            return read.IsPartitionEOF ? null : LogRecord.Of(read);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            // A topic that compaction or an operator has cut off below where we stand is read from its start: the fold knows what it has heard.
            if (KafkaFailure.KindOf(e.Error.Code) == KafkaErrorKind.OffsetGone && e.ConsumerRecord is { } at)
                _consumer.Seek(new TopicPartitionOffset(at.TopicPartition, Offset.Beginning));
            else _logger.Consuming(e.Error);
            return null;
        }
    }

    /// <summary>How far each topic goes now; null where the broker does not say of all that exist.</summary>
    public IReadOnlyDictionary<string, long>? Ends()
    {
        if (_next.Count == 0) return new Dictionary<string, long>();
        try
        {
            // The time -1 stands for the end.
            List<TopicPartitionOffset> ends = _consumer.OffsetsForTimes(
                _next.Keys.Select(t => new TopicPartitionTimestamp(t, 0, new Timestamp(-1, TimestampType.NotAvailable))), Patience);
            return ends.ToDictionary(e => e.Topic, e => Math.Max(0, e.Offset.Value));
        }
        catch (TopicPartitionOffsetException e)
        {
            var ends = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (TopicPartitionOffsetError result in e.Results)
            {
                if (!result.Error.IsError) ends.Add(result.Topic, Math.Max(0, result.Offset.Value));
                else if (KafkaFailure.KindOf(result.Error.Code) == KafkaErrorKind.Missing) ends.Add(result.Topic, 0);
                else return null;
            }

            return ends;
        }
        catch (KafkaException e)
        {
            _logger.Consuming(e.Error);
            return null;
        }
    }

    /// <summary>Whether everything below the ends has been read.</summary>
    public bool HasReached(IReadOnlyDictionary<string, long> ends) => ends.All(e => _next.TryGetValue(e.Key, out long next) && next >= e.Value);

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }
}
