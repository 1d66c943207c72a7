using System.Text.Json;
using System.Text.Json.Nodes;
using DriftStream.Host.Kafka;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Answering;

/// <summary>The newest that owners were told of an episode, from the JSON alone.</summary>
/// <param name="Alert">The alert as it stands in an owner's topic.</param>
internal sealed record ToldEpisode(JsonElement Alert)
{
    /// <summary>The alert, with an action in the state that a reply said since; the same where it names no such action, or was told later.</summary>
    public ToldEpisode With(ActionReply reply)
    {
        if (Told > reply.Heard || !Actions.Any(a => a.TryGetProperty("id", out JsonElement id) && id.ValueEquals(reply.Action))) return this;
        JsonNode alert = JsonObject.Create(Alert)!.DeepClone();
        foreach (JsonNode? action in alert["actions"]!.AsArray())
        {
            if ((string?)action!["id"] == reply.Action) action["state"] = reply.State;
        }

        return new ToldEpisode(JsonSerializer.SerializeToElement(alert));
    }

    public string Id { get; } = Alert.GetProperty("episode").GetString()!;

    public int Revision { get; } = Alert.GetProperty("revision").GetInt32();

    public string Status { get; } = Alert.GetProperty("status").GetString()!;

    public string Severity { get; } = Alert.GetProperty("severity").GetString()!;

    public string Model { get; } = Alert.GetProperty("model").GetString()!;

    /// <summary>The accountable owner.</summary>
    public string Owner { get; } = Alert.GetProperty("owner").GetProperty("id").GetString()!;

    public string Summary { get; } = Printable.Of(Alert.GetProperty("summary").GetString());

    /// <summary>What may be done about it.</summary>
    public IEnumerable<JsonElement> Actions => Items("actions");

    /// <summary>What has spoken.</summary>
    public IEnumerable<JsonElement> Symptoms => Items("symptoms");

    public bool IsOpen => Status != "resolved";

    /// <summary>Which symptoms of an open one have ended, and as what it was told where the rest is less severe, for people; null where none has.</summary>
    public string? Ended
    {
        get
        {
            JsonElement[] ended = [.. Symptoms.Where(s => Text(s, "status") == "ended")];
            if (!IsOpen || ended.Length == 0) return null;
            string names = string.Join(", ", ended.Select(s => Text(s, "signal") ?? Text(s, "group") ?? Text(s, "of_model")).Distinct());
            string told = Text(Alert, "severity_told") is { } severity ? $"; told as {severity}" : "";
            return Printable.Of($"ended: {names}{told}");
        }
    }

    /// <summary>By when somebody should have answered; null where nobody has to.</summary>
    public EventTime? RespondBy => TimeOf("respond_by");

    /// <summary>When it was told last.</summary>
    public EventTime? Told => TimeOf("told");

    /// <summary>
    /// Whether the owner whose topic it stands in was told last that another one has the model now. What comes after that goes to the other one, so
    /// nothing here says how it stands.
    /// </summary>
    public bool IsHandedOver(string reader) => Owner != reader && Text(Alert, "because") == "handover";

    /// <summary>Who has it, until when, and what the others should know; null where nobody has.</summary>
    public string? Acknowledged => Said("acknowledged");

    /// <summary>What was decided last, and by whom; null where nothing was.</summary>
    public string? Decision => Said("decision");

    /// <summary>Everybody who is told of it.</summary>
    public IEnumerable<string> To => Alert.TryGetProperty("to", out JsonElement to) && to.ValueKind == JsonValueKind.Array
        ? to.EnumerateArray().Select(o => o.GetString()!)
        : [Owner];

    // "anna (team) until ...: note"
    private string? Said(string name)
    {
        if (!Alert.TryGetProperty(name, out JsonElement said) || said.ValueKind != JsonValueKind.Object) return null;
        string until = Text(said, "until") is { } end ? $" until {end}" : "", note = Text(said, "note") is { Length: > 0 } words ? $": {words}" : "";
        return Printable.Of($"{Text(said, "by")} ({Text(said, "owner")}){until}{note}");
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private JsonElement.ArrayEnumerator Items(string name) =>
        Alert.TryGetProperty(name, out JsonElement items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : default;

    private EventTime? TimeOf(string name) => EventTime.TryParse(Text(Alert, name), out EventTime time) ? time : null;
}

/// <summary>The episodes of owners, folded from their topics: of each, what was told last.</summary>
internal static class OpenEpisodes
{
    /// <param name="plan">Names the broker and the owners.</param>
    /// <param name="owners">Whose topics are read.</param>
    /// <param name="errors">What is no alert is said here, and passed over; likewise owners whose topic may not be read, unless none may.</param>
    /// <param name="failure">Why they cannot be read, or null.</param>
    /// <returns>Every episode, ended ones too, in the order in which they were first told.</returns>
    public static IReadOnlyList<ToldEpisode> Read(
        DriftPlan plan, IEnumerable<string> owners, TextWriter errors, ILogger logger, out KafkaFailure? failure, CancellationToken cancel)
    {
        var names = new TopicNames(plan.Topics.Prefix);
        var newest = new Dictionary<string, ToldEpisode>(StringComparer.Ordinal);
        var order = new List<string>();
        var decided = new List<ActionReply>();
        var closed = new List<string>();
        string[] all = [.. owners];
        failure = null;
        foreach (string owner in all)
        {
            failure = OwnerTopic.Read(plan, names.AlertsOf(owner), logger, Take, cancel);
            // An owner's people may read its own topic and perhaps no other.
            if (failure is { Kind: KafkaErrorKind.Denied }) closed.Add(owner);
            else if (failure is not null) return [];
        }

        if (closed.Count < all.Length) failure = null;
        if (failure is not null) return [];
        if (closed.Count > 0)
            errors.WriteLine($"not looked at, for these rights do not read it: what is told to {string.Join(", ", closed)} (--owner ID names one owner)");
        ActionReply[] inOrder = [.. decided.OrderBy(d => d.Heard)];
        return [.. order.Select(id => inOrder.Aggregate(newest[id], (told, reply) => told.With(reply)))];

        void Take(LogRecord record)
        {
            if (DeskReply.Read(record)?.Decided is { } reply) decided.Add(reply);
            if (Parse(record, errors) is not { } told) return;
            if (!newest.TryGetValue(told.Id, out ToldEpisode? known)) order.Add(told.Id);
            if (known is null || told.Revision > known.Revision) newest[told.Id] = told;
        }
    }

    private static ToldEpisode? Parse(in LogRecord record, TextWriter errors)
    {
        if (record.Value is not { } value || RecordKinds.IsReply(record.Headers)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(value);
            return new ToldEpisode(json.RootElement.Clone());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            errors.WriteLine($"{record.Topic}[{record.Partition}]@{record.Offset}: no alert of DriftStream: {Printable.Of(e.Message)}");
            return null;
        }
    }
}
