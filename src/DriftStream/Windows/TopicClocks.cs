using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>The counters' clock as headers and gaps stamp it, and how far the watermarks of each source topic had come at a stamp.</summary>
internal sealed class TopicClocks(LedgerPlans plans)
{
    /// <summary>How many watermarks of a topic are told apart within <c>idle_after</c>.</summary>
    private const int HistorySteps = 64;

    private readonly SortedDictionary<string, int> _partitions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, WatermarkHistory> _histories = new(StringComparer.Ordinal);

    /// <summary>The greatest stamp of any header or gap, or <see cref="EventTime.None"/>.</summary>
    public EventTime Now { get; private set; } = EventTime.None;

    /// <summary>How many partitions each topic is known to have.</summary>
    public ImmutableArray<TopicPartitions> Partitions => [.. _partitions.Select(p => new TopicPartitions(p.Key, p.Value))];

    public ImmutableArray<TopicWatermarks> Watermarks => [.. _histories.Select(h => new TopicWatermarks(h.Key, h.Value.Steps))];

    public void Hear(Gap gap) => Now = EventTime.Max(Now, gap.Stamp);

    public void Hear(SegmentHeader header)
    {
        string topic = header.Source.Topic;
        Now = EventTime.Max(Now, header.Stamp);
        _partitions[topic] = Math.Max(header.Partitions, _partitions.GetValueOrDefault(topic));
    }

    /// <summary>Takes note of the watermark of a header that lies on the chain.</summary>
    public void NoteWatermark(SegmentHeader header) => History(header.Source.Topic).Note(header.Stamp, header.Watermark);

    /// <summary>How far every topic has come.</summary>
    public Dictionary<string, TopicTime> Times(IReadOnlyDictionary<SourcePartition, SourceState> sources)
    {
        EventTime staleBefore = Now - plans.Settings.IdleLease;
        var times = new Dictionary<string, TopicTime>(StringComparer.Ordinal);
        foreach ((string topic, int partitions) in _partitions)
        {
            // No claim that stands looks further back.
            History(topic).Forget(staleBefore - plans.Settings.IdleAfter);
            times[topic] = Horizon.Of(topic, partitions, sources, History(topic), staleBefore);
        }

        return times;
    }

    public void Restore(LedgerState state)
    {
        Now = state.Now;
        foreach (TopicPartitions topic in state.Partitions) _partitions.Add(topic.Topic, topic.Partitions);
        foreach (TopicWatermarks topic in state.Watermarks.IsDefault ? [] : state.Watermarks)
        {
            foreach (WatermarkStep step in topic.Steps) History(topic.Topic).Note(step.Stamp, step.Watermark);
        }
    }

    private WatermarkHistory History(string topic)
    {
        if (!_histories.TryGetValue(topic, out WatermarkHistory? history))
            _histories.Add(topic, history = new WatermarkHistory(new Duration(Math.Max(1, plans.Settings.IdleAfter / HistorySteps))));
        return history;
    }
}
