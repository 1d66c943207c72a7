using System.Globalization;
using System.Text;
using DriftStream.Host.Kafka;
using DriftStream.Host.Plans;
using DriftStream.Joins;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// Writes what joiners flush, as counters do: entries, then the headers that vouch for them, then the position record, each acknowledged before the next.
/// </summary>
internal sealed class JoinWriter : IDisposable
{
    private readonly PlanBook _plans;
    private readonly TopicNames _topics;
    private readonly int _partitions;
    private readonly AckedProducer _producer;
    private readonly CounterWriter _writer;

    public JoinWriter(PlanBook plans, TopicNames topics, FaultLog faults, ILogger logger)
    {
        DriftPlan plan = plans.Newest!;
        (_plans, _topics, _partitions) = (plans, topics, plan.Engine.CountsPartitions);
        _producer = new AckedProducer(plan.Kafka, logger);
        _writer = new CounterWriter(_producer, topics, _partitions, faults);
    }

    /// <summary>Writes the flushes of some partitions: all of it, or returns the failure after which they must be joined again.</summary>
    public KafkaFailure? Write(IReadOnlyList<(int Partition, JoinFlush Flush)> flushes, CancellationToken cancel)
    {
        if (flushes.Count == 0) return null;
        if (_writer.Write([.. flushes.SelectMany(f => JoinedFrames.Of(f.Flush, f.Partition, _partitions, _plans.Joining))], cancel) is { } failure)
            return failure;
        foreach ((int partition, JoinFlush flush) in flushes)
        {
            var report = new JoinReport(partition, flush.Header.Upto, flush.Header.Models);
            if (_producer.Send(new OutgoingRecord(_topics.JoinPositions, partition, report.Key, report.Write()), cancel) is { } unsaid) return unsaid;
            if (flush.Position is not { } position) continue;
            byte[] key = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"position/{partition}"));
            if (_producer.Send(new OutgoingRecord(_topics.JoinPositions, partition, key, JoinPositionCodec.Write(position)), cancel) is { } unsent)
                return unsent;
        }

        return _producer.Barrier(cancel);
    }

    public void Dispose() => _producer.Dispose();
}
