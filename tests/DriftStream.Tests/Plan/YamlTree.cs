using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace DriftStream.Tests.Plan;

/// <summary>YAML as an editor sees it: plain scalars have the types of YAML's core schema.</summary>
internal static class YamlTree
{
    public static JsonNode Parse(string text) => Node(Root(text))!;

    /// <summary>Every scalar by its path: <c>models[0].window[0].size</c>.</summary>
    public static Dictionary<string, string> Scalars(string text)
    {
        var scalars = new Dictionary<string, string>(StringComparer.Ordinal);
        Collect(Root(text), "", scalars);
        return scalars;
    }

    private static YamlNode Root(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents[0].RootNode;
    }

    private static void Collect(YamlNode node, string path, Dictionary<string, string> scalars)
    {
        if (node is YamlScalarNode scalar) scalars.Add(path, scalar.Value!);
        if (node is YamlSequenceNode list)
        {
            for (int i = 0; i < list.Children.Count; i++) Collect(list[i], $"{path}[{i}]", scalars);
        }

        if (node is not YamlMappingNode map) return;
        foreach ((YamlNode key, YamlNode value) in map) Collect(value, path.Length == 0 ? $"{key}" : $"{path}.{key}", scalars);
    }

    private static JsonNode? Node(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Select(p => KeyValuePair.Create($"{p.Key}", Node(p.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(Node)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => JsonValue.Create(quoted.Value),
        YamlScalarNode { Value: "" or "~" or "null" } => null,
        YamlScalarNode { Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
        YamlScalarNode plain when long.TryParse(plain.Value, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
        // "nan" is a word: YAML's number is .nan.
        YamlScalarNode plain when double.TryParse(plain.Value, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) =>
            JsonValue.Create(number),
        YamlScalarNode plain => JsonValue.Create(plain.Value),
        _ => throw new NotSupportedException($"{node.NodeType}"),
    };
}
