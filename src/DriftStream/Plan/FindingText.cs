using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DriftStream.Plan;

/// <summary>Findings as people and as programs read them.</summary>
public static partial class FindingText
{
    /// <summary>
    /// One line, <c>file:line:column: error message (code) - expected ...; hint</c>, then the line of the config with a caret.
    /// </summary>
    /// <param name="finding">What to say.</param>
    /// <param name="text">The config, or null to leave its line out.</param>
    /// <param name="secretFrom">The column from which on the line holds a secret, which is left out; int.MaxValue where it holds none.</param>
    public static string ForPeople(Finding finding, string? text = null, int secretFrom = int.MaxValue)
    {
        var result = new StringBuilder();
        result.Append($"{OneLine(finding.File)}:{finding.Line}:{finding.Column}: {Word(finding.Severity)} {OneLine(finding.Message)} ({finding.Code})");
        if (finding.Expected is not null) result.Append($" - expected {OneLine(finding.Expected)}");
        if (finding.Hint is not null) result.Append($"{(finding.Expected is null ? " - " : "; ")}{OneLine(finding.Hint)}");
        result.Append('\n');
        if (finding.Code == Finding.SecretInText) secretFrom = Math.Min(secretFrom, finding.Column);
        if (text is not null && Line(text, finding.Line) is { } line) Quote(result, line, finding, secretFrom);
        return result.ToString();
    }

    /// <summary>
    /// All findings of one config as <see cref="ForPeople(Finding, string?, int)"/> says them: what one of them calls a secret, none of them shows.
    /// </summary>
    /// <param name="findings">What to say.</param>
    /// <param name="text">The text of a file, or null to leave its lines out.</param>
    public static IEnumerable<string> ForPeople(IReadOnlyCollection<Finding> findings, Func<Finding, string?> text)
    {
        var secrets = findings.Where(f => f.Code == Finding.SecretInText).GroupBy(f => (f.File, f.Line)).ToDictionary(g => g.Key, g => g.Min(f => f.Column));
        return findings.Select(f => ForPeople(f, text(f), secrets.GetValueOrDefault((f.File, f.Line), int.MaxValue)));
    }

    /// <summary>An array of <c>{code, severity, file, line, column, message, expected, hint}</c>; what is unknown is null.</summary>
    public static void WriteJson(Utf8JsonWriter json, ImmutableArray<Finding> findings)
    {
        json.WriteStartArray();
        foreach (Finding finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("code", finding.Code);
            json.WriteString("severity", Word(finding.Severity));
            json.WriteString("file", finding.File);
            json.WriteNumber("line", finding.Line);
            json.WriteNumber("column", finding.Column);
            json.WriteString("message", finding.Message);
            json.WriteString("expected", finding.Expected);
            json.WriteString("hint", finding.Hint);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Quote(StringBuilder result, string line, Finding finding, int secretFrom)
    {
        // Behind a secret there is nothing to see: where it ends, only the parser knows.
        if (secretFrom <= line.Length) line = line[..(secretFrom - 1)] + "***";
        // Passwords of addresses that nobody has looked at, and of the same length, so that the caret stays where it belongs.
        line = Password().Replace(line, m => new string('*', m.Length));
        int at = Math.Min(finding.Column - 1, line.Length);
        // Only a part of the line: a config may be one line of a megabyte.
        int from = Math.Max(0, at - 80), to = Math.Min(line.Length, at + 80);
        string margin = $"{finding.Line,5} | ";
        result.Append(margin).Append(Printable(line[from..to])).Append('\n');
        result.Append(' ', margin.Length - 2).Append("| ").Append(' ', at - from).Append("^\n");
    }

    [GeneratedRegex(@"(?<=://[^\s/@:]*:)[^\s/@]+(?=@)")]
    private static partial Regex Password();

    // A name may hold line breaks, and must not look like another finding.
    private static string OneLine(string text) => text.AsSpan().ContainsAny("\r\n\u0085\u2028\u2029")
        ? string.Concat(text.Select(c => c is '\r' or '\n' or '\u0085' or '\u2028' or '\u2029' ? $"\\u{{{(int)c:X}}}" : c.ToString()))
        : text;

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string? Line(string text, int number)
    {
        int line = 1;
        foreach (ReadOnlySpan<char> content in text.AsSpan().EnumerateLines())
        {
            if (line++ == number) return content.ToString();
        }

        return null;
    }

    private static string Word(FindingSeverity severity) => severity == FindingSeverity.Error ? "error" : "warning";
}
