using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>What a detector sees of a model's windows, and what it is told of them.</summary>
public sealed class TrendsTests
{
    private const string Hash = "sha256:00";

    private static readonly Layout Letters = Layout.Categorical(["a", "b"]);
    private static readonly WindowSettings Hourly = new("w", new(10), new(10), new(0), 100);
    private static readonly Rule Given = Rule(new TrendSettings(TrendDetector.Cusum)
    {
        Threshold = 2,
        Delta = 0.5,
        MinInstances = 3,
        Mean = 0,
        Sd = 0.01,
        Mode = TrendMode.Up,
    });

    private static readonly Rule Learned = Rule(new TrendSettings(TrendDetector.Cusum) { Threshold = 2, Delta = 0.5, MinInstances = 3, Mode = TrendMode.Up });

    [Fact]
    public void OneDetection_BeginsASymptom_ThatIsNoAllClearWhenItEnds()
    {
        var trends = new Trends();
        var symptoms = new Symptoms();
        var alerts = new AlertSettings("m", new Owner("o", "O", ""), [], null, null, [], 2, 3, 3);
        var told = new List<(int Window, Symptom Symptom)>();
        for (int i = 0; i < 30; i++)
        {
            (Verdict verdict, JudgementSettings judged) = Judge(trends, i, missing: i is >= 8 and < 12 ? 15 : i % 2, Learned);
            ImmutableArray<RuledStatistic> ruled = RuledStatistic.Of(verdict.Signals[0].Statistics, judged.Rules);
            var subject = new Subject("m", "", "w", "x", null);
            if (symptoms.Note(subject, verdict.Window, ruled, Story.Of(verdict.Signals[0], ruled), alerts) is { IsNews: true } turn)
                told.Add((i, SymptomWriter.Signal(subject, verdict.Signals[0], ruled, turn, alerts, judged)));
        }

        Assert.Equal([(8, SymptomStatus.Began), (15, SymptomStatus.Ended)], told.Select(t => (t.Window, t.Symptom.Status)));
        (Symptom fired, Symptom ended) = (told[0].Symptom, told[1].Symptom);
        string since = EventTime.Format(new EventTime(70));
        Assert.StartsWith($"x: missing moves slowly since {since} and is 0.015 (evidence ", fired.Summary, StringComparison.Ordinal);
        Assert.Equal("x has moved no further: cusum has started anew where it stands now, which is no all-clear", ended.Summary);
        JsonElement json = JsonDocument.Parse(fired.Detail.ToArray()).RootElement, rule = json.GetProperty("rule");
        Assert.Equal("1 of 1", rule.GetProperty("consecutive").GetString());
        Assert.Equal(["trend", "cusum", "up"], new[] { "alarm", "detector", "mode" }.Select(k => rule.GetProperty(k).GetString()!));
        Assert.Equal([2, 0.5, 3], new[] { "threshold", "delta", "min_instances" }.Select(k => rule.GetProperty(k).GetDouble()));
        JsonElement trend = json.GetProperty("statistic").GetProperty("trend");
        Assert.Equal((2, 9), (trend.GetProperty("threshold").GetDouble(), trend.GetProperty("windows").GetInt32()));
        Assert.Equal(since, trend.GetProperty("since").GetString());
        Assert.True(trend.GetProperty("value").GetDouble() > 2);
    }

    [Fact]
    public void Detector_ThatLearns_SaysNothing_AndKeepsNoSignalFromBeingSteady()
    {
        var trends = new Trends();
        Rule level = new("level", "x", null, "missing", null, new Alarm(AlarmKind.Above, 0.5), Severity.Warning);
        JudgedSignal first = Judge(trends, 0, 1, Learned, level).Verdict.Signals[0];
        Assert.Equal([Judgement.Insufficient, Judgement.Steady], first.Statistics.Where(s => s.Rule is not null).Select(s => s.Judgement));
        Assert.Equal(Judgement.Steady, first.Judgement);
        JudgedSignal alone = Judge(trends, 1, 2, Learned).Verdict.Signals[0];
        Assert.Equal((Judgement.Insufficient, "missing: cusum has seen 2 windows of 4 since it started"), (alone.Judgement, alone.Why));
    }

    // Each of them would be found by a detector that saw it: with a deviation of 0.01 a share of 0.05 is 4.5 above the slack.
    [Theory]
    [InlineData("incomplete", false)]
    [InlineData("cut", false)]
    [InlineData("few rows", false)]
    [InlineData("overlaps", false)]
    [InlineData("next", true)]
    public void Window_IsSeenOnce_AndOnlyWhereItIsWhole(string kind, bool found)
    {
        var trends = new Trends();
        Judge(trends, 0, 0, Given);
        ClosedWindow next = Window(1, 50, kind == "few rows" ? 90 : 1000);
        next = kind switch
        {
            "incomplete" => next with { Complete = false },
            "cut" => next with { CutBy = 3 },
            "overlaps" => next with { Start = new(9) },
            _ => next,
        };
        JudgedStatistic seen = Judge(trends, next, Given).Verdict.Signals[0].Statistics.Single(s => s.Rule == Given.Id);
        Assert.Equal(found, seen.Judgement == Judgement.Drifting);
        Assert.Equal(found ? 2 : null, seen.Trend?.Windows);
        Assert.Equal(found ? 20 : 10, Assert.Single(trends.Save()).End.Microseconds);
    }

    [Fact]
    public void Restart_GoesOnAsBefore()
    {
        Rule[] rules =
        [
            Learned with { Id = "cusum" },
            Rule(new TrendSettings(TrendDetector.PageHinkley)
            {
                Threshold = 0.02, Delta = 0.001, MinInstances = 4, Alpha = 0.99, Mode = TrendMode.Both,
            }) with { Id = "ph" },
            Rule(new TrendSettings(TrendDetector.Adwin)
            {
                Delta = 1, Clock = 1, MaxBuckets = 2, MinWindowLength = 1, GracePeriod = 4,
            }) with { Id = "adwin" },
        ];
        int[] missing = [3, 0, 7, 1, 4, 9, 2, 11, 14, 6, 8, 3, .. Enumerable.Repeat(950, 14), 10, 2, 3];
        string[] straight = [.. Run(missing.Length)];
        Assert.All(rules, r => Assert.Contains(straight, s => s.Contains($"{r.Id} Drifting", StringComparison.Ordinal)));
        for (int stop = 0; stop <= missing.Length; stop++) Assert.Equal(straight, Run(stop));

        IEnumerable<string> Run(int stop)
        {
            var trends = new Trends();
            for (int i = 0; i < missing.Length; i++)
            {
                if (i == stop) trends = Trends.Restore(Restarted(trends.Save()));
                JudgedSignal signal = Judge(trends, i, missing[i], rules).Verdict.Signals[0];
                yield return string.Join("; ", signal.Statistics.Where(s => s.Rule is not null).Select(s => $"{s.Rule} {s.Judgement} {s.Trend}"));
            }
        }
    }

    [Fact]
    public void Detector_IsForgottenWithItsBaseline_ItsRule_ItsParametersAndItsVersion()
    {
        var trends = new Trends();
        Judge(trends, 0, 10, Given);
        Judge(trends, Window(0, 10) with { Version = "2" }, Given);
        Assert.Equal(2, trends.Save().Length);
        // Another baseline, and other parameters under the same id: another detector.
        (Verdict verdict, _) = Judge(trends, Window(1, 10), "sha256:01", Given);
        Assert.Equal(1, verdict.Signals[0].Statistics.Single(s => s.Rule == Given.Id).Trend!.Windows);
        Judge(trends, 2, 10, Given);
        Rule other = Given with { Alarm = Given.Alarm with { Trend = Given.Alarm.Trend! with { Delta = 0.25 } } };
        Assert.Equal(1, Judge(trends, 3, 10, other).Verdict.Signals[0].Statistics.Single(s => s.Rule == other.Id).Trend!.Windows);
        trends.Forget(Window(Trends.Patience + 1, 0));
        Assert.Equal(2, trends.Save().Length);
        trends.Forget(Window(Trends.Patience + 2, 0));
        Assert.Equal("", Assert.Single(trends.Save()).Subject.Version);
        trends.Keep(_ => [Given], _ => ["w"]);
        Assert.Single(trends.Save());
        trends.Keep(_ => [Given with { Id = "another" }], _ => ["w"]);
        Assert.Empty(trends.Save());
    }

    [Fact]
    public void WindowWhoseJudgingFails_IsNotSeen()
    {
        var trends = new Trends();
        Judge(trends, 0, 10, Given);
        WindowJudge.Judge(Window(1, 10), new JudgementSettings("m", Baseline(Hash), [Given]), trends: trends);
        trends.Discard();
        Assert.Equal(10, Assert.Single(trends.Save()).End.Microseconds);
    }

    private static Rule Rule(TrendSettings settings) =>
        new("r", "x", null, "missing", null, new Alarm(AlarmKind.Trend, settings.Threshold ?? settings.Delta!.Value) { Trend = settings }, Severity.Warning);

    private static Baseline Baseline(string hash) =>
        new("m", 1000, [new BaselineSignal("x", SignalRole.Feature, ["x"], Letters, [500, 500, 0, 0])], hash);

    private static ClosedWindow Window(int number, int missing, int rows = 1000) => new(
        "m", "", Hourly, new(number * 10), new((number + 1) * 10), true, new(rows), new(0),
        WindowCounts.BySignal([new SignalCounts("x", Letters.Key, [(rows - missing) / 2, rows - missing - ((rows - missing) / 2), 0, missing])]));

    private static (Verdict Verdict, JudgementSettings Judged) Judge(Trends trends, int number, int missing, params Rule[] rules) =>
        Judge(trends, Window(number, missing), rules);

    private static (Verdict Verdict, JudgementSettings Judged) Judge(Trends trends, ClosedWindow window, params Rule[] rules) =>
        Judge(trends, window, Hash, rules);

    private static (Verdict Verdict, JudgementSettings Judged) Judge(Trends trends, ClosedWindow window, string baseline, params Rule[] rules)
    {
        var settings = new JudgementSettings("m", Baseline(baseline), [.. rules]);
        Verdict verdict = WindowJudge.Judge(window, settings, trends: trends);
        trends.Commit();
        return (verdict, settings);
    }

    private static ImmutableArray<TrendState> Restarted(ImmutableArray<TrendState> states)
    {
        var ledger = new LedgerState(new(1), [], [], [], [], [], [], [], []);
        return Checkpoint.Read(Checkpoint.Write(new CheckpointState(9, 4, ledger, []) { Trends = states }))!.Trends;
    }
}
