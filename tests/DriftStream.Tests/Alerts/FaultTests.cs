using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>Something throws for the model 'broken' on the way from frames to verdicts: it is unjudged, and 'm' is as in a run without that.</summary>
public sealed class FaultTests
{
    private static readonly BaselineSignal X = PlanScript.Signal("x", Layout.Numeric([1]), 50, 50, 0, 0);

    private static readonly JudgeSettings Plan = PlanScript.Plan(
        "plan", [], (PlanScript.WindowsOf("broken", 10, 20), [X]), (PlanScript.WindowsOf("m", 10, 20), [X]));

    // A counter gave the pane up; or its counts cannot be added here.
    [Theory]
    [InlineData("counter")]
    [InlineData("fold")]
    public void FaultyPane_LeavesItsWindowUnjudged_AndNoOther(string where)
    {
        SignalCounts faulty = where == "counter" ? PaneFault.Of("t[0] at offset 3: internal error: E: why") : new SignalCounts("x", X.Layout.Key, null!);
        (List<JudgeOutput> all, Judge judge) = Run(Plan, faulty);
        (List<JudgeOutput> undisturbed, _) = Run(Plan, null);
        Assert.Equal(Verdicts(undisturbed, "m"), Verdicts(all, "m"));
        Assert.Equal(3, Verdicts(all, "m").Length);
        Verdict[] broken = [.. all.SelectMany(o => o.Verdicts).Where(v => v.Window.Model == "broken")];
        Assert.Equal([0L, 20, 40], broken.Select(v => v.Window.Start.Microseconds));
        Verdict unjudged = Assert.Single(broken, v => v.Window.Fault is not null);
        ClosedWindow window = unjudged.Window;
        Assert.Equal((20, Judgement.Unjudged, false, 20), (window.Start.Microseconds, unjudged.Judgement, window.Complete, window.Rows.Value));
        Assert.Contains(where == "counter" ? "t[0] at offset 3" : "internal error: NullReferenceException", unjudged.Why, StringComparison.Ordinal);
        ToldSymptom[] told = [.. all.SelectMany(o => o.Told())];
        Assert.Equal([(SymptomStatus.Began, 20), (SymptomStatus.Ended, 40)], told.Select(t => (t.Status, (int)t.Window.Start.Microseconds)));
        Assert.All(told, t => Assert.Equal(("broken", true, Severity.Critical), (t.Model, t.Symptom.IsForRoot, t.Severity)));
        Assert.Contains(unjudged.Why!, told[0].Summary, StringComparison.Ordinal);
        Assert.Equal("windows of 'broken' are judged again", told[1].Summary);
        // The fault is in the panes topic too, and so in what a judge that starts again has.
        SealedPane pane = Assert.Single(all.SelectMany(o => o.Panes), p => p.Entry.Signals.Any(s => PaneFault.In(s) is not null));
        Assert.Equal(("broken", 20, 10), (pane.Key.Model, pane.Key.Start.Microseconds, pane.Entry.Rows.Value));
        Assert.All(judge.Ledger.Accounts(), a => Assert.Equal(0, a.Fates.Counted.Value - a.Open.Value - a.Sealed.Value - a.Overtaken.Value - a.Dropped.Value));
    }

    // A window without a name has no place for what is lost: it cannot close.
    [Fact]
    public void ClosingThatThrows_IsToldForItsModel_AndTheOthersClose()
    {
        ModelWindows nameless = PlanScript.WindowsOf("broken", 10, 20);
        nameless = nameless with { Windows = [nameless.Windows[0] with { Name = null! }] };
        WindowingSettings settings = Plan.Windowing with { Models = Plan.Windowing.Models.SetItem("broken", nameless) };
        var (ledger, undisturbed) = (new WindowLedger(settings), new WindowLedger(Plan.Windowing));
        for (int i = 0; i < Log(null).Count; i++)
        {
            (LedgerOutput output, LedgerOutput expected) = (ledger.Apply(i, Log(null)[i]), undisturbed.Apply(i, Log(null)[i]));
            Assert.Equal(Windows(expected, "m"), Windows(output, "m"));
            ClosedWindow[] broken = [.. output.Closed.Where(c => c.Model == "broken")];
            Assert.Equal(expected.Closed.Count(c => c.Model == "broken"), broken.Length);
            Assert.All(broken, c => Assert.StartsWith("internal error: ArgumentNullException", c.Fault, StringComparison.Ordinal));
            Assert.Equal(broken.Length, output.Faults.Count(f => f.Model == "broken"));
        }
    }

    [Fact]
    public void JudgingAndAlertingThatThrow_EndInTheirWindows()
    {
        (List<JudgeOutput> undisturbed, _) = Run(Plan, null);
        JudgementSettings judgement = Plan.Judgement["broken"];
        JudgeSettings[] plans =
        [
            Plan with { Judgement = Plan.Judgement.SetItem("broken", judgement with { Rules = default }) },
            Plan with { Alerts = Plan.Alerts.Remove("broken") },
        ];
        foreach (JudgeSettings plan in plans)
        {
            (List<JudgeOutput> all, _) = Run(plan, null);
            Assert.Equal(Verdicts(undisturbed, "m"), Verdicts(all, "m"));
            Verdict[] broken = [.. all.SelectMany(o => o.Verdicts).Where(v => v.Window.Model == "broken")];
            Assert.Equal(3, broken.Length);
            Assert.All(broken, v => Assert.Equal(Judgement.Unjudged, v.Judgement));
            Symptom[] told = [.. all.SelectMany(o => o.Windows).Where(w => w.Record.Model == "broken").SelectMany(w => w.Record.Symptoms)];
            Assert.Equal([SymptomStatus.Began, SymptomStatus.On, SymptomStatus.On], told.Select(t => t.Status));
            Assert.All(told, t => Assert.True(t.IsForRoot));
            Assert.All(all.SelectMany(o => o.Failures), f => Assert.NotNull(f.Thrown));
        }
    }

    private static (List<JudgeOutput> Output, Judge Judge) Run(JudgeSettings plan, SignalCounts? faulty)
    {
        var judge = new Judge(plan);
        return ([.. Log(faulty).Select((record, i) => judge.Apply(i, record))], judge);
    }

    // A segment a pane of ten: ten rows of each model, in windows of two panes.
    private static List<ICountsRecord> Log(SignalCounts? faulty)
    {
        var source = new SourcePartition(PlanScript.Topic, 0);
        var log = new List<ICountsRecord>();
        for (int i = 0; i < 6; i++)
        {
            Entry broken = PlanScript.Entry("broken", i * 10, 10, (X, [5, 5, 0, 0]));
            if (i == 2 && faulty is not null) broken = broken with { Signals = [faulty] };
            var variant = new Variant(0, new(i == 0 ? EventTime.None : i * 10));
            log.Add(new Frame(source, new(i * 10), variant, new((i + 1) * 10), [broken, PlanScript.Entry("m", i * 10, 10, (X, [4, 6, 0, 0]))]));
            var fates = new FateCounts { Rows = new(20), Counted = new(20), Messages = 10 };
            int end = (i + 1) * 10;
            log.Add(new SegmentHeaders([new SegmentHeader(source, new(i * 10), variant, new(end), new(end), fates, [], true, false, new(i), 1)]));
        }

        return log;
    }

    private static string[] Verdicts(List<JudgeOutput> all, string model) =>
        [.. all.SelectMany(o => o.Verdicts).Where(v => v.Window.Model == model).SelectMany(VerdictJson.Write).Select(System.Text.Encoding.UTF8.GetString)];

    private static (long, long, bool)[] Windows(LedgerOutput output, string model) =>
        [.. output.Closed.Where(c => c.Model == model).Select(c => (c.Start, c.Rows, c.Complete))];
}
