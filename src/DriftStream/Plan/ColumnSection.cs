using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Plan;

/// <summary>Reads <c>columns:</c>; what a model leaves out comes from <c>defaults:</c>.</summary>
internal static class ColumnSection
{
    private static readonly (string Word, TimeUnit? Value)[] Units =
        [("s", TimeUnit.Second), ("ms", TimeUnit.Millisecond), ("us", TimeUnit.Microsecond), ("ns", TimeUnit.Nanosecond)];

    private static readonly (string Word, LabelKind Value)[] Kinds = [("binary", LabelKind.Binary), ("number", LabelKind.Number), ("class", LabelKind.Class)];

    /// <summary>How the config spells what a label is.</summary>
    public static string KindWord(LabelKind kind) => Kinds.First(k => k.Value == kind).Word;

    public static string UnitWord(TimeUnit unit) => Units.First(u => u.Value == unit).Word;

    public static ModelColumns Read(ConfigMap model, ModelColumns otherwise)
    {
        ConfigMap map = model.Map("columns");
        (string? time, TimeUnit? unit) = Time(map) ?? (otherwise.Time, otherwise.TimeUnit);
        BinaryColumn? label = Label(map, out LabelKind kind, out (string? Column, TimeUnit? Unit)? labelTime);
        (string? labelAt, TimeUnit? labelUnit) = labelTime ?? (label is null ? (otherwise.LabelTime, otherwise.LabelTimeUnit) : (null, null));
        var columns = new ModelColumns(
            time,
            unit,
            map.Text("id") ?? otherwise.Id,
            Version(map) ?? otherwise.Version,
            map.Text("score") ?? otherwise.Score,
            Binary(map, "decision") ?? otherwise.Decision,
            label ?? otherwise.Label,
            ColumnSets.Read(map, "groups", "group") ?? otherwise.Groups,
            Features(map) ?? otherwise.Features,
            map.Texts("categorical") ?? otherwise.Categorical)
        {
            Paths = Paths(map) ?? otherwise.Paths,
            Vectors = VectorSection.Read(map) ?? otherwise.Vectors,
            LabelKind = label is null ? otherwise.LabelKind : kind,
            Attributions = Attributions(map) ?? otherwise.Attributions,
            LabelTime = labelAt,
            LabelTimeUnit = labelUnit,
        };
        map.Close();
        CheckRoles(map, columns);
        CheckLabel(map, columns);
        // Whoever predicts a number decides nothing: groups are compared by how far predictions are off.
        if (columns is { Decision: null, LabelKind: not LabelKind.Number } && map.Find("groups") is { } at && columns.Groups.Length > 0)
            map.Findings.Error(at, "no_decision", $"{map.Of("groups")} without a decision: nothing to compare between them",
                "columns.decision");
        return columns;
    }

    private static string? Attributions(ConfigMap columns)
    {
        ConfigMap map = columns.Map("attributions");
        map.Require("prefix", "what the names of their columns begin with: shap_");
        string? prefix = map.Text("prefix");
        map.Close();
        return prefix;
    }

    private static (string? Column, TimeUnit? Unit)? Time(ConfigMap columns)
    {
        if (columns.Find("time") is not { } node) return null;
        if (node.Kind == ConfigKind.Text) return (columns.Text("time"), null);
        ConfigMap map = columns.Map("time");
        map.Require("column", "the name of a column");
        var time = (map.Text("column"), map.Choice("unit", null, Units));
        map.Close();
        return time;
    }

    private static VersionSource? Version(ConfigMap columns)
    {
        if (columns.Find("version") is not { } node) return null;
        const string expected = "{ column: NAME }, { header: NAME } or { value: \"7\" }";
        if (node.Kind != ConfigKind.Map)
        {
            columns.Findings.Error(node, "bad_version", $"{columns.Of("version")} is {node.Described}", expected);
            return null;
        }

        ConfigMap map = columns.Map("version");
        var source = new VersionSource(map.Text("column"), map.Text("value"), map.Text("header"));
        map.Close();
        if (node.Entries.Length == 1) return source;
        columns.Findings.Error(node, "bad_version", $"{columns.Of("version")} says {node.Entries.Length} things", expected);
        return null;
    }

    private static BinaryColumn? Binary(ConfigMap columns, string key)
    {
        if (columns.Find(key) is not { } node) return null;
        if (node.Kind == ConfigKind.Text) return new BinaryColumn(node.Text, BinaryColumn.DefaultPositive);
        ConfigMap map = columns.Map(key);
        BinaryColumn? column = Binary(map);
        map.Close();
        return column;
    }

    private static BinaryColumn? Binary(ConfigMap map)
    {
        map.Require("column", "the name of a column");
        string? column = map.Text("column");
        string positive = map.Text("positive", BinaryColumn.DefaultPositive);
        return column is null ? null : new BinaryColumn(column, positive);
    }

    private static BinaryColumn? Label(ConfigMap columns, out LabelKind kind, out (string? Column, TimeUnit? Unit)? time)
    {
        (kind, time) = (LabelKind.Binary, null);
        if (columns.Find("label") is not { Kind: not ConfigKind.Text }) return Binary(columns, "label");
        ConfigMap map = columns.Map("label");
        BinaryColumn? column = Binary(map);
        kind = map.Choice("kind", LabelKind.Binary, Kinds);
        if (kind != LabelKind.Binary && map.Find("positive") is { } positive)
        {
            map.Findings.Error(positive, "label_kind", $"{map.Of("positive")}: a label of the kind {KindWord(kind)} is neither positive nor negative",
                $"no positive, or kind: {KindWord(LabelKind.Binary)}");
        }

        time = Time(map);
        map.Close();
        return column;
    }

    private static FeatureSelection? Features(ConfigMap columns)
    {
        if (columns.Find("features") is not { } node) return null;
        if (node.Kind == ConfigKind.List) return new FeatureSelection(columns.Texts("features"), []);
        if (node.Kind == ConfigKind.Map)
        {
            ConfigMap map = columns.Map("features");
            map.Require("except", "a list of columns");
            var selection = new FeatureSelection(null, map.Texts("except") ?? []);
            map.Close();
            return selection;
        }

        if (node.Text != "all")
        {
            columns.Findings.Error(node, "bad_choice", $"{columns.Of("features")} is {node.Described}",
                "all, a list of columns, or { except: [..] }");
        }
        return FeatureSelection.All;
    }

    private static ImmutableSortedDictionary<string, JsonPath>? Paths(ConfigMap columns)
    {
        if (columns.Find("path") is null) return null;
        ConfigMap map = columns.Map("path");
        var paths = ImmutableSortedDictionary.CreateBuilder<string, JsonPath>(StringComparer.Ordinal);
        foreach ((ConfigNode key, ConfigNode value) in map.Entries)
        {
            if (map.Values.Text(value, map.Of(key.Text)) is not { } text) continue;
            if (JsonPath.Parse(text) is { } path) paths[key.Text] = path;
            else map.Findings.Error(value, "bad_path", $"{map.Of(key.Text)}: {value.Described} is not a path", "request.age, inputs[0].data[3]");
        }

        return paths.ToImmutable();
    }

    // What a label that is no yes or no is held beside.
    private static void CheckLabel(ConfigMap map, ModelColumns columns)
    {
        if (columns.Label is null) return;
        (string? lacks, string says) = columns.LabelKind switch
        {
            LabelKind.Binary => (null, ""),
            LabelKind.Number => (columns.Score is null ? "score" : null, "it is predicted by the score"),
            LabelKind.Class => (columns.Decision is null ? "decision" : null, "the decision is one of its classes"),
        };
        if (lacks is null) return;
        map.Findings.Error(map.Find("label") ?? map.At, "label_kind",
            $"{map.Of("label")} is of the kind {KindWord(columns.LabelKind)}, and there is no {lacks}: {says}", $"columns: {{ {lacks}: COLUMN }}");
    }

    private static void CheckRoles(ConfigMap map, ModelColumns columns)
    {
        var roles = new Dictionary<string, string>(StringComparer.Ordinal);
        (string Role, string? Column)[] taken =
        [
            ("time", columns.Time), ("id", columns.Id), ("version", columns.Version.Column),
            ("score", columns.Score), ("decision", columns.Decision?.Column), ("label", columns.Label?.Column),
        ];
        foreach ((string role, string? column) in taken)
        {
            if (column is null || roles.TryAdd(column, role)) continue;
            map.Findings.Error(map.Find(role) ?? map.At, "column_roles", $"the column '{column}' is both {roles[column]} and {role}",
                "one role a column");
        }

        foreach (string feature in columns.Features.Only ?? [])
        {
            if (roles.TryGetValue(feature, out string? role))
                map.Findings.Error(map.Find("features") ?? map.At, "column_roles", $"the column '{feature}' is both {role} and a feature",
                    "one role a column");
        }
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, ModelColumns columns)
    {
        yaml.Open("columns");
        if (columns.Time is { } time) yaml.Line("time", TimeText(time, columns.TimeUnit));
        yaml.Text("id", columns.Id);
        VersionSource version = columns.Version;
        foreach ((string key, string? value) in new[] { ("column", version.Column), ("value", version.Value), ("header", version.Header) })
        {
            if (value is not null) yaml.Line("version", $"{{ {key}: {YamlText.Quoted(value)} }}");
        }

        yaml.Text("score", columns.Score);
        Binary("decision", columns.Decision);
        Binary("label", columns.Label, columns.LabelTime, columns.LabelTimeUnit, columns.LabelKind);
        yaml.Line("groups", ColumnSets.Text(columns.Groups));
        if (columns.Features.Only is { } only) yaml.Line("features", YamlText.List(only));
        else if (columns.Features.Except.IsEmpty) yaml.Line("features", "all");
        else yaml.Line("features", $"{{ except: {YamlText.List(columns.Features.Except)} }}");
        yaml.Line("categorical", YamlText.List(columns.Categorical));
        VectorSection.Write(yaml, columns.Vectors);
        if (columns.Attributions is { } prefix) yaml.Line("attributions", $"{{ prefix: {YamlText.Quoted(prefix)} }}");
        if (!columns.Paths.IsEmpty)
        {
            yaml.Open("path");
            foreach ((string column, JsonPath path) in columns.Paths) yaml.Text(column, path.Text);
            yaml.Close();
        }

        yaml.Close();

        void Binary(string key, BinaryColumn? column, string? time = null, TimeUnit? unit = null, LabelKind kind = LabelKind.Binary)
        {
            if (column is null) return;
            string what = kind == LabelKind.Binary ? $"positive: {YamlText.Quoted(column.Positive)}" : $"kind: {KindWord(kind)}";
            string at = time is null ? "" : $", time: {TimeText(time, unit)}";
            yaml.Line(key, $"{{ column: {YamlText.Quoted(column.Column)}, {what}{at} }}");
        }
    }

    private static string TimeText(string column, TimeUnit? unit) =>
        unit is { } known ? $"{{ column: {YamlText.Quoted(column)}, unit: {UnitWord(known)} }}" : YamlText.Quoted(column);
}
