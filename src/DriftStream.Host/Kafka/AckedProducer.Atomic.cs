using System.Diagnostics;
using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>The transactional part: records that appear together.</summary>
public sealed partial class AckedProducer
{
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AbortTime = TimeSpan.FromSeconds(5);

    // Nobody reads this key, but a compacted topic takes no record without one.
    private static readonly byte[] RolledBack = "rolled back"u8.ToArray();

    private bool _open;

    /// <summary>Fences every producer of the same transactional id, and waits until what it left open is aborted. Must come before the
    /// first <see cref="Write"/>.</summary>
    /// <param name="patience">How long the coordinator may take.</param>
    public KafkaFailure? Open(TimeSpan patience) => Keep(Repeat(() => _producer.InitTransactions(CallTime), patience, "open transactions"));

    /// <summary>Writes outputs and the record that says they are there in one transaction: readers see all or nothing.</summary>
    /// <param name="outputs">Alerts, verdicts, panes; may be empty.</param>
    /// <param name="last">The checkpoint.</param>
    /// <returns>Null when all is in the log, else the failure that has ended this producer.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up: dispose of this producer.</exception>
    public KafkaFailure? Write(IEnumerable<OutgoingRecord> outputs, OutgoingRecord last, CancellationToken cancel = default)
    {
        if (Failure is { } earlier)
            return earlier;
        if (Fill(outputs.Append(last), cancel) is { } unsent)
            return unsent;
        if (Keep(Repeat(() => _producer.CommitTransaction(CallTime), 3 * CallTime, "commit transaction")) is { } undecided)
            return undecided;
        _open = false;
        return null;
    }

    /// <summary>
    /// Aborts what transactions of this id have written to these partitions and never ended. A broker that finds no leader for
    /// a partition takes the partition for deleted and the transaction for ended (KAFKA-20734, seen in Kafka 4.3). Readers then wait at its
    /// first record until the next transaction of this id ends there, and take that record for a part of it.
    /// </summary>
    /// <returns>Null, or the failure that has ended this producer.</returns>
    public KafkaFailure? RollBack(IEnumerable<TopicPartition> partitions)
    {
        if (Fill(partitions.Select(p => new OutgoingRecord(p.Topic, p.Partition.Value, RolledBack, null)), CancellationToken.None) is { } unsent)
            return unsent;
        if (Keep(Repeat(() => _producer.AbortTransaction(CallTime), 3 * CallTime, "abort transaction")) is { } undecided)
            return undecided;
        _open = false;
        return null;
    }

    // Begins a transaction and waits until all of it is in the log; how it ends is for the caller.
    private KafkaFailure? Fill(IEnumerable<OutgoingRecord> records, CancellationToken cancel)
    {
        if (Keep(Repeat(_producer.BeginTransaction, CallTime, "begin transaction")) is { } refused)
            return refused;
        _open = true;
        foreach (var record in records)
        {
            if (Send(record, cancel) is { } failure)
                return failure;
        }
        return Barrier(cancel);
    }

    /// <summary>A call that timed out goes on inside librdkafka: it must be repeated, never replaced by an abort.</summary>
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
