using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Kernels;
using DriftStream.Kernels.Gpu;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Worker;

/// <summary>
/// The threads that count, each with a lane of its own. Several may share one partition: messages are read side by side, decided one after the
/// other in the partition's order, and counted side by side again.
/// </summary>
/// <remarks>
/// A partition's counter is used within its order. What is taken from it there is handed to the sink before the turn ends, so that it is written
/// in that order.
/// </remarks>
internal sealed class CountingThreads : IDisposable
{
    private readonly WorkerStatus _status;
    private readonly TimeProvider _time;
    private readonly CountsSink _sink;
    private readonly FaultLog _faults;
    private readonly GpuCounter? _gpu;
    private readonly CountingQueue _queue = new();
    private readonly ImmutableArray<CountingLane> _lanes;
    private readonly ImmutableArray<Thread> _threads;
    private KafkaFailure? _failure;

    public CountingThreads(DriftPlan plan, WorkerStatus status, TimeProvider time, CountsSink sink, FaultLog faults, INumberCounter numbers)
    {
        (_status, _time, _sink, _faults, _gpu) = (status, time, sink, faults, numbers as GpuCounter);
        _lanes = [.. Enumerable.Range(0, LanesOf(plan)).Select(n => new CountingLane(plan.Counting, plan.Limits, n, numbers))];
        // A single lane counts on the thread that reads: handing every message over would cost more than it gains.
        _threads = _lanes.Length == 1 ? [] : [.. _lanes.Select(lane => new Thread(() => Run(lane)) { Name = $"counting {lane.Number}", IsBackground = true })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>How many lanes there are.</summary>
    public int Lanes => _lanes.Length;

    /// <summary>What ended the counting, or null.</summary>
    public KafkaFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>How many lanes a plan is counted with on this machine.</summary>
    public static int LanesOf(DriftPlan plan) => plan.Engine.Threads ?? Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>Hands a message over, unless there is no room for that long; with one lane it has been counted when this returns.</summary>
    public bool TryPut(in QueuedMessage message, TimeSpan patience)
    {
        if (_threads.Length > 0) return _queue.TryPut(message, patience);
        CountOne(_lanes[0], message);
        return true;
    }

    /// <summary>Has everything written that the watermark has sealed, and a header. Called between two turns of the partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="stamp">The time of the header, by this worker's clock.</param>
    /// <param name="idle">Whether nothing has come for a while, and nothing is left to read.</param>
    public void Flush(AssignedPartition partition, EventTime stamp, bool idle)
    {
        Submit(partition, partition.Counter.Flush(stamp, partition.TopicPartitions, idle));
        Report(partition);
    }

    /// <summary>Lets the messages being counted finish, and drops those that wait.</summary>
    public void Stop()
    {
        _queue.Close();
        foreach (Thread thread in _threads) thread.Join();
    }

    public void Dispose()
    {
        Stop();
        foreach (CountingLane lane in _lanes) lane.Dispose();
    }

    private EventTime Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private void Fail(KafkaFailure failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        _queue.Close();
    }

    private void Run(CountingLane lane)
    {
        while (_queue.Take(out QueuedMessage message)) CountOne(lane, message);
    }

    private void CountOne(CountingLane lane, in QueuedMessage queued)
    {
        try
        {
            Count(lane, queued);
        }
        // An exception that leaves a thread ends the process, and every model with it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Nobody waits for the turn of a message that never took it.
            queued.Partition.Order.Close();
            Fail(_faults.Ends(e));
        }
        finally
        {
            queued.Message.Payload?.Dispose();
        }
    }

    private void Count(CountingLane lane, in QueuedMessage queued)
    {
        AssignedPartition partition = queued.Partition;
        SourceMessage message = queued.Message;
        if (!message.IsEnd) lane.Open(message.Source.Topic, message.Record);
        if (!partition.Order.Enter(queued.Ticket)) return;
        bool isWhole = false;
        try
        {
            try
            {
                if (message.IsEnd) ReachedEnd(partition, message.Record.Offset);
                else Decide(partition, lane, message.Record);
                isWhole = true;
            }
            finally
            {
                if (!isWhole) partition.Order.Close();
                partition.Order.Leave();
            }

            isWhole = false;
            lane.Count();
            isWhole = true;
        }
        finally
        {
            if (!isWhole) partition.Order.Close();
            partition.Order.Counted();
        }

        if (!message.IsEnd) _faults.Say(message.Source, lane.Faults);
    }

    private void ReachedEnd(AssignedPartition partition, SourceOffset end)
    {
        partition.Counter.ReachedEnd(end);
        partition.End = end;
        Report(partition);
    }

    private void Decide(AssignedPartition partition, CountingLane lane, in SourceRecord record)
    {
        PartitionCounter counter = partition.Counter;
        if (counter.EndsBefore(record.Timestamp)) Finish(partition, record.Offset);
        FateCounts before = counter.Fates;
        counter.Decide(lane);
        partition.Took(Now());
        _status.Metrics.Count(counter.Fates - before, record.Bytes);
        foreach (RejectedRows rejected in counter.Rejects) _sink.Reject(rejected);
        if (!counter.IsFull) return;
        lane.Count();
        Finish(partition, counter.Upto);
    }

    // Where another message was counted only in part, the segment has no end that could be written.
    private void Finish(AssignedPartition partition, SourceOffset next)
    {
        if (!partition.Order.AwaitOthers()) return;
        partition.Finished();
        Submit(partition, partition.Counter.Finish(next, Now(), partition.TopicPartitions));
        Report(partition);
    }

    // What a failed GPU held is missing from what was taken: everything that was counted with it is counted again.
    private void Submit(AssignedPartition partition, Flushed flushed)
    {
        if (_gpu?.Failure is { } lost) Fail(new KafkaFailure(KafkaErrorKind.Refused, $"the GPU failed: {lost}"));
        else _sink.Submit(partition, flushed);
        _faults.Say(partition.Counter.Source, flushed.Faults);
    }

    private void Report(AssignedPartition partition)
    {
        PartitionCounter counter = partition.Counter;
        _status.Counters[counter.Source] = new CounterProgress(
            counter.Source, counter.Upto, partition.End, counter.Segment, counter.Watermark, partition.Fates);
    }
}
