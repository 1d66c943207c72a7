using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>How well a model does, window after window, with a restart of the judge after each record: one symptom for all metrics.</summary>
public sealed class PerformanceSymptomTests
{
    private static readonly Layout Cells = Layout.Outcome(Layout.Numeric([0, 0.5, Math.BitIncrement(1.0)]));

    private static readonly BaselineSignal Outcomes =
        new("label", SignalRole.Outcome, ["score", "decision", "label"], Cells, [.. Table(800, 200, 200, 800)]);

    private static readonly Rule Recall = new("recall", null, null, "recall", null, new Alarm(AlarmKind.Below, 0.7, Confidence: 0.95), Severity.Warning);

    private static readonly Rule Precision =
        new("precision", null, null, "precision", null, new Alarm(AlarmKind.BelowBaselineBy, 0.05, Confidence: 0.95), Severity.Critical);

    [Fact]
    public void RecallThatDrops_IsOneSymptom_UntilItIsBack()
    {
        PlanScript script = Play(Table(800, 200, 200, 800), Table(600, 200, 400, 800), Table(600, 200, 400, 800), Table(600, 400, 400, 600),
            Table(800, 200, 200, 800));
        Assert.Equal([SymptomStatus.Began, SymptomStatus.On, SymptomStatus.Ended], script.Alerts.Select(a => a.Status));
        ToldSymptom began = script.Alerts[0], worse = script.Alerts[1];
        Assert.Equal(("m", "performance", SignalRole.Outcome, 10),
            (began.Model, began.Symptom.Subject.OfModel, began.Symptom.Role, (long)began.Window.Start));
        Assert.Equal((null, null), (began.Signal, began.Group));
        Assert.Equal("recall is 0.6 (0.569 to 0.63), below 0.7; 0.8 in the baseline", began.Summary);
        JsonElement statistic = began.Detail.GetProperty("statistic");
        Assert.Equal(("recall", 0.6, 1000), (statistic.GetProperty("name").GetString(), statistic.GetProperty("value").GetDouble(),
            statistic.GetProperty("window_rows").GetInt64()));
        // Another metric joins it, which is worse.
        Assert.Equal(Severity.Critical, worse.Severity);
        Assert.Equal(["precision", "recall"], worse.Rules);
        Assert.StartsWith("precision is 0.6 ", worse.Summary, StringComparison.Ordinal);
        Assert.Equal("the performance (precision) is back to its baseline: 1 quiet windows", script.Alerts[2].Summary);
        Assert.Equal([null, "performance", "performance", "performance", null], script.Windows.Select(w => w.Versions.Single().NotSteady?.Single()));
    }

    /// <summary>What cannot be judged is neither news nor quiet: the symptom stays on.</summary>
    [Fact]
    public void LabelsThatFailToCome_EndNothing()
    {
        PlanScript script = Play(Table(600, 200, 400, 800), Table(0, 0, 0, 0, missing: 2000), Table(600, 200, 400, 800));
        Assert.Equal([SymptomStatus.Began], script.Alerts.Select(a => a.Status));
        Assert.Equal(Judgement.Insufficient, script.Verdicts[1].Performance!.Judged[0].Statistic.Judgement);
        Assert.EndsWith("labels are known of 0 % of rows: 0 % of the selected, none of the others", script.Verdicts[1].Performance!.Judged[0].Why,
            StringComparison.Ordinal);
    }

    /// <summary>A target that is missed is a symptom of its own, with what it costs; rows that are short are what is at stake.</summary>
    [Fact]
    public void KpiThatIsMissed_IsASymptomOfItsOwn_UntilItIsMetAgain()
    {
        var kpi = new Kpi(new Rule("catch", null, null, "recall", null, new Alarm(AlarmKind.Below, 0.75, Confidence: 0.95), Severity.Critical), null)
        {
            ValuePerRow = 2,
            Unit = "EUR",
        };
        JudgeSettings plan = PlanScript.Plan("first", [], (PlanScript.WindowsOf("m", 10, 10), [Outcomes]));
        plan = plan with
        {
            Judgement = plan.Judgement.SetItem("m", plan.Judgement["m"] with { Kpis = [kpi] }),
            Alerts = plan.Alerts.SetItem("m", plan.Alerts["m"] with { Goal = new Goal("x", 2, "EUR") }),
        };
        PlanScript script = Play(plan, Table(800, 200, 200, 800), Table(600, 200, 400, 800), Table(600, 200, 400, 800), Table(800, 200, 200, 800));
        Assert.Equal([SymptomStatus.Began, SymptomStatus.Ended], script.Alerts.Select(a => a.Status));
        ToldSymptom began = script.Alerts[0];
        Assert.Equal(("kpi catch", SignalRole.Outcome, Severity.Critical, 150L),
            (began.Symptom.Subject.OfModel, began.Symptom.Role, began.Severity, began.Symptom.Moved));
        Assert.Equal("catch misses its target of at least 75 %: 60 % (56.93 % to 62.99 %) of 1,000 rows; 150 rows short, which costs 300 EUR", began.Summary);
        JsonElement told = began.Detail.GetProperty("kpi");
        Assert.Equal(("catch", 0.75, 150, 300), (told.GetProperty("id").GetString(), told.GetProperty("at_least").GetDouble(),
            told.GetProperty("rows_short").GetInt64(), told.GetProperty("cost").GetDouble()));
        Assert.Equal("catch meets its target of at least 75 % again: 1 quiet windows", script.Alerts[1].Summary);
    }

    private static PlanScript Play(params long[][] windows) =>
        Play(PlanScript.Plan("first", [Recall, Precision], (PlanScript.WindowsOf("m", 10, 10), [Outcomes])), windows);

    private static PlanScript Play(JudgeSettings plan, params long[][] windows)
    {
        var script = new PlanScript(plan);
        foreach ((int at, long[] window) in windows.Index())
        {
            script.Frame(0, at, at + 1, PlanScript.Entry("m", at * 10, 10, (Outcomes, window)))
                .Header(0, at, at + 1, watermark: (at * 10) + 2);
        }

        return script.Header(0, windows.Length, windows.Length + 1, watermark: (windows.Length * 10) + 5).Run();
    }

    private static long[] Table(long truePositive, long falsePositive, long falseNegative, long trueNegative, long missing = 0)
    {
        var counts = new long[Cells.Cells];
        counts[OutcomeCells.Cell(Cells, 2, 1, 1)] = truePositive;
        counts[OutcomeCells.Cell(Cells, 2, 1, 0)] = falsePositive;
        counts[OutcomeCells.Cell(Cells, 1, 0, 1)] = falseNegative;
        counts[OutcomeCells.Cell(Cells, 1, 0, 0)] = trueNegative;
        counts[OutcomeCells.Cell(Cells, 2, 1, 2)] = missing;
        return counts;
    }
}
