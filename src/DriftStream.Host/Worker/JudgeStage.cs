using System.Buffers;
using System.Text;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Web;
using DriftStream.Judgements;
using DriftStream.Plan;
using DriftStream.Windows;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Consumes the counts partitions that the group gives it and writes panes, verdicts and alerts. Its outputs are acknowledged before
/// its checkpoint is written: after a crash they may be written again, with the same ids.
/// </summary>
internal sealed class JudgeStage : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(30);

    private readonly DriftPlan _plan;
    private readonly JudgeSettings _settings;
    private readonly WorkerStatus _status;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TopicNames _topics;
    private readonly AckedProducer _producer;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly Dictionary<int, JudgedPartition> _judged = [];
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private KafkaFailure? _failure;
    private long _lastCheckpoint;

    public JudgeStage(DriftPlan plan, WorkerStatus status, TimeProvider time, ILogger logger)
    {
        (_plan, _settings, _status, _time, _logger) = (plan, plan.Judge(), status, time, logger);
        _topics = new TopicNames(plan.Topics.Prefix);
        _producer = new AckedProducer(plan.Kafka, logger);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(ClientSettings.Consumer(plan.Kafka, _topics.JudgeGroup))
            .LogTo(logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Dropped(partitions))
            .SetPartitionsLostHandler((_, partitions) => Dropped(partitions))
            .Build();
    }

    /// <summary>Judges until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        _consumer.Subscribe(_topics.Counts);
        while (!cancel.IsCancellationRequested && _failure is null)
        {
            health.Tick();
            try
            {
                Take(_consumer.Consume(Poll));
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
            {
                _logger.ConsumeFailed(e.Error.Code, e.Error.Reason);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "consuming the counts");
            }

            if (Now() - _lastCheckpoint < _plan.Engine.Flush) continue;
            Checkpoint(cancel);
            health.Ready($"judging {_judged.Count} counts partitions");
        }

        if (_failure is null)
        {
            using var brief = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            Checkpoint(brief.Token);
        }

        return _failure;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
        _producer.Dispose();
    }

    private long Now() => EventTime.From(_time.GetUtcNow().UtcDateTime);

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        var starts = new List<TopicPartitionOffset>(partitions.Count);
        try
        {
            foreach (TopicPartition partition in partitions)
            {
                if (_failure is not null) break;
                int index = partition.Partition.Value;
                JudgedPartition? judged = JudgedPartition.Load(index, _plan, _settings, _topics, _logger, out KafkaFailure? failure);
                _failure ??= failure;
                if (judged is null) break;
                if (judged.Next < 0) judged.Next = _consumer.QueryWatermarkOffsets(partition, Patience).Low.Value;
                _judged[index] = judged;
                starts.Add(new TopicPartitionOffset(partition, judged.Next));
                _logger.CountsTaken(index, judged.Next);
            }
        }
        catch (KafkaException e)
        {
            _failure ??= KafkaFailure.From(e.Error, "finding where to start");
        }

        return _failure is null ? starts : partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
    }

    private void Dropped(List<TopicPartitionOffset> partitions)
    {
        foreach (TopicPartitionOffset partition in partitions)
        {
            _judged.Remove(partition.Partition.Value);
            _status.Judges.TryRemove(partition.Partition.Value, out _);
            _status.Metrics.ForgetJudge(partition.Partition.Value);
        }
    }

    private void Take(ConsumeResult<Ignore, byte[]>? result)
    {
        if (result is null || _failure is not null || !_judged.TryGetValue(result.Partition.Value, out JudgedPartition? judged)) return;
        if (!result.IsPartitionEOF)
        {
            Write(result.Partition.Value, judged.Judge.Apply(result.Offset.Value, result.Message.Value ?? []));
            judged.Next = result.Offset.Value + 1;
            judged.Changed = true;
            return;
        }

        judged.Next = Math.Max(judged.Next, result.Offset.Value);
        Report(result.Partition.Value, judged);
    }

    private void Write(int partition, JudgeOutput output)
    {
        foreach (Entry pane in output.Panes)
        {
            _buffer.ResetWrittenCount();
            FrameCodec.Write(pane, _buffer);
            Send(new OutgoingRecord(_topics.Panes, partition, Encoding.UTF8.GetBytes(pane.Key.Model), _buffer.WrittenSpan.ToArray()));
        }

        foreach (Verdict verdict in output.Verdicts)
        {
            byte[] key = Encoding.UTF8.GetBytes(verdict.Window.Model);
            foreach (byte[] document in VerdictJson.Write(verdict, _settings.PlanHash)) Send(new OutgoingRecord(_topics.Verdicts, null, key, document));
        }

        foreach (Alert alert in output.Alerts) Send(AlertRecords.Internal(_topics.Alerts, alert));
        _status.Judged(output);
    }

    private void Send(OutgoingRecord record) => _failure ??= _producer.Send(record);

    private void Checkpoint(CancellationToken cancel)
    {
        _lastCheckpoint = Now();
        try
        {
            _failure ??= _producer.Barrier(cancel);
            foreach ((int partition, JudgedPartition judged) in _judged)
            {
                Report(partition, judged);
                if (!judged.Changed) continue;
                judged.Changed = false;
                byte[] key = Encoding.UTF8.GetBytes(partition.ToString());
                Send(new OutgoingRecord(_topics.Checkpoints, partition, key, judged.Judge.Checkpoint(judged.Next)));
            }

            _failure ??= _producer.Barrier(cancel);
            if (_failure is null) _consumer.Commit(_judged.Select(j => new TopicPartitionOffset(_topics.Counts, j.Key, j.Value.Next)));
        }
        catch (OperationCanceledException)
        {
            // The last checkpoint stands: what came after it is judged again, under the same ids.
        }
        catch (KafkaException e)
        {
            _logger.CommitFailed(e.Error.Code, e.Error.Reason);
        }
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
        _status.Metrics.Open(all.Sum(j => j.OpenWindows), all.Sum(j => j.OpenPanes));
        // The law speaks of all models: only a worker that judges every counts partition can hold it against the headers.
        if (all.Count == _plan.Engine.CountsPartitions) _status.Metrics.Unaccounted(Law.Unaccounted([.. all.Select(j => j.Accounts)]));
    }
}
