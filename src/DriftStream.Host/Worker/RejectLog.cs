using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Kafka;

namespace DriftStream.Host.Worker;

/// <summary>
/// Writes what was refused, with a bound on the records of one reason between two flushes: a producer that sends nothing but broken messages
/// must not turn the rejects topic into a second stream. What is held back is summed up in one record for each partition and reason at the
/// next flush, so that messages and rows of all records add up to the headers' fates. Thread-safe.
/// </summary>
internal sealed class RejectLog(CounterWriter writer)
{
    /// <summary>How many records of one reason are written between two flushes.</summary>
    public const int Most = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<RejectReason, int> _written = [];
    private readonly Dictionary<(SourcePartition Source, RejectReason Reason), HeldBack> _held = [];

    /// <summary>Writes a record, or keeps it for the sum.</summary>
    public KafkaFailure? Write(RejectedRows rejected)
    {
        lock (_gate)
        {
            int written = _written.GetValueOrDefault(rejected.Reject.Reason);
            if (written == Most)
            {
                (SourcePartition, RejectReason) key = (rejected.Source, rejected.Reject.Reason);
                _held[key] = _held.TryGetValue(key, out HeldBack? held) ? held.With(rejected) : HeldBack.Of(rejected);
                return null;
            }

            _written[rejected.Reject.Reason] = written + 1;
        }

        return writer.Write(rejected, CancellationToken.None);
    }

    /// <summary>Writes the sums, and lets records through again.</summary>
    public KafkaFailure? Flush()
    {
        List<HeldBack> held;
        lock (_gate)
        {
            held = [.. _held.Values];
            _held.Clear();
            _written.Clear();
        }

        KafkaFailure? failure = null;
        foreach (HeldBack one in held) failure ??= writer.Write(one, CancellationToken.None);
        return failure;
    }
}

/// <summary>What was refused of one partition for one reason without a record of its own.</summary>
/// <param name="First">The first reject.</param>
/// <param name="Last">Offset of the last one.</param>
/// <param name="Messages">How many messages, with those of which some rows were counted.</param>
/// <param name="Rows">Rows refused, in messages whose rows are known.</param>
internal sealed record HeldBack(RejectedRows First, SourceOffset Last, long Messages, RowCount Rows)
{
    public static HeldBack Of(RejectedRows rejected) => new(rejected, rejected.Offset, 1, rejected.Rows);

    /// <summary>A message that is refused in parts, one for each model, counts once.</summary>
    public HeldBack With(RejectedRows rejected) => this with
    {
        Last = rejected.Offset,
        Messages = Messages + (rejected.Offset == Last ? 0 : 1),
        Rows = Rows + rejected.Rows,
    };
}
