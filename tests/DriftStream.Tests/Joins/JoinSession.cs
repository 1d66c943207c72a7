namespace DriftStream.Tests.Joins;

/// <summary>
/// What one life of a producer has on its way: a queue to each target, delivered in its own order. What is sent may get lost, and then the session has failed;
/// what a dead session had on its way may still arrive, as late as it likes.
/// </summary>
internal sealed class JoinSession(int targets)
{
    private readonly int[] _sent = new int[targets], _done = new int[targets];
    private readonly int[] _lostAt = [.. Enumerable.Repeat(int.MaxValue, targets)];

    public Queue<(int Number, Action Arrive)>[] Queues { get; } = [.. Enumerable.Range(0, targets).Select(_ => new Queue<(int, Action)>())];

    public bool Failed { get; private set; }

    /// <summary>How much has been sent to each target so far.</summary>
    public int[] Sent => [.. _sent];

    public void Send(int target, Action arrive) => Queues[target].Enqueue((_sent[target]++, arrive));

    /// <summary>Everything that was sent by then is acknowledged.</summary>
    public bool IsAcknowledged(int[] sent)
    {
        for (int t = 0; t < sent.Length; t++)
        {
            if (_done[t] < sent[t] || _lostAt[t] < sent[t]) return false;
        }

        return true;
    }

    public void Deliver(int target, bool lost)
    {
        (int number, Action arrive) = Queues[target].Dequeue();
        _done[target]++;
        if (!lost)
        {
            arrive();
            return;
        }

        Failed = true;
        _lostAt[target] = Math.Min(_lostAt[target], number);
    }

    /// <summary>It dies. What of it may still arrive, by target.</summary>
    public Queue<Action>[] Die(Random random)
    {
        Failed = true;
        return [.. Queues.Select(q => new Queue<Action>(q.Take(random.Next(q.Count + 1)).Select(m => m.Arrive)))];
    }
}
