using System.Collections.Immutable;
using Confluent.Kafka;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Joins;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Joins predictions with labels that come later, in the partitions of <c>joins</c> that the group gives it, and writes what a counter writes. Whoever takes a
/// partition over folds it again from where its position record says; two that have it at once write the same things.
/// </summary>
internal sealed class JoinStage : IDisposable
{
    private const string Idle = "no model of the plan has labels that come later";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(30), Pause = TimeSpan.FromSeconds(1);

    // At most a twentieth of the time goes into snapshots, and none follows the one before sooner than this many flushes.
    private const int SnapshotShare = 20, SnapshotFlushes = 4;

    private static readonly TimeSpan FailedPause = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(10);

    private readonly PlanBook _plans;
    private readonly JoinFolder? _folder;
    private readonly DriftPlan _plan;
    private readonly WorkerStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TopicNames _topics;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly JoinWriter _writer;
    private readonly Readiness _readiness;
    private readonly Dictionary<int, JoinedPartition> _joined = [];
    private KafkaFailure? _failure;
    private RoleHealth? _health;
    private EventTime _lastFlush;

    public JoinStage(PlanBook plans, JoinFolder? folder, WorkerStatus status, TimeProvider time, ILogger logger)
    {
        DriftPlan plan = plans.Newest!;
        (_plans, _plan, _folder, _status, _time, _logger) = (plans, plan, folder, status, time, logger);
        _topics = new TopicNames(plan.Topics.Prefix);
        _writer = new JoinWriter(plans, _topics, new FaultLog(status.Metrics, time, logger), logger);
        _readiness = new Readiness(time, plan.Engine.Flush, "flush");
        _consumer = new ConsumerBuilder<Ignore, byte[]>(ClientSettings.Consumer(plan.Kafka, _topics.JoinGroup))
            .LogTo(logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Left(partitions, _readiness.Revoked))
            .SetPartitionsLostHandler((_, partitions) => Left(partitions, _readiness.Lost))
            .Build();
    }

    /// <summary>Joins until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        _health = health;
        while (!_plans.Newest!.HasLaterLabels)
        {
            health.Tick();
            health.Ready(Idle);
            if (cancel.WaitHandle.WaitOne(Pause)) return null;
        }

        _consumer.Subscribe(_topics.Joins);
        while (!cancel.IsCancellationRequested && _failure is null)
        {
            health.Tick();
            Say(health);
            try
            {
                if (_consumer.Consume(Poll) is { IsPartitionEOF: false } result) Take(result);
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
            {
                _logger.Consuming(e.Error);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "consuming the joins");
            }
            catch (IOException e)
            {
                return NoRoom(e);
            }

            if (Now() - _lastFlush >= _plan.Engine.Flush) Flush();
        }

        // Told to stop: what is over is written, so that judges need not wait for whoever takes over.
        if (_failure is null) Flush();
        return _failure;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
        foreach (int partition in _joined.Keys.ToArray()) Drop(partition);
        _writer.Dispose();
    }

    // What had been folded is gone with the table; it is folded again once there is room.
    private static KafkaFailure NoRoom(IOException e) => new(KafkaErrorKind.Refused, $"engine.joins.folder, where ids lie (table: file): {e.Message}");

    private TimeSpan LeastPause => SnapshotFlushes * TimeSpan.FromMicroseconds(_plan.Engine.Flush.Microseconds);

    // While a snapshot is read or written, which may take minutes, the loop does not come round and is not dead.
    private Timer Alive() => new(_ => _health?.Tick(), null, TimeSpan.Zero, Progress);

    private EventTime Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private void Say(RoleHealth health)
    {
        if (_joined.Values.FirstOrDefault(j => j.Joiner.IsReplaying) is { } replaying)
            health.NotReady($"{_topics.Joins}[{replaying.Partition}]: remembering, at offset {replaying.Joiner.Next} of {replaying.Until}");
        else _readiness.Say(health, _joined.Count, "joining");
    }

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        var starts = new List<TopicPartitionOffset>(partitions.Count);
        if (partitions.Count > 0) _status.Metrics.Rebalanced();
        try
        {
            foreach (TopicPartition partition in partitions)
            {
                int index = partition.Partition.Value;
                Drop(index);
                using Timer alive = Alive();
                JoinedPartition? joined = JoinedPartition.Load(index, _plan, _plans, _topics, _folder, _logger, out KafkaFailure? failure);
                _failure ??= failure;
                if (joined is null) break;
                _joined[index] = joined;
                if (joined.IsResumed) (joined.Saved, joined.Pause) = (_time.GetTimestamp(), LeastPause);
                // What is gone of what it would read again is told as a loss.
                long low = _consumer.QueryWatermarkOffsets(partition, Patience).Low.Value, start = Math.Max(low, joined.Joiner.Next);
                starts.Add(new TopicPartitionOffset(partition, start));
                _logger.JoinsTaken(index, start);
            }
        }
        catch (KafkaException e)
        {
            _failure ??= KafkaFailure.From(e.Error, "finding where to start");
        }
        catch (IOException e)
        {
            _failure ??= NoRoom(e);
        }

        if (_failure is not null) return partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
        _readiness.Assigned();
        return starts;
    }

    private void Left(List<TopicPartitionOffset> partitions, Action note)
    {
        note();
        if (partitions.Count > 0) _status.Metrics.Rebalanced();
        foreach (int partition in partitions.Select(p => p.Partition.Value))
        {
            Drop(partition);
            _status.Joins.TryRemove(partition, out _);
        }

        _status.TellJoins();
    }

    private void Drop(int partition)
    {
        if (_joined.Remove(partition, out JoinedPartition? joined)) joined.Dispose();
    }

    private void Take(ConsumeResult<Ignore, byte[]> result)
    {
        if (_failure is not null || !_joined.TryGetValue(result.Partition.Value, out JoinedPartition? joined)) return;
        byte[] bytes = result.Message.Value ?? [];
        Projection? record = ProjectionCodec.Read(bytes, out _);
        if (record is null) _logger.CountsUnreadable(result.Topic, result.Partition.Value, result.Offset.Value, bytes.Length);
        else if (record.Epoch > joined.Epoch) _failure ??= _plans.Require(joined.Epoch = record.Epoch, Patience);
        if (_failure is not null) return;
        Joiner joiner = joined.Joiner;
        var timestamp = new EventTime(result.Message.Timestamp.UnixTimestampMs * 1000);
        bool replayed = joiner.IsReplaying;
        if (!replayed && joiner.EndsBefore(timestamp, record)) Finish(joined);
        joiner.Add(new SourceOffset(result.Offset.Value), timestamp, bytes.Length, record);
        if (replayed && !joiner.IsReplaying) EndReplay(joined);
        if (!joiner.IsReplaying && joiner.IsFull) Finish(joined);
    }

    private void EndReplay(JoinedPartition joined)
    {
        if (!joined.Joiner.Diverged)
        {
            Save(joined);
            return;
        }

        _folder?.Discard(joined.Partition);
        _failure ??= new KafkaFailure(KafkaErrorKind.Refused, $"{_topics.Joins}[{joined.Partition}]: what the snapshot remembers and the position record "
            + "says differ, since records were lost to one of them: the snapshot is gone, and the log is folded again");
    }

    // At the start of a segment, where the position record is written: whoever begins there needs what is remembered, and nothing else.
    private void Save(JoinedPartition joined)
    {
        if (_folder is null || !joined.Joiner.IsAtStart || _time.GetElapsedTime(joined.Saved) < joined.Pause) return;
        long began = _time.GetTimestamp();
        string? problem = null;
        using Timer alive = Alive();
        try
        {
            long bytes = _folder.Save(joined.Partition, joined.Joiner);
            TimeSpan took = _time.GetElapsedTime(began);
            _logger.SnapshotWritten(joined.Partition, joined.Joiner.Remembered, joined.Joiner.Next, bytes, took.TotalSeconds);
            _status.Metrics.SnapshotTook(took);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }

        TimeSpan share = SnapshotShare * _time.GetElapsedTime(began), least = problem is null ? LeastPause : FailedPause;
        (joined.Saved, joined.Pause) = (_time.GetTimestamp(), share > least ? share : least);
        if (problem is not null) _logger.SnapshotFailed(joined.Partition, problem, joined.Pause.TotalSeconds);
        _status.Metrics.Snapshot(problem is null ? "written" : "failed");
    }

    private void Finish(JoinedPartition joined)
    {
        JoinFlush flush = joined.Joiner.Finish();
        _failure ??= _writer.Write([(joined.Partition, flush)], CancellationToken.None);
        joined.Written = flush.Header.Upto;
        if (_failure is not null) return;
        _status.Metrics.SegmentFinished();
        Save(joined);
    }

    // Not to be cancelled: what was taken from a joiner and is not sent would be missing below a header that vouches for it.
    private void Flush()
    {
        _lastFlush = Now();
        var flushes = new List<(int Partition, JoinFlush Flush)>();
        foreach ((int partition, JoinedPartition joined) in _joined)
        {
            Joiner joiner = joined.Joiner;
            long high = _consumer.GetWatermarkOffsets(new TopicPartition(_topics.Joins, partition)).High.Value;
            ImmutableArray<JoinProgress> models = joiner.Models;
            _status.Joins[partition] = new JoinStand(partition, Math.Max(0, high - joiner.Next), joiner.Remembered,
                joiner.IndexBytes + (joined.IsInFiles ? 0 : joiner.TableBytes), joined.IsInFiles ? joiner.TableBytes : 0, models);
            if (!joiner.IsReplaying) joined.Tell(models, _logger);
            else if (_time.GetElapsedTime(joined.Told) >= Progress)
            {
                _logger.JoinsRemembering(partition, joiner.Next, joined.Until, joiner.Remembered);
                joined.Told = _time.GetTimestamp();
            }

            if (joiner.IsReplaying || joiner.Next == joined.Written || joiner.Next == joiner.Segment) continue;
            flushes.Add((partition, joiner.Flush()));
            joined.Written = joiner.Next;
        }

        _status.TellJoins();
        _failure ??= _writer.Write(flushes, CancellationToken.None);
        if (_failure is not null) return;
        // Only for people's lag tools: a joiner goes on from its position record.
        _consumer.Keep(_joined.Select(j => new TopicPartitionOffset(_topics.Joins, j.Key, j.Value.Joiner.Next.Value)));
        _readiness.Wrote();
    }
}
