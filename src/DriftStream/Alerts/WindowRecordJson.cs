using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DriftStream.Alerts;

/// <summary>A <see cref="WindowRecord"/> as the JSON of the desk topic: names in snake case, times in microseconds since 1970-01-01T00:00Z.</summary>
public static class WindowRecordJson
{
    /// <summary>The value of the property <c>kind</c>, which tells the records of the topic apart.</summary>
    public const string Kind = "window";

    /// <summary>One JSON document, UTF-8.</summary>
    public static byte[] Write(WindowRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, WindowRecordSerializer.Default.WindowRecord);

    /// <summary>Null where the bytes are no such record.</summary>
    public static WindowRecord? Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            WindowRecord? record = JsonSerializer.Deserialize(utf8, WindowRecordSerializer.Default.WindowRecord);
            return record is { Kind: Kind } && record.Start < record.End ? record : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}

/// <summary>JSON inside of JSON, as it is.</summary>
internal sealed class RawJson : JsonConverter<ImmutableArray<byte>>
{
    public override bool HandleNull => true;

    public override ImmutableArray<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return [];
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return ImmutableCollectionsMarshal.AsImmutableArray(JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray());
    }

    public override void Write(Utf8JsonWriter writer, ImmutableArray<byte> value, JsonSerializerOptions options)
    {
        if (value.IsEmpty) writer.WriteNullValue();
        else writer.WriteRawValue(value.AsSpan());
    }
}

/// <summary>An enum by its name in snake case.</summary>
internal sealed class NamedEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(NamedEnum<SymptomStatus>), typeof(NamedEnum<Judging.Severity>), typeof(NamedEnum<Judging.Judgement>), typeof(NamedEnum<Cells.SignalRole>),
    ])]
[JsonSerializable(typeof(WindowRecord))]
internal sealed partial class WindowRecordSerializer : JsonSerializerContext;
