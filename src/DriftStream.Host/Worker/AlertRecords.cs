using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using DriftStream.Desk;
using DriftStream.Host.Kafka;
using DriftStream.Time;

namespace DriftStream.Host.Worker;

/// <summary>Alerts as Kafka records: JSON value, the model's id as key, CloudEvents 1.0 binary headers.</summary>
internal static class AlertRecords
{
    /// <summary>A header that only the internal topic has: the owners an alert goes to, separated by commas.</summary>
    public const string To = "driftstream_to";

    /// <summary>An alert or a reply in the internal topic.</summary>
    /// <param name="id">Its deterministic id.</param>
    /// <param name="type">The end of its CloudEvents type: <c>alert.firing</c>, <c>reply</c>.</param>
    /// <param name="model">The model's id; its key.</param>
    /// <param name="time">When it was told.</param>
    /// <param name="to">The owners that it goes to.</param>
    public static OutgoingRecord Internal(
        string topic, int partition, string id, string type, string model, EventTime time, IEnumerable<string> to, byte[] value)
    {
        Headers headers = CloudEvent(id, "io.driftstream." + type, model, time);
        headers.Add(To, Encoding.UTF8.GetBytes(string.Join(',', to)));
        return new OutgoingRecord(topic, partition, Encoding.UTF8.GetBytes(model), value, Headers: headers);
    }

    /// <summary>A recommendation after its last change, in the topic of actions.</summary>
    public static OutgoingRecord Action(string topic, int partition, DeskAction action) => new(
        topic, partition, Encoding.UTF8.GetBytes(action.Model), DeskActionJson.Write(action),
        Headers: CloudEvent(action.EventId, "io.driftstream." + DeskActionJson.TypeOf(action), action.Model, action.Told));

    /// <summary>The headers that owners see.</summary>
    public static Headers Public(Headers headers)
    {
        var kept = new Headers();
        foreach (IHeader header in headers)
        {
            if (header.Key != To) kept.Add(header.Key, header.GetValueBytes());
        }

        return kept;
    }

    /// <summary>The owners of an internal record.</summary>
    public static string[] Owners(Headers headers) =>
        headers.TryGetLastBytes(To, out byte[] owners) ? Encoding.UTF8.GetString(owners).Split(',', StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>An alert that could not be delivered, with the reason, for the undeliverable topic.</summary>
    /// <param name="webhook">The webhook of the owner that did not take it; null where the topic did not.</param>
    public static byte[] Undeliverable(byte[] alert, string owner, string topic, KafkaFailure failure, string? webhook = null)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("owner", owner);
            writer.WriteString("topic", topic);
            if (webhook is not null) writer.WriteString("webhook", webhook);
            writer.WriteString("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.Kind.ToString()));
            writer.WriteString("detail", failure.Detail);
            WriteAlert(writer, alert);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    // No judge wrote what is not JSON: it is passed on as text.
    private static void WriteAlert(Utf8JsonWriter writer, byte[] alert)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(alert);
            writer.WritePropertyName("alert");
            json.RootElement.WriteTo(writer);
        }
        catch (JsonException)
        {
            writer.WriteString("alert", Encoding.UTF8.GetString(alert));
        }
    }

    private static Headers CloudEvent(string id, string type, string model, long time) => new()
    {
        { "ce_specversion", "1.0"u8.ToArray() },
        { "ce_id", Encoding.UTF8.GetBytes(id) },
        { "ce_type", Encoding.UTF8.GetBytes(type) },
        { "ce_source", Encoding.UTF8.GetBytes("driftstream/" + Uri.EscapeDataString(model)) },
        { "ce_time", Encoding.UTF8.GetBytes(EventTime.Format(time)) },
        { "content-type", "application/json"u8.ToArray() },
    };
}
