namespace DriftStream.Tests.Tidy;

/// <summary>C# with spaces in place of comments and of what stands between quotes; lines stay where they are.</summary>
/// <remarks>Holes of interpolated strings become spaces too, but for text after a nested quote: braces still come in pairs.</remarks>
internal static class BlankText
{
    public static string Of(string text)
    {
        char[] code = text.ToCharArray();
        int i = 0;
        while (i < code.Length)
        {
            int end = End(text, i);
            for (int k = i; k < end; k++)
            {
                if (code[k] != '\n') code[k] = ' ';
            }

            i = Math.Max(end, i + 1);
        }

        return new string(code);
    }

    // Where the comment or literal that starts here ends, or here where none does.
    private static int End(string text, int at)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        if (rest.StartsWith("//")) return After(text, at, "\n") - 1;
        if (rest.StartsWith("/*")) return After(text, at + 2, "*/");
        if (rest[0] == '\'') return Quoted(text, at + 1, '\'');
        if (rest[0] != '"') return at;
        int quotes = rest.IndexOfAnyExcept('"') is var n and >= 0 ? n : rest.Length;
        if (quotes >= 3) return After(text, at + quotes, new string('"', quotes));
        bool verbatim = at > 0 && (text[at - 1] == '@' || (text[at - 1] == '$' && at > 1 && text[at - 2] == '@'));
        return verbatim ? Verbatim(text, at + 1) : Quoted(text, at + 1, '"');
    }

    private static int After(string text, int from, string mark)
    {
        int found = text.IndexOf(mark, from, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + mark.Length;
    }

    private static int Quoted(string text, int from, char quote)
    {
        int i = from;
        while (i < text.Length && text[i] != quote && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
        return Math.Min(i + 1, text.Length);
    }

    private static int Verbatim(string text, int from)
    {
        int i = from;
        while (i < text.Length && (text[i] != '"' || (i + 1 < text.Length && text[i + 1] == '"'))) i += text[i] == '"' ? 2 : 1;
        return Math.Min(i + 1, text.Length);
    }
}
