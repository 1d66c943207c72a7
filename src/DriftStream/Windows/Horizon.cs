using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>What a quiet partition claims.</summary>
/// <param name="Watermark">The partition's own, event time in microseconds.</param>
/// <param name="Stamp">The stamp of the last claim: nothing was appended during the <c>idle_after</c> before it.</param>
/// <param name="Since">The stamp of the first claim since the partition last moved.</param>
internal readonly record struct QuietClaim(EventTime Watermark, EventTime Stamp, EventTime Since);

/// <summary>How far the partitions of one topic have come.</summary>
/// <param name="Loud">Least watermark of the partitions without a claim; <see cref="EventTime.None"/> where one of them has none, or where a
/// partition that exists by some header has not been heard.</param>
/// <param name="Quiet">The claims that stand.</param>
/// <param name="History">The topic's greatest watermarks, by stamp.</param>
internal sealed record TopicTime(EventTime Loud, IReadOnlyList<QuietClaim> Quiet, WatermarkHistory History)
{
    /// <summary>Later than every row: <see cref="Loud"/> where no partition is without a claim.</summary>
    public static EventTime AllQuiet => EventTime.Never;
}

/// <summary>
/// How far event time has come for a model: the least that its source partitions vouch for. A partition that receives rows vouches for
/// its watermark. A quiet one holds the others back by <c>idle_after</c>: its claim says only that nothing was appended to
/// it while the others went on from where they stood that long before. So a row is never overtaken by rows appended less than
/// <c>idle_after</c> before it in other partitions, in whatever order counters flush. A claim that freed the horizon at once would
/// lose most of a burst that reaches the partitions one after the other.
/// </summary>
internal static class Horizon
{
    /// <param name="topic">The topic.</param>
    /// <param name="partitions">How many partitions it is known to have.</param>
    /// <param name="sources">What is known of each partition that has been heard.</param>
    /// <param name="history">The topic's greatest watermarks, by stamp.</param>
    /// <param name="staleBefore">Claims stamped before this have lapsed.</param>
    public static TopicTime Of(
        string topic, int partitions, Func<SourcePartition, SourceTime?> sources, WatermarkHistory history, EventTime staleBefore)
    {
        EventTime loud = partitions == 0 ? EventTime.None : TopicTime.AllQuiet;
        var quiet = new List<QuietClaim>();
        for (int p = 0; p < partitions; p++)
        {
            if (sources(new SourcePartition(topic, p)) is not { Heard: true } source)
                return new TopicTime(EventTime.None, [], history);
            if (source.IdleStamp != EventTime.None && source.IdleStamp >= staleBefore)
                quiet.Add(new QuietClaim(source.Watermark, source.IdleStamp, source.IdleSince));
            else
                loud = EventTime.Min(loud, source.Watermark);
        }

        return new TopicTime(loud, quiet, history);
    }

    /// <summary>How far time has come over these source topics, in silence too, or <see cref="EventTime.None"/>.</summary>
    /// <param name="topics">At least one.</param>
    /// <param name="rule">What quiet partitions do.</param>
    /// <param name="last">
    /// When everything is silent: no further than this. <see cref="EventTime.None"/> where silence moves nothing. Asked only then.
    /// </param>
    public static EventTime Reached(IReadOnlyList<TopicTime> topics, QuietRule rule, Func<EventTime> last)
    {
        EventTime horizon = Over(topics, rule.IdleAfter), silent = SilentUpto(topics, rule.CloseAfterIdle);
        return silent == EventTime.None ? horizon : EventTime.Max(horizon, EventTime.Min(silent, last()));
    }

    /// <summary>How far time has come without what silence does, or <see cref="EventTime.None"/>.</summary>
    /// <param name="topics">At least one.</param>
    /// <param name="idleAfter">For how long a quiet partition holds the others back.</param>
    public static EventTime Over(IReadOnlyList<TopicTime> topics, Duration idleAfter)
    {
        EventTime horizon = topics.Min(t => t.Loud);
        foreach (QuietClaim claim in topics.SelectMany(t => t.Quiet))
        {
            if (claim.Watermark >= horizon) continue;
            EventTime others = topics.Max(t => t.History.At(claim.Stamp - idleAfter));
            horizon = EventTime.Min(horizon, EventTime.Max(claim.Watermark, others));
        }

        return horizon;
    }

    // The stamp up to which every partition has been quiet for that long; None where not all have.
    private static EventTime SilentUpto(IReadOnlyList<TopicTime> topics, Duration closeAfterIdle)
    {
        if (topics.Any(t => t.Loud != TopicTime.AllQuiet)) return EventTime.None;
        EventTime stamp = topics.Min(t => t.Quiet.Min(c => c.Stamp)), since = topics.Max(t => t.Quiet.Max(c => c.Since));
        return stamp - since < closeAfterIdle ? EventTime.None : stamp - closeAfterIdle;
    }
}
