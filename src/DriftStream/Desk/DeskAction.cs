using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>What may be recommended.</summary>
public enum ActionKind : byte
{
    /// <summary>To look at what feeds the model: its rows look broken, not different.</summary>
    CheckUpstream,

    /// <summary>To go back to a version that is steady where a newer one is not.</summary>
    RollBack,

    /// <summary>To train the model anew: what it is asked has changed for long enough, and so has what it answers.</summary>
    Retrain,
}

/// <summary>Where a recommendation stands.</summary>
public enum ActionState : byte
{
    /// <summary>Nobody has said anything to it.</summary>
    Recommended,

    /// <summary>The owner does it.</summary>
    Accepted,

    /// <summary>The owner does not do it.</summary>
    Declined,

    /// <summary>Windows show that it was done, whatever was said.</summary>
    Done,

    /// <summary>Its episode is over, or it is too old.</summary>
    Lapsed,
}

/// <summary>A symptom as a recommendation names it.</summary>
public sealed record ActionSymptom(Subject Subject, EventTime Since, string Summary);

/// <summary>A version that is steady on what speaks of another one, by a record of the desk's log.</summary>
/// <param name="Version">The version.</param>
/// <param name="Record">The id of the window record.</param>
/// <param name="Verdict">The id of its verdict there, or null.</param>
/// <param name="End">End of that window, event time.</param>
/// <param name="Rows">Rows of the version in it.</param>
public sealed record SteadyVersion(string Version, string Record, string? Verdict, EventTime End, long Rows);

/// <summary>Something that an owner might do about an episode: the desk recommends it, and does nothing itself.</summary>
/// <param name="Id">Hash of model, kind and the window record that it follows from.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Model">The model's id.</param>
/// <param name="Episode">The episode that it is about.</param>
public sealed record DeskAction(string Id, ActionKind Kind, string Model, string Episode)
{
    /// <summary>How long it stands unless something happens.</summary>
    public static Duration Life { get; } = Duration.FromDays(14);

    /// <summary>Where it stands.</summary>
    public ActionState State { get; init; } = ActionState.Recommended;

    /// <summary>1, and one more each time that its state changes.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>The owner that answers for the model.</summary>
    public required string Owner { get; init; }

    /// <summary>The version whose symptoms they are; empty where the model has none, or it is about all of them.</summary>
    public required string Version { get; init; }

    /// <summary>Why, in one sentence.</summary>
    public required string Why { get; init; }

    /// <summary>The symptoms that it follows from.</summary>
    public required ImmutableArray<ActionSymptom> Symptoms { get; init; }

    /// <summary>Of a way back: where to; otherwise null.</summary>
    public SteadyVersion? To { get; init; }

    /// <summary>The window in which it became so.</summary>
    public required SymptomWindow Window { get; init; }

    /// <summary>The id of that window's record.</summary>
    public required string Record { get; init; }

    /// <summary>The share of that window's rows that were of <see cref="Version"/>, 0 to 1.</summary>
    public double Share { get; init; }

    /// <summary>When it was recommended, log time.</summary>
    public required EventTime Recommended { get; init; }

    /// <summary>When its state changed last, log time.</summary>
    public required EventTime Told { get; init; }

    /// <summary>What the owner said to it, or null.</summary>
    public Decision? Decision { get; init; }

    /// <summary>By what it was done, or why it lapsed; null while it is open.</summary>
    public string? Ended { get; init; }

    /// <summary>Hash of the plan in force when its state changed last.</summary>
    public required string Plan { get; init; }

    /// <summary>Neither done nor lapsed.</summary>
    public bool IsOpen => State is ActionState.Recommended or ActionState.Accepted or ActionState.Declined;

    /// <summary>Open, and the owner has not declined it.</summary>
    public bool Stands => State is ActionState.Recommended or ActionState.Accepted;

    /// <summary>When it lapses by itself, log time.</summary>
    public EventTime Lapses => Recommended + Life;

    /// <summary>Hash of action and revision, the id of the event that tells of it: whatever is written twice has one id.</summary>
    public string EventId => Identity.Of("action event", Id, Revision.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
