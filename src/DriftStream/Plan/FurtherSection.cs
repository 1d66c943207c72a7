using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>Reads <c>baseline:</c> where it is a list: the first leads, and the others stand beside it.</summary>
internal static class FurtherSection
{
    private const string Previous = "previous", Ways = "one of file, data, rolling and version; only the first one may be learned";

    private static readonly string[] Keys = ["file", "data", "hash", "calendar", "rolling", "ending", "version", "within"];

    private static readonly string[] Rows = ["file", "data", "rolling", "version"];

    private static Duration DefaultEnding => Duration.FromDays(1);

    private static Duration DefaultWithin => Duration.FromDays(7);

    /// <summary>The one that leads: the first of a list, or the only one. Null where it is none, which is told.</summary>
    public static ConfigMap? Leading(ConfigMap model)
    {
        if (model.Find("baseline") is not { Kind: ConfigKind.List } list) return CanLead(model.Map("baseline"));
        if (Items(model) is [ConfigNode node, ..])
        {
            ConfigMap first = Item(model, 0, node);
            return first.IsThere && Name(first) is not null ? CanLead(first) : null;
        }

        model.Findings.Error(list, "bad_baseline", $"{model.Of("baseline")} is empty", "at least one baseline");
        return null;
    }

    /// <summary>The name of the leading one; null where it stands alone.</summary>
    public static string? LeadingName(ConfigMap model) => Items(model) is [ConfigNode first, ..] ? first.Find("name")?.Text : null;

    /// <summary>Those after the leading one.</summary>
    public static ImmutableArray<WrittenFurther> Read(
        ConfigMap model, string id, int groups, ModelPolicy policy, ImmutableArray<WrittenSource> sources)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (LeadingName(model) is { } leading) names.Add(leading);
        var further = ImmutableArray.CreateBuilder<WrittenFurther>();
        ImmutableArray<ConfigNode> items = Items(model);
        for (int i = 1; i < items.Length; i++)
        {
            ConfigMap map = Item(model, i, items[i]);
            if (!map.IsThere) continue;
            string? name = Name(map);
            if (name is not null && !names.Add(name)) map.Findings.Error(map.Find("name")!, "duplicate_id", $"a second baseline '{name}'", "a name of its own");
            if (!IsOneWay(map))
            {
                foreach (string key in (string[])[.. Keys, LearnSection.Key]) map.Pass(key);
                map.Close();
                continue;
            }

            bool isStream = map.Has("rolling") || map.Has("version");
            WrittenBaseline? rows = isStream ? null : ModelSection.Fixed(map, id, groups, policy, sources);
            StreamReference? stream = isStream ? Stream(map, policy) : null;
            if (name is not null && (rows is not null || stream is not null)) further.Add(new WrittenFurther(name, rows, stream));
        }

        return further.ToImmutable();
    }

    private static ImmutableArray<ConfigNode> Items(ConfigMap model) => model.At.Find("baseline") is { Kind: ConfigKind.List } list ? list.Items : [];

    private static ConfigMap Item(ConfigMap model, int at, ConfigNode item) => new(item, $"{model.Of("baseline")}[{at}]", model.Findings);

    private static string? Name(ConfigMap map)
    {
        // Every item of a list may have the same keys, whatever it is: a misspelt one is told from all of them.
        foreach (string key in Keys)
        {
            if (!map.Has(key)) map.Find(key);
        }

        map.Require("name", "a name, by which verdicts tell baselines apart");
        return map.Text("name");
    }

    // What drifts more slowly than a reference of the stream reaches would never be seen without a fixed one beside it.
    private static ConfigMap? CanLead(ConfigMap map)
    {
        if ((map.At.Find("rolling") ?? map.At.Find("version")) is not { } stream) return map;
        map.Findings.Error(stream, "no_fixed_baseline", $"{map.Path} is made of the stream's own rows, and no fixed baseline leads",
            "a fixed one first: [{ name: anchor, file: PATH }, { name: recent, rolling: 7d }]",
            "against its own rows alone, drift that is slow enough is never seen");
        return null;
    }

    private static bool IsOneWay(ConfigMap map)
    {
        string[] ways = [.. Rows.Where(map.Has)];
        if (ways.Length != 1)
        {
            map.Findings.Error(map.At, "bad_baseline", $"{map.Path} names {(ways.Length == 0 ? "no rows" : string.Join(" and ", ways))}", Ways);
            return false;
        }

        return Belongs("ending", "rolling") & Belongs("within", "version") & Belongs("hash", "file", "data") & Belongs("calendar", "file", "data", "rolling");

        bool Belongs(string key, params string[] to)
        {
            if (map.Find(key) is not { } at || to.Contains(ways[0])) return true;
            map.Findings.Error(at, "bad_baseline", $"{map.Of(key)} says nothing of {ways[0]}:", $"{key}: beside {string.Join(" or ", to)}:");
            return false;
        }
    }

    private static StreamReference? Stream(ConfigMap map, ModelPolicy policy)
    {
        string key = map.Has("rolling") ? "rolling" : "within";
        Duration length = map.Duration(key, DefaultWithin, PlanLimits.ShortestWindow, PlanLimits.LongestWindow);
        Duration ending = map.Duration("ending", DefaultEnding, most: PlanLimits.LongestWindow);
        string? version = map.Text("version");
        CalendarKind? calendar = map.Find("calendar") is { } hours ? Hours(map, hours) : null;
        map.Close();
        ConfigNode at = map.Find(key) ?? map.At;
        Pane pane = Pane.Of(policy.Windows);
        long panes = (policy.Windows.Max(w => w.Longest) + length + ending) / pane.Size;
        // Windows start where panes do, and only whole panes enter.
        long ends = key == "rolling" ? ending : 0, wholes = ((ends + length) / pane.Size) - ((ends + pane.Size - 1) / pane.Size);
        if (wholes < 1)
        {
            string stretch = $"the {Quantity.Duration(length)}{(ends == 0 ? "" : $" up to {Quantity.Duration(ending)} before the window")}";
            map.Findings.Error(at, "bad_baseline", $"{map.Of(key)}: no whole pane of the model, which takes {Quantity.Duration(pane.Size)}, lies in {stretch}",
                $"at least {Quantity.Duration(pane.Size)}, ending at whole panes", "panes are as long as the windows have in common, at most a day");
            return null;
        }

        if (key == "within" && policy.Columns.Version == new VersionSource())
        {
            map.Findings.Warn(map.At, "no_version", $"{map.Path}: the rows of the model have no version, so there is no other to compare with", null,
                "columns: { version: ... } says where it is");
        }

        if (panes > PlanLimits.PanesOfWindow)
        {
            map.Findings.Error(at, "bad_baseline",
                $"{map.Of(key)}: {panes} panes would be kept", $"at most {PlanLimits.PanesOfWindow}", "less time, or longer windows");
            return null;
        }

        if (calendar is not null && pane.Size > EventTime.Hour)
        {
            map.Findings.Error(map.Find("calendar")!, "bad_baseline",
                $"{map.Of("calendar")}: panes of {Quantity.Duration(pane.Size)} do not tell one hour from another", "panes of at most 1h",
                "panes are as long as the windows have in common: one with every: 1h makes them an hour");
            return null;
        }

        if (key == "rolling")
        {
            Zone? zone = calendar is null ? null : WindowSection.CalendarZone(policy.Windows, map);
            return new StreamReference(StreamRowsOf.Rolling, length) { Ending = ending, Calendar = calendar, CalendarZone = zone };
        }

        return version is null or Previous
            ? new StreamReference(StreamRowsOf.Previous, length)
            : new StreamReference(StreamRowsOf.Version, length) { Version = version };
    }

    private static CalendarKind Hours(ConfigMap map, ConfigNode at)
    {
        CalendarKind[] kinds = Enum.GetValues<CalendarKind>();
        return map.Values.Choice(at, map.Of("calendar"), kinds[0], [.. kinds.Select(k => (Calendar.Name(k), k))]);
    }

    /// <summary>Writes what is read above, the leading one too.</summary>
    public static void Write(YamlText yaml, WrittenModel model)
    {
        if (model.LeadingName is not { } leading)
        {
            ModelSection.Write(yaml, model.Baseline!);
            return;
        }

        yaml.OpenItem();
        yaml.Text("name", leading);
        ModelSection.Write(yaml, model.Baseline!);
        yaml.Close();
        foreach (WrittenFurther further in model.Further)
        {
            yaml.OpenItem();
            yaml.Text("name", further.Name);
            if (further.Fixed is { } rows) ModelSection.Write(yaml, rows);
            else Write(yaml, further.Stream!);
            yaml.Close();
        }
    }

    private static void Write(YamlText yaml, StreamReference stream)
    {
        if (stream.Of == StreamRowsOf.Rolling)
        {
            yaml.Line("rolling", Quantity.Duration(stream.Length));
            yaml.Line("ending", Quantity.Duration(stream.Ending));
            if (stream.Calendar is { } calendar) yaml.Line("calendar", Calendar.Name(calendar));
            return;
        }

        yaml.Text("version", stream.Version ?? Previous);
        yaml.Line("within", Quantity.Duration(stream.Length));
    }
}
