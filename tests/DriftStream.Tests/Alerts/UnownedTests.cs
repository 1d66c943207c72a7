using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>Rows of a model that nobody registered are one symptom for the root owner, however long they come.</summary>
public sealed class UnownedTests
{
    private static readonly BaselineSignal X = PlanScript.Signal("x", Layout.Categorical(["a", "b"]), 500, 500, 0, 0);
    private static readonly JudgeSettings Plan = Watched(PlanScript.Plan("plan", [], (PlanScript.WindowsOf("m", 10, 10), [X])));

    [Theory]
    [InlineData("UUU....", "0 Began, 10 On, 20 On, 50 Ended")] // three windows without it
    [InlineData("U..U....", "0 Began, 30 On, 60 Ended")]
    [InlineData("U...U", "0 Began, 30 Ended, 40 Began")]
    [InlineData("U..", "0 Began")]
    [InlineData("...", "")]
    public void TrafficOfAnUnregisteredModel_IsOneSymptom_UntilThreeWindowsWithoutIt(string windows, string expected)
    {
        PlanScript script = new(Plan);
        for (int i = 0; i < windows.Length; i++)
        {
            Entry own = PlanScript.Entry("m", i * 10, 10, (X, [5, 5, 0, 0]));
            Entry ghost = new(own.Key with { Model = "ghost", Unowned = true }, new(7), []);
            script.Frame(0, i, i + 1, windows[i] == 'U' ? [own, ghost] : [own]).Header(0, i, i + 1, watermark: (i + 1) * 10);
        }

        script.Run();

        WindowRecord[] ghosts = [.. script.Windows.Where(w => w.Model == "ghost")];
        Assert.Equal(expected, string.Join(", ", ghosts.Select(w => $"{w.Start} {Assert.Single(w.Symptoms).Status}")));
        Assert.All(ghosts, w => Assert.True(w.Symptoms[0].IsForRoot));
        Assert.Equal(ghosts.Length, ghosts.Select(w => w.End).Distinct().Count());
        if (ghosts.Length == 0) return;
        Assert.Equal("7 rows name the model 'ghost', which nobody owns: register it with an owner, or stop its traffic", ghosts[0].Symptoms[0].Summary);
        Assert.Equal(7, ghosts[0].Versions[0].Rows.Value);
        if (expected.Contains("Ended", StringComparison.Ordinal))
        {
            Symptom ended = ghosts.Select(w => w.Symptoms[0]).First(s => s.Status == SymptomStatus.Ended);
            Assert.Equal("no row has named the model 'ghost' for 3 windows of 10", ended.Summary);
        }
    }

    // Time for such rows comes from all sources.
    private static JudgeSettings Watched(JudgeSettings plan) => plan with
    {
        Windowing = plan.Windowing with { Unowned = plan.Windowing.Unowned with { Topics = [PlanScript.Topic] } },
    };
}
