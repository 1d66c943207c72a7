using System.Buffers;
using DriftStream.Frames;

namespace DriftStream.Tests.Laws;

/// <summary>
/// The producer of one counter: a queue to each counts partition and one to the positions. What is sent waits for the acknowledgement
/// of everything sent before it, as a header must; a delivery that fails ends the session.
/// </summary>
internal sealed class SimulatedSession
{
    private const int Targets = SimulatedPlan.CountsPartitions + 1;

    private readonly Queue<object>[] _queues = [.. Enumerable.Range(0, Targets).Select(_ => new Queue<object>())];
    private readonly List<(SourcePartition Source, object Record)> _waiting = [];

    public bool Failed { get; private set; }

    public IEnumerable<int> Deliverable => Enumerable.Range(0, Targets).Where(t => _queues[t].Count > 0);

    public bool AwaitsPosition(SourcePartition source) => _waiting.Exists(w => w.Source == source && w.Record is Position);

    public void Flush(Flushed flushed)
    {
        SegmentHeader header = flushed.Header;
        foreach (Entry entry in flushed.Entries)
        {
            // One entry a frame: half a flush may be all that arrives.
            byte[] frame = Bytes(output => FrameCodec.Write(new Frame(header.Source, header.Segment, header.Variant, header.Upto,
                [entry]), output));
            _queues[CountsPartition.Of(entry.Key.Model, SimulatedPlan.CountsPartitions)].Enqueue(frame);
        }

        _waiting.Add((header.Source, Bytes(output => FrameCodec.Write([header], output))));
        if (flushed.Position is { } position) _waiting.Add((header.Source, position));
    }

    public void Lose(Gap gap) => _waiting.Add((gap.Source, Bytes(output => FrameCodec.Write(gap, output))));

    /// <summary>Sends what waits, as far as everything before it is acknowledged.</summary>
    public void Pump()
    {
        while (!Failed && _waiting.Count > 0 && !Deliverable.Any())
        {
            object record = _waiting[0].Record;
            _waiting.RemoveAt(0);
            if (record is Position) _queues[^1].Enqueue(record);
            else for (int target = 0; target < SimulatedPlan.CountsPartitions; target++) _queues[target].Enqueue(record);
        }
    }

    /// <summary>The next record to that target, or null where its delivery fails.</summary>
    public object? Deliver(int target, bool lost)
    {
        object record = _queues[target].Dequeue();
        Failed |= lost;
        return lost ? null : record;
    }

    /// <summary>The counter dies: some of what it has sent is still on its way.</summary>
    public void Die(Random random)
    {
        Failed = true;
        _waiting.Clear();
        foreach (Queue<object> queue in _queues)
        {
            object[] all = [.. queue];
            queue.Clear();
            foreach (object record in all.Take(random.Next(all.Length + 1))) queue.Enqueue(record);
        }
    }

    private static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }
}
