using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Alerts;

/// <summary>How often owners are told of what is open, and how soon they have to answer.</summary>
/// <param name="Update">How long after the last word an open episode tells of what has joined it.</param>
/// <param name="Repeat">How often an episode that nobody has answered is told again.</param>
/// <param name="Critical">How soon a critical alert is to be answered: round the clock.</param>
/// <param name="Warning">Likewise a warning: within the owner's hours, where it has any.</param>
/// <param name="Info">Likewise all others.</param>
public sealed record DeskSettings(Duration Update, Duration Repeat, ResponseTime Critical, ResponseTime Warning, ResponseTime Info)
{
    /// <summary>What holds where the config says nothing.</summary>
    public static DeskSettings Default { get; } =
        new(Duration.FromMinutes(5), Duration.FromDays(1), ResponseTime.Hours(4), ResponseTime.Days(1), ResponseTime.Days(7));

    /// <summary>How soon an alert of a severity is to be answered.</summary>
    public ResponseTime Respond(Severity severity) => severity switch
    {
        Severity.Critical => Critical,
        Severity.Warning => Warning,
        Severity.Info => Info,
    };

    /// <summary>By when an owner has to answer.</summary>
    /// <param name="owner">The accountable one.</param>
    /// <param name="severity">That of the alert. What is critical runs round the clock, whatever the owner's hours are.</param>
    /// <param name="told">When it was told.</param>
    public EventTime RespondBy(Owner owner, Severity severity, EventTime told)
    {
        ResponseTime amount = Respond(severity);
        return owner.Hours is { } hours && severity != Severity.Critical ? hours.After(told, amount) : told + amount.RoundTheClock;
    }
}
