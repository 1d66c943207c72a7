using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Host.Terminal;
using DriftStream.Joins;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>A partition of <c>joins</c> that this worker joins.</summary>
/// <param name="partition">Its number.</param>
/// <param name="joiner">Folds it.</param>
/// <param name="epoch">The newest plan that is known to be there.</param>
/// <param name="until">Where what is folded again ends.</param>
/// <param name="table">Where its ids lie, if not in memory.</param>
internal sealed class JoinedPartition(int partition, Joiner joiner, long epoch, SourceOffset until, MappedTable? table) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, long> _overdue = [];
    private bool _refused;

    public int Partition => partition;

    public Joiner Joiner => joiner;

    /// <summary>Offset of the newest plan that has been asked for.</summary>
    public long Epoch { get; set; } = epoch;

    /// <summary>Where what is folded again ends.</summary>
    public SourceOffset Until => until;

    /// <summary>Up to where the counts topic has been told.</summary>
    public SourceOffset Written { get; set; } = joiner.Next;

    /// <summary>It goes on from a snapshot.</summary>
    public bool IsResumed { get; private init; }

    /// <summary>Its ids lie in files.</summary>
    public bool IsInFiles => table is not null;

    /// <summary>When it was last told how far what is folded again has come, by the clock of the process.</summary>
    public long Told { get; set; }

    /// <summary>When its last snapshot was written, or read, by the clock of the process; 0 where none was.</summary>
    public long Saved { get; set; }

    /// <summary>How long after it the next one is due: the first one at once.</summary>
    public TimeSpan Pause { get; set; }

    /// <summary>Says what an operator may want to do something about.</summary>
    /// <param name="models">How far the joiner has come with each.</param>
    /// <param name="logger">Where to.</param>
    public void Tell(ImmutableArray<JoinProgress> models, ILogger logger)
    {
        if (Joiner.Refuses != _refused)
        {
            _refused = Joiner.Refuses;
            if (_refused) logger.JoinsRefused(Partition);
            else logger.JoinsAccepted(Partition);
        }

        foreach (JoinProgress model in models)
        {
            (long labels, long predictions) = (model.Fates.OverdueLabels, model.Fates.OverduePredictions);
            long told = _overdue.GetValueOrDefault(model.Model);
            // Where it goes on it is told each time that it has doubled.
            if (labels + predictions <= 2 * told) continue;
            _overdue[model.Model] = labels + predictions;
            logger.JoinsOverdue(Partition, Printable.Of(model.Model), labels, predictions);
        }
    }

    /// <summary>Nobody joins it here any more.</summary>
    public void Dispose() => table?.Dispose();

    /// <summary>The partition as of its last position record; without one from the beginning.</summary>
    public static JoinedPartition? Load(
        int partition, DriftPlan plan, PlanBook plans, TopicNames topics, JoinFolder? folder, ILogger logger, out KafkaFailure? failure)
    {
        JoinPosition? position = Last(partition, plan, topics, logger, out failure);
        if (failure is not null) return null;
        var segments = new JoinSegments(plan.Counting.SegmentBytes, PlanReader.SegmentSpan);
        if (position is not null) failure = plans.Require(position.Time.Epoch, Patience);
        if (failure is not null) return null;
        if (position is not null && folder is not null)
        {
            MappedTable? restored = null;
            Joiner? resumed = folder.Load(partition, position, bytes =>
            {
                restored?.Dispose();
                restored = folder.NewTable(partition);
                return Joiner.Restore(plans.Joining, segments, position, bytes, Allocate(restored));
            });
            if (resumed is { Diverged: true }) folder.Discard(partition);
            else if (resumed is not null)
            {
                logger.SnapshotRead(partition, resumed.Remembered, resumed.Next);
                return new JoinedPartition(partition, resumed, position.Time.Epoch, position.Next, restored) { IsResumed = true };
            }

            restored?.Dispose();
        }

        MappedTable? table = folder?.NewTable(partition);
        Joiner joiner = position is null ? new Joiner(plans.Joining, plans.Oldest, segments, Allocate(table))
            : Joiner.Restore(plans.Joining, segments, position, Allocate(table));
        return new JoinedPartition(partition, joiner, position?.Time.Epoch ?? plans.Oldest, position?.Next ?? default, table);
    }

    private static Func<int, Memory<byte>>? Allocate(MappedTable? table) => table is null ? null : table.Allocate;

    private static JoinPosition? Last(int partition, DriftPlan plan, TopicNames topics, ILogger logger, out KafkaFailure? failure)
    {
        JoinPosition? last = null;
        using LogTail tail = LogTail.Partition(plan.Kafka, topics.JoinPositions, partition, null, logger);
        while (tail.TryRead(out LogRecord record))
        {
            if (record.Value is null || JoinReport.IsOne(record.Key)) continue;
            if (JoinPositionCodec.Read(record.Value) is not { } position)
                logger.CountsUnreadable(topics.JoinPositions, partition, record.Offset, record.Value.Length);
            // Two that joined at once may have written one after the other: the further position is just as true.
            else if (last is null || position.Next > last.Next) last = position;
        }

        failure = tail.Failure;
        return last;
    }
}
