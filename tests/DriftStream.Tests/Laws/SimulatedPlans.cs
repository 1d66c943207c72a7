using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Laws;

/// <summary>What an owner may do to a plan.</summary>
internal enum PlanKind
{
    /// <summary>The plan of <see cref="SimulatedPlan"/>.</summary>
    Same,

    /// <summary>No more than rules and owner: no counter starts again.</summary>
    Rules,

    /// <summary>As many cells as before, and each of them means another value.</summary>
    OtherCells,

    /// <summary>One feature more.</summary>
    Feature,

    /// <summary>Shorter windows and panes.</summary>
    Shorter,

    /// <summary>Longer windows and panes, which are no multiples of the others.</summary>
    Longer,

    /// <summary>Rows may come later.</summary>
    Lateness,

    /// <summary>Every row is of another version.</summary>
    Version,

    /// <summary>One model is gone.</summary>
    WithoutModel,

    /// <summary>Rows name their versions, of which two have counts of their own.</summary>
    TwoVersions,
}

/// <summary>The plan topic of the simulation: its plans by epoch, and what counters and judges need of each.</summary>
internal sealed class SimulatedPlans : IDisposable
{
    public const string Removable = "m1", OtherVersion = "v2";

    /// <summary>The cell of a row is that of another one in <see cref="SimulatedPlan.Row"/>.</summary>
    public static readonly Layout Reversed = Layout.Categorical([.. SimulatedPlan.Row.Categories.Reverse()]);

    private static readonly Layout False = Layout.Categorical(["false"]);

    private readonly List<(PlanKind Kind, long Counting)> _published = [(PlanKind.Same, 0)];
    private readonly Dictionary<long, CountingSettings> _counting = [];
    private readonly Dictionary<long, CountingLane> _lanes = [];
    private readonly Dictionary<long, JudgeSettings> _judging = [];

    public long Newest => _published.Count - 1;

    public PlanKind KindOf(long epoch) => _published[(int)epoch].Kind;

    public void Publish(PlanKind kind)
    {
        (PlanKind before, long counting) = _published[^1];
        static PlanKind Counts(PlanKind kind) => kind == PlanKind.Rules ? PlanKind.Same : kind;
        _published.Add((kind, Counts(kind) == Counts(before) ? counting : _published.Count));
    }

    /// <summary>The epoch of the first plan without a break that counts as the one of that epoch does.</summary>
    public long CountingEpoch(long epoch) => _published[(int)epoch].Counting;

    public CountingSettings Counting(long epoch)
    {
        long counting = CountingEpoch(epoch);
        if (_counting.TryGetValue(counting, out CountingSettings? settings)) return settings;
        PlanKind kind = KindOf(counting);
        SourceTopic source = SimulatedPlan.Counting.Sources[SimulatedPlan.Topic];
        settings = SimulatedPlan.Counting with
        {
            Epoch = counting,
            Versions = Bound(kind),
            Sources = SimulatedPlan.Counting.Sources.SetItem(
                SimulatedPlan.Topic,
                source with { Models = [.. source.Models.Where(m => Has(kind, m.Id)).Select(m => Counted(kind, m))] }),
        };
        _counting.Add(counting, settings);
        return settings;
    }

    public CountingLane Lane(long epoch)
    {
        long counting = CountingEpoch(epoch);
        if (!_lanes.TryGetValue(counting, out CountingLane? lane)) _lanes.Add(counting, lane = new CountingLane(Counting(counting), new InputLimits()));
        return lane;
    }

    public JudgeSettings Judging(long epoch)
    {
        if (_judging.TryGetValue(epoch, out JudgeSettings? settings)) return settings;
        PlanKind kind = KindOf(epoch);
        JudgeSettings usual = SimulatedPlan.Judging;
        string[] models = [.. SimulatedPlan.Models.Where(m => Has(kind, m))];
        settings = usual with
        {
            PlanHash = HashOf(epoch),
            Windowing = usual.Windowing with
            {
                Models = models.ToImmutableSortedDictionary(m => m, m => Windows(kind, usual.Windowing.Models[m])),
                Fates = ImmutableSortedDictionary<string, string>.Empty.Add(SimulatedPlan.Topic, Fates(kind)),
                Versions = Bound(kind),
            },
            Judgement = models.ToImmutableSortedDictionary(m => m, m => Judged(kind, usual.Judgement[m])),
            Alerts = models.ToImmutableSortedDictionary(m => m, m => usual.Alerts[m]),
        };
        _judging.Add(epoch, settings);
        return settings;
    }

    public string HashOf(long epoch) => $"sha256:{KindOf(epoch)}";

    public ImmutableArray<BaselineSignal> Signals(long epoch, string model) => Judging(epoch).Judgement[model].Baseline.Signals;

    /// <summary>The rows that were counted, by the layout that counted each of them.</summary>
    public static (int[] Usual, int[] Reversed) RowsIn(IEnumerable<SignalCounts> counts)
    {
        SignalCounts[] rows = [.. counts.Where(s => s.Signal == "row")];
        return (Rows(rows, SimulatedPlan.Row), [.. Rows(rows, Reversed).Select(cell => SimulatedPlan.Rows - 1 - cell)]);
    }

    /// <summary>The same of a window, which gives its counts away by layout alone.</summary>
    public static (int[] Usual, int[] Reversed) RowsIn(ClosedWindow window)
    {
        // A window that closes for what was lost may hold no row.
        if (!window.Counts.TryGetValue("row", out WindowCounts? counts)) return ([], []);
        SignalCounts Part(Layout layout) => new("row", layout.Key, [.. counts.Part(layout)]);
        return RowsIn([Part(SimulatedPlan.Row), Part(Reversed)]);
    }

    public void Dispose()
    {
        foreach (CountingLane lane in _lanes.Values) lane.Dispose();
    }

    private static int[] Rows(SignalCounts[] counts, Layout layout)
    {
        var rows = new List<int>();
        foreach (SignalCounts part in counts.Where(c => c.Layout == layout.Key))
        {
            for (int cell = 0; cell < part.Cells.Length; cell++)
            {
                Assert.True(part.Cells[cell] is 0 or 1, $"TWICE: cell {cell} is counted {part.Cells[cell]} times in one place");
                if (part.Cells[cell] == 1) rows.Add(cell);
            }
        }

        return [.. rows];
    }

    private static bool Has(PlanKind kind, string model) => kind != PlanKind.WithoutModel || model != Removable;

    // A baseline with one feature more, and no other, decides fates in the real plan too: its signals are part of the name.
    private static string Fates(PlanKind kind) => kind is PlanKind.Rules or PlanKind.OtherCells ? nameof(PlanKind.Same) : kind.ToString();

    private static int Bound(PlanKind kind) => kind == PlanKind.TwoVersions ? 2 : CountingSettings.DefaultVersions;

    private static CountedModel Counted(PlanKind kind, CountedModel model)
    {
        ModelWindows windows = Windows(kind, SimulatedPlan.Judging.Windowing.Models[model.Id]);
        return model with
        {
            Signals = Signals(kind, model.Signals),
            PaneSize = windows.PaneSize,
            PaneOffset = windows.PaneOffset,
            AllowedLateness = windows.AllowedLateness,
            Version = kind switch
            {
                PlanKind.Version => new VersionSource(Value: OtherVersion),
                PlanKind.TwoVersions => new VersionSource(Column: "version"),
                _ => model.Version,
            },
        };
    }

    private static ModelWindows Windows(PlanKind kind, ModelWindows usual) => kind switch
    {
        PlanKind.Shorter => usual with { PaneSize = new(5), Windows = [new("5", new(5), new(5), new(0), 0), usual.Windows[0]] },
        PlanKind.Longer => usual with { PaneSize = new(30), PaneOffset = new(15), Windows = [new("60", new(60), new(30), new(15), 0)] },
        PlanKind.Lateness => usual with { AllowedLateness = new(SimulatedPlan.Lateness + 5) },
        _ => usual,
    };

    private static JudgementSettings Judged(PlanKind kind, JudgementSettings usual) => usual with
    {
        Baseline = BaselineFile.Hashed(usual.Model, 1, Signals(kind, usual.Baseline.Signals)),
        Rules = kind == PlanKind.Rules ? [usual.Rules[0] with { Id = "others", Alarm = new Alarm(AlarmKind.AboveBaselineBy, 0.4) }] : usual.Rules,
    };

    private static ImmutableArray<BaselineSignal> Signals(PlanKind kind, ImmutableArray<BaselineSignal> usual) => kind switch
    {
        PlanKind.OtherCells => [usual[0] with { Layout = Reversed }, usual[1] with { Layout = False }],
        PlanKind.Feature => [.. usual, new BaselineSignal("model", SignalRole.Feature, ["model"], Layout.Categorical(["m0"]), [1, 0, 0])],
        _ => usual,
    };
}
