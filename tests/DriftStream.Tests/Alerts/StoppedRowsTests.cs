using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>A stream of days that stops: told once, with its first day without rows, and ended when rows come again.</summary>
public sealed class StoppedRowsTests
{
    private static readonly BaselineSignal Few = PlanScript.Signal("x", Layout.Numeric([0]), 500, 500, 0, 0);

    private static readonly Rule Stopped =
        new("stopped", null, null, LossJudge.SilenceProbability, null, new Alarm(AlarmKind.Below, 0.0001), Severity.Warning);

    [Fact]
    public void RowsThatStop_AreToldOnce_WithoutAVerdictOfEveryEmptyDay()
    {
        long day = 24 * EventTime.Hour;
        ModelWindows windows = PlanScript.WindowsOf("m", day, day) with { Silence = new(8 * day) };
        var script = new PlanScript(PlanScript.Plan("first", [Stopped], (windows, [Few])));
        int segment = 0;
        for (int i = 0; i < 16; i++)
        {
            if (i is >= 10 and < 14) continue;
            script.Frame(0, segment, segment + 1, PlanScript.Entry("m", i * day, day, (Few, [50, 50, 0, 0])));
            script.Header(0, segment, ++segment, watermark: (i + 1) * day);
        }

        script.Run();
        Assert.Equal(["began 10", "ended 14"], script.Alerts.Select(a => $"{a.Status} {a.Window.Start / day}".ToLowerInvariant()));
        Assert.Equal(
            "rows have stopped since 1970-01-11T00:00:00Z: 0 in this window of 86400000000, about 100 expected", script.Alerts[0].Summary);
        Assert.Equal("rows come again: 1 window with as many as usual", script.Alerts[1].Summary);
        Assert.Equal([.. Enumerable.Range(0, 11), 14, 15], script.Verdicts.Select(v => (int)(v.Window.Start / day)));
        Assert.Single(script.Alerts[0].Rules);
        // exp(-100), the expectation being known from ten days only
        Assert.InRange(script.Alerts[0].Detail.GetProperty("statistic").GetProperty("value").GetDouble(), 1e-60, 1e-20);
    }
}
