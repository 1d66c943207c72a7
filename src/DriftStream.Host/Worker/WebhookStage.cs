using System.Collections.Immutable;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Plans;
using DriftStream.Host.Webhooks;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>Posts what is written to owners' topics to their webhooks, as the newest plan has them.</summary>
internal sealed class WebhookStage : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private readonly PlanBook _plans;
    private readonly WorkerStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TopicNames _topics;
    private readonly KafkaSettings _kafka;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private WebhookReading? _reading;
    private KafkaFailure? _failure;

    public WebhookStage(PlanBook plans, WorkerStatus status, TimeProvider time, ILogger logger)
    {
        DriftPlan plan = plans.Newest!;
        (_plans, _status, _time, _logger, _kafka) = (plans, status, time, logger, plan.Kafka);
        _topics = new TopicNames(plan.Topics.Prefix);
        _producer = new ProducerBuilder<byte[]?, byte[]?>(ClientSettings.Producer(_kafka)).LogTo(logger).Build();
    }

    /// <summary>Posts until cancelled (null) or until something fails.</summary>
    public KafkaFailure? Run(RoleHealth health, CancellationToken cancel)
    {
        ImmutableArray<(string Owner, Webhook Webhook)> now = [], wanted = [];
        DriftPlan? plan = null;
        while (!cancel.IsCancellationRequested && _failure is null)
        {
            health.Tick();
            if (!ReferenceEquals(plan, _plans.Newest)) wanted = Of(plan = _plans.Newest!);
            try
            {
                if (!wanted.SequenceEqual(now))
                {
                    _reading?.Dispose();
                    _reading = wanted.IsEmpty ? null : new WebhookReading(wanted, _kafka, _topics, Write, GiveUpAsync, _status.Metrics, _time, _logger);
                    now = wanted;
                }

                if (_reading is null)
                {
                    health.Ready("no owner has a webhook");
                    cancel.WaitHandle.WaitOne(Idle);
                    continue;
                }

                _failure ??= _reading.Turn();
                if (_reading.IsAssigned) health.Ready($"posting to {_reading.Count} of {now.Length} webhooks");
                else health.NotReady(Readiness.Waiting);
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, "reading alerts for webhooks");
            }
        }

        return _failure;
    }

    public void Dispose()
    {
        _reading?.Dispose();
        _producer.Flush(Idle);
        _producer.Dispose();
    }

    private static ImmutableArray<(string, Webhook)> Of(DriftPlan plan) =>
        [.. plan.Owners.Values.SelectMany(o => o.Webhooks.Select(w => (o.Id, w)))];

    private void Write(OutgoingRecord position) => _producer.Produce(position.Topic, Message(position.Key, position.Value, null), report =>
    {
        if (report.Error.IsError) _failure ??= KafkaFailure.From(report.Error, position.Topic);
    });

    // It is done with only once the undeliverable topic has it. The root owner's own is not told again: its webhook would refuse that as well.
    private async Task<bool> GiveUpAsync(LogRecord record, string owner, Webhook webhook, WebhookAnswer answer)
    {
        var failure = new KafkaFailure(answer.Outcome == WebhookOutcome.Failed ? KafkaErrorKind.Unreachable : KafkaErrorKind.Refused, answer.Detail);
        byte[] returned = AlertRecords.Undeliverable(record.Value!, owner, record.Topic, failure, webhook.Name);
        if (await SendAsync(_topics.Undeliverable, Message(record.Key, returned, record.Headers)).ConfigureAwait(false) is { } lost)
        {
            _failure ??= lost;
            return false;
        }

        string root = _plans.Newest!.Root.Id;
        if (owner == root) return true;
        if (await SendAsync(_topics.AlertsOf(root), Message(record.Key, record.Value, record.Headers)).ConfigureAwait(false) is { } unsaid)
            _logger.Undeliverable(root, _topics.AlertsOf(root), unsaid.Kind.ToString(), unsaid.Detail);
        return true;
    }

    private async Task<KafkaFailure?> SendAsync(string topic, Message<byte[]?, byte[]?> message)
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

    private static Message<byte[]?, byte[]?> Message(byte[]? key, byte[]? value, Headers? headers) => new() { Key = key, Value = value, Headers = headers };
}
