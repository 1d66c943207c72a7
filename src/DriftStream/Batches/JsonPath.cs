using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace DriftStream.Batches;

/// <summary>A step into a JSON value: the field of an object, or the element of an array.</summary>
/// <param name="Name">The field's name, or null for an element.</param>
/// <param name="Index">The element's index, from 0.</param>
public readonly record struct JsonStep(string? Name, int Index = 0);

/// <summary>
/// Where a value lies inside a row: <c>age</c>, <c>request.age</c>, <c>inputs[0].data[3]</c>. A name with a dot, a bracket or a quote in it
/// is in brackets and quotes: <c>features["a.b"]</c>, with a backslash before each quote and backslash.
/// </summary>
public sealed class JsonPath
{
    /// <summary>The most steps of a path.</summary>
    public const int MostSteps = 32;

    /// <summary>The greatest index of an element.</summary>
    public const int LastIndex = 65_535;

    private const string Special = ".[]\"\\";

    private JsonPath(ImmutableArray<JsonStep> steps)
    {
        Steps = steps;
        Text = Write(steps);
    }

    /// <summary>At least one; the first names a field of the row.</summary>
    public ImmutableArray<JsonStep> Steps { get; }

    /// <summary>The path as it is written; paths of one text are one path.</summary>
    public string Text { get; }

    /// <summary>The path to the row's own field of that name, whatever characters are in it.</summary>
    public static JsonPath Field(string name) => new([new JsonStep(name)]);

    /// <summary>The path that goes one step further.</summary>
    public JsonPath Then(JsonStep step) => new(Steps.Add(step));

    /// <summary>Null for a text that is not a path.</summary>
    public static JsonPath? Parse(string text)
    {
        var steps = ImmutableArray.CreateBuilder<JsonStep>();
        for (int at = 0; at < text.Length;)
        {
            JsonStep? step = text[at] == '[' ? Bracketed(text, ref at) : Dotted(text, ref at, steps.Count == 0);
            if (step is not { } read || steps.Count == MostSteps || (steps.Count == 0 && read.Name is null)) return null;
            steps.Add(read);
        }

        return steps.Count == 0 ? null : new JsonPath(steps.ToImmutable());
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static JsonStep? Dotted(string text, ref int at, bool first)
    {
        if (!first && text[at++] != '.') return null;
        int end = text.AsSpan(at).IndexOfAny(Special);
        end = end < 0 ? text.Length : at + end;
        if (end == at) return null;
        string name = text[at..end];
        at = end;
        return new JsonStep(name);
    }

    private static JsonStep? Bracketed(string text, ref int at)
    {
        at++;
        JsonStep? step = at < text.Length && text[at] == '"' ? Quoted(text, ref at) : Element(text, ref at);
        return at < text.Length && text[at++] == ']' ? step : null;
    }

    private static JsonStep? Element(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        bool read = int.TryParse(text.AsSpan(start..at), NumberStyles.None, CultureInfo.InvariantCulture, out int index);
        return read && index <= LastIndex ? new JsonStep(null, index) : null;
    }

    private static JsonStep? Quoted(string text, ref int at)
    {
        var name = new StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && ++at == text.Length) return null;
            name.Append(text[at]);
        }

        at++;
        return new JsonStep(name.ToString());
    }

    private static string Write(ImmutableArray<JsonStep> steps)
    {
        var text = new StringBuilder();
        foreach (JsonStep step in steps)
        {
            if (step.Name is not { } name) text.Append(CultureInfo.InvariantCulture, $"[{step.Index}]");
            else if (name.Length == 0 || name.AsSpan().ContainsAny(Special))
                text.Append("[\"").Append(name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append("\"]");
            else text.Append(text.Length == 0 ? "" : ".").Append(name);
        }

        return text.ToString();
    }
}
