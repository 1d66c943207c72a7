using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Tests.Batches;

/// <summary>Random JSON messages of a random set of columns: right ones, wrong ones, and what producers come up with.</summary>
internal static class RandomJson
{
    private static readonly string[] Names = ["age", "Größe", "a.b", "time", "x", "x\"y", "日本", "score", "longer_name_than_the_others", ""];

    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "1.0", "-17", "0.1", "1e3", "1E-7", "-2.5e10", "9007199254740992", "9007199254740993", "-9007199254740993", "1e15", "1e400",
        "123456789012345678901234567890", "0.30000000000000004", "1488985200", "1488985200123", "1488985200123456789", "5e-324", "9223372036854775808",
    ];

    private static readonly string[] Texts =
    [
        "\"\"", "\"a\"", "\"twelve bytes\"", "\"more than twelve bytes\"", "\"\\u00e4\\n\\\"\\\\ escaped and long\"", "\"日本語\"", "\"\\ud83d\\ude42\"",
        "\"\\ud83d\"", "\"1\"", "\"2017-03-09\"", "\"2017-03-09T18:30:15.123456+02:00\"", "\"2017-03-09T18:30\\u003a15Z\"", "\"2017-02-30\"", "\"null\"",
    ];

    private static readonly string[] Others = ["true", "false", "null", "{}", "[]", "[1, [2, {\"x\": 3}]]", "{\"x\": {\"y\": [null]}}"];

    public static ImmutableArray<JsonColumn> Columns(Random random)
    {
        var columns = ImmutableArray.CreateBuilder<JsonColumn>();
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            var path = JsonPath.Field(Pick(random, Names));
            for (int deeper = random.Next(3); deeper > 0; deeper--)
                path = path.Then(random.Next(2) == 0 ? new JsonStep(null, random.Next(4)) : new JsonStep(Pick(random, Names)));
            var kind = (JsonKind)random.Next(3);
            TimeUnit? unit = kind == JsonKind.Time && random.Next(2) == 0 ? (TimeUnit)random.Next(4) : null;
            columns.Add(new JsonColumn($"c{i}", kind, path, unit));
        }

        return columns.ToImmutable();
    }

    public static byte[] Message(Random random, ImmutableArray<JsonColumn> columns)
    {
        var text = new StringBuilder();
        if (random.Next(3) == 0)
        {
            Row(random, columns, text);
        }
        else
        {
            text.Append('[');
            for (int rows = random.Next(9); rows > 0; rows--)
            {
                Space(random, text);
                Row(random, columns, text);
                if (rows > 1) text.Append(',');
            }

            text.Append(']');
        }

        Space(random, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // A tree of what the columns' paths need, with something else here and there.
    private static void Row(Random random, ImmutableArray<JsonColumn> columns, StringBuilder text) =>
        Object(random, [.. columns.Select(c => c.Path.Steps.AsSpan().ToArray())], [.. columns], 0, text);

    private static void Object(Random random, JsonStep[][] paths, JsonColumn[] columns, int depth, StringBuilder text)
    {
        string[] names = [.. paths.Select(p => p[depth].Name).OfType<string>().Distinct()];
        random.Shuffle(names);
        text.Append('{');
        bool first = true;
        foreach (string name in names.Where(_ => random.Next(8) > 0))
        {
            if (random.Next(3) == 0) Field(random, "other" + random.Next(5), ref first, text).Append(Anything(random));
            int[] below = [.. Enumerable.Range(0, paths.Length).Where(i => paths[i][depth].Name == name)];
            Value(random, below, paths, columns, depth, Field(random, name, ref first, text));
            if (random.Next(60) == 0) Field(random, name, ref first, text).Append(Anything(random)); // for the second time
        }

        text.Append('}');
    }

    private static void Value(Random random, int[] below, JsonStep[][] paths, JsonColumn[] columns, int depth, StringBuilder text)
    {
        int[] deeper = [.. below.Where(i => paths[i].Length > depth + 1)];
        int[] elements = [.. deeper.Where(i => paths[i][depth + 1].Name is null)];
        if (deeper.Length == 0 || random.Next(12) == 0)
        {
            text.Append(random.Next(6) == 0 ? Anything(random) : Right(random, columns[below[0]].Kind));
        }
        else if (elements.Length > random.Next(deeper.Length))
        {
            text.Append('[');
            int length = elements.Max(i => paths[i][depth + 1].Index) + random.Next(-1, 3);
            for (int index = 0; index < length; index++)
            {
                int[] here = [.. elements.Where(i => paths[i][depth + 1].Index == index)];
                if (here.Length == 0) text.Append(Anything(random));
                else Value(random, here, paths, columns, depth + 1, text);
                if (index < length - 1) text.Append(',');
            }

            text.Append(']');
        }
        else
        {
            Object(random, [.. deeper.Select(i => paths[i])], [.. deeper.Select(i => columns[i])], depth + 1, text);
        }
    }

    private static StringBuilder Field(Random random, string name, ref bool first, StringBuilder text)
    {
        if (!first) text.Append(',');
        first = false;
        Space(random, text);
        bool escape = random.Next(10) == 0;
        text.Append('"');
        foreach (char c in name)
        {
            if (escape) text.Append($"\\u{(int)c:x4}");
            else text.Append(c == '"' ? "\\\"" : c.ToString());
        }

        text.Append("\":");
        Space(random, text);
        return text;
    }

    private static string Right(Random random, JsonKind kind) => kind switch
    {
        JsonKind.Number => Pick(random, Numbers),
        JsonKind.Category => random.Next(3) == 0 ? Pick(random, Numbers) : Pick(random, Texts),
        _ => random.Next(2) == 0 ? Pick(random, Numbers) : Pick(random, Texts),
    };

    private static string Anything(Random random) => random.Next(3) switch
    {
        0 => Pick(random, Numbers),
        1 => Pick(random, Texts),
        _ => Pick(random, Others),
    };

    private static void Space(Random random, StringBuilder text)
    {
        if (random.Next(4) == 0) text.Append(Pick(random, [" ", "\n", "\t ", "\r\n"]));
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
