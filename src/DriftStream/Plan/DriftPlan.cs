using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>How the broker is reached.</summary>
/// <param name="Bootstrap">Servers, separated by commas.</param>
/// <param name="Client">Any librdkafka properties; secrets have already been read.</param>
public sealed record KafkaSettings(string Bootstrap, ImmutableSortedDictionary<string, string> Client);

/// <summary>Topic names and how they are made.</summary>
public sealed record TopicSettings(string Prefix, int Replication)
{
    /// <summary>Whom the printed rights are for.</summary>
    public Principals Principals { get; init; } = new();
}

/// <summary>Kafka's names of those who need rights, as <c>Type:name</c>. Roles that run in one process share one.</summary>
/// <param name="Counter">Counts the sources.</param>
/// <param name="Judge">Judges the counts.</param>
/// <param name="Desk">Groups what judges find into episodes and hears answers.</param>
/// <param name="Delivery">Takes alerts to their owners' topics; runs where the desk does.</param>
/// <param name="Topics">Runs <c>topics --apply</c>.</param>
/// <param name="Readers">Reads the alerts of every owner; null: each owner reads its own, as <c>User:</c> and its id.</param>
/// <param name="Web">Reads what pages show, and writes what is answered on them.</param>
public sealed record Principals(
    string Counter = "User:driftstream-counter",
    string Judge = "User:driftstream-judge",
    string Desk = "User:driftstream-desk",
    string Delivery = "User:driftstream-delivery",
    string Topics = "User:driftstream-topics",
    string? Readers = null,
    string Web = "User:driftstream-web");

/// <summary>Pace and sizes of the two stages.</summary>
/// <param name="SegmentBytes">Bytes of payload that end a segment.</param>
/// <param name="Flush">Microseconds between flushes.</param>
/// <param name="CountsPartitions">How many partitions the counts topic has.</param>
/// <param name="Threads">Counting threads; null for one less than the machine's cores, and at least one.</param>
public sealed record EngineSettings(long SegmentBytes, Duration Flush, int CountsPartitions, int? Threads = null)
{
    /// <summary>The file that holds the secret by which ids of rows are named, as the config writes it; null for none.</summary>
    public string? IdSecretFile { get; init; }

    /// <summary>Where joiners keep what they remember besides memory; null for nowhere.</summary>
    public JoinFolderSettings? Joins { get; init; }
}

/// <summary>A folder of one worker, for what its joiners remember.</summary>
/// <param name="Path">The folder, as the config writes it.</param>
/// <param name="HasTables">What is remembered lies in files there, instead of in memory.</param>
public sealed record JoinFolderSettings(string Path, bool HasTables);

/// <summary>Whether numbers are counted on a GPU.</summary>
public enum GpuUse : byte
{
    /// <summary>Where there is one, for what it does faster.</summary>
    Auto,

    /// <summary>Never; no GPU is looked for.</summary>
    Off,

    /// <summary>Like <see cref="Auto"/>, but a worker that finds none does not start.</summary>
    Require,
}

/// <summary>When silence means something. Durations in microseconds.</summary>
public sealed record TimeSettings(Duration MaxFuture, Duration IdleAfter, Duration CloseAfterIdle);

/// <summary>One model, as every stage needs it.</summary>
public sealed record ModelPlan(
    string Id,
    CountedModel Counting,
    ModelWindows Windows,
    JudgementSettings Judgement,
    AlertSettings Alerts)
{
    /// <summary>How its labels come later; null where none do.</summary>
    public LabelPlan? Labels { get; init; }

    /// <summary>All topics that it reads.</summary>
    public ImmutableArray<string> Topics => [.. Windows.Topics.Concat(Labels?.Topics ?? []).Distinct()];

    /// <summary>What a counter must know of the model's rows of one of its topics.</summary>
    public CountedModel CountingOf(string topic)
    {
        if (Labels is not { } labels) return Counting;
        if (!labels.Topics.Contains(topic))
        {
            return Counting with
            {
                Signals = [.. Counting.Signals.Where(IsCountedUnlabelled)],
                Joined = JoinedSignals.Of(Counting.Signals),
            };
        }

        return new CountedModel(
            Id, labels.Time, new VersionSource(), null, Counting.Label, [], Counting.PaneSize, Counting.PaneOffset, Counting.AllowedLateness, labels.TimeUnit,
            Counting.Paths)
        {
            IdColumn = labels.Id,
            BringsLabels = true,
            LabelKind = Counting.LabelKind,
            Joined = JoinedSignals.Of(Counting.Signals),
        };
    }

    /// <summary>
    /// The model as judges take it: its rows as they came and, where labels come later, its joined rows once for each delay, as one more model
    /// (<see cref="JoinedName"/>) whose rows may be so much later.
    /// </summary>
    public IEnumerable<ModelPlan> Judged()
    {
        if (Labels is not { } labels)
        {
            yield return this;
            yield break;
        }

        AlertSettings alerts = Alerts with { Windows = [.. Windows.Windows, .. labels.JudgeAt.SelectMany(WindowsAt)] };
        Baseline baseline = Judgement.Baseline;
        ILookup<bool, Rule> rules = Judgement.Rules.ToLookup(LabelPlan.NeedsLabel);
        yield return this with
        {
            Judgement = Judgement with
            {
                Baseline = baseline with { Signals = [.. baseline.Signals.Where(IsCountedUnlabelled)] },
                Rules = [.. rules[false]],
                Kpis = [.. Judgement.Kpis.Where(k => !k.IsOfLabels)],
                LabelsComeLater = true,
            },
            Alerts = alerts,
        };
        foreach (Duration delay in labels.JudgeAt)
        {
            string name = JoinedName.Of(Id, delay);
            yield return this with
            {
                Id = name,
                Windows = new ModelWindows(
                    name, [JoinedName.SourceOf(Id)], Windows.PaneSize, Windows.PaneOffset, Windows.AllowedLateness + delay, [.. WindowsAt(delay)])
                {
                    Delay = delay,
                },
                Judgement = Judgement with
                {
                    Baseline = baseline with { Signals = JoinedSignals.Of(baseline.Signals) },
                    // What a joiner refuses, or comes too late for it, is lost to these windows alone.
                    Rules = [.. rules[true], .. rules[false].Where(r => r.Statistic is LossJudge.Lost or LossJudge.Rejected)],
                    Kpis = [.. Judgement.Kpis.Where(k => k.IsOfLabels)],
                    Further = [],
                },
                Alerts = alerts,
            };
        }
    }

    /// <summary>What joiners take of it; null where none of its labels come later.</summary>
    public JoinedModel? Joined() => Labels is not { } labels ? null : new JoinedModel(
        Id, Topics, Windows.PaneSize, Windows.PaneOffset, Windows.AllowedLateness, labels.Within, labels.Early, labels.JudgeAt, labels.Corrections)
    {
        Signals = JoinedSignals.Of(Counting.Signals),
    };

    // What needs a label says nothing of rows without one, but for what their scores lead to expect.
    private static bool IsCountedUnlabelled(BaselineSignal signal) =>
        !JoinedSignals.IsOfLabelsAlone(signal) || OutcomeEstimator.For(signal.Layout, signal.Counts.AsSpan()) is not null;

    private IEnumerable<WindowSettings> WindowsAt(Duration delay) => Windows.Windows.Select(w => w with { Name = JoinedName.Of(w.Name, delay) });

    /// <summary>How its baseline is learned; null where it is not, and in a plan that was read from the plan topic.</summary>
    public LearnPlan? Learn { get; init; }
}

/// <summary>A checked configuration with its baselines loaded: what a worker runs.</summary>
/// <param name="Kafka">How the broker is reached.</param>
/// <param name="Hash">The hash of its <see cref="PlanDocument"/>: owners, models, rules and baselines, but not broker, paces and paths.</param>
/// <param name="Engine">Pace and sizes of counting.</param>
/// <param name="Time">When silence means something.</param>
/// <param name="Topics">Topic names, and how topics are made.</param>
/// <param name="Limits">What one message may cost.</param>
/// <param name="WebListen">Host and port of the health and metrics pages, or null.</param>
/// <param name="Gpu">Whether numbers are counted on a GPU; the counts do not depend on it.</param>
/// <param name="OpenWindows">How many open windows make a worker's log warn; nothing is refused.</param>
/// <param name="Owners">By id.</param>
/// <param name="Root">The owner of whatever has no other.</param>
/// <param name="Models">In the order of their ids.</param>
/// <param name="Counting">All that a counter's output depends on.</param>
/// <param name="Groups">The most values of a group.</param>
public sealed record DriftPlan(
    string Hash,
    KafkaSettings Kafka,
    string? WebListen,
    EngineSettings Engine,
    TimeSettings Time,
    TopicSettings Topics,
    InputLimits Limits,
    int OpenWindows,
    int Groups,
    ImmutableSortedDictionary<string, Owner> Owners,
    Owner Root,
    ImmutableArray<ModelPlan> Models,
    CountingSettings Counting,
    GpuUse Gpu = GpuUse.Auto)
{
    /// <summary>Its offset in the plan topic; 0 until it is written there.</summary>
    public long Epoch { get; init; }

    /// <summary>How many ids joiners remember where the config does not say: 2.5 GB of them.</summary>
    public const int DefaultPending = 50_000_000;

    /// <summary>How many ids all joiners together may remember.</summary>
    public int Pending { get; init; } = DefaultPending;

    /// <summary>Which secret names ids, by the plan that runs (<see cref="RowSecret.Name"/>); null where there is none, or no labels come later.</summary>
    public string? Ids { get; init; }

    /// <summary>Labels of some model come later than its predictions.</summary>
    public bool HasLaterLabels => Models.Any(m => m.Labels is not null);

    /// <summary>It has labels that come later, and its ids are named by another secret than this worker's: nothing would meet.</summary>
    public bool HasOtherSecret => HasLaterLabels && Ids != Counting.Ids.Name;

    /// <summary>Whether the pages also answer <c>POST /-/reload</c>.</summary>
    public bool WebReload { get; init; }

    /// <summary>The pages for people.</summary>
    public WebSettings Web { get; init; } = WebSettings.None;

    /// <summary>
    /// Where people reach the pages, which alerts link to: <c>https://drift.example.org</c>, without a slash at its end; null where nobody says.
    /// </summary>
    public string? PublicUrl { get; init; }

    /// <summary>Rows below which a cell is told as <c>other</c>; every model's settings have it too.</summary>
    public int PrivacyRows { get; init; } = JudgementSettings.DefaultPrivacyRows;

    /// <summary>How often owners are told, and how soon they have to answer.</summary>
    public DeskSettings Desk { get; init; } = DeskSettings.Default;

    /// <summary>The same plan with baselines that have been learned, under a hash of its own.</summary>
    /// <param name="learned">By model id, as <see cref="LearnPlan.Bind"/> gives them.</param>
    public DriftPlan With(IReadOnlyDictionary<string, Baseline> learned)
    {
        if (learned.Count == 0) return this;
        ImmutableArray<ModelPlan> models = [.. Models.Select(m => learned.TryGetValue(m.Id, out Baseline? baseline) ? With(m, baseline) : m)];
        ImmutableDictionary<string, ModelPlan> counted = models.ToImmutableDictionary(m => m.Id, StringComparer.Ordinal);
        DriftPlan plan = this with
        {
            Models = models,
            Counting = Counting with
            {
                Sources = Counting.Sources.ToImmutableSortedDictionary(
                    s => s.Key, s => s.Value with { Models = [.. s.Value.Models.Select(m => counted[m.Id].CountingOf(s.Key))] }, StringComparer.Ordinal),
            },
        };
        return plan with { Hash = PlanDocument.Of(plan).Hash };
    }

    private static ModelPlan With(ModelPlan model, Baseline learned) => model with
    {
        Counting = model.Counting with { Signals = learned.Signals },
        Judgement = model.Judgement with { Baseline = learned, Rules = model.Learn!.RulesFor(learned) },
    };
}
