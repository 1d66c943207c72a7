using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Tests.Laws;

/// <summary>The plan of the simulation. One tick is a microsecond; panes of 10 ticks with 4 ticks of lateness.</summary>
internal static class SimulatedPlan
{
    public const string Topic = "predictions", Unclaimed = "ghost";
    public const int CountsPartitions = 2, Rows = 600;
    public const long Pane = 10, Lateness = 4, MaxFuture = 20, Fresh = 6, Lease = 18, CloseAfterIdle = 40, IdleAfter = 12;

    public static readonly ImmutableArray<string> Models = ["m0", "m1", "m2", "m3"];

    public static readonly ImmutableArray<WindowSettings> Windows = [new("20", new(20), new(20), new(0), 0), new("40", new(40), new(20), new(0), 0)];

    /// <summary>A cell for every row.</summary>
    public static readonly Layout Row = Layout.Categorical([.. Enumerable.Range(0, Rows).Select(r => $"{r}")]);

    private static readonly ImmutableArray<BaselineSignal> Signals =
    [
        Signal("row", Row),
        Signal("flag", Layout.Categorical(["true"])),
    ];

    public static CountingSettings Counting { get; } = new(
        0,
        ImmutableSortedDictionary<string, SourceTopic>.Empty.Add(Topic, new SourceTopic(
            Topic, MessageFormat.Arrow, new ModelSelector(Column: "model"), [.. Models.Select(Counted)])),
        new(MaxFuture),
        SegmentBytes: 14,
        SegmentSpan: new(40),
        UnownedPane: new(Pane));

    public static JudgeSettings Judging { get; } = JudgingOf(
        Models,
        new WindowingSettings(
            Models.ToImmutableSortedDictionary(m => m, m => new ModelWindows(m, [Topic], new(Pane), new(0), new(Lateness), Windows)),
            new ModelWindows("", [Topic], new(Pane), new(0), new(0), [new WindowSettings("10", new(Pane), new(Pane), new(0), 0)]),
            new(CloseAfterIdle),
            new(Lease),
            new(MaxFuture),
            new(IdleAfter)),
        Signals);

    /// <summary>What judges of these models go by, all of one owner.</summary>
    public static JudgeSettings JudgingOf(IEnumerable<string> models, WindowingSettings windowing, ImmutableArray<BaselineSignal> signals) => new(
        "sha256:plan",
        Root,
        windowing,
        models.ToImmutableSortedDictionary(m => m, m => Judged(m, signals)),
        models.ToImmutableSortedDictionary(m => m, m => new AlertSettings(m, Root, [], null, null, [], 1, 2, 1)));

    private static Owner Root => new("root", "Root", "root@example.org");

    private static CountedModel Counted(string model) => new(
        model, "time", new VersionSource(), null, null, Signals, new(Pane), new(0), new(Lateness), TimeUnit.Microsecond);

    // Half of the flags are null: a rule that speaks in about every second window.
    private static JudgementSettings Judged(string model, ImmutableArray<BaselineSignal> signals) => new(
        model,
        BaselineFile.Hashed(model, 1, signals),
        [new Rule("flags", "flag", null, "missing", null, new Alarm(AlarmKind.AboveBaselineBy, 0.5), Severity.Warning)]);

    private static BaselineSignal Signal(string name, Layout layout) =>
        new(name, SignalRole.Feature, [name], layout, [1, .. new long[layout.Cells - 1]]);
}
