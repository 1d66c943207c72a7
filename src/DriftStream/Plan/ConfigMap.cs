using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>
/// Typed reading of one mapping. Every key that is asked for is known; <see cref="Close"/> reports the others.
/// A value that cannot be read is reported once and replaced by the default, so that reading goes on.
/// </summary>
internal sealed class ConfigMap
{
    private readonly ConfigNode? _node;
    private readonly List<string> _known = [], _later = [];

    /// <param name="node">The mapping; null where there is none, so that everything has its default.</param>
    /// <param name="path">Its path for messages, such as <c>models[0].window</c>.</param>
    /// <param name="findings">Where problems go.</param>
    public ConfigMap(ConfigNode? node, string path, FindingList findings)
    {
        Path = path;
        Findings = findings;
        Values = new ConfigValues(findings);
        if (node is null or { Kind: ConfigKind.Map }) _node = node;
        else if (!node.IsBroken) findings.Error(node, "wrong_kind", $"{path} is {node.Described}", "a mapping of keys to values");
        At = node ?? ConfigNode.Map(findings.File, 1, 1, []);
    }

    public string Path { get; }

    public FindingList Findings { get; }

    public ConfigValues Values { get; }

    /// <summary>Where the mapping is.</summary>
    public ConfigNode At { get; }

    public bool IsThere => _node is not null;

    public ImmutableArray<ConfigEntry> Entries => _node?.Entries ?? [];

    /// <summary>The value of a key, or null where the key is absent or has no value (which is reported).</summary>
    public ConfigNode? Find(string key)
    {
        if (!_known.Contains(key)) _known.Add(key);
        ConfigNode? value = _node?.Find(key);
        if (value is null || value.IsBroken) return null;
        if (!value.IsEmpty) return value;
        Findings.Error(value, "no_value", $"{Of(key)} has no value");
        return null;
    }

    /// <summary>Whether the key is written, with or without a value.</summary>
    public bool Has(string key) => _node?.Find(key) is not null;

    /// <summary>The value of a key that must be there.</summary>
    public ConfigNode? Require(string key, string expected)
    {
        ConfigNode? value = Find(key);
        if (IsThere && !Has(key)) Findings.Error(At, "missing_key", $"{Path} lacks '{key}'", expected);
        return value;
    }

    public ConfigMap Map(string key) => new(Find(key), Of(key), Findings);

    public string? Text(string key) => Find(key) is { } node ? Values.Text(node, Of(key)) : null;

    public string Text(string key, string otherwise) => Text(key) ?? otherwise;

    /// <summary>A duration, all values in microseconds.</summary>
    public Duration Duration(string key, Duration otherwise, long least = 0, long most = PlanLimits.LongestDuration) =>
        Find(key) is { } node ? Values.Duration(node, Of(key), least, most) ?? otherwise : otherwise;

    /// <summary>A size, all values in bytes.</summary>
    public long Size(string key, long otherwise, long least, long most) =>
        Find(key) is { } node ? Values.Size(node, Of(key), least, most) ?? otherwise : otherwise;

    public double? Rate(string key, double least, double most) =>
        Find(key) is { } node ? Values.Rate(node, Of(key), least, most) : null;

    public long? Whole(string key, long least, long most) =>
        Find(key) is { } node ? Values.Whole(node, Of(key), least, most) : null;

    public int Whole(string key, int otherwise, int least, int most) => (int?)Whole(key, (long)least, most) ?? otherwise;

    /// <summary>A day of the calendar.</summary>
    public DateOnly? Date(string key) => Find(key) is { } node ? Values.Date(node, Of(key)) : null;

    /// <summary>A zone of the IANA database, by its id.</summary>
    public Zone? Zone(string key) => Find(key) is { } node ? Values.Zone(node, Of(key)) : null;

    /// <summary>One of several words.</summary>
    public T Choice<T>(string key, T otherwise, params ReadOnlySpan<(string Word, T Value)> choices) =>
        Find(key) is { } node ? Values.Choice(node, Of(key), otherwise, choices) : otherwise;

    /// <summary>The items of a list; null where the key is absent.</summary>
    public ImmutableArray<ConfigNode>? List(string key) => Find(key) is { } node ? Values.List(node, Of(key)) : null;

    /// <summary>The mappings of a list; nothing where the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="whenEmpty">The code of the error where the list is empty.</param>
    /// <param name="expected">What should be in it.</param>
    public IEnumerable<ConfigMap> Items(string key, string whenEmpty, string expected)
    {
        if (Find(key) is not { } list) return [];
        ImmutableArray<ConfigNode> items = Values.List(list, Of(key));
        if (items.IsEmpty && list.Kind == ConfigKind.List) Findings.Error(list, whenEmpty, $"{Of(key)} is empty", expected);
        return items.Select((item, i) => new ConfigMap(item, $"{Of(key)}[{i}]", Findings));
    }

    /// <summary>A list of texts; null where the key is absent.</summary>
    public ImmutableArray<string>? Texts(string key) =>
        List(key) is { } items
            ? [.. items.Select((item, i) => Values.Text(item, $"{Of(key)}[{i}]")).OfType<string>()]
            : null;

    /// <summary>Accepts a key that means nothing by itself: it is neither reported nor offered as a spelling.</summary>
    public void Pass(string key) => _later.Add(key);

    /// <summary>Reports every key that nobody asked for.</summary>
    public void Close()
    {
        foreach (ConfigEntry entry in Entries)
        {
            string key = entry.Key.Text;
            if (_known.Contains(key) || _later.Contains(key)) continue;
            Findings.Error(entry.Key, "unknown_key", $"unknown key '{entry.Key.Written}' in {Path}",
                string.Join(", ", _known), Spelling.Hint(key, _known));
        }
    }

    public string Of(string key) => Path is Root ? key : $"{Path}.{key}";

    /// <summary>The path of the file's own mapping.</summary>
    public const string Root = "the file";
}
