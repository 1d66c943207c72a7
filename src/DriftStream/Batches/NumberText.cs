using System.Buffers;
using System.Buffers.Text;

namespace DriftStream.Batches;

/// <summary>Numbers as the text of categories, so that 1 and 1.0 are one, and -0 is 0.</summary>
public static class NumberText
{
    /// <summary>The most bytes of a number's text.</summary>
    public const int Longest = 32;

    /// <summary>The shortest decimal text that reads back as the double; returns its length.</summary>
    public static int Write(double value, Span<byte> text)
    {
        Utf8Formatter.TryFormat(value == 0 ? 0 : value, text, out int length, new StandardFormat('G'));
        return length;
    }

    /// <summary>The digits of the integer; returns their number.</summary>
    public static int Write(ulong value, Span<byte> text)
    {
        Utf8Formatter.TryFormat(value, text, out int length);
        return length;
    }

    /// <inheritdoc cref="Write(ulong, Span{byte})"/>
    public static int Write(long value, Span<byte> text)
    {
        Utf8Formatter.TryFormat(value, text, out int length);
        return length;
    }
}
