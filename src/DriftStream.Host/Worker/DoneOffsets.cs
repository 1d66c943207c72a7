using Confluent.Kafka;

namespace DriftStream.Host.Worker;

/// <summary>A record of <c>alerts</c>, until everybody it is for has it.</summary>
/// <param name="Next">The offset after it.</param>
/// <param name="Bytes">Of its value.</param>
internal sealed record Outgoing(Message<byte[]?, byte[]?> Alert, Offset Next, int Bytes)
{
    /// <summary>Topics that have not taken it yet.</summary>
    public int Left { get; set; }
}

/// <summary>One alert for one owner.</summary>
/// <param name="IsCopy">For the root owner, of an alert that another owner's topic did not take: the undeliverable topic has it as well.</param>
internal sealed record Delivery(Outgoing Of, string Owner, bool IsCopy = false);

/// <summary>Up to where the records of each partition are done with, in whatever order they end: only that may be committed.</summary>
/// <remarks>Of one thread.</remarks>
internal sealed class DoneOffsets
{
    private readonly Dictionary<TopicPartition, Queue<Outgoing>> _open = [];

    /// <summary>Adds what was read next of a partition; it is done when nothing is left of it.</summary>
    public void Add(TopicPartition partition, Outgoing record)
    {
        if (!_open.TryGetValue(partition, out Queue<Outgoing>? records)) _open.Add(partition, records = []);
        records.Enqueue(record);
    }

    /// <summary>Forgets a partition that the group has given to another member.</summary>
    public void Forget(TopicPartition partition) => _open.Remove(partition);

    /// <summary>The next offset of each partition that got further.</summary>
    public List<TopicPartitionOffset> Take()
    {
        var done = new List<TopicPartitionOffset>();
        foreach ((TopicPartition partition, Queue<Outgoing> records) in _open)
        {
            Offset? next = null;
            while (records.TryPeek(out Outgoing? first) && first.Left == 0) next = records.Dequeue().Next;
            if (next is { } reached) done.Add(new TopicPartitionOffset(partition, reached));
        }

        return done;
    }
}
