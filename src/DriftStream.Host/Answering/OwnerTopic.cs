using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Answering;

/// <summary>A topic of one owner, read once from its beginning to its end.</summary>
internal static class OwnerTopic
{
    /// <param name="plan">Names the broker.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="take">Given each record.</param>
    /// <returns>Why it cannot be read, or null.</returns>
    public static KafkaFailure? Read(DriftPlan plan, string topic, ILogger logger, Action<LogRecord> take, CancellationToken cancel)
    {
        using LogTail? tail = LogTail.Topic(plan.Kafka, topic, follow: false, logger, out KafkaFailure? failure);
        if (tail is null) return failure;
        while (tail.TryRead(out LogRecord record, cancel)) take(record);
        return tail.Failure;
    }
}
