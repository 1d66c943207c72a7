using System.Text.Json;

namespace DriftStream.Batches;

/// <summary>Text that a message does not hold as it is meant: escaped, or made from a number. Reused by the next message.</summary>
internal sealed class JsonText
{
    private byte[] _bytes = new byte[1024];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Room for more bytes after those that are there.</summary>
    public Span<byte> Room(int length)
    {
        if (length > _bytes.Length - Length) Array.Resize(ref _bytes, Math.Max(checked(Length + length), (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Keeps the first bytes of the room given last; returns where they start.</summary>
    public int Keep(int length)
    {
        int start = Length;
        Length += length;
        return start;
    }

    /// <summary>Unescapes a name or text. False for half of a surrogate pair, which is no text.</summary>
    /// <param name="reader">At the text.</param>
    /// <param name="text">At least as long as the text is with its escapes.</param>
    /// <param name="length">Bytes written.</param>
    public static bool TryUnescape(ref Utf8JsonReader reader, scoped Span<byte> text, out int length)
    {
        try
        {
            length = reader.CopyString(text);
            return true;
        }
        catch (InvalidOperationException)
        {
            length = 0;
            return false;
        }
    }
}
