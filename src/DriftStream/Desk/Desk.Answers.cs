using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>What became of an answer.</summary>
public enum AnswerOutcome : byte
{
    /// <summary>It holds.</summary>
    Done,

    /// <summary>What it names is not there.</summary>
    Unknown,

    /// <summary>Who said it may not, or it asks for more than anybody may.</summary>
    Refused,

    /// <summary>The episode has become worse since what it answers.</summary>
    Outdated,

    /// <summary>The episode is over.</summary>
    Resolved,
}

/// <content>Answers: who may say what, and what it does.</content>
public sealed partial class Desk
{
    private static readonly Duration UsualAcknowledgement = Duration.FromDays(7), LongestAcknowledgement = Duration.FromDays(30),
        LongestSilence = Duration.FromDays(90), LongestAbsence = Duration.FromDays(367);

    private DeskAction? _decided;

    private void Hear(AnswerHeard heard, EventTime at)
    {
        // Copies of one answer may come from several desks, and a client may say it twice.
        if (heard.Source.Offset < _heard.GetValueOrDefault(heard.Source.Topic)) return;
        _heard[heard.Source.Topic] = heard.Source.Offset + 1;
        Answer answer = heard.Answer;
        if (!_answers.TryAdd(answer.Id, at)) return;
        _decided = null;
        (AnswerOutcome outcome, string why, DeskEpisode? episode) = answer.Kind switch
        {
            AnswerKind.Acknowledge => Acknowledge(heard, at),
            AnswerKind.Silence => Silenced(heard, at),
            AnswerKind.End => Ended(heard, at),
            AnswerKind.Decide => Decide(heard, at),
            AnswerKind.Away => Away(heard),
        };
        if (!heard.Replies) return;
        _replies.Add(new Reply(answer, heard.Owner, outcome, why, heard.Said, at)
        {
            Episode = episode?.Id,
            Revision = episode?.Revision,
            Action = _decided,
        });
    }

    private (AnswerOutcome, string, DeskEpisode?) Acknowledge(AnswerHeard heard, EventTime at)
    {
        Answer answer = heard.Answer;
        EventTime until = answer.Until ?? heard.Said + UsualAcknowledgement;
        if (Episode(answer) is not { } episode) return Unknown($"no episode '{answer.Episode}' of {answer.Model} is known");
        if (!MayAnswer(heard.Owner, episode, at)) return Refused($"{heard.Owner} does not answer for {episode.Model}: {episode.Owner} does");
        if (episode.Said == EpisodeStatus.Resolved) return (AnswerOutcome.Resolved, "the episode is over", episode);
        if (answer.Revision is not { } revision || revision < 1 || revision > episode.Revision)
            return Unknown($"no revision {answer.Revision} was told");
        if (until <= heard.Said || until > heard.Said + LongestAcknowledgement)
            return Refused($"until: {EventTime.Format(until)} is not within 30 days from when it was said");
        Severity covers = episode.Severities[revision - 1];
        (_, _, Severity severity) = StatusOf(episode);
        if (covers < severity)
            return (AnswerOutcome.Outdated, $"it was {JsonText.Name(covers)} at revision {revision} and is {JsonText.Name(severity)} now", episode);
        // A later one never takes back an earlier one; an end does.
        EventTime said = heard.Said;
        string kept = "";
        if (episode.Acknowledged is { } before && before.Until > _now)
        {
            if (before.Until > until) kept = ", as was said before: the longer one stands (an end takes it back)";
            (until, covers) = (EventTime.Max(until, before.Until), covers > before.Covers ? covers : before.Covers);
            said = EventTime.Max(said, before.Said);
            // It stays acknowledged, and whoever looks would see what was said before.
            if ((until, answer.Note, answer.By) != (before.Until, before.Note, before.By)) episode.HasNews = episode.IsOn;
        }

        episode.Acknowledged = new Acknowledgement(heard.Owner, answer.By, until, covers, answer.Note) { Said = said };
        Settle(episode, at);
        return (AnswerOutcome.Done, $"acknowledged until {EventTime.Format(until)}{kept}", episode);
    }

    private (AnswerOutcome, string, DeskEpisode?) Silenced(AnswerHeard heard, EventTime at)
    {
        Answer answer = heard.Answer;
        bool named = answer.Model is not null && !answer.Model.Contains('*');
        if (named && !_plan.Models.ContainsKey(answer.Model!)) return Unknown($"no model '{answer.Model}' is registered");
        string of = answer.Of ?? (named ? _plan.OwnerOf(answer.Model!, false) : heard.Owner);
        if (!_plan.Owners.ContainsKey(of)) return Unknown($"no owner '{of}' is registered");
        if (!MaySpeakFor(heard.Owner, of, at)) return Refused($"{heard.Owner} does not answer for what {of} owns");
        if (answer.Until is not { } until || until <= heard.Said || until > heard.Said + LongestSilence || answer.From >= until)
            return Refused($"until: {TextOf(answer.Until)} is not after from and within 90 days from when it was said");
        if (_silences.Values.Count(s => s.Owner == of) >= MostSilences) return Refused($"{of} has {MostSilences} silences: end some");
        _silences[answer.Id] = new Silence(answer.Id, of, heard.Said, until, answer.By, answer.Note ?? "")
        {
            From = answer.From > heard.Said ? answer.From : null,
            Model = answer.Model,
            Version = answer.Version,
            Signal = answer.Signal,
            Group = answer.Group,
            Severity = answer.Severity,
            Rule = answer.Rule,
        };
        if (_earlyEnds.Find(e => e.Of == answer.Id && MaySpeakFor(e.Owner, of, at)) is { } end)
        {
            _silences.Remove(answer.Id);
            return (AnswerOutcome.Done, $"silence {answer.Id} is over: {end.Owner} has ended it", null);
        }

        Settle(at);
        return (AnswerOutcome.Done, $"silence {answer.Id} until {EventTime.Format(until)}", null);
    }

    private (AnswerOutcome, string, DeskEpisode?) Ended(AnswerHeard heard, EventTime at)
    {
        Answer answer = heard.Answer;
        if (answer.Silence is { } id)
        {
            if (!_silences.TryGetValue(id, out Silence? silence)) return NotOn("silence", id, heard.Owner, at);
            if (!MaySpeakFor(heard.Owner, silence.Owner, at)) return Refused($"{heard.Owner} does not answer for what {silence.Owner} owns");
            EndSilence(silence, at);
            return (AnswerOutcome.Done, $"silence {id} is over", null);
        }

        if (answer.Absence is { } absence) return Returned(heard, absence, at);
        if (Episode(answer) is not { } episode) return Unknown($"no episode '{answer.Episode}' of {answer.Model} is known");
        if (!MayAnswer(heard.Owner, episode, at)) return Refused($"{heard.Owner} does not answer for {episode.Model}: {episode.Owner} does");
        // Answers of several owners are heard in any order: what was acknowledged later stands.
        if (episode.Acknowledged is not { } acknowledged || acknowledged.Said > heard.Said) return Unknown("nobody had acknowledged it when that was said");
        episode.Acknowledged = null;
        Settle(episode, at);
        return (AnswerOutcome.Done, "the acknowledgement is over", episode);
    }

    private (AnswerOutcome, string, DeskEpisode?) Decide(AnswerHeard heard, EventTime at)
    {
        Answer answer = heard.Answer;
        DeskEpisode? named = answer.Episode is null ? null : Episode(answer);
        DeskAction? action = answer.Action is null ? null : ActionOf(answer.Model!, answer.Action);
        if (answer.Episode is not null && named is null) return Unknown($"no episode '{answer.Episode}' of {answer.Model} is known");
        if (named is null && !_plan.Models.ContainsKey(answer.Model!)) return Unknown($"no model '{answer.Model}' is registered");
        if (answer.Action is not null && (action is null || (named is not null && action.Episode != named.Id)))
            return Unknown($"no action '{answer.Action}' is recommended for {answer.Episode ?? answer.Model}");
        if (action is not null) named ??= _episodes.GetValueOrDefault(action.Episode);
        bool may = named is null ? MaySpeakFor(heard.Owner, _plan.OwnerOf(answer.Model!, false), at) : MayAnswer(heard.Owner, named, at);
        if (!may) return Refused($"{heard.Owner} does not answer for {answer.Model}");
        if (action is { IsOpen: false }) return (AnswerOutcome.Resolved, $"the action is {JsonText.Name(action.State)}: {action.Ended}", named);
        var decision = new Decision(heard.Owner, answer.By, heard.Said, answer.Note ?? "");
        if (action is not null) _decided = Decide(action, decision, answer.Accept == true, at);
        if (named is null) _decisions[answer.Model!] = decision;
        foreach (DeskEpisode episode in _episodes.Values.Where(e => named is null ? e.Model == answer.Model && e.IsOn : e == named))
        {
            (episode.Decision, episode.HasNews) = (decision, episode.IsOn);
            Settle(episode, at);
        }

        return (AnswerOutcome.Done, _decided is null ? "the decision is noted" : $"the action is {JsonText.Name(_decided.State)}", named);
    }

    // By its id; by its kind the one that is open.
    private DeskAction? ActionOf(string model, string wanted)
    {
        DeskAction? action = _actions.GetValueOrDefault(wanted) ?? OpenOf(model).FirstOrDefault(a => JsonText.Name(a.Kind) == wanted);
        return action?.Model == model ? action : null;
    }

    private DeskAction Decide(DeskAction action, Decision decision, bool accept, EventTime at)
    {
        ActionState state = accept ? ActionState.Accepted : ActionState.Declined;
        DeskAction decided = action with
        {
            State = state,
            Decision = decision,
            Owner = _episodes.GetValueOrDefault(action.Episode)?.Owner ?? action.Owner,
            Plan = _plan.Hash,
        };
        // Said again it changes nothing that anybody has to hear of.
        return action.State == state ? action : Tell(decided with { Revision = action.Revision + 1, Told = at });
    }

    private (AnswerOutcome, string, DeskEpisode?) Away(AnswerHeard heard)
    {
        Answer answer = heard.Answer;
        string of = answer.Of ?? heard.Owner;
        if (!_plan.Owners.ContainsKey(of)) return Unknown($"no owner '{of}' is registered");
        if (answer.To is not { } to || !_plan.Owners.ContainsKey(to) || to == of) return Unknown($"no other owner '{answer.To}' is registered");
        if (!MayBeAway(heard.Owner, of)) return Refused($"only {of} says that {of} is away");
        EventTime from = answer.From ?? heard.Said;
        if (answer.Until is not { } until || until <= from || until <= heard.Said || until > heard.Said + LongestAbsence)
            return Refused($"until: {TextOf(answer.Until)} is not after from and within a year from when it was said");
        if (_earlyEnds.Find(e => e.Of == answer.Id && MayBeAway(e.Owner, of)) is { } end)
            return (AnswerOutcome.Done, $"absence {answer.Id} is over: {end.Owner} has ended it", null);
        _absences.Add(new Absence(of, to, from, until) { Id = answer.Id });
        return (AnswerOutcome.Done, $"absence {answer.Id}: {to} answers for {of} until {EventTime.Format(until)}", null);
    }

    private (AnswerOutcome, string, DeskEpisode?) Returned(AnswerHeard heard, string id, EventTime at)
    {
        int index = _absences.FindIndex(a => a.Id == id && a.Until > heard.Said);
        if (index < 0) return NotOn("absence", id, heard.Owner, at);
        Absence absence = _absences[index];
        if (!MayBeAway(heard.Owner, absence.Owner)) return Refused($"only {absence.Owner} says that {absence.Owner} is back");
        _absences.RemoveAt(index);
        return (AnswerOutcome.Done, $"{absence.Owner} is back: {absence.To} no longer answers instead", null);
    }

    // What it ends may have been said before, in the topic of another owner, and be heard later.
    private (AnswerOutcome, string, DeskEpisode?) NotOn(string what, string id, string owner, EventTime at)
    {
        if (!_answers.ContainsKey(id)) _earlyEnds.Add(new EarlyEnd(id, owner, at));
        return Unknown($"no {what} '{id}' is on");
    }

    private bool MayBeAway(string owner, string of) => owner == of || owner == _plan.Root;

    private DeskEpisode? Episode(Answer answer) =>
        answer.Episode is { } id && _episodes.TryGetValue(id, out DeskEpisode? episode) && (answer.Model is null || answer.Model == episode.Model)
        && (episode.Revision > 0 || episode.IsOn) ? episode : null;

    // Of one episode also those may answer whom the chain has reached.
    private bool MayAnswer(string owner, DeskEpisode episode, EventTime at) => episode.Reached.Contains(owner) || MaySpeakFor(owner, episode.Owner, at);

    private bool MaySpeakFor(string owner, string of, EventTime at) =>
        owner == of || owner == _plan.Root || _plan.IsDelegate(owner, of) || _absences.Exists(a => a.Owner == of && a.To == owner && a.Holds(at));

    private static string TextOf(EventTime? time) => time is { } at ? EventTime.Format(at) : "none";

    private static (AnswerOutcome, string, DeskEpisode?) Unknown(string why) => (AnswerOutcome.Unknown, why, null);

    private static (AnswerOutcome, string, DeskEpisode?) Refused(string why) => (AnswerOutcome.Refused, why, null);
}
