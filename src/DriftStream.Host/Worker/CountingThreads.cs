using System.Collections.Immutable;
using Confluent.Kafka;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Kernels;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Worker;

/// <summary>
/// The threads that count, each with a lane of its own, and what they write. Several may share one partition: messages are read side
/// by side, decided one after the other in the partition's order, and counted side by side again.
/// </summary>
/// <remarks>
/// A partition's counter is used within a turn. What is taken from it there is handed to the output before the turn ends, so that it
/// is written in that order.
/// </remarks>
internal sealed class CountingThreads : IDisposable
{
    // Of the thread that polls: the group gives a member up that is held too long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly DriftPlan _plan;
    private readonly WorkerStatus _status;
    private readonly TimeProvider _time;
    private readonly IConsumer<Ignore, Payload?> _consumer;
    private readonly SourceTopics _sources;
    private readonly RejectLog _rejects;
    private readonly FaultLog _faults;
    private readonly CounterOutput _output;
    private readonly GpuCounter? _gpu;
    private readonly Readiness _readiness;
    private readonly CountingQueue _queue = new();
    private readonly ImmutableArray<CountingLane> _lanes;
    private readonly ImmutableArray<Thread> _threads;
    private KafkaFailure? _failure;

    public CountingThreads(
        DriftPlan plan, WorkerStatus status, TimeProvider time, IConsumer<Ignore, Payload?> consumer, CounterWriter writer,
        FaultLog faults, INumberCounter numbers, Readiness readiness)
    {
        (_gpu, _readiness) = (numbers as GpuCounter, readiness);
        (_plan, _status, _time, _consumer) = (plan, status, time, consumer);
        (_rejects, _faults) = (new RejectLog(writer), faults);
        _sources = new SourceTopics(consumer.Handle, time);
        _output = new CounterOutput(writer, status.Metrics, time, Commit, Fail, faults);
        _lanes = [.. Enumerable.Range(0, Lanes(plan)).Select(n => new CountingLane(plan.Counting, plan.Limits, n, numbers))];
        // One lane counts on the thread that polls: a hand-over of every message would cost more than it wins.
        _threads = _lanes.Length == 1 ? [] : [.. _lanes.Select(lane => new Thread(() => Run(lane)) { Name = $"counting {lane.Number}", IsBackground = true })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>How many lanes a plan is counted with on this machine.</summary>
    public static int Lanes(DriftPlan plan) => plan.Engine.Threads ?? Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>What ended the counting, or null.</summary>
    public KafkaFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>Ends the counting; the first failure is kept.</summary>
    public void Fail(KafkaFailure failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        _queue.Close();
        _output.Close();
    }

    /// <summary>Hands a message over, unless there is no room for so long; with one lane it is counted when this returns.</summary>
    public bool TryPut(in QueuedRecord record, TimeSpan patience)
    {
        if (_threads.Length > 0) return _queue.TryPut(record, patience);
        CountOne(_lanes[0], record);
        return true;
    }

    /// <summary>Has what the watermarks have sealed written, and a header of each partition; called by the thread that polls.</summary>
    public void Flush(IEnumerable<CountedPartition> partitions)
    {
        if (_rejects.Flush() is { } unwritten) Fail(unwritten);
        foreach (CountedPartition counted in partitions)
        {
            if (Failure is not null) return;
            counted.Turns.EnterBetween();
            try
            {
                (bool idle, long stamp) = IsIdle(counted, Now());
                Submit(counted, counted.Counter.Flush(stamp, _sources.Partitions(counted.Counter.Source.Topic), idle));
                Report(counted);
            }
            catch (KafkaException e)
            {
                Fail(KafkaFailure.From(e.Error, "flushing"));
            }
            finally
            {
                counted.Turns.LeaveBetween();
            }
        }
    }

    /// <summary>The same for the last time; false where it was not acknowledged in time. Nothing is lost then: what was not
    /// acknowledged is counted again from the position record.</summary>
    public bool FlushAtLast(IEnumerable<CountedPartition> partitions, TimeSpan patience)
    {
        Flush(partitions);
        return _output.Drain(patience);
    }

    /// <summary>Lets the messages being counted end, and drops those that wait.</summary>
    public void Stop()
    {
        _queue.Close();
        foreach (Thread thread in _threads) thread.Join();
    }

    public void Dispose()
    {
        Stop();
        _output.Dispose();
        foreach (CountingLane lane in _lanes) lane.Dispose();
    }

    private long Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private void Run(CountingLane lane)
    {
        while (_queue.Take(out QueuedRecord queued)) CountOne(lane, queued);
    }

    private void CountOne(CountingLane lane, in QueuedRecord queued)
    {
        try
        {
            Count(lane, queued);
        }
        catch (KafkaException e)
        {
            Fail(KafkaFailure.From(e.Error, "counting"));
        }
        // An exception that leaves a thread ends the process, and every model with it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Fail(_faults.Ends(e));
        }
        finally
        {
            queued.Payload?.Dispose();
        }
    }

    private void Count(CountingLane lane, in QueuedRecord queued)
    {
        CountedPartition counted = queued.Partition;
        if (!queued.IsEnd) lane.Open(counted.Counter.Source.Topic, queued.Record);
        if (!counted.Turns.Enter(queued.Ticket)) return;
        try
        {
            try
            {
                if (queued.IsEnd) ReachedEnd(counted, queued.Record.Offset);
                else if (Failure is null) Decide(counted, lane, queued.Record);
            }
            finally
            {
                counted.Turns.Leave();
            }

            lane.Count();
            if (!queued.IsEnd) _faults.Say(counted.Counter.Source, lane.Faults);
        }
        finally
        {
            counted.Turns.Counted();
        }
    }

    private void ReachedEnd(CountedPartition counted, long end)
    {
        counted.Counter.ReachedEnd(end);
        counted.End = end;
        Report(counted);
    }

    private void Decide(CountedPartition counted, CountingLane lane, in SourceRecord record)
    {
        PartitionCounter counter = counted.Counter;
        if (counter.EndsBefore(record.Timestamp)) Finish(counted, record.Offset);
        FateCounts before = counter.Fates;
        counter.Decide(lane);
        counted.Took(Now());
        _status.Metrics.Count(counter.Fates - before, record.Bytes);
        foreach (RejectedRows rejected in counter.Rejects)
        {
            if (_rejects.Write(rejected) is { } failure) Fail(failure);
        }

        if (!counter.IsFull) return;
        lane.Count();
        Finish(counted, counter.Upto);
    }

    private void Finish(CountedPartition counted, long next)
    {
        counted.Turns.AwaitOthers();
        counted.Finished();
        Submit(counted, counted.Counter.Finish(next, Now(), _sources.Partitions(counted.Counter.Source.Topic)));
        Report(counted);
    }

    // What a GPU that has failed held is missing in what was taken: all that was counted with it is counted again.
    private void Submit(CountedPartition counted, Flushed flushed)
    {
        if (_gpu?.Failure is { } lost) Fail(new KafkaFailure(KafkaErrorKind.Refused, $"the GPU failed: {lost}"));
        else _output.Submit(counted, flushed);
        _faults.Say(counted.Counter.Source, flushed.Faults);
    }

    // Idle: no record for idle_after, the end was reached, and the broker says just now that it is still the end.
    private (bool Idle, long Stamp) IsIdle(CountedPartition counted, long now)
    {
        if (counted.End < counted.Counter.Upto || now - counted.LastRecord < _plan.Time.IdleAfter) return (false, now);
        long stamp = Now();
        WatermarkOffsets log = _consumer.QueryWatermarkOffsets(At(counted), Patience);
        return (log.High.Value <= counted.End, stamp);
    }

    // For people's lag tools alone: nothing is ever read back from it.
    private void Commit(IReadOnlyCollection<Flushed> flushed)
    {
        _readiness.Wrote();
        _consumer.Keep(flushed.Select(f => new TopicPartitionOffset(f.Header.Source.Topic, f.Header.Source.Partition, f.Header.Upto)));
    }

    private void Report(CountedPartition counted)
    {
        PartitionCounter counter = counted.Counter;
        _status.Counters[counter.Source] = new CounterProgress(
            counter.Source, counter.Upto, counted.End, counter.Segment, counter.Watermark, counted.Fates);
        long high = _consumer.GetWatermarkOffsets(At(counted)).High.Value;
        _status.Metrics.Partition(counter.Source.Topic, counter.Source.Partition, counter.Watermark, Math.Max(0, high - counter.Upto));
    }

    private static TopicPartition At(CountedPartition counted) => new(counted.Counter.Source.Topic, counted.Counter.Source.Partition);
}
