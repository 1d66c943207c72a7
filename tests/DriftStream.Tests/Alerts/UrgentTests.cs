using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>Gross faults speak at once; and what cannot be seen is not called well.</summary>
public sealed class UrgentTests
{
    private static readonly Subject X = new("m", "", "w", "x", null);

    private static readonly AlertSettings TwoOfThree = new("m", new Owner("o", "o", "o"), [], null, null, [], 2, 3, 3);

    private static readonly Layout Letters = Layout.Categorical(["a", "b"]);

    [Fact]
    public void UrgentRule_OpensWithOneWindow()
    {
        var symptoms = new Symptoms();
        Assert.Equal(SymptomStatus.Began, Note(symptoms, 0, Spoke(urgent: true))!.Status);
        Assert.Null(Note(symptoms, 1, Spoke(urgent: true)));
        Assert.Null(Note(new Symptoms(), 0, Spoke(urgent: false)));
    }

    /// <summary>An episode that was told as a warning is told again, at once, when it becomes gross.</summary>
    [Fact]
    public void UrgentRule_RaisesASymptomThatIsOn()
    {
        var symptoms = new Symptoms();
        Note(symptoms, 0, Spoke(urgent: false, Severity.Warning));
        Assert.Equal((Severity.Warning, SymptomStatus.Began), Of(Note(symptoms, 1, Spoke(urgent: false, Severity.Warning))));
        Assert.Equal((Severity.Critical, SymptomStatus.On), Of(Note(symptoms, 2, Spoke(urgent: true))));

        static (Severity, SymptomStatus) Of(SymptomTurn? turn) => (turn!.Symptom.Severity, turn.Status);
    }

    /// <summary>Windows that could not see what was told count for nothing, however steady; those that could end the episode.</summary>
    [Fact]
    public void WindowsThatCannotSeeTheEffect_AreNotQuiet()
    {
        var symptoms = new Symptoms();
        Note(symptoms, 0, Calibrated(0.06, 0.05, speaks: true));
        Assert.NotNull(Note(symptoms, 1, Calibrated(0.08, 0.05, speaks: true)));
        for (int window = 2; window < 6; window++) Assert.Null(Note(symptoms, window, Calibrated(0, 0.07, speaks: false)));
        Assert.Null(Note(symptoms, 6, Calibrated(0, 0.06, speaks: false)));
        Assert.Null(Note(symptoms, 7, Calibrated(0, 0.05, speaks: false)));
        SymptomTurn over = Note(symptoms, 8, Calibrated(0, 0.05, speaks: false))!;
        Assert.Equal((SymptomStatus.Ended, 3), (over.Status, over.Quiet));
    }

    /// <summary>By the default rules a column that is empty in half its rows, or new in half, speaks in a window far below min_rows.</summary>
    [Theory]
    [InlineData(0, 19, 0, 21, "x: missing in 53 % of rows (baseline 0 %)")]
    [InlineData(0, 15, 25, 0, "x: values that the baseline lacks in 63 % of rows (baseline 0 %)")]
    [InlineData(20, 10, 0, 10, null)]
    [InlineData(0, 5, 0, 20, null)] // fewer than 30 rows
    public void DefaultRules_SpeakOfGrossFaults(long a, long b, long unseen, long missing, string? expected)
    {
        ImmutableArray<JudgedSignal> signals = Judge([5_000, 5_000, 0, 0], [a, b, unseen, missing]).Signals;
        Assert.Equal(expected, signals[0].Judgement == Judgement.Drifting ? signals[0].Why : null);
        HashSet<string> urgent = [.. ModelDefaults.Rules.Where(r => r.Urgent).Select(r => r.Id)];
        Assert.Equal(expected is not null, signals[0].Statistics.Any(s => s.Rule is { } id && urgent.Contains(id)));
    }

    /// <summary>Where each row brings a new name, half of a window unseen is what the baseline itself would be.</summary>
    [Fact]
    public void NamesOfTheirOwn_AreNoGrossFault()
    {
        Layout names = Layout.Categorical([.. Enumerable.Range(0, 400).Select(i => $"n{i}")]);
        long[] reference = [.. Enumerable.Repeat(1L, 400), 0, 0], window = [.. Enumerable.Repeat(0L, 400), 200, 0];
        Assert.NotEqual(Judgement.Drifting, Judge(reference, window, names).Signals[0].Judgement);
    }

    [Fact]
    public void Verdict_SaysWhatItCouldFind()
    {
        JudgedSignal signal = Judge([50_000, 50_000, 0, 0], [500, 500, 0, 0]).Signals[0];
        JudgedStatistic psi = signal.Statistics.Single(s => s.Name == "psi");
        Assert.InRange(psi.Detectable!.Value, 0.02, 0.021); // of 1,000 rows: 11.9 / 990 by X2 alone, below the floor of the rule
        Assert.Null(signal.DesignEffect);
        JudgedSignal small = Judge([50_000, 50_000, 0, 0], [250, 250, 0, 0]).Signals[0];
        Assert.InRange(small.Statistics.Single(s => s.Name == "psi").Detectable!.Value, 0.022, 0.025);
    }

    private static Verdict Judge(long[] reference, long[] window, Layout? layout = null)
    {
        layout ??= Letters;
        var signal = new BaselineSignal("x", SignalRole.Feature, ["x"], layout, [.. reference]);
        var settings = new JudgementSettings("m", new Baseline("m", reference.Sum(), [signal], "sha256:"), ModelDefaults.Rules);
        var closed = new ClosedWindow("m", "", new WindowSettings("w", new(1), new(1), new(0), 500), new(0), new(1), true, new(window.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts("x", layout.Key, window)]));
        return WindowJudge.Judge(closed, settings);
    }

    private static RuledStatistic Spoke(bool urgent, Severity severity = Severity.Critical)
    {
        var rule = new Rule(urgent ? "u" : "r", "*", null, "missing", null, new Alarm(AlarmKind.AboveBaselineBy, 0.5), severity) { Urgent = urgent };
        return new(rule, new JudgedStatistic("missing", null, 1, null, null, null, null, 100, 100, rule.Id, true, Judgement.Drifting));
    }

    private static RuledStatistic Calibrated(double value, double detectable, bool speaks)
    {
        var rule = new Rule("c", "*", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01, 0.02), Severity.Warning);
        Judgement judgement = speaks ? Judgement.Drifting : Judgement.Steady;
        var judged = new JudgedStatistic("psi", null, value, null, null, 0.5, null, 100, 100, "c", speaks, judgement) { Detectable = detectable };
        return new(rule, judged);
    }

    private static SymptomTurn? Note(Symptoms symptoms, int window, RuledStatistic ruled)
    {
        var settings = new WindowSettings("w", new(1), new(1), new(0), 1);
        var closed = new ClosedWindow("m", "", settings, new(window), new(window + 1), true, new(100), new(0),
            ImmutableSortedDictionary<string, WindowCounts>.Empty);
        SymptomTurn? turn = symptoms.Note(X, closed, [ruled], Story.None, TwoOfThree);
        return turn is { IsNews: true } ? turn : null;
    }
}
