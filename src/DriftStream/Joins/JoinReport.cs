using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Frames;

namespace DriftStream.Joins;

/// <summary>Where a joiner stands: what the topic <c>join-positions</c> tells people, beside the position records.</summary>
/// <param name="Partition">Of <c>joins</c>.</param>
/// <param name="Upto">The offset after the last record folded.</param>
/// <param name="Models">How far it has come with each model.</param>
public sealed record JoinReport(int Partition, SourceOffset Upto, IReadOnlyList<JoinProgress> Models)
{
    private const string Stand = "stand/";

    /// <summary>The key of its record.</summary>
    [JsonIgnore]
    public byte[] Key => Encoding.UTF8.GetBytes($"{Stand}{Partition}");

    /// <summary>Whether the record of that key is one, and no position record.</summary>
    public static bool IsOne(byte[]? key) => key is not null && Encoding.UTF8.GetString(key).StartsWith(Stand, StringComparison.Ordinal);

    /// <summary>The value of its record.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, JoinReportJson.Default.JoinReport);

    /// <summary>Null where the bytes are none that this version reads.</summary>
    public static JoinReport? Read(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, JoinReportJson.Default.JoinReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JoinReport))]
internal sealed partial class JoinReportJson : JsonSerializerContext;
