using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Tests.Alerts;
using DriftStream.Tests.Plan;
using DriftStream.Tests.Statistics;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Rules with a detector of errors: what they see of panes, what they remember, and what they say.</summary>
public sealed class ErrorRuleTests
{
    private const string Columns = "columns: { score: predicted_probability, decision: prediction, label: employed }";

    private static readonly Layout Cells = Layout.Outcome(Layout.Numeric([]));

    private static readonly BaselineSignal Outcomes = new("y", SignalRole.Outcome, ["d", "y"], Cells, [.. Table(1000, 100)]);

    public static TheoryData<ErrorDetectorKind> Kinds => [.. Enum.GetValues<ErrorDetectorKind>()];

    /// <summary>River's sequences, a pane each row, with a restart after every tenth: River's detections.</summary>
    [Theory]
    [InlineData("DDM", ErrorDetectorKind.Ddm), InlineData("EDDM", ErrorDetectorKind.Eddm), InlineData("HDDM_A", ErrorDetectorKind.HddmA)]
    [InlineData("HDDM_W", ErrorDetectorKind.HddmW), InlineData("FHDDM", ErrorDetectorKind.Fhddm), InlineData("ADWIN", ErrorDetectorKind.Adwin)]
    [InlineData("PageHinkley", ErrorDetectorKind.PageHinkley)]
    public void RowsAsPanes_AreRivers(string river, ErrorDetectorKind kind)
    {
        JsonElement file = Reference.Load("detectors.json");
        foreach (JsonProperty stream in file.GetProperty("values").EnumerateObject())
        {
            PaneErrors[] panes =
                [.. stream.Value.GetString()!.Select((value, i) => new PaneErrors(new(i), new(i + 1), 1, value == '1' != (river == "FHDDM") ? 1 : 0))];
            var drifts = new List<int>();
            ErrorState? state = null;
            foreach (PaneErrors[] some in panes.Chunk(10))
            {
                (state, ErrorReading reading) = ErrorState.Next(kind, state, some);
                drifts.AddRange(reading.Changes.Select(c => (int)c.Pane.Start.Microseconds));
            }

            JsonElement expected = file.GetProperty("results").GetProperty(river).GetProperty(stream.Name).GetProperty("drift");
            Assert.Equal(expected.EnumerateArray().Select(d => d.GetInt32()), drifts);
        }
    }

    /// <summary>Whatever the panes, a detector that is saved and loaded after each of them says what one says that sees the spread rows at a stretch.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Restarts_ChangeNothing(ErrorDetectorKind kind) => Gen.Select(Gen.Int[1, 400], Gen.Int[0, 100]).Array[5, 60].Sample(drawn =>
    {
        PaneErrors[] panes = [.. drawn.Select((p, i) => new PaneErrors(new(i), new(i + 1), p.Item1, (i % 20 < 10 ? p.Item2 / 4 : p.Item2) * p.Item1 / 100))];
        IErrorDetector detector = ErrorDetectors.New(kind);
        ErrorState? state = null;
        foreach (PaneErrors pane in panes)
        {
            (state, ErrorReading reading) = ErrorState.Next(kind, state, [pane]);
            ErrorSignal[] signals = [.. ErrorWatch.Spread(pane.Rows, pane.Errors).Select(detector.Next)];
            Assert.Equal(Array.IndexOf(signals, ErrorSignal.Drift) + 1, reading.Changes.Select(c => c.Row).SingleOrDefault());
            Assert.Equal(signals[^1] == ErrorSignal.Warning && !signals.Contains(ErrorSignal.Drift), reading.Warned);
            int last = Array.LastIndexOf(signals, ErrorSignal.Drift);
            if (last >= 0) Assert.Equal(signals.Length - 1 - last, reading.Rows);
        }

        Assert.Equal(ErrorState.Next(kind, null, panes).State.Memory, state!.Memory);
    }, iter: 60);

    /// <summary>Panes of a window one after the other, with a restart of the judge after each record: a symptom that names the pane.</summary>
    [Fact]
    public void ErrorsThatBecomeMore_AreTold_WithTheirPane()
    {
        // Of 1000 rows a pane 100 are errors, from the sixth pane on 300; two panes a window.
        PlanScript script = Play(
            [Rule("ddm", ErrorDetectorKind.Ddm)], PlanScript.WindowsOf("m", 10, 20), [.. Enumerable.Repeat(100, 5), .. Enumerable.Repeat(300, 7)]);
        Assert.Equal([SymptomStatus.Began, SymptomStatus.Ended], script.Alerts.Select(a => a.Status));
        ToldSymptom began = script.Alerts[0];
        Assert.Equal(("performance", 40L, 60L), (began.Symptom.Subject.OfModel, (long)began.Window.Start, (long)began.Window.End));
        Assert.Equal($"ddm finds a change in the rate of errors in the pane {EventTime.Format(new EventTime(50))} to {EventTime.Format(new EventTime(60))}: "
            + "300 errors in 1000 rows; accuracy of the window is 0.8, 0.9 in the baseline; rows of a pane have no order, so that no row can be named",
            began.Summary);
        JsonElement rule = began.Detail.GetProperty("rule");
        Assert.Equal(("detector", "ddm", "1 of 1"), (rule.GetProperty("alarm").GetString(), rule.GetProperty("detector").GetString(),
            rule.GetProperty("consecutive").GetString()));
        Assert.False(rule.TryGetProperty("threshold", out _));
        Assert.Equal("the performance (accuracy) has moved no further: ddm has started anew where it stands now, which is no all-clear",
            script.Alerts[1].Summary);

        JsonElement[] detectors = [.. script.Verdicts.Select(v => JsonDocument.Parse(VerdictJson.Write(v)[0]).RootElement
            .GetProperty("performance").GetProperty("detectors").EnumerateArray().Single())];
        Assert.Equal([0, 0, 1, 0, 0, 0], detectors.Select(d => d.GetProperty("drifts").GetInt32()));
        JsonElement pane = detectors[2].GetProperty("panes")[0];
        Assert.Equal((1000, 300), (pane.GetProperty("rows").GetInt32(), pane.GetProperty("errors").GetInt32()));
        Assert.InRange(pane.GetProperty("first_row").GetInt32(), 1, 1000);
        // Another five thousand rows, but for those up to the change.
        Assert.Equal(7000 - pane.GetProperty("first_row").GetInt32(), detectors[^1].GetProperty("rows").GetInt32());
    }

    /// <summary>Windows that overlap show each pane once, and every name of windows has its own detector.</summary>
    [Fact]
    public void Panes_AreSeenOnce()
    {
        ModelWindows windows = PlanScript.WindowsOf("m", 10, 30) with
        {
            Windows = [new WindowSettings("slides", new(30), new(10), new(0), 0), new WindowSettings("steps", new(10), new(10), new(0), 0)],
        };
        PlanScript script = Play([Rule("r", ErrorDetectorKind.HddmA)], windows, [.. Enumerable.Repeat(100, 6), .. Enumerable.Repeat(200, 6)]);
        foreach (IGrouping<string, Verdict> same in script.Verdicts.GroupBy(v => v.Window.Window.Name))
        {
            FoundChange[] found = [.. same.SelectMany(v => v.Performance!.Errors[0].Reading!.Changes)];
            Assert.Equal(60, found[0].Pane.Start.Microseconds);
            ErrorReading straight = ErrorState.Next(ErrorDetectorKind.HddmA, null,
                Enumerable.Range(0, 12).Select(i => new PaneErrors(new(i * 10), new((i + 1) * 10), 1000, i < 6 ? 100 : 200))).Reading;
            Assert.Equal(straight.Changes, found);
            Assert.Equal(straight.Rows, same.Last().Performance!.Errors[0].Reading!.Rows);
        }
    }

    [Fact]
    public void Detector_SaysWhenItCannot()
    {
        JudgedErrors few = Judge(new Trends(), 0, 100, 5, Rule("r", ErrorDetectorKind.Rddm));
        Assert.Equal((Judgement.Insufficient, "rddm has seen 100 rows with a decision and a label since it started, of 129"),
            (few.Judged.Statistic.Judgement, few.Judged.Why));
        JudgedErrors alone = Judge(null, 0, 100, 5, Rule("r", ErrorDetectorKind.Rddm));
        Assert.Equal((Judgement.Insufficient, "rddm sees the windows of a stream, in their order"), (alone.Judged.Statistic.Judgement, alone.Judged.Why));
    }

    /// <summary>It starts anew with another version, another baseline, as another detector of a rule with the same id, forgotten with its rule.</summary>
    [Fact]
    public void Detector_IsThatOfItsVersion_ItsBaseline_AndItsRule()
    {
        Rule ddm = Rule("r", ErrorDetectorKind.Ddm);
        var trends = new Trends();
        Assert.Equal([100, 200], new[] { 0, 1 }.Select(i => Judge(trends, i, 100, 5, ddm).Reading!.Rows));
        Assert.Equal(100, Judge(trends, 2, 100, 5, ddm, version: "2").Reading!.Rows);
        Assert.Equal(300, Judge(trends, 2, 100, 5, ddm).Reading!.Rows);
        Assert.Equal(100, Judge(trends, 3, 100, 5, Rule("r", ErrorDetectorKind.Rddm)).Reading!.Rows);
        Assert.Equal(200, Judge(trends, 4, 100, 5, Rule("r", ErrorDetectorKind.Rddm)).Reading!.Rows);
        Assert.Equal(100, Judge(trends, 5, 100, 5, Rule("r", ErrorDetectorKind.Rddm), baseline: "sha256:11").Reading!.Rows);
        // The same window again adds nothing, and what is not kept is gone.
        Assert.Equal(100, Judge(trends, 5, 100, 5, Rule("r", ErrorDetectorKind.Rddm), baseline: "sha256:11").Reading!.Rows);
        Judge(trends, 6, 100, 5, Rule("r", ErrorDetectorKind.Rddm), baseline: "sha256:11", keep: false);
        Assert.Equal(200, Judge(trends, 6, 100, 5, Rule("r", ErrorDetectorKind.Rddm), baseline: "sha256:11").Reading!.Rows);
        Assert.Equal(2, trends.Save().Length);
        // Of rows that labels met after 8 microseconds, the model is another one.
        Judge(trends, 7, 100, 5, ddm, delay: new(8));
        Assert.Equal(["m", "m", "m@8us"], trends.Save().Select(s => s.Subject.Model));
        trends.Keep(model => model == "m@8us" ? [ddm] : [], _ => ["w"]);
        Assert.Equal(["m@8us"], trends.Save().Select(s => s.Subject.Model));
    }

    [Fact]
    public void Rule_IsReadAndWrittenOut()
    {
        foreach (ErrorDetectorKind kind in Enum.GetValues<ErrorDetectorKind>())
        {
            string text = Configs.WithModel(
                $"{Columns}|rules: [{{ statistic: accuracy, alarm: {{ detector: {ErrorDetectors.New(kind).Name} }} }}]");
            PlanResult first = Configs.Read(text);
            Assert.Empty(first.Findings);
            Rule rule = Assert.Single(first.Plan!.Models[0].Judgement.Rules);
            Assert.Equal((AlarmKind.Detector, kind), (rule.Alarm.Kind, rule.Alarm.Detector!.Value));
            Assert.Equal(rule, Assert.Single(Configs.Read(first.Effective!).Plan!.Models[0].Judgement.Rules));
            Assert.Equal(rule, Assert.Single(PlanDocument.Read(PlanDocument.Of(first.Plan).Text)!.Models[0].Rules));
        }
    }

    [Theory]
    [InlineData("alarm: { detector: ddm, threshold: 3 }", "bad_alarm")]
    [InlineData("alarm: { detector: ddm }, urgent: true", "rule_target")]
    public void WhatSaysNothing_IsRefused(string keys, string code) => Assert.Equal(
        code, Assert.Single(Configs.Read(Configs.WithModel($"{Columns}|rules: [{{ statistic: accuracy, {keys} }}]")).Findings).Code);

    private static PlanScript Play(Rule[] rules, ModelWindows windows, int[] errors)
    {
        var script = new PlanScript(PlanScript.Plan("first", [.. rules], (windows, [Outcomes])));
        foreach ((int at, int wrong) in errors.Index())
        {
            script.Frame(0, at, at + 1, PlanScript.Entry("m", at * 10, 10, (Outcomes, Table(1000, wrong))))
                .Header(0, at, at + 1, watermark: (at * 10) + 2);
        }

        return script.Header(0, errors.Length, errors.Length + 1, watermark: (errors.Length * 10) + 25).Run();
    }

    private static JudgedErrors Judge(
        Trends? trends, int at, int rows, int errors, Rule rule, string version = "", string baseline = "sha256:00", bool keep = true, Duration? delay = null)
    {
        var window = new ClosedWindow(
            "m", version, new WindowSettings("w", new(10), new(10), new(0), 0), new(at * 10), new((at + 1) * 10), true, new(rows), new(0),
            WindowCounts.BySignal([new SignalCounts(Outcomes.Key, Cells.Key, Table(rows, errors))]))
        {
            Errors = [new PaneErrors(new(at * 10), new((at + 1) * 10), rows, errors)],
            Delay = delay,
        };
        Verdict verdict = WindowJudge.Judge(
            window, new JudgementSettings("m", new Baseline("m", 1000, [Outcomes], baseline), [rule]), trends: trends);
        if (keep) trends?.Commit();
        else trends?.Discard();
        return verdict.Performance!.Errors.Single();
    }

    private static Rule Rule(string id, ErrorDetectorKind kind) =>
        new(id, null, null, "accuracy", null, new Alarm(AlarmKind.Detector, 0) { Detector = kind }, Severity.Warning);

    // Half of the errors are of either kind, and half of the rows are selected.
    private static long[] Table(long rows, long errors)
    {
        var counts = new long[Cells.Cells];
        for (int decision = 0; decision < 2; decision++)
        {
            long wrong = decision == 0 ? errors / 2 : errors - (errors / 2), all = decision == 0 ? rows / 2 : rows - (rows / 2);
            counts[OutcomeCells.Cell(Cells, Cells.Inner!.MissingCell, decision, 1 - decision)] = wrong;
            counts[OutcomeCells.Cell(Cells, Cells.Inner!.MissingCell, decision, decision)] = all - wrong;
        }

        return counts;
    }
}
