using System.Collections.Immutable;
using System.Text;
using Confluent.Kafka;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Kernels;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Consumes the source partitions that the group gives it, and has them counted: on this thread, or by several others. A run ends when it is cancelled,
/// or with the failure after which everything in memory is dropped: the next run starts from the position records. So it does where a newer
/// plan counts otherwise: the open segments are counted again from their start, under the new epoch.
/// </summary>
internal sealed class CounterStage : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(30), LastFlush = TimeSpan.FromSeconds(5);

    private readonly PlanBook _plans;
    private readonly DriftPlan _plan;
    private readonly WorkerStatus _status;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TopicNames _topics;
    private readonly INumberCounter _numbers;
    private readonly PayloadPool _pool;
    private readonly AckedProducer _producer;
    private readonly CountingThreads _threads;
    private readonly IConsumer<Ignore, Payload?> _consumer;
    private readonly Dictionary<SourcePartition, CountedPartition> _counted = [];
    private readonly bool _wantsHeaders;
    private readonly Readiness _readiness;
    private long _lastFlush;

    public CounterStage(PlanBook plans, WorkerStatus status, TimeProvider time, ILogger logger, GpuCounter? gpu)
    {
        // One that has failed stays failed: the stage that starts after it counts on the CPU.
        _numbers = gpu is { Failure: null } ? gpu : CpuCounter.Shared;
        DriftPlan plan = plans.Newest!;
        (_plans, _plan, _status, _time, _logger) = (plans, plan, status, time, logger);
        FetchMemory.Keep();
        _topics = new TopicNames(plan.Topics.Prefix);
        _readiness = new Readiness(time, plan.Engine.Flush, "flush");
        _pool = new PayloadPool(plan.Limits.MessageBytes);
        _producer = new AckedProducer(plan.Kafka, logger);
        _wantsHeaders = plan.Counting.Sources.Values.Any(s => s.Selector?.Header is not null || s.Models.Any(m => m.Version.Header is not null));
        ConsumerConfig config = ClientSettings.Consumer(plan.Kafka, _topics.CounterGroup);
        // A list of headers for each message is garbage that nobody reads.
        config.ConsumeResultFields = _wantsHeaders ? "all" : "timestamp,topic";
        _consumer = new ConsumerBuilder<Ignore, Payload?>(config)
            .LogTo(logger)
            .SetValueDeserializer(_pool)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Revoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => Lost(partitions))
            .Build();
        var faults = new FaultLog(status.Metrics, time, logger);
        var writer = new CounterWriter(_producer, _topics, plan.Engine.CountsPartitions, faults);
        _threads = new CountingThreads(plan, status, time, _consumer, writer, faults, _numbers, _readiness);
        status.Metrics.WatchPayloads(() => _pool.Rented - _pool.Returned);
    }

    /// <summary>Counts until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        if (_plan.Gpu == GpuUse.Require && _numbers is not GpuCounter)
            return new KafkaFailure(KafkaErrorKind.Refused, "gpu: require, and the GPU has failed; start the worker again when it is well");
        _consumer.Subscribe(_plan.Counting.Sources.Keys);
        _lastFlush = Now();
        while (!cancel.IsCancellationRequested && _threads.Failure is null && _plans.Newest!.Counting.Epoch == _plan.Counting.Epoch)
        {
            try
            {
                Take(_consumer.Consume(Poll), health, cancel);
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
            {
                _logger.Consuming(e.Error);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "consuming the sources");
            }

            FlushWhenDue(health);
        }

        // A newer plan counts otherwise: what is open is left as it is, and counted again.
        if (!cancel.IsCancellationRequested && _threads.Failure is null) return null;
        // Told to stop: what is counted is written, so that whoever goes on finds the judge up to date.
        _threads.Stop();
        if (_threads.Failure is not null) return _threads.Failure;
        if (!_threads.FlushAtLast(_counted.Values, LastFlush)) _logger.LastFlushUnacknowledged(LastFlush);
        return _threads.Failure;
    }

    public void Dispose()
    {
        _threads.Dispose();
        _consumer.Close();
        _consumer.Dispose();
        _producer.Dispose();
        _pool.Dispose();
    }

    private long Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private void FlushWhenDue(RoleHealth health)
    {
        health.Tick();
        _readiness.Say(health, _counted.Count, "counting");
        long now = Now();
        if (now - _lastFlush < _plan.Engine.Flush) return;
        _lastFlush = now;
        foreach (CountedPartition counted in _counted.Values) counted.Counter.Plan = NameOf(_plans.Newest!);
        _threads.Flush(_counted.Values);
    }

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        var starts = new List<TopicPartitionOffset>(partitions.Count);
        if (partitions.Count > 0) _status.Metrics.Rebalanced();
        try
        {
            Dictionary<SourcePartition, Position> positions = Positions.Read(_plan.Kafka, _topics, _logger, out KafkaFailure? failure);
            if (failure is not null) _threads.Fail(failure);
            foreach (TopicPartition partition in partitions)
            {
                if (_threads.Failure is not null) break;
                var source = new SourcePartition(partition.Topic, partition.Partition.Value);
                WatermarkOffsets log = _consumer.QueryWatermarkOffsets(partition, Patience);
                long start = log.Low, watermark = EventTime.None;
                if (positions.TryGetValue(source, out Position? position))
                    (start, watermark) = (Math.Max(position.Next, log.Low), position.Watermark);
                _counted[source] = new CountedPartition(Counter(source, start, watermark), Now());
                starts.Add(new TopicPartitionOffset(partition, start));
                _logger.PartitionTaken(partition.Topic, partition.Partition.Value, start);
            }
        }
        catch (KafkaException e)
        {
            // An exception that leaves a handler loses a message; the failure ends the run instead.
            _threads.Fail(KafkaFailure.From(e.Error, "finding where to start"));
        }

        if (_threads.Failure is null) _readiness.Assigned();
        return _threads.Failure is null ? starts : partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
    }

    private PartitionCounter Counter(SourcePartition source, long start, long watermark) =>
        new(_plan.Counting, source, start, watermark, CountingThreads.Lanes(_plan), _numbers) { Plan = NameOf(_plan) };

    private static PlanName NameOf(DriftPlan plan) => new(plan.Epoch, PlanName.Short(plan.Hash));

    private void Revoked(List<TopicPartitionOffset> partitions)
    {
        _readiness.Revoked();
        Dropped(partitions);
    }

    private void Lost(List<TopicPartitionOffset> partitions)
    {
        _readiness.Lost();
        Dropped(partitions);
    }

    private void Dropped(List<TopicPartitionOffset> partitions)
    {
        if (partitions.Count > 0) _status.Metrics.Rebalanced();
        foreach (TopicPartitionOffset partition in partitions)
        {
            if (!_counted.Remove(new(partition.Topic, partition.Partition.Value), out CountedPartition? counted)) continue;
            counted.Turns.Close();
            _status.Counters.TryRemove(counted.Counter.Source, out _);
            _status.Metrics.Forget(partition.Topic, partition.Partition.Value);
            _logger.PartitionLeft(partition.Topic, partition.Partition.Value, counted.Counter.Upto);
        }
    }

    private void Take(ConsumeResult<Ignore, Payload?>? result, RoleHealth health, CancellationToken cancel)
    {
        if (result is null || !_counted.TryGetValue(new(result.Topic, result.Partition.Value), out CountedPartition? counted)) return;
        bool end = result.IsPartitionEOF;
        Payload? payload = end ? null : result.Message.Value;
        SourceRecord record = end
            ? new SourceRecord(result.Offset.Value, 0, default, false, [], 0)
            : new SourceRecord(
                result.Offset.Value,
                result.Message.Timestamp.UnixTimestampMs * 1000,
                payload?.Memory ?? default,
                payload is null,
                _wantsHeaders ? HeadersOf(result.Message.Headers) : [],
                payload?.Length ?? 0,
                payload?.Reject);
        var queued = new QueuedRecord(counted, counted.Turns.Issue(), record, payload, end);
        while (!_threads.TryPut(queued, Poll))
        {
            if (cancel.IsCancellationRequested || _threads.Failure is not null)
            {
                payload?.Dispose();
                return;
            }

            FlushWhenDue(health);
        }
    }

    private static ImmutableArray<RecordHeader> HeadersOf(Headers headers) =>
        [.. headers.Select(h => new RecordHeader(h.Key, Encoding.UTF8.GetString(h.GetValueBytes() ?? [])))];
}
