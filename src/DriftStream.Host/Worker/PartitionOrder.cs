namespace DriftStream.Host.Worker;

/// <summary>
/// The order of one partition among counting threads. Whoever has the turn may use the partition's counter; turns follow the order of
/// their tickets. A message that has been decided is counted after its turn, beside others.
/// </summary>
internal sealed class PartitionOrder
{
    private readonly object _gate = new();
    private long _issued, _next;
    private int _counting;
    private bool _taken, _closed;

    /// <summary>The ticket of the next message. Only one thread issues tickets.</summary>
    public long Issue() => _issued++;

    /// <summary>Waits for the turn of a ticket.</summary>
    /// <returns>False: the partition has been given up, and nothing more may be done for it.</returns>
    public bool Enter(long ticket)
    {
        lock (_gate)
        {
            while (!_closed && (_taken || _next != ticket)) Monitor.Wait(_gate);
            if (_closed) return false;
            _counting++;
            return _taken = true;
        }
    }

    /// <summary>Ends the turn; the message is still being counted.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _next++;
            _taken = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Says that the message of an ended turn has been counted.</summary>
    public void Counted()
    {
        lock (_gate)
        {
            if (--_counting <= 1) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits, within a turn, until no other message of the partition is being counted.</summary>
    /// <returns>False: nothing more may be done for the partition.</returns>
    public bool AwaitOthers()
    {
        lock (_gate)
        {
            while (_counting > 1) Monitor.Wait(_gate);
            return !_closed;
        }
    }

    /// <summary>Takes the partition between two turns, once none of its messages is being counted.</summary>
    /// <returns>False, and it is not taken: nothing more may be done for the partition.</returns>
    public bool EnterBetween()
    {
        lock (_gate)
        {
            while (!_closed && _taken) Monitor.Wait(_gate);
            if (_closed) return false;
            _taken = true;
            while (_counting > 0) Monitor.Wait(_gate);
            if (!_closed) return true;
            _taken = false;
            Monitor.PulseAll(_gate);
            return false;
        }
    }

    public void LeaveBetween()
    {
        lock (_gate)
        {
            _taken = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Ends all work for the partition: it has been given up, or a message of it was decided or counted only in part, and whatever came after
    /// would vouch for that message.
    /// </summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
