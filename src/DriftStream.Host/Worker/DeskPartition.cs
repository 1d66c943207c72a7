using System.Text;
using Confluent.Kafka;
using DriftStream.Desk;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>A partition of the desk topic that this worker keeps.</summary>
internal sealed class DeskPartition(int index, Desk.Desk desk, long next, HashSet<string> known, AckedProducer producer) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public int Index { get; } = index;

    public Desk.Desk Desk { get; } = desk;

    /// <summary>Writes for this partition alone: its transactional id fences a desk that has lost the partition and does not know it.</summary>
    public AckedProducer Producer { get; } = producer;

    /// <summary>The next offset of the log, or -1 for the oldest there is.</summary>
    public long Next { get; set; } = next;

    /// <summary>What is said and not yet written.</summary>
    public List<OutgoingRecord> Pending { get; } = [];

    /// <summary>When the first of these began to wait.</summary>
    public EventTime PendingSince { get; set; }

    /// <summary>Something has been applied since the last checkpoint.</summary>
    public bool Changed { get; set; }

    /// <summary>The end of the log has been reached once, so that what is due is due now.</summary>
    public bool HasReachedEnd { get; set; }

    /// <summary>Epoch of the newest plan that was copied into the log, or that the log has named.</summary>
    public long PlanCopied { get; set; } = desk.Epoch;

    /// <summary>Of each topic of answers, the next offset to be copied.</summary>
    public Dictionary<string, long> Copied { get; } = new(desk.Heard, StringComparer.Ordinal);

    /// <summary>The time was copied into the log, and has not been read back yet.</summary>
    public bool IsTicking { get; set; }

    public void Dispose() => Producer.Dispose();

    /// <summary>Keeps what is said for the next transaction, unless it was said before the checkpoint was lost.</summary>
    public void Say(OutgoingRecord record, string id)
    {
        if (!known.Contains(id)) Pending.Add(record);
    }

    /// <summary>
    /// The partition as of the last checkpoint, once no other desk can write for it any more. Without a checkpoint the log is folded again from its
    /// beginning, and what already stands among alerts and actions is not said again.
    /// </summary>
    public static DeskPartition? Load(int partition, DriftPlan plan, PlanBook plans, TopicNames topics, ILogger logger, out KafkaFailure? failure)
    {
        var producer = new AckedProducer(plan.Kafka, logger, topics.DeskTransaction(partition));
        DeskPartition? loaded = null;
        try
        {
            failure = producer.Open(Patience);
            if (failure is null) loaded = Load(partition, plan, plans, topics, producer, logger, out failure);
            return loaded;
        }
        catch (KafkaException e)
        {
            failure = KafkaFailure.From(e.Error, "loading a desk");
            return null;
        }
        finally
        {
            if (loaded is null) producer.Dispose();
        }
    }

    private static DeskPartition? Load(
        int partition, DriftPlan plan, PlanBook plans, TopicNames topics, AckedProducer producer, ILogger logger, out KafkaFailure? failure)
    {
        byte[]? last = CommittedCheckpoint.OfDesk(partition, plan.Kafka, topics, producer, logger, out failure);
        if (failure is not null) return null;
        if ((last is null ? null : DeskCheckpoint.Read(last)) is { } state)
        {
            failure = plans.Require(state.Epoch, Patience) ?? plans.Check(state.Epoch, PlanName.Short(state.Plan));
            return failure is null ? new DeskPartition(partition, DriftStream.Desk.Desk.Restore(plans.Desks, state), state.Next, [], producer) : null;
        }

        HashSet<string> known = Said(partition, plan.Kafka, topics, logger, out failure);
        return failure is null ? new DeskPartition(partition, new Desk.Desk(plans.Desks, plans.Oldest), -1, known, producer) : null;
    }

    private static HashSet<string> Said(int partition, KafkaSettings kafka, TopicNames topics, ILogger logger, out KafkaFailure? failure)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        failure = null;
        foreach (string topic in (string[])[topics.Alerts, topics.Actions])
        {
            using LogTail said = LogTail.Partition(kafka, topic, partition, null, logger);
            while (said.TryRead(out LogRecord record))
            {
                if (record.Headers.TryGetLastBytes("ce_id", out byte[] id)) ids.Add(Encoding.UTF8.GetString(id));
            }

            failure ??= said.Failure;
        }

        return ids;
    }
}
