using System.Text;
using Confluent.Kafka;
using DriftStream.Desk;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// The desk of every partition that the group gives it: reads what judges found, what people said and how late it is, all in one log, and writes alerts,
/// replies and recommendations in one transaction with the checkpoint that says so.
/// </summary>
internal sealed class DeskStage : IDisposable
{
    /// <summary>How long, in microseconds, and how much of what is said may wait for its transaction while there is more to read.</summary>
    private const long LongestWait = EventTime.Second;

    private const int MostPending = 1000;

    /// <summary>How many partitions are loaded at once.</summary>
    private const int MostLoading = 8;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20), Patience = TimeSpan.FromSeconds(30), LastWrites = TimeSpan.FromSeconds(5);

    private readonly DriftPlan _plan;
    private readonly PlanBook _plans;
    private readonly WorkerStatus _status;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TopicNames _topics;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<int, DeskPartition> _desks = [];
    private readonly DeskCopies _copies;
    private readonly Readiness _readiness;
    private KafkaFailure? _failure;
    private EventTime _lastCheckpoint;

    public DeskStage(PlanBook plans, WorkerStatus status, TimeProvider time, Duration clockDifference, ILogger logger)
    {
        (_plan, _plans, _status, _time, _logger) = (plans.Own, plans, status, time, logger);
        _topics = new TopicNames(_plan.Topics.Prefix);
        _readiness = new Readiness(time, _plan.Engine.Flush, "checkpoint");
        _copies = new DeskCopies(plans, status, time, clockDifference, logger);
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Consumer(_plan.Kafka, _topics.DeskGroup))
            .LogTo(logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Revoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => Lost(partitions))
            .Build();
    }

    /// <summary>Keeps the desks until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        _consumer.Subscribe(_topics.Desk);
        // A transaction that is under way when the worker is told to stop is brought to its end.
        using var writing = new CancellationTokenSource();
        using CancellationTokenRegistration stop = cancel.Register(() => writing.CancelAfter(LastWrites));
        while (!cancel.IsCancellationRequested && _failure is null)
        {
            health.Tick();
            if (_copies.Denied is { } topic) health.NotReady($"{topic} may not be read, so its owner is not heard: look at its rights (topics --acls)");
            else _readiness.Say(health, _desks.Count, "keeping the desks of");
            try
            {
                bool more = Take(_consumer.Consume(Poll));
                _failure ??= _copies.Pass(_desks.Values, cancel);
                WriteWhatWaits(more, writing.Token);
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
            {
                _logger.Consuming(e.Error);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "reading the desks' log");
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                break;
            }

            if (Now() - _lastCheckpoint >= _plan.Engine.Flush) Checkpoint(writing.Token);
        }

        if (_failure is null) Checkpoint(writing.Token);
        return _failure;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
        _copies.Dispose();
        foreach (DeskPartition desk in _desks.Values) desk.Dispose();
    }

    private EventTime Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        var starts = new List<TopicPartitionOffset>(partitions.Count);
        if (partitions.Count > 0) _status.Metrics.Rebalanced();
        try
        {
            Load(partitions);
            foreach (TopicPartition partition in partitions)
            {
                if (_failure is not null) break;
                DeskPartition desk = _desks[partition.Partition.Value];
                if (desk.Next < 0) desk.Next = _consumer.QueryWatermarkOffsets(partition, Patience).Low.Value;
                starts.Add(new TopicPartitionOffset(partition, desk.Next));
                _logger.DeskTaken(desk.Index, desk.Next);
            }
        }
        catch (KafkaException e)
        {
            _failure ??= KafkaFailure.From(e.Error, "finding where to start");
        }

        _copies.Begin();
        if (_failure is null) _readiness.Assigned();
        return _failure is null ? starts : partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
    }

    // Each waits for the broker most of the time, so several are loaded at once. What was loaded is disposed of with the stage, even if another one fails.
    private void Load(List<TopicPartition> partitions)
    {
        var gate = new Lock();
        Parallel.ForEach(partitions, new ParallelOptions { MaxDegreeOfParallelism = MostLoading }, (partition, others) =>
        {
            int index = partition.Partition.Value;
            DeskPartition? desk = DeskPartition.Load(index, _plan, _plans, _topics, _logger, out KafkaFailure? failure);
            lock (gate)
            {
                if (desk is not null) _desks[index] = desk;
                _failure ??= failure;
            }

            if (failure is not null) others.Stop();
        });
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
            if (_desks.Remove(partition.Partition.Value, out DeskPartition? desk)) desk.Dispose();
            _status.Metrics.ForgetDesk(partition.Partition.Value);
        }
    }

    // Whether there may be more to read at once.
    private bool Take(ConsumeResult<byte[]?, byte[]?>? result)
    {
        if (result is null || _failure is not null || !_desks.TryGetValue(result.Partition.Value, out DeskPartition? desk)) return false;
        if (result.IsPartitionEOF)
        {
            // The end lies behind the markers of transactions, which are not records.
            desk.Next = Math.Max(desk.Next, result.Offset.Value);
            desk.HasReachedEnd = true;
            return false;
        }

        LogRecord read = LogRecord.Of(result);
        if (DeskCodec.Read(read.Value) is not { } record) _logger.DeskUnreadable(read.Topic, read.Partition, read.Offset, read.Value?.Length ?? 0);
        else Apply(desk, read, record);
        if (_failure is not null) return false;
        desk.Next = read.Offset + 1;
        desk.Changed = true;
        return true;
    }

    private void Apply(DeskPartition desk, in LogRecord read, IDeskRecord record)
    {
        if (record is TimeHeard) desk.IsTicking = false;
        (long epoch, string hash) = record switch
        {
            WindowJudged judged => (judged.Window.Epoch, judged.Window.Plan),
            PlanHeard plan => (plan.Epoch, plan.Hash),
            _ => (-1, ""),
        };
        if (epoch > desk.Desk.Epoch) _failure ??= _plans.Require(epoch, Patience) ?? _plans.Check(epoch, PlanName.Short(hash));
        if (_failure is not null) return;
        DeskOutput output;
        try
        {
            output = desk.Desk.Apply(read.Timestamp, record);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            // Whatever is thrown concerns the model of this record alone, and would be thrown again by whoever reads it.
            _status.Metrics.Fault("desk");
            _logger.DeskThrew(e, read.Partition, read.Offset);
            return;
        }

        if (desk.Pending.Count == 0) desk.PendingSince = Now();
        foreach (DeskAlert alert in output.Alerts)
        {
            string type = $"alert.{alert.Status.ToString().ToLowerInvariant()}";
            desk.Say(
                AlertRecords.Internal(_topics.Alerts, desk.Index, alert.Id, type, alert.Model, alert.Told, alert.To, DeskAlertJson.Write(alert)), alert.Id);
        }

        foreach (Reply reply in output.Replies)
        {
            string about = reply.Answer.Model ?? reply.Owner;
            desk.Say(
                AlertRecords.Internal(_topics.Alerts, desk.Index, reply.Id, "reply", about, reply.Heard, [reply.Owner], DeskAlertJson.Write(reply)), reply.Id);
        }

        foreach (DeskAction action in output.Actions) desk.Say(AlertRecords.Action(_topics.Actions, desk.Index, action), action.EventId);
        _status.Told(record is WindowJudged ? 1 : 0, output);
    }

    // People wait for it: it is written as soon as nothing more is there to be read.
    private void WriteWhatWaits(bool more, CancellationToken cancel)
    {
        foreach (DeskPartition desk in _desks.Values.Where(d => d.Pending.Count > 0))
        {
            if (!more || desk.Pending.Count >= MostPending || Now() - desk.PendingSince >= LongestWait) Write(desk, cancel);
        }
    }

    private void Checkpoint(CancellationToken cancel)
    {
        _lastCheckpoint = Now();
        foreach ((int partition, DeskPartition desk) in _desks)
        {
            if (desk.Changed) Write(desk, cancel);
            long high = _consumer.GetWatermarkOffsets(new TopicPartition(_topics.Desk, partition)).High.Value;
            _status.Metrics.DeskLag(partition, Math.Max(0, high - desk.Next));
        }

        if (_failure is not null) return;
        _status.Metrics.Episodes(_desks.Values.SelectMany(d => d.Desk.Episodes.Values).Where(e => e.IsOn && e.Said is not null)
            .CountBy(e => (e.Owner, e.Said!.Value.ToString().ToLowerInvariant(), e.Severity.ToString().ToLowerInvariant())));
        _status.Metrics.Actions(_desks.Values.SelectMany(d => d.Desk.Actions.Values).Where(a => a.IsOpen)
            .CountBy(a => (a.Owner, DeskActionJson.NameOf(a.Kind), DeskActionJson.NameOf(a.State))));
        // Only for people's lag tools: a desk goes on from its checkpoint.
        _consumer.Keep(_desks.Select(d => new TopicPartitionOffset(_topics.Desk, d.Key, d.Value.Next)));
        _readiness.Wrote();
    }

    private void Write(DeskPartition desk, CancellationToken cancel)
    {
        if (_failure is not null || cancel.IsCancellationRequested) return;
        byte[] key = Encoding.UTF8.GetBytes("desk");
        var checkpoint = new OutgoingRecord(_topics.DeskCheckpoints, desk.Index, key, desk.Desk.Checkpoint(desk.Next));
        try
        {
            _failure = desk.Producer.Write(desk.Pending, checkpoint, cancel);
        }
        catch (OperationCanceledException)
        {
            // The last checkpoint stands: what came after it is said again, under the same ids.
            return;
        }

        if (_failure is not null) return;
        desk.Pending.Clear();
        desk.Changed = false;
    }
}
