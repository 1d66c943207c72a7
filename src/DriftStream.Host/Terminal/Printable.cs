using System.Buffers;
using System.Globalization;
using System.Text;

namespace DriftStream.Host.Terminal;

/// <summary>
/// Text that others wrote, for a terminal or a line of the log: what would move the cursor, end the line, hide or reorder text is written
/// out as <c>\u{1B}</c>. A name in a message can then neither clear its reader's screen nor pretend to be another line.
/// </summary>
/// <remarks>JSON output is never changed: it is for programs, and exact.</remarks>
internal static class Printable
{
    // Most text is printable ASCII.
    private static readonly SearchValues<char> Plain = SearchValues.Create(string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)));

    /// <summary>A single line: line ends are written out too.</summary>
    public static string Of(string? text)
    {
        if (text is null || !text.AsSpan().ContainsAnyExcept(Plain)) return text ?? "";
        var printable = new StringBuilder(text.Length + 16);
        Span<char> pair = stackalloc char[2];
        for (int i = 0; i < text.Length;)
        {
            // A lone half of a surrogate pair is no character.
            bool whole = Rune.TryGetRuneAt(text, i, out Rune rune);
            if (whole && IsHarmless(rune)) printable.Append(pair[..rune.EncodeToUtf16(pair)]);
            else printable.Append(CultureInfo.InvariantCulture, $@"\u{{{(whole ? rune.Value : text[i]):X}}}");
            i += whole ? rune.Utf16SequenceLength : 1;
        }

        return printable.ToString();
    }

    /// <summary>Several lines of our own: line ends stay.</summary>
    public static string Lines(string text) => string.Join('\n', text.Split('\n').Select(Of));

    // Format characters: bidi controls, invisible ones, tags. The two joiners are letters in scripts of India and Persia, and in emoji.
    // The last two code points of each plane are no characters, and no XML may hold them.
    private static bool IsHarmless(Rune rune) => rune.Value is 0x200C or 0x200D || ((rune.Value & 0xFFFE) != 0xFFFE && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator));
}
