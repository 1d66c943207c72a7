using System.Collections.Immutable;
using System.Text;
using Confluent.Kafka;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>A message of a source partition, or the end of one.</summary>
/// <param name="Source">Its partition.</param>
/// <param name="Record">The message; at the end of a partition only its offset means anything.</param>
/// <param name="Payload">Its memory, which whoever takes the message must give back. Null for a tombstone and at the end.</param>
/// <param name="IsEnd">The partition ends at the record's offset.</param>
internal readonly record struct SourceMessage(SourcePartition Source, SourceRecord Record, Payload? Payload, bool IsEnd);

/// <summary>What the group changed of the partitions that this worker has.</summary>
/// <param name="Given">The partitions that it got, each with the offset and watermark to go on from.</param>
/// <param name="Taken">The partitions that it lost.</param>
internal sealed record PartitionChange(ImmutableArray<Position> Given, ImmutableArray<SourcePartition> Taken);

/// <summary>
/// The source topics as the group gives them to this worker. Nothing else speaks to Kafka's consumer, and this only on the thread that reads. It calls
/// nobody: what the group changes waits in <see cref="Changes"/> for the reader.
/// </summary>
internal sealed class SourceConsumer : IDisposable
{
    // Of a partition without a leader there is no answer: the others must not wait for it.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2), Patience = TimeSpan.FromSeconds(10);

    private readonly DriftPlan _plan;
    private readonly TopicNames _topics;
    private readonly Readiness _readiness;
    private readonly ILogger _logger;
    private readonly PayloadPool _pool;
    private readonly TopicSizes _sizes;
    private readonly IConsumer<Ignore, Payload?> _consumer;
    private readonly bool _wantsHeaders;
    // Of partitions whose topic was made again: how often.
    private readonly Dictionary<SourcePartition, int> _generations = [];

    public SourceConsumer(DriftPlan plan, TopicNames topics, Readiness readiness, TimeProvider time, ILogger logger)
    {
        (_plan, _topics, _readiness, _logger) = (plan, topics, readiness, logger);
        FetchMemory.Keep();
        _pool = new PayloadPool(plan.Limits.MessageBytes);
        _wantsHeaders = plan.Counting.Sources.Values.Any(s => s.Selector?.Header is not null || s.Models.Any(m => m.Version.Header is not null));
        ConsumerConfig config = ClientSettings.Consumer(plan.Kafka, topics.CounterGroup);
        // A list of headers for each message would be garbage that nobody reads.
        config.ConsumeResultFields = _wantsHeaders ? "all" : "timestamp,topic";
        _consumer = new ConsumerBuilder<Ignore, Payload?>(config)
            .LogTo(logger)
            .SetValueDeserializer(_pool)
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Revoked(partitions))
            .SetPartitionsLostHandler((_, partitions) => Lost(partitions))
            .Build();
        _sizes = new TopicSizes(_consumer.Handle, time);
    }

    /// <summary>Why there is nothing more to read, or null.</summary>
    public KafkaFailure? Failure { get; private set; }

    /// <summary>Must be applied, in their order, before the message that came with them.</summary>
    public Queue<PartitionChange> Changes { get; } = [];

    /// <summary>Message buffers that are in use.</summary>
    public long PayloadsInUse => _pool.Rented - _pool.Returned;

    /// <summary>Joins the group.</summary>
    public void Subscribe() => _consumer.Subscribe(_plan.Counting.Sources.Keys);

    /// <summary>Waits that long for the next message. Returns false when the wait is over, or when <see cref="Failure"/> says why.</summary>
    public bool TryRead(TimeSpan wait, out SourceMessage message)
    {
        message = default;
        try
        {
            if (_consumer.Consume(wait) is not { } result) return false;
            message = MessageOf(result);
            return true;
        }
        catch (ConsumeException e) when (!e.Error.IsFatal && KafkaFailure.KindOf(e.Error.Code) != KafkaErrorKind.OffsetGone)
        {
            _logger.Consuming(e.Error);
        }
        catch (KafkaException e)
        {
            Failure ??= KafkaFailure.From(e.Error, "consuming the sources");
        }

        return false;
    }

    /// <summary>The end of a partition as the last fetch saw it; negative where there was none.</summary>
    public SourceOffset KnownEnd(SourcePartition source) => Of(source, _consumer.GetWatermarkOffsets(At(source)).High.Value);

    /// <summary>The end of a partition, asked for now; null where no broker answers.</summary>
    public SourceOffset? AskEnd(SourcePartition source)
    {
        try
        {
            return Of(source, _consumer.QueryWatermarkOffsets(At(source), Soon).High.Value);
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    /// <summary>How many partitions a source topic has, at most half a minute old.</summary>
    /// <exception cref="KafkaException">The broker has never answered, or knows no such topic.</exception>
    public int PartitionsOf(string topic) => _sizes.Of(topic);

    /// <summary>Tells the group how far its partitions are counted. Only for people's lag tools: nothing is ever read back from it.</summary>
    public void Keep(IEnumerable<SegmentHeader> written) =>
        _consumer.Keep(written.Select(h => new TopicPartitionOffset(At(h.Source), h.Upto.InTopic.Value)));

    public void Dispose()
    {
        try
        {
            _consumer.Close();
        }
        finally
        {
            _consumer.Dispose();
            _pool.Dispose();
        }
    }

    // An exception that leaves a handler would lose a message; the failure ends the run instead.
    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        ImmutableArray<Position> given = [];
        try
        {
            Dictionary<SourcePartition, Position> positions = Positions.Read(_plan.Kafka, _topics, _logger, out KafkaFailure? failure);
            Failure ??= failure;
            if (Failure is null) given = Starts(partitions, positions);
        }
        catch (KafkaException e)
        {
            Failure ??= KafkaFailure.From(e.Error, "finding where to start");
        }

        if (Failure is not null) return partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
        _readiness.Assigned();
        Changes.Enqueue(new PartitionChange(given, []));
        return given.Select(p => new TopicPartitionOffset(At(p.Source), p.Next.InTopic.Value));
    }

    private ImmutableArray<Position> Starts(List<TopicPartition> partitions, Dictionary<SourcePartition, Position> positions)
    {
        var ends = new Dictionary<SourcePartition, WatermarkOffsets>();
        SourcePartition[] sources = [.. partitions.Select(p => new SourcePartition(p.Topic, p.Partition.Value))];
        foreach (SourcePartition source in sources)
        {
            _sizes.Of(source.Topic);
            if (Ends(source, positions.ContainsKey(source)) is { } found) ends.Add(source, found);
        }

        TopicMarks.Known[] known =
            [.. ends.Where(e => positions.ContainsKey(e.Key)).Select(e => new TopicMarks.Known(positions[e.Key], e.Value.Low, e.Value.High))];
        HashSet<SourcePartition> again = TopicMarks.MadeAgain(_plan.Kafka, known, _logger, out KafkaFailure? failure);
        Failure ??= failure;
        var given = ImmutableArray.CreateBuilder<Position>(partitions.Count);
        foreach (SourcePartition source in sources)
        {
            Position start = StartOf(source, positions.GetValueOrDefault(source), ends.GetValueOrDefault(source)?.Low.Value ?? 0, again.Contains(source));
            _generations.Remove(source);
            if (start.Next.Generation > 0) _generations[source] = start.Next.Generation;
            if (again.Contains(source)) _logger.TopicMadeAgain(source.Topic, source.Partition);
            _logger.PartitionTaken(source.Topic, source.Partition, start.Next.InTopic);
            given.Add(start);
        }

        return given.ToImmutable();
    }

    // Of a partition without a leader there is no answer: where it was counted before it goes on from there, once there is one.
    private WatermarkOffsets? Ends(SourcePartition source, bool isKnown)
    {
        try
        {
            return _consumer.QueryWatermarkOffsets(At(source), Patience);
        }
        catch (KafkaException) when (isKnown)
        {
            return null;
        }
    }

    // Where its position record says, or at the oldest message if that is later: what lay between is gone. All of a topic that was made again is new.
    private static Position StartOf(SourcePartition source, Position? known, long low, bool again)
    {
        if (known is null) return new Position(source, new SourceOffset(low), EventTime.None);
        if (again) return new Position(source, new SourceOffset(low).In(known.Next.Generation + 1), known.Watermark);
        return known with { Next = SourceOffset.Max(known.Next, new SourceOffset(low).In(known.Next.Generation)) };
    }

    private void Revoked(List<TopicPartitionOffset> partitions)
    {
        _readiness.Revoked();
        Take(partitions);
    }

    private void Lost(List<TopicPartitionOffset> partitions)
    {
        _readiness.Lost();
        Take(partitions);
    }

    private void Take(List<TopicPartitionOffset> partitions) =>
        Changes.Enqueue(new PartitionChange([], [.. partitions.Select(p => new SourcePartition(p.Topic, p.Partition.Value))]));

    private SourceMessage MessageOf(ConsumeResult<Ignore, Payload?> result)
    {
        var source = new SourcePartition(result.Topic, result.Partition.Value);
        SourceOffset offset = Of(source, result.Offset.Value);
        if (result.IsPartitionEOF) return new SourceMessage(source, new SourceRecord(offset, default, default, false, [], 0), null, true);
        Payload? payload = result.Message.Value;
        var record = new SourceRecord(
            offset,
            new EventTime(result.Message.Timestamp.UnixTimestampMs * 1000),
            payload?.Memory ?? default,
            payload is null,
            _wantsHeaders ? HeadersOf(result.Message.Headers) : [],
            payload?.Length ?? 0,
            payload?.Reject);
        return new SourceMessage(source, record, payload, false);
    }

    private static ImmutableArray<RecordHeader> HeadersOf(Headers headers) =>
        [.. headers.Select(h => new RecordHeader(h.Key, Encoding.UTF8.GetString(h.GetValueBytes() ?? [])))];

    private SourceOffset Of(SourcePartition source, long offset) => _generations.Count == 0 || offset < 0
        ? new SourceOffset(offset)
        : new SourceOffset(offset).In(_generations.GetValueOrDefault(source));

    private static TopicPartition At(SourcePartition source) => new(source.Topic, source.Partition);
}
