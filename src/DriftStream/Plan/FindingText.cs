using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace DriftStream.Plan;

/// <summary>Findings as people and as programs read them.</summary>
public static class FindingText
{
    /// <summary>
    /// One line, <c>file:line:column: error message (code) - expected ...; hint</c>, then the line of the config with a caret.
    /// </summary>
    /// <param name="finding">What to say.</param>
    /// <param name="text">The config, or null to leave its line out.</param>
    public static string ForPeople(Finding finding, string? text = null)
    {
        var result = new StringBuilder();
        result.Append($"{finding.File}:{finding.Line}:{finding.Column}: {Word(finding.Severity)} {finding.Message} ({finding.Code})");
        if (finding.Expected is not null) result.Append($" - expected {finding.Expected}");
        if (finding.Hint is not null) result.Append($"{(finding.Expected is null ? " - " : "; ")}{finding.Hint}");
        result.Append('\n');
        if (text is not null && Line(text, finding.Line) is { } line) Quote(result, line, finding);
        return result.ToString();
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

    private static void Quote(StringBuilder result, string line, Finding finding)
    {
        int at = Math.Min(finding.Column - 1, line.Length);
        // Only a part of the line: a config may be one line of a megabyte.
        int from = Math.Max(0, at - 80), to = Math.Min(line.Length, at + 80);
        if (finding.Code == Finding.SecretInText) (line, to) = (line[..at] + "***", at + 3);
        string margin = $"{finding.Line,5} | ";
        result.Append(margin).Append(Printable(line[from..to])).Append('\n');
        result.Append(' ', margin.Length - 2).Append("| ").Append(' ', at - from).Append("^\n");
    }

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
