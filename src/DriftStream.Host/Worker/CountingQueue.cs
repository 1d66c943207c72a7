namespace DriftStream.Host.Worker;

/// <summary>A message on its way to a counting thread.</summary>
/// <param name="Partition">The partition it belongs to.</param>
/// <param name="Ticket">Its place in the partition's order.</param>
/// <param name="Message">The message, or the end of the partition.</param>
internal readonly record struct QueuedMessage(AssignedPartition Partition, long Ticket, SourceMessage Message);

/// <summary>
/// Messages between the consumer and the counting threads, first in, first out. When it is full the consumer waits, librdkafka's own
/// bounded queue fills, and the broker is not asked for more: nothing is paused and nothing is fetched twice.
/// </summary>
internal sealed class CountingQueue
{
    private const int MostMessages = 1024;
    private const long MostBytes = 16L << 20;

    private readonly Queue<QueuedMessage> _messages = new(MostMessages);
    private long _bytes;
    private int _waiting;
    private bool _closed;

    /// <summary>
    /// Puts a message in, unless the queue stays full for that long. A message may be larger than the queue's bytes; a closed queue
    /// accepts every message and drops it.
    /// </summary>
    public bool TryPut(in QueuedMessage message, TimeSpan patience)
    {
        lock (_messages)
        {
            if (IsFull) Monitor.Wait(_messages, patience);
            if (IsFull) return false;
            if (_closed)
            {
                message.Message.Payload?.Dispose();
                return true;
            }

            _messages.Enqueue(message);
            _bytes += message.Message.Record.Bytes;
            if (_waiting > 0) Monitor.PulseAll(_messages);
            return true;
        }
    }

    /// <summary>Waits for a message; false when the queue has been closed.</summary>
    public bool Take(out QueuedMessage message)
    {
        lock (_messages)
        {
            while (_messages.Count == 0 && !_closed)
            {
                _waiting++;
                Monitor.Wait(_messages);
                _waiting--;
            }

            if (_closed)
            {
                message = default;
                return false;
            }

            bool wasFull = IsFull;
            message = _messages.Dequeue();
            _bytes -= message.Message.Record.Bytes;
            if (wasFull) Monitor.PulseAll(_messages);
            return true;
        }
    }

    /// <summary>Ends every wait and gives back what nobody will count.</summary>
    public void Close()
    {
        lock (_messages)
        {
            _closed = true;
            foreach (QueuedMessage message in _messages) message.Message.Payload?.Dispose();
            _messages.Clear();
            Monitor.PulseAll(_messages);
        }
    }

    private bool IsFull => !_closed && (_messages.Count >= MostMessages || _bytes >= MostBytes);
}
