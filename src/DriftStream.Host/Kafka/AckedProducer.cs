using Confluent.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Kafka;

/// <summary>A record to be written.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Partition">Its partition, or null for the one that the key's hash names.</param>
/// <param name="Key">UTF-8 in most cases; null for none.</param>
/// <param name="Value">Null is a tombstone.</param>
/// <param name="Timestamp">Kafka keeps milliseconds. Null stands for the time of sending, and so does the first
/// millisecond of 1970: librdkafka takes 0 for "now".</param>
public sealed record OutgoingRecord(
    string Topic, int? Partition, byte[]? Key, byte[]? Value, EventTime? Timestamp = null, Headers? Headers = null);

/// <summary>A producer with a barrier: what must come later is sent after <see cref="Barrier"/> says that everything before is written.</summary>
/// <remarks>
/// The first failure is kept and ends this producer: what was sent after it may or may not be in the log, so every later call
/// answers with that failure, and the caller starts again with a new one. Threads may send side by side; a barrier waits for all of them.
/// </remarks>
public sealed partial class AckedProducer : IDisposable
{
    /// <summary>How many records may be sent and not yet acknowledged; <see cref="Send"/> waits for room.</summary>
    public const int MaxOutstanding = 10_000;

    /// <summary>How many bytes their keys and values may have; a single record may exceed it.</summary>
    public const long MaxOutstandingBytes = 32L << 20;

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly object _gate = new();
    private int _outstanding;
    private long _outstandingBytes;
    private KafkaFailure? _failure;

    /// <param name="transactionalId">If given, <see cref="Open"/> must come first, and every record goes through <see cref="Write"/>.</param>
    /// <exception cref="ArgumentException">A refused property.</exception>
    /// <exception cref="InvalidOperationException">librdkafka refuses a setting.</exception>
    public AckedProducer(KafkaSettings kafka, ILogger logger, string? transactionalId = null)
    {
        _producer = new ProducerBuilder<byte[]?, byte[]?>(ClientSettings.Producer(kafka, transactionalId)).LogTo(logger).Build();
    }

    /// <summary>The first failure of any record so far, or null.</summary>
    public KafkaFailure? Failure
    {
        get
        {
            lock (_gate)
                return _failure;
        }
    }

    /// <summary>Records and their bytes that are sent but not acknowledged.</summary>
    public (int Records, long Bytes) Outstanding
    {
        get
        {
            lock (_gate)
                return (_outstanding, _outstandingBytes);
        }
    }

    /// <summary>Sends a record; it is delivered only when a later <see cref="Barrier"/> says so.</summary>
    /// <returns>Null, or the failure that has ended this producer.</returns>
    /// <exception cref="OperationCanceledException">While waiting for room.</exception>
    public KafkaFailure? Send(OutgoingRecord record, CancellationToken cancel = default)
    {
        long bytes = (record.Key?.Length ?? 0) + (record.Value?.Length ?? 0);
        if (Reserve(bytes, cancel) is { } failure)
            return failure;
        var message = new Message<byte[]?, byte[]?> { Key = record.Key, Value = record.Value, Headers = record.Headers };
        if (record.Timestamp is { } micros)
            message.Timestamp = new Timestamp(Math.DivRem(micros, 1000).Quotient, TimestampType.CreateTime);
        try
        {
            var target = new TopicPartition(record.Topic, record.Partition is { } p ? new Partition(p) : Partition.Any);
            _producer.Produce(target, message, report => Settle(bytes, report.Error, report.TopicPartition));
        }
        catch (KafkaException e)
        {
            Settle(bytes, e.Error, new TopicPartition(record.Topic, record.Partition ?? Partition.Any));
        }
        return Failure;
    }

    /// <summary>Waits until everything sent so far is acknowledged. Ends by itself: librdkafka gives every record up after
    /// <c>message.timeout.ms</c>.</summary>
    /// <returns>Null when all is in the log, else the first failure.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up; what is outstanding may still be delivered.</exception>
    public KafkaFailure? Barrier(CancellationToken cancel = default)
    {
        using var wake = WakeOn(cancel);
        lock (_gate)
        {
            while (_outstanding > 0 && _failure is null)
            {
                cancel.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }
            return _failure;
        }
    }

    /// <summary>Drops what is not yet sent (call <see cref="Barrier"/> to keep it), and aborts an open transaction.</summary>
    public void Dispose()
    {
        AbortOpen();
        _producer.Dispose();
    }

    private KafkaFailure? Reserve(long bytes, CancellationToken cancel)
    {
        using var wake = WakeOn(cancel);
        lock (_gate)
        {
            while (_failure is null && _outstanding > 0
                && (_outstanding >= MaxOutstanding || _outstandingBytes + bytes > MaxOutstandingBytes))
            {
                cancel.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }
            if (_failure is null)
            {
                _outstanding++;
                _outstandingBytes += bytes;
            }
            return _failure;
        }
    }

    private void Settle(long bytes, Error error, TopicPartition where)
    {
        lock (_gate)
        {
            _outstanding--;
            _outstandingBytes -= bytes;
            if (error.IsError)
                _failure ??= KafkaFailure.From(error, $"{where.Topic}[{where.Partition.Value}]");
            Monitor.PulseAll(_gate);
        }
    }

    private CancellationTokenRegistration WakeOn(CancellationToken cancel) => cancel.Register(() =>
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    });
}
