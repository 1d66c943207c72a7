using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>What an answer is.</summary>
public enum AnswerKind : byte
{
    /// <summary>Somebody looks after an episode.</summary>
    Acknowledge,

    /// <summary>Symptoms are not to be told for a while.</summary>
    Silence,

    /// <summary>A silence, an absence or an acknowledgement is over.</summary>
    End,

    /// <summary>What was decided about a model.</summary>
    Decide,

    /// <summary>An owner is away, and another one answers meanwhile.</summary>
    Away,
}

/// <summary>What an owner's people say to the desk. Fields that its kind does not use are null.</summary>
/// <param name="Id">Made by whoever answers, at random: the same one twice is one answer.</param>
/// <param name="Kind">What it is.</param>
/// <param name="By">Who says it. A claim: only the topic it stands in is known.</param>
public sealed record Answer(string Id, AnswerKind Kind, string By)
{
    /// <summary>By which way it came: <c>cli</c>, <c>web</c> ...</summary>
    public string? Via { get; init; }

    /// <summary>The model that it is about; of a silence a pattern, in which <c>*</c> stands for any text.</summary>
    public string? Model { get; init; }

    /// <summary>The episode that it is about.</summary>
    public string? Episode { get; init; }

    /// <summary>The revision of the episode that it answers.</summary>
    public int? Revision { get; init; }

    /// <summary>The id of the silence that is over.</summary>
    public string? Silence { get; init; }

    /// <summary>The id of the absence that is over.</summary>
    public string? Absence { get; init; }

    /// <summary>When it begins; null for at once.</summary>
    public EventTime? From { get; init; }

    /// <summary>When it ends.</summary>
    public EventTime? Until { get; init; }

    /// <summary>Of a silence: whose models it is about; null for the owner that says it, or that of the model. Of an absence: see <see cref="To"/>.</summary>
    public string? Of { get; init; }

    /// <summary>Of an absence: the owner that answers meanwhile.</summary>
    public string? To { get; init; }

    /// <summary>Of a silence: a pattern for the version.</summary>
    public string? Version { get; init; }

    /// <summary>Of a silence: a pattern for the signal.</summary>
    public string? Signal { get; init; }

    /// <summary>Of a silence: a pattern for the group.</summary>
    public string? Group { get; init; }

    /// <summary>Of a silence: a pattern for the severity.</summary>
    public string? Severity { get; init; }

    /// <summary>Of a silence: a pattern for the leading rule's id.</summary>
    public string? Rule { get; init; }

    /// <summary>Of a decision: the recommendation that it is about, by its id or, since a model has one of each kind at a time, by its kind.</summary>
    public string? Action { get; init; }

    /// <summary>Whether that is to be done.</summary>
    public bool? Accept { get; init; }

    /// <summary>Why, or what was decided.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it concerns one model, whose desk alone hears it; otherwise all desks do.</summary>
    public bool IsOfOneModel => Kind is AnswerKind.Acknowledge or AnswerKind.Decide || (Kind == AnswerKind.End && Model is not null);
}
