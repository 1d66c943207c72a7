using System.Text.Json;
using DriftStream.Host.History;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>Something that was told or said of an episode.</summary>
/// <param name="Kind"><c>told</c> or <c>said</c>.</param>
public sealed record EpisodeEvent(EventTime At, string Kind, string What, string Detail)
{
    /// <summary>Everything, in the order in which it happened.</summary>
    public static IEnumerable<EpisodeEvent> Of(EpisodeView view) =>
        view.Told.Select(Told).Concat(view.Answers.Select(Said)).OfType<EpisodeEvent>().OrderBy(e => e.At).ThenBy(e => e.Kind == "told");

    private static EpisodeEvent? Told(JsonElement alert)
    {
        if (Shown.TimeOf(alert, "told") is not { } at) return null;
        string to = string.Join(", ", Shown.Items(alert, "to").Select(o => o.GetString()));
        return new EpisodeEvent(
            at, "told", $"{Shown.Value(alert, "revision")}. {Shown.Text(alert, "because")}",
                $"to {to}: {Shown.Text(alert, "severity")}, {Shown.Text(alert, "status")}");
    }

    private static EpisodeEvent? Said(KnownAnswer answer)
    {
        if ((answer.Said ?? answer.Heard) is not { } at) return null;
        using JsonDocument? body = answer.Body is { } text ? JsonDocument.Parse(text) : null;
        string? note = body is null ? null : Shown.Text(body.RootElement, "note") ?? Shown.Text(body.RootElement, "reason");
        string outcome = answer.Outcome is { } came ? came == "done" ? "" : $" ({came}: {answer.Why})" : " (not heard yet)";
        return new EpisodeEvent(at, "said", $"{Shown.Name(answer.By)} of {Shown.Name(answer.Owner)}: {answer.Kind}", $"{note}{outcome}");
    }
}
