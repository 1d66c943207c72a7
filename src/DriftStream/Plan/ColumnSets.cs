using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Plan;

/// <summary>Reads lists of columns, each entry one column or several whose values are taken together: <c>[a, [a, b]]</c>.</summary>
internal static class ColumnSets
{
    private const string Expected = "a name, or a list of two or more different ones";

    /// <summary>The entries of a key; null where it is not there.</summary>
    /// <param name="map">Where the key is.</param>
    /// <param name="key">The key.</param>
    /// <param name="what">What an entry is called.</param>
    public static ImmutableArray<ImmutableArray<string>>? Read(ConfigMap map, string key, string what)
    {
        if (map.List(key) is not { } items) return null;
        var sets = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < items.Length; i++)
        {
            ImmutableArray<string> set = Set(map, items[i], $"{map.Of(key)}[{i}]", what);
            if (set.IsEmpty) continue;
            if (names.Add(Key(set))) sets.Add(set);
            else map.Findings.Error(items[i], "duplicate_id", $"the {what} {BaselineBuilder.GroupName(set)} is here twice", $"each {what} once, in one order");
        }

        return sets.ToImmutable();
    }

    /// <summary>The entries of a key, two different columns each; null where it is not there.</summary>
    /// <param name="map">Where the key is.</param>
    /// <param name="key">The key.</param>
    public static ImmutableArray<ImmutableArray<string>>? ReadPairs(ConfigMap map, string key)
    {
        const string what = "pair";
        if (map.List(key) is not { } items) return null;
        var pairs = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < items.Length; i++)
        {
            string path = $"{map.Of(key)}[{i}]";
            ImmutableArray<string> pair = items[i].Kind == ConfigKind.Text ? [] : Several(map, items[i], path, what);
            if (items[i].Kind == ConfigKind.Text || pair.Length > 2)
                map.Findings.Error(items[i], "bad_pair", $"{path} has {Math.Max(1, pair.Length)} columns", "two columns: [income, hours]");
            else if (pair.Length == 2 && names.Add(Key(pair))) pairs.Add(pair);
            else if (pair.Length == 2)
                map.Findings.Error(items[i], "duplicate_id", $"the pair {BaselineBuilder.GroupName(pair)} is here twice", "each pair once, in one order");
        }

        return pairs.ToImmutable();
    }

    /// <summary>An entry where it is named: <c>a</c> is one column, <c>[a, b]</c> are several; null where it cannot be read.</summary>
    public static string? Name(ConfigMap map, ConfigNode at, string path, string what)
    {
        if (at.Kind != ConfigKind.List) return map.Values.Text(at, path);
        ImmutableArray<string> set = Several(map, at, path, what);
        return set.IsEmpty ? null : BaselineBuilder.GroupName(set);
    }

    /// <summary>The same for the same columns, in whatever order: they have the same values together.</summary>
    public static string Key(ImmutableArray<string> set) => BaselineBuilder.GroupName([.. set.Order(StringComparer.Ordinal)]);

    /// <summary>The entries as a config writes them.</summary>
    public static string Text(ImmutableArray<ImmutableArray<string>> sets) =>
        $"[{string.Join(", ", sets.Select(s => s.Length == 1 ? YamlText.Quoted(s[0]) : YamlText.List(s)))}]";

    // NAME, [A, B], or { pairs: [A, B] }; empty where it cannot be read.
    private static ImmutableArray<string> Set(ConfigMap map, ConfigNode node, string path, string what)
    {
        if (node.Kind == ConfigKind.Text) return map.Values.Text(node, path) is { } name ? [name] : [];
        if (node.Kind != ConfigKind.Map) return Several(map, node, path, what);
        var pairs = new ConfigMap(node, path, map.Findings);
        ConfigNode? pair = pairs.Require("pairs", "a pair of columns: [A, B]");
        pairs.Close();
        return pair is null ? [] : Several(map, pair, path, what);
    }

    private static ImmutableArray<string> Several(ConfigMap map, ConfigNode node, string path, string what)
    {
        ImmutableArray<ConfigNode> items = map.Values.List(node, path);
        ImmutableArray<string> names = [.. items.Select((item, i) => map.Values.Text(item, $"{path}[{i}]")).OfType<string>()];
        bool apart = names.Distinct(StringComparer.Ordinal).Count() == names.Length;
        bool several = items.Length > 1;
        string wrong = several ? "names a column twice" : items.Length == 1 ? "has 1 column" : "has 0 columns";
        if (node.Kind == ConfigKind.List && !(several && apart)) map.Findings.Error(node, "bad_" + what, $"{path} {wrong}", Expected);
        return several && apart && names.Length == items.Length ? names : [];
    }
}
