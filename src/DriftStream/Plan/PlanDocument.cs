using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>A topic that a plan consumes.</summary>
public sealed record SourceDocument(string Topic, MessageFormat Format, ModelSelector? Model);

/// <summary>The part of a baseline that a model is judged by.</summary>
/// <param name="Hash">The hash of the whole baseline, as the config may pin it.</param>
/// <param name="Part">Content hash of the part, under which the topic <c>baselines</c> holds it.</param>
/// <param name="Rows">Rows of the reference.</param>
/// <param name="Signals">What is watched, each with how it is read: <c>AGEP numeric</c>.</param>
public sealed record BaselineDocument(string Hash, string Part, long Rows, ImmutableArray<string> Signals);

/// <summary>A baseline beside the leading one: the part of a fixed one, or which panes of the stream; the other is null.</summary>
public sealed record FurtherDocument(string Name, BaselineDocument? Baseline, StreamReference? Stream);

/// <summary>How a baseline is, or was, learned.</summary>
/// <param name="First">How much of the model's first rows it is learned from.</param>
/// <param name="Settings">A hash of all that decides it besides the rows.</param>
/// <param name="Until">The record time up to which it was learned, exclusive; null until it is.</param>
public sealed record LearnDocument(Duration First, string Settings, EventTime? Until = null);

/// <summary>One model of a plan. Durations in microseconds.</summary>
public sealed record ModelDocument(
    string Id,
    string Owner,
    ImmutableArray<string> Stakeholders,
    string? Purpose,
    string? Runbook,
    ImmutableArray<string> Tags,
    ImmutableArray<string> Topics,
    string? Time,
    TimeUnit? TimeUnit,
    VersionSource Version,
    BinaryColumn? Decision,
    BinaryColumn? Label,
    ImmutableSortedDictionary<string, string>? Paths,
    BaselineDocument? Baseline,
    Duration AllowedLateness,
    Duration PaneSize,
    Duration PaneOffset,
    ImmutableArray<WindowSettings> Windows,
    ImmutableArray<Rule> Rules,
    int FireAfter,
    int FireOf,
    int ResolveAfter,
    LearnDocument? Learn = null)
{
    /// <summary>The numbers that its owner has set targets for; null where there are none.</summary>
    public ImmutableArray<Kpi>? Kpis { get; init; }

    /// <summary>What it is to achieve; null where nobody says.</summary>
    public Goal? Goal { get; init; }

    /// <summary>The version to go back to; null for the one before.</summary>
    public string? RollbackTo { get; init; }

    /// <summary>The day by which it is to be out of use; null where nobody says.</summary>
    public DateOnly? Retire { get; init; }

    /// <summary>The rules of law that it is under; null where nobody names one.</summary>
    public ImmutableArray<LegalDuty>? Law { get; init; }

    /// <summary>What may be recommended to its owner; null for the defaults.</summary>
    public RecommendSettings? Recommend { get; init; }

    /// <summary>Baselines beside the leading one, in the config's order; null where there is none.</summary>
    public ImmutableArray<FurtherDocument>? Further { get; init; }

    /// <summary>How its labels come later; null where none do.</summary>
    public LabelPlan? Labels { get; init; }

    /// <summary>All topics that it reads.</summary>
    internal IEnumerable<string> AllTopics() => Topics.Concat(Labels?.Topics ?? []).Distinct();

    /// <summary>Content hashes of the parts of all fixed baselines.</summary>
    public IEnumerable<string> Parts() => (Further ?? []).Select(f => f.Baseline).Prepend(Baseline).OfType<BaselineDocument>().Select(b => b.Part);
}

/// <summary>
/// A plan as the plan topic holds it: everything that decides what is counted, how it is judged and who is told, but nothing of how the broker is
/// reached, of paces or of paths. Canonical text: compact JSON, its fields in the order of the records, owners and models by id.
/// <see cref="Versions"/> is 0 in plans from before versions were bounded.
/// </summary>
public sealed record PlanDocument(
    Duration MaxFuture,
    Duration UnownedPane,
    string RootOwner,
    ImmutableArray<OwnerDocument> Owners,
    ImmutableArray<SourceDocument> Sources,
    ImmutableArray<ModelDocument> Models,
    int Versions)
{
    /// <summary>How often owners are told, and how soon they have to answer; null for the defaults.</summary>
    public DeskSettings? Desk { get; init; }

    /// <summary>Rows below which a cell is told as <c>other</c>; null for the default.</summary>
    public int? PrivacyRows { get; init; }

    /// <summary>Where people reach the pages; null where nobody says.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Which secret names the ids of rows (<see cref="RowSecret.Name"/>); null where there is none, or no labels come later.</summary>
    public string? Ids { get; init; }

    /// <summary>How many ids joiners may remember; null for the default, or where no labels come later.</summary>
    public int? Pending { get; init; }

    /// <summary>The canonical text.</summary>
    [JsonIgnore]
    public string Text => JsonSerializer.Serialize(this, PlanJson.Default.PlanDocument);

    /// <summary><c>sha256:</c> and 64 hexadecimal digits of the canonical text: the same text always has the same hash.</summary>
    [JsonIgnore]
    public string Hash => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, PlanJson.Default.PlanDocument)));

    /// <summary>
    /// The hash of what decides the counts. Plans that share it differ only in rules, owners and texts, and no counter starts again for them.
    /// </summary>
    [JsonIgnore]
    public string CountingHash => (Counted with { Models = [.. Models.Select(Counting)] }).Hash;

    // Without what is said of counts, and to whom.
    private PlanDocument Counted => this with { RootOwner = "", Owners = [], Desk = null, PrivacyRows = null, PublicUrl = null, Pending = null };

    /// <summary>The document of a plan, whose baselines must be loaded.</summary>
    public static PlanDocument Of(DriftPlan plan) => new(
        plan.Counting.MaxFuture,
        plan.Counting.UnownedPane,
        plan.Root.Id,
        [.. plan.Owners.Values.Select(OwnerDocument.Of)],
        [.. plan.Counting.Sources.Values.Select(s => new SourceDocument(s.Topic, s.Format, s.Selector))],
        [.. plan.Models.OrderBy(m => m.Id, StringComparer.Ordinal).Select(Of)],
        plan.Counting.Versions)
    {
        Desk = plan.Desk == DeskSettings.Default ? null : plan.Desk,
        PrivacyRows = plan.PrivacyRows == JudgementSettings.DefaultPrivacyRows ? null : plan.PrivacyRows,
        PublicUrl = plan.PublicUrl,
        Ids = plan.Ids,
        Pending = plan.Pending == DriftPlan.DefaultPending || !plan.HasLaterLabels ? null : plan.Pending,
    };

    /// <summary>Null where the text is not a plan that this version reads.</summary>
    public static PlanDocument? Read(string text)
    {
        try
        {
            PlanDocument? plan = JsonSerializer.Deserialize(text, PlanJson.Default.PlanDocument);
            bool whole = plan is { Owners.IsDefault: false, Sources.IsDefault: false, Models.IsDefault: false };
            return whole && plan!.Owners.All(o => o.TryRead(out _)) ? plan : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Of each topic everything that decides fate and pane of its rows, as a name to be compared.</summary>
    public ImmutableSortedDictionary<string, string> Fates()
    {
        ILookup<string, ModelDocument> reading = Models.SelectMany(m => m.AllTopics(), (m, topic) => (topic, m))
            .ToLookup(r => r.topic, r => r.m, StringComparer.Ordinal);
        return Sources.ToImmutableSortedDictionary(
            s => s.Topic,
            s => (Counted with { Sources = [s], Models = [.. reading[s.Topic].Select(Fate)] }).Hash,
            StringComparer.Ordinal);
    }

    /// <summary>The plan of a worker that runs this document with its own broker, paces and paths; null where a baseline is missing.</summary>
    /// <param name="own">The worker's own plan.</param>
    /// <param name="baselines">The part of a baseline by its content hash; null where it cannot be had.</param>
    /// <param name="epoch">The document's offset in the plan topic.</param>
    /// <param name="counting">The offset of the first plan in the unbroken run before the document that counts as it does.</param>
    /// <param name="missing">The hash of the baseline that cannot be had, or null.</param>
    public DriftPlan? Adopt(DriftPlan own, Func<string, Baseline?> baselines, long epoch, long counting, out string? missing)
    {
        missing = null;
        ImmutableSortedDictionary<string, Owner> owners = Owners.ToImmutableSortedDictionary(
            o => o.Id, o => o.TryRead(out Owner? owner) ? owner : throw new InvalidOperationException($"the hours of '{o.Id}' were not checked"),
            StringComparer.Ordinal);
        int privacyRows = PrivacyRows ?? JudgementSettings.DefaultPrivacyRows;
        var models = ImmutableArray.CreateBuilder<ModelPlan>();
        foreach (ModelDocument model in Models)
        {
            missing = model.Parts().FirstOrDefault(part => baselines(part) is null);
            if (missing is not null) return null;
            Baseline Found(BaselineDocument of) => BaselineFile.Under(of.Hash, baselines(of.Part)!);
            ImmutableArray<FurtherBaseline> further =
                [.. (model.Further ?? []).Select(f => new FurtherBaseline(f.Name, f.Baseline is null ? null : Found(f.Baseline), f.Stream))];
            Baseline leading = model is { Baseline: null, Learn: { } learn }
                ? Baseline.Unlearned(model.Id, learn.First)
                : model.Learn is { Until: { } until } ? Found(model.Baseline!) with { LearnedUntil = until } : Found(model.Baseline!);
            models.Add(Model(model, leading, further, owners, privacyRows));
        }

        ILookup<string, ModelPlan> reading = models.SelectMany(m => m.Topics, (m, topic) => (topic, m))
            .ToLookup(r => r.topic, r => r.m, StringComparer.Ordinal);
        ImmutableSortedDictionary<string, SourceTopic> sources = Sources.ToImmutableSortedDictionary(
            s => s.Topic,
            s => new SourceTopic(s.Topic, s.Format, s.Model,
                [.. reading[s.Topic].Select(m => m.CountingOf(s.Topic))]),
            StringComparer.Ordinal);
        return own with
        {
            Hash = Hash,
            Epoch = epoch,
            Ids = Ids,
            Pending = Pending ?? DriftPlan.DefaultPending,
            Owners = owners,
            Root = owners[RootOwner],
            Models = models.ToImmutable(),
            Desk = Desk ?? DeskSettings.Default,
            PrivacyRows = privacyRows,
            PublicUrl = PublicUrl,
            Counting = own.Counting with
            {
                Epoch = counting,
                Sources = sources,
                MaxFuture = MaxFuture,
                UnownedPane = UnownedPane,
                Versions = Versions == 0 ? int.MaxValue : Versions,
            },
            Time = own.Time with { MaxFuture = MaxFuture },
        };
    }

    /// <summary>
    /// The parts of a model's fixed baselines that it is judged by, each under the hash of its own content; the leading one first. One that is still to be
    /// learned has none.
    /// </summary>
    public static IEnumerable<Baseline> PartsOf(ModelPlan model) =>
        model.Judgement.Further.Select(f => f.Fixed).Prepend(model.Judgement.Baseline).OfType<Baseline>().Where(b => b.ToLearn is null)
            .Select(BaselineFile.Part);

    private static ModelDocument Counting(ModelDocument model) => model with
    {
        Owner = "",
        Stakeholders = [],
        Purpose = null,
        Runbook = null,
        Tags = [],
        Windows = [],
        Rules = [],
        FireAfter = 0,
        FireOf = 0,
        ResolveAfter = 0,
        Further = null,
        Learn = null,
        Kpis = null,
        Goal = null,
        RollbackTo = null,
        Retire = null,
        Law = null,
        Recommend = null,
    };

    private static ModelDocument Fate(ModelDocument model) =>
        Counting(model) with { Baseline = model.Baseline is { } baseline ? baseline with { Hash = "", Part = "", Rows = 0 } : null };

    private static ModelDocument Of(ModelPlan model)
    {
        (CountedModel counting, ModelWindows windows, AlertSettings alerts) = (model.Counting, model.Windows, model.Alerts);
        Baseline baseline = model.Judgement.Baseline;
        return new ModelDocument(
            model.Id, alerts.Owner.Id, [.. alerts.Stakeholders.Select(o => o.Id)], alerts.Purpose, alerts.Runbook, alerts.Tags,
            windows.Topics, counting.TimeColumn, counting.IntegerTime, counting.Version, counting.Decision, counting.Label,
            counting.Paths?.ToImmutableSortedDictionary(p => p.Key, p => p.Value.Text, StringComparer.Ordinal),
            baseline.ToLearn is null ? Of(baseline) : null,
            windows.AllowedLateness, windows.PaneSize, windows.PaneOffset, windows.Windows, model.Judgement.Rules,
            alerts.FireAfter, alerts.FireOf, alerts.ResolveAfter,
            model.Learn is { } learn ? new LearnDocument(learn.First, learn.Settings, baseline.LearnedUntil) : null)
        {
            Further = model.Judgement.Further is { IsEmpty: false } further
                ? [.. further.Select(f => new FurtherDocument(f.Name, f.Fixed is null ? null : Of(f.Fixed), f.Stream))]
                : null,
            Kpis = model.Judgement.Kpis.IsEmpty ? null : model.Judgement.Kpis,
            Goal = alerts.Goal,
            RollbackTo = alerts.RollbackTo,
            Retire = alerts.Retire,
            Labels = model.Labels,
            Law = alerts.Law.IsEmpty ? null : alerts.Law,
            Recommend = alerts.Recommend == RecommendSettings.Default ? null : alerts.Recommend,
        };
    }

    private static BaselineDocument Of(Baseline baseline) => new(baseline.Hash, BaselineFile.Part(baseline).Hash, baseline.Rows,
        [.. baseline.Signals.Select(s => $"{s.Key} {s.Layout.Kind.ToString().ToLowerInvariant()}")]);

    private static ModelPlan Model(
        ModelDocument model, Baseline baseline, ImmutableArray<FurtherBaseline> further, ImmutableSortedDictionary<string, Owner> owners,
        int privacyRows) => new(
        model.Id,
        new CountedModel(model.Id, model.Time, model.Version, model.Decision, model.Label, baseline.Signals, model.PaneSize, model.PaneOffset,
            model.AllowedLateness, model.TimeUnit,
            model.Paths?.ToImmutableSortedDictionary(p => p.Key, p => JsonPath.Parse(p.Value)!, StringComparer.Ordinal))
        {
            IdColumn = model.Labels?.Id,
        },
        EmptyWindows.For(
            new ModelWindows(model.Id, model.Topics, model.PaneSize, model.PaneOffset, model.AllowedLateness, model.Windows)
            {
                References = [.. further.Select(f => f.Stream).OfType<StreamReference>()],
            },
            model.Rules, model.FireAfter, model.ResolveAfter),
        new JudgementSettings(model.Id, baseline, model.Rules)
        {
            Further = further,
            PrivacyRows = privacyRows,
            Costs = model.Goal?.Costs,
            Kpis = model.Kpis ?? [],
        },
        new AlertSettings(model.Id, owners[model.Owner], [.. model.Stakeholders.Select(id => owners[id])], model.Purpose, model.Runbook,
            model.Tags, model.FireAfter, model.FireOf, model.ResolveAfter)
        {
            Goal = model.Goal,
            RollbackTo = model.RollbackTo,
            Retire = model.Retire,
            Law = model.Law ?? [],
            Recommend = model.Recommend ?? RecommendSettings.Default,
            Windows = model.Windows,
        })
        {
            Labels = model.Labels,
        };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(PlanDocument))]
internal sealed partial class PlanJson : JsonSerializerContext;
