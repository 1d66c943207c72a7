using System.Text;

namespace DriftStream.Plan;

/// <summary>Writes block YAML that this project's own reader reads back: keys, quoted texts, nested mappings and lists.</summary>
public sealed class YamlText
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _item;

    /// <summary>A scalar that needs no quotes: a number, a duration, a flow mapping.</summary>
    public void Line(string key, string value) => Start().Append(Key(key)).Append(": ").Append(value).Append('\n');

    /// <summary>A text, quoted where YAML would read it as something else; nothing is written for null.</summary>
    public void Text(string key, string? value)
    {
        if (value is not null) Line(key, Quoted(value));
    }

    /// <summary>Begins a mapping or a list under the key.</summary>
    public void Open(string key)
    {
        Start().Append(Key(key)).Append(":\n");
        _depth++;
    }

    /// <summary>Ends what was opened last.</summary>
    public void Close() => _depth--;

    /// <summary>The next line starts an item of a list.</summary>
    public void OpenItem()
    {
        _depth++;
        _item = true;
    }

    /// <summary>The YAML written so far.</summary>
    public override string ToString() => _text.ToString();

    /// <summary><c>[a, "b c"]</c>.</summary>
    public static string List(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(Quoted))}]";

    /// <summary>The text, in quotes unless it is plainly a word. What looks like a variable is escaped.</summary>
    public static string Quoted(string value)
    {
        string text = EnvironmentText.Escape(value);
        return IsWord(text) ? text : Escaped(text);
    }

    /// <summary>The text in quotes, whether or not it is a word. What looks like a variable is escaped.</summary>
    public static string InQuotes(string value) => Escaped(EnvironmentText.Escape(value));

    /// <summary>The text in quotes, with nothing else changed.</summary>
    internal static string Escaped(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF') quoted.Append($"\\u{(int)c:X4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    private static string Key(string key) => IsWord(key) ? key : InQuotes(key);

    private static bool IsWord(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off")
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/');

    private StringBuilder Start()
    {
        _text.Append(' ', 2 * (_item ? _depth - 1 : _depth));
        if (_item) _text.Append("- ");
        _item = false;
        return _text;
    }
}
