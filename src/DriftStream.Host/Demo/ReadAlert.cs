using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Time;

namespace DriftStream.Host.Demo;

/// <summary>An alert as its owner reads it from the topic: the demo goes by the message, not by what the engine remembers.</summary>
internal sealed record ReadAlert(
    string Json,
    string Id,
    string Episode,
    bool Firing,
    string Owner,
    string Model,
    string? Signal,
    string? Group,
    string Summary,
    ImmutableArray<string> Cells,
    long WindowStart,
    long WindowEnd)
{
    public string Subject => Signal ?? (Group is null ? Model : Group + " parity");

    public static ReadAlert Parse(byte[] value)
    {
        using JsonDocument json = JsonDocument.Parse(value);
        JsonElement root = json.RootElement;
        JsonElement window = root.GetProperty("window");
        return new ReadAlert(
            System.Text.Encoding.UTF8.GetString(value),
            root.GetProperty("id").GetString()!,
            root.GetProperty("episode").GetString()!,
            root.GetProperty("status").GetString() == "firing",
            root.GetProperty("owner").GetProperty("id").GetString()!,
            root.GetProperty("model").GetString()!,
            root.GetProperty("signal").GetString(),
            root.GetProperty("group").GetString(),
            root.GetProperty("summary").GetString()!,
            [.. root.GetProperty("cells").EnumerateArray().Select(c => c.GetProperty("cell").GetString()!)],
            Time(window, "start"),
            Time(window, "end"));
    }

    private static EventTime Time(JsonElement window, string name) =>
        EventTime.TryParse(window.GetProperty(name).GetString(), out EventTime time) ? time : default;
}
