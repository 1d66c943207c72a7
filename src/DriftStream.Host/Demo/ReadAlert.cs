using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Time;

namespace DriftStream.Host.Demo;

/// <summary>An alert as its owner reads it from the topic: the demo goes by the message, not by what the engine remembers.</summary>
internal sealed record ReadAlert(
    string Json,
    string Id,
    string Episode,
    int Revision,
    string Status,
    string Severity,
    string Because,
    string Owner,
    ImmutableArray<string> To,
    string Model,
    string? Signal,
    string? Group,
    string Summary,
    ImmutableArray<string> Cells,
    ImmutableArray<DemoSubject> Symptoms,
    ImmutableArray<string> Rules,
    EventTime WindowStart,
    EventTime WindowEnd,
    EventTime Told,
    string? Decision,
    string? AcknowledgedBy,
    (string Kind, string State)? Action)
{
    // A model that nobody registered is its own subject.
    private const string Unowned = "unowned";

    public bool Firing => Status == "firing";

    public string Subject => Signal ?? (Group is not null ? Group + " parity" : Rules is [var rule, ..] && rule != Unowned ? rule : Model);

    /// <summary>Null for what is no alert: a reply to an answer.</summary>
    public static ReadAlert? Parse(byte[] value)
    {
        using JsonDocument json = JsonDocument.Parse(value);
        JsonElement root = json.RootElement;
        if (!root.TryGetProperty("window", out JsonElement window)) return null;
        JsonElement decision = root.GetProperty("decision"), acknowledged = root.GetProperty("acknowledged");
        return new ReadAlert(
            System.Text.Encoding.UTF8.GetString(value),
            Text(root, "id")!,
            Text(root, "episode")!,
            root.GetProperty("revision").GetInt32(),
            Text(root, "status")!,
            Text(root, "severity")!,
            Text(root, "because")!,
            Text(root.GetProperty("owner"), "id")!,
            [.. root.GetProperty("to").EnumerateArray().Select(o => o.GetString()!)],
            Text(root, "model")!,
            Text(root, "signal"),
            Text(root, "group"),
            Text(root, "summary")!,
            [.. root.GetProperty("cells").EnumerateArray().Select(c => Text(c, "cell")!)],
            [.. root.GetProperty("symptoms").EnumerateArray().Select(s => new DemoSubject(Text(s, "signal"), Text(s, "group")))],
            [.. root.GetProperty("symptoms").EnumerateArray().Select(s => Text(s.GetProperty("statistic"), "name")!)],
            Time(window, "start"),
            Time(window, "end"),
            Time(root, "told"),
            decision.ValueKind == JsonValueKind.Object ? Text(decision, "note") : null,
            acknowledged.ValueKind == JsonValueKind.Object ? Text(acknowledged, "owner") : null,
            root.GetProperty("actions").EnumerateArray().Where(a => a.TryGetProperty("state", out _))
                .Select(a => ((string, string)?)(Text(a, "kind")!, Text(a, "state")!)).FirstOrDefault());
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    private static EventTime Time(JsonElement of, string name) => EventTime.TryParse(Text(of, name), out EventTime time) ? time : default;
}
