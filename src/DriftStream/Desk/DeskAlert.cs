using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>One revision of an episode as it is told: what an owner must know, and all that is needed to act on it.</summary>
public sealed record DeskAlert
{
    /// <summary>Hash of episode and revision: whatever is written twice has one id.</summary>
    public required string Id { get; init; }

    /// <summary>The episode's id.</summary>
    public required string Episode { get; init; }

    /// <summary>Where the episode stands.</summary>
    public required EpisodeStatus Status { get; init; }

    /// <summary>The highest of what is loud; of a silenced episode, of what is on; of one that has ended, the highest it had.</summary>
    public required Severity Severity { get; init; }

    /// <summary>1, and one more each time that it is told.</summary>
    public required int Revision { get; init; }

    /// <summary>Why it is told.</summary>
    public required AlertCause Because { get; init; }

    /// <summary>The accountable owner.</summary>
    public required Owner Owner { get; init; }

    /// <summary>The ids of all owners that are told, the accountable one first.</summary>
    public required ImmutableArray<string> To { get; init; }

    /// <summary>The model's id, or the value that no model claims.</summary>
    public required string Model { get; init; }

    /// <summary>What is on and not silenced.</summary>
    public required ImmutableArray<Subject> Loud { get; init; }

    /// <summary>The episode's symptoms, the leading one first; never empty.</summary>
    public required ImmutableArray<DeskSymptom> Symptoms { get; init; }

    /// <summary>How many more there are.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Start of the first window that spoke, event time.</summary>
    public required EventTime Since { get; init; }

    /// <summary>When it was told, log time.</summary>
    public required EventTime Told { get; init; }

    /// <summary>By when the owner has to answer; null unless it fires.</summary>
    public EventTime? RespondBy { get; init; }

    /// <summary>The owner that is told next if nobody answers, or null.</summary>
    public string? Next { get; init; }

    /// <summary>Who looks after it, or null.</summary>
    public Acknowledgement? Acknowledged { get; init; }

    /// <summary>How many symptoms are on and silenced.</summary>
    public int Silenced { get; init; }

    /// <summary>The silence that has ended while it lasts, or null.</summary>
    public Silence? EndedSilence { get; init; }

    /// <summary>What was decided last, or null.</summary>
    public Decision? Decision { get; init; }

    /// <summary>What the rows that have moved are worth; null where nobody has said what a row is worth, or none has moved.</summary>
    public AtStake? AtStake { get; init; }

    /// <summary>What is recommended about it, in the order of their ids.</summary>
    public ImmutableArray<DeskAction> Actions { get; init; } = [];

    /// <summary>What the model is for, or null.</summary>
    public string? Purpose { get; init; }

    /// <summary>Where the first steps are written, or null.</summary>
    public string? Runbook { get; init; }

    /// <summary>The page of its episode, or null.</summary>
    public string? Link { get; init; }

    /// <summary>Tags that the config names, such as the laws that apply.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Hash of the plan in force.</summary>
    public required string Plan { get; init; }

    /// <summary>The symptom whose fields stand at the top.</summary>
    public DeskSymptom Leading => Symptoms[0];

    /// <summary>One sentence: the leading symptom's, and what else there is.</summary>
    public string Summary
    {
        get
        {
            DeskSymptom[] told = Status switch
            {
                EpisodeStatus.Resolved => [.. Symptoms],
                EpisodeStatus.Silenced => [.. Symptoms.Where(s => s.IsOn)],
                _ => [.. Symptoms.Where(s => Loud.Contains(s.Subject))],
            };
            // The same signal may speak in windows of several names and for several versions.
            string[] others = [.. told.Select(s => s.Subject.Name).Distinct().Where(n => n != Leading.Subject.Name)];
            if (others.Length == 0) return Leading.Summary;
            string also = Named(others);
            return Status == EpisodeStatus.Resolved
                ? $"{others.Length + 1} symptoms are over: {Leading.Summary}; also {also}"
                : $"{others.Length + 1} symptoms: {Leading.Summary}; also {also}";
        }
    }

    private const int MostNamed = 4;

    internal static string Named(string[] names)
    {
        string text = string.Join(", ", names.Take(MostNamed));
        return names.Length > MostNamed ? $"{text} and {names.Length - MostNamed} more" : text;
    }
}

/// <summary>What the rows that have moved in an episode are worth: an estimate, from counts.</summary>
/// <param name="Rows">Rows moved, over windows that share no rows, in each of them by the symptom that concerns most.</param>
/// <param name="ValuePerRow">What one row that goes wrong costs, as the owner says.</param>
/// <param name="Unit">Of that.</param>
public sealed record AtStake(long Rows, double ValuePerRow, string Unit)
{
    /// <summary>Rows times value.</summary>
    public decimal Amount => Rows * (decimal)ValuePerRow;

    /// <summary>How it was computed, for people.</summary>
    public string Formula => $"rows moved x {ValuePerRow.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}";

    internal static AtStake? Of(long rows, Goal? goal) =>
        rows > 0 && goal is { ValuePerRow: { } value, Unit: { } unit } ? new AtStake(rows, value, unit) : null;
}

/// <summary>What the desk says to an answer.</summary>
/// <param name="Answer">What was said.</param>
/// <param name="Owner">For whom: whose topic it stood in. The reply goes to this owner's topic.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Why">One sentence.</param>
/// <param name="Said">When it was said.</param>
/// <param name="Heard">When the desk heard it.</param>
public sealed record Reply(Answer Answer, string Owner, AnswerOutcome Outcome, string Why, EventTime Said, EventTime Heard)
{
    /// <summary>Hash of the answer's id.</summary>
    public string Id => Identity.Of("reply", Answer.Id);

    /// <summary>The episode that was answered, or null.</summary>
    public string? Episode { get; init; }

    /// <summary>The recommendation that was decided on, as it stands then; or null.</summary>
    public DeskAction? Action { get; init; }

    /// <summary>Its revision after the answer.</summary>
    public int? Revision { get; init; }
}
