using System.Collections.Concurrent;
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
/// Takes alerts from the judge's topic to the topics of their owners, as a stage of its own: an owner's topic that is missing, forbidden, too small or
/// slow holds nobody else. What cannot be delivered goes to the undeliverable topic and to the root owner.
/// </summary>
/// <remarks>
/// At least once: committed is what everything before is done with. The thread of the stage does everything but wait for acknowledgements, which
/// come to a queue.
/// </remarks>
internal sealed class DeliveryStage : IDisposable
{
    /// <summary>How many alerts, and bytes of them, may be open at once; beyond that none is read.</summary>
    private const int MaxOpen = 10_000, MaxOpenBytes = 64 << 20;

    /// <summary>In place of an owner's id, which it cannot be.</summary>
    private const string Nobody = "(nobody)";

    private static readonly TimeSpan
        Poll = TimeSpan.FromMilliseconds(50), PollBusy = TimeSpan.FromMilliseconds(5), Patience = TimeSpan.FromSeconds(30), LastWait = TimeSpan.FromSeconds(3);

    private readonly PlanBook _plans;
    private readonly WorkerStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TopicNames _topics;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<string, OwnerLane> _lanes = new(StringComparer.Ordinal);
    private readonly DoneOffsets _done = new();
    private readonly ConcurrentQueue<Action> _acknowledged = [];
    private int _open, _openBytes;
    private bool _assigned, _paused;
    private KafkaFailure? _failure;

    public DeliveryStage(PlanBook plans, WorkerStatus status, TimeProvider time, ILogger logger)
    {
        DriftPlan plan = plans.Newest!;
        (_plans, _status, _time, _logger) = (plans, status, time, logger);
        _topics = new TopicNames(plan.Topics.Prefix);
        _producer = new ProducerBuilder<byte[]?, byte[]?>(ClientSettings.Producer(plan.Kafka)).LogTo(logger).Build();
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Consumer(plan.Kafka, _topics.DeliveryGroup))
            .LogTo(logger)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Left(partitions.Select(p => p.TopicPartition)))
            .SetPartitionsLostHandler((_, partitions) =>
            {
                _assigned = false;
                Left(partitions.Select(p => p.TopicPartition));
            })
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
                Take();
                Settle();
                if (_assigned) health.Ready("delivering");
                else health.NotReady(Readiness.Waiting);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "delivering alerts");
            }
        }

        // What is acknowledged now is not repeated after a restart.
        long stopped = Stopwatch.GetTimestamp();
        for (; _open > 0 && _failure is null && Stopwatch.GetElapsedTime(stopped) < LastWait; Thread.Sleep(PollBusy)) Settle();
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
            (_assigned, _paused) = (true, false);
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

    private void Left(IEnumerable<TopicPartition> partitions)
    {
        Settle();
        foreach (TopicPartition partition in partitions) _done.Forget(partition);
    }

    // Whoever does not poll is thrown out of the group, so a full stage polls too.
    private void Take()
    {
        bool full = _open >= MaxOpen || _openBytes >= MaxOpenBytes;
        if (full) _consumer.Pause(_consumer.Assignment);
        else if (_paused) _consumer.Resume(_consumer.Assignment);
        _paused = full;
        long began = Stopwatch.GetTimestamp();
        do
        {
            ConsumeResult<byte[]?, byte[]?>? result = null;
            try
            {
                result = _consumer.Consume(_open > 0 ? PollBusy : Poll);
            }
            catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
            {
                _logger.Consuming(e.Error);
            }

            if (result is null) return;
            // The end lies behind the markers of transactions, which are not records.
            if (result.IsPartitionEOF) _done.Add(result.TopicPartition, new Outgoing(new(), result.Offset, 0));
            else Begin(result);
        }
        while (_open < MaxOpen && Stopwatch.GetElapsedTime(began) < Poll);
    }

    private void Begin(ConsumeResult<byte[]?, byte[]?> read)
    {
        var alert = new Outgoing(read.Message, read.Offset + 1, read.Message.Value?.Length ?? 0);
        _done.Add(read.TopicPartition, alert);
        _status.AddDelivered(read.Message.Value is null ? 1 : 0);
        if (read.Message.Value is null) return;
        (_open, _openBytes) = (_open + 1, _openBytes + alert.Bytes);
        string[] owners;
        try
        {
            owners = AlertRecords.Owners(read.Message.Headers);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            _status.Metrics.Fault("deliver");
            _logger.DeliveryThrew(e, read.Topic, read.Partition.Value, read.Offset.Value);
            owners = [];
        }

        alert.Left = Math.Max(1, owners.Length);
        // An alert that names nobody goes to the root owner.
        if (owners.Length == 0) GiveBack(new Delivery(alert, Nobody), new KafkaFailure(KafkaErrorKind.Refused, "it names no owner"), tried: true);
        foreach (string owner in owners) Lane(owner).Add(new Delivery(alert, owner));
        foreach (string owner in owners) Go(Lane(owner));
    }

    private OwnerLane Lane(string owner)
    {
        if (!_lanes.TryGetValue(owner, out OwnerLane? lane)) _lanes.Add(owner, lane = new OwnerLane(_topics.AlertsOf(owner), _time));
        return lane;
    }

    private void Go(OwnerLane lane)
    {
        while (lane.TryNext(out Delivery next, out KafkaFailure? instead))
        {
            if (instead is not null) End(next, instead, tried: false);
            else
            {
                Send(lane.Topic, Public(next.Of.Alert), failure =>
                {
                    lane.Ended(failure);
                    End(next, failure, tried: true);
                    Go(lane);
                });
            }
        }
    }

    private void End(Delivery delivery, KafkaFailure? failure, bool tried)
    {
        if (failure is null || delivery.IsCopy) Had(delivery.Of);
        else GiveBack(delivery, failure, tried);
    }

    private void GiveBack(Delivery delivery, KafkaFailure failure, bool tried)
    {
        (Outgoing of, string owner) = (delivery.Of, delivery.Owner);
        string topic = _topics.AlertsOf(owner);
        if (tried) _logger.Undeliverable(owner, topic, failure.Kind.ToString(), failure.Detail);
        _status.Metrics.Undeliverable(owner);
        Message<byte[]?, byte[]?> returned = Public(of.Alert);
        returned.Value = AlertRecords.Undeliverable(of.Alert.Value!, owner, topic, failure);
        // The offset is committed only once somebody has the alert, at least the undeliverable topic.
        Send(_topics.Undeliverable, returned, lost =>
        {
            if (lost is null) Had(of);
            else _failure ??= lost;
        });
        string root = _plans.Newest!.Root.Id;
        if (owner == root) return;
        of.Left++;
        OwnerLane lane = Lane(root);
        lane.Add(new Delivery(of, root, IsCopy: true));
        Go(lane);
    }

    private void Had(Outgoing alert)
    {
        if (--alert.Left > 0) return;
        (_open, _openBytes) = (_open - 1, _openBytes - alert.Bytes);
        _status.AddDelivered(1);
    }

    private static Message<byte[]?, byte[]?> Public(Message<byte[]?, byte[]?> alert) =>
        new() { Key = alert.Key, Value = alert.Value, Headers = AlertRecords.Public(alert.Headers) };

    /// <summary>Sends a record; what is then to be done is done by the stage's own thread.</summary>
    private void Send(string topic, Message<byte[]?, byte[]?> message, Action<KafkaFailure?> then)
    {
        try
        {
            _producer.Produce(topic, message, report =>
            {
                KafkaFailure? failure = report.Error.IsError ? KafkaFailure.From(report.Error, topic) : null;
                _acknowledged.Enqueue(() => then(failure));
            });
        }
        catch (ProduceException<byte[]?, byte[]?> e)
        {
            var failure = KafkaFailure.From(e.Error, topic);
            _acknowledged.Enqueue(() => then(failure));
        }
    }

    private void Settle()
    {
        while (_acknowledged.TryDequeue(out Action? then)) then();
        _consumer.Keep(_done.Take());
    }
}
