using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftStream.Alerts;
using DriftStream.Time;

namespace DriftStream.Host.History;

/// <summary>
/// A symptom as the last window that names it left it: alerts say how it was when they were told, and that it has ended is no news of its own.
/// </summary>
/// <param name="Key">Tells it from all others, as <see cref="KeyOf(Subject)"/> has it.</param>
/// <param name="IsOn">Whether it is on.</param>
/// <param name="Severity">The highest that its rules have had since it began.</param>
/// <param name="Ends">End of that window.</param>
/// <param name="Summary">One sentence; of one that has ended how it ended.</param>
public sealed record SymptomNow(string Key, bool IsOn, string Severity, EventTime Ends, string Summary)
{
    /// <summary>The severities, the least first.</summary>
    public static ImmutableArray<string> Severities { get; } = [.. Enum.GetNames<Judging.Severity>().Select(s => s.ToLowerInvariant())];

    /// <summary>Those that a window of a desk's log names; a window that a plan ended early decides nothing.</summary>
    public static IEnumerable<SymptomNow> Of(WindowRecord window) => window.CutBy is not null ? [] : window.Symptoms.Select(s => new SymptomNow(
        KeyOf(s.Subject), s.Status != SymptomStatus.Ended, Severities[(int)s.Severity], window.End, s.Summary));

    /// <summary>The key of a subject.</summary>
    public static string KeyOf(Subject of) => Join(of.Model, of.Version, of.Window, of.Signal, of.Group, of.OfModel, of.Slice);

    /// <summary>The key of a symptom in an alert.</summary>
    public static string KeyOf(string model, JsonElement symptom) => Join(
        model, Text(symptom, "version"), Text(symptom.GetProperty("window"), "name"), Text(symptom, "signal"), Text(symptom, "group"),
        Text(symptom, "of_model"),
        symptom.TryGetProperty("slice", out JsonElement slice) && slice.ValueKind == JsonValueKind.Object ? slice.GetRawText() : null);

    /// <summary>End of the window in which a symptom of an alert was last news.</summary>
    public static EventTime EndOf(JsonElement symptom) =>
        EventTime.TryParse(Text(symptom.GetProperty("window"), "end"), out EventTime end) ? end : EventTime.None;

    /// <summary>
    /// An open episode as it is now: the alert that was told last, with symptoms that have ended since as <c>ended</c>, and as <c>severity</c> the highest of
    /// what is on and not silenced; what was told is <c>severity_told</c>. The same where nothing has ended.
    /// </summary>
    /// <param name="alert">As it stands in an owner's topic.</param>
    /// <param name="now">The symptom of a key; null where no window has named it.</param>
    public static JsonElement Merge(JsonElement alert, Func<string, SymptomNow?> now)
    {
        if (Text(alert, "status") == "resolved" || Text(alert, "model") is not { } model
            || !alert.TryGetProperty("symptoms", out JsonElement symptoms) || symptoms.ValueKind != JsonValueKind.Array) return alert;
        SymptomNow?[] known = [.. symptoms.EnumerateArray().Select(s => Since(model, s, now))];
        if (known.All(k => k is null)) return alert;
        JsonObject merged = JsonObject.Create(alert.Clone())!;
        JsonArray all = merged["symptoms"]!.AsArray();
        for (int i = 0; i < known.Length; i++)
        {
            if (known[i] is not { } of) continue;
            (all[i]!["severity"], all[i]!["summary"]) = (of.Severity, of.Summary);
            all[i]!["window"]!["end"] = EventTime.Format(of.Ends);
            if (!of.IsOn) all[i]!["status"] = "ended";
        }

        bool leavesOut = alert.TryGetProperty("symptoms_left_out", out JsonElement more) && more.ValueKind == JsonValueKind.Number && more.GetInt32() > 0;
        string counts = Text(alert, "status") == "silenced" ? "silenced" : "on";
        string[] on = [.. all.Where(s => (string?)s!["status"] == counts).Select(s => (string)s!["severity"]!)];
        if (!leavesOut && on.MaxBy(Severities.IndexOf) is { } worst && worst != Text(alert, "severity"))
            (merged["severity_told"], merged["severity"]) = (Text(alert, "severity"), worst);
        return JsonSerializer.SerializeToElement(merged);
    }

    /// <summary>What windows have said of a symptom since it was told, where that changes it; null where it is as it was told.</summary>
    private static SymptomNow? Since(string model, JsonElement symptom, Func<string, SymptomNow?> now) =>
        Text(symptom, "status") != "ended" && now(KeyOf(model, symptom)) is { } of && of.Ends >= EndOf(symptom)
            && (!of.IsOn || of.Severity != Text(symptom, "severity")) ? of : null;

    private static string Join(params ReadOnlySpan<string?> parts) => string.Join('\u001f', parts);

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
