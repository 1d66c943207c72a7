using DriftStream.Frames;
using DriftStream.Host.Kafka;

namespace DriftStream.Host.Worker;

/// <summary>A message on its way to a counting thread, or the end of a partition.</summary>
/// <param name="Partition">Where it belongs.</param>
/// <param name="Ticket">Its place in the partition's order.</param>
/// <param name="Record">The message; at the end of a partition only its offset counts.</param>
/// <param name="Payload">Its memory, to be given back when it is counted. Null for a tombstone and at the end.</param>
/// <param name="IsEnd">The partition ends at the record's offset.</param>
internal readonly record struct QueuedRecord(CountedPartition Partition, long Ticket, SourceRecord Record, Payload? Payload, bool IsEnd);

/// <summary>
/// Messages between the consumer and the counting threads, first in, first out. When it is full the consumer waits, librdkafka's own
/// bounded queue fills, and the broker is not asked for more: nothing is paused and nothing is fetched twice.
/// </summary>
internal sealed class CountingQueue
{
    private const int MostRecords = 1024;
    private const long MostBytes = 16L << 20;

    private readonly Queue<QueuedRecord> _records = new(MostRecords);
    private long _bytes;
    private int _waiting;
    private bool _closed;

    /// <summary>
    /// Puts a record in, unless the queue stays full for so long. A record may be larger than the queue's bytes; a closed queue
    /// takes any, and drops it.
    /// </summary>
    public bool TryPut(in QueuedRecord record, TimeSpan patience)
    {
        lock (_records)
        {
            if (IsFull) Monitor.Wait(_records, patience);
            if (IsFull) return false;
            if (_closed)
            {
                record.Payload?.Dispose();
                return true;
            }

            _records.Enqueue(record);
            _bytes += record.Record.Bytes;
            if (_waiting > 0) Monitor.PulseAll(_records);
            return true;
        }
    }

    /// <summary>Waits for a record; false when the queue has been closed.</summary>
    public bool Take(out QueuedRecord record)
    {
        lock (_records)
        {
            while (_records.Count == 0 && !_closed)
            {
                _waiting++;
                Monitor.Wait(_records);
                _waiting--;
            }

            if (_closed)
            {
                record = default;
                return false;
            }

            bool wasFull = IsFull;
            record = _records.Dequeue();
            _bytes -= record.Record.Bytes;
            if (wasFull) Monitor.PulseAll(_records);
            return true;
        }
    }

    /// <summary>Ends every wait and gives back what nobody will count.</summary>
    public void Close()
    {
        lock (_records)
        {
            _closed = true;
            foreach (QueuedRecord record in _records) record.Payload?.Dispose();
            _records.Clear();
            Monitor.PulseAll(_records);
        }
    }

    private bool IsFull => !_closed && (_records.Count >= MostRecords || _bytes >= MostBytes);
}
