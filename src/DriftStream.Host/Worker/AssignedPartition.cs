using DriftStream.Frames;

namespace DriftStream.Host.Worker;

/// <summary>A source partition that the group has given to this worker.</summary>
/// <param name="counter">Counts it. To be used by whoever is in its order.</param>
/// <param name="topicPartitions">How many its topic has.</param>
/// <param name="since">When it was given, by this worker's clock.</param>
internal sealed class AssignedPartition(PartitionCounter counter, int topicPartitions, long since)
{
    private FateCounts _finished;
    private volatile int _topicPartitions = topicPartitions;

    /// <summary>Who may use the rest of this, and when.</summary>
    public PartitionOrder Order { get; } = new();

    public PartitionCounter Counter { get; } = counter;

    /// <summary>How many partitions the topic has, as far as is known: its headers say so.</summary>
    public int TopicPartitions
    {
        get => _topicPartitions;
        set => _topicPartitions = value;
    }

    /// <summary>Where the end was when it was last reached, or -1.</summary>
    public long End { get; set; } = -1;

    /// <summary>When the last record came, by this worker's clock.</summary>
    public long LastRecord { get; private set; } = since;

    /// <summary>Of everything counted since this worker took the partition over.</summary>
    public FateCounts Fates => _finished + Counter.Fates;

    public void Took(long now) => LastRecord = now;

    /// <summary>To be called before the counter forgets the fates of its segment.</summary>
    public void Finished() => _finished += Counter.Fates;
}
