using System.Text.Json;
using System.Text.Json.Serialization;

namespace DriftStream.Time;

/// <summary>A name for what one number means.</summary>
/// <typeparam name="T">The type itself.</typeparam>
public interface INumbered<T>
    where T : INumbered<T>
{
    /// <summary>The number.</summary>
    long Number { get; }

    /// <summary>What that number means.</summary>
    static abstract T Of(long number);
}

/// <summary>Writes and reads the bare number: JSON is the same as if the type were a <see cref="long"/>.</summary>
/// <typeparam name="T">What the number means.</typeparam>
public sealed class NumberJson<T> : JsonConverter<T>
    where T : struct, INumbered<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) ? T.Of(number) : throw new JsonException();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Number);
}
