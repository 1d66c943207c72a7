using System.Diagnostics;
using Confluent.Kafka;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Takes alerts from the judge's topic to the topics of their owners, as a stage of its own: an owner's topic that is missing,
/// forbidden or too small fails nobody else, and may hold the others for half a minute at most. What cannot be delivered goes to the undeliverable
/// topic and to the root owner.
/// </summary>
internal sealed class DeliveryStage : IDisposable
{
    /// <summary>How many alerts may be in flight at once.</summary>
    private const int MaxBatch = 500;

    /// <summary>In place of an owner's id, which it cannot be.</summary>
    private const string Nobody = "(nobody)";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(30);

    private readonly PlanBook _plans;
    private readonly WorkerStatus _status;
    private readonly ILogger _logger;
    private readonly TopicNames _topics;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<TopicPartition, Offset> _next = [];
    private bool _assigned;
    private KafkaFailure? _failure;

    public DeliveryStage(PlanBook plans, WorkerStatus status, ILogger logger)
    {
        DriftPlan plan = plans.Newest!;
        (_plans, _status, _logger) = (plans, status, logger);
        _topics = new TopicNames(plan.Topics.Prefix);
        _producer = new ProducerBuilder<byte[]?, byte[]?>(ClientSettings.Producer(plan.Kafka)).LogTo(logger).Build();
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Consumer(plan.Kafka, _topics.DeliveryGroup))
            .LogTo(logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsLostHandler((_, _) => _assigned = false)
            .Build();
    }

    /// <summary>Delivers until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        _consumer.Subscribe(_topics.Alerts);
        while (!cancel.IsCancellationRequested && _failure is null)
        {
            health.Tick();
            try
            {
                List<ConsumeResult<byte[]?, byte[]?>> batch = Take();
                Deliver(batch);
                if (_assigned) health.Ready("delivering");
                else health.NotReady(Readiness.Waiting);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "delivering alerts");
            }
        }

        return _failure;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
        _producer.Dispose();
    }

    // Delivery is at least once: it goes on from the group's commit, and ids reveal duplicates.
    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        try
        {
            List<TopicPartitionOffset> committed = partitions.Count == 0 ? [] : _consumer.Committed(partitions, Patience);
            _assigned = true;
            return committed.Select(c => c.Offset.IsSpecial
                ? new TopicPartitionOffset(c.TopicPartition, _consumer.QueryWatermarkOffsets(c.TopicPartition, Patience).Low)
                : c).ToList();
        }
        catch (KafkaException e)
        {
            _failure ??= KafkaFailure.From(e.Error, "finding where to start");
            return partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
        }
    }

    private List<ConsumeResult<byte[]?, byte[]?>> Take()
    {
        var batch = new List<ConsumeResult<byte[]?, byte[]?>>();
        long began = Stopwatch.GetTimestamp();
        while (batch.Count < MaxBatch && Stopwatch.GetElapsedTime(began) < Poll)
        {
            ConsumeResult<byte[]?, byte[]?>? result = null;
            try
            {
                result = _consumer.Consume(Poll);
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
            {
                _logger.Consuming(e.Error);
            }

            // What came before a failure is delivered, since the consumer does not give it again.
            if (result is null) break;
            // The end lies behind the markers of transactions, which are not records.
            _next[result.TopicPartition] = result.IsPartitionEOF ? result.Offset : result.Offset + 1;
            if (!result.IsPartitionEOF) batch.Add(result);
        }

        return batch;
    }

    private void Deliver(List<ConsumeResult<byte[]?, byte[]?>> batch)
    {
        Task.WaitAll(batch.Where(r => r.Message.Value is not null).SelectMany(Deliver));
        if (_failure is not null || _next.Count == 0) return;
        _status.AddDelivered(batch.Count);
        _consumer.Keep(_next.Select(n => new TopicPartitionOffset(n.Key, n.Value)));
        _next.Clear();
    }

    private IEnumerable<Task> Deliver(ConsumeResult<byte[]?, byte[]?> alert)
    {
        string[] owners;
        try
        {
            owners = AlertRecords.Owners(alert.Message.Headers);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            Threw(e, alert);
            owners = [];
        }

        // An alert that names nobody goes to the root owner.
        return owners.Length == 0 ? [GiveBack(alert.Message, Nobody, new KafkaFailure(KafkaErrorKind.Refused, "it names no owner"))]
            : owners.Select(owner => Deliver(alert, owner));
    }

    private async Task Deliver(ConsumeResult<byte[]?, byte[]?> alert, string owner)
    {
        KafkaFailure? failure;
        try
        {
            failure = await Send(_topics.AlertsOf(owner), Public(alert.Message)).ConfigureAwait(false);
        }
        // The alerts beside it have owners of their own.
        catch (Exception e) when (e is not KafkaException && CountingFault.IsOne(e))
        {
            Threw(e, alert);
            failure = new KafkaFailure(KafkaErrorKind.Refused, CountingFault.Describe(e));
        }

        if (failure is not null) await GiveBack(alert.Message, owner, failure).ConfigureAwait(false);
    }

    private void Threw(Exception thrown, ConsumeResult<byte[]?, byte[]?> alert)
    {
        _status.Metrics.Fault("deliver");
        _logger.DeliveryThrew(thrown, alert.Topic, alert.Partition.Value, alert.Offset.Value);
    }

    private async Task GiveBack(Message<byte[]?, byte[]?> alert, string owner, KafkaFailure failure)
    {
        string topic = _topics.AlertsOf(owner);
        _logger.Undeliverable(owner, topic, failure.Kind.ToString(), failure.Detail);
        _status.Metrics.Undeliverable(owner);
        Message<byte[]?, byte[]?> message = Public(alert);
        byte[] value = AlertRecords.Undeliverable(alert.Value!, owner, topic, failure);
        var returned = new Message<byte[]?, byte[]?> { Key = alert.Key, Value = value, Headers = message.Headers };
        // The offset is committed only once somebody has the alert, at least the undeliverable topic.
        KafkaFailure? lost = await Send(_topics.Undeliverable, returned).ConfigureAwait(false);
        if (lost is not null) _failure ??= lost;
        string root = _plans.Newest!.Root.Id;
        if (owner != root) await Send(_topics.AlertsOf(root), message).ConfigureAwait(false);
    }

    private static Message<byte[]?, byte[]?> Public(Message<byte[]?, byte[]?> alert) =>
        new() { Key = alert.Key, Value = alert.Value, Headers = AlertRecords.Public(alert.Headers) };

    private async Task<KafkaFailure?> Send(string topic, Message<byte[]?, byte[]?> message)
    {
        try
        {
            await _producer.ProduceAsync(topic, message).ConfigureAwait(false);
            return null;
        }
        catch (ProduceException<byte[]?, byte[]?> e)
        {
            return KafkaFailure.From(e.Error, topic);
        }
    }
}
