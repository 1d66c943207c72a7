using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using DriftStream.Judging;

namespace DriftStream.Host.Webhooks;

/// <summary>What channels tell of an alert, read from its JSON. Fields that are missing, or of another kind, are null.</summary>
/// <param name="Status">firing, acknowledged, silenced or resolved.</param>
/// <param name="Told">When it was told; else the end of its window.</param>
public sealed record AlertView(
    string Id, string Episode, string Status, Severity Severity, string Model, string Owner, string Summary, DateTimeOffset? Told)
{
    public string? Runbook { get; init; }

    public string? RespondBy { get; init; }

    public string? Link { get; init; }

    /// <summary>Who has it, until when, and what that team should know; null where nobody has.</summary>
    public string? Acknowledged { get; init; }

    /// <summary>What was decided, and by whom; null where nothing was.</summary>
    public string? Decision { get; init; }

    /// <summary>What is recommended, and how that stands.</summary>
    public ImmutableArray<string> Actions { get; init; } = [];

    /// <summary>What is at stake, as an estimate; null where nobody said what a row is worth.</summary>
    public string? AtStake { get; init; }

    /// <summary>What it is about: signals, with their group.</summary>
    public ImmutableArray<string> Symptoms { get; init; } = [];

    /// <summary>Whether something is wrong that its owner has not put aside.</summary>
    public bool IsOpen => Status is not ("resolved" or "silenced");

    /// <summary>Null where the bytes are no alert.</summary>
    public static AlertView? Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static AlertView? Read(JsonElement alert)
    {
        if (Text(alert, "episode") is not { } episode || Text(alert, "status") is not { } status || Text(alert, "model") is not { } model) return null;
        Severity severity = Text(alert, "severity") switch
        {
            "critical" => Severity.Critical,
            "info" => Severity.Info,
            _ => Severity.Warning,
        };
        string? told = Text(alert, "told") ?? Text(Of(alert, "window"), "end");
        return new AlertView(
            Text(alert, "id") ?? episode, episode, status, severity, model, Text(Of(alert, "owner"), "id") ?? Text(alert, "owner") ?? "",
            Text(alert, "summary") ?? $"{model}: {status}",
            DateTimeOffset.TryParse(told, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : null)
        {
            Runbook = Text(alert, "runbook") ?? Items(alert, "actions").Select(a => Text(a, "runbook")).FirstOrDefault(r => r is not null),
            RespondBy = Text(alert, "respond_by"),
            Link = Text(alert, "link"),
            Acknowledged = Said(Of(alert, "acknowledged"), "until"),
            Decision = Said(Of(alert, "decision"), null),
            Actions =
            [
                .. Items(alert, "actions").Where(a => Text(a, "state") is not null)
                    .Select(a => $"{Text(a, "kind")} ({Text(a, "state")}): {Text(a, "why")}"),
            ],
            AtStake = Worth(Of(alert, "at_stake")),
            Symptoms = Of(alert, "symptoms") is { ValueKind: JsonValueKind.Array }
                ? [.. Items(alert, "symptoms").Where(s => Text(s, "status") is not "ended").Select(Subject).Distinct()]
                : [Subject(alert)],
        };
    }

    private static string Subject(JsonElement of) => (Text(of, "signal"), Text(of, "group")) switch
    {
        ({ } signal, { } group) => $"{signal} by {group}",
        ({ } signal, null) => signal,
        (null, { } group) => $"group {group}",
        _ => "model",
    };

    // "anna of labour-insights until ...: note"
    private static string? Said(JsonElement of, string? until)
    {
        if (Text(of, "by") is not { } by) return null;
        string who = Text(of, "owner") is { } owner ? $"{by} of {owner}" : by;
        string how = until is not null && Text(of, until) is { } time ? $" until {time}" : "";
        return Text(of, "note") is { Length: > 0 } note ? $"{who}{how}: {note}" : who + how;
    }

    private static string? Worth(JsonElement stake) => Of(stake, "amount") is { ValueKind: JsonValueKind.Number } amount
        ? string.Create(CultureInfo.InvariantCulture, $"about {amount.GetDouble():#,0.##} {Text(stake, "unit")} ({Text(stake, "formula")})")
        : null;

    private static JsonElement Of(JsonElement of, string field) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(field, out JsonElement value) ? value : default;

    private static string? Text(JsonElement of, string field) => Of(of, field) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement of, string field) =>
        Of(of, field) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;
}
