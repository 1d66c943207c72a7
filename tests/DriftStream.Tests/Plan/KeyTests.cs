using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftStream.Plan;
using DriftStream.Tests.Tidy;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>
/// Whoever adds a key is told here what is left: <c>every-key.yaml</c>, the written-out config, the plan's hash and its differences, and the
/// document. That the schema has the key is for <see cref="SchemaTests"/>.
/// </summary>
public sealed class KeyTests
{
    /// <summary>Keys that no hash of a plan covers; docs/configuration.md, "The hash of a plan", says the same.</summary>
    private static readonly string[] NotInTheHash =
    [
        "kafka", "web.listen", "web.reload", "web.store", "web.keep", "web.read", "web.token", "web.header", "web.metrics",
        "web.certificate", "web.proxies", "web.limits",
        "engine.segment", "engine.flush", "engine.counts_partitions", "engine.threads", "engine.joins", "gpu", "topics",
        "time.idle_after", "time.close_after_idle",
        "limits.message", "limits.columns", "limits.rows", "limits.decompressed", "limits.groups", "limits.open_windows",
        "models[].baseline.hash", "models[].baseline[].hash",
        // What a baseline is built by: its own hash covers that.
        "models[].columns.categorical", "models[].edges",
    ];

    /// <summary>They change the hash where they change what is watched, which the hash knows as the baseline's signals.</summary>
    private static readonly string[] AsTheBaselineHasThem = ["models[].columns.score", "models[].columns.features"];

    /// <summary>Other spellings of what <c>every-key.yaml</c> says already; <c>check --show</c> does not write them.</summary>
    private static readonly string[] Spellings = ["defaults", "include", "models[].columns.groups[].pairs", "owners[].hours.holidays.file"];

    /// <summary>Mappings whose keys a config chooses itself.</summary>
    private static readonly string[] Open = ["kafka.client", "models[].columns.path", "models[].edges"];

    private static readonly SchemaText Schema = new(JsonNode.Parse(Repository.Read("docs/driftstream.schema.json"))!.AsObject());

    private static readonly string Example = Configs.Text("every-key.yaml");

    [Fact]
    public void Keys_StandInTheExample()
    {
        HashSet<string> written = [.. Values(YamlTree.Parse(Example), [], "").Select(v => v.Key)];
        Nothing(Schema.Keys().Select(k => k.Path).Where(path => !IsUnder(path, Spellings) && !written.Contains(Listed(path))),
            "not in tests/DriftStream.Tests/Plan/configs/every-key.yaml");
    }

    [Fact]
    public void Example_IsValid()
    {
        Assert.Empty(Schema.Problems(YamlTree.Parse(Example)));
        Assert.Empty(Configs.Read(Example).Findings.Where(f => f.Severity == FindingSeverity.Error));
    }

    [Fact]
    public void Keys_AreWrittenOut()
    {
        PlanResult first = Configs.Read(Example);
        Dictionary<string, string> effective = YamlTree.Scalars(first.Effective!);
        Nothing(YamlTree.Scalars(Example).Where(w => effective.GetValueOrDefault(w.Key) != w.Value).Select(w => $"{w.Key}: {w.Value}"),
            "not, or otherwise, in what check --show writes");
        PlanResult second = Configs.Read(first.Effective!);
        Assert.Equal((first.Effective, first.Plan!.Hash), (second.Effective, second.Plan!.Hash));
    }

    /// <summary>
    /// A key that is taken out changes the config, and the hash too unless it is declared above not to; what changes the hash is a difference
    /// that people see.
    /// </summary>
    [Fact]
    public void Keys_ChangeThePlanOrAreDeclaredNotTo()
    {
        PlanResult whole = Configs.Read(Example);
        PlanDocument document = PlanDocument.Of(whole.Plan!);
        var wrong = new List<string>();
        var met = new HashSet<string>();
        foreach ((ImmutableList<object> steps, string key, _) in Values(YamlTree.Parse(Example), [], "").Where(v => v.IsScalar))
        {
            JsonNode without = Without(steps);
            PlanResult rest = Configs.Read(without.ToJsonString());
            if (rest.Plan is null)
            {
                // What cannot be left out is required, or one of several that are.
                string[] byOthers =
                [
                    "rule_target", "shared_topic", "not_in_baseline", "calendar_time", "trend_key", "bad_goal", "no_mail_address", "no_id", "no_label",
                    "no_label_source", "web_read", "label_kind",
                ];
                bool told = Schema.Problems(without).Any() || rest.Findings.Any(f => byOthers.Contains(f.Code));
                if (!told) wrong.Add($"{key} is needed, and the schema does not say so");
                continue;
            }

            met.Add(key);
            if (IsUnder(key, AsTheBaselineHasThem)) continue;
            if (rest.Effective == whole.Effective) wrong.Add($"{key} has its default in every-key.yaml, or is not read");
            bool same = rest.Plan.Hash == whole.Plan!.Hash;
            if (same && !IsUnder(key, NotInTheHash)) wrong.Add($"{key} is not in PlanDocument: add it, or declare it here and in docs/configuration.md");
            if (!same && IsUnder(key, NotInTheHash)) wrong.Add($"{key} is declared not to change the hash, and does");
            if (!same && PlanDiff.Between(document, PlanDocument.Of(rest.Plan)).IsEmpty) wrong.Add($"{key} is not in PlanTree: `plans` shows no difference");
        }

        Nothing(wrong, "");
        Assert.InRange(met.Count, 60, int.MaxValue);
    }

    [Fact]
    public void Keys_SayWhatTheyMean() => Nothing(
        Schema.Keys().Where(k => !IsUnder(k.Path, Spellings) && Schema.Description(k.Schema) is null).Select(k => k.Path),
        "without a description in docs/driftstream.schema.json");

    [Fact]
    public void Keys_AreDocumented()
    {
        string text = Repository.Read("docs/configuration.md");
        var wrong = new List<string>();
        // A section of the worker stands with each of its keys.
        IEnumerable<(string, JsonObject)> keys = Schema.Keys()
            .Where(k => !IsUnder(k.Path, Spellings) && (k.Path.Contains('.') || k.Schema["properties"] is null));
        foreach ((string path, JsonObject schema) in keys)
        {
            (string key, string section) = Section(text, path);
            string? row = section.Split('\n').FirstOrDefault(l => l.StartsWith('|') && FirstCell(l).Contains($"`{key}`", StringComparison.Ordinal));
            bool inProse = Regex.IsMatch(section, "[`{ ,]" + Regex.Escape(key) + "[`:,} ]");
            if (row is null && !inProse) wrong.Add($"{path}: no `{key}`");
            else if (row is not null && Schema.Default(schema) is { } value && !row.Contains($"`{value}`", StringComparison.Ordinal)
                && !row.Contains(value, StringComparison.Ordinal)) wrong.Add($"{path}: its default is {value}");
        }

        Nothing(wrong, "in docs/configuration.md");
    }

    // The keys of the worker stand with their paths under one heading, those of models under headings of their own.
    private static (string Key, string Section) Section(string text, string path)
    {
        string[] parts = path.Split('.');
        string key = parts[^1];
        return parts switch
        {
            ["owners[]", ..] => (key, Under(text, "## Owners")),
            ["desk", _, ..] => (path, Under(text, "### Deadlines")),
            ["owners" or "root_owner" or "models"] => (key, text),
            ["models[]", ("sources[]" or "columns" or "labels" or "baseline" or "baseline[]" or "window[]" or "window") and var of, _, ..] =>
                (key, Under(text, $"### `{of.TrimEnd('[', ']')}`")),
            ["models[]", "rules[]", "alarm", ("min_effect" or "confidence" or "min_rows")] => ($"alarm.{key}", Under(text, "### `rules`")),
            ["models[]", "rules[]", "alarm", not ("above" or "below" or "above_baseline_by" or "below_baseline_by" or "calibrated" or "detector")] =>
                (key, Under(text, "### Trends")),
            ["models[]", "rules[]", ..] => (key, Under(text, "### `rules`")),
            ["models[]", ..] => (key, Under(text, "## Models")),
            [_, _, ..] => (parts.Length == 2 ? path : key, Under(text, "## The worker")),
            _ => (key, text),
        };
    }

    private static string Under(string text, string heading)
    {
        int start = text.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/configuration.md has no heading {heading}");
        int level = heading.IndexOf(' ', StringComparison.Ordinal);
        Match end = Regex.Match(text[(start + heading.Length + 1)..], $"\n#{{2,{level}}} ");
        return end.Success ? text.Substring(start, heading.Length + 1 + end.Index) : text[start..];
    }

    private static string FirstCell(string row) => row.Split('|')[1];

    /// <summary>Every value of a config: where it stands, by names and numbers, and its key.</summary>
    private static IEnumerable<(ImmutableList<object> Steps, string Key, bool IsScalar)> Values(JsonNode? node, ImmutableList<object> steps, string key)
    {
        yield return (steps, key, node is not (JsonObject or JsonArray));
        IEnumerable<(object Step, string Key, JsonNode? Value)> inner = node switch
        {
            JsonObject map => map.Select(p => ((object)p.Key, Open.Contains(key) ? key : key.Length == 0 ? p.Key : $"{key}.{p.Key}", p.Value)),
            JsonArray list => list.Select((item, i) => ((object)i, key + "[]", item)),
            _ => [],
        };
        foreach ((object step, string of, JsonNode? value) in inner)
        {
            foreach (var found in Values(value, steps.Add(step), of)) yield return found;
        }
    }

    // A mapping of which nothing is left goes with its key, as does a list.
    private static JsonNode Without(ImmutableList<object> steps)
    {
        JsonNode root = YamlTree.Parse(Example);
        for (int last = steps.Count - 1; last >= 0; last--)
        {
            JsonNode node = steps.Take(last).Aggregate(root, (n, step) => step is int i ? n[i]! : n[(string)step]!);
            if (node is JsonArray list) list.RemoveAt((int)steps[last]);
            else node.AsObject().Remove((string)steps[last]);
            if (node is JsonArray { Count: > 0 } or JsonObject { Count: > 0 }) break;
        }

        return root;
    }

    // One window or step, or a list of them.
    private static string Listed(string path) => path.Replace("models[].window.", "models[].window[].", StringComparison.Ordinal)
        .Replace("owners[].escalate.", "owners[].escalate[].", StringComparison.Ordinal);

    private static bool IsUnder(string path, string[] roots) =>
        roots.Any(r => path == r || path.StartsWith(r + ".", StringComparison.Ordinal) || path.StartsWith(r + "[", StringComparison.Ordinal));

    private static void Nothing(IEnumerable<string> found, string what)
    {
        string[] lines = [.. found.Distinct()];
        Assert.True(lines.Length == 0, $"{what}\n{string.Join('\n', lines)}");
    }
}
