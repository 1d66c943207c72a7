using System.Buffers.Binary;

namespace DriftStream.Batches;

/// <summary>
/// The prefixes of an Arrow stream: a continuation mark (which streams written before 2019 lack, whatever version they state),
/// the length of the metadata, the metadata, the body. Length 0 ends the stream; so does the end of the message.
/// </summary>
internal static class ArrowFraming
{
    private const int Continuation = -1, WordSize = 4, RegistryHeader = 5;

    /// <summary>Moves behind the next prefix. A metadata length of 0 says that the stream has ended.</summary>
    public static Reject? Next(ReadOnlySpan<byte> message, ref int position, out int metadataLength)
    {
        metadataLength = 0;
        if (position == message.Length) return null;
        int start = position;
        if (!TryWord(message, ref position, out int word) || (word == Continuation && !TryWord(message, ref position, out word)))
            return new Reject(RejectReason.Truncated, $"the message ends inside the prefix at byte {start}");
        if (word < 0) return new Reject(RejectReason.Malformed, $"the metadata length at byte {start} is {word}");
        int there = message.Length - position;
        if (word > there)
            return new Reject(RejectReason.Truncated, $"the metadata at byte {position} is {word} bytes long, {there} are there");
        metadataLength = word;
        return null;
    }

    /// <summary>Only padding may follow the end mark: rows behind it would be lost without a word.</summary>
    public static Reject? End(ReadOnlySpan<byte> message, int position) => message[position..].ContainsAnyExcept((byte)0)
        ? new Reject(RejectReason.Malformed, $"{message.Length - position} bytes follow the end of the stream at byte {position}")
        : null;

    /// <summary>
    /// A better reason why the first prefix or schema could not be read. Without a continuation mark anything can look like an
    /// old stream's length, so unreadable bytes are taken for something other than Arrow unless that length is plausible.
    /// </summary>
    public static Reject Opening(ReadOnlySpan<byte> message, Reject found, int largestMessage)
    {
        if (message.IsEmpty) return new Reject(RejectReason.NotArrow, "the message is empty");
        int marked = message[..Math.Min(WordSize, message.Length)].IndexOfAnyExcept((byte)0xFF);
        if (marked < 0 || found.Reason is not (RejectReason.Truncated or RejectReason.Malformed)) return found;
        if (RegistryFraming(message) is { } framed) return framed;
        if (message.StartsWith("ARROW1"u8)) return new Reject(RejectReason.NotArrow, "the message is an Arrow file; send an Arrow stream");
        int start = 0;
        if (message.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..])
            return new Reject(RejectReason.NotArrow, "the message does not start as an Arrow stream does but as JSON, and its source says format: arrow");
        bool plausible = TryWord(message, ref start, out int word) && word > 0 && word <= largestMessage;
        return plausible && found.Reason == RejectReason.Truncated
            ? found
            : new Reject(RejectReason.NotArrow, "the message does not start as an Arrow stream does");
    }

    /// <summary>A reject where the message starts with a zero byte and a four-byte id.</summary>
    public static Reject? RegistryFraming(ReadOnlySpan<byte> message)
    {
        if (message.Length < RegistryHeader || message[0] != 0) return null;
        int id = BinaryPrimitives.ReadInt32BigEndian(message[1..]);
        string detail = $"the message starts with Schema Registry framing (schema id {id}); send the bare payload";
        return new Reject(RejectReason.SchemaRegistryFramed, detail);
    }

    private static bool TryWord(ReadOnlySpan<byte> message, ref int position, out int word)
    {
        bool there = message.Length - position >= WordSize;
        word = there ? BinaryPrimitives.ReadInt32LittleEndian(message[position..]) : 0;
        if (there) position += WordSize;
        return there;
    }
}
