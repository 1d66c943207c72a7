using System.Collections.Immutable;
using System.Runtime.CompilerServices;
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
    int ResolveAfter);

/// <summary>
/// A plan as the plan topic holds it: everything that decides what is counted, how it is judged and who is told, but nothing of how the broker is
/// reached, of paces or of paths. Canonical text: compact JSON, its fields in the order of the records, owners and models by id.
/// <see cref="Versions"/> is 0 in plans from before versions were bounded.
/// </summary>
public sealed record PlanDocument(
    Duration MaxFuture,
    Duration UnownedPane,
    string RootOwner,
    ImmutableArray<Owner> Owners,
    ImmutableArray<SourceDocument> Sources,
    ImmutableArray<ModelDocument> Models,
    int Versions)
{
    // Hashing a baseline means writing all of it, and a plan is asked for its parts again and again.
    private static readonly ConditionalWeakTable<Baseline, Baseline> Parts = [];

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
    public string CountingHash => (this with { RootOwner = "", Owners = [], Models = [.. Models.Select(Counting)] }).Hash;

    /// <summary>The document of a plan, whose baselines must be loaded.</summary>
    public static PlanDocument Of(DriftPlan plan) => new(
        plan.Counting.MaxFuture,
        plan.Counting.UnownedPane,
        plan.Root.Id,
        [.. plan.Owners.Values],
        [.. plan.Counting.Sources.Values.Select(s => new SourceDocument(s.Topic, s.Format, s.Selector))],
        [.. plan.Models.OrderBy(m => m.Id, StringComparer.Ordinal).Select(Of)],
        plan.Counting.Versions);

    /// <summary>Null where the text is not a plan that this version reads.</summary>
    public static PlanDocument? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, PlanJson.Default.PlanDocument);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Everything that decides fate and pane of the rows of one topic, as a name to be compared.</summary>
    public string FatesOf(string topic) => (this with
    {
        RootOwner = "",
        Owners = [],
        Sources = [.. Sources.Where(s => s.Topic == topic)],
        Models = [.. Models.Where(m => m.Topics.Contains(topic)).Select(Fate)],
    }).Hash;

    /// <summary>The plan of a worker that runs this document with its own broker, paces and paths; null where a baseline is missing.</summary>
    /// <param name="own">The worker's own plan.</param>
    /// <param name="baselines">The part of a baseline by its content hash; null where it cannot be had.</param>
    /// <param name="epoch">The document's offset in the plan topic.</param>
    /// <param name="counting">The offset of the first plan in the unbroken run before the document that counts as it does.</param>
    /// <param name="missing">The hash of the baseline that cannot be had, or null.</param>
    public DriftPlan? Adopt(DriftPlan own, Func<string, Baseline?> baselines, long epoch, long counting, out string? missing)
    {
        missing = null;
        ImmutableSortedDictionary<string, Owner> owners = Owners.ToImmutableSortedDictionary(o => o.Id, o => o, StringComparer.Ordinal);
        var models = ImmutableArray.CreateBuilder<ModelPlan>();
        foreach (ModelDocument model in Models)
        {
            if (baselines(model.Baseline!.Part) is not { } part)
            {
                missing = model.Baseline.Part;
                return null;
            }

            models.Add(Model(model, part with { Hash = model.Baseline.Hash }, owners));
        }

        ImmutableSortedDictionary<string, SourceTopic> sources = Sources.ToImmutableSortedDictionary(
            s => s.Topic,
            s => new SourceTopic(s.Topic, s.Format, s.Model,
                [.. models.Where(m => m.Windows.Topics.Contains(s.Topic)).Select(m => m.Counting)]),
            StringComparer.Ordinal);
        return own with
        {
            Hash = Hash,
            Epoch = epoch,
            Owners = owners,
            Root = owners[RootOwner],
            Models = models.ToImmutable(),
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

    /// <summary>The part of a model's baseline that it is judged by, under the hash of its own content.</summary>
    public static Baseline PartOf(ModelPlan model) =>
        Parts.GetValue(model.Judgement.Baseline, BaselineFile.Hashed);

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
    };

    private static ModelDocument Fate(ModelDocument model) =>
        Counting(model) with { Baseline = model.Baseline! with { Hash = "", Part = "", Rows = 0 } };

    private static ModelDocument Of(ModelPlan model)
    {
        (CountedModel counting, ModelWindows windows, AlertSettings alerts) = (model.Counting, model.Windows, model.Alerts);
        Baseline baseline = model.Judgement.Baseline;
        return new ModelDocument(
            model.Id, alerts.Owner.Id, [.. alerts.Stakeholders.Select(o => o.Id)], alerts.Purpose, alerts.Runbook, alerts.Tags,
            windows.Topics, counting.TimeColumn, counting.IntegerTime, counting.Version, counting.Decision, counting.Label,
            counting.Paths?.ToImmutableSortedDictionary(p => p.Key, p => p.Value.Text, StringComparer.Ordinal),
            new BaselineDocument(baseline.Hash, PartOf(model).Hash, baseline.Rows,
                [.. baseline.Signals.Select(s => $"{s.Key} {s.Layout.Kind.ToString().ToLowerInvariant()}")]),
            windows.AllowedLateness, windows.PaneSize, windows.PaneOffset, windows.Windows, model.Judgement.Rules,
            alerts.FireAfter, alerts.FireOf, alerts.ResolveAfter);
    }

    private static ModelPlan Model(ModelDocument model, Baseline baseline, ImmutableSortedDictionary<string, Owner> owners) => new(
        model.Id,
        new CountedModel(model.Id, model.Time, model.Version, model.Decision, model.Label, baseline.Signals, model.PaneSize, model.PaneOffset,
            model.AllowedLateness, model.TimeUnit,
            model.Paths?.ToImmutableSortedDictionary(p => p.Key, p => JsonPath.Parse(p.Value)!, StringComparer.Ordinal)),
        EmptyWindows.For(
            new ModelWindows(model.Id, model.Topics, model.PaneSize, model.PaneOffset, model.AllowedLateness, model.Windows),
            model.Rules, model.FireAfter, model.ResolveAfter),
        new JudgementSettings(model.Id, baseline, model.Rules),
        new AlertSettings(model.Id, owners[model.Owner], [.. model.Stakeholders.Select(id => owners[id])], model.Purpose, model.Runbook,
            model.Tags, model.FireAfter, model.FireOf, model.ResolveAfter));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(PlanDocument))]
internal sealed partial class PlanJson : JsonSerializerContext;
