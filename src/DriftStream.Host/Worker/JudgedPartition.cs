using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>A counts partition that this worker judges.</summary>
internal sealed class JudgedPartition(Judge judge, long next, AckedProducer producer) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public Judge Judge { get; } = judge;

    /// <summary>Writes for this partition alone: its transactional id fences a judge that has lost the partition and does not know it.</summary>
    public AckedProducer Producer { get; } = producer;

    /// <summary>The next counts offset, or -1 for the oldest there is.</summary>
    public long Next { get; set; } = next;

    /// <summary>The value of <see cref="Next"/> in the last checkpoint.</summary>
    public long Written { get; set; } = next;

    /// <summary>What is said and not yet written.</summary>
    public List<OutgoingRecord> Pending { get; } = [];

    /// <summary>When the first of these began to wait.</summary>
    public EventTime PendingSince { get; set; }

    /// <summary>Overtaken rows that the metrics have been told of.</summary>
    public long Overtaken { get; set; }

    /// <summary>Rows of models that the plan does not have, as far as the log has been told that they are in no window.</summary>
    public long Dropped { get; set; }

    /// <summary>Something has been applied since the last checkpoint.</summary>
    public bool Changed { get; set; }

    public void Dispose() => Producer.Dispose();

    /// <summary>
    /// The partition as of the last checkpoint, once no other judge can write for it any more. Sealed panes of open windows come back from the
    /// panes topic, open panes from the counts between the checkpoint's low and next offsets. Without a checkpoint: from the beginning.
    /// </summary>
    public static JudgedPartition? Load(
        int partition, DriftPlan plan, PlanBook plans, TopicNames topics, ILogger logger, out KafkaFailure? failure)
    {
        var producer = new AckedProducer(plan.Kafka, logger, topics.JudgeTransaction(partition));
        JudgedPartition? judged = null;
        try
        {
            failure = producer.Open(Patience);
            if (failure is null) judged = Load(partition, plan, plans, topics, producer, logger, out failure);
            return judged;
        }
        finally
        {
            if (judged is null) producer.Dispose();
        }
    }

    private static JudgedPartition? Load(int partition, DriftPlan plan, PlanBook plans, TopicNames topics, AckedProducer producer,
        ILogger logger, out KafkaFailure? failure)
    {
        byte[]? last = CommittedCheckpoint.OfJudge(partition, plan.Kafka, topics, producer, logger, out failure);
        if (failure is not null) return null;
        CheckpointState? state = last is null ? null : Checkpoint.Read(last);
        var own = new Dictionary<long, JudgeSettings>();
        if (state is null) return new JudgedPartition(new Judge(Judging, plans.Oldest), -1, producer);
        failure = plans.Require(state.Ledger.Epoch, Patience) ?? plans.Check(state.Ledger.Epoch, PlanName.Short(state.Plan ?? ""));
        if (failure is not null) return null;
        Judge judge = Judge.Restore(Judging, state);
        using (LogTail panes = LogTail.Partition(plan.Kafka, topics.Panes, partition, null, logger))
        {
            while (panes.TryRead(out LogRecord record))
            {
                if (FrameCodec.Read(record.Value) is SealedPane pane) judge.Ledger.RestoreSealed(pane);
                else logger.CountsUnreadable(topics.Panes, partition, record.Offset, record.Value?.Length ?? 0);
            }

            failure = panes.Failure;
        }

        if (failure is null && state.Low < state.Next) judge.Ledger.Rebuild(Frames(partition, state, plan.Kafka, topics, logger, out failure));
        return failure is null ? new JudgedPartition(judge, state.Next, producer) : null;

        JudgeSettings Judging(long epoch)
        {
            if (!own.TryGetValue(epoch, out JudgeSettings? settings))
                own.Add(epoch, settings = plans.Judging(epoch).OfPartition(partition, plan.Engine.CountsPartitions));
            return settings;
        }
    }

    private static List<(long Offset, Frame Frame)> Frames(
        int partition, CheckpointState state, KafkaSettings kafka, TopicNames topics, ILogger logger, out KafkaFailure? failure)
    {
        var frames = new List<(long, Frame)>();
        using LogTail tail = LogTail.Partition(kafka, topics.Counts, partition, state.Low, logger);
        while (tail.TryRead(out LogRecord record) && record.Offset < state.Next)
        {
            if (FrameCodec.Read(record.Value) is Frame frame) frames.Add((record.Offset, frame));
        }

        failure = tail.Failure;
        return frames;
    }
}
