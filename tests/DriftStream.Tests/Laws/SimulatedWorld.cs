using DriftStream.Frames;

namespace DriftStream.Tests.Laws;

/// <summary>What may happen in a simulation.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Weights">Weights of steps, beside or instead of the usual ones.</param>
/// <param name="Partitions">At the start.</param>
/// <param name="TwoOwners">Every partition is owned by two counters, for ever.</param>
/// <param name="Idles">Partitions fall silent, and counters say so.</param>
/// <param name="Loses">Deliveries fail.</param>
/// <param name="Gaps">Retention eats messages before they are counted.</param>
/// <param name="Grows">Partitions appear.</param>
/// <param name="Plans">What plans may be published; nothing where none is.</param>
internal sealed record Scenario(
    string Name, (char Step, double Weight)[] Weights, int Partitions = 3, bool TwoOwners = false,
    bool Idles = false, bool Loses = false, bool Gaps = false, bool Grows = false, PlanKind[]? Plans = null);

/// <summary>A source topic, counters and judges, moved one random step at a time. Every step has a seed of its own.</summary>
internal sealed class SimulatedWorld : IDisposable
{
    private static readonly (char Step, double Weight)[] Usual =
    [
        ('P', 60), ('c', 90), ('f', 30), ('d', 130), ('m', 90), ('x', 2), ('b', 2), ('n', 20), ('j', 60), ('k', 20), ('X', 2),
    ];

    private readonly SimulatedCounter[] _counters;
    private readonly SortedDictionary<int, SortedSet<int>> _owners = [];

    public SimulatedWorld(Scenario scenario)
    {
        Scenario = scenario;
        Judges = [.. Enumerable.Range(0, SimulatedPlan.CountsPartitions).Select(OfPartition)];
        for (int p = 0; p < scenario.Partitions; p++) Logs.Add(new SimulatedLog());
        _counters = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedCounter(this))];
        Rebalance(new Random(1));
        foreach (SimulatedCounter counter in _counters) Notice(counter);

        SimulatedJudge OfPartition(int partition) => new(epoch => Plans.Judging(epoch).OfPartition(partition, SimulatedPlan.CountsPartitions));
    }

    public Scenario Scenario { get; }

    /// <summary>The plans so far, with one lane each for all counters: they take turns.</summary>
    public SimulatedPlans Plans { get; } = new();

    public long Now { get; private set; }

    public List<SimulatedLog> Logs { get; } = [];

    public List<SimulatedRow> Rows { get; } = [];

    /// <summary>Rows from here on only move time at the end.</summary>
    public int Markers { get; private set; } = int.MaxValue;

    /// <summary>End of the last window that must have a verdict.</summary>
    public long Last { get; private set; }

    public Dictionary<SourcePartition, Position> Positions { get; } = [];

    public List<SimulatedSession> Orphans { get; } = [];

    public SimulatedJudge[] Judges { get; }

    public HashSet<int> EverIdle { get; } = [];

    public HashSet<int> Gapped { get; } = [];

    /// <summary>Deliveries that are swallowed without anyone knowing: only to see that the law notices.</summary>
    public int Swallow { get; set; }

    public static (char Step, int Seed)[] Steps(Scenario scenario, int seed, int count)
    {
        var random = new Random(seed);
        var weights = new SortedDictionary<char, double>();
        foreach ((char step, double weight) in Usual.Concat(scenario.Weights)) weights[step] = weight;
        double[] factors = [0.3, 1, 1, 3];
        (char, double)[] scaled = [.. weights.Select(w => (w.Key, w.Value * factors[random.Next(4)]))];
        double all = scaled.Sum(s => s.Item2);
        var steps = new (char, int)[count];
        for (int i = 0; i < count; i++)
        {
            double at = random.NextDouble() * all;
            int which = 0;
            while (which < scaled.Length - 1 && (at -= scaled[which].Item2) > 0) which++;
            steps[i] = (scaled[which].Item1, random.Next());
        }

        return steps;
    }

    public void Dispose() => Plans.Dispose();

    public void Step(char step, Random random)
    {
        if (step == 'P')
        {
            Produce(random);
            return;
        }

        SimulatedCounter[] live = [.. _counters.Where(c => c.Alive)];
        SimulatedCounter? counter = live.Length == 0 ? null : live[random.Next(live.Length)];
        SimulatedJudge judge = Judges[random.Next(Judges.Length)];
        switch (step)
        {
            case 't': Now += random.Next(1, 4); break;
            case 'c' when counter is not null:
                foreach (int p in counter.Partitions) for (int i = random.Next(1, 5); i > 0; i--) counter.Poll(p);
                break;
            case 'f' when counter is not null:
                foreach (int p in counter.Partitions) counter.Flush(p);
                counter.Session.Pump();
                break;
            case 'd':
                for (int i = random.Next(1, 8); i > 0; i--) Deliver(random, Scenario.Loses);
                break;
            case 'm' when counter is not null:
                if (counter.Session.Failed && random.Next(10) < 3) Restart(counter, random);
                else counter.Session.Pump();
                break;
            case 'x': CrashOrWake(_counters[random.Next(3)], random); break;
            case 'b':
                foreach (SimulatedCounter dead in _counters) dead.Alive |= random.Next(2) == 0;
                Rebalance(random);
                break;
            case 'n' when counter is not null: Notice(counter); break;
            case 'j': for (int i = random.Next(1, 12); i > 0; i--) judge.Read(); break;
            case 'k': judge.Commit(); break;
            case 'X': judge.Crash(); break;
            case 'z' when counter is not null: counter.Stalled = !counter.Stalled; break;
            case 'q': Hush(Logs[random.Next(Logs.Count)], random); break;
            case 'N' when Logs.Count < 4: Logs.Add(new SimulatedLog()); break;
            case 'p' when Scenario.Plans is { } kinds: Plans.Publish(kinds[random.Next(kinds.Length)]); break;
            case 'l' when counter is not null && counter.Epoch < Plans.Newest: counter.Learn(random.NextInt64(counter.Epoch, Plans.Newest) + 1); break;
            case 'R': Retain(Logs[random.Next(Logs.Count)], random); break;
        }
    }

    /// <summary>Everyone comes back, everything is delivered, and time goes on until every window is closed.</summary>
    public void Drain()
    {
        var random = new Random(5);
        foreach (SimulatedCounter counter in _counters) (counter.Alive, counter.Stalled) = (true, false);
        Rebalance(random);
        // Everyone is back at the plan that the simulation began with, and every model has an end.
        if (Plans.Newest > 0) Plans.Publish(PlanKind.Same);
        foreach (SimulatedCounter counter in _counters)
        {
            Notice(counter);
            counter.Learn(Plans.Newest);
        }

        Settle(30, random);
        long latest = Rows.Where(r => r.Time <= r.Timestamp + SimulatedPlan.MaxFuture).Select(r => r.Time).DefaultIfEmpty(0).Max();
        Last = (latest / 40 * 40) + 40;
        Markers = Rows.Count;
        for (int round = 0; round < 3 && !Scenario.Idles; round++)
        {
            for (int p = 0; p < Logs.Count; p++)
            {
                Now = Math.Max(Now, Last + 40);
                Produce(new Random(p + (9 * round)), p, Last + 12);
            }
        }

        Settle(Scenario.Idles ? 200 : 10, random);
    }

    private void Settle(int rounds, Random random)
    {
        for (int round = 0; round < rounds; round++)
        {
            Now++;
            foreach (SimulatedCounter counter in _counters)
            {
                foreach (int p in counter.Partitions)
                {
                    for (int i = 0; i < 3; i++)
                    {
                        for (int polls = 0; polls < 6; polls++) counter.Poll(p);
                        DeliverAll(counter, random);
                    }

                    counter.Flush(p);
                }

                DeliverAll(counter, random);
                if (counter.Session.Failed) Restart(counter, random);
            }

            foreach (SimulatedJudge judge in Judges)
            {
                while (judge.Read()) continue;
                judge.Commit();
            }
        }
    }

    private void DeliverAll(SimulatedCounter counter, Random random)
    {
        for (int i = 0; i < 8; i++)
        {
            counter.Session.Pump();
            while (Deliver(random, lossy: false)) continue;
        }
    }

    private bool Deliver(Random random, bool lossy)
    {
        (SimulatedSession Session, int Target)[] all =
            [.. _counters.Select(c => c.Session).Concat(Orphans).SelectMany(s => s.Deliverable.Select(t => (s, t)))];
        if (all.Length == 0) return false;
        (SimulatedSession session, int target) = all[random.Next(all.Length)];
        object? record = session.Deliver(target, lossy && random.Next(100) == 0);
        if (record is byte[] bytes && Swallow > 0 && FrameCodec.Read(bytes) is Frame) Swallow--;
        else if (record is byte[] counts) Judges[target].Append(counts);
        else if (record is Position position) Positions[position.Source] = position;
        return true;
    }

    private void Produce(Random random, int? into = null, long? time = null)
    {
        Now++;
        int[] awake = [.. Enumerable.Range(0, Logs.Count).Where(p => !Logs[p].Quiet)];
        if (into is null && (awake.Length == 0 || Rows.Count > SimulatedPlan.Rows - 40)) return;
        int partition = into ?? awake[random.Next(awake.Length)];
        SimulatedLog log = Logs[partition];
        if (random.NextDouble() < 0.12) log.Skip(random.Next(1, 6));
        long timestamp = Now - (random.NextDouble() < 0.3 ? random.Next(3) : 0);
        var rows = new List<SimulatedRow>();
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            string model = random.Next(20) == 0 ? SimulatedPlan.Unclaimed : SimulatedPlan.Models[random.Next(SimulatedPlan.Models.Length)];
            double x = random.NextDouble();
            long behind = x < 0.75 ? random.Next(5) : x < 0.90 ? random.Next(5, 14) : x < 0.98 ? random.Next(14, 40) : -random.Next(21, 60);
            rows.Add(new SimulatedRow(
                partition, model, time ?? Now - behind - log.Lag, timestamp, time is null && random.NextDouble() < 0.03,
                    random.Next(2) == 0));
        }

        log.Append(timestamp, ((ReadOnlySpan<int>)[1, 2, 3, 5, 9])[random.Next(5)], Rows.Count, rows);
        Rows.AddRange(rows);
        if (random.NextDouble() < 0.12) log.Skip(1);
    }

    private void Rebalance(Random random)
    {
        int[] live = [.. Enumerable.Range(0, 3).Where(c => _counters[c].Alive)];
        for (int p = 0; p < Logs.Count; p++)
        {
            bool two = Scenario.TwoOwners || (Scenario.Name == "all" && random.Next(10) < 3);
            if (Scenario.TwoOwners) _owners[p] = [0, 1];
            else if (live.Length > 0) _owners[p] = two ? [.. live.Take(2)] : [live[random.Next(live.Length)]];
        }
    }

    private void Notice(SimulatedCounter counter)
    {
        counter.Known = Logs.Count;
        int me = Array.IndexOf(_counters, counter);
        counter.Own([.. _owners.Where(o => o.Value.Contains(me)).Select(o => o.Key)]);
    }

    private void Restart(SimulatedCounter counter, Random random)
    {
        counter.Crash(random);
        Notice(counter);
    }

    private void CrashOrWake(SimulatedCounter counter, Random random)
    {
        if (!counter.Alive)
        {
            counter.Alive = true;
            Notice(counter);
            return;
        }

        counter.Crash(random);
        counter.Alive = random.Next(10) < 4;
        if (counter.Alive) Notice(counter);
        else if (random.Next(2) == 0) Rebalance(random);
    }

    private static void Hush(SimulatedLog log, Random random)
    {
        log.Quiet = !log.Quiet;
        log.Lag = ((ReadOnlySpan<int>)[0, 0, 25, 40])[random.Next(4)];
    }

    private static void Retain(SimulatedLog log, Random random)
    {
        if (log.Records.Count > 0) log.Retain(log.Records[Math.Max(0, log.Records.Count - 1 - random.Next(6))].Offset);
    }
}
