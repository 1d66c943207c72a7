using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <content>What happens because time has passed.</content>
public sealed partial class Desk
{
    // Several things that are due at one moment happen in this order, episode by episode.
    private enum DueKind
    {
        Escalate,
        Update,
        Repeat,
        Lapse,
        Overdue,
        SilenceBegins,
        SilenceEnds,
        ActionLapses,
    }

    /// <summary>When the next thing is due; null while nothing is.</summary>
    public EventTime? NextDue => Dues().Select(d => (EventTime?)d.At).Min();

    private void Pass(EventTime upto, EventTime at)
    {
        if (upto <= _now) return;
        _now = upto;
        // What one thing does may make another one due, but nothing makes itself due again: whoever is told now has all the time from now on.
        while (Dues().Where(d => d.At <= upto).Order().ToArray() is { Length: > 0 } due)
        {
            foreach (Due one in due)
            {
                if (one.Kind is DueKind.SilenceBegins or DueKind.SilenceEnds) Turn(one, at);
                else if (one.Kind == DueKind.ActionLapses) Expire(one.Id, at);
                else if (_episodes.TryGetValue(one.Id, out DeskEpisode? episode) && Dues(episode).Contains(one)) Do(one.Kind, episode, at);
            }
        }
    }

    private void Do(DueKind kind, DeskEpisode episode, EventTime at)
    {
        (EpisodeStatus status, List<Subject> loud, Severity severity) = StatusOf(episode);
        switch (kind)
        {
            case DueKind.Escalate:
                EscalationStep step = _plan.ChainOf(episode.Owner, episode.Severity).ElementAt(episode.Steps);
                (episode.Steps, episode.LastStep, episode.Asked) = (episode.Steps + 1, step.After, at);
                string reached = InsteadOf(step.To, at) ?? step.To;
                if (!episode.Reached.Contains(reached)) episode.Reached.Add(reached);
                Say(episode, status, loud, severity, at, AlertCause.Escalated);
                break;
            case DueKind.Update:
                episode.UpdateDue = null;
                // What comes and goes was not told; it may be where it was by now.
                if (status != episode.Said) Say(episode, status, loud, severity, at, CauseOf(episode, status, false));
                else if (HasNews(episode, loud)) Say(episode, status, loud, severity, at, AlertCause.Update);
                break;
            case DueKind.Repeat:
                Say(episode, status, loud, severity, at, AlertCause.Repeat);
                break;
            case DueKind.Lapse:
                episode.Acknowledged = null;
                Settle(episode, at);
                break;
            case DueKind.Overdue:
                episode.IsOverdue = true;
                _missed.Add(episode.Owner);
                break;
        }
    }

    private void Expire(string id, EventTime at)
    {
        if (_actions.TryGetValue(id, out DeskAction? action) && action.IsOpen)
            Conclude(action, ActionState.Lapsed, $"nothing came of it within {DeskAction.Life.Microseconds / EventTime.Day} days", at);
    }

    private void Turn(Due due, EventTime at)
    {
        if (!_silences.TryGetValue(due.Id, out Silence? silence)) return;
        if (due.Kind == DueKind.SilenceBegins)
        {
            _silences[due.Id] = silence with { From = null };
            Settle(at);
            return;
        }

        EndSilence(silence, at);
    }

    private void EndSilence(Silence silence, EventTime at)
    {
        _silences.Remove(silence.Id);
        foreach (DeskEpisode episode in _episodes.Values)
        {
            if (episode.Symptoms.Exists(s => s.IsOn && silence.Covers(episode.Owner, s) && !IsSilent(episode, s))) episode.EndedSilence = silence;
        }

        Settle(at);
    }

    private void Settle(EventTime at)
    {
        foreach (DeskEpisode episode in _episodes.Values.ToArray()) Settle(episode, at);
    }

    private IEnumerable<Due> Dues()
    {
        foreach (DeskEpisode episode in _episodes.Values)
        {
            foreach (Due due in Dues(episode)) yield return due;
        }

        foreach (Silence silence in _silences.Values)
        {
            if (silence.From is { } from) yield return new Due(from, silence.Id, DueKind.SilenceBegins);
            yield return new Due(silence.Until, silence.Id, DueKind.SilenceEnds);
        }

        foreach (DeskAction action in _actions.Values.Where(a => a.IsOpen)) yield return new Due(action.Lapses, action.Id, DueKind.ActionLapses);
    }

    private IEnumerable<Due> Dues(DeskEpisode episode)
    {
        if (episode.UpdateDue is { } update) yield return new Due(update, episode.Id, DueKind.Update);
        if (episode is { Said: EpisodeStatus.Acknowledged, Acknowledged: { } acknowledged })
            yield return new Due(acknowledged.Until, episode.Id, DueKind.Lapse);
        if (episode.Said != EpisodeStatus.Firing || !episode.IsOn) yield break;
        yield return new Due(episode.Sent + _plan.Times.Repeat, episode.Id, DueKind.Repeat);
        if (!episode.IsOverdue) yield return new Due(episode.RespondBy, episode.Id, DueKind.Overdue);
        if (_plan.ChainOf(episode.Owner, episode.Severity).ElementAtOrDefault(episode.Steps) is { } step)
            yield return new Due(episode.Asked + (step.After - episode.LastStep), episode.Id, DueKind.Escalate);
    }

    private readonly record struct Due(EventTime At, string Id, DueKind Kind) : IComparable<Due>
    {
        public int CompareTo(Due other)
        {
            int order = At.CompareTo(other.At);
            if (order == 0) order = string.CompareOrdinal(Id, other.Id);
            return order != 0 ? order : Kind.CompareTo(other.Kind);
        }
    }
}
