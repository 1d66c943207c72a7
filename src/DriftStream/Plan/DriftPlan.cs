using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
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
public sealed record EngineSettings(long SegmentBytes, Duration Flush, int CountsPartitions, int? Threads = null);

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

    /// <summary>Whether the pages also answer <c>POST /-/reload</c>.</summary>
    public bool WebReload { get; init; }

    /// <summary>The pages for people.</summary>
    public WebSettings Web { get; init; } = WebSettings.None;

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
        ImmutableDictionary<string, CountedModel> counted = models.ToImmutableDictionary(m => m.Id, m => m.Counting, StringComparer.Ordinal);
        DriftPlan plan = this with
        {
            Models = models,
            Counting = Counting with
            {
                Sources = Counting.Sources.ToImmutableSortedDictionary(
                    s => s.Key, s => s.Value with { Models = [.. s.Value.Models.Select(m => counted[m.Id])] }, StringComparer.Ordinal),
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
