using System.Collections.Immutable;
using System.Text;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using DriftStream.Time;
using DriftStream.Windows;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Consumes the counts partitions that the group gives it and writes panes, verdicts and alerts, in one transaction with the
/// checkpoint that says so: whoever reads committed records sees each of them once, however often a judge dies.
/// </summary>
internal sealed class JudgeStage : IDisposable
{
    /// <summary>How long, in microseconds, and how much of what has been judged may wait for its transaction.</summary>
    private const long LongestWait = EventTime.Second;

    private const int MostPending = 1000;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(30),
        LastWrites = TimeSpan.FromSeconds(5);

    private readonly DriftPlan _plan;
    private readonly PlanBook _plans;
    private readonly WorkerStatus _status;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TopicNames _topics;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly Dictionary<int, JudgedPartition> _judged = [];
    private readonly JudgeRecords _records;
    private readonly Ceiling _openWindows;
    private readonly Readiness _readiness;
    private KafkaFailure? _failure;
    private EventTime _lastCheckpoint;

    public JudgeStage(PlanBook plans, WorkerStatus status, TimeProvider time, ILogger logger)
    {
        DriftPlan plan = plans.Own;
        (_plan, _plans, _status, _time, _logger) = (plan, plans, status, time, logger);
        _topics = new TopicNames(plan.Topics.Prefix);
        _records = new JudgeRecords(_topics, status.Metrics, time, logger);
        _openWindows = new Ceiling(plan.OpenWindows);
        _readiness = new Readiness(time, plan.Engine.Flush, "checkpoint");
        status.Metrics.Models.Bound(plan.Web.MetricSignals);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(ClientSettings.Consumer(plan.Kafka, _topics.JudgeGroup))
            .LogTo(logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Revoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => Lost(partitions))
            .Build();
    }

    /// <summary>Judges until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        _consumer.Subscribe(_topics.Counts);
        // A transaction that is under way when the worker is told to stop is brought to its end.
        using var writing = new CancellationTokenSource();
        using CancellationTokenRegistration stop = cancel.Register(() => writing.CancelAfter(LastWrites));
        while (!cancel.IsCancellationRequested && _failure is null)
        {
            health.Tick();
            _readiness.Say(health, _judged.Count, "judging");
            try
            {
                Take(_consumer.Consume(Poll));
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
            {
                _logger.Consuming(e.Error);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "consuming the counts");
            }

            if (Now() - _lastCheckpoint < _plan.Engine.Flush)
            {
                WriteWhatWaits(writing.Token);
                continue;
            }

            Checkpoint(writing.Token);
        }

        if (_failure is null) Checkpoint(writing.Token);
        return _failure;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
        foreach (JudgedPartition judged in _judged.Values) judged.Dispose();
    }

    private EventTime Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        var starts = new List<TopicPartitionOffset>(partitions.Count);
        if (partitions.Count > 0) _status.Metrics.Rebalanced();
        try
        {
            foreach (TopicPartition partition in partitions)
            {
                if (_failure is not null) break;
                int index = partition.Partition.Value;
                JudgedPartition? judged = JudgedPartition.Load(index, _plan, _plans, _topics, _logger, out KafkaFailure? failure);
                _failure ??= failure;
                if (judged is null) break;
                if (judged.Next < 0) judged.Next = judged.Written = _consumer.QueryWatermarkOffsets(partition, Patience).Low.Value;
                _judged[index] = judged;
                starts.Add(new TopicPartitionOffset(partition, judged.Next));
                _logger.CountsTaken(index, judged.Next);
            }
        }
        catch (KafkaException e)
        {
            _failure ??= KafkaFailure.From(e.Error, "finding where to start");
        }

        if (_failure is null) _readiness.Assigned();
        return _failure is null ? starts : partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
    }

    private void Revoked(List<TopicPartitionOffset> partitions)
    {
        _readiness.Revoked();
        Dropped(partitions);
    }

    private void Lost(List<TopicPartitionOffset> partitions)
    {
        _readiness.Lost();
        Dropped(partitions);
    }

    private void Dropped(List<TopicPartitionOffset> partitions)
    {
        if (partitions.Count > 0) _status.Metrics.Rebalanced();
        foreach (TopicPartitionOffset partition in partitions)
        {
            if (_judged.Remove(partition.Partition.Value, out JudgedPartition? judged)) judged.Dispose();
            _status.Judges.TryRemove(partition.Partition.Value, out _);
            _status.Metrics.ForgetJudge(partition.Partition.Value);
        }
    }

    private void Take(ConsumeResult<Ignore, byte[]>? result)
    {
        if (result is null || _failure is not null || !_judged.TryGetValue(result.Partition.Value, out JudgedPartition? judged)) return;
        if (!result.IsPartitionEOF)
        {
            byte[] bytes = result.Message.Value ?? [];
            ICountsRecord? record = FrameCodec.Read(bytes);
            if (record is null) _logger.CountsUnreadable(result.Topic, result.Partition.Value, result.Offset.Value, bytes.Length);
            if (record is SegmentHeaders headers) _failure ??= PlansOf(headers.All, judged.Judge.Ledger.Epoch);
            if (_failure is not null) return;
            Keep(result.Partition.Value, judged, judged.Judge.Apply(result.Offset.Value, record));
            judged.Next = result.Offset.Value + 1;
            judged.Changed = true;
            return;
        }

        judged.Next = Math.Max(judged.Next, result.Offset.Value);
        Report(result.Partition.Value, judged);
    }

    // A newer plan may still be on its way here. Each plan that a header names must be the one that its counter knew.
    private KafkaFailure? PlansOf(ImmutableArray<SegmentHeader> headers, long known)
    {
        KafkaFailure? failure = headers.Max(h => (long?)h.Plan) is { } plan && plan > known ? _plans.Require(plan, Patience) : null;
        foreach (SegmentHeader header in headers) failure ??= _plans.Check(header);
        return failure;
    }

    // Kept until a transaction writes them.
    private void Keep(int partition, JudgedPartition judged, JudgeOutput output)
    {
        if (judged.Pending.Count == 0) judged.PendingSince = Now();
        _records.Add(partition, judged.Judge, output, judged.Pending);
        _status.Judged(partition, output);
    }

    private void WriteWhatWaits(CancellationToken cancel)
    {
        foreach ((int partition, JudgedPartition judged) in _judged)
        {
            if (judged.Pending.Count >= MostPending || (judged.Pending.Count > 0 && Now() - judged.PendingSince >= LongestWait))
                Write(partition, judged, cancel);
        }
    }

    private void Checkpoint(CancellationToken cancel)
    {
        _lastCheckpoint = Now();
        foreach ((int partition, JudgedPartition judged) in _judged)
        {
            Report(partition, judged);
            if (judged.Changed) Write(partition, judged, cancel);
        }

        if (_failure is not null) return;
        // Only for people's lag tools: a judge goes on from its checkpoint.
        _consumer.Keep(_judged.Select(j => new TopicPartitionOffset(_topics.Counts, j.Key, j.Value.Written)));
        _readiness.Wrote();
    }

    private void Write(int partition, JudgedPartition judged, CancellationToken cancel)
    {
        if (_failure is not null || cancel.IsCancellationRequested) return;
        byte[] key = Encoding.UTF8.GetBytes(partition.ToString());
        var checkpoint = new OutgoingRecord(_topics.Checkpoints, partition, key, judged.Judge.Checkpoint(judged.Next));
        try
        {
            _failure = judged.Producer.Write(judged.Pending, checkpoint, cancel);
        }
        catch (OperationCanceledException)
        {
            // The last checkpoint stands: what came after it is judged again, under the same ids.
            return;
        }

        if (_failure is not null) return;
        judged.Pending.Clear();
        judged.Changed = false;
        judged.Written = judged.Next;
    }

    private void Report(int partition, JudgedPartition judged)
    {
        WindowLedger ledger = judged.Judge.Ledger;
        var progress = new JudgeProgress(partition, judged.Next, [.. ledger.Accounts()], ledger.OpenPanes, ledger.OpenWindows);
        _status.Judges[partition] = progress;
        long high = _consumer.GetWatermarkOffsets(new TopicPartition(_topics.Counts, partition)).High.Value;
        _status.Metrics.JudgeLag(partition, Math.Max(0, high - judged.Next));
        long overtaken = progress.Accounts.Sum(a => a.Overtaken);
        if (overtaken > judged.Overtaken) _status.Metrics.Overtaken(overtaken - judged.Overtaken);
        judged.Overtaken = Math.Max(overtaken, judged.Overtaken);
        long dropped = progress.Accounts.Sum(a => a.Dropped);
        if (dropped > judged.Dropped) _logger.RowsDropped(partition, dropped - judged.Dropped);
        judged.Dropped = Math.Max(dropped, judged.Dropped);
        ICollection<JudgeProgress> all = _status.Judges.Values;
        int open = all.Sum(j => j.OpenWindows);
        _status.Metrics.Open(open, all.Sum(j => j.OpenPanes));
        if (_openWindows.IsPassed(open)) _logger.ManyWindows(open, _openWindows.Limit);
        // The law is about all models: only a worker that judges every counts partition can check the headers against it.
        if (all.Count == _plan.Engine.CountsPartitions) _status.Metrics.Unaccounted(Law.Unaccounted([.. all.Select(j => j.Accounts)]));
    }
}
