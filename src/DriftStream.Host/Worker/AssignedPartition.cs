using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Host.Worker;

/// <summary>A source partition that the group has given to this worker.</summary>
/// <param name="counter">Counts it. May be used only by whoever has the turn in its order.</param>
/// <param name="topicPartitions">How many partitions its topic has.</param>
/// <param name="since">When it was given, by this worker's clock.</param>
internal sealed class AssignedPartition(PartitionCounter counter, int topicPartitions, EventTime since)
{
    private FateCounts _finished;
    private SourceOffset _next = counter.Upto;
    private volatile int _topicPartitions = topicPartitions;

    /// <summary>Who may use the rest of this, and when.</summary>
    public PartitionOrder Order { get; } = new();

    public PartitionCounter Counter { get; } = counter;

    /// <summary>How many partitions the topic is known to have; headers carry this number.</summary>
    public int TopicPartitions
    {
        get => _topicPartitions;
        set => _topicPartitions = value;
    }

    /// <summary>Where the end was when it was last reached, or <see cref="SourceOffset.None"/>.</summary>
    public SourceOffset End { get; set; } = SourceOffset.None;

    /// <summary>When the last record came, by this worker's clock.</summary>
    public EventTime LastRecord { get; private set; } = since;

    /// <summary>The fates of all rows since this worker took the partition over.</summary>
    public FateCounts Fates => _finished + Counter.Fates;

    /// <summary>Whether a message comes after those before it, in the order of the log. Asked once for each, by the thread that reads.</summary>
    public bool Follows(in SourceMessage message)
    {
        if (message.Record.Offset < _next) return false;
        _next = message.IsEnd ? message.Record.Offset : message.Record.Offset.Next;
        return true;
    }

    public void Took(EventTime now) => LastRecord = now;

    /// <summary>Must be called before the counter forgets the fates of its segment.</summary>
    public void Finished() => _finished += Counter.Fates;
}
