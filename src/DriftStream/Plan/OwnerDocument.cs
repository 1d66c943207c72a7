using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>An owner of a plan.</summary>
/// <param name="Id">Names the topic of its alerts.</param>
/// <param name="Name">For people.</param>
/// <param name="Contact">One point of contact.</param>
/// <param name="EscalateTo">The only step of its chain, where that is about critical alerts alone: as plans were written when there was no other.</param>
/// <param name="EscalateAfter">After how long; zero without <paramref name="EscalateTo"/>.</param>
public sealed record OwnerDocument(string Id, string Name, string Contact, string? EscalateTo, Duration EscalateAfter)
{
    /// <summary>The chain; null where there is none or <see cref="EscalateTo"/> is all of it.</summary>
    public ImmutableArray<EscalationStep>? Escalate { get; init; }

    /// <summary>Owners that may answer in its place; null where there is none.</summary>
    public ImmutableArray<string>? Delegates { get; init; }

    /// <summary>Who belongs to it; null where nobody says.</summary>
    public ImmutableArray<string>? Members { get; init; }

    /// <summary>When it works; null where nobody says.</summary>
    public HoursDocument? Hours { get; init; }

    /// <summary>Where its alerts are posted to; null where nowhere.</summary>
    public ImmutableArray<Webhook>? Webhooks { get; init; }

    /// <summary>All steps of the chain.</summary>
    internal ImmutableArray<EscalationStep> Chain =>
        EscalateTo is null ? Escalate ?? [] : [new EscalationStep(EscalateTo, EscalateAfter, Severity.Critical)];

    internal static OwnerDocument Of(Owner owner)
    {
        EscalationStep? only = owner.Escalate is [{ Least: Severity.Critical } step] ? step : null;
        return new OwnerDocument(owner.Id, owner.Name, owner.Contact, only?.To, only?.After ?? Duration.Zero)
        {
            Escalate = only is null && !owner.Escalate.IsEmpty ? owner.Escalate : null,
            Delegates = owner.Delegates.IsEmpty ? null : owner.Delegates,
            Members = owner.Members.IsEmpty ? null : owner.Members,
            Hours = owner.Hours is { } hours ? HoursDocument.Of(hours) : null,
            Webhooks = owner.Webhooks.IsEmpty ? null : owner.Webhooks,
        };
    }

    /// <summary>False where its hours are none that this version knows: zones are added to the database.</summary>
    internal bool TryRead([NotNullWhen(true)] out Owner? owner)
    {
        WorkingHours? hours = Hours?.Read();
        owner = Hours is not null && hours is null ? null : new Owner(Id, Name, Contact)
        {
            Escalate = Chain,
            Delegates = Delegates ?? [],
            Members = Members ?? [],
            Hours = hours,
            Webhooks = Webhooks ?? [],
        };
        return owner is not null;
    }
}

/// <summary>When an owner works, spelled as in the config.</summary>
public sealed record HoursDocument(string Zone, ImmutableArray<string> Days, string From, string To, ImmutableArray<DateOnly> Holidays)
{
    internal static HoursDocument Of(WorkingHours hours) =>
        new(hours.Zone.Id, HoursText.Days(hours.Days), HoursText.Clock(hours.From), HoursText.Clock(hours.To), [.. hours.Holidays]);

    internal WorkingHours? Read()
    {
        if (!Time.Zone.TryFind(Zone, out Zone? zone) || !HoursText.TryDays(Days, out ImmutableArray<DayOfWeek> days)) return null;
        return HoursText.TryClock(From, out TimeSpan from) && HoursText.TryClock(To, out TimeSpan to) && from < to
            ? new WorkingHours(zone, days, from, to, Holidays)
            : null;
    }
}
