using System.Buffers;
using System.Buffers.Text;

namespace DriftStream.Batches;

/// <summary>Numbers as categories are written, so that 1 and 1.0 are one, and -0 is 0.</summary>
public static class NumberText
{
    /// <summary>Bytes of the longest text.</summary>
    public const int Longest = 32;

    /// <summary>The shortest decimal text that reads back as the double; returns its length.</summary>
    public static int Write(double value, Span<byte> text)
    {
        Utf8Formatter.TryFormat(value == 0 ? 0 : value, text, out int length, new StandardFormat('G'));
        return length;
    }

    public static int Write(ulong value, Span<byte> text)
    {
        Utf8Formatter.TryFormat(value, text, out int length);
        return length;
    }

    public static int Write(long value, Span<byte> text)
    {
        Utf8Formatter.TryFormat(value, text, out int length);
        return length;
    }
}
