using System.Buffers.Binary;
using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Time;

namespace DriftStream.Tests.Joins;

/// <summary>
/// A deployment with late labels in which everything may die, lag, lose messages and run twice, from a seed: simulated counters and joiners around the engine's
/// own projecting, codec and joining, and a judge that adds up.
/// </summary>
internal sealed class JoinWorld
{
    private static readonly RowIds Ids = new("a secret of sixteen bytes or more"u8, JoinTerms.Model);

    private readonly List<Queue<Action>[]> _left = [];
    private readonly HashSet<int>[] _owners;
    private readonly Dictionary<int, UInt128> _names = [];
    private int _sessions;
    private long _epoch;

    public JoinWorld(JoinScene scene, int seed, int joins, JoinMutant mutant)
    {
        (Scene, Joins, Mutant) = (scene, joins, mutant);
        var random = new Random((seed * 1009) + (int)scene);
        Data = new JoinData(scene, random);
        Corrections = scene == JoinScene.Corrected ? seed % 3 == 0 ? Corrections.First : Corrections.Last
            : random.Next(2) == 0 ? Corrections.First : Corrections.Last;
        Logs = [.. Enumerable.Range(0, joins).Select(_ => new List<JoinsRecord>())];
        States = [.. Enumerable.Range(0, joins).Select(_ => new Dictionary<int, JoinState>())];
        JoinPositions = new JoinPosition?[joins];
        Judge = new JoinJudge(joins);
        References = [.. Enumerable.Range(0, joins).Select(_ => NewJoiner(null, null))];
        bool twice = scene is JoinScene.Two or JoinScene.Corrected or JoinScene.Duplicates or JoinScene.Nightly or JoinScene.Epochs or JoinScene.Full;
        _owners = [.. Data.Sources.Select(s => twice && random.NextDouble() < .7 ? new HashSet<int> { 0, 1 } : [s.Number % 2])];
        Counters = [new SimulatedProjection(this, 0), new SimulatedProjection(this, 1)];
        Joiners = [.. Enumerable.Range(0, twice ? 2 * joins : joins).Select(j => new SimulatedJoiner(this, j % joins))];
        foreach (SimulatedProjection counter in Counters) counter.Notice();
    }

    public JoinScene Scene { get; }

    /// <summary>How many partitions joins has.</summary>
    public int Joins { get; }

    public JoinMutant Mutant { get; }

    public Corrections Corrections { get; }

    public JoinData Data { get; }

    public long Now { get; private set; }

    public SimulatedProjection[] Counters { get; }

    public SimulatedJoiner[] Joiners { get; }

    /// <summary>What stands in each partition of joins.</summary>
    public List<JoinsRecord>[] Logs { get; }

    public Dictionary<int, ProjectionPosition> Positions { get; } = [];

    public JoinPosition?[] JoinPositions { get; }

    public JoinJudge Judge { get; }

    /// <summary>A joiner of each partition that never dies.</summary>
    public MutantJoiner[] References { get; }

    /// <summary>What each of them knew at the start of each segment.</summary>
    public Dictionary<int, JoinState>[] States { get; }

    /// <summary>Rows that were taken, and so may be matched.</summary>
    public HashSet<int> Taken { get; } = [];

    /// <summary>Ids of which a row was taken later than is allowed, as happens to what is left of a topic that was made again.</summary>
    public HashSet<int> Overdue { get; } = [];

    /// <summary>How many losses were told of.</summary>
    public int Losses { get; private set; }

    public (int Restarts, int FromLower, int Resumed) Restarts { get; private set; }

    public bool HasIdle => Scene is JoinScene.Nightly or JoinScene.Never;

    public int NewSession() => ++_sessions;

    public bool Owns(int counter, int source) =>
        _owners[source].Contains(counter) && !(Scene == JoinScene.Unreported && source == Data.Sources.Length - 1 && Now < JoinCheck.Late);

    public int PartitionsBeside(int source) => Data.IsLabelSource(source) ? Data.LabelPartitions : Data.PredictionPartitions;

    public UInt128 NameOf(int id)
    {
        if (_names.TryGetValue(id, out UInt128 name)) return name;
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, id);
        return _names[id] = Ids.Of(bytes);
    }

    public SourcePartition PartitionOf(int source) => Data.IsLabelSource(source)
        ? new SourcePartition(JoinTerms.Labels, source - Data.PredictionPartitions)
        : new SourcePartition(JoinTerms.Predictions, source);

    public UInt128 TopicIdOf(int source, int generation) => (UInt128)((generation * 2) + (Data.IsLabelSource(source) ? 1 : 0) + 1);

    /// <summary>Those who do something else wrong remember it outside of the joiner.</summary>
    public bool HasSnapshots => Mutant is JoinMutant.None or JoinMutant.SnapshotWithoutReplay or JoinMutant.SnapshotWithItsOwnRefusals;

    public MutantJoiner NewJoiner(JoinPosition? position, JoinSnapshot? snapshot) => new(Corrections, Mutant, Scene, () => Now, position, snapshot);

    public void NoteRestart(int low, int start, bool resumed)
    {
        Restarts = (Restarts.Restarts + 1, Restarts.FromLower + (low > 0 && low < start ? 1 : 0), Restarts.Resumed + (resumed ? 1 : 0));
    }

    /// <summary>What dead sessions had on their way.</summary>
    public void Leave(Queue<Action>[] queues) => _left.Add(queues);

    /// <summary>The joiner that never dies follows up to an offset.</summary>
    public void Follow(int partition, int upto)
    {
        MutantJoiner joiner = References[partition];
        while (joiner.Next < upto)
        {
            JoinsRecord record = Logs[partition][joiner.Next];
            var before = joiner.Joiner.Points.ToDictionary(p => (p.Source, p.TopicId), p => p.Next);
            EventTime horizon = joiner.Joiner.Models[0].Horizon;
            if (joiner.EndsBefore(record)) Finish(partition);
            joiner.Add(record);
            if (joiner.Joiner.Models.Any(m => !m.Fates.IsWhole)) throw new BrokenLaw(JoinCheck.Law);
            foreach (JoinPoint point in joiner.Joiner.Points)
                NoteTaken(partition, record, point, before.GetValueOrDefault((point.Source, point.TopicId)), horizon);
            if (joiner.Joiner.IsFull) Finish(partition);
        }
    }

    private void Finish(int partition)
    {
        MutantJoiner joiner = References[partition];
        Losses += joiner.Finish().Header.Losses.Length;
        States[partition][joiner.Next] = JoinState.Of(joiner.Joiner);
    }

    public void Step(char step, Random random)
    {
        SimulatedProjection counter = Counters[random.Next(Counters.Length)];
        SimulatedJoiner joiner = Joiners[random.Next(Joiners.Length)];
        switch (step)
        {
            case 'P': Produce(random); break;
            case 't': Now++; Data.Emit(Now, random); break;
            case 'R' or 'N': ChangeTopic(step, random); break;
            case 'a': Round(random); break;
            case 'c':
                foreach (int source in counter.Owned.Where(_ => random.NextDouble() < .6).ToArray())
                {
                    for (int n = random.Next(1, 4); n > 0; n--) counter.Poll(source);
                }

                break;
            case 'f':
                foreach (int source in counter.Owned.Where(_ => random.NextDouble() < .7).ToArray()) counter.Flush(source);
                break;
            case 'd':
                for (int n = random.Next(1, 9); n > 0; n--) Deliver(random, Scene is JoinScene.Loss or JoinScene.Corrected);
                break;
            case 'm': Pump(counter, joiner, random); break;
            case 'x':
                counter.Crash(random);
                if (random.NextDouble() < .5) counter.Notice();
                break;
            case 'n': counter.Notice(); break;
            case 'j':
                for (int n = random.Next(1, 9); n > 0; n--) joiner.Read();
                break;
            case 'g': joiner.Flush(); break;
            case 'J': joiner.Crash(random); break;
            case 'k':
                for (int n = random.Next(1, 30); n > 0; n--) Judge.Read();
                break;
            case 'e': counter.Learn(++_epoch, again: random.Next(2) == 0); break;
            default: throw new ArgumentException($"no step {step}");
        }
    }

    /// <summary>Everybody does all that there is to do, for a while.</summary>
    public void Drain()
    {
        var random = new Random(5);
        while (Data.NextDue is { } due)
        {
            Now = Math.Max(Now, due);
            Data.Emit(Now, random);
        }

        if (Scene == JoinScene.Unreported)
        {
            for (int n = 0; n < 6; n++) Round(random);
            if (References.Any(r => r.Joiner.Models[0].Horizon != EventTime.None) || Judge.Sealed.Count > 0) throw new BrokenLaw(JoinCheck.Unreported);
            Now = JoinCheck.Late;
        }

        // One more row of each partition, far behind all others, moves their time on.
        long last = (Now % JoinCheck.Late) + 400;
        for (int source = 0; source < Data.Sources.Length && !HasIdle; source++)
        {
            int generation = Data.Sources[source].Generation, id = (int)JoinCheck.Late + source;
            Data.Append(source, [new JoinRow(Data.IsLabelSource(source), source, generation, id, JoinTerms.Unseen, last, false)], random);
        }

        for (int n = 0; n < (HasIdle ? 130 : 400); n++)
        {
            Round(random);
            if (!HasIdle && n > 5 && Counters.All(c => c.IsThrough) && Judge.Horizon >= last) break;
        }

        for (int k = 0; k < Joins; k++) Follow(k, Logs[k].Count);
        foreach (MutantJoiner reference in References) Losses += reference.Flush(all: false).Header.Losses.Length;
    }

    private void NoteTaken(int partition, JoinsRecord record, JoinPoint point, SourceOffset before, EventTime horizon)
    {
        Projection projection = ProjectionCodec.Read(record.Bytes, out _)!;
        if (projection.Source != point.Source || projection.TopicId != point.TopicId || projection.IsGap) return;
        for (long offset = before; offset < point.Next; offset++)
        {
            foreach (int row in RowsAt(point, (int)offset, partition))
            {
                Taken.Add(row);
                if (horizon != EventTime.None && Data.Rows[row].Time + JoinTerms.Lateness <= horizon) Overdue.Add(Data.Rows[row].Id);
            }
        }
    }

    /// <summary>The rows of a message that belong into a partition of joins.</summary>
    public IEnumerable<int> RowsAt(JoinPoint point, int offset, int partition)
    {
        int source = point.Source.Partition + (point.Source.Topic == JoinTerms.Labels ? Data.PredictionPartitions : 0);
        return Data.RowsAt(source, ((int)point.TopicId - 1) / 2, offset)
            .Where(r => !Data.Rows[r].IsRejected && RowIds.Partition(NameOf(Data.Rows[r].Id), Joins) == partition);
    }

    private void Produce(Random random)
    {
        Now += new[] { 0, 1, 2, 4 }[random.Next(4)];
        for (int n = new[] { 1, 1, 2 }[random.Next(3)]; n > 0; n--) Data.New(Now, random);
        Data.Emit(Now, random);
    }

    private void ChangeTopic(char step, Random random)
    {
        JoinSourceLog log = Data.Sources[random.Next(Data.Sources.Length)];
        if (step == 'R' && log.Records.Count > 0) log.Start = Math.Max(log.Start, log.Records.Count - random.Next(1, 5));
        if (step != 'N' || log.Generation == 2) return;
        foreach (JoinSourceLog other in Data.Sources.Where(s => Data.IsLabelSource(s.Number) == Data.IsLabelSource(log.Number))) other.BeginAgain();
    }

    private static void Pump(SimulatedProjection counter, SimulatedJoiner joiner, Random random)
    {
        counter.Pump();
        joiner.Pump();
        if (counter.Session.Failed)
        {
            counter.Crash(random);
            counter.Notice();
        }

        if (joiner.Session.Failed) joiner.Crash(random);
    }

    // One message of somebody arrives, or gets lost on its way.
    private bool Deliver(Random random, bool lossy)
    {
        JoinSession[] sessions = [.. Counters.Select(c => c.Session), .. Joiners.Select(j => j.Session)];
        (JoinSession Session, int Target)[] live =
            [.. sessions.SelectMany(s => Enumerable.Range(0, s.Queues.Length).Where(t => s.Queues[t].Count > 0).Select(t => (s, t)))];
        _left.RemoveAll(q => q.All(t => t.Count == 0));
        Queue<Action>[] left = [.. _left.SelectMany(q => q).Where(t => t.Count > 0)];
        if (live.Length + left.Length == 0) return false;
        int chosen = random.Next(live.Length + left.Length);
        if (chosen < live.Length) live[chosen].Session.Deliver(live[chosen].Target, lossy && random.NextDouble() < .05);
        else left[chosen - live.Length].Dequeue()();
        return true;
    }

    private void DeliverAll(Random random)
    {
        while (Deliver(random, lossy: false))
        {
        }
    }

    // Everybody catches up.
    private void Round(Random random)
    {
        Now++;
        foreach (SimulatedProjection counter in Counters)
        {
            counter.Notice();
            foreach (int source in counter.Owned.ToArray())
            {
                for (int n = 0; n < 4; n++) counter.Poll(source);
                counter.Flush(source);
            }

            counter.Pump();
        }

        DeliverAll(random);
        foreach (SimulatedJoiner joiner in Joiners)
        {
            while (joiner.Read()) Settle(joiner, random, 1);
            joiner.Flush();
            Settle(joiner, random, 3);
        }

        foreach (SimulatedProjection counter in Counters)
        {
            counter.Pump();
            if (counter.Session.Failed) counter.Crash(random);
        }

        foreach (SimulatedJoiner joiner in Joiners)
        {
            if (joiner.Session.Failed || random.NextDouble() < .02) joiner.Crash(random);
        }

        while (Judge.Read())
        {
        }
    }

    private void Settle(SimulatedJoiner joiner, Random random, int times)
    {
        for (int n = 0; n < times && joiner.IsWaiting; n++)
        {
            joiner.Pump();
            DeliverAll(random);
            joiner.Pump();
        }
    }
}
