using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>What the rest of a config says that its models need.</summary>
/// <param name="Owners">The ids of all owners.</param>
/// <param name="Prefix">Before the names of the topics that DriftStream writes.</param>
/// <param name="Groups">The most values of a group.</param>
/// <param name="Defaults">What holds where a model says nothing.</param>
/// <param name="Today">What dates are held against, or null.</param>
internal sealed record ModelSurroundings(ImmutableSortedSet<string> Owners, string Prefix, int Groups, ModelPolicy Defaults, DateOnly? Today);

/// <summary>Reads <c>defaults:</c> and <c>models:</c>.</summary>
internal static class ModelSection
{
    private const string Ways = "{ file: PATH }, { data: PATH } or { learn: 7d }";

    private static readonly string[] Origins = ["file", "data", LearnSection.Key];

    public static ModelPolicy Defaults(ConfigMap defaults)
    {
        ModelPolicy policy = Policy(defaults, ModelPolicy.Default);
        defaults.Close();
        return policy;
    }

    /// <summary>The models of all files, in the order of their ids.</summary>
    /// <param name="files">The config, and the files that it includes.</param>
    /// <param name="surroundings">What the rest of the config says.</param>
    public static ImmutableArray<WrittenModel> Read(ImmutableArray<ConfigMap> files, ModelSurroundings surroundings)
    {
        if (!files.Any(f => f.Has("models"))) files[0].Require("models", "a list of models");
        var models = new SortedDictionary<string, WrittenModel>(StringComparer.Ordinal);
        foreach (ConfigMap map in files.SelectMany(f => f.Items("models", "no_model", "at least one model")))
        {
            if (!map.IsThere || Read(map, surroundings) is not { } model) continue;
            ConfigNode at = map.Find("id")!;
            if (models.TryGetValue(model.Id, out WrittenModel? first))
                map.Findings.Error(at, "duplicate_id", $"a second model '{model.Id}'", null, $"the first is on {first.Map.Find("id")!.SeenFrom(at)}");
            else
                models.Add(model.Id, model);
        }

        return [.. models.Values];
    }

    private static WrittenModel? Read(ConfigMap map, ModelSurroundings surroundings)
    {
        (ImmutableSortedSet<string> owners, string prefix, int groups, ModelPolicy defaults, DateOnly? today) = surroundings;
        string? id = OwnerSection.Id(map);
        string? owner = Owner(map, owners);
        ImmutableArray<WrittenSource> sources = SourceSection.Read(map, prefix);
        ModelPolicy policy = Policy(map, defaults);
        string[] selectors = [.. sources.Select(s => s.Selector?.Column).OfType<string>()];
        policy = policy with
        {
            Columns = policy.Columns with { Selectors = [.. selectors] },
            Rules = RuleSection.For(policy),
            OwnRules = policy.Rules != RuleSection.Default,
        };
        var model = new WrittenModel(id ?? "", map.At, map, owner, Stakeholders(map, owners, owner),
            map.Text("purpose"), map.Text("runbook"), map.Texts("tags") ?? [], sources, Baseline(map, id ?? "", groups, policy, sources), policy)
        {
            Duties = DutySection.Read(map, today),
            LeadingName = FurtherSection.LeadingName(map),
            Further = FurtherSection.Read(map, id ?? "", groups, policy, sources),
        };
        model = model with
        {
            Labels = LabelSection.Read(map, policy.Columns, sources),
            Kpis = KpiSection.Read(map, model.Duties.Goal, policy.Rules),
        };
        VectorSection.CheckSources(map, policy.Columns, sources);
        map.Close();
        return id is null ? null : model;
    }

    private static string? Owner(ConfigMap map, ImmutableSortedSet<string> owners)
    {
        if (map.Find("owner") is { Kind: ConfigKind.Text } at)
            return OwnerSection.Reference(at, at.Text, owners, map.Of("owner"), map.Findings) ? at.Text : null;
        const string why = "exactly one team must answer for a model, else its alerts reach nobody who has to act";
        ConfigNode? written = map.Find("owner");
        if (written is null && map.Has("owner")) return null; // without a value, which is told
        const int most = 10;
        string expected = owners.Count is 0 or > most ? "owner: the id of one owner" : "owner: " + string.Join(" or ", owners);
        if (written is null) map.Findings.Error(map.At, "no_owner", $"{map.Path} has no owner", expected, why);
        else
        {
            map.Findings.Error(written, "no_owner", $"{map.Of("owner")} is {written.Described}", expected,
                $"{why}; others are stakeholders");
        }

        return null;
    }

    private static ImmutableArray<string> Stakeholders(ConfigMap map, ImmutableSortedSet<string> owners, string? owner)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        foreach (ConfigNode at in map.List("stakeholders") ?? [])
        {
            if (map.Values.Text(at, map.Of("stakeholders")) is not { } id) continue;
            if (!OwnerSection.Reference(at, id, owners, map.Of("stakeholders"), map.Findings)) continue;
            if (id == owner || ids.Contains(id))
                map.Findings.Error(at, "duplicate_id", $"'{id}' already gets these alerts", "each team once");
            else ids.Add(id);
        }

        return ids.ToImmutable();
    }

    private static ModelPolicy Policy(ConfigMap map, ModelPolicy otherwise)
    {
        ImmutableArray<WindowSettings> windows = WindowSection.Read(map, otherwise.Windows);
        return new ModelPolicy(
            ColumnSection.Read(map, otherwise.Columns),
            map.Duration("allowed_lateness", otherwise.AllowedLateness, most: PlanLimits.LongestWindow),
            windows,
            Edges(map, otherwise.Edges),
            RuleSection.Read(map, otherwise.Rules),
            FireSection.Read(map, otherwise.Fire))
        {
            Slices = ColumnSets.Read(map, "slices", "slice") ?? otherwise.Slices,
            Pairs = ColumnSets.ReadPairs(map, "pairs") ?? otherwise.Pairs,
            FalseAlarms = FalseAlarms.Read(map, otherwise.FalseAlarms),
            Recommend = RecommendSection.Read(map, otherwise.Recommend),
        };
    }

    private static EdgeSettings Edges(ConfigMap map, EdgeSettings otherwise)
    {
        if (map.Find("edges") is not { } node) return otherwise;
        if (node.Kind != ConfigKind.Map) return EdgeSettings.Default with { Others = Edge(map, node, map.Of("edges")) ?? otherwise.Others };
        ConfigMap bySignal = map.Map("edges");
        EdgeSettings settings = EdgeSettings.Default;
        foreach ((ConfigNode key, ConfigNode value) in bySignal.Entries)
        {
            if (Edge(map, value, bySignal.Of(key.Text)) is not { } most) continue;
            settings = key.Text == RuleSection.All
                ? settings with { Others = most }
                : settings with { BySignal = settings.BySignal.SetItem(key.Text, most) };
        }

        return settings;
    }

    private static int? Edge(ConfigMap map, ConfigNode node, string path) =>
        node is { Kind: ConfigKind.Text, Text: "exact" } ? BaselineSettings.ExactEdges
        : (int?)map.Values.Whole(node, path, 1, BaselineSettings.ExactEdges);

    private static WrittenBaseline? Baseline(
        ConfigMap map, string id, int groups, ModelPolicy policy, ImmutableArray<WrittenSource> sources)
    {
        if (map.Require("baseline", Ways) is null) return null;
        if (FurtherSection.Leading(map) is not { IsThere: true } baseline) return null;
        return Fixed(baseline, id, groups, policy, sources);
    }

    /// <summary>A baseline whose rows are in a file, or one that is learned from the first rows of the stream.</summary>
    public static WrittenBaseline? Fixed(ConfigMap baseline, string id, int groups, ModelPolicy policy, ImmutableArray<WrittenSource> sources)
    {
        CalendarKind? calendar = null;
        string? file = baseline.Text("file"), data = baseline.Text("data"), pin = Pin(baseline);
        if (baseline.Find("calendar") is { } at) calendar = Calendar(baseline, at, policy.Columns);
        Duration? learn = LearnSection.Read(baseline, calendar);
        baseline.Close();
        string[] named = [.. Origins.Where(baseline.Has)];
        if (named.Length != 1)
        {
            string names = named.Length == 0 ? "no file" : string.Join(" and ", named);
            baseline.Findings.Error(baseline.At, "bad_baseline", $"{baseline.Path} names {names}", Ways);
            return null;
        }

        if ((file ?? data ?? learn?.ToString()) is null) return null; // without a value, or with a bad one, which is told
        string written = (file ?? data) is { } place
            ? ConfigPath.FromConfig(baseline.Findings.File, baseline.At.File, place)
            : Quantity.Duration(learn!.Value);
        var origin = file is not null ? BaselineOrigin.File : data is not null ? BaselineOrigin.Data : BaselineOrigin.Stream;
        string path = origin == BaselineOrigin.Stream ? "" : ConfigPath.Resolve(baseline.Findings.File, written);
        var request = new BaselineRequest(origin, path, Settings(id, policy, groups) with
        {
            Calendar = calendar,
            CalendarZone = calendar is null ? null : WindowSection.CalendarZone(policy.Windows, baseline),
        })
        {
            Learn = learn,
            Stream = new ModelStream(
                sources.DistinctBy(s => s.Topic).ToImmutableDictionary(s => s.Topic, s => s.Selector), policy.Columns.Time, policy.Columns.TimeUnit),
        };
        return new WrittenBaseline(request, written, pin, baseline.At);
    }

    private static BaselineSettings Settings(string id, ModelPolicy policy, int groups)
    {
        ModelColumns columns = policy.Columns;
        return new BaselineSettings(id, columns.Features.Only, columns.NotFeatures, columns.Score, columns.Decision, columns.Label,
            columns.Groups, [.. columns.Categorical], policy.Edges.Others, policy.Edges.BySignal.ToImmutableDictionary(), groups)
        {
            LabelKind = columns.LabelKind,
            Paths = columns.Paths,
            Slices = policy.Slices,
            Pairs = policy.Pairs,
            Vectors = [.. columns.Vectors.SelectMany(v => v.Signals)],
            Attributions = columns.Attributions,
            Calibrated = policy.Calibrated,
            Time = columns.Time,
            IntegerTime = columns.TimeUnit,
        };
    }

    // A calendar needs the time of every reference row, which only a column of theirs can say.
    private static CalendarKind? Calendar(ConfigMap baseline, ConfigNode at, ModelColumns columns)
    {
        CalendarKind[] kinds = Enum.GetValues<CalendarKind>();
        CalendarKind kind = baseline.Choice("calendar", kinds[0], [.. kinds.Select(k => (Cells.Calendar.Name(k), k))]);
        if (columns.Time is not null) return kind;
        baseline.Findings.Error(at, "calendar_time", $"{baseline.Of("calendar")} needs the time of each row of the reference", "columns: { time: NAME }");
        return null;
    }

    private static string? Pin(ConfigMap baseline)
    {
        const string algorithm = "sha256:";
        if (baseline.Find("hash") is not { } at || baseline.Values.Text(at, baseline.Of("hash")) is not { } pin) return null;
        if (pin.StartsWith(algorithm, StringComparison.Ordinal) && pin.Length == algorithm.Length + 64
            && pin[algorithm.Length..].All(char.IsAsciiHexDigitLower))
            return pin;
        baseline.Findings.Error(at, "bad_hash", $"{baseline.Of("hash")}: {at.Described} is not a hash",
            "sha256: and 64 hexadecimal digits, as 'baseline show' prints it");
        return null;
    }

    /// <summary>Writes what <see cref="Fixed"/> reads.</summary>
    public static void Write(YamlText yaml, WrittenBaseline baseline)
    {
        string key = baseline.Request.Origin switch
        {
            BaselineOrigin.File => "file",
            BaselineOrigin.Data => "data",
            BaselineOrigin.Stream => LearnSection.Key,
        };
        yaml.Text(key, baseline.Written);
        if (baseline.Request.Settings.Calendar is { } calendar) yaml.Line("calendar", Cells.Calendar.Name(calendar));
        yaml.Text("hash", baseline.Pin);
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, WrittenModel model)
    {
        ModelPolicy policy = model.Policy;
        yaml.OpenItem();
        yaml.Text("id", model.Id);
        yaml.Text("owner", model.Owner);
        yaml.Line("stakeholders", YamlText.List(model.Stakeholders));
        yaml.Text("purpose", model.Purpose);
        yaml.Text("runbook", model.Runbook);
        yaml.Line("tags", YamlText.List(model.Tags));
        DutySection.Write(yaml, model.Duties);
        RecommendSection.Write(yaml, policy.Recommend);
        yaml.Open("sources");
        foreach (WrittenSource source in model.Sources) SourceSection.Write(yaml, source);
        yaml.Close();
        KpiSection.Write(yaml, model.Kpis, model.Duties.Goal);
        LabelSection.Write(yaml, model.Labels);
        ColumnSection.Write(yaml, policy.Columns);
        yaml.Line("slices", ColumnSets.Text(policy.Slices));
        if (!policy.Pairs.IsEmpty) yaml.Line("pairs", ColumnSets.Text(policy.Pairs));
        yaml.Open("baseline");
        FurtherSection.Write(yaml, model);
        yaml.Close();
        yaml.Line("allowed_lateness", Quantity.Duration(policy.AllowedLateness));
        yaml.Open("window");
        foreach (WindowSettings window in policy.Windows) WindowSection.Write(yaml, window);
        yaml.Close();
        yaml.Open("edges");
        yaml.Line(RuleSection.All, Text(policy.Edges.Others));
        foreach ((string signal, int most) in policy.Edges.BySignal) yaml.Line(signal, Text(most));
        yaml.Close();
        FalseAlarms.Write(yaml, policy.FalseAlarms);
        if (policy.Rules.IsEmpty) yaml.Line("rules", "[]");
        else yaml.Open("rules");
        foreach (WrittenRule rule in policy.Rules) RuleSection.Write(yaml, rule.Rule);
        if (!policy.Rules.IsEmpty) yaml.Close();
        FireSection.Write(yaml, policy.Fire);
        yaml.Close();

        static string Text(int edges) => edges == BaselineSettings.ExactEdges ? "exact" : Quantity.Digits(edges);
    }
}
