using System.Text.RegularExpressions;

namespace DriftStream.Tests.Tidy;

/// <summary>A declared type.</summary>
/// <param name="Modifiers">Words before its kind.</param>
/// <param name="Kind">class, record, struct, interface, enum, record struct.</param>
/// <param name="Bases">What stands after its colon, without constraints.</param>
internal sealed record DeclaredType(string File, string Modifiers, string Kind, string Name, string Bases);

/// <summary>A member with a body.</summary>
internal sealed record Member(string File, int Line, int Lines);

/// <summary>One C# file: its lines, and its code without comments and the insides of strings.</summary>
internal sealed partial record CodeFile(string Path, string[] Lines, string Code)
{
    public static CodeFile Read(string path)
    {
        string text = Repository.Read(path);
        return new CodeFile(path, text.TrimEnd('\n').Split('\n'), BlankText.Of(text));
    }

    public IEnumerable<DeclaredType> Types => TypePattern().Matches(Code).Select(m => new DeclaredType(
        Path,
        m.Groups["modifiers"].Value,
        Regex.Replace(m.Groups["kind"].Value, @"\s+", " "),
        m.Groups["name"].Value,
        BasesAfter(m.Index + m.Length)));

    /// <summary>Blocks that stand directly in a type, and the lines from the end of what came before to their closing brace.</summary>
    public IEnumerable<Member> Members()
    {
        var open = new Stack<(bool Type, int Start)>();
        int start = 0, depth = 0;
        for (int i = 0; i < Code.Length; i++)
        {
            switch (Code[i])
            {
                case '(' or '[':
                    depth++;
                    break;
                case ')' or ']':
                    depth--;
                    break;
                case ';' when depth == 0:
                    start = i + 1;
                    break;
                case '{':
                    string header = Code[start..i];
                    open.Push((TypePattern().IsMatch(header) || header.Contains("namespace ", StringComparison.Ordinal), start));
                    start = i + 1;
                    break;
                case '}' when open.Count > 0:
                    (bool type, int from) = open.Pop();
                    start = i + 1;
                    if (type || open.Count == 0 || !open.Peek().Type) break;
                    while (char.IsWhiteSpace(Code[from])) from++;
                    int line = LineOf(from);
                    yield return new Member(Path, line, LineOf(i) - line + 1);
                    break;
            }
        }
    }

    private int LineOf(int index) => Code.AsSpan(0, index).Count('\n') + 1;

    private string BasesAfter(int at)
    {
        string header = Code[at..];
        int depth = 0, colon = -1, end = 0;
        for (; end < header.Length; end++)
        {
            char c = header[end];
            if (c is '(' or '<') depth++;
            else if (c is ')' or '>') depth--;
            else if (c == ':' && depth == 0 && colon < 0) colon = end;
            else if (depth == 0 && c is '{' or ';') break;
        }

        return colon < 0 ? "" : ConstraintPattern().Split(header[(colon + 1)..end])[0];
    }

    [GeneratedRegex(
        @"^[ \t]*(?<modifiers>(?:(?:public|internal|private|protected|file|static|sealed|abstract|partial|unsafe|readonly|ref|new)\s+)*)" +
        @"(?<kind>class|record\s+struct|record|struct|interface|enum)\s+(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"\bwhere\b")]
    private static partial Regex ConstraintPattern();
}
