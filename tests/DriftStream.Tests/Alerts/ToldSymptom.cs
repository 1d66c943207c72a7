using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Tests.Alerts;

/// <summary>What the desk is told of a symptom in a window, as its reader sees it: it began, rose, has another story, or ended.</summary>
internal sealed record ToldSymptom(WindowRecord Window, Symptom Symptom)
{
    public SymptomStatus Status => Symptom.Status;

    public Severity Severity => Symptom.Severity;

    public string Model => Window.Model;

    public string Plan => Window.Plan;

    public string? Signal => Symptom.Subject.Signal;

    public string? Group => Symptom.Subject.Group;

    public string Version => Symptom.Subject.Version;

    public EventTime Since => Symptom.Since;

    public string Summary => Symptom.Summary;

    /// <summary>The detail; an object without properties where there is none.</summary>
    public JsonElement Detail { get; } = JsonDocument.Parse(Symptom.Detail.IsEmpty ? "{}"u8.ToArray() : [.. Symptom.Detail]).RootElement;

    /// <summary>The id of the leading rule; null where there is none.</summary>
    public string? Rule =>
        Detail.TryGetProperty("rule", out JsonElement rule) && rule.ValueKind == JsonValueKind.Object ? rule.GetProperty("id").GetString() : null;

    /// <summary>The ids of all rules that are told.</summary>
    public IEnumerable<string?> Rules => Detail.GetProperty("rules").EnumerateArray().Select(r => r.GetProperty("id").GetString());
}

internal static class ToldSymptoms
{
    /// <summary>Everything that is news, in the order of the windows.</summary>
    public static IEnumerable<ToldSymptom> Told(this JudgeOutput output) =>
        from window in output.Windows
        from symptom in window.Record.Symptoms
        where symptom.Status != SymptomStatus.On || !symptom.Detail.IsEmpty
        select new ToldSymptom(window.Record, symptom);
}
