using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Plans;

/// <summary>A record of the plan topic: one plan, who brought it, and when.</summary>
/// <param name="Hash">The hash of the plan's canonical text.</param>
/// <param name="By">User and host, or what the starter says.</param>
/// <param name="At">By the starter's clock: for people only, nothing depends on it.</param>
/// <param name="Plan">The canonical text.</param>
/// <param name="Segment">Bytes of payload that end a segment; those of the first plan hold for all. Null in records that do not say.</param>
public sealed record PlanRecord(string Hash, string By, EventTime At, string Plan, long? Segment = null)
{
    /// <summary>The plan, or null where the text is not a plan of this version.</summary>
    public PlanDocument? Document => PlanDocument.Read(Plan);

    public static PlanRecord Of(DriftPlan plan, string by, EventTime at)
    {
        PlanDocument document = PlanDocument.Of(plan);
        return new PlanRecord(document.Hash, by, at, document.Text, plan.Counting.SegmentBytes);
    }

    /// <summary>The value of the record: JSON.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("hash", Hash);
            json.WriteString("by", By);
            json.WriteString("at", EventTime.Format(At));
            if (Segment is { } segment) json.WriteNumber("segment", segment);
            json.WritePropertyName("plan");
            json.WriteRawValue(Plan);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Null where the value is not such a record.</summary>
    public static PlanRecord? Read(byte[]? value)
    {
        if (value is null) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(value);
            JsonElement root = json.RootElement;
            string written = root.GetProperty("at").GetString()!;
            EventTime at = EventTime.From(DateTimeOffset.Parse(written, CultureInfo.InvariantCulture).UtcDateTime);
            long? segment = root.TryGetProperty("segment", out JsonElement bytes) ? bytes.GetInt64() : null;
            string plan = root.GetProperty("plan").GetRawText();
            return new PlanRecord(root.GetProperty("hash").GetString()!, root.GetProperty("by").GetString()!, at, plan, segment);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentNullException)
        {
            return null;
        }
    }

    /// <summary>One line of <c>plans --json</c>.</summary>
    /// <param name="epoch">Its offset.</param>
    public string Line(long epoch)
    {
        ImmutableArray<ModelDocument> models = Document?.Models ?? [];
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch);
            json.WriteString("hash", Hash);
            json.WriteString("by", By);
            json.WriteString("at", EventTime.Format(At));
            json.WriteNumber("models", models.Length);
            json.WriteStartArray("baselines");
            foreach (ModelDocument model in models)
            {
                json.WriteStartObject();
                json.WriteString("model", model.Id);
                json.WriteString("hash", model.Baseline?.Hash);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
