using DriftStream.Desk;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Answering;

/// <summary>A silence or an absence that has not ended.</summary>
/// <param name="Answer">What was said.</param>
/// <param name="Owner">Whose models it is about, or who is away.</param>
/// <param name="Said">When it was said.</param>
/// <param name="Heard">Whether the desk has heard it: until then it does nothing.</param>
internal sealed record StandingAnswer(Answer Answer, string Owner, EventTime Said, bool Heard);

/// <summary>Silences and absences, from what owners said and from what the desk replied.</summary>
internal static class StandingAnswers
{
    /// <param name="plan">Names the broker and the owners; all of them may have said something about each other's models.</param>
    /// <param name="kind">Silences, or absences.</param>
    /// <param name="now">Those that ended before are left out.</param>
    /// <param name="errors">Which owners' topics may not be read, of several, is said here.</param>
    /// <param name="logger">Told of what Kafka's client says.</param>
    /// <param name="failure">Why they cannot be read, or null.</param>
    /// <returns>Those that hold, begin later or were not heard yet; those that end first come first.</returns>
    public static IReadOnlyList<StandingAnswer> Read(
        DriftPlan plan, AnswerKind kind, EventTime now, TextWriter errors, ILogger logger, out KafkaFailure? failure, CancellationToken cancel)
    {
        var names = new TopicNames(plan.Topics.Prefix);
        var said = new List<(Answer Answer, string Owner, EventTime At)>();
        var outcomes = new Dictionary<string, string>(StringComparer.Ordinal);
        var denied = new List<string>();
        failure = null;
        foreach (string owner in plan.Owners.Keys)
        {
            failure = OwnerTopic.Read(plan, names.AnswersOf(owner), logger, record => Hear(record, owner), cancel)
                ?? OwnerTopic.Read(plan, names.AlertsOf(owner), logger, Note, cancel);
            // An owner's people may read its own topics and perhaps no others.
            if (failure is { Kind: KafkaErrorKind.Denied or KafkaErrorKind.Missing }) denied.Add(owner);
            else if (failure is not null) return [];
        }

        if (denied.Count == plan.Owners.Count) return [];
        failure = null;
        if (denied.Count > 0)
            errors.WriteLine($"not in the list is what {string.Join(", ", denied)} said: their topics are missing, or these rights do not read them");
        HashSet<string?> over =
        [
            .. said.Where(s => s.Answer.Kind == AnswerKind.End && outcomes.GetValueOrDefault(s.Answer.Id) == "done")
                .Select(s => s.Answer.Silence ?? s.Answer.Absence),
        ];
        return
        [
            .. said.Where(s => s.Answer.Kind == kind && s.Answer.Until > now && !over.Contains(s.Answer.Id))
                .Where(s => outcomes.GetValueOrDefault(s.Answer.Id, "done") == "done")
                .Select(s => new StandingAnswer(s.Answer, s.Answer.Of ?? OwnerOf(plan, s.Answer.Model) ?? s.Owner, s.At, outcomes.ContainsKey(s.Answer.Id)))
                .OrderBy(s => s.Answer.Until).ThenBy(s => s.Answer.Id, StringComparer.Ordinal),
        ];

        // One that cannot be read is a reject; the desk hears none of it either.
        void Hear(LogRecord record, string owner)
        {
            if (record.Value is not null && AnswerJson.Read(record.Value, out _) is { } answer) said.Add((answer, owner, record.Timestamp));
        }

        void Note(LogRecord record)
        {
            if (DeskReply.Read(record) is { } reply) outcomes[reply.Answer] = reply.Outcome;
        }
    }

    private static string? OwnerOf(DriftPlan plan, string? model) => plan.Models.FirstOrDefault(m => m.Id == model)?.Alerts.Owner.Id;
}
