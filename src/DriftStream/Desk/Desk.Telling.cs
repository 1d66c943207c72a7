using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>Why an episode is told.</summary>
public enum AlertCause : byte
{
    /// <summary>It is new.</summary>
    Began,

    /// <summary>Symptoms have joined it, or tell another story.</summary>
    Update,

    /// <summary>Its severity rose.</summary>
    Worse,

    /// <summary>Nobody has answered.</summary>
    Repeat,

    /// <summary>Somebody looks after it.</summary>
    Acknowledged,

    /// <summary>All that speaks is silenced.</summary>
    Silenced,

    /// <summary>A silence ended while it lasts.</summary>
    Unsilenced,

    /// <summary>An acknowledgement ended while it lasts.</summary>
    Lapsed,

    /// <summary>Nobody has answered in time: the next one of the chain is told.</summary>
    Escalated,

    /// <summary>Another owner answers for the model now.</summary>
    Handover,

    /// <summary>It had ended and is there again.</summary>
    Back,

    /// <summary>Nothing speaks any more.</summary>
    Resolved,
}

/// <content>What is told of an episode, when, and to whom.</content>
public sealed partial class Desk
{
    private (EpisodeStatus Status, List<Subject> Loud, Severity Severity) StatusOf(DeskEpisode episode)
    {
        DeskSymptom[] on = [.. episode.Symptoms.Where(s => s.IsOn)];
        if (on.Length == 0) return (EpisodeStatus.Resolved, [], Severity.Info);
        DeskSymptom[] loud = [.. on.Where(s => !IsSilent(episode, s))];
        if (loud.Length == 0) return (EpisodeStatus.Silenced, [], on.Max(s => s.Severity));
        Severity severity = loud.Max(s => s.Severity);
        bool covered = episode.Acknowledged is { } a && a.Until > _now && severity <= a.Covers;
        return (covered ? EpisodeStatus.Acknowledged : EpisodeStatus.Firing, [.. loud.Select(s => s.Subject).Order()], severity);
    }

    // One whose time has passed stands until its end is told: what was due before that is told first.
    private bool IsSilent(DeskEpisode episode, DeskSymptom symptom) => _silences.Values.Any(s => s.Covers(episode.Owner, symptom));

    // Says what has changed, if it is worth saying.
    private void Settle(DeskEpisode episode, EventTime at)
    {
        episode.Touched = at;
        (EpisodeStatus status, List<Subject> loud, Severity severity) = StatusOf(episode);
        if (episode.Said == EpisodeStatus.Resolved && status == EpisodeStatus.Resolved)
        {
            Lapse(episode, at);
            return;
        }

        // It was outdone.
        if (status == EpisodeStatus.Firing) episode.Acknowledged = null;
        bool rose = severity > episode.Severity && status is EpisodeStatus.Firing or EpisodeStatus.Acknowledged;
        if (status == episode.Said && !rose)
        {
            if (HasNews(episode, loud) && status is EpisodeStatus.Firing or EpisodeStatus.Acknowledged)
                episode.UpdateDue ??= episode.Sent + UpdateOf(episode);
            return;
        }

        // Never heard of: nothing to take back.
        if (episode.Revision == 0 && status is EpisodeStatus.Silenced or EpisodeStatus.Resolved)
        {
            episode.Said = status;
            return;
        }

        // What comes and goes is told ever more rarely, unless it is worse than it was.
        bool comesAndGoes = episode.Returns > 0 && severity <= episode.Worst
            && (episode.Said, status) is (EpisodeStatus.Firing, EpisodeStatus.Resolved) or (EpisodeStatus.Resolved, EpisodeStatus.Firing);
        if (comesAndGoes && at < episode.Sent + UpdateOf(episode))
        {
            episode.UpdateDue ??= episode.Sent + UpdateOf(episode);
            return;
        }

        Say(episode, status, loud, severity, at, CauseOf(episode, status, rose));
    }

    private static bool HasNews(DeskEpisode episode, List<Subject> loud) => episode.HasNews || loud.Except(episode.Shown).Any();

    private static AlertCause CauseOf(DeskEpisode episode, EpisodeStatus status, bool rose) => status switch
    {
        EpisodeStatus.Resolved => AlertCause.Resolved,
        EpisodeStatus.Silenced => AlertCause.Silenced,
        _ when episode.Revision == 0 => AlertCause.Began,
        _ when episode.Said == EpisodeStatus.Resolved => AlertCause.Back,
        EpisodeStatus.Acknowledged => episode.Said == EpisodeStatus.Silenced ? AlertCause.Unsilenced : AlertCause.Acknowledged,
        _ when episode.Said == EpisodeStatus.Silenced => AlertCause.Unsilenced,
        _ when rose => AlertCause.Worse,
        _ => AlertCause.Lapsed,
    };

    // An episode that comes back doubles it each time, up to a day.
    private Duration UpdateOf(DeskEpisode episode)
    {
        long update = _plan.Times.Update;
        long longest = Math.Max(update, Duration.FromDays(1));
        for (int i = 0; i < episode.Returns && update < longest; i++) update *= 2;
        return new Duration(Math.Min(update, longest));
    }

    private void Say(
        DeskEpisode episode, EpisodeStatus status, List<Subject> loud, Severity severity, EventTime at, AlertCause cause, string? also = null)
    {
        // Also where it comes back silenced: whom the chain had reached was told that it is over.
        bool isBack = episode.Said == EpisodeStatus.Resolved && status != EpisodeStatus.Resolved;
        if (isBack) (episode.Returns, episode.Reached) = (episode.Returns + 1, []);
        if (isBack || episode.Revision == 0) (episode.Worst, episode.Told) = (severity, []);
        if (status == EpisodeStatus.Firing && (episode.Said != EpisodeStatus.Firing || severity > episode.Severity || cause == AlertCause.Handover))
        {
            (episode.Asked, episode.Steps, episode.LastStep) = (at, 0, Duration.Zero);
            (episode.RespondBy, episode.IsOverdue) = (_plan.RespondBy(episode.Owner, severity, at), false);
        }

        episode.Revision++;
        if (status != EpisodeStatus.Resolved && severity > episode.Worst) episode.Worst = severity;
        // As it is told: of what is over, the highest that it had.
        episode.Severities.Add(status == EpisodeStatus.Resolved ? episode.Worst : severity);
        (episode.Said, episode.Severity, episode.Shown, episode.Sent, episode.UpdateDue) = (status, severity, loud, at, null);
        episode.HasNews = false;
        Mark(episode, loud);
        if (status == EpisodeStatus.Resolved) Lapse(episode, at);
        List<string> to = RecipientsOf(episode, at, also);
        // Whoever was told that it fires is told that it ends.
        if (status == EpisodeStatus.Resolved) to = [.. to.Union(episode.Told)];
        else episode.Told = [.. episode.Told.Union(to)];
        _alerts.Add(AlertOf(episode, at, cause, to));
        episode.EndedSilence = null;
        if (status != EpisodeStatus.Resolved) return;
        // Only now: who answers while it comes and goes has answered.
        episode.Acknowledged = null;
        // What was told at the end needs no detail any more; should it come back, it brings its own.
        for (int i = 0; i < episode.Symptoms.Count; i++) episode.Symptoms[i] = episode.Symptoms[i] with { Detail = [] };
    }

    // From here on the windows count in which it lasts although somebody knows.
    private void Mark(DeskEpisode episode, List<Subject> loud)
    {
        for (int i = 0; i < episode.Symptoms.Count; i++)
        {
            DeskSymptom symptom = episode.Symptoms[i];
            if (symptom.CountedUpto is not null || !loud.Contains(symptom.Subject)) continue;
            EventTime last = _ends.GetValueOrDefault((episode.Model, symptom.Subject.Window), symptom.Window.End);
            episode.Symptoms[i] = symptom with { CountedUpto = last, Lasted = 0 };
        }
    }

    // The accountable owner first; who answers for one that is away; who gets copies; who was reached by the chain.
    private List<string> RecipientsOf(DeskEpisode episode, EventTime at, string? also)
    {
        List<string> to = [episode.Owner];
        if (InsteadOf(episode.Owner, at) is { } instead) to.Add(instead);
        if (!episode.IsForRoot && _plan.Models.TryGetValue(episode.Model, out AlertSettings? settings)) to.AddRange(settings.Stakeholders.Select(o => o.Id));
        to.AddRange(episode.Reached);
        if (also is not null) to.Add(also);
        return [.. to.Distinct()];
    }

    private string? InsteadOf(string owner, EventTime at) => _absences.FindLast(a => a.Owner == owner && a.Holds(at))?.To;

    private DeskAlert AlertOf(DeskEpisode episode, EventTime at, AlertCause cause, List<string> to)
    {
        EpisodeStatus status = episode.Said!.Value;
        AlertSettings? settings = episode.IsForRoot ? null : _plan.Models.GetValueOrDefault(episode.Model);
        // What is loud leads; then what is silenced, and what has ended.
        DeskSymptom[] all =
        [
            .. episode.Symptoms.OrderByDescending(s => episode.Shown.Contains(s.Subject)).ThenByDescending(s => s.IsOn)
                .ThenByDescending(s => s.Severity).ThenBy(s => s.Since).ThenBy(s => s.Subject),
        ];
        EscalationStep? next = status == EpisodeStatus.Firing ? _plan.ChainOf(episode.Owner, episode.Severity).Skip(episode.Steps).FirstOrDefault() : null;
        return new DeskAlert
        {
            Id = Identity.Of("alert", episode.Id, episode.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Episode = episode.Id,
            Status = status,
            Severity = status == EpisodeStatus.Resolved ? episode.Worst : episode.Severity,
            Revision = episode.Revision,
            Because = cause,
            Owner = _plan.Owners.GetValueOrDefault(episode.Owner) ?? new Owner(episode.Owner, episode.Owner, ""),
            To = [.. to],
            Model = episode.Model,
            Loud = [.. episode.Shown],
            Symptoms = [.. all],
            LeftOut = episode.LeftOut,
            Since = episode.Since,
            Told = at,
            RespondBy = status == EpisodeStatus.Firing ? episode.RespondBy : null,
            Next = next?.To,
            Acknowledged = status == EpisodeStatus.Acknowledged ? episode.Acknowledged : null,
            Silenced = all.Count(s => s.IsOn && !episode.Shown.Contains(s.Subject)),
            EndedSilence = episode.EndedSilence,
            Decision = episode.Decision,
            AtStake = AtStake.Of(episode.RowsMoved, settings?.Goal),
            Actions = [.. OpenOf(episode.Model).Where(a => a.Episode == episode.Id)],
            Purpose = settings?.Purpose,
            Runbook = settings?.Runbook,
            Link = _plan.PageOf(episode.Id),
            Tags = settings?.Tags ?? [],
            Plan = _plan.Hash,
        };
    }
}
