using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>A model that learns its baseline: its plan before and after, and what its windows say.</summary>
public sealed class LearnTests
{
    private const string Learn = "baseline: { learn: 7d }";

    [Fact]
    public void Plan_HasNoBaselineUntilItIsLearned_AndFindsItBySettings()
    {
        ModelPlan model = Model(Learn);
        Assert.Equal((0, 0, "", Duration.FromDays(7)), (
            model.Counting.Signals.Length, model.Judgement.Baseline.Rows, model.Judgement.Baseline.Hash, model.Judgement.Baseline.ToLearn));
        DriftPlan plan = Read(Learn).Plan!;
        PlanDocument document = PlanDocument.Of(plan);
        Assert.Null(document.Models[0].Baseline);

        Baseline learned = Configs.Employment with { LearnedUntil = new(123_000_000) };
        DriftPlan after = plan.With(new Dictionary<string, Baseline> { [model.Id] = plan.Models[0].Learn!.Bind(learned, out string? problem)! });
        Assert.Null(problem);
        PlanDocument then = PlanDocument.Of(after);
        Assert.Equal(then.Hash, after.Hash);
        Assert.Equal((document.Models[0].Learn! with { Until = new(123_000_000) }, learned.Hash), (then.Models[0].Learn, then.Models[0].Baseline!.Hash));
        Assert.Equal(after.Models[0].Counting.Signals, after.Counting.Sources.Values.Single().Models[0].Signals);
        Assert.NotEqual(document.CountingHash, then.CountingHash);

        // Whoever reads the plans runs the same two.
        Baseline part = PlanDocument.PartsOf(after.Models[0]).Single();
        DriftPlan first = PlanDocument.Read(document.Text)!.Adopt(plan, _ => null, 0, 0, out string? missing)!;
        Assert.Equal((null, Duration.FromDays(7)), (missing, first.Models[0].Judgement.Baseline.ToLearn));
        DriftPlan second = PlanDocument.Read(then.Text)!.Adopt(plan, hash => hash == part.Hash ? part : null, 1, 1, out _)!;
        Assert.Equal((learned.Hash, learned.LearnedUntil), (second.Models[0].Judgement.Baseline.Hash, second.Models[0].Judgement.Baseline.LearnedUntil));
    }

    [Theory]
    [InlineData(true, "fire: { after: 1 of 1 }")]
    [InlineData(true, "rules: [{ signal: AGEP, statistic: ks, alarm: { above: 0.2 } }]")]
    [InlineData(true, "window: { size: 2d }")]
    [InlineData(false, "columns: { features: [AGEP] }")]
    [InlineData(false, "columns: { categorical: [AGEP] }")]
    [InlineData(false, "columns: { time: at }")]
    [InlineData(false, "edges: 31")]
    public void Settings_AreThoseOfTheBaselineAlone(bool same, string lines) =>
        Assert.Equal(same, Model(Learn).Learn!.Settings == Model($"{Learn}|{lines}").Learn!.Settings);

    [Fact]
    public void Settings_HoldDurationCalendarAndSources()
    {
        const string time = "columns: { time: at }|";
        string[] settings =
        [
            Model(time + Learn).Learn!.Settings,
            Model(time + "baseline: { learn: 14d }").Learn!.Settings,
            Model(time + "baseline: { learn: 14d, calendar: hour_of_day }").Learn!.Settings,
            Model(time + "baseline: { learn: 14d, calendar: hour_of_week }").Learn!.Settings,
            Model(time + Learn + "|sources: [{ topic: other }]").Learn!.Settings,
        ];
        Assert.Equal(settings.Length, settings.Distinct().Count());
        // Spelled otherwise it is the same.
        Assert.Equal(Model(Learn).Learn!.Settings, Model("baseline: { learn: 168h }").Learn!.Settings);
    }

    [Theory]
    [InlineData("7d", "hour_of_week", true)]
    [InlineData("14d", "hour_of_week", false)]
    [InlineData("36h", "hour_of_day", true)]
    [InlineData("2d", "hour_of_day", false)]
    public void Calendar_NeedsEachHourTwice(string first, string calendar, bool thin)
    {
        PlanResult read = Read($"columns: {{ time: at }}|baseline: {{ learn: {first}, calendar: {calendar} }}");
        Assert.Equal(thin, read.Findings.Any(f => f.Code == "calendar_thin"));
        Assert.NotNull(read.Plan);
    }

    [Fact]
    public void WhatDoesNotSuit_IsNamedWithItsLine()
    {
        LearnPlan learn = Model(Learn + "|rules: [{ signal: AGE, statistic: psi, alarm: { above: 1 } }]").Learn!;
        Assert.Null(learn.Bind(Configs.Employment, out string? problem));
        Assert.Matches(@"^conf/driftstream.yaml:\d+: the baseline of 'employment' has no signal 'AGE'$", problem!.Replace('\\', '/'));
    }

    [Fact]
    public void Windows_AreUnjudged_UntilTheRowsThatWereLearnedEnd()
    {
        Baseline unlearned = Baseline.Unlearned("m", Duration.FromDays(7));
        JudgementSettings before = Settings(unlearned);
        Assert.Equal((Judgement.Unjudged, "learning its baseline from the first 7d of its rows", ""), Said(Window(0), before, unlearned));
        Assert.Equal("learning its baseline from the first 36h of its rows", Said(Window(0), before, Baseline.Unlearned("m", Duration.FromHours(36))).Why);

        var signal = new BaselineSignal("x", SignalRole.Feature, ["x"], Layout.Numeric([0]), [500, 500, 0, 0]);
        Baseline learned = BaselineFile.Hashed("m", 1000, [signal]) with { LearnedUntil = new EventTime(EventTime.Hour) };
        JudgementSettings after = Settings(learned);
        (Judgement judgement, string why, string hash) = Said(Window(0), after, learned);
        Assert.Equal((Judgement.Unjudged, learned.Hash), (judgement, hash));
        Assert.Equal("its rows are among those that its baseline was learned from, up to 1970-01-01T01:00:00Z", why);
        Assert.Equal((Judgement.Unjudged, "some of its rows were counted before its baseline was learned", learned.Hash),
            Said(Window(EventTime.Hour), after, unlearned, learned));
        Assert.Equal((Judgement.Steady, "0 of 1 signal", learned.Hash), Said(Window(EventTime.Hour), after, learned));
    }

    [Fact]
    public void LostRows_AreJudgedWithoutABaseline()
    {
        var rule = new Rule("lost", null, null, LossJudge.Lost, null, new Alarm(AlarmKind.Above, 0.01), Severity.Warning);
        var settings = new JudgementSettings("m", Baseline.Unlearned("m", Duration.FromDays(7)), [rule]);
        ClosedWindow window = Window(0) with { Lost = new Losses(new LossCounts { Late = new(100) }, new(1000), [], null) };
        Verdict verdict = WindowJudge.Judge(window, settings);
        Assert.Equal(Judgement.Drifting, Assert.Single(verdict.OfModel).Judgement);
        Assert.StartsWith("learning its baseline from the first 7d of its rows; 100 of 1,100 rows", verdict.Why);
    }

    private static (Judgement Judgement, string Why, string Hash) Said(ClosedWindow window, JudgementSettings settings, params Baseline[] baselines)
    {
        Verdict verdict = WindowJudge.Judge(window, settings with { Baseline = baselines[^1] }, [.. baselines]);
        if (verdict.Judgement == Judgement.Unjudged) Assert.Empty(verdict.Signals);
        return (verdict.Judgement, verdict.Why, verdict.BaselineHash);
    }

    private static JudgementSettings Settings(Baseline baseline) => new(
        "m", baseline, [new Rule("psi", "*", null, PopulationStability.Name, null, new Alarm(AlarmKind.Above, 0.2), Severity.Warning)]);

    private static PlanResult Read(string lines) =>
        Configs.Read(With(lines), r => r.Learn is null ? BaselineLoad.Of(Configs.Employment) : BaselineLoad.Later);

    // The minimal config with its model's lines of these keys replaced, or added; | ends a line.
    private static string With(string lines)
    {
        var text = Configs.Text("minimal.yaml").TrimEnd('\n').Split('\n').ToList();
        foreach (string line in lines.Split('|'))
        {
            text.RemoveAll(l => l.StartsWith("    " + line[..(line.IndexOf(':', StringComparison.Ordinal) + 1)], StringComparison.Ordinal));
            text.Add("    " + line);
        }

        return string.Join('\n', text) + "\n";
    }

    private static ClosedWindow Window(long start)
    {
        var size = new WindowSettings("1h", Duration.FromHours(1), Duration.FromHours(1), Duration.Zero, 100);
        return new ClosedWindow("m", "", size, new(start), new(start + EventTime.Hour), true, new(1000), new(0),
            WindowCounts.BySignal([new SignalCounts("x", Layout.Numeric([0]).Key, [510, 490, 0, 0])]));
    }

    private static ModelPlan Model(string lines)
    {
        PlanResult read = Read(lines);
        Assert.DoesNotContain(read.Findings, f => f.Severity == FindingSeverity.Error);
        return read.Plan!.Models[0];
    }
}
