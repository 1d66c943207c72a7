using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace DriftStream.Batches;

/// <summary>What makes bytes invalid JSON, and where. No character of a payload is repeated.</summary>
internal static class JsonSyntax
{
    /// <summary>Deeper than our own bound, so that ours is the one to be reported, by its name.</summary>
    public static JsonReaderOptions Options(bool lines) =>
        new() { MaxDepth = 2 * JsonMessageReader.DeepestValue, AllowMultipleValues = lines };

    /// <summary>What can be said before the JSON is looked at.</summary>
    public static Reject? Opening(ReadOnlySpan<byte> message, int largestMessage)
    {
        if (message.Length > largestMessage)
            return new Reject(RejectReason.LimitExceeded, $"the message has {message.Length} bytes, the limit is {largestMessage}");
        if (message.IsEmpty) return NotJson("the message is empty");
        if (ArrowFraming.RegistryFraming(message) is { } framed) return framed;
        if (message.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFF, 0xFF, 0xFF]))
            return NotJson("the message starts as an Arrow stream does, its source says format: json");
        if (message.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) return NotJson("the message starts with a byte order mark; send none");
        return Utf8.IsValid(message) ? null : NotJson($"the message is not UTF-8 at byte {FirstInvalid(message)}");
    }

    /// <summary>Why the reader stopped.</summary>
    public static Reject Invalid(ReadOnlySpan<byte> message, JsonException found, bool lines)
    {
        if (EndsEarly(message, lines))
            return new Reject(RejectReason.Truncated, $"the JSON is not at its end where the message ends, at byte {message.Length}");
        long position = found.BytePositionInLine ?? 0;
        int start = 0;
        for (long line = found.LineNumber ?? 0; line > 0; line--) start += message[start..].IndexOf((byte)'\n') + 1;
        return NotJson($"the message is not valid JSON at byte {start + position}");
    }

    /// <summary>A reject where the object or array that the reader is at lies too deep.</summary>
    public static Reject? TooDeep(in Utf8JsonReader reader) => reader.CurrentDepth < JsonMessageReader.DeepestValue
        ? null
        : new Reject(RejectReason.LimitExceeded, $"byte {reader.TokenStartIndex}: values are nested more than {JsonMessageReader.DeepestValue} deep");

    /// <summary>Passes over the value that the reader is at.</summary>
    public static Reject? Skip(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return null;
        int depth = reader.CurrentDepth;
        do
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && TooDeep(reader) is { } reject) return reject;
        }
        while (reader.Read() && reader.CurrentDepth > depth);
        return null;
    }

    public static string Name(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "a boolean",
    };

    // Whether more bytes could have made it valid.
    private static bool EndsEarly(ReadOnlySpan<byte> message, bool lines)
    {
        var reader = new Utf8JsonReader(message, isFinalBlock: false, new JsonReaderState(Options(lines)));
        try
        {
            while (reader.Read()) ;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> message)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(message[at..], out _, out int length) == System.Buffers.OperationStatus.Done) at += length;
        return at;
    }

    private static Reject NotJson(string detail) => new(RejectReason.NotJson, detail);
}
