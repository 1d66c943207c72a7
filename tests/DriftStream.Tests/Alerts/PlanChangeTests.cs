using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>What an owner may do to a plan, one change a test; every script is also judged with a restart after each of its records.</summary>
public sealed class PlanChangeTests
{
    private const string Mixed = "counted under two baselines, whose cells differ";

    private static readonly Rule Psi = new("psi", "*", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: 0.02), Severity.Warning);
    private static readonly Rule Missing = new("missing", "*", null, "missing", null, new Alarm(AlarmKind.AboveBaselineBy, 0.02), Severity.Warning);
    private static readonly Rule Volume = new("volume", "*", null, "volume", null, new Alarm(AlarmKind.Below, 1000), Severity.Warning);
    private static readonly Rule Parity = new("parity", null, "*", "demographic_parity_ratio", null,
        new Alarm(AlarmKind.Below, 0.8, MinRows: 10), Severity.Warning);

    private static readonly BaselineSignal Few = PlanScript.Signal("x", Layout.Numeric([0]), 500, 500, 0, 0);
    private static readonly BaselineSignal Many = PlanScript.Signal("x", Layout.Numeric([0, 1, 2]), 250, 250, 250, 250, 0, 0);
    private static readonly BaselineSignal Moved = PlanScript.Signal("x", Layout.Numeric([5]), 500, 500, 0, 0);
    private static readonly BaselineSignal Other = PlanScript.Signal("y", Layout.Categorical(["a"]), 1000, 0, 0);

    private static ModelWindows Twenty => PlanScript.WindowsOf("m", 10, 20);

    [Fact]
    public void OtherNumberOfCells_IsInsufficientAndStillSeesWhatIsMissing()
    {
        PlanScript script = Halves(Few, [500, 400, 0, 100], Many, [250, 250, 250, 50, 0, 200], Twenty, Twenty);
        Verdict verdict = Assert.Single(script.Verdicts);
        JudgedSignal x = Assert.Single(verdict.Signals);
        Assert.Equal((2000, 300, 0, Judgement.Drifting), (x.Rows, x.Missing, x.Unseen, x.Judgement));
        Assert.Equal("x: missing in 15 % of rows (baseline 0 %)", x.Why);
        Assert.True(verdict.Window.Complete);
        Assert.Equal(2, verdict.Baselines.Length);
        Assert.Equal(verdict.Baselines[1], verdict.BaselineHash);
        Assert.Equal(["first", "second"], verdict.Plans);
        Assert.Equal("missing", Assert.Single(script.Alerts).Rule);
    }

    [Fact]
    public void OtherEdges_OfAsManyCells_AreNeverAddedUp()
    {
        PlanScript script = Halves(Few, [500, 500, 0, 0], Moved, [500, 500, 0, 0], Twenty, Twenty);
        JudgedSignal x = Assert.Single(Assert.Single(script.Verdicts).Signals);
        Assert.Equal((2000, Judgement.Insufficient, Mixed), (x.Rows, x.Judgement, x.Why));
        Assert.Equal([Few.Layout.Key, Moved.Layout.Key], script.Verdicts[0].Window.Counts["x"].Layouts);
        Assert.DoesNotContain(x.Statistics, s => s.Name is "psi" or "ks");
        Assert.Empty(script.Alerts);
    }

    // The worst of them: all rows counted by the old edges, the window closed under the new plan.
    [Theory]
    [InlineData(500, 500, Judgement.Steady)]
    [InlineData(1000, 0, Judgement.Drifting)]
    public void WindowOfTheFormerPlan_IsJudgedByTheFormerBaseline(long below, long above, Judgement judgement)
    {
        PlanScript script = new PlanScript(One("first", Few, Twenty), One("second", Moved, Twenty))
            .Frame(0, 0, 5, Counted(Few, 0, below, above, 0, 0))
            .Header(0, 0, 5, watermark: 12)
            .Header(1, 5, 6, watermark: 25).Run();
        Verdict verdict = Assert.Single(script.Verdicts);
        Assert.Equal((judgement, "second"), (verdict.Judgement, verdict.Plan));
        Assert.Equal([0], verdict.Window.Epochs);
        Assert.Equal(One("first", Few, Twenty).Judgement["m"].Baseline.Hash, verdict.BaselineHash);
        Assert.Equal(WindowJudge.Judge(verdict.Window, One("first", Few, Twenty).Judgement["m"]).Signals[0].Statistics, verdict.Signals[0].Statistics);
    }

    [Fact]
    public void RulesAlone_AreAppliedAtOnce_AndTheCountsGoOn()
    {
        JudgeSettings strict = PlanScript.Plan("strict", [Missing with { Id = "strict", Alarm = new Alarm(AlarmKind.Above, 0.001) }], (Twenty, [Few]));
        PlanScript script = new PlanScript(One("first", Few, Twenty), strict)
            .Frame(0, 0, 5, Counted(Few, 0, 500, 490, 0, 10))
            .Header(0, 0, 5, watermark: 12)
            .Header(0, 5, 6, watermark: 25, plan: 1).Run();
        Verdict verdict = Assert.Single(script.Verdicts);
        Assert.Equal(("strict", true, Judgement.Drifting), (verdict.Plan, verdict.Window.Complete, verdict.Judgement));
        Assert.Equal(("strict", "strict"), (Assert.Single(script.Alerts).Rule, script.Alerts[0].Plan));
    }

    [Fact]
    public void FeatureAdded_IsInsufficientForOneWindow_AndItsVolumeIsNotTheWindows()
    {
        BaselineSignal[] both = [Few, Other];
        ImmutableArray<Rule> rules = [Psi, Missing, Volume];
        PlanScript script = new PlanScript(PlanScript.Plan("first", rules, (Twenty, [Few])), PlanScript.Plan("second", rules, (Twenty, both)))
            .Frame(0, 0, 5, Counted(Few, 0, 300, 300, 0, 0))
            .Header(0, 0, 5, watermark: 12)
            .Frame(1, 5, 9, PlanScript.Entry("m", 10, 10, (Few, [300, 300, 0, 0]), (Other, [600, 0, 0])))
            .Header(1, 5, 9, watermark: 25).Run();
        Verdict verdict = Assert.Single(script.Verdicts);
        Assert.Equal([("x", Judgement.Steady), ("y", Judgement.Insufficient)], verdict.Signals.Select(s => (s.Signal, s.Judgement)));
        Assert.Equal(Mixed, verdict.Signals[1].Why);
        Assert.Empty(script.Alerts);
    }

    [Fact]
    public void FeatureRemoved_LeavesTheOthersAsTheyWere()
    {
        PlanScript script = new PlanScript(PlanScript.Plan("first", [Psi], (Twenty, [Few, Other])), One("second", Few, Twenty))
            .Frame(0, 0, 5, PlanScript.Entry("m", 0, 10, (Few, [500, 500, 0, 0]), (Other, [0, 1000, 0])))
            .Header(0, 0, 5, watermark: 12)
            .Frame(1, 5, 9, Counted(Few, 10, 500, 500, 0, 0))
            .Header(1, 5, 9, watermark: 25).Run();
        JudgedSignal x = Assert.Single(Assert.Single(script.Verdicts).Signals);
        Assert.Equal(("x", 2000, Judgement.Steady), (x.Signal, x.Rows, x.Judgement));
    }

    [Fact]
    public void OtherGroups_AreInsufficientForOneWindow()
    {
        BaselineSignal Sex(params string[] values)
        {
            Layout layout = Layout.Table([.. values], labelled: false);
            return new BaselineSignal("SEX", SignalRole.Group, ["SEX"], layout, [.. Table(layout)]);
        }

        long[] Table(Layout layout) => [.. Enumerable.Range(0, layout.Cells).Select(c => c < 6 ? 100L : 0)];
        (BaselineSignal old, BaselineSignal next) = (Sex("1", "2"), Sex("f", "m"));
        PlanScript script = new PlanScript(PlanScript.Plan("first", [Parity], (Twenty, [Few, old])), PlanScript.Plan("second", [Parity], (Twenty, [Few, next])))
            .Frame(0, 0, 5, PlanScript.Entry("m", 0, 10, (Few, [300, 300, 0, 0]), (old, Table(old.Layout))))
            .Header(0, 0, 5, watermark: 12)
            .Frame(1, 5, 9, PlanScript.Entry("m", 10, 10, (Few, [300, 300, 0, 0]), (next, Table(next.Layout))))
            .Header(1, 5, 9, watermark: 25)
            .Frame(1, 9, 12, PlanScript.Entry("m", 20, 10, (Few, [300, 300, 0, 0]), (next, Table(next.Layout))))
            .Header(1, 9, 12, watermark: 45).Run();
        Assert.Equal([Judgement.Insufficient, Judgement.Steady], script.Verdicts.Select(v => v.Groups[0].Statistic.Judgement));
        Assert.Equal([Mixed, null], script.Verdicts.Select(v => v.Groups[0].Why));
    }

    [Fact]
    public void LongerWindows_LackWhatShorterOnesForgot_AndSayIt()
    {
        PlanScript script = new PlanScript(One("hours", Few, PlanScript.WindowsOf("m", 10, 10)), One("days", Few, PlanScript.WindowsOf("m", 60, 60)))
            .Frame(0, 0, 5, Counted(Few, 0, 1, 1, 0, 0), Counted(Few, 10, 2, 2, 0, 0), Counted(Few, 20, 3, 3, 0, 0))
            .Header(0, 0, 5, watermark: 25)
            .Frame(1, 5, 9, Counted(Few, 0, 60, 4, 4, 0, 0))
            .Header(1, 5, 9, watermark: 55)
            .Frame(1, 9, 12, Counted(Few, 60, 60, 5, 5, 0, 0))
            .Header(1, 9, 12, watermark: 125).Run();
        Assert.Equal([(0, 2, true), (10, 4, true), (0, 14, false), (60, 10, true)], script.Verdicts.Select(Shape));
        Assert.Equal((30, 0, 0), (script.Account.Sealed.Value, script.Account.Open.Value, script.Account.Overtaken.Value));
    }

    [Fact]
    public void ShorterWindows_CannotDivideALongPane_AndSayIt()
    {
        PlanScript script = new PlanScript(One("days", Few, PlanScript.WindowsOf("m", 60, 60)), One("hours", Few, PlanScript.WindowsOf("m", 10, 10)))
            .Frame(0, 0, 5, Counted(Few, 0, 60, 5, 0, 0, 0))
            .Header(0, 0, 5, watermark: 25)
            .Frame(1, 5, 9, Counted(Few, 20, 3, 0, 0, 0), Counted(Few, 30, 4, 0, 0, 0))
            .Header(1, 5, 9, watermark: 45)
            .Header(1, 9, 12, watermark: 65).Run();
        // The window at 50 is there for the rows that it lacks; they are told of as dropped.
        Assert.Equal([(20, 3, false), (30, 4, true), (50, 0, false)], script.Verdicts.Select(Shape));
        Assert.Equal([0, 0, 5], script.Verdicts.Select(v => v.Window.Lost!.Counts.Dropped.Value));
        Assert.Equal((12, 0, 0), (script.Account.Sealed.Value, script.Account.Open.Value, script.Account.Overtaken.Value));
    }

    // The rows that a counter of the former plan holds lie in a pane that is not written yet, while its watermark moves time.
    [Fact]
    public void CounterBehindThePlan_LeavesItsMarkOnShorterWindows()
    {
        PlanScript script = new PlanScript(One("days", Few, PlanScript.WindowsOf("m", 60, 60)), One("hours", Few, PlanScript.WindowsOf("m", 10, 10)))
            .Header(0, 0, 1, watermark: 5, partitions: 2)
            .Header(1, 0, 1, watermark: 5, partition: 1, partitions: 2)
            .Frame(1, 0, 5, Counted(Few, 20, 3, 0, 0, 0))
            .Header(0, 1, 5, watermark: 35, plan: 0, complete: false, partition: 1, partitions: 2)
            .Header(1, 1, 5, watermark: 35, partitions: 2)
            .Run();
        Assert.All(script.Verdicts, v => Assert.False(v.Window.Complete));
    }

    [Fact]
    public void OpenSegment_CountedAgainInOtherPanes_CountsNoRowTwice()
    {
        PlanScript script = new PlanScript(One("ten", Few, PlanScript.WindowsOf("m", 10, 10)), One("sixty", Few, PlanScript.WindowsOf("m", 60, 60)))
            .Frame(0, 0, 5, Counted(Few, 0, 5, 0, 0, 0))
            .Header(0, 0, 5, watermark: 25, complete: false)
            .Frame(1, 0, 9, Counted(Few, 0, 60, 9, 0, 0, 0))
            .Header(1, 0, 9, watermark: 65).Run();
        Assert.Equal((5, 0, 4), (script.Account.Sealed.Value, script.Account.Open.Value, script.Account.Overtaken.Value));
        Assert.Equal([(0, 5)], script.Panes.Select(p => (p.Key.Start.Microseconds, p.Entry.Rows.Value)));
    }

    // The verdicts of the former plan have them, so they are not lost, be the segment open or not; what came late for them still is.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RowsJudgedUnderTheFormerPlan_AreNotLostWhereTheNextCountsThemAgain(bool complete)
    {
        int next = complete ? 9 : 0;
        Entry[] again = complete ? [] : [Counted(Few, 0, 6, 0, 0, 0), Counted(Few, 20, 7, 0, 0, 0)];
        PlanScript script = new PlanScript(One("twenty", Few, PlanScript.WindowsOf("m", 20, 20)), One("ten", Few, PlanScript.WindowsOf("m", 10, 10)))
            .Frame(0, 0, 5, Counted(Few, 0, 20, 6, 4, 0, 0))
            .Header(0, 0, 5, watermark: 25, complete: false)
            .Frame(1, 0, 9, Counted(Few, 0, 6, 0, 0, 0), Counted(Few, 10, 0, 4, 0, 0), Counted(Few, 20, 7, 0, 0, 0))
            .Header(1, 0, 9, watermark: 35, complete: complete)
            .Frame(1, next, 12, [.. again, Counted(Few, 10, 0, complete ? 3 : 7, 0, 0), Counted(Few, 30, 1, 0, 0, 0)])
            .Header(1, next, 12, watermark: 45, complete: complete).Run();
        Assert.Equal([10, 7, 1], script.Verdicts.Select(v => v.Window.Rows.Value));
        Assert.Equal([0, 0, 3], script.Verdicts.Select(v => v.Window.Lost!.Counts.Overtaken.Value));
        Assert.Equal((18, 0, 3), (script.Account.Sealed.Value, script.Account.Open.Value, script.Account.Overtaken.Value));
    }

    // There and back again: the window that was cut short closes once more, and the two have ids of their own.
    [Fact]
    public void WindowThatComesBack_IsToldApartFromItsCutSelf()
    {
        JudgeSettings twenty = One("twenty", Few, Twenty);
        PlanScript script = new PlanScript(twenty, One("five", Few, PlanScript.WindowsOf("m", 10, 50)), twenty)
            .Frame(0, 0, 5, Counted(Few, 0, 900, 0, 0, 0))
            .Header(0, 0, 5, watermark: 12)
            .Header(1, 5, 6, watermark: 15)
            .Header(2, 6, 7, watermark: 16)
            .Frame(2, 7, 9, Counted(Few, 10, 900, 0, 0, 0))
            .Header(2, 7, 9, watermark: 25).Run();
        Assert.Equal([(0, 900, false), (0, 1800, true)], script.Verdicts.Where(v => v.Window.Window.Size == 20).Select(Shape));
        Assert.Equal([1, null], script.Verdicts.Where(v => v.Window.Window.Size == 20).Select(v => v.Window.CutBy));
        // A part of a window is no outcome: it neither fires nor resolves.
        Assert.Equal("psi", Assert.Single(script.Alerts).Rule);
    }

    // Time that went on inside a long pane must not seal the short one that ends there, nor seal it twice.
    [Fact]
    public void PanesOfTwoPlans_AreEachSealedOnce()
    {
        JudgeSettings ten = One("ten", Few, PlanScript.WindowsOf("m", 10, 10));
        PlanScript script = new PlanScript(ten, One("sixty", Few, PlanScript.WindowsOf("m", 60, 60)), ten)
            .Frame(0, 0, 5, Counted(Few, 0, 1, 0, 0, 0), Counted(Few, 20, 2, 0, 0, 0), Counted(Few, 60, 3, 0, 0, 0))
            .Header(0, 0, 5, watermark: 15)
            .Header(1, 5, 6, watermark: 35)
            .Header(1, 6, 7, watermark: 75)
            .Header(2, 7, 8, watermark: 76)
            .Frame(2, 8, 9, Counted(Few, 60, 4, 0, 0, 0))
            .Header(2, 8, 9, watermark: 85).Run();
        Assert.Equal([(0, 1), (20, 2), (60, 3)], script.Panes.Select(p => (p.Key.Start.Microseconds, p.Entry.Rows.Value)));
        Assert.Equal((6, 0, 4), (script.Account.Sealed.Value, script.Account.Open.Value, script.Account.Overtaken.Value));
    }

    [Fact]
    public void MoreLateness_HoldsTheNextPanesBack()
    {
        JudgeSettings late = One("late", Few, PlanScript.WindowsOf("m", 10, 10) with { AllowedLateness = new(10) });
        PlanScript Script() => new PlanScript(One("first", Few, PlanScript.WindowsOf("m", 10, 10)), late)
            .Frame(0, 0, 5, Counted(Few, 0, 1, 0, 0, 0), Counted(Few, 10, 2, 0, 0, 0))
            .Header(0, 0, 5, watermark: 12)
            .Header(1, 5, 6, watermark: 29);
        Assert.Equal([(0, 1, true)], Script().Run().Verdicts.Select(Shape));
        Assert.Equal([(0, 1, true), (10, 2, true)], Script().Header(1, 6, 7, watermark: 30).Run().Verdicts.Select(Shape));
    }

    [Fact]
    public void OtherVersion_OfAnOpenSegment_CountsNoRowTwice()
    {
        Entry Versioned(long start, long rows)
        {
            Entry entry = Counted(Few, start, rows, 0, 0, 0);
            return entry with { Key = entry.Key with { Version = "v2" } };
        }

        JudgeSettings first = One("first", Few, PlanScript.WindowsOf("m", 10, 10)), second = One("second", Few, PlanScript.WindowsOf("m", 10, 10));
        second = second with { Windowing = second.Windowing with { Fates = second.Windowing.Fates.SetItem(PlanScript.Topic, "versions") } };
        PlanScript script = new PlanScript(first, second)
            .Frame(0, 0, 5, Counted(Few, 0, 2, 0, 0, 0))
            .Header(0, 0, 5, watermark: 12, complete: false)
            .Frame(1, 0, 9, Versioned(0, 2), Versioned(10, 3))
            .Header(1, 0, 9, watermark: 25).Run();
        Assert.Equal([("", 2, true), ("v2", 3, false)], script.Verdicts.Select(v => (v.Window.Version, v.Window.Rows.Value, v.Window.Complete)));
        Assert.Equal((5, 0, 0), (script.Account.Sealed.Value, script.Account.Open.Value, script.Account.Overtaken.Value));
    }

    [Fact]
    public void ModelRemovedAndPutBack_ClosesWhatWaited_AndMarksWhatItMissed()
    {
        ModelWindows gone = PlanScript.WindowsOf("gone", 10, 20), stays = PlanScript.WindowsOf("m", 10, 10);
        JudgeSettings both = PlanScript.Plan("both", [Psi], (stays, [Few]), (gone, [Few])), one = PlanScript.Plan("one", [Psi], (stays, [Few]));
        Entry Gone(long start, long rows) => PlanScript.Entry("gone", start, 10, (Few, [rows, 0, 0, 0]));
        PlanScript script = new PlanScript(both, one, both)
            .Frame(0, 0, 5, Gone(0, 1), Gone(10, 2), Counted(Few, 0, 9, 0, 0, 0))
            .Header(0, 0, 5, watermark: 12)
            .Header(1, 5, 6, watermark: 45)
            .Frame(2, 6, 9, Gone(40, 4), Gone(60, 5))
            .Header(2, 6, 9, watermark: 85).Run();
        Assert.Equal([(0, 3, false), (40, 4, false), (60, 5, true)], script.Verdicts.Where(v => v.Window.Model == "gone").Select(Shape));
        Assert.Equal((21, 0, 0), (script.Account.Sealed.Value, script.Account.Open.Value, script.Account.Overtaken.Value));
    }

    [Fact]
    public void ModelThatCannotBeJudged_TellsTheRootOwner_AndTheOthersAreOnTime()
    {
        ModelWindows broken = PlanScript.WindowsOf("broken", 10, 20);
        JudgeSettings plan = PlanScript.Plan("plan", [Psi, Missing], (broken, [Few]), (Twenty, [Few]));
        JudgementSettings judged = plan.Judgement["broken"];
        Baseline cut = judged.Baseline with { Signals = [Few with { Counts = [1] }] };
        plan = plan with { Judgement = plan.Judgement.SetItem("broken", judged with { Baseline = cut }) };
        PlanScript script = new PlanScript(plan)
            .Frame(0, 0, 5, PlanScript.Entry("broken", 0, 10, (Few, [500, 500, 0, 0])), Counted(Few, 0, 500, 500, 0, 0))
            .Header(0, 0, 5, watermark: 25).Run();
        Assert.Equal([("broken", Judgement.Unjudged), ("m", Judgement.Steady)], script.Verdicts.Select(v => (v.Window.Model, v.Judgement)));
        ToldSymptom alert = Assert.Single(script.Alerts);
        Assert.Equal(("broken", Severity.Critical, SymptomStatus.Began), (alert.Model, alert.Severity, alert.Status));
        Assert.True(alert.Symptom.IsForRoot);
        Assert.Contains("could not be judged", alert.Summary, StringComparison.Ordinal);
        Assert.NotEqual("", script.Verdicts[0].Why);
    }

    private static (long, long, bool) Shape(Verdict verdict) => (verdict.Window.Start, verdict.Window.Rows, verdict.Window.Complete);

    private static JudgeSettings One(string hash, BaselineSignal signal, ModelWindows windows) => PlanScript.Plan(hash, [Psi, Missing], (windows, [signal]));

    private static Entry Counted(BaselineSignal signal, long start, params long[] cells) =>
        cells.Length > signal.Layout.Cells ? PlanScript.Entry("m", start, cells[0], (signal, cells[1..])) : PlanScript.Entry("m", start, 10, (signal, cells));

    // One window of two panes, each of another plan.
    private static PlanScript Halves(
        BaselineSignal left, long[] leftCells, BaselineSignal right, long[] rightCells, ModelWindows before, ModelWindows after) =>
        new PlanScript(One("first", left, before), One("second", right, after))
            .Frame(0, 0, 5, Counted(left, 0, leftCells))
            .Header(0, 0, 5, watermark: 12)
            .Frame(1, 5, 9, Counted(right, 10, rightCells))
            .Header(1, 5, 9, watermark: 25).Run();
}
