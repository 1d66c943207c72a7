using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Alerts;

/// <summary>An accountable team.</summary>
/// <param name="Id">Names the topic of its alerts.</param>
/// <param name="Name">For people.</param>
/// <param name="Contact">One point of contact.</param>
/// <param name="EscalateTo">The owner that unacknowledged critical alerts go to, or null.</param>
/// <param name="EscalateAfter">Microseconds after which they do.</param>
public sealed record Owner(string Id, string Name, string Contact, string? EscalateTo = null, Duration EscalateAfter = default)
{
    /// <summary>Where its alerts are posted to, by name; null where nowhere, as in plans from before there were webhooks.</summary>
    public ImmutableArray<Webhook>? Webhooks { get; init; }
}

/// <summary>What turns a model's verdicts into alerts.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Owner">Exactly one accountable owner.</param>
/// <param name="Stakeholders">Owners that get copies.</param>
/// <param name="Purpose">What the model is for, or null.</param>
/// <param name="Runbook">Where the first steps are written, or null.</param>
/// <param name="Tags">Tags that the config names, such as the laws that apply.</param>
/// <param name="FireAfter">How many of <paramref name="FireOf"/> windows, which share no pane, must speak.</param>
/// <param name="FireOf">How many of the last windows are looked at; the current one must speak.</param>
/// <param name="ResolveAfter">How many quiet windows, which share no pane, end an episode.</param>
public sealed record AlertSettings(
    string Model,
    Owner Owner,
    ImmutableArray<Owner> Stakeholders,
    string? Purpose,
    string? Runbook,
    ImmutableArray<string> Tags,
    int FireAfter,
    int FireOf,
    int ResolveAfter);
