using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Frames;

namespace DriftStream.Plan;

/// <summary>One topic as one model names it.</summary>
internal readonly record struct WrittenSource(string Topic, MessageFormat Format, ModelSelector? Selector, ConfigNode At)
{
    /// <summary>Its rows are labels of predictions that other topics bring.</summary>
    public bool BringsLabels { get; init; }
}

/// <summary>Reads <c>sources:</c>.</summary>
internal static class SourceSection
{
    private const string Label = "label";

    public static ImmutableArray<WrittenSource> Read(ConfigMap model, string prefix)
    {
        if (model.Require("sources", "a list of topics: - { topic: NAME }") is not { } node) return [];
        ImmutableArray<ConfigNode> items = model.Values.List(node, model.Of("sources"));
        if (items.IsEmpty && node.Kind == ConfigKind.List)
            model.Findings.Error(node, "no_source", $"{model.Of("sources")} is empty", "at least one topic");
        var sources = ImmutableArray.CreateBuilder<WrittenSource>();
        for (int i = 0; i < items.Length; i++)
        {
            var map = new ConfigMap(items[i], $"{model.Of("sources")}[{i}]", model.Findings);
            if (!map.IsThere || Source(map, prefix) is not { } source) continue;
            if (sources.Any(s => s.Topic == source.Topic))
                map.Findings.Error(source.At, "duplicate_id", $"{map.Path} names the topic '{source.Topic}' again",
                    "each topic once a model");
            else
                sources.Add(source);
        }

        return sources.ToImmutable();
    }

    /// <summary>
    /// The topics of all models. Models of one topic must agree on its format, on how a row names its model, and on whether its rows are labels.
    /// </summary>
    public static ImmutableSortedDictionary<string, SourceTopic> Topics(
        IEnumerable<(string Model, ImmutableArray<WrittenSource> Sources, ModelPlan? Plan)> models, FindingList findings)
    {
        var topics = ImmutableSortedDictionary.CreateBuilder<string, SourceTopic>(StringComparer.Ordinal);
        var named = models
            .OrderBy(m => m.Model, StringComparer.Ordinal)
            .SelectMany(m => m.Sources, (m, source) => (m.Model, Source: source, Counting: m.Plan?.CountingOf(source.Topic)))
            .GroupBy(n => n.Source.Topic, StringComparer.Ordinal);
        foreach (var topic in named)
        {
            (string firstModel, WrittenSource first, _) = topic.OrderBy(n => n.Source.At.File, StringComparer.Ordinal).ThenBy(n => n.Source.At.Line).First();
            foreach ((string model, WrittenSource source, _) in topic)
            {
                if (model == firstModel) continue;
                if (source.Format != first.Format)
                    findings.Error(source.At, "shared_topic", $"'{firstModel}' reads '{topic.Key}' in another format",
                        "one format a topic");
                else if (source.Selector is null || first.Selector is null)
                    findings.Error(source.At, "shared_topic", $"'{firstModel}' and '{model}' both read '{topic.Key}': whose is a row?",
                        "model: { header: NAME } or model: { column: NAME } at both");
                else if (source.Selector != first.Selector)
                    findings.Error(source.At, "shared_topic", $"'{firstModel}' finds the model of a row of '{topic.Key}' elsewhere",
                        "one selector a topic");
                else if (source.BringsLabels != first.BringsLabels)
                    findings.Error(source.At, "shared_topic",
                        $"of '{firstModel}' the rows of '{topic.Key}' are {(first.BringsLabels ? "labels" : "predictions")}", "labels in a topic of their own");
            }

            if (first.Format.NeedsColumns()) CheckColumns(topic.Select(n => (n.Source.At, n.Counting)), first.Selector?.Column, findings);
            topics.Add(topic.Key, new SourceTopic(topic.Key, first.Format, first.Selector,
                [.. topic.Select(n => n.Counting).OfType<CountedModel>()]));
        }

        return topics.ToImmutable();
    }

    // A message of a format that must be told its columns is read once for all its models, so a column must be the same to each of them.
    private static void CheckColumns(IEnumerable<(ConfigNode At, CountedModel? Model)> models, string? selector, FindingList findings)
    {
        var known = new Dictionary<string, (string Model, JsonColumn Column)>(StringComparer.Ordinal);
        foreach ((ConfigNode at, CountedModel? model) in models)
        {
            if (model is null) continue;
            foreach (JsonColumn column in CountedColumns.Of(model, selector))
            {
                if (known.TryAdd(column.Name, (model.Id, column))) continue;
                (string other, JsonColumn first) = known[column.Name];
                if (first.Path.Text == column.Path.Text && (first.Kind, first.Integers) == (column.Kind, column.Integers)) continue;
                findings.Error(at, "shared_topic", $"'{other}' reads the column '{column.Name}' as {Described(first)}, '{model.Id}' as {Described(column)}",
                    "one type and one place a column", "models that differ need topics of their own");
            }
        }
    }

    /// <summary>The source in the form that <see cref="Source"/> reads.</summary>
    public static void Write(YamlText yaml, WrittenSource source)
    {
        yaml.OpenItem();
        yaml.Text("topic", source.Topic);
        yaml.Text("format", source.Format.Word());
        if (source.Selector is { Header: { } header }) yaml.Line("model", $"{{ header: {YamlText.Quoted(header)} }}");
        if (source.Selector is { Column: { } column }) yaml.Line("model", $"{{ column: {YamlText.Quoted(column)} }}");
        if (source.BringsLabels) yaml.Line("provides", $"[{Label}]");
        yaml.Close();
    }

    private static string Described(JsonColumn column) =>
        $"a {column.Kind.ToString().ToLowerInvariant()}{(column.Integers is { } unit ? $" in {ColumnSection.UnitWord(unit)}" : "")} at {column.Path}";

    private static WrittenSource? Source(ConfigMap map, string prefix)
    {
        ConfigNode? at = map.Require("topic", "the name of a topic");
        string? topic = at is null ? null : map.Values.Text(at, map.Of("topic"));
        MessageFormat format = map.Choice("format", MessageFormat.Arrow, [.. MessageFormats.All.Select(f => (f.Word(), f))]);
        ModelSelector? selector = Selector(map.Map("model"));
        bool labels = Provides(map);
        map.Close();
        if (topic is null) return null;
        if (topic.Length > PlanLimits.TopicName || topic is "." or ".." || !OwnerSection.IsTopicText(topic))
        {
            map.Findings.Error(at!, "bad_id", $"{map.Of("topic")}: {at!.Described} is not the name of a topic",
                "letters, digits, '.', '_' and '-', at most 249");
            return null;
        }

        if (prefix.Length > 0 && topic.StartsWith(prefix, StringComparison.Ordinal))
            map.Findings.Warn(at!, "own_topic", $"'{topic}' starts with topics.prefix: DriftStream would read what it writes",
                "a topic of your own, or another prefix");
        return new WrittenSource(topic, format, selector, at!) { BringsLabels = labels };
    }

    private static bool Provides(ConfigMap map)
    {
        if (map.Texts("provides") is not { } what) return false;
        if (what is [Label]) return true;
        map.Findings.Error(map.Find("provides")!, "bad_choice", $"{map.Of("provides")} is [{string.Join(", ", what)}]", $"[{Label}]",
            "a topic without it brings predictions, with all that their messages hold");
        return false;
    }

    private static ModelSelector? Selector(ConfigMap map)
    {
        if (!map.IsThere) return null;
        var selector = new ModelSelector(map.Text("header"), map.Text("column"));
        map.Close();
        if (selector.Header is null != selector.Column is null) return selector;
        map.Findings.Error(map.At, "bad_selector",
            $"{map.Path} names {(selector.Header is null ? "neither a header nor a column" : "a header and a column")}",
            "{ header: NAME } or { column: NAME }");
        return null;
    }
}
