using System.Globalization;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Labels that lie beyond the outermost cell: what no bound is known of is neither well nor bad.</summary>
public sealed class ExtremeLabelTests
{
    private static readonly BaselineSignal[] Signals = Built();

    [Theory]
    [InlineData("r2", AlarmKind.Below, 0.5, "r2 may be anything up to 1")]
    [InlineData("r2", AlarmKind.BelowBaselineBy, 0.1, "r2 may be anything up to 0")]
    [InlineData("rmse", AlarmKind.Above, 1e15, "rmse may be anything from ")]
    [InlineData("mae", AlarmKind.Above, 1e15, "mae may be anything from ")]
    [InlineData("mae", AlarmKind.Below, 1e15, "mae may be anything from ")]
    [InlineData("bias", AlarmKind.Below, -1e15, "bias may be anything up to -")]
    [InlineData("bias", AlarmKind.Above, 1e15, null)]
    public void ValueWithoutABound_IsInsufficient(string statistic, AlarmKind kind, double limit, string? why)
    {
        foreach (double? confidence in new double?[] { null, 0.95 })
        {
            JudgedMetric judged = Judge(statistic, new Alarm(kind, limit, Confidence: confidence), 1e300).Performance!.Judged.Single();
            // A residual of -1e300 leaves bias open below alone.
            Assert.Equal(why is null ? Judgement.Steady : Judgement.Insufficient, judged.Statistic.Judgement);
            if (why is null) continue;
            Assert.StartsWith("labels or predictions lie beyond what cells tell: ", judged.Why, StringComparison.Ordinal);
            if (confidence is null) Assert.Contains(why, judged.Why, StringComparison.Ordinal);
        }
    }

    /// <summary>What is bounded on the side of the limit is judged as ever: the truth is at least that.</summary>
    [Fact]
    public void ValueWithABound_IsJudged()
    {
        Assert.Equal(Judgement.Drifting, Of("rmse", AlarmKind.Above, 5));
        Assert.Equal(Judgement.Drifting, Of("bias", AlarmKind.Below, -5));
        Assert.Equal(Judgement.Steady, Of("rmse", AlarmKind.Below, 5));
        Assert.Equal(Judgement.Steady, Of("residual_median", AlarmKind.Above, 5));

        static Judgement Of(string statistic, AlarmKind kind, double limit) =>
            Judge(statistic, new Alarm(kind, limit), 1e300).Performance!.Judged.Single().Statistic.Judgement;
    }

    /// <summary>A limit within what cells leave open is told in words; the value alone, of the middles of cells, is none to judge by.</summary>
    [Fact]
    public void LimitWithinWhatCellsLeaveOpen_IsInsufficient()
    {
        PerformanceMetric mae = Judge("mae", new Alarm(AlarmKind.Above, 5), 40).Performance!.Judged.Single().Metric;
        double limit = mae.Value!.Value + ((mae.LeftOpen!.Value.High - mae.Value.Value) / 2);
        JudgedMetric judged = Judge("mae", new Alarm(AlarmKind.Above, limit), 40).Performance!.Judged.Single();
        Assert.Equal(Judgement.Insufficient, judged.Statistic.Judgement);
        Assert.StartsWith("mae: what cells leave open, [", judged.Why, StringComparison.Ordinal);
        Assert.Equal(Judgement.Insufficient, Judge("mae", new Alarm(AlarmKind.Above, limit, Confidence: 0.95), 40).Kpis.Single().Statistic.Judgement);
    }

    /// <summary>The middle of a cell that has none is told nowhere.</summary>
    [Fact]
    public void Sentences_SayTheBound_InPlaceOfAMadeUpValue()
    {
        Verdict verdict = Judge("rmse", new Alarm(AlarmKind.Above, 5, Confidence: 0.95), 1e300);
        PerformanceMetric rmse = verdict.Performance!.Judged.Single().Metric;
        string least = Math.Floor(rmse.LeftOpen!.Value.Low).ToString(CultureInfo.InvariantCulture);
        Verdict sure = Judge("rmse", new Alarm(AlarmKind.Above, 5), 1e300);
        Assert.StartsWith($"rmse is at least {least} (from ", sure.Performance!.Judged.Single().Why, StringComparison.Ordinal);
        Assert.Contains(", no upper bound), above 5; ", sure.Performance.Judged.Single().Why, StringComparison.Ordinal);
        JudgedKpi kpi = sure.Kpis.Single();
        Assert.StartsWith($"rmse misses its target of at most 5: at least {least} (from ", kpi.Why, StringComparison.Ordinal);
        Assert.Contains(", no upper bound) of 1,001 rows; at least ", kpi.Why, StringComparison.Ordinal);
        Assert.Equal(rmse.LeftOpen.Value.Low - 5, kpi.MissedBy);
        Assert.DoesNotContain("Infinity", Encoding.UTF8.GetString(Assert.Single(VerdictJson.Write(sure))), StringComparison.Ordinal);
    }

    [Fact]
    public void Kpi_WithoutABound_IsInsufficient()
    {
        JudgedKpi kpi = Judge("r2", new Alarm(AlarmKind.Below, 0.5, Confidence: 0.95), 1e300).Kpis.Single();
        Assert.Equal(Judgement.Insufficient, kpi.Statistic.Judgement);
        Assert.StartsWith("labels or predictions lie beyond what cells tell: r2 may be anything up to 1", kpi.Why, StringComparison.Ordinal);
        Assert.Equal(double.NegativeInfinity, kpi.LeftOpen!.Value.Low);
    }

    [Theory]
    [InlineData("mae_difference", AlarmKind.Above, 1e15, Judgement.Insufficient)]
    [InlineData("bias_difference", AlarmKind.Above, 1e15, Judgement.Insufficient)]
    [InlineData("rmse_difference", AlarmKind.AboveBaselineBy, 1e15, Judgement.Insufficient)]
    [InlineData("rmse_difference", AlarmKind.Above, 0.2, Judgement.Drifting)]
    public void Groups_WithoutABound_AreInsufficient(string statistic, AlarmKind kind, double limit, Judgement expected)
    {
        Layout table = Layout.Sliced([["1"], ["2"]], Signals[0].Layout, folded: false);
        long[] usual = [.. Count(Signals[0], 40), .. Count(Signals[0], 40), .. new long[table.Cells - (2 * Signals[0].Layout.Cells)]];
        long[] now = [.. usual];
        now[Signals[0].Layout.Cells + ResidualCells.Cell(Signals[0], 0, 1e300)]++;
        var signal = new BaselineSignal("g", SignalRole.GroupResiduals, ["score", "y", "g"], table, [.. usual]);
        var rule = new Rule("r", null, "g", statistic, null, new Alarm(kind, limit), Severity.Warning);
        JudgedGroup judged = WindowJudge.Judge(Window((signal, now)), new JudgementSettings("m", new Baseline("m", 2000, [signal], "sha256:00"), [rule]))
            .Groups.Single();
        Assert.Equal(expected, judged.Statistic.Judgement);
        if (expected == Judgement.Insufficient)
            Assert.StartsWith($"labels or predictions lie beyond what cells tell: {statistic} may be anything", judged.Why, StringComparison.Ordinal);
    }

    private static BaselineSignal[] Built()
    {
        Batch batch = new BatchBuilder()
            .Add("score", Columns.Of<double>([.. Rows.Select(r => r.Predicted)])).Add("y", Columns.Of<double>([.. Rows.Select(r => r.Label)])).Build();
        BaselineSettings settings = BaselineSettings.Of("m") with
        {
            Features = [],
            Score = "score",
            Label = new BinaryColumn("y", "1"),
            LabelKind = LabelKind.Number,
        };
        return [.. BaselineBuilder.Build([batch], settings).Baseline!.Signals.Where(s => s.Role is SignalRole.Outcome or SignalRole.Label)];
    }

    // One label is as said; the rule as a KPI, too.
    private static Verdict Judge(string statistic, Alarm alarm, double label)
    {
        BaselineSignal[] signals = [.. Signals.Select(s => s with { Counts = [.. Count(s, 40)] })];
        var rule = new Rule(statistic, null, null, statistic, null, alarm, Severity.Warning);
        var settings = new JudgementSettings("m", new Baseline("m", 1000, [.. signals], "sha256:00"), [rule])
        {
            Kpis = alarm.Kind is AlarmKind.Above or AlarmKind.Below ? [new Kpi(rule, null)] : [],
        };
        return WindowJudge.Judge(Window([.. signals.Select(s => (s, Count(s, label)))]), settings);
    }

    private static ClosedWindow Window(params (BaselineSignal Signal, long[] Counts)[] of) => new(
        "m", "", new WindowSettings("1d", new(7), new(7), new(0), 1), new(0), new(7), true, new(of[0].Counts.Sum()), new(0),
        WindowCounts.BySignal([.. of.Select(s => new SignalCounts(s.Signal.Key, s.Signal.Layout.Key, s.Counts))]));

    private static long[] Count(BaselineSignal signal, double label)
    {
        var counts = new long[signal.Layout.Cells];
        foreach ((double predicted, double known) in Rows.Append((40, label))) counts[ResidualCells.Cell(signal, predicted, known)]++;
        return counts;
    }

    private static IEnumerable<(double Predicted, double Label)> Rows =>
        Enumerable.Range(0, 1000).Select(i => (i % 97 + ((i * 7 % 13) - 6) / 4.0, (double)(i % 97)));
}
