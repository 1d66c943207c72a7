using DriftStream.Desk;
using DriftStream.Time;

namespace DriftStream.Tests.Desk;

/// <summary>One worker's desk for a partition, in steps: a crash or a pause can come between any two.</summary>
internal sealed class SimulatedDesk
{
    private readonly DeskWorld _world;
    private readonly DeskShelf _shelf;
    private readonly MutantDesk _fold;
    private readonly int _fence;
    private readonly HashSet<string> _known = [];
    private readonly List<DeskWord> _pending = [];
    private readonly Dictionary<string, long> _skipped = [];
    private int _next, _paused;
    private EventTime? _read, _late, _ticked;

    public SimulatedDesk(DeskWorld world, DeskShelf shelf)
    {
        (_world, _shelf) = (world, shelf);
        _fence = ++shelf.Fence;
        if (world.Mutant != DeskMutant.DoesNotWaitForATornTransaction) shelf.EndTorn();
        if (world.Mode == DeskMode.Lost && world.Chance.NextDouble() < .3) shelf.Checkpoint = null;
        DeskState? state = shelf.Checkpoint is null ? null : DeskCheckpoint.Read(shelf.Checkpoint);
        if (state is null && world.Mutant != DeskMutant.SaidAgainAfterALostCheckpoint) _known.UnionWith(shelf.Outbox.Select(w => w.Id));
        _fold = new MutantDesk(
            state is null ? new DriftStream.Desk.Desk(DeskWorld.PlanAt, 0) : DriftStream.Desk.Desk.Restore(DeskWorld.PlanAt, state), world.Mutant);
        _next = (int)(state?.Next ?? 0);
        if (world.Mutant == DeskMutant.GoesOnFromTheLastWordSeen) GoOnFromTheLastWordSeen();
        // Only now is it decided what became of what its predecessor left open.
        shelf.EndTorn();
    }

    public bool IsDead { get; private set; }

    public EventTime? NextDue => _fold.Desk.NextDue;

    public byte[] State => _fold.Desk.Checkpoint(_next);

    /// <summary>One step, by chance.</summary>
    public void Step()
    {
        if (_paused > 0)
        {
            _paused--;
            return;
        }

        if (_late is not null)
        {
            TickLate();
            return;
        }

        double x = _world.Chance.NextDouble();
        if (x < .03) _paused = _world.Any(3, 20, 60);
        else if (_next < _shelf.Log.Count && x < .6) Read();
        else if (_pending.Count > 0 && x < .8) Commit(_world.Chance.NextDouble() < .05);
        else if (_next == _shelf.Log.Count && !CopyPlan(_world.Chance.Next(3) == 0) && !Copy(fails: _world.Chance.NextDouble() < .1))
        {
            if (_world.Chance.NextDouble() < .25 && ReadEnds()) _paused = _world.Any(2, 5, 40);
            else Tick();
        }
    }

    /// <summary>All that there is to do at this moment, without a fault.</summary>
    public void Work()
    {
        for (int i = 0; i < 10_000; i++)
        {
            if (_next < _shelf.Log.Count) Read();
            else if (_pending.Count > 0) Commit(fails: false);
            else if (!CopyPlan(true) && !Copy(fails: false) && !Tick()) return;
        }

        throw new InvalidOperationException("a desk that never has nothing to do");
    }

    /// <summary>Finds that nothing is to be copied and that something is due, and goes to sleep before it says so: <see cref="TickLate"/> does.</summary>
    public bool ReadEnds()
    {
        EventTime upto = _read ?? _world.Clock;
        _read = null;
        if (!(NextDue < upto) || upto <= _ticked) return false;
        _late = _ticked = upto;
        return true;
    }

    /// <summary>It wakes up, and says up to when all had been heard when it went to sleep.</summary>
    public void TickLate()
    {
        _world.Append(_shelf, new TimeHeard(_late!.Value));
        _late = null;
    }

    /// <summary>The next record of the log.</summary>
    public void Read()
    {
        (EventTime at, IDeskRecord record) = _shelf.Log[_next++];
        foreach (DeskWord word in _fold.Say(at, record, Duration.FromMinutes(_world.Chance.Next(2)))) Say(word);
        _read = null;
    }

    private void Say(DeskWord word)
    {
        if (_known.Contains(word.Id)) return;
        _pending.Add(_world.Mutant == DeskMutant.RandomIds ? word with { Id = _world.Chance.NextInt64().ToString("x") } : word);
    }

    private bool CopyPlan(bool now)
    {
        if (!now || _world.Epoch <= _fold.Desk.Epoch) return false;
        _world.Append(_shelf, new PlanHeard(_world.Epoch, DeskWorld.PlanAt(_world.Epoch).Hash));
        return true;
    }

    // The next answer. True where there was one, also where the send failed; where there is none, all has been heard that was said before the first look.
    private bool Copy(bool fails)
    {
        if (_world.Mutant == DeskMutant.TickBeforeAnswers && NextDue < _world.Clock) return false;
        _read ??= _world.Clock;
        foreach ((string owner, (string name, List<(EventTime Said, Answer Answer)> said)) in _world.Topics)
        {
            long from = Math.Max(_fold.Desk.Heard.GetValueOrDefault(name), _skipped.GetValueOrDefault(name));
            for (int i = (int)from; i < said.Count; i++)
            {
                Answer answer = said[i].Answer;
                if (answer.IsOfOneModel && DeskWorld.ShelfOf(answer.Model!) != _shelf.Index) continue;
                if (fails)
                {
                    if (_world.Mutant == DeskMutant.GapAfterAFailedSend) _skipped[name] = i + 1;
                    return true;
                }

                bool replies = answer.IsOfOneModel || answer.Id[^1] % 2 == _shelf.Index;
                var heard = new AnswerHeard(new AnswerPlace(name, i), owner, said[i].Said, answer, replies);
                if (_world.Mutant == DeskMutant.AnswersInMemory) foreach (DeskWord word in _fold.Say(_world.Clock, heard, Duration.Zero)) Say(word);
                else _world.Append(_shelf, heard);
                if (_world.Mutant == DeskMutant.CopiesNotRecognised) _skipped[name] = i + 1;
                return true;
            }
        }

        return false;
    }

    // Says up to when all has been heard, if something is due.
    private bool Tick()
    {
        if (!ReadEnds()) return false;
        TickLate();
        return true;
    }

    private void Commit(bool fails)
    {
        byte[] checkpoint = State;
        if (_world.HasTransactions)
        {
            IsDead = fails || _fence != _shelf.Fence;
            // Fenced: nothing of it is ever read. Torn: its end was asked for, and may or may not be reached; whoever comes next has to wait for it.
            if (_fence != _shelf.Fence) return;
            if (fails) _shelf.Torn = _world.Any<(DeskWord[], byte[])?>(null, ([.. _pending], checkpoint));
            if (IsDead) return;
        }

        if (_world.Mutant == DeskMutant.CheckpointBeforeOutputs) _shelf.Checkpoint = checkpoint;
        foreach (DeskWord word in _pending)
        {
            IsDead = !_world.HasTransactions && fails && _world.Chance.Next(2) == 0;
            if (IsDead) return;
            _shelf.Outbox.Add(word);
        }

        IsDead = fails;
        if (IsDead) return;
        _shelf.Checkpoint = checkpoint;
        _pending.Clear();
    }

    private void GoOnFromTheLastWordSeen()
    {
        foreach (DeskAlert alert in _shelf.Outbox.Where(w => w.Alert is not null).Select(w => w.Alert!))
        {
            if (!_fold.Desk.Episodes.TryGetValue(alert.Episode, out DeskEpisode? episode)) continue;
            for (; episode.Revision < alert.Revision; episode.Revision++) episode.Severities.Add(alert.Severity);
        }
    }
}
