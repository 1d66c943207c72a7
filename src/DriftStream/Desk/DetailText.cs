using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace DriftStream.Desk;

/// <summary>The detail of a symptom, as the judge wrote it: the fields of a JSON object.</summary>
internal static class DetailText
{
    // Beside the leading symptom those that tell them apart are enough.
    private static readonly string[] OfOthers = ["slice", "statistic", "kpi", "cells"];

    /// <summary>The id of the leading rule, or null.</summary>
    public static string? RuleOf(ImmutableArray<byte> detail)
    {
        if (detail.IsEmpty) return null;
        using JsonDocument json = JsonDocument.Parse(ImmutableCollectionsMarshal.AsArray(detail));
        return json.RootElement.TryGetProperty("rule", out JsonElement rule) && rule.ValueKind == JsonValueKind.Object
            && rule.TryGetProperty("id", out JsonElement id) ? id.GetString() : null;
    }

    /// <summary>
    /// Writes its fields into the object that is open: of the leading symptom all, also those that readers rely on where it has none; of another one what
    /// tells it from the others.
    /// </summary>
    public static void Write(ImmutableArray<byte> detail, Utf8JsonWriter json, bool isLeading)
    {
        if (detail.IsEmpty)
        {
            if (!isLeading) return;
            json.WriteNull("statistic");
            json.WriteNull("rule");
            json.WriteStartArray("cells");
            json.WriteEndArray();
            json.WriteNull("baseline");
            json.WriteStartArray("rules");
            json.WriteEndArray();
            return;
        }

        using JsonDocument document = JsonDocument.Parse(ImmutableCollectionsMarshal.AsArray(detail));
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (isLeading || OfOthers.Contains(property.Name)) property.WriteTo(json);
        }
    }
}
