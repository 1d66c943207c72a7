using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Joins;

/// <summary>What projections say of time, and how far event time has come by it: the judge's own rule, over predictions and labels alike.</summary>
internal sealed class JoinClocks
{
    private readonly Func<QuietRule> _rule;
    private readonly TopicClocks _topics;
    private readonly Dictionary<SourcePartition, SourceTime> _sources = [];
    private readonly SortedDictionary<string, UInt128> _ids = new(StringComparer.Ordinal);

    public JoinClocks(Func<QuietRule> rule) => (_rule, _topics) = (rule, new TopicClocks(rule));

    public EventTime Now => _topics.Now;

    public ImmutableArray<TopicWatermarks> Watermarks => _topics.Watermarks;

    /// <summary>The source topics as they are now.</summary>
    public ImmutableArray<JoinTopic> Topics => [.. _topics.Partitions.Select(t => new JoinTopic(t.Topic, _ids[t.Topic], t.Partitions))];

    public ImmutableArray<JoinSource> Sources =>
    [
        .. _sources.OrderBy(s => s.Key).Select(s => new JoinSource(s.Key, s.Value.Watermark, s.Value.Upto, s.Value.IdleStamp, s.Value.IdleSince)),
    ];

    /// <summary>
    /// Takes note of any projection, also of one that says nothing new. The topic of a name is the one of which something new was said last: were it the one
    /// that was heard of last, an old one of which somebody says a late word would be it for ever.
    /// </summary>
    /// <param name="projection">The projection.</param>
    /// <param name="isNew">Its messages, or their loss, are news.</param>
    /// <returns>Whether another topic of that name begins with it.</returns>
    public bool Hear(Projection projection, bool isNew)
    {
        string topic = projection.Source.Topic;
        bool again = false;
        if (!_ids.TryAdd(topic, projection.TopicId) && isNew && !IsNow(projection))
        {
            again = true;
            _ids[topic] = projection.TopicId;
            foreach ((SourcePartition source, SourceTime time) in _sources)
            {
                if (source.Topic == topic) time.BeginAgain();
            }

            _topics.BeginAgain(topic, projection.Partitions);
        }

        if (IsNow(projection)) _topics.Hear(topic, projection.Partitions, projection.Stamp);
        else _topics.Hear(projection.Stamp);
        return again;
    }

    /// <summary>What a projection says of time, once its rows are taken. Another topic of that name moves no time.</summary>
    public void Move(Projection projection)
    {
        if (!IsNow(projection)) return;
        if (!_sources.TryGetValue(projection.Source, out SourceTime? source)) _sources.Add(projection.Source, source = new SourceTime());
        source.Hear(projection.Upto, projection.Watermark, projection.Idle, projection.Stamp);
        _topics.NoteWatermark(projection.Source.Topic, projection.Stamp, projection.Watermark);
    }

    /// <summary>How far event time has come for a model, or <see cref="EventTime.None"/>.</summary>
    public EventTime Reached(JoinedModel model)
    {
        var topics = new TopicTime[model.Topics.Length];
        for (int i = 0; i < topics.Length; i++)
        {
            if (_topics.Time(model.Topics[i], _sources.GetValueOrDefault) is not { } time) return EventTime.None;
            topics[i] = time;
        }

        return topics.Length == 0 ? EventTime.None : Horizon.Reached(topics, _rule(), () => LastEnd(model));
    }

    public void Restore(JoinTime time)
    {
        _sources.Clear();
        _ids.Clear();
        foreach (JoinSource source in time.Sources)
            _sources.Add(source.Source, SourceTime.Restore(source.Watermark, source.Upto, source.IdleStamp, source.IdleSince, heard: true));
        foreach (JoinTopic topic in time.Topics) _ids.Add(topic.Topic, topic.Id);
        _topics.Restore(time.Now, [.. time.Topics.Select(t => new TopicPartitions(t.Topic, t.Partitions))], time.Watermarks);
    }

    // All that any row known so far may still wait for. By watermarks and not by the rows at hand, so that every partition of joins gets as far.
    private EventTime LastEnd(JoinedModel model)
    {
        EventTime last = EventTime.None;
        foreach ((SourcePartition source, SourceTime time) in _sources)
        {
            if (model.Topics.Contains(source.Topic)) last = EventTime.Max(last, time.Watermark);
        }

        return last == EventTime.None ? last : model.PredictionEnd(last);
    }

    private bool IsNow(Projection projection) => _ids[projection.Source.Topic] == projection.TopicId;
}
