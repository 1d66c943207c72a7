using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Tests.Desk;

/// <summary>One thing done wrong, which the laws must notice.</summary>
public enum DeskMutant
{
    None,

    // Of the stage.
    AnswersInMemory,
    TickBeforeAnswers,
    GapAfterAFailedSend,
    CheckpointBeforeOutputs,
    GoesOnFromTheLastWordSeen,
    RandomIds,
    SaidAgainAfterALostCheckpoint,
    DoesNotWaitForATornTransaction,

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
    SilenceEndsUntold,
    AnyoneMayAnswer,
    NobodyIsEscalatedTo,
    EndsOverheard,
    ARepeatMovesTheDeadline,
    HandoverUntold,
    SomebodyElseIsToldMeanwhile,
}

/// <summary>
/// The desk's fold, with at most one thing done wrong around it: another record or time goes in, other words come out, or an episode is changed between
/// two records. What is replied to is what was said, whatever the fold was given, so that the laws see what people see.
/// </summary>
internal sealed class MutantDesk(DriftStream.Desk.Desk desk, DeskMutant mutant)
{
    private int _copies;

    public DriftStream.Desk.Desk Desk => desk;

    /// <summary>What is said on a record, as it stands in the outbox.</summary>
    /// <param name="at">When the record was appended.</param>
    /// <param name="record">The record.</param>
    /// <param name="skew">How far the clock of the worker is off, for a fold that looks at it.</param>
    public IEnumerable<DeskWord> Say(EventTime at, IDeskRecord record, Duration skew)
    {
        var heard = record as AnswerHeard;
        foreach (DeskOutput output in Apply(at, record, skew))
        {
            foreach (DeskAlert alert in output.Alerts) yield return new DeskWord(alert.Id, at, alert, null);
            foreach (Reply reply in output.Replies)
                yield return new DeskWord(reply.Id, at, null, heard is null ? reply : reply with { Answer = heard.Answer, Owner = heard.Owner });
        }
    }

    public List<DeskOutput> Apply(EventTime at, IDeskRecord record, Duration skew)
    {
        var said = new List<DeskOutput>();
        if (mutant == DeskMutant.FoldSeesAClock) at += skew;
        if (mutant == DeskMutant.AnyRecordMovesTime) Fold(at + Duration.Microsecond, new TimeHeard(at + Duration.Microsecond));
        if (record is TimeHeard time)
        {
            EventTime upto = mutant == DeskMutant.TickByAppendTime ? at : EventTime.Min(time.Upto, at);
            if (mutant == DeskMutant.LateDatedBack)
            {
                while (desk.NextDue is { } due && due > desk.Now && due < upto) Fold(due + Duration.Microsecond, new TimeHeard(due + Duration.Microsecond));
            }

            if (mutant == DeskMutant.TickInclusive) (upto, at) = (upto + Duration.Microsecond, at + Duration.Microsecond);
            record = new TimeHeard(upto);
        }

        if (record is AnswerHeard heard) record = Changed(heard);
        if (record is WindowJudged judged && mutant == DeskMutant.EndsOverheard)
            record = new WindowJudged(judged.Window with { Symptoms = [.. judged.Window.Symptoms.Where(s => s.Status != SymptomStatus.Ended)] });
        Fold(at, record);
        foreach (DeskEpisode episode in desk.Episodes.Values) Change(episode);
        return said;

        void Fold(EventTime appended, IDeskRecord one)
        {
            DeskOutput output = desk.Apply(appended, one);
            said.Add(mutant switch
            {
                DeskMutant.SilenceEndsUntold => Untold(output, AlertCause.Unsilenced),
                DeskMutant.HandoverUntold => Untold(output, AlertCause.Handover),
                DeskMutant.ARepeatMovesTheDeadline => Moved(output),
                _ => output,
            });
        }
    }

    private void Change(DeskEpisode episode)
    {
        if (mutant == DeskMutant.NobodyIsEscalatedTo) episode.Steps = 99;
        if (episode.Acknowledged is not { } acknowledged) return;
        if (mutant == DeskMutant.AcknowledgementCoversWorse) episode.Acknowledged = acknowledged with { Covers = Severity.Critical };
        if (mutant == DeskMutant.AcknowledgementNeverEnds) episode.Acknowledged = acknowledged with { Until = EventTime.Never };
    }

    private AnswerHeard Changed(AnswerHeard heard)
    {
        Answer answer = heard.Answer;
        DeskEpisode? episode = answer.Episode is { } id ? desk.Episodes.GetValueOrDefault(id) : null;
        switch (mutant)
        {
            case DeskMutant.CopiesNotRecognised:
                _copies++;
                return heard with { Source = new AnswerPlace($"copy {_copies}", 0), Answer = answer with { Id = $"{answer.Id} {_copies}" } };
            case DeskMutant.AnyoneMayAnswer when episode is not null:
                return heard with { Owner = episode.Owner };
            case DeskMutant.AcknowledgementCoversLater when episode is not null:
                return heard with { Answer = answer with { Revision = episode.Revision } };
            case DeskMutant.AcknowledgementWeakens when episode is not null && heard.Owner == episode.Owner && answer.Revision == episode.Revision:
                episode.Acknowledged = null;
                return heard;
            case DeskMutant.SomebodyElseIsToldMeanwhile when answer.Kind == AnswerKind.Away:
                return heard with { Answer = answer with { To = "D" } };
            default:
                return heard;
        }
    }

    // It goes on as if nothing had been worth saying.
    private DeskOutput Untold(DeskOutput output, AlertCause cause)
    {
        foreach (DeskAlert alert in output.Alerts.Where(a => a.Because == cause))
        {
            DeskEpisode episode = desk.Episodes[alert.Episode];
            if (cause == AlertCause.Unsilenced) (episode.Said, episode.Shown) = (EpisodeStatus.Silenced, []);
            episode.Severities.RemoveAt(--episode.Revision);
        }

        return output with { Alerts = [.. output.Alerts.Where(a => a.Because != cause)] };
    }

    private DeskOutput Moved(DeskOutput output)
    {
        foreach (DeskAlert alert in output.Alerts.Where(a => a.Because == AlertCause.Repeat))
            desk.Episodes[alert.Episode].RespondBy = alert.Told + Duration.FromDays(1);
        return output;
    }
}
