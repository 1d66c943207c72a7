using System.Text;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Time;

namespace DriftStream.Host.Answering;

/// <summary>What the desk said to an answer, as it stands in an owner's topic.</summary>
/// <param name="Answer">Id of the answer.</param>
/// <param name="Outcome"><c>done</c>, <c>unknown</c>, <c>refused</c>, <c>outdated</c> or <c>resolved</c>.</param>
/// <param name="Why">One sentence.</param>
/// <param name="Json">The whole reply.</param>
internal sealed record DeskReply(string Answer, string Outcome, string Why, string Json)
{
    /// <summary>The action that was decided on, where it stands now, and when the desk heard of it; null where none was.</summary>
    public ActionReply? Decided { get; private init; }

    /// <summary>Null where the record is none: an alert, or of somebody else.</summary>
    public static DeskReply? Read(in LogRecord record)
    {
        if (record.Value is not { } value || !RecordKinds.IsReply(record.Headers)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(value);
            JsonElement root = json.RootElement;
            if (Text("answer") is not { } answer || Text("outcome") is not { } outcome) return null;
            return new DeskReply(answer, outcome, Text("why") ?? "", Encoding.UTF8.GetString(value))
            {
                Decided = Text("action") is { } action && Text("state") is { } state && EventTime.TryParse(Text("heard"), out EventTime heard)
                    ? new ActionReply(action, state, heard)
                    : null,
            };

            string? Text(string name) => root.TryGetProperty(name, out JsonElement text) ? text.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>What the desk replied to a decision on an action; nobody is told of it before there is more news of the episode.</summary>
internal sealed record ActionReply(string Action, string State, EventTime Heard);
