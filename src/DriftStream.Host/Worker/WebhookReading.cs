using System.Collections.Immutable;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Webhooks;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// One consumer of the topics of all owners with webhooks, and a loop for each webhook. The group only decides which worker has a topic; how far a webhook
/// is stands in <c>positions</c>, since the webhooks of an owner share a topic and differ in that.
/// </summary>
internal sealed class WebhookReading : IDisposable
{
    private static readonly TimeSpan
        Poll = TimeSpan.FromMilliseconds(50), Pace = TimeSpan.FromMilliseconds(500), Patience = TimeSpan.FromSeconds(30), LastWait = TimeSpan.FromSeconds(2);

    private readonly ImmutableArray<(string Owner, Webhook Webhook)> _webhooks;
    private readonly KafkaSettings _kafka;
    private readonly TopicNames _topics;
    private readonly Action<OutgoingRecord> _write;
    private readonly Func<LogRecord, string, Webhook, WebhookAnswer, Task<bool>> _giveUp;
    private readonly Metrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<string, Running[]> _loops = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _abort = new();
    // A webhook that fell behind reads by a client of its own for a moment.
    private readonly SemaphoreSlim _readers = new(4);
    private long _told;
    private KafkaFailure? _failure;

    public WebhookReading(
        ImmutableArray<(string Owner, Webhook Webhook)> webhooks, KafkaSettings kafka, TopicNames topics, Action<OutgoingRecord> write,
        Func<LogRecord, string, Webhook, WebhookAnswer, Task<bool>> giveUp, Metrics metrics, TimeProvider time, ILogger logger)
    {
        (_webhooks, _kafka, _topics, _write, _giveUp, _metrics, _time, _logger) = (webhooks, kafka, topics, write, giveUp, metrics, time, logger);
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Consumer(kafka, topics.WebhookGroup))
            .LogTo(logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Leave(partitions.Select(p => p.Topic)))
            .SetPartitionsLostHandler((_, partitions) =>
            {
                IsAssigned = false;
                Leave(partitions.Select(p => p.Topic));
            })
            .Build();
        _consumer.Subscribe(webhooks.Select(w => topics.AlertsOf(w.Owner)).Distinct());
    }

    /// <summary>Whether the group has given out the topics.</summary>
    public bool IsAssigned { get; private set; }

    /// <summary>Webhooks whose topic this worker has.</summary>
    public int Count => _loops.Values.Sum(l => l.Length);

    /// <summary>Takes what has come, and writes down now and then how far the webhooks are.</summary>
    public KafkaFailure? Turn()
    {
        long began = _time.GetTimestamp();
        while (Next() is { } result)
        {
            foreach (Running running in _loops.GetValueOrDefault(result.Topic, []))
            {
                if (result.IsPartitionEOF) running.Loop.ReachedEnd(result.Offset);
                else running.Loop.Offer(LogRecord.Of(result));
            }

            if (_time.GetElapsedTime(began) > Poll) break;
        }

        if (_told == 0 || _time.GetElapsedTime(_told) > Pace)
        {
            _told = _time.GetTimestamp();
            foreach (Running running in _loops.Values.SelectMany(l => l)) Tell(running);
        }

        return _failure;
    }

    public void Dispose()
    {
        Leave([.. _loops.Keys]);
        _consumer.Close();
        _consumer.Dispose();
        _abort.Dispose();
        _readers.Dispose();
    }

    private ConsumeResult<byte[]?, byte[]?>? Next()
    {
        try
        {
            return _consumer.Consume(Poll);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
        {
            _logger.Consuming(e.Error);
            return null;
        }
    }

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        try
        {
            Dictionary<(string, string), long> positions = [];
            if (partitions.Count > 0) positions = WebhookPositions.Read(_kafka, _topics, _logger, out _failure);
            IsAssigned = true;
            return partitions.Select(p => Start(p, positions)).ToList();
        }
        catch (KafkaException e)
        {
            _failure ??= KafkaFailure.From(e.Error, "finding where webhooks start");
            return partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
        }
    }

    private TopicPartitionOffset Start(TopicPartition partition, Dictionary<(string, string), long> positions)
    {
        WatermarkOffsets there = _consumer.QueryWatermarkOffsets(partition, Patience);
        long start = there.High;
        var loops = new List<Running>();
        foreach ((string owner, Webhook webhook) in _webhooks.Where(w => _topics.AlertsOf(w.Owner) == partition.Topic))
        {
            long? position = positions.TryGetValue((owner, webhook.Name), out long next) ? next : null;
            // A topic that was made again has less than was read of it, and retention may have taken what was not read yet.
            if (position > there.High || position < there.Low) position = there.Low;
            // What is open follows from the whole topic, and so does which records are older than the webhook.
            start = Math.Min(start, webhook.Format == WebhookFormat.Alertmanager || position is null ? there.Low.Value : position.Value);
            var around = new WebhookSurroundings(
                (from, most, cancel) => Read(partition.Topic, from, most, cancel), (record, answer) => _giveUp(record, owner, webhook, answer),
                _time, _metrics, _logger);
            loops.Add(new Running(new WebhookLoop(owner, webhook, position, around), position ?? -1));
        }

        _loops[partition.Topic] = [.. loops];
        foreach (Running running in loops) running.Task = Task.Run(() => running.Loop.RunAsync(running.Stop.Token, _abort.Token));
        return new TopicPartitionOffset(partition, start);
    }

    private void Leave(IEnumerable<string> topics)
    {
        Running[] leaving = [.. topics.Distinct().SelectMany(t => _loops.Remove(t, out Running[]? loops) ? loops : [])];
        foreach (Running running in leaving) running.Stop.Cancel();
        // What is being posted now would be posted again by whoever comes next.
        if (!Task.WaitAll([.. leaving.Select(r => r.Task)], LastWait)) _logger.WebhooksHeld(leaving.Count(r => !r.Task.IsCompleted));
        foreach (Running running in leaving)
        {
            Tell(running);
            _metrics.ForgetWebhook(running.Loop.Owner, running.Loop.Webhook.Name);
            running.Task.ContinueWith(_ => running.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Tell(Running running)
    {
        WebhookLoop loop = running.Loop;
        if (running.Task.Exception?.InnerException is { } thrown)
            _failure ??= new KafkaFailure(KafkaErrorKind.Refused, $"webhook {loop.Webhook.Name} of {loop.Owner}: {thrown.GetType().Name}: {thrown.Message}");
        _metrics.WebhookLag(loop.Owner, loop.Webhook.Name, loop.Lag);
        long next = loop.Next;
        if (next == running.Written) return;
        _write(WebhookPositions.Record(_topics, loop.Owner, loop.Webhook.Name, next));
        running.Written = next;
    }

    private async Task<List<LogRecord>> Read(string topic, long from, int most, CancellationToken cancel)
    {
        await _readers.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Records(from) ?? Records(null) ?? [], cancel).ConfigureAwait(false);
        }
        finally
        {
            _readers.Release();
        }

        List<LogRecord>? Records(long? start)
        {
            var records = new List<LogRecord>();
            using LogTail tail = LogTail.Partition(_kafka, topic, 0, start, _logger);
            while (records.Count < most && tail.TryRead(out LogRecord record, cancel)) records.Add(record);
            return tail.Failure?.Kind == KafkaErrorKind.OffsetGone && start is not null ? null : records;
        }
    }

    private sealed class Running(WebhookLoop loop, long written) : IDisposable
    {
        public WebhookLoop Loop => loop;

        /// <summary>The position that was written last.</summary>
        public long Written { get; set; } = written;

        public CancellationTokenSource Stop { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;

        public void Dispose()
        {
            loop.Dispose();
            Stop.Dispose();
        }
    }
}
