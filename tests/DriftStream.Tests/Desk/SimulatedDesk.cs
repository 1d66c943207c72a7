using DriftStream.Desk;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Tests.Desk;

/// <summary>One thing done wrong, which the laws must notice.</summary>
public enum DeskMutant
{
    None,

    // Of the stage.
    TickBeforeAnswers,
    GapAfterAFailedSend,
    CheckpointBeforeOutputs,
    SaidAgainAfterALostCheckpoint,
    RandomIds,
    AnswersInMemory,

    // Of the fold.
    TickByAppendTime,
    TickInclusive,
    AnyRecordMovesTime,
    LateDatedBack,
    CopiesNotRecognised,
    FoldSeesAClock,
    AcknowledgementCoversWorse,
    AcknowledgementCoversLater,
    AcknowledgementWeakens,
    AcknowledgementNeverEnds,
    AnyoneMayAnswer,
    SilenceEndsUntold,
}

/// <summary>The desk's fold, with at most one thing done wrong around it.</summary>
internal sealed class MutantDesk(DriftStream.Desk.Desk desk, DeskMutant mutant)
{
    private int _copies;

    public DriftStream.Desk.Desk Desk => desk;

    /// <summary>What is said on a record, as it stands in the outbox.</summary>
    public IEnumerable<DeskWord> Say(EventTime at, IDeskRecord record, Duration skew)
    {
        string? speaker = (record as AnswerHeard)?.Owner;
        foreach (DeskOutput output in Apply(at, record, skew))
        {
            foreach (DeskAlert alert in output.Alerts) yield return new DeskWord(alert.Id, alert, null);
            foreach (Reply reply in output.Replies) yield return new DeskWord(reply.Id, null, reply with { Owner = speaker ?? reply.Owner });
        }
    }

    public List<DeskOutput> Apply(EventTime at, IDeskRecord record, Duration skew)
    {
        var said = new List<DeskOutput>();
        if (mutant == DeskMutant.FoldSeesAClock) at += skew;
        if (mutant == DeskMutant.AnyRecordMovesTime) Say(at, new TimeHeard(at + Duration.Microsecond));
        if (record is TimeHeard time)
        {
            EventTime upto = mutant == DeskMutant.TickByAppendTime ? at : EventTime.Min(time.Upto, at);
            if (mutant == DeskMutant.LateDatedBack)
            {
                while (desk.NextDue is { } due && due < upto) Say(due + Duration.Microsecond, new TimeHeard(due + Duration.Microsecond));
            }

            if (mutant == DeskMutant.TickInclusive) (upto, at) = (upto + Duration.Microsecond, at + Duration.Microsecond);
            record = new TimeHeard(upto);
        }

        if (record is AnswerHeard heard) record = Changed(heard);
        Say(at, record);
        foreach (DeskEpisode episode in desk.Episodes.Values)
        {
            if (episode.Acknowledged is not { } acknowledged) continue;
            if (mutant == DeskMutant.AcknowledgementCoversWorse) episode.Acknowledged = acknowledged with { Covers = Severity.Critical };
            if (mutant == DeskMutant.AcknowledgementNeverEnds) episode.Acknowledged = acknowledged with { Until = EventTime.Never };
        }

        return said;

        void Say(EventTime appended, IDeskRecord one)
        {
            DeskOutput output = desk.Apply(appended, one);
            said.Add(mutant == DeskMutant.SilenceEndsUntold ? Untold(output) : output);
        }
    }

    // It goes on as if it were silenced.
    private DeskOutput Untold(DeskOutput output)
    {
        foreach (DeskAlert alert in output.Alerts.Where(a => a.Because == AlertCause.Unsilenced))
        {
            DeskEpisode episode = desk.Episodes[alert.Episode];
            (episode.Said, episode.Shown) = (EpisodeStatus.Silenced, []);
            episode.Severities.RemoveAt(--episode.Revision);
        }

        return output with { Alerts = [.. output.Alerts.Where(a => a.Because != AlertCause.Unsilenced)] };
    }

    private AnswerHeard Changed(AnswerHeard heard)
    {
        DeskEpisode? episode = heard.Answer.Episode is { } id ? desk.Episodes.GetValueOrDefault(id) : null;
        switch (mutant)
        {
            case DeskMutant.CopiesNotRecognised:
                _copies++;
                return heard with { Source = new AnswerPlace($"copy {_copies}", 0), Answer = heard.Answer with { Id = $"{heard.Answer.Id} {_copies}" } };
            case DeskMutant.AnyoneMayAnswer when episode is not null:
                return heard with { Owner = episode.Owner };
            case DeskMutant.AcknowledgementCoversLater when episode is not null:
                return heard with { Answer = heard.Answer with { Revision = episode.Revision } };
            case DeskMutant.AcknowledgementWeakens when episode is not null && heard.Answer.Until > heard.Said:
                episode.Acknowledged = null;
                return heard;
            default:
                return heard;
        }
    }
}

/// <summary>One worker's desk for a partition. A crash or a pause can come between any two steps.</summary>
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
    private EventTime? _read, _late;

    public SimulatedDesk(DeskWorld world, DeskShelf shelf)
    {
        (_world, _shelf) = (world, shelf);
        _fence = ++shelf.Fence;
        if (world.Mode == DeskMode.Lost && world.Chance.NextDouble() < .3) shelf.Checkpoint = null;
        DeskState? state = shelf.Checkpoint is null ? null : DeskCheckpoint.Read(shelf.Checkpoint);
        if (state is null && world.Mutant != DeskMutant.SaidAgainAfterALostCheckpoint) _known.UnionWith(shelf.Outbox.Select(w => w.Id));
        _fold = new MutantDesk(
            state is null ? new DriftStream.Desk.Desk(DeskWorld.PlanAt, 0) : DriftStream.Desk.Desk.Restore(DeskWorld.PlanAt, state), world.Mutant);
        _next = (int)(state?.Next ?? 0);
    }

    public bool IsDead { get; private set; }

    public bool IsIdle => _next == _shelf.Log.Count && _pending.Count == 0;

    public void Step(bool calm = false)
    {
        if (_paused > 0 && !calm)
        {
            _paused--;
            return;
        }

        // It woke up before the send.
        if (_late is { } late)
        {
            _world.Append(_shelf, new TimeHeard(late));
            _late = null;
            return;
        }

        double x = _world.Chance.NextDouble();
        if (!calm && x < .03) _paused = _world.Any(3, 20, 60);
        else if (_next < _shelf.Log.Count && (calm || x < .6)) Read();
        else if (_pending.Count > 0 && (calm || x < .8)) Commit(calm);
        else if (_next == _shelf.Log.Count) Feed(calm);
    }

    private void Read()
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

    // Reads the ends of the answers, copies up to them one by one, and only then says how late it is.
    private void Feed(bool calm)
    {
        EventTime? due = _fold.Desk.NextDue;
        if (_world.Mutant == DeskMutant.TickBeforeAnswers && due < _world.Clock)
        {
            _world.Append(_shelf, new TimeHeard(_world.Clock));
            return;
        }

        if (_world.Epoch > _fold.Desk.Epoch && _world.Chance.Next(3) == 0)
        {
            _world.Append(_shelf, new PlanHeard(_world.Epoch, DeskWorld.PlanAt(_world.Epoch).Hash));
            return;
        }

        _read ??= _world.Clock;
        if (Copy(!calm && _world.Chance.NextDouble() < .1)) return;
        EventTime upto = _read.Value;
        _read = null;
        if (!(due < upto)) return;
        if (!calm && _world.Chance.NextDouble() < .25) (_paused, _late) = (_world.Any(2, 5, 40), upto);
        else _world.Append(_shelf, new TimeHeard(upto));
    }

    // True where there was something to copy, also where the send failed.
    private bool Copy(bool fails)
    {
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
                if (_world.Mutant is DeskMutant.AnswersInMemory) foreach (DeskWord word in _fold.Say(_world.Clock, heard, Duration.Zero)) Say(word);
                else _world.Append(_shelf, heard);
                if (_world.Mutant is DeskMutant.CopiesNotRecognised) _skipped[name] = i + 1;
                return true;
            }
        }

        return false;
    }

    private void Commit(bool calm)
    {
        byte[] checkpoint = _fold.Desk.Checkpoint(_next);
        if (_world.HasTransactions)
        {
            // Fenced, or the transaction was torn: nothing of it is ever read.
            IsDead = _fence != _shelf.Fence || (!calm && _world.Chance.NextDouble() < .03);
            if (IsDead) return;
        }

        if (_world.Mutant == DeskMutant.CheckpointBeforeOutputs) _shelf.Checkpoint = checkpoint;
        foreach (DeskWord word in _pending)
        {
            IsDead = !_world.HasTransactions && !calm && _world.Chance.NextDouble() < .03;
            if (IsDead) return;
            _shelf.Outbox.Add(word);
        }

        _shelf.Checkpoint = checkpoint;
        _pending.Clear();
    }
}
