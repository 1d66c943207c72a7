using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Tests.Laws;

/// <summary>A worker that counts some partitions, as the host does: segments, flushes, idle claims, gaps.</summary>
internal sealed class SimulatedCounter(SimulatedWorld world)
{
    private readonly SortedDictionary<int, Counted> _counted = [];

    public bool Alive { get; set; } = true;

    public bool Stalled { get; set; }

    public SimulatedSession Session { get; private set; } = new();

    /// <summary>The newest plan that this worker knows.</summary>
    public long Epoch { get; private set; }

    /// <summary>Partitions of the topic, as this worker knows.</summary>
    public int Known { get; set; }

    public IEnumerable<int> Partitions => [.. _counted.Keys];

    public void Own(IReadOnlyCollection<int> partitions)
    {
        foreach (int lost in _counted.Keys.Except(partitions).ToArray()) _counted.Remove(lost);
        foreach (int p in partitions.Where(p => !_counted.ContainsKey(p))) _counted.Add(p, Adopt(p));
    }

    /// <summary>What the plan topic says: a plan that counts otherwise abandons the open segments, and begins them again.</summary>
    public void Learn(long epoch)
    {
        if (epoch <= Epoch) return;
        bool same = world.Plans.CountingEpoch(epoch) == world.Plans.CountingEpoch(Epoch);
        Epoch = epoch;
        foreach (int p in Partitions)
        {
            if (same) _counted[p].Counter.Plan = new PlanName(epoch, 0);
            else _counted[p] = Adopt(p);
        }
    }

    public void Crash(Random random)
    {
        Session.Die(random);
        world.Orphans.Add(Session);
        Session = new SimulatedSession();
        _counted.Clear();
        if (world.Plans.Newest > Epoch && random.Next(2) == 0) Epoch = world.Plans.Newest;
    }

    public void Poll(int p)
    {
        if (Stalled || !_counted.TryGetValue(p, out Counted? counted)) return;
        PartitionCounter counter = counted.Counter;
        SimulatedLog log = world.Logs[p];
        if (counter.Upto < log.Start)
        {
            Flush(p);
            world.Gapped.Add(p);
            Session.Lose(new Gap(counter.Source, counter.Upto, new(log.Start), new(world.Now)));
            counted.Counter = Begin(counter.Source, log.Start, counter.Watermark);
            counted.Bytes = 0;
            return;
        }

        if (log.At(counter.Upto) is not { } record)
        {
            counter.ReachedEnd(new(log.End));
            counted.EndFetched = world.Now;
            return;
        }

        // At most one finished segment may await its position record.
        bool ends = counter.EndsBefore(new(record.Timestamp));
        if ((ends || counted.Bytes + record.Bytes >= SimulatedPlan.Counting.SegmentBytes) && Session.AwaitsPosition(counter.Source)) return;
        if (ends)
        {
            Finish(counted, record.Offset);
            return;
        }

        counted.LastRecord = world.Now;
        counted.Bytes += record.Bytes;
        counter.Add(new SourceRecord(new(record.Offset), new(record.Timestamp), record.Payload, false, [], record.Bytes), world.Plans.Lane(Epoch));
        if (counter.IsFull) Finish(counted, counter.Upto);
    }

    public void Flush(int p)
    {
        if (!_counted.TryGetValue(p, out Counted? counted)) return;
        bool idle = world.Scenario.Idles && counted.EndFetched >= world.Now - SimulatedPlan.Fresh
            && world.Now - counted.LastRecord >= SimulatedPlan.IdleAfter;
        if (idle) world.EverIdle.Add(p);
        Session.Flush(counted.Counter.Flush(new(idle ? counted.EndFetched : world.Now), Known, idle));
    }

    private void Finish(Counted counted, long next)
    {
        counted.Bytes = 0;
        Session.Flush(counted.Counter.Finish(new(next), new(world.Now), Known));
        Session.Pump();
    }

    private Counted Adopt(int p)
    {
        SimulatedLog log = world.Logs[p];
        var source = new SourcePartition(SimulatedPlan.Topic, p);
        bool known = world.Positions.TryGetValue(source, out Position? position);
        if (!known && log.Start > 0) world.Gapped.Add(p);
        (long start, long watermark) = known ? (position!.Next, position.Watermark) : (log.Start, EventTime.None);
        return new Counted(Begin(source, start, watermark)) { LastRecord = world.Now };
    }

    private PartitionCounter Begin(SourcePartition source, long start, long watermark) =>
        new(world.Plans.Counting(Epoch), source, new(start), new(watermark)) { Plan = new PlanName(Epoch, 0) };

    private sealed class Counted(PartitionCounter counter)
    {
        public PartitionCounter Counter { get; set; } = counter;

        public long Bytes { get; set; }

        public long LastRecord { get; set; }

        public long EndFetched { get; set; } = EventTime.None;
    }
}
