using System.Diagnostics;
using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>Records that appear together, or of which the last proves the others.</summary>
public sealed partial class AckedProducer
{
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AbortTime = TimeSpan.FromSeconds(5);

    private readonly bool _transactional;
    private bool _open;

    /// <summary>Fences every producer of the same transactional id and aborts what it left open. Nothing to do without an id.</summary>
    /// <param name="patience">How long the coordinator may take.</param>
    public KafkaFailure? Open(TimeSpan patience) =>
        _transactional ? Keep(Repeat(() => _producer.InitTransactions(CallTime), patience, "open transactions")) : null;

    /// <summary>
    /// Writes outputs and then the record that says they are there. In one transaction where this producer has a transactional id:
    /// readers see all or nothing. Without one the outputs are acknowledged first: after a crash in between they are written again,
    /// so their ids must be functions of their content.
    /// </summary>
    /// <param name="outputs">Alerts, verdicts, panes; may be empty.</param>
    /// <param name="last">The checkpoint.</param>
    /// <returns>Null when all is in the log, else the failure that has ended this producer.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up: dispose of this producer.</exception>
    public KafkaFailure? Write(IEnumerable<OutgoingRecord> outputs, OutgoingRecord last, CancellationToken cancel = default)
    {
        if (Failure is { } earlier)
            return earlier;
        if (_transactional)
        {
            if (Keep(Repeat(_producer.BeginTransaction, CallTime, "begin transaction")) is { } refused)
                return refused;
            _open = true;
        }
        foreach (var record in outputs)
        {
            if (Send(record, cancel) is { } failure)
                return failure;
        }
        if (!_transactional && Barrier(cancel) is { } unwritten)
            return unwritten;
        Send(last, cancel);
        if (Barrier(cancel) is { } lost)
            return lost;
        if (_transactional)
        {
            if (Keep(Repeat(() => _producer.CommitTransaction(CallTime), 3 * CallTime, "commit transaction")) is { } undecided)
                return undecided;
            _open = false;
        }
        return null;
    }

    /// <summary>A call that timed out goes on inside librdkafka and is to be repeated, never replaced by an abort.</summary>
    private static KafkaFailure? Repeat(Action call, TimeSpan patience, string what)
    {
        long since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                call();
                return null;
            }
            catch (KafkaRetriableException) when (Stopwatch.GetElapsedTime(since) < patience)
            {
            }
            catch (KafkaException e)
            {
                return KafkaFailure.From(e.Error, what);
            }
        }
    }

    private KafkaFailure? Keep(KafkaFailure? failure)
    {
        lock (_gate)
            return _failure ??= failure;
    }

    private void AbortOpen()
    {
        if (!_open)
            return;
        _open = false;
        try
        {
            _producer.AbortTransaction(AbortTime); // else readers wait for transaction.timeout.ms
        }
        catch (KafkaException)
        {
            // Fenced or unreachable: the successor's Open, or that timeout, aborts it.
        }
    }
}
