using System.Collections.Immutable;

namespace DriftStream.Alerts;

/// <summary>An accountable team.</summary>
/// <param name="Id">Names the topic of its alerts.</param>
/// <param name="Name">For people.</param>
/// <param name="Contact">One point of contact.</param>
/// <param name="EscalateTo">The owner that unacknowledged critical alerts go to, or null.</param>
/// <param name="EscalateAfter">Microseconds until they do.</param>
public sealed record Owner(string Id, string Name, string Contact, string? EscalateTo = null, long EscalateAfter = 0);

/// <summary>What turns a model's verdicts into alerts.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Owner">Exactly one accountable owner.</param>
/// <param name="Stakeholders">Owners that get copies.</param>
/// <param name="Purpose">What the model is for, or null.</param>
/// <param name="Runbook">Where the first steps are written, or null.</param>
/// <param name="Tags">Rules of law and other tags the config names.</param>
/// <param name="FireAfter">Windows without a shared pane, out of <paramref name="FireOf"/>, that must speak.</param>
/// <param name="FireOf">The last windows looked at; the current one must speak.</param>
/// <param name="ResolveAfter">Quiet windows without a shared pane that end an episode.</param>
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
