using System.Buffers;
using System.Text;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Kafka;

namespace DriftStream.Host.Worker;

/// <summary>
/// Writes what counters flush, in the order that makes it safe: frames, and what <c>joins</c> is told, are acknowledged before the header is
/// sent, headers before the position record, and that before the consumer's commit. A header thus vouches for everything before it.
/// </summary>
internal sealed class CounterWriter(AckedProducer producer, TopicNames topics, int countsPartitions, FaultLog faults)
{
    /// <summary>
    /// Bytes of entries after which another frame begins: well below a broker's 1 MB, and below the 85,000 bytes from which an array
    /// is garbage for a full collection.
    /// </summary>
    private const int FrameBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);

    /// <summary>Frames written by the last flush.</summary>
    public int Frames { get; private set; }

    /// <summary>Bytes of these frames.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes one flush of some partitions: all of it, or returns the failure after which the counters must start again.</summary>
    public KafkaFailure? Write(IReadOnlyList<Flushed> flushed, CancellationToken cancel)
    {
        (Frames, Bytes) = (0, 0);
        if (flushed.Count == 0) return null;
        foreach (Flushed one in flushed)
        {
            if ((WriteProjections(one, cancel) ?? WriteEntries(one, cancel)) is { } failure) return failure;
        }

        if (producer.Barrier(cancel) is { } unsent) return unsent;
        if (WriteHeaders([.. flushed.Select(f => f.Header)], cancel) is { } untold) return untold;
        if (producer.Barrier(cancel) is { } unheard) return unheard;
        foreach (Flushed one in flushed)
        {
            if (one.Position is not { } position) continue;
            byte[] key = Encoding.UTF8.GetBytes($"{position.Source.Topic}/{position.Source.Partition}");
            byte[] value = JsonSerializer.SerializeToUtf8Bytes(position, WorkerJson.Default.Position);
            if (producer.Send(new OutgoingRecord(topics.Positions, null, key, value), cancel) is { } failure) return failure;
        }

        return producer.Barrier(cancel);
    }

    /// <summary>Writes what could not be counted. Not ordered with the rest: rejects are for people, the header has their number.</summary>
    public KafkaFailure? Write(RejectedRows rejected, CancellationToken cancel) => producer.Send(
        new OutgoingRecord(topics.Rejects, null, Encoding.UTF8.GetBytes(rejected.Source.ToString()), RejectJson.Write(rejected)), cancel);

    /// <summary>Writes the sum of what was refused without a record of its own.</summary>
    public KafkaFailure? Write(HeldBack held, CancellationToken cancel) => producer.Send(
        new OutgoingRecord(topics.Rejects, null, Encoding.UTF8.GetBytes(held.First.Source.ToString()), RejectJson.Write(held)), cancel);

    private KafkaFailure? WriteProjections(Flushed flushed, CancellationToken cancel)
    {
        foreach ((int partition, Projection projection) in flushed.Projections)
        {
            _buffer.ResetWrittenCount();
            ProjectionCodec.Write(projection, _buffer);
            if (producer.Send(new OutgoingRecord(topics.Joins, partition, null, _buffer.WrittenSpan.ToArray()), cancel) is { } failure) return failure;
        }

        return null;
    }

    // A source topic may have rows of any model; joined rows are those of one.
    private KafkaFailure? WriteHeaders(SegmentHeader[] headers, CancellationToken cancel)
    {
        ILookup<int, SegmentHeader> joined = headers.Where(h => JoinedName.IsSource(h.Source.Topic))
            .ToLookup(h => CountsPartition.Of(JoinedName.ModelOfSource(h.Source.Topic), countsPartitions));
        SegmentHeader[] counted = [.. headers.Where(h => !JoinedName.IsSource(h.Source.Topic))];
        byte[]? toAll = counted.Length == 0 ? null : Encoded(counted);
        for (int p = 0; p < countsPartitions; p++)
        {
            byte[]? bytes = joined.Contains(p) ? Encoded([.. counted, .. joined[p]]) : toAll;
            if (bytes is null) continue;
            if (producer.Send(new OutgoingRecord(topics.Counts, p, null, bytes), cancel) is { } failure) return failure;
        }

        return null;
    }

    private byte[] Encoded(SegmentHeader[] headers)
    {
        _buffer.ResetWrittenCount();
        FrameCodec.Write(headers, _buffer);
        return _buffer.WrittenSpan.ToArray();
    }

    private KafkaFailure? WriteEntries(Flushed flushed, CancellationToken cancel)
    {
        bool isJoined = JoinedName.IsSource(flushed.Header.Source.Topic);
        foreach (IGrouping<int, Entry> group in flushed.Entries.GroupBy(
            e => CountsPartition.Of(isJoined ? JoinedName.ModelOf(e.Key.Model) : e.Key.Model, countsPartitions)))
        {
            var frame = new List<Entry>();
            int bytes = 0, cells = 0;
            foreach (Entry entry in group)
            {
                int nextBytes = entry.Signals.Sum(BytesOf), nextCells = entry.Signals.Sum(s => s.Cells.Length);
                if (frame.Count > 0 && (bytes + nextBytes > FrameBytes || cells + nextCells > FrameCodec.MaxCells))
                {
                    if (Send(flushed.Header, frame, group.Key, cancel) is { } full) return full;
                    frame.Clear();
                    bytes = cells = 0;
                }

                frame.Add(entry);
                bytes += nextBytes;
                cells += nextCells;
            }

            if (Send(flushed.Header, frame, group.Key, cancel) is { } failure) return failure;
        }

        return null;
    }

    // A cell takes at most ten bytes, and most take two: an estimate is enough to stay clear of the limit.
    private static int BytesOf(SignalCounts signal) => 16 + signal.Signal.Length + ((signal.Cells.Length - signal.Cells.AsSpan().Count(0L)) * 4);

    private KafkaFailure? Send(SegmentHeader header, List<Entry> entries, int partition, CancellationToken cancel)
    {
        var whole = new Frame(header.Source, header.Segment, header.Variant, header.Upto, [.. entries]);
        faults.Say(header.Source, FrameCodec.WriteWhatCan(whole, _buffer));
        Frames++;
        Bytes += _buffer.WrittenCount;
        return producer.Send(new OutgoingRecord(topics.Counts, partition, null, _buffer.WrittenSpan.ToArray()), cancel);
    }
}
