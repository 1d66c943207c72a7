using System.Globalization;
using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Tests.Desk;

/// <summary>The laws of <see cref="DeskCheck"/> that are about one episode, checked on what was told of it.</summary>
/// <param name="world">What judges and people said.</param>
/// <param name="told">All that was told of it, by revision.</param>
/// <param name="replies">All that was replied by its desk.</param>
/// <param name="broken">The laws that are broken.</param>
internal sealed class DeskEpisodeCheck(DeskWorld world, DeskAlert[] told, List<Reply> replies, HashSet<string> broken)
{
    private readonly Reply[] _done = [.. replies.Where(r => r.Outcome == AnswerOutcome.Done && r.Episode == told[0].Episode)];

    /// <summary>Whom the chain has reached since it was last over; whoever stands in for one, too.</summary>
    public static IEnumerable<string> Reached(IEnumerable<DeskAlert> told) =>
        told.Reverse().TakeWhile(a => a.Status != EpisodeStatus.Resolved).Where(a => a.Because == AlertCause.Escalated)
            .SelectMany(a => a.To.Where(o => o != a.Owner.Id));

    public void Check()
    {
        if (told[0].Status != EpisodeStatus.Firing) broken.Add("L5 the first that was heard of it was not that it fires");
        // Words that refer to one that is missing cannot be checked against it.
        if (told.Where((a, i) => a.Revision != i + 1).Any())
        {
            broken.Add("L2 a revision is missing");
            return;
        }

        Deadlines();
        for (int i = 0; i < told.Length; i++)
        {
            Owners(i);
            Covered(i);
            if (told[i].Status == EpisodeStatus.Resolved && SinceItWasOver(i).SelectMany(a => a.To).Except(told[i].To).Any())
                broken.Add("L5 told that it fires, and not that it is over");
        }
    }

    private IEnumerable<DeskAlert> SinceItWasOver(int i) => told[..i].Reverse().TakeWhile(a => a.Status != EpisodeStatus.Resolved);

    private static DeskPlan PlanOf(DeskAlert alert) => DeskWorld.PlanAt(long.Parse(alert.Plan["plan ".Length..], CultureInfo.InvariantCulture));

    // L3, L6, L9.
    private void Deadlines()
    {
        (DeskAlert asked, int steps) = (told[0], 0);
        for (int i = 0; i < told.Length; i++)
        {
            DeskAlert alert = told[i];
            if (alert.Because == AlertCause.Escalated)
            {
                EscalationStep[] chain = [.. told[i - 1].Owner.Escalate];
                if (steps >= chain.Length)
                {
                    broken.Add("L6 escalated beyond the end of the chain");
                    return;
                }

                EventTime due = asked.Told + (chain[steps].After - (steps == 0 ? Duration.Zero : chain[steps - 1].After));
                if (alert.Told < due) broken.Add("L3 escalated too early");
                if (AnsweredInTime(i, asked, due)) broken.Add("L3 escalated though somebody answered in time");
                string next = chain[steps].To;
                if (!alert.To.Contains(next) && !world.Answers.Values.Any(a => a.Answer.Kind == AnswerKind.Away && a.Owner == next && a.Said <= alert.Told))
                    broken.Add("L6 escalated to somebody else than the next of the chain");
                (asked, steps) = (alert, steps + 1);
                Kept(i);
            }
            else if (alert.Because is AlertCause.Update or AlertCause.Repeat && alert.Status == EpisodeStatus.Firing) Kept(i);
            else if (alert.Status == EpisodeStatus.Firing)
            {
                (asked, steps) = (alert, 0);
                if (alert.RespondBy != PlanOf(alert).RespondBy(alert.Owner.Id, alert.Severity, alert.Told)) broken.Add("L9 another deadline than the plan's");
            }
        }

        if (told[^1] is { Status: EpisodeStatus.Firing, Severity: Severity.Critical } last && steps < last.Owner.Escalate.Length)
            broken.Add("L6 a deadline was missed in silence");
    }

    private void Kept(int i)
    {
        if (told[i].RespondBy != told[i - 1].RespondBy) broken.Add("L9 a deadline that was promised has moved");
    }

    // The accountable owner at that time, the root owner or one whom the chain has reached acknowledged what was told, and beyond the deadline.
    private bool AnsweredInTime(int at, DeskAlert asked, EventTime due)
    {
        DeskAlert now = told[at - 1];
        string[] may = [now.Owner.Id, "C", .. Reached(told[..at]).Where(o => now.Owner.Escalate.Any(s => s.To == o))];
        foreach ((string owner, EventTime said, Answer answer) in world.Answers.Values)
        {
            if (answer.Kind != AnswerKind.Acknowledge || answer.Episode != now.Episode || world.Deleted.Contains(answer.Id) || !may.Contains(owner)) continue;
            // An answer to an earlier word, of the moment of a later one, may have come before that.
            if (said < asked.Told || (said == asked.Told && answer.Revision < asked.Revision)) continue;
            if (said > due || !(answer.Until > told[at].Told) || answer.Revision > at) continue;
            if (told[answer.Revision!.Value - 1].Severity < now.Severity) continue;
            // Unless somebody has taken that back.
            if (!world.Answers.Values.Any(e => e.Answer.Kind == AnswerKind.End && e.Answer.Episode == now.Episode && e.Said >= said)) return true;
        }

        return false;
    }

    // L10.
    private void Owners(int i)
    {
        DeskAlert alert = told[i];
        if (alert.Owner.Id != PlanOf(alert).OwnerOf(alert.Model, false)) broken.Add("L10 told to another owner than the plan's");
        if (i == 0) return;
        DeskAlert before = told[i - 1];
        if (alert.Because == AlertCause.Handover && (!alert.To.Contains(before.Owner.Id) || alert.Status == EpisodeStatus.Acknowledged))
            broken.Add("L10 a handover that not both were told, or that the former owner's word covers");
        // What was over has nobody to hand it over.
        if (before.Status != EpisodeStatus.Resolved && alert.Owner.Id != before.Owner.Id && alert.Because is not (AlertCause.Handover or AlertCause.Resolved))
            broken.Add("L10 another owner without a handover");
    }

    // L8, L11: worse than what was acknowledged fires, and so does what nobody acknowledges any more, and nothing else.
    private void Covered(int i)
    {
        DeskAlert alert = told[i];
        if (alert.Status == EpisodeStatus.Acknowledged)
        {
            EventTime handed = told[..i].LastOrDefault(a => a.Because == AlertCause.Handover)?.Told ?? EventTime.Earliest;
            Reply[] holds = [.. Acknowledged().Where(r => r.Heard >= handed && r.Heard <= alert.Told)];
            if (!holds.Any(r => CoveredBy(r) >= alert.Severity)) broken.Add("L8 worse than what was acknowledged, and not firing");
            if (holds.All(r => r.Answer.Until < alert.Acknowledged!.Until)) broken.Add("L11 acknowledged longer than anybody said");
        }

        if (alert.Because != AlertCause.Lapsed) return;
        EventTime fired = told[..i].Last(a => a.Status is EpisodeStatus.Firing or EpisodeStatus.Resolved || a.Because == AlertCause.Handover).Told;
        EventTime ended = _done.Where(r => r.Answer.Kind == AnswerKind.End && r.Heard <= alert.Told).Select(r => r.Heard).Append(fired).Max();
        if (Acknowledged().Any(r => r.Heard > ended && r.Heard < alert.Told && r.Answer.Until > alert.Told && CoveredBy(r) >= alert.Severity))
            broken.Add("L11 no longer acknowledged, though somebody said it is");
    }

    private IEnumerable<Reply> Acknowledged() => _done.Where(r => r.Answer.Kind == AnswerKind.Acknowledge);

    private Severity CoveredBy(Reply reply) => told[reply.Answer.Revision!.Value - 1].Severity;
}
