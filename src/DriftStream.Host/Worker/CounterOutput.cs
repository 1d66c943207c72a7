using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;

namespace DriftStream.Host.Worker;

/// <summary>
/// Writes what is taken from the counters on a thread of its own, in the order in which it was taken, so that counting goes on while a
/// segment is being acknowledged. Of each partition at most one flush is on its way: the next one waits for it.
/// </summary>
internal sealed class CounterOutput : IDisposable
{
    private readonly CounterWriter _writer;
    private readonly Metrics _metrics;
    private readonly TimeProvider _time;
    private readonly Action<IReadOnlyCollection<Flushed>> _written;
    private readonly Action<KafkaFailure> _fail;
    private readonly FaultLog _faults;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly List<(CountedPartition Partition, Flushed Flushed)> _waiting = [], _writing = [];
    private bool _closed;

    /// <param name="writer">What it writes with.</param>
    /// <param name="written">Told, on this thread, of what is acknowledged.</param>
    /// <param name="fail">Told of the first failure; nothing is written after it.</param>
    /// <param name="faults">Told of what threw.</param>
    public CounterOutput(
        CounterWriter writer, Metrics metrics, TimeProvider time, Action<IReadOnlyCollection<Flushed>> written, Action<KafkaFailure> fail, FaultLog faults)
    {
        _faults = faults;
        (_writer, _metrics, _time, _written, _fail) = (writer, metrics, time, written, fail);
        _thread = new Thread(Run) { Name = "counter output", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Hands a flush over, as soon as the one before it of the same partition is acknowledged. Called within its turn.</summary>
    public void Submit(CountedPartition partition, Flushed flushed)
    {
        lock (_gate)
        {
            while (!_closed && IsOnItsWay(partition)) Monitor.Wait(_gate);
            if (_closed) return;
            _waiting.Add((partition, flushed));
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until all that was handed over is acknowledged; false where that took too long, or failed.</summary>
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
    }

    private bool IsOnItsWay(CountedPartition partition) =>
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
            _fail(_faults.Ends(e));
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
                _fail(failure);
                return;
            }

            _metrics.Flushed(_writer.Frames, _writer.Bytes, flushed.Sum(f => f.Entries.Length), _time.GetElapsedTime(began));
            foreach (Flushed one in flushed)
            {
                if (one.Position is not null) _metrics.SegmentFinished();
                one.Release();
            }

            _written(flushed);
        }
    }

    // All that waits at once: partitions share the acknowledgements.
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
