using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using DriftStream.Judging;

namespace DriftStream.Plan;

/// <summary>
/// Names rules by their content. Canonical text: compact JSON with its fields in a fixed order, numbers in their shortest form.
/// </summary>
internal static class RuleIdentity
{
    /// <summary>The first 16 hexadecimal digits of the hash of everything but the id.</summary>
    public static string RuleId(Rule rule) => Hash(json => Write(json, rule with { Id = "" }))[..16];

    private static void Write(Utf8JsonWriter json, Rule rule)
    {
        Alarm alarm = rule.Alarm;
        json.WriteStartObject();
        json.WritePropertyName("rule");
        Texts(json, rule.Id, rule.Signal, rule.Group, rule.Statistic, rule.Convention, rule.Severity.ToString(), alarm.Kind.ToString());
        json.WriteNumber("value", alarm.Value);
        json.WriteNumber("min_effect", alarm.MinEffect);
        if (alarm.Confidence is { } confidence) json.WriteNumber("confidence", confidence);
        if (alarm.MinRows is { } rows) json.WriteNumber("min_rows", rows);
        if (rule.Urgent) json.WriteBoolean("urgent", true);
        if (rule.Reference is { } reference) json.WriteString("reference", reference);
        if (rule.Cells is { } cells)
        {
            json.WritePropertyName("cells");
            Texts(json, [.. cells]);
        }

        if (rule.Class is { } name) json.WriteString("class", name);
        if (rule.Goal is { } goal) json.WriteString("goal", goal);
        if (alarm.Trend is { } trend) json.WriteString("trend", trend.Text);
        if (alarm.Form.IsOfErrors) json.WriteString("detector", alarm.DetectorName);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, params ReadOnlySpan<string?> texts)
    {
        json.WriteStartArray();
        foreach (string? text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static string Hash(Action<Utf8JsonWriter> write)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text)) write(json);
        return Convert.ToHexStringLower(SHA256.HashData(text.WrittenSpan));
    }
}
