using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>The counters' clock as it is stamped on what they say, and how far the watermarks of each source topic had come at a stamp.</summary>
/// <param name="rule">What quiet partitions do, by the plan that holds now.</param>
internal sealed class TopicClocks(Func<QuietRule> rule)
{
    /// <summary>How many watermarks of a topic are told apart within <c>idle_after</c>.</summary>
    private const int HistorySteps = 64;

    private readonly SortedDictionary<string, int> _partitions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, WatermarkHistory> _histories = new(StringComparer.Ordinal);

    /// <summary>The greatest stamp of all that was heard, or <see cref="EventTime.None"/>.</summary>
    public EventTime Now { get; private set; } = EventTime.None;

    /// <summary>How many partitions each topic is known to have.</summary>
    public ImmutableArray<TopicPartitions> Partitions => [.. _partitions.Select(p => new TopicPartitions(p.Key, p.Value))];

    public ImmutableArray<TopicWatermarks> Watermarks => [.. _histories.Select(h => new TopicWatermarks(h.Key, h.Value.Steps))];

    /// <summary>Something was said at that time.</summary>
    public void Hear(EventTime stamp) => Now = EventTime.Max(Now, stamp);

    /// <summary>Something was said of a topic, which has at least so many partitions.</summary>
    public void Hear(string topic, int partitions, EventTime stamp)
    {
        Hear(stamp);
        _partitions[topic] = Math.Max(partitions, _partitions.GetValueOrDefault(topic));
    }

    /// <summary>The topic was made again, with so many partitions.</summary>
    public void BeginAgain(string topic, int partitions) => _partitions[topic] = partitions;

    /// <summary>Takes note of a watermark that lies on the chain.</summary>
    public void NoteWatermark(string topic, EventTime stamp, EventTime watermark) => History(topic).Note(stamp, watermark);

    /// <summary>How far every topic has come.</summary>
    /// <param name="sources">What a partition says of time; null where nothing was heard of it.</param>
    public Dictionary<string, TopicTime> Times(Func<SourcePartition, SourceTime?> sources) =>
        _partitions.Keys.ToDictionary(t => t, t => Time(t, sources)!, StringComparer.Ordinal);

    /// <summary>How far a topic has come; null where nothing was heard of it.</summary>
    /// <inheritdoc cref="Times"/>
    public TopicTime? Time(string topic, Func<SourcePartition, SourceTime?> sources)
    {
        if (!_partitions.TryGetValue(topic, out int partitions)) return null;
        QuietRule quiet = rule();
        EventTime staleBefore = Now - quiet.IdleLease;
        // No claim that stands looks further back.
        History(topic).Forget(staleBefore - quiet.IdleAfter);
        return Horizon.Of(topic, partitions, sources, History(topic), staleBefore);
    }

    public void Restore(EventTime now, ImmutableArray<TopicPartitions> partitions, ImmutableArray<TopicWatermarks> watermarks)
    {
        Now = now;
        _partitions.Clear();
        _histories.Clear();
        foreach (TopicPartitions topic in partitions) _partitions.Add(topic.Topic, topic.Partitions);
        foreach (TopicWatermarks topic in watermarks.IsDefault ? [] : watermarks)
        {
            foreach (WatermarkStep step in topic.Steps) NoteWatermark(topic.Topic, step.Stamp, step.Watermark);
        }
    }

    private WatermarkHistory History(string topic)
    {
        if (!_histories.TryGetValue(topic, out WatermarkHistory? history))
            _histories.Add(topic, history = new WatermarkHistory(new Duration(Math.Max(1, rule().IdleAfter / HistorySteps))));
        return history;
    }
}
