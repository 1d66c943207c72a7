using DriftStream.Joins;

namespace DriftStream.Tests.Joins;

/// <summary>A joiner of one partition of joins: what it folds, what it has on its way, and where it starts again.</summary>
internal sealed class SimulatedJoiner
{
    private readonly JoinWorld _world;
    private readonly Queue<(int Target, Action Arrive)> _waiting = [];
    // Outlives whoever joins.
    private readonly List<JoinSnapshot> _disk = [];
    private int[]? _sent;
    private MutantJoiner _joiner = null!;
    private long _lastRead;

    public SimulatedJoiner(JoinWorld world, int partition)
    {
        (_world, Partition) = (world, partition);
        Start();
    }

    public int Partition { get; }

    public JoinSession Session { get; private set; } = null!;

    /// <summary>Positions that wait for what goes before them.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    public void Crash(Random random)
    {
        _world.Leave(Session.Die(random));
        Start();
    }

    public bool Read()
    {
        if (_joiner.Next >= _world.Logs[Partition].Count || _waiting.Count(w => w.Target == 1) > 1) return false;
        if (_joiner.EndsBefore(_world.Logs[Partition][_joiner.Next])) Finish();
        _joiner.Add(_world.Logs[Partition][_joiner.Next]);
        if (_joiner.Joiner.Models.Any(m => !m.Fates.IsWhole)) throw new BrokenLaw(JoinCheck.Law);
        _lastRead = _world.Now;
        _world.Follow(Partition, _joiner.Next);
        if (_joiner.Joiner.IsFull) Finish();
        return true;
    }

    private void Finish()
    {
        JoinFlush flush = _joiner.Finish();
        // Also before its record is written, so that it may be ahead of the newest one.
        if (_world.HasSnapshots && _world.Now % 2 == 0) Save(flush.Position!);
        Write(flush);
        _waiting.Enqueue((1, () => _world.JoinPositions[Partition] = flush.Position));
        Pump();
    }

    public void Flush()
    {
        // Whatever may still change can be written or not.
        Write(_joiner.Flush(all: _world.Now % 2 == 0));
        Pump();
    }

    /// <summary>Sends what waits, as far as everything before it is acknowledged.</summary>
    public void Pump()
    {
        while (_waiting.TryPeek(out (int Target, Action Arrive) first))
        {
            _sent ??= [Session.Sent[0]];
            if (!Session.IsAcknowledged(_sent)) return;
            Session.Send(first.Target, first.Arrive);
            _waiting.Dequeue();
            _sent = null;
        }
    }

    private void Save(JoinPosition position)
    {
        using var bytes = new MemoryStream();
        _joiner.Joiner.Save(bytes);
        _disk.Add(new JoinSnapshot(position, bytes.ToArray()));
        if (_disk.Count > 2) _disk.RemoveAt(0);
    }

    private void Start()
    {
        (Session, _sent, _lastRead) = (new JoinSession(2), null, _world.Now);
        _waiting.Clear();
        JoinPosition? position = _world.JoinPositions[Partition] is { } written ? JoinPositionCodec.Read(JoinPositionCodec.Write(written)) : null;
        // The newest snapshot, or the one before, or none.
        _joiner = _world.NewJoiner(position, _world.Now % 4 == 0 ? null : _world.Now % 4 == 1 ? _disk.FirstOrDefault() : _disk.LastOrDefault());
        if (position is null) return;
        int low = _joiner.Next;
        while (_joiner.Joiner.IsReplaying) _joiner.Add(_world.Logs[Partition][_joiner.Next]);
        _world.NoteRestart(low, _joiner.Next, _joiner.IsResumed);
        if (_joiner.Joiner.Diverged) throw new BrokenLaw(JoinCheck.Restart);
        if (JoinState.Of(_joiner.Joiner).ToString() != _world.States[Partition][_joiner.Next].ToString()) throw new BrokenLaw(JoinCheck.Restart);
    }

    private void Write(JoinFlush flush)
    {
        bool idle = _world.Mutant == JoinMutant.ClaimsIdle && _joiner.Next == _world.Logs[Partition].Count
            && _world.Now - _lastRead >= JoinTerms.IdleAfter;
        Action header = () => _world.Judge.Hear(Partition, flush.Header, idle);
        if (_world.Mutant == JoinMutant.HeaderBeforeEntries) Session.Send(0, header);
        foreach (JoinEntry entry in flush.Entries) Session.Send(0, () => _world.Judge.Hear(Partition, entry));
        if (_world.Mutant != JoinMutant.HeaderBeforeEntries) _waiting.Enqueue((0, header));
    }
}
