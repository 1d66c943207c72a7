using DriftStream.Batches;
using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>
/// How far event time has come for a model: the monotone minimum of the watermarks of its source partitions that are not idle.
/// A partition that some header counts but nobody has reported yet holds it.
/// </summary>
internal static class Horizon
{
    /// <summary>What the partitions of a topic say together.</summary>
    /// <param name="Watermark">Least watermark of the active partitions; <see cref="EventTime.None"/> where one has none or is
    /// unheard.</param>
    /// <param name="AllIdle">Every partition's idle claim stands.</param>
    /// <param name="IdleSince">Where all are idle: since when the last of them is.</param>
    /// <param name="IdleStamp">Where all are idle: the oldest claim.</param>
    public readonly record struct TopicView(long Watermark, bool AllIdle, long IdleSince, long IdleStamp)
    {
        /// <summary>Of nothing yet: everything is idle, for ever.</summary>
        public static TopicView Empty => new(long.MaxValue, true, EventTime.None, long.MaxValue);

        public TopicView With(TopicView other) => new(
            Math.Min(Watermark, other.Watermark),
            AllIdle && other.AllIdle,
            Math.Max(IdleSince, other.IdleSince),
            Math.Min(IdleStamp, other.IdleStamp));
    }

    /// <param name="topic">The topic.</param>
    /// <param name="partitions">Partitions it is known to have.</param>
    /// <param name="sources">What has been heard.</param>
    /// <param name="staleBefore">Idle claims stamped before this have lapsed.</param>
    public static TopicView Of(string topic, int partitions, Dictionary<SourcePartition, SourceState> sources, long staleBefore)
    {
        TopicView view = TopicView.Empty;
        for (int p = 0; p < partitions; p++)
        {
            if (!sources.TryGetValue(new SourcePartition(topic, p), out SourceState? source) || !source.Heard)
                return new TopicView(EventTime.None, false, EventTime.None, EventTime.None);
            view = view.With(source.IdleStamp != EventTime.None && source.IdleStamp >= staleBefore
                ? new TopicView(long.MaxValue, true, source.IdleSince, source.IdleStamp)
                : new TopicView(source.Watermark, false, EventTime.None, long.MaxValue));
        }

        return partitions == 0 ? new TopicView(EventTime.None, false, EventTime.None, EventTime.None) : view;
    }
}
