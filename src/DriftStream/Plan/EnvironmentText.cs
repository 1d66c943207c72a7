using System.Text;

namespace DriftStream.Plan;

/// <summary><c>${NAME}</c> inside text stands for an environment variable; <c>$${</c> for the two characters <c>${</c>.</summary>
internal static class EnvironmentText
{
    /// <summary>The text with its variables replaced, or null and the problem.</summary>
    public static string? Expand(string text, Func<string, string?> environment, out string? problem)
    {
        problem = null;
        int at = text.IndexOf("${", StringComparison.Ordinal);
        if (at < 0) return text;
        var result = new StringBuilder();
        int done = 0;
        while (at >= 0)
        {
            bool escaped = at > done && text[at - 1] == '$';
            result.Append(text, done, (escaped ? at - 1 : at) - done);
            if (escaped)
            {
                result.Append("${");
                done = at + 2;
            }
            else
            {
                int end = text.IndexOf('}', at);
                string name = end < 0 ? "" : text[(at + 2)..end];
                if (!IsName(name)) problem = "'${' without the name of a variable and '}'";
                else if (environment(name) is not { } value) problem = $"the environment variable {name} is not set";
                else result.Append(value);
                if (problem is not null) return null;
                done = end + 1;
            }

            at = text.IndexOf("${", done, StringComparison.Ordinal);
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>The text that <see cref="Expand"/> turns into <paramref name="text"/>.</summary>
    public static string Escape(string text) => text.Replace("${", "$${", StringComparison.Ordinal);

    /// <summary>Whether the text is one variable and nothing else.</summary>
    public static bool IsVariable(string written) =>
        written.StartsWith("${", StringComparison.Ordinal) && written.IndexOf('}') == written.Length - 1;

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
