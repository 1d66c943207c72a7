using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Plans;

/// <summary>
/// Keeps the plan book: reads the plan topic, publishes the plan that this worker is started or reloaded with unless it is already the newest,
/// and follows what other workers publish.
/// </summary>
internal sealed class PlanStage : IDisposable
{
    private const string Unsuited = "baseline";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250), Patience = TimeSpan.FromSeconds(15);

    private readonly PlanBook _book;
    private readonly PlanLog _log;
    private readonly Metrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _by;
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Health _health;
    private readonly BaselineLearning? _learning;
    private LogTail? _tail;

    /// <param name="by">Who starts the worker, for the record.</param>
    /// <param name="learns">How often it looks whether a baseline can be learned; null: never, for it may not read the sources.</param>
    public PlanStage(PlanBook book, string by, Health health, Metrics metrics, TimeProvider time, ILogger logger, TimeSpan? learns)
    {
        _health = health;
        _learning = learns is { } pace ? new BaselineLearning(book, health, time, logger, pace) : null;
        (_book, _by, _metrics, _time, _logger) = (book, by, metrics, time, logger);
        _log = new PlanLog(book.Own.Kafka, new TopicNames(book.Own.Topics.Prefix), logger);
    }

    /// <summary>Follows until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        if (ReadBaselines() is { } unread) return unread;
        List<(long Epoch, PlanRecord Record)> plans = _log.Read(out long next, out KafkaFailure? failure);
        foreach ((long epoch, PlanRecord record) in plans) _book.Add(epoch, record);
        if (failure is not null) return failure;
        _tail = _log.Follow(next);
        bool published = false;
        long heard = _time.GetTimestamp();
        while (!cancel.IsCancellationRequested)
        {
            health.Tick();
            if (!published) heard = _time.GetTimestamp();
            if (Publish(cancel, ref published) is { } unpublished) return unpublished;
            // In a topic that was made again the tail waits for an offset that is far ahead; the stage that starts again sees that topic.
            if (published && _time.GetElapsedTime(heard) > Patience)
                return new KafkaFailure(KafkaErrorKind.Missing, "the plan was published and does not come back: was its topic made again?");
            // While a plan of its own is being published the worker waits for it: it would otherwise count under a plan that ends at once.
            if (!published && InForce(health) is { } refused) return refused;
            if (!published) _learning?.Step();
            if (!_tail.TryRead(out LogRecord record, Poll, CancellationToken.None))
            {
                if (_tail.Failure is { } lost) return lost;
                continue;
            }

            published = false;
            if (PlanRecord.Read(record.Value) is { } plan) _book.Add(record.Offset, plan);
        }

        return null;
    }

    public void Dispose()
    {
        _learning?.Dispose();
        _tail?.Dispose();
    }

    private KafkaFailure? Publish(CancellationToken cancel, ref bool published)
    {
        bool mayHaveLearned = _book.WantsLearned();
        if (mayHaveLearned && ReadBaselines() is { } unread) return unread;
        DriftPlan? taken = _book.TakeWanted(out string? problem);
        if (mayHaveLearned) _health.Tell(Unsuited, problem is null ? [] : [Printable.Of(problem)]);
        if (problem is not null) _logger.LearnedDoesNotSuit(Printable.Of(problem));
        if (taken is not { } wanted) return null;
        var record = PlanRecord.Of(wanted, _by, EventTime.From(_time.GetUtcNow().UtcDateTime));
        KafkaFailure? failure = null;
        try
        {
            failure = _log.Publish(wanted, record, _files.Keys, cancel);
            published = failure is null;
        }
        catch (OperationCanceledException)
        {
            // Told to stop: whoever starts next publishes it.
        }

        if (!published) _book.PutBack(wanted);
        return failure;
    }

    private KafkaFailure? InForce(RoleHealth health)
    {
        if (_book.LacksBaselines() && ReadBaselines() is { } unread) return unread;
        long? before = _book.Newest?.Epoch;
        if (_book.Run() is { } problem) return new KafkaFailure(KafkaErrorKind.Missing, problem);
        if (_book.Newest is not { } plan) return null;
        health.Ready($"plan {plan.Epoch}");
        if (plan.Epoch == before) return null;
        _metrics.PlanEpoch(plan.Epoch);
        _metrics.Models.Keep(plan.Models.Select(m => m.Id));
        (long written, long counted) = (_book.Own.Counting.SegmentBytes, plan.Counting.SegmentBytes);
        if (before is null && written != counted) _logger.SegmentStays(written, counted);
        _logger.PlanRuns(plan.Epoch, plan.Hash, plan.Counting.Epoch);
        return null;
    }

    private KafkaFailure? ReadBaselines()
    {
        KafkaFailure? failure = _log.ReadBaselines(_files);
        _book.Add(_files);
        return failure;
    }
}
