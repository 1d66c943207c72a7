using System.Globalization;
using System.Text;
using System.Text.Json;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Plans;
using DriftStream.Joins;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>Where a joiner stands: what the topic <c>join-positions</c> tells people, beside the position records.</summary>
/// <param name="Partition">Of <c>joins</c>.</param>
/// <param name="Upto">The offset after the last record folded.</param>
/// <param name="Models">How far it has come with each model.</param>
public sealed record JoinReport(int Partition, SourceOffset Upto, IReadOnlyList<JoinProgress> Models);

/// <summary>
/// Writes what joiners flush, as counters do: entries, then the headers that vouch for them, then the position record, each acknowledged before the next.
/// </summary>
internal sealed class JoinWriter : IDisposable
{
    private const string Stand = "stand";

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

    /// <summary>Whether a record of the topic says where a joiner stands, and is no position record.</summary>
    public static bool IsStand(byte[]? key) => key is not null && Encoding.UTF8.GetString(key).StartsWith(Stand, StringComparison.Ordinal);

    /// <summary>Writes the flushes of some partitions: all of it, or returns the failure after which they must be joined again.</summary>
    public KafkaFailure? Write(IReadOnlyList<(int Partition, JoinFlush Flush)> flushes, CancellationToken cancel)
    {
        if (flushes.Count == 0) return null;
        if (_writer.Write([.. flushes.SelectMany(f => JoinedFrames.Of(f.Flush, f.Partition, _partitions, _plans.Joining))], cancel) is { } failure)
            return failure;
        foreach ((int partition, JoinFlush flush) in flushes)
        {
            if (SendStand(partition, flush.Header, cancel) is { } unsaid) return unsaid;
            if (flush.Position is not { } position) continue;
            if (_producer.Send(new OutgoingRecord(_topics.JoinPositions, partition, Key("position", partition), JoinPositionCodec.Write(position)), cancel)
                is { } unsent)
                return unsent;
        }

        return _producer.Barrier(cancel);
    }

    public void Dispose() => _producer.Dispose();

    private KafkaFailure? SendStand(int partition, JoinHeader header, CancellationToken cancel)
    {
        byte[] report = JsonSerializer.SerializeToUtf8Bytes(new JoinReport(partition, header.Upto, header.Models), WorkerJson.Default.JoinReport);
        return _producer.Send(new OutgoingRecord(_topics.JoinPositions, partition, Key(Stand, partition), report), cancel);
    }

    private static byte[] Key(string what, int partition) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what}/{partition}"));
}
