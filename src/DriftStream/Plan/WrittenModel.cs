using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>How often a rule must speak, and how long it must be quiet, in windows that share no pane.</summary>
internal readonly record struct FireSettings(int After, int Of, int ResolveAfter)
{
    public static FireSettings Default => new(2, 3, 3);
}

/// <summary>What <c>defaults:</c> can say for all models, and each model for itself.</summary>
internal sealed record ModelPolicy(
    ModelColumns Columns,
    Duration AllowedLateness,
    ImmutableArray<WindowSettings> Windows,
    EdgeSettings Edges,
    ImmutableArray<WrittenRule> Rules,
    FireSettings Fire)
{
    /// <summary>The columns by which signals are judged apart: each entry one column, or several.</summary>
    public ImmutableArray<ImmutableArray<string>> Slices { get; init; } = [];

    /// <summary>The pairs of columns whose dependence is judged, two columns each.</summary>
    public ImmutableArray<ImmutableArray<string>> Pairs { get; init; } = [];

    /// <summary>
    /// The groups of which a rule asks whether a score means the same in each, or is as far off where labels are numbers: only those are counted by it.
    /// </summary>
    public ImmutableArray<ImmutableArray<string>> Calibrated => Columns is { Score: not null, Label: not null, LabelKind: not LabelKind.Class }
        ? [.. Columns.Groups.Where(g => Rules.Any(r => IsOfScoresOf(BaselineBuilder.GroupName(g), r.Rule)))]
        : [];

    private bool IsOfScoresOf(string group, Rule rule) =>
        (rule.Group == RuleSection.All || rule.Group == group) && StatisticCatalog.OfGroups(rule.Statistic) is { } entry
        && (Columns.LabelKind == LabelKind.Number ? entry.ErrorsOfGroups is not null : entry.OfScoresOfGroups);

    /// <summary>How many false episodes it may have; null where nobody says.</summary>
    public FalseAlarms? FalseAlarms { get; init; }

    /// <summary>What may be recommended to its owner.</summary>
    public RecommendSettings Recommend { get; init; } = RecommendSettings.Default;

    /// <summary>Its rules are written; otherwise they are the defaults.</summary>
    public bool OwnRules { get; init; }

    /// <summary>What holds where the config says nothing.</summary>
    public static ModelPolicy Default { get; } = new(
        ModelColumns.None, Duration.FromMinutes(10), WindowSection.Default,
        EdgeSettings.Default, RuleSection.Default, FireSettings.Default);
}

/// <summary>A baseline as a model names it.</summary>
/// <param name="Request">What the loader needs.</param>
/// <param name="Written">The path as the config writes it.</param>
/// <param name="Pin">The hash it must have, or null.</param>
/// <param name="At">Where the config names it.</param>
internal sealed record WrittenBaseline(BaselineRequest Request, string Written, string? Pin, ConfigNode At);

/// <summary>A baseline beside the leading one, as a model names it: fixed, or made of the stream's own rows; one of the two is null.</summary>
internal sealed record WrittenFurther(string Name, WrittenBaseline? Fixed, StreamReference? Stream);

/// <summary>One owner as it is written.</summary>
/// <param name="Owner">What it says.</param>
/// <param name="Map">Its mapping, to point at what is wrong with it.</param>
internal sealed record WrittenOwner(Owner Owner, ConfigMap Map);

/// <summary>One model as it is written, with defaults filled in: what is known before its baseline is loaded.</summary>
/// <param name="Id">The model's id.</param>
/// <param name="At">Where the model is.</param>
/// <param name="Map">Its mapping, to point at what its baseline lacks.</param>
/// <param name="Stakeholders">Ids of owners that get copies.</param>
/// <param name="Purpose">What the model is for, or null.</param>
/// <param name="Runbook">Where the first steps are written, or null.</param>
/// <param name="Tags">As configured.</param>
/// <param name="Sources">The topics that it names.</param>
/// <param name="Baseline">Its baseline; null where an error has been reported.</param>
/// <param name="Policy">What the model, or else <c>defaults:</c>, says.</param>
/// <param name="Owner">The id of its owner, which exists; null where an error has been reported.</param>
internal sealed record WrittenModel(
    string Id,
    ConfigNode At,
    ConfigMap Map,
    string? Owner,
    ImmutableArray<string> Stakeholders,
    string? Purpose,
    string? Runbook,
    ImmutableArray<string> Tags,
    ImmutableArray<WrittenSource> Sources,
    WrittenBaseline? Baseline,
    ModelPolicy Policy)
{
    public Pane Pane => Pane.Of(Policy.Windows);

    /// <summary>What it is for and under.</summary>
    public required ModelDuties Duties { get; init; }

    /// <summary>The numbers that its owner has set targets for.</summary>
    public ImmutableArray<WrittenKpi> Kpis { get; init; } = [];

    /// <summary>How its labels come later; null where none do.</summary>
    public LabelPlan? Labels { get; init; }

    /// <summary>Whether any of its rules, the default ones included, or of its KPIs is critical.</summary>
    public bool IsEverCritical => Policy.Rules.Select(r => r.Rule).Concat(Kpis.Select(k => k.Kpi.Rule))
        .Any(r => r.Severity == Severity.Critical);

    /// <summary>The name of the leading baseline where there is a list of them; null where it stands alone.</summary>
    public string? LeadingName { get; init; }

    /// <summary>The baselines after the leading one.</summary>
    public ImmutableArray<WrittenFurther> Further { get; init; } = [];
}
