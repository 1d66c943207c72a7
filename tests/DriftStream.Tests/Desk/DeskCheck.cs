using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Tests.Desk;

/// <summary>What must hold of a simulated desk once the world stands still; all but the first law are checked on what was said alone.</summary>
internal sealed class DeskCheck
{
    private readonly DeskWorld _world;
    private readonly DeskShelf _shelf;
    private readonly List<DeskAlert> _alerts = [];
    private readonly List<Reply> _replies = [];
    private readonly List<string> _broken = [];

    private DeskCheck(DeskWorld world, DeskShelf shelf) => (_world, _shelf) = (world, shelf);

    /// <summary>The laws that are broken.</summary>
    public static List<string> Of(DeskWorld world)
    {
        var broken = new List<string>();
        var replied = new List<string>();
        foreach (DeskShelf shelf in world.Shelves)
        {
            var check = new DeskCheck(world, shelf);
            check.Compare();
            foreach (IGrouping<string, DeskAlert> episode in check._alerts.GroupBy(a => a.Episode)) check.Episode([.. episode.OrderBy(a => a.Revision)]);
            check.Rights();
            broken.AddRange(check._broken);
            replied.AddRange(check._replies.Select(r => r.Answer.Id));
        }

        if (replied.Count != replied.Distinct().Count()) broken.Add("L4 an answer was counted twice");
        if (world.Answers.Keys.Except(world.Deleted).Except(replied).Any()) broken.Add("L4 an answer was lost");
        if (replied.Except(world.Answers.Keys).Any()) broken.Add("L4 a reply to what nobody said");
        return broken;
    }

    // L1, L2: what everybody reads is what a fold of the final log says; L5, L7: and that is what judges say is on.
    private void Compare()
    {
        var ids = new HashSet<string>();
        var revisions = new HashSet<(string, int)>();
        foreach (DeskWord word in _shelf.Outbox)
        {
            if (!ids.Add(word.Id))
            {
                if (_world.HasTransactions) _broken.Add("L2 said twice");
                continue;
            }

            if (word.Reply is { } reply) _replies.Add(reply);
            if (word.Alert is not { } alert) continue;
            _alerts.Add(alert);
            if (!revisions.Add((alert.Episode, alert.Revision))) _broken.Add("L2 one alert under two ids");
        }

        var fold = new MutantDesk(new DriftStream.Desk.Desk(DeskWorld.PlanAt, 0), _world.Mutant);
        DeskWord[] said = [.. _shelf.Log.SelectMany(l => fold.Say(l.At, l.Record, Duration.Zero))];
        if (!ids.SetEquals(said.Select(w => w.Id))) _broken.Add("L2 other ids than those of a fold of the log");
        string[] lines = [.. said.Select(Line).Order(StringComparer.Ordinal)];
        if (!lines.SequenceEqual(_shelf.Outbox.DistinctBy(w => w.Id).Select(Line).Order(StringComparer.Ordinal)))
            _broken.Add("L1 other words than those of a fold of the log");
        foreach ((string key, bool on) in _world.On)
        {
            string model = key[..2], signal = key[3..];
            if (DeskWorld.ShelfOf(model) != _shelf.Index) continue;
            DeskEpisode[] holders =
                [.. fold.Desk.Episodes.Values.Where(e => e.Model == model && e.Symptoms.Exists(s => s.IsOn && s.Subject.Signal == signal))];
            if (holders.Length != (on ? 1 : 0)) _broken.Add($"L7 {key} is in {holders.Length} episodes");
            // Acknowledgements and silences have all ended by now.
            foreach (DeskEpisode holder in holders)
            {
                DeskAlert? word = _alerts.Where(a => a.Episode == holder.Id).MaxBy(a => a.Revision);
                if (word is not { Status: EpisodeStatus.Firing } || !word.Loud.Any(s => s.Signal == signal))
                    _broken.Add($"L5 {key} is on, and that is not what was said last");
            }
        }

        foreach (DeskEpisode over in fold.Desk.Episodes.Values.Where(e => !e.IsOn))
        {
            if (_alerts.Where(a => a.Episode == over.Id).MaxBy(a => a.Revision) is { Status: not EpisodeStatus.Resolved })
                _broken.Add("L5 over, and nobody was told");
        }
    }

    private static string Line(DeskWord word) => word.Alert is { } a
        ? $"{a.Id} {a.Status} {a.Severity} {a.Because} {string.Join(' ', a.To)} {a.Told} {a.RespondBy} {a.Next} {a.Acknowledged} {a.Silenced} {a.Decision}"
        : $"{word.Id} {word.Reply!.Outcome} {word.Reply.Owner} {word.Reply.Why} {word.Reply.Episode} {word.Reply.Revision} {word.Reply.Heard}";

    private void Episode(DeskAlert[] told)
    {
        if (told[0].Status != EpisodeStatus.Firing) _broken.Add("L5 the first that was heard of it was not that it fires");
        if (told.Where((a, i) => a.Revision != i + 1).Any()) _broken.Add("L2 a revision is missing");
        // Words that refer to one that is missing cannot be checked against it.
        if (told[0].Revision != 1) return;
        (EventTime asked, int steps) = (told[0].Told, 0);
        for (int i = 0; i < told.Length; i++)
        {
            DeskAlert alert = told[i];
            if (alert.Because == AlertCause.Escalated)
            {
                EscalationStep[] chain = [.. told[i - 1].Owner.Escalate];
                EventTime due = asked + (chain[steps].After - (steps == 0 ? Duration.Zero : chain[steps - 1].After));
                if (alert.Told < due) _broken.Add("L3 escalated too early");
                if (WhoAnswered(told, i, asked, due) is { } who) _broken.Add($"L3 escalated though {who} answered in time");
                (asked, steps) = (alert.Told, steps + 1);
                Kept(alert, told[i - 1]);
            }
            else if (alert.Because is AlertCause.Update or AlertCause.Repeat && alert.Status == EpisodeStatus.Firing) Kept(alert, told[i - 1]);
            else if (alert.Status == EpisodeStatus.Firing)
            {
                (asked, steps) = (alert.Told, 0);
                if (alert.RespondBy != DeskWorld.PlanAt(EpochOf(alert)).RespondBy(alert.Owner.Id, alert.Severity, alert.Told))
                    _broken.Add("L9 another deadline than the plan's");
            }

            if (alert.Owner.Id != DeskWorld.PlanAt(EpochOf(alert)).OwnerOf(alert.Model, false))
                _broken.Add("L10 told to another owner than the plan's");
            if (alert.Because == AlertCause.Handover && (!alert.To.Contains(told[i - 1].Owner.Id) || alert.Status == EpisodeStatus.Acknowledged))
                _broken.Add("L10 a handover that not both were told, or that the former owner's word covers");
            // What was over has nobody to hand it over.
            if (i > 0 && told[i - 1].Status != EpisodeStatus.Resolved && alert.Owner.Id != told[i - 1].Owner.Id
                && alert.Because is not (AlertCause.Handover or AlertCause.Resolved))
                _broken.Add("L10 another owner without a handover");
            if (alert.Status == EpisodeStatus.Acknowledged) Covered(told, alert);
            IEnumerable<DeskAlert> since = told[..i].Reverse().TakeWhile(a => a.Status != EpisodeStatus.Resolved);
            if (alert.Status == EpisodeStatus.Resolved && since.SelectMany(a => a.To).Except(alert.To).Any())
                _broken.Add("L5 told that it fires, and not that it is over");
        }

        DeskAlert last = told[^1];
        if (last is { Status: EpisodeStatus.Firing, Severity: Severity.Critical } && steps < last.Owner.Escalate.Length)
            _broken.Add("L6 a deadline was missed in silence");
    }

    private static long EpochOf(DeskAlert alert) => long.Parse(alert.Plan["plan ".Length..], System.Globalization.CultureInfo.InvariantCulture);

    private void Kept(DeskAlert alert, DeskAlert before)
    {
        if (alert.RespondBy != before.RespondBy) _broken.Add("L9 a deadline that was promised has moved");
    }

    // Of the accountable owner at that time, or the root owner, an acknowledgement that covers what was told and holds beyond the deadline.
    private string? WhoAnswered(DeskAlert[] told, int at, EventTime asked, EventTime due)
    {
        DeskAlert now = told[at - 1];
        foreach ((string id, (string owner, EventTime said, Answer answer)) in _world.Answers)
        {
            if (answer.Kind != AnswerKind.Acknowledge || answer.Episode != now.Episode || _world.Deleted.Contains(id)) continue;
            if (said < asked || said > due || !(answer.Until > due) || answer.Revision > at || !(answer.Until > told[at].Told)) continue;
            if ((owner == now.Owner.Id || owner == "C") && told[answer.Revision!.Value - 1].Severity >= now.Severity) return owner;
        }

        return null;
    }

    // L8, L11: worse than what was acknowledged fires, and so does what nobody acknowledges any more.
    private void Covered(DeskAlert[] told, DeskAlert alert)
    {
        EventTime handed = told.LastOrDefault(a => a.Because == AlertCause.Handover && a.Revision < alert.Revision)?.Told ?? EventTime.Earliest;
        Reply[] done =
        [
            .. _replies.Where(r => r is { Answer.Kind: AnswerKind.Acknowledge, Outcome: AnswerOutcome.Done } && r.Episode == alert.Episode
                && r.Heard >= handed && r.Heard <= alert.Told),
        ];
        if (!done.Any(r => told[r.Answer.Revision!.Value - 1].Severity >= alert.Severity)) _broken.Add("L8 worse than what was acknowledged, and not firing");
        if (alert.Acknowledged is { } holds && done.All(r => r.Answer.Until < holds.Until)) _broken.Add("L11 acknowledged longer than anybody said");
    }

    private void Rights()
    {
        foreach (Reply reply in _replies.Where(r => r.Outcome == AnswerOutcome.Done))
        {
            if (reply.Owner == "F") _broken.Add("L4 a stranger was heard");
            if (reply.Answer.Kind != AnswerKind.Acknowledge || reply.Owner is "C" or "E") continue;
            if (!_alerts.Any(a => a.Episode == reply.Episode && a.Told <= reply.Heard && a.To.Contains(reply.Owner)))
                _broken.Add("L4 a foreigner acknowledged");
        }

        foreach (Reply away in _replies.Where(r => r is { Answer.Kind: AnswerKind.Away, Outcome: AnswerOutcome.Done }))
        {
            if (_alerts.Any(a => a.Owner.Id == away.Owner && a.Told > away.Heard && a.Told < away.Answer.Until && !a.To.Contains("E")))
                _broken.Add("L12 somebody who is away was told alone");
        }
    }
}
