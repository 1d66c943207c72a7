using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>Independent rows against an anchor and a rolling baseline of the same stream: false alarms are as few as the rule says.</summary>
public sealed class ReferenceLevelTests
{
    private const int Windows = 400, Signals = 8, Rows = 400, Pane = 10;

    private static readonly Rule Psi = new("psi", "*", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01), Severity.Warning);

    [Fact]
    public void FalseAlarms_AreAboutNominal()
    {
        var random = new Random(7);
        BaselineSignal[] signals = [.. Enumerable.Range(0, Signals).Select(i => Signal(i, Drawn(random, i, 8000)))];
        Judge judge = new(Plan(signals));
        int alarmed = 0, low = 0, looks = 0;
        for (int window = 0; window < Windows; window++)
        {
            ImmutableArray<SignalCounts> counts = [.. signals.Select((s, i) => new SignalCounts(s.Key, s.Layout.Key, Drawn(random, i, Rows)))];
            foreach (Verdict verdict in Send(judge, window, counts))
            {
                IEnumerable<JudgedStatistic> against = verdict.Signals.SelectMany(s => s.Statistics).Where(s => s.Against == "recent");
                JudgedStatistic[] recent = [.. against.Where(s => s.Judgement != Judgement.Insufficient)];
                looks += recent.Length;
                low += recent.Count(s => s.PValue <= 0.1);
                if (verdict.Signals.Any(s => s.Judgement == Judgement.Drifting)) alarmed++;
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{alarmed} of {Windows} windows alarm, {(double)low / looks:P1} of p-values are at most 0.1");
        // Looks at two baselines are one family: 1 % of the windows, 4 of 400 give or take 2. Of single p-values a tenth is below 0.1.
        Assert.Equal((Windows - 2) * Signals, looks);
        Assert.InRange(alarmed, 0, 10);
        Assert.InRange((double)low / looks, 0.05, 0.13);
    }

    private static JudgeSettings Plan(BaselineSignal[] signals)
    {
        var recent = new FurtherBaseline("recent", null, new StreamReference(StreamRowsOf.Rolling, new(14 * Pane)) { Ending = new(Pane) });
        ModelWindows windows = PlanScript.WindowsOf("m", Pane, Pane);
        windows = windows with { Windows = [windows.Windows[0] with { MinRows = Rows }], References = [recent.Stream!] };
        JudgeSettings plan = PlanScript.Plan("plan", [Psi], (windows, signals));
        return plan with { Judgement = plan.Judgement.SetItem("m", plan.Judgement["m"] with { Further = [recent] }) };
    }

    private static BaselineSignal Signal(int index, long[] counts) =>
        PlanScript.Signal($"s{index}", Layout.Categorical([.. Enumerable.Range(0, index + 2).Select(c => $"{c}")]), counts);

    // Category c of signal i has a share that falls by half from one to the next.
    private static long[] Drawn(Random random, int signal, int rows)
    {
        int categories = signal + 2;
        long[] counts = new long[categories + 2];
        for (int row = 0; row < rows; row++) counts[Math.Min(categories - 1, (int)-Math.Log2(1 - random.NextDouble()))]++;
        return counts;
    }

    private static ImmutableArray<Verdict> Send(Judge judge, int window, ImmutableArray<SignalCounts> counts)
    {
        var source = new SourcePartition(PlanScript.Topic, 0);
        var variant = new Variant(0, EventTime.None);
        var entry = new Entry(new EntryKey("m", "", new(window * Pane), new(Pane), 0), new(Rows), counts);
        judge.Apply(2 * window, new Frame(source, new(window), variant, new(window + 1), [entry]));
        SegmentHeader header = new(source, new(window), variant, new(window + 1), new((window + 1) * Pane), default, [], true, false, new(0), 1, 0);
        return judge.Apply((2 * window) + 1, new SegmentHeaders([header])).Verdicts;
    }
}
