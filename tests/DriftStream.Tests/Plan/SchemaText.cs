using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DriftStream.Tests.Plan;

/// <summary>A JSON Schema, as far as ours goes. A keyword that it does not know is an exception: nothing is skipped in silence.</summary>
internal sealed class SchemaText(JsonObject root)
{
    /// <summary>Every schema that lists the keys of a mapping.</summary>
    public IEnumerable<JsonObject> Mappings => All(root).Where(s => s["properties"] is JsonObject);

    /// <summary>The schema at a path of a config that has the keyword, through references and alternatives.</summary>
    public JsonObject At(string path, string keyword)
    {
        IEnumerable<JsonObject> schemas = Alternatives(root);
        foreach (Match step in Regex.Matches(path, @"[^.\[\]]+|\[\d+\]"))
            schemas = schemas.SelectMany(s => Step(s, step.Value)).SelectMany(Alternatives).ToArray();
        return schemas.First(s => s.ContainsKey(keyword));
    }

    public IEnumerable<string> Words(string path) => At(path, "enum")["enum"]!.AsArray().Select(w => (string)w!);

    /// <summary>Defaults that are scalars, by path; the first item stands for a list.</summary>
    public IEnumerable<(string Path, string Value)> Defaults() => Defaults(root, "", 0).Distinct();

    /// <summary>Every key that a config may have, by its path with <c>[]</c> for the items of a list, and its schema.</summary>
    public IEnumerable<(string Path, JsonObject Schema)> Keys() => Keys(root, "").DistinctBy(k => k.Path);

    /// <summary>What a schema says of itself, or else what it refers to.</summary>
    public string? Description(JsonObject schema) => (string?)(schema["description"] ?? Target(schema)["description"]);

    /// <summary>The default of a key as a config would write it, where it is a scalar.</summary>
    public string? Default(JsonObject schema) => (schema["default"] ?? Target(schema)["default"]) is JsonValue value ? value.ToString() : null;

    /// <summary>What is wrong with a document: <c>/path: keyword</c>.</summary>
    public IEnumerable<string> Problems(JsonNode document) => Check(root, document, "");

    private static IEnumerable<JsonObject> All(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => All(p.Value)).Prepend(o),
        JsonArray a => a.SelectMany(All),
        _ => [],
    };

    private JsonObject Target(JsonObject schema) =>
        schema["$ref"] is { } at ? root["$defs"]![((string)at!)["#/$defs/".Length..]]!.AsObject() : schema;

    private IEnumerable<JsonObject> Alternatives(JsonObject schema)
    {
        yield return schema;
        if (Target(schema) is var target && target != schema)
        {
            foreach (JsonObject s in Alternatives(target)) yield return s;
        }

        foreach (JsonNode? option in schema["anyOf"]?.AsArray() ?? [])
        {
            foreach (JsonObject s in Alternatives(option!.AsObject())) yield return s;
        }
    }

    private static IEnumerable<JsonObject> Step(JsonObject schema, string step)
    {
        JsonNode? next = step[0] == '[' ? schema["items"] : schema["properties"]?[step] ?? schema["additionalProperties"];
        return next is JsonObject found ? [found] : [];
    }

    private IEnumerable<(string Path, JsonObject Schema)> Keys(JsonObject schema, string path)
    {
        foreach (JsonObject s in Alternatives(schema))
        {
            foreach ((string key, JsonNode? property) in s["properties"]?.AsObject() ?? [])
            {
                string at = path.Length == 0 ? key : $"{path}.{key}";
                yield return (at, property!.AsObject());
                foreach (var found in Keys(property.AsObject(), at)) yield return found;
            }

            if (s["items"] is not JsonObject items) continue;
            foreach (var found in Keys(items, path + "[]")) yield return found;
        }
    }

    private IEnumerable<(string Path, string Value)> Defaults(JsonObject schema, string path, int depth)
    {
        if (depth > 12 || path.StartsWith("defaults", StringComparison.Ordinal)) yield break;
        foreach (JsonObject s in Alternatives(schema))
        {
            if (s["default"] is JsonValue value) yield return (path, value.ToString());
            foreach ((string key, JsonNode? property) in s["properties"]?.AsObject() ?? [])
            {
                foreach (var found in Defaults(property!.AsObject(), path.Length == 0 ? key : $"{path}.{key}", depth + 1)) yield return found;
            }

            if (s["items"] is not JsonObject items) continue;
            foreach (var found in Defaults(items, $"{path}[0]", depth + 1)) yield return found;
        }
    }

    private IEnumerable<string> Check(JsonObject schema, JsonNode? value, string path)
    {
        foreach ((string keyword, JsonNode? says) in schema)
        {
            foreach (string problem in Check(schema, keyword, says!, value, path)) yield return problem;
        }
    }

    private IEnumerable<string> Check(JsonObject schema, string keyword, JsonNode says, JsonNode? value, string path) => keyword switch
    {
        "$schema" or "$defs" or "title" or "description" or "default" => [],
        "$ref" => Check(Target(schema), value, path),
        "type" => Problem(!(Types(says).Contains(Type(value)) || (Type(value) == "integer" && Types(says).Contains("number"))), path, keyword),
        "const" => Problem(!(JsonNode.DeepEquals(says, value)), path, keyword),
        "enum" => Problem(!(says.AsArray().Any(w => JsonNode.DeepEquals(w, value))), path, keyword),
        "pattern" => Problem(!(Type(value) != "string" || Regex.IsMatch((string)value!, (string)says!)), path, keyword),
        "minLength" => Problem(!(Type(value) != "string" || ((string)value!).Length >= (int)says), path, keyword),
        "minimum" => Problem(!(Number(value) is not { } n || n >= (double)says), path, keyword),
        "maximum" => Problem(!(Number(value) is not { } n || n <= (double)says), path, keyword),
        "minItems" => Problem(!(value is not JsonArray a || a.Count >= (int)says), path, keyword),
        "maxItems" => Problem(!(value is not JsonArray a || a.Count <= (int)says), path, keyword),
        "minProperties" => Problem(!(value is not JsonObject o || o.Count >= (int)says), path, keyword),
        "maxProperties" => Problem(!(value is not JsonObject o || o.Count <= (int)says), path, keyword),
        "required" => Problem(!(value is not JsonObject o || says.AsArray().All(k => o.ContainsKey((string)k!))), path, keyword),
        "anyOf" => Problem(!(says.AsArray().Any(s => !Check(s!.AsObject(), value, path).Any())), path, keyword),
        "oneOf" => Problem(!(says.AsArray().Count(s => !Check(s!.AsObject(), value, path).Any()) == 1), path, keyword),
        "not" => Problem(!Check(says.AsObject(), value, path).Any(), path, keyword),
        "items" => (value as JsonArray ?? []).SelectMany((item, i) => Check(says.AsObject(), item, $"{path}/{i}")),
        "properties" => (value as JsonObject ?? []).Where(p => says[p.Key] is not null)
            .SelectMany(p => Check(says[p.Key]!.AsObject(), p.Value, $"{path}/{p.Key}")),
        "additionalProperties" => (value as JsonObject ?? []).Where(p => schema["properties"]?[p.Key] is null)
            .SelectMany(p => says is JsonObject s ? Check(s, p.Value, $"{path}/{p.Key}") : [$"{path}/{p.Key}: unknown"]),
        _ => throw new NotSupportedException(keyword),
    };

    private static IEnumerable<string> Problem(bool found, string path, string keyword) => found ? [$"{path}: {keyword}"] : [];

    private static IEnumerable<string> Types(JsonNode says) => says is JsonArray several ? several.Select(t => (string)t!) : [(string)says!];

    private static double? Number(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number ? double.Parse(value.ToString(), CultureInfo.InvariantCulture) : null;

    private static string Type(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => double.IsInteger(Number(value)!.Value) ? "integer" : "number",
        _ => "boolean",
    };
}
