using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Tells what failed for one model while counting went on: every fault in the metrics, and one of each kind a minute in the log, with its stack trace.
/// Thread-safe.
/// </summary>
internal sealed class FaultLog(Metrics metrics, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(1);

    private readonly LineLimit _lines = new(time, Hold);

    public void Say(SourcePartition source, IReadOnlyList<CountingFault> faults)
    {
        foreach (CountingFault fault in faults)
        {
            metrics.Fault(fault.Step);
            // No offset and no text of the message: a kind is a place in the program, for one model.
            string kind = $"{fault.Step} {fault.Model} {fault.Why.GetType().Name}";
            _lines.Say(
                kind,
                () => logger.CountingFailed(fault.Why, fault.Step, fault.Model ?? "(unknown)", source.Topic, source.Partition, fault.Offset.InTopic),
                more => logger.CountingFailedMore(fault.Step, fault.Model ?? "(unknown)", more, Hold.TotalSeconds, fault.Offset.InTopic));
        }
    }

    /// <summary>Logs an exception that only the whole stage can answer for, and returns the failure that ends the stage.</summary>
    public KafkaFailure Ends(Exception thrown)
    {
        logger.StageThrew(thrown, "counter");
        return new KafkaFailure(KafkaErrorKind.Refused, $"{thrown.GetType().Name}: {thrown.Message}");
    }
}
