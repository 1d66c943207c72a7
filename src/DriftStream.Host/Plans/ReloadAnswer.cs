using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Plan;

namespace DriftStream.Host.Plans;

/// <summary>What reading the configuration again gave.</summary>
/// <param name="Plan">The hash of the plan; null where it was refused and the running plan stays.</param>
/// <param name="Findings">Errors and warnings.</param>
public sealed record ReloadAnswer(string? Plan, ImmutableArray<Finding> Findings)
{
    /// <summary><c>{plan, findings}</c>, the findings as <c>check --json</c> has them.</summary>
    public ReadOnlyMemory<byte> Json()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("plan", Plan);
            json.WritePropertyName("findings");
            FindingText.WriteJson(json, Findings);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
