using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Alerts;

/// <summary>An accountable team.</summary>
/// <param name="Id">Names the topic of its alerts.</param>
/// <param name="Name">For people.</param>
/// <param name="Contact">One point of contact.</param>
public sealed record Owner(string Id, string Name, string Contact)
{
    /// <summary>Who else is told of an alert that nobody answers, in the order of their times.</summary>
    public ImmutableArray<EscalationStep> Escalate { get; init; } = [];

    /// <summary>Ids of owners that may answer in its place.</summary>
    public ImmutableArray<string> Delegates { get; init; } = [];

    /// <summary>Who belongs to it, as the identity provider names them: <c>group:labour</c>.</summary>
    public ImmutableArray<string> Members { get; init; } = [];

    /// <summary>Where its alerts are posted to, by name.</summary>
    public ImmutableArray<Webhook> Webhooks { get; init; } = [];

    /// <summary>When it works; null where nobody says, and every hour counts.</summary>
    public WorkingHours? Hours { get; init; }

    /// <inheritdoc/>
    public bool Equals(Owner? other) =>
        other is not null && (Id, Name, Contact) == (other.Id, other.Name, other.Contact) && Equals(Hours, other.Hours)
        && Webhooks.SequenceEqual(other.Webhooks)
        && Escalate.SequenceEqual(other.Escalate) && Delegates.SequenceEqual(other.Delegates) && Members.SequenceEqual(other.Members);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Name, Contact);
}

/// <summary>One step of an owner's chain. A chain is the owner's own: those of the owners it names are not followed.</summary>
/// <param name="To">The id of the owner that is told too.</param>
/// <param name="After">How long after the alert was told, if nobody has answered; longer at each step of a chain.</param>
/// <param name="Least">Of alerts of this severity and above.</param>
public sealed record EscalationStep(string To, Duration After, Severity Least);
