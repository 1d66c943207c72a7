using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>Symptoms that are not to be told for a while. A matcher that is null matches everything; <c>*</c> in one stands for any text.</summary>
/// <param name="Id">The id of the answer that made it.</param>
/// <param name="Owner">Whose models it is about.</param>
/// <param name="Said">When it was said.</param>
/// <param name="Until">When it ends, log time.</param>
/// <param name="By">Who says it.</param>
/// <param name="Reason">Why.</param>
public sealed record Silence(string Id, string Owner, EventTime Said, EventTime Until, string By, string Reason)
{
    /// <summary>When it begins; null where it has begun.</summary>
    public EventTime? From { get; init; }

    /// <summary>Matches the model's id.</summary>
    public string? Model { get; init; }

    /// <summary>Matches the version.</summary>
    public string? Version { get; init; }

    /// <summary>Matches the signal's name.</summary>
    public string? Signal { get; init; }

    /// <summary>Matches the group's name.</summary>
    public string? Group { get; init; }

    /// <summary>Matches the severity's name.</summary>
    public string? Severity { get; init; }

    /// <summary>Matches the id of the leading rule.</summary>
    public string? Rule { get; init; }

    /// <summary>Whether a symptom is not to be told.</summary>
    /// <param name="owner">The owner that answers for it.</param>
    /// <param name="symptom">The symptom.</param>
    public bool Covers(string owner, DeskSymptom symptom)
    {
        Subject subject = symptom.Subject;
        return From is null && owner == Owner
            && Matches(Model, subject.Model) && Matches(Version, subject.Version) && Matches(Signal, subject.Signal) && Matches(Group, subject.Group)
            && Matches(Severity, NameOf(symptom.Severity)) && Matches(Rule, symptom.Rule);
    }

    /// <summary>Whether a text is that of the pattern, in which each <c>*</c> stands for any text, also none.</summary>
    /// <param name="pattern">Null matches every text.</param>
    /// <param name="text">Null, where there is none, is matched by <c>*</c> alone.</param>
    public static bool Matches(string? pattern, string? text)
    {
        if (pattern is null) return true;
        if (text is null) return pattern == "*";
        string[] parts = pattern.Split('*');
        if (parts.Length == 1) return pattern == text;
        if (!text.StartsWith(parts[0], StringComparison.Ordinal)) return false;
        int at = parts[0].Length;
        // The first place of each part leaves most room for those after it; the last part must end the text.
        foreach (string part in parts[1..^1])
        {
            int found = text.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0) return false;
            at = found + part.Length;
        }

        return text.Length - at >= parts[^1].Length && text.EndsWith(parts[^1], StringComparison.Ordinal);
    }

    private static string NameOf(Severity severity) => severity.ToString().ToLowerInvariant();
}

/// <summary>
/// The end of a silence or an absence that is not known yet: answers of several owners are heard in any order, and what was ended must not begin after that.
/// </summary>
/// <param name="Of">Id of what it ends.</param>
/// <param name="Owner">Who ends it.</param>
/// <param name="Heard">When it was heard.</param>
public sealed record EarlyEnd(string Of, string Owner, EventTime Heard);

/// <summary>An owner is away, and another one answers meanwhile.</summary>
/// <param name="Owner">Who is away.</param>
/// <param name="To">Who answers.</param>
/// <param name="From">From when on, log time.</param>
/// <param name="Until">Until when, log time.</param>
public sealed record Absence(string Owner, string To, EventTime From, EventTime Until)
{
    /// <summary>The id of the answer that made it; empty in checkpoints from before absences could be ended.</summary>
    public string Id { get; init; } = "";

    /// <summary>Whether it holds at a time.</summary>
    public bool Holds(EventTime at) => From <= at && at < Until;
}
