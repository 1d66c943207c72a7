using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Writes what is taken from the counters on a thread of its own, in the order in which it was taken, so that counting goes on while a
/// segment is being acknowledged. At most one flush of each partition is on its way; the next one waits for it. After a failure nothing is written.
/// </summary>
internal sealed class CountsSink : IDisposable
{
    private readonly AckedProducer _producer;
    private readonly CounterWriter _writer;
    private readonly RejectLog _rejects;
    private readonly Metrics _metrics;
    private readonly Readiness _readiness;
    private readonly FaultLog _faults;
    private readonly TimeProvider _time;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly List<(AssignedPartition Partition, Flushed Flushed)> _waiting = [], _writing = [];
    private List<SegmentHeader> _written = [];
    private KafkaFailure? _failure;
    private bool _closed;

    public CountsSink(
        DriftPlan plan, TopicNames topics, Metrics metrics, Readiness readiness, FaultLog faults, TimeProvider time, ILogger logger)
    {
        (_metrics, _readiness, _faults, _time) = (metrics, readiness, faults, time);
        _producer = new AckedProducer(plan.Kafka, logger);
        _writer = new CounterWriter(_producer, topics, plan.Engine.CountsPartitions, faults);
        _rejects = new RejectLog(_writer);
        _thread = new Thread(Run) { Name = "counts", IsBackground = true };
        _thread.Start();
    }

    /// <summary>What ended the writing, or null.</summary>
    public KafkaFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>Hands a flush over once the previous one of the same partition is acknowledged. Called within the partition's order.</summary>
    public void Submit(AssignedPartition partition, Flushed flushed)
    {
        lock (_gate)
        {
            while (!_closed && IsOnItsWay(partition)) Monitor.Wait(_gate);
            if (_closed) return;
            _waiting.Add((partition, flushed));
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Writes what was refused; see <see cref="RejectLog"/>.</summary>
    public void Reject(RejectedRows rejected)
    {
        if (_rejects.Write(rejected) is { } failure) Fail(failure);
    }

    /// <summary>Writes the sums of the rejects that were held back.</summary>
    public void FlushRejects()
    {
        if (_rejects.Flush() is { } failure) Fail(failure);
    }

    /// <summary>The headers that were acknowledged since this was last called.</summary>
    public IReadOnlyList<SegmentHeader> TakeWritten()
    {
        lock (_gate)
        {
            List<SegmentHeader> written = _written;
            _written = [];
            return written;
        }
    }

    /// <summary>Waits until everything handed over is acknowledged; false where that took too long, or failed.</summary>
    public bool Drain(TimeSpan patience)
    {
        long began = _time.GetTimestamp();
        lock (_gate)
        {
            while (!_closed && _waiting.Count + _writing.Count > 0)
            {
                TimeSpan left = patience - _time.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left)) return false;
            }

            return !_closed;
        }
    }

    /// <summary>Drops what waits; what is being written ends by itself.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _waiting.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        Close();
        _thread.Join();
        _producer.Dispose();
    }

    private void Fail(KafkaFailure failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        Close();
    }

    private bool IsOnItsWay(AssignedPartition partition) =>
        _waiting.Exists(w => w.Partition == partition) || _writing.Exists(w => w.Partition == partition);

    private void Run()
    {
        try
        {
            WriteAll();
        }
        // An exception that leaves a thread ends the process.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Fail(_faults.Ends(e));
        }
    }

    private void WriteAll()
    {
        while (Next())
        {
            long began = _time.GetTimestamp();
            List<Flushed> flushed = [.. _writing.Select(w => w.Flushed)];
            if (_writer.Write(flushed, CancellationToken.None) is { } failure)
            {
                Fail(failure);
                return;
            }

            _metrics.Flushed(_writer.Frames, _writer.Bytes, flushed.Sum(f => f.Entries.Length), _time.GetElapsedTime(began));
            foreach (Flushed one in flushed)
            {
                if (one.Header.Complete) _metrics.SegmentFinished();
                one.Release();
            }

            _readiness.Wrote();
            lock (_gate) _written.AddRange(flushed.Select(f => f.Header));
        }
    }

    // Takes everything that waits: partitions share the acknowledgements.
    private bool Next()
    {
        lock (_gate)
        {
            _writing.Clear();
            Monitor.PulseAll(_gate);
            while (!_closed && _waiting.Count == 0) Monitor.Wait(_gate);
            _writing.AddRange(_waiting);
            _waiting.Clear();
            return !_closed;
        }
    }
}
