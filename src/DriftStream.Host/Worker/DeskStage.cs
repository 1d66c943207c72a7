using Confluent.Kafka;
using DriftStream.Alerts;
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
/// The desk of every partition that the group gives it: reads what judges found, what people said and how late it is, all in one log, and writes alerts and
/// replies in one transaction with the checkpoint that says so.
/// </summary>
/// <remarks>
/// What comes from outside, answers, newer plans and the time, is first copied into the log and then read back, so that the fold has one input in one order.
/// Copies are acknowledged one by one; those of a desk that has lost its partition are harmless, for the fold knows what it has heard.
/// </remarks>
internal sealed class DeskStage : IDisposable
{
    /// <summary>How long what is said may wait for its transaction while more is there to read, and how much of it.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private const int MostPending = 1000;

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
}
