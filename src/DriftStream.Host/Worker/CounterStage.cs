using System.Collections.Immutable;
using System.Text;
using Confluent.Kafka;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Web;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Consumes the source partitions that the group gives it and counts them on one thread. A run ends when it is cancelled, or with
/// the failure after which everything in memory is dropped: the next run starts from the position records.
/// </summary>
internal sealed class CounterStage : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(30);

    private readonly DriftPlan _plan;
    private readonly WorkerStatus _status;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TopicNames _topics;
    private readonly PayloadPool _pool;
    private readonly MessageReaders _readers;
    private readonly AckedProducer _producer;
    private readonly CounterWriter _writer;
    private readonly IConsumer<Ignore, Payload?> _consumer;
    private readonly SourceTopics _sources;
    private readonly Dictionary<TopicPartition, CountedPartition> _counted = [];
    private readonly bool _wantsHeaders;
    private KafkaFailure? _failure;
    private long _lastFlush;

    public CounterStage(DriftPlan plan, WorkerStatus status, TimeProvider time, ILogger logger)
    {
        (_plan, _status, _time, _logger) = (plan, status, time, logger);
        _topics = new TopicNames(plan.Topics.Prefix);
        _pool = new PayloadPool(plan.Limits.MessageBytes);
        _readers = new MessageReaders(plan.Limits);
        _producer = new AckedProducer(plan.Kafka, logger);
        _writer = new CounterWriter(_producer, _topics, plan.Engine.CountsPartitions);
        _wantsHeaders = plan.Counting.Sources.Values.Any(s => s.Selector?.Header is not null || s.Models.Any(m => m.Version.Header is not null));
        _consumer = new ConsumerBuilder<Ignore, Payload?>(ClientSettings.Consumer(plan.Kafka, _topics.CounterGroup))
            .LogTo(logger)
            .SetValueDeserializer(_pool)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Dropped(partitions))
            .SetPartitionsLostHandler((_, partitions) => Dropped(partitions))
            .Build();
        _sources = new SourceTopics(_consumer.Handle, time);
        status.Metrics.Watch(_pool);
    }

    /// <summary>Counts until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        _consumer.Subscribe(_plan.Counting.Sources.Keys);
        while (!cancel.IsCancellationRequested && _failure is null)
        {
            health.Tick();
            try
            {
                Take(_consumer.Consume(Poll));
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
            {
                _logger.ConsumeFailed(e.Error.Code, e.Error.Reason);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "consuming the sources");
            }

            long now = Now();
            if (now - _lastFlush < _plan.Engine.Flush) continue;
            Flush(now, cancel);
            health.Ready($"counting {_counted.Count} partitions");
        }

        if (_failure is null)
        {
            // Told to stop: what is counted is written, so that whoever goes on finds the judge up to date.
            using var brief = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            Flush(Now(), brief.Token);
        }

        return _failure;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
        _producer.Dispose();
        _readers.Dispose();
        _pool.Dispose();
    }

    private long Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        var starts = new List<TopicPartitionOffset>(partitions.Count);
        try
        {
            Dictionary<SourcePartition, Position> positions = Positions.Read(_plan.Kafka, _topics, _logger, out KafkaFailure? failure);
            _failure ??= failure;
            foreach (TopicPartition partition in partitions)
            {
                if (_failure is not null) break;
                var source = new SourcePartition(partition.Topic, partition.Partition.Value);
                WatermarkOffsets log = _consumer.QueryWatermarkOffsets(partition, Patience);
                long start = log.Low, watermark = EventTime.None;
                if (positions.TryGetValue(source, out Position? position))
                    (start, watermark) = (Math.Max(position.Next, log.Low), position.Watermark);
                IMessageReader reader = _readers.For(_plan.Counting.Sources[partition.Topic]);
                _counted[partition] = new CountedPartition(new PartitionCounter(_plan.Counting, source, start, watermark, reader), Now());
                starts.Add(new TopicPartitionOffset(partition, start));
                _logger.PartitionTaken(partition.Topic, partition.Partition.Value, start);
            }
        }
        catch (KafkaException e)
        {
            // An exception that leaves a handler loses a message; the failure ends the run instead.
            _failure ??= KafkaFailure.From(e.Error, "finding where to start");
        }

        return _failure is null ? starts : partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
    }

    private void Dropped(List<TopicPartitionOffset> partitions)
    {
        foreach (TopicPartitionOffset partition in partitions)
        {
            if (!_counted.Remove(partition.TopicPartition, out CountedPartition? counted)) continue;
            _status.Counters.TryRemove(counted.Counter.Source, out _);
            _status.Metrics.Forget(partition.Topic, partition.Partition.Value);
            _logger.PartitionLeft(partition.Topic, partition.Partition.Value, counted.Counter.Upto);
        }
    }

    private void Take(ConsumeResult<Ignore, Payload?>? result)
    {
        if (result is null || _failure is not null || !_counted.TryGetValue(result.TopicPartition, out CountedPartition? counted)) return;
        if (result.IsPartitionEOF)
        {
            counted.Counter.ReachedEnd(result.Offset.Value);
            counted.End = result.Offset.Value;
            Report(counted);
            return;
        }

        using Payload? payload = result.Message.Value;
        var record = new SourceRecord(
            result.Offset.Value,
            result.Message.Timestamp.UnixTimestampMs * 1000,
            payload?.Memory ?? default,
            payload is null,
            _wantsHeaders ? HeadersOf(result.Message.Headers) : [],
            payload?.Length ?? 0,
            payload?.Reject);
        if (counted.Counter.EndsBefore(record.Timestamp)) Finish(counted, record.Offset);
        if (_failure is not null) return;
        FateCounts before = counted.Counter.Fates;
        counted.Counter.Add(record);
        counted.Took(Now());
        _status.Metrics.Count(counted.Counter.Fates - before, record.Bytes);
        foreach (RejectedRows rejected in counted.Counter.Rejects) _failure ??= _writer.Write(rejected, CancellationToken.None);
        if (counted.Counter.IsFull) Finish(counted, counted.Counter.Upto);
    }

    private static ImmutableArray<RecordHeader> HeadersOf(Headers headers) =>
        [.. headers.Select(h => new RecordHeader(h.Key, Encoding.UTF8.GetString(h.GetValueBytes() ?? [])))];

    private void Finish(CountedPartition counted, long next)
    {
        counted.Finished();
        Flushed flushed = counted.Counter.Finish(next, Now(), _sources.Partitions(counted.Counter.Source.Topic));
        _failure ??= _writer.Write([flushed], CancellationToken.None);
        _status.Metrics.SegmentFinished();
        Commit([counted]);
    }

    private void Flush(long now, CancellationToken cancel)
    {
        _lastFlush = now;
        var flushed = new List<Flushed>(_counted.Count);
        try
        {
            foreach ((TopicPartition partition, CountedPartition counted) in _counted)
            {
                (bool idle, long stamp) = IsIdle(partition, counted, now);
                flushed.Add(counted.Counter.Flush(stamp, _sources.Partitions(partition.Topic), idle));
            }

            long began = _time.GetTimestamp();
            _failure ??= _writer.Write(flushed, cancel);
            _status.Metrics.Flushed(_writer.Frames, _writer.Bytes, flushed.Sum(f => f.Entries.Length), _time.GetElapsedTime(began));
            Commit(_counted.Values);
        }
        catch (OperationCanceledException)
        {
            // Nothing is lost: what was not acknowledged is counted again from the position record.
        }
        catch (KafkaException e)
        {
            _failure ??= KafkaFailure.From(e.Error, "flushing");
        }
    }

    // Idle: no record for idle_after, the end was reached, and the broker says just now that it is still the end.
    private (bool Idle, long Stamp) IsIdle(TopicPartition partition, CountedPartition counted, long now)
    {
        if (counted.End < counted.Counter.Upto || now - counted.LastRecord < _plan.Time.IdleAfter) return (false, now);
        long stamp = Now();
        WatermarkOffsets log = _consumer.QueryWatermarkOffsets(partition, Patience);
        return (log.High.Value <= counted.End, stamp);
    }

    // For people's lag tools alone: nothing is ever read back from it.
    private void Commit(IEnumerable<CountedPartition> partitions)
    {
        foreach (CountedPartition counted in partitions) Report(counted);
        if (_failure is not null) return;
        try
        {
            _consumer.Commit(partitions.Select(c => new TopicPartitionOffset(
                c.Counter.Source.Topic, c.Counter.Source.Partition, c.Counter.Upto)));
        }
        catch (KafkaException e)
        {
            _logger.CommitFailed(e.Error.Code, e.Error.Reason);
        }
    }

    private void Report(CountedPartition counted)
    {
        PartitionCounter counter = counted.Counter;
        _status.Counters[counter.Source] = new CounterProgress(
            counter.Source, counter.Upto, counted.End, counter.Segment, counter.Watermark, counted.Fates);
        long high = _consumer.GetWatermarkOffsets(new TopicPartition(counter.Source.Topic, counter.Source.Partition)).High.Value;
        _status.Metrics.Partition(counter.Source.Topic, counter.Source.Partition, counter.Watermark, Math.Max(0, high - counter.Upto));
    }
}
