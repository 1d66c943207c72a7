using System.Text.Json;
using System.Text.Json.Serialization;

namespace DriftStream.Time;

/// <summary>Writes a response time as the config does: <c>"4h"</c>.</summary>
internal sealed class ResponseTimeJson : JsonConverter<ResponseTime>
{
    public override ResponseTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && ResponseTime.TryParse(reader.GetString(), out ResponseTime time) ? time : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, ResponseTime value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
