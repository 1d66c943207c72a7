using System.Diagnostics;
using System.Text;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Answering;

/// <summary>Writes an answer to the topic of an owner, and waits for what the desk says to it.</summary>
internal static class AnswerCall
{
    /// <summary>How long a reply may take: a desk that is restarted comes back within it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="plan">Names the broker.</param>
    /// <param name="owner">For whom it is said: to whose topic it goes.</param>
    /// <param name="id">The answer's id, which the reply names.</param>
    /// <param name="answer">Its JSON.</param>
    /// <param name="failure">Why it could not be written or the replies not be read; the answer may have been heard all the same.</param>
    /// <returns>The reply; null where none came in time.</returns>
    public static DeskReply? Send(
        DriftPlan plan, string owner, string id, byte[] answer, ILogger logger, out KafkaFailure? failure, CancellationToken cancel)
    {
        var names = new TopicNames(plan.Topics.Prefix);
        string replies = names.AlertsOf(owner);
        (_, long end) = Partitions.Offsets(plan.Kafka, replies, 0, Patience, logger, out failure);
        if (failure is not null) return null;
        using (var producer = new AckedProducer(plan.Kafka, logger))
        {
            failure = producer.Send(new OutgoingRecord(names.AnswersOf(owner), 0, Encoding.UTF8.GetBytes(id), answer), cancel) ?? producer.Barrier(cancel);
            if (failure is not null) return null;
        }

        using LogTail tail = LogTail.Partition(plan.Kafka, replies, 0, end, logger, Patience, follow: true);
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) is var waited && waited < Patience;)
        {
            if (!tail.TryRead(out LogRecord record, Patience - waited, cancel))
            {
                failure = tail.Failure;
                return null;
            }

            if (DeskReply.Read(record) is { } reply && reply.Answer == id) return reply;
        }

        return null;
    }
}
