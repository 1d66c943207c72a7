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
/// Has the source partitions counted that the group gives to this worker: consumer -> counting threads -> counts. A run ends when it is
/// cancelled, or with a failure; everything in memory is then dropped, and the next run starts from the position records. It also ends when a
/// newer plan counts otherwise: the open segments are counted again from their start, under the new epoch.
/// </summary>
internal sealed class CounterStage : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50), LastFlush = TimeSpan.FromSeconds(5);

    private readonly PlanBook _plans;
    private readonly DriftPlan _plan;
    private readonly WorkerStatus _status;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly INumberCounter _numbers;
    private readonly SourceConsumer _source;
    private readonly CountingThreads _threads;
    private readonly CountsSink _sink;
    private readonly Readiness _readiness;
    private readonly Dictionary<SourcePartition, AssignedPartition> _assigned = [];
    private EventTime _lastFlush;

    public CounterStage(PlanBook plans, WorkerStatus status, TimeProvider time, ILogger logger, GpuCounter? gpu)
    {
        // A GPU that has failed stays failed: the stage that starts after it counts on the CPU.
        _numbers = gpu is { Failure: null } ? gpu : CpuCounter.Shared;
        DriftPlan plan = plans.Newest!;
        (_plans, _plan, _status, _time, _logger) = (plans, plan, status, time, logger);
        var topics = new TopicNames(plan.Topics.Prefix);
        var faults = new FaultLog(status.Metrics, time, logger);
        _readiness = new Readiness(time, plan.Engine.Flush, "flush");
        _source = new SourceConsumer(plan, topics, _readiness, time, logger);
        _sink = new CountsSink(plan, topics, status.Metrics, _readiness, faults, time, logger);
        _threads = new CountingThreads(plan, status, time, _sink, faults, _numbers);
        status.Metrics.WatchPayloads(() => _source.PayloadsInUse);
    }

    private KafkaFailure? Failure => _source.Failure ?? _threads.Failure ?? _sink.Failure;

    /// <summary>Counts until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        if (_plan.Gpu == GpuUse.Require && _numbers is not GpuCounter)
            return new KafkaFailure(KafkaErrorKind.Refused, "gpu: require, and the GPU has failed; start the worker again when it is well");
        if (_plan.HasOtherSecret)
        {
            return new KafkaFailure(
                KafkaErrorKind.Refused,
                "engine.id_secret is not the one of the plan that runs: labels would not find their predictions; give every worker the same");
        }

        try
        {
            return Count(health, cancel);
        }
        catch (KafkaException e)
        {
            return KafkaFailure.From(e.Error, "counting the sources");
        }
    }

    public void Dispose()
    {
        foreach (SourcePartition source in _assigned.Keys) Forget(source);
        try
        {
            _sink.Close();
            _threads.Dispose();
        }
        finally
        {
            try
            {
                _sink.Dispose();
            }
            finally
            {
                _source.Dispose();
            }
        }
    }

    private KafkaFailure? Count(RoleHealth health, CancellationToken cancel)
    {
        _source.Subscribe();
        _lastFlush = Now();
        while (!cancel.IsCancellationRequested && Failure is null && _plans.Newest!.Counting.Epoch == _plan.Counting.Epoch)
        {
            bool isThere = _source.TryRead(Poll, out SourceMessage message);
            while (_source.Changes.TryDequeue(out PartitionChange? change)) Apply(change);
            if (isThere) Put(message, health, cancel);
            FlushWhenDue(health);
        }

        // A newer plan counts otherwise: what is open is left as it is, and counted again.
        if (!cancel.IsCancellationRequested) return Failure;
        // Told to stop: what is counted is written, so that whoever takes over finds the judge up to date.
        _threads.Stop();
        if (Failure is not null) return Failure;
        Flush();
        if (!_sink.Drain(LastFlush)) _logger.LastFlushUnacknowledged(LastFlush);
        _source.Keep(_sink.TakeWritten());
        return Failure;
    }

    private EventTime Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private void Apply(PartitionChange change)
    {
        if (change.Given.Length + change.Taken.Length > 0) _status.Metrics.Rebalanced();
        foreach (SourcePartition source in change.Taken)
        {
            if (!_assigned.Remove(source, out AssignedPartition? left)) continue;
            left.Order.Close();
            Forget(source);
            _logger.PartitionLeft(source.Topic, source.Partition, left.Counter.Upto.InTopic);
        }

        foreach (Position start in change.Given)
        {
            var joins = new Projecting(_plan.Engine.CountsPartitions, _plan.Engine.Flush);
            var counter = new PartitionCounter(_plan.Counting, start.Source, start.Next, start.Watermark, _threads.Lanes, _numbers, joins)
            {
                Plan = NameOf(_plan),
                TellsStart = start.First is null,
            };
            _assigned[start.Source] = new AssignedPartition(counter, _source.PartitionsOf(start.Source.Topic), Now());
        }
    }

    private void Forget(SourcePartition source)
    {
        _status.Counters.TryRemove(source, out _);
        _status.Metrics.Forget(source.Topic, source.Partition);
    }

    private void Put(in SourceMessage message, RoleHealth health, CancellationToken cancel)
    {
        // One that was fetched before the partition was given back and taken again has been counted, or will come once more.
        if (!_assigned.TryGetValue(message.Source, out AssignedPartition? partition) || !partition.Follows(message))
        {
            message.Payload?.Dispose();
            return;
        }

        var queued = new QueuedMessage(partition, partition.Order.Issue(), message);
        while (!_threads.TryPut(queued, Poll))
        {
            if (cancel.IsCancellationRequested || Failure is not null)
            {
                message.Payload?.Dispose();
                return;
            }

            FlushWhenDue(health);
        }
    }

    private void FlushWhenDue(RoleHealth health)
    {
        health.Tick();
        _readiness.Say(health, _assigned.Count, "counting");
        EventTime now = Now();
        if (now - _lastFlush < _plan.Engine.Flush) return;
        _lastFlush = now;
        foreach (AssignedPartition partition in _assigned.Values) partition.Counter.Plan = NameOf(_plans.Newest!);
        Flush();
        _source.Keep(_sink.TakeWritten());
    }

    // Writes what the watermarks have sealed, and a header of each partition.
    private void Flush()
    {
        _sink.FlushRejects();
        foreach ((SourcePartition source, AssignedPartition partition) in _assigned)
        {
            if (Failure is not null) return;
            if (!partition.Order.EnterBetween()) continue;
            try
            {
                partition.TopicPartitions = _source.PartitionsOf(source.Topic);
                (bool idle, EventTime stamp) = IsIdle(partition, Now());
                _threads.Flush(partition, stamp, idle);
                _status.Metrics.Partition(
                    source.Topic, source.Partition, partition.Counter.Watermark, Math.Max(0, _source.KnownEnd(source) - partition.Counter.Upto));
            }
            finally
            {
                partition.Order.LeaveBetween();
            }
        }
    }

    // Idle: no record for idle_after, the end was reached, and the broker has just said that it is still the end. Without its answer it is not.
    private (bool Idle, EventTime Stamp) IsIdle(AssignedPartition partition, EventTime now)
    {
        if (partition.End < partition.Counter.Upto || now - partition.LastRecord < _plan.Time.IdleAfter) return (false, now);
        EventTime stamp = Now();
        return _source.AskEnd(partition.Counter.Source) is { } end ? (end <= partition.End, stamp) : (false, now);
    }

    private static PlanName NameOf(DriftPlan plan) => new(plan.Epoch, PlanName.Short(plan.Hash));
}
