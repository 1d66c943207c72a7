using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>What a desk takes from a plan.</summary>
/// <param name="Hash">The plan's hash, which every alert names.</param>
/// <param name="Root">The id of the owner of whatever has no other.</param>
/// <param name="Owners">All owners, by id.</param>
/// <param name="Models">Who answers for each model, by id.</param>
/// <param name="Times">How often owners are told, and how soon they have to answer.</param>
public sealed record DeskPlan(
    string Hash,
    string Root,
    ImmutableSortedDictionary<string, Owner> Owners,
    ImmutableSortedDictionary<string, AlertSettings> Models,
    DeskSettings Times)
{
    /// <summary>Where people reach the pages, without a slash at its end; null where nobody says.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>The page of an episode; null where nobody says where pages are.</summary>
    public string? PageOf(string episode) => PublicUrl is null ? null : $"{PublicUrl}/episode?id={episode}";

    /// <summary>The id of the owner that answers for a model's symptoms.</summary>
    /// <param name="model">The model's id.</param>
    /// <param name="isForRoot">They are the root owner's, whoever owns the model.</param>
    public string OwnerOf(string model, bool isForRoot) => !isForRoot && Models.TryGetValue(model, out AlertSettings? settings) ? settings.Owner.Id : Root;

    /// <summary>By when an owner has to answer what was told.</summary>
    public EventTime RespondBy(string owner, Severity severity, EventTime told) =>
        Owners.TryGetValue(owner, out Owner? known) ? Times.RespondBy(known, severity, told) : told + Times.Respond(severity).RoundTheClock;

    /// <summary>The steps of an owner's chain that an episode of this severity takes.</summary>
    public IEnumerable<EscalationStep> ChainOf(string owner, Severity severity) =>
        Owners.TryGetValue(owner, out Owner? known) ? known.Escalate.Where(s => s.Least <= severity) : [];

    /// <summary>Whether one owner may answer for another at any time.</summary>
    public bool IsDelegate(string owner, string of) => Owners.TryGetValue(of, out Owner? known) && known.Delegates.Contains(owner);
}
