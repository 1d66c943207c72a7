using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>What joiners write, read by the ledger that reads counters: windows of predictions, by the labels that had come after a delay.</summary>
public sealed class JoinedFramesTests
{
    private static readonly BaselineSignal Group = new("g", SignalRole.Group, ["g"], Layout.Table(["f", "m"], labelled: true), []);

    private static readonly BaselineSignal Outcome =
        new("y", SignalRole.Outcome, ["d", "y"], Layout.Outcome(Layout.Numeric([])), []);

    private readonly WindowLedger _ledger = new(Windowing());
    private readonly List<ClosedWindow> _closed = [];
    private long _offset;

    [Fact]
    public void Windows_CloseAtTheirDelay_AndCorrectionsOfLaterSegmentsTakeAway()
    {
        JoinScript script = Script(Corrections.Last).Predict(1, 100, decision: 1).Predict(2, 101, decision: 0, group: 1).Label(1, 101, 1);
        Tell(script.Joiner.Finish(), 0);
        Tell(Script(Corrections.Last).Time(99).Joiner.Flush(), 1);
        Assert.Empty(_closed);
        script.Restart();
        script.Label(1, 102, 0).Label(2, 119, 1).Time(123);
        Tell(script.Joiner.Flush(), 0);
        Tell(Script(Corrections.Last).Time(123).Joiner.Flush(), 1);
        // After eight: 119 is beyond that, and the label of 102 has taken the place of that of 101.
        ClosedWindow first = Assert.Single(_closed);
        Assert.Equal(("m", "ten@8", 8L, 2L), (first.Model, first.Window.Name, first.Delay!.Value.Microseconds, first.Rows.Value));
        Assert.Equal(["f, selected, label negative 1", "m, not selected, label missing 1"], Cells(first, Group));
        Assert.Equal(2, Cells(first, Outcome).Length);

        script.Time(135);
        Tell(script.Joiner.Flush(), 0);
        Tell(Script(Corrections.Last).Time(135).Joiner.Flush(), 1);
        Assert.Equal(["f, selected, label negative 1", "m, not selected, label positive 1"], Cells(_closed[1], Group));
        Assert.All(_closed, w => Assert.True(w.Complete));
        Assert.Equal(0, Law.Unaccounted([_ledger.Accounts()]));
    }

    [Fact]
    public void PartitionThatHasNotTold_HoldsWindowsOpen()
    {
        Tell(Script(Corrections.First).Predict(1, 100, decision: 0).Time(200).Joiner.Flush(), 0);
        Assert.Empty(_closed);
        Tell(Script(Corrections.First).Time(200).Joiner.Flush(), 1);
        Assert.Equal(2, _closed.Count);
    }

    [Fact]
    public void PredictionThatComesTooLate_IsLost_AndTold()
    {
        JoinScript script = Script(Corrections.First).Predict(1, 100, decision: 0).Time(124).Predict(2, 101, decision: 0).Time(200);
        Tell(script.Joiner.Flush(), 0);
        Tell(Script(Corrections.First).Time(200).Joiner.Flush(), 1);
        Assert.Equal([(8L, 1L, 1L), (20L, 2L, 0L)], _closed.Select(w => (w.Delay!.Value.Microseconds, w.Rows.Value, w.LateRows.Value)).Order());
    }

    [Fact]
    public void LossInASource_MakesWindowsIncomplete()
    {
        JoinScript script = Script(Corrections.First).Predict(1, 100, decision: 0);
        script.Write(script.Of("p", 0) with { Upto = new(9), IsGap = true, Rows = [] }).Time(200);
        Tell(script.Joiner.Flush(), 0);
        Tell(Script(Corrections.First).Time(200).Joiner.Flush(), 1);
        Assert.All(_closed, w => Assert.False(w.Complete));
        Assert.Equal(2, _closed.Count);
    }

    /// <summary>Of a prediction its score and its second group are known, of a label that comes later what it is.</summary>
    [Fact]
    public void CalibrationTables_AreOfTheCellsOfThePrediction()
    {
        BaselineSignal outcome = Outcome with { Columns = ["s", "d", "y"], Layout = Layout.Outcome(Layout.Numeric([0, 0.5, 1])) };
        BaselineSignal second = Group with { Name = "h", Columns = ["h"], Layout = Layout.Table(["x", "y", "z"], labelled: true) };
        ImmutableArray<BaselineSignal> signals = [Group, second, outcome, CalibrationCells.Signal(second, outcome)];
        JoinedModel model = JoinScript.Model("m") with { Signals = signals };
        var script = new JoinScript(_ => JoinScript.Plan(model));
        script.Write(script.Of("p", 0, new ProjectedRow(default, 1, new(100), new PredictionCell("m", "v", 2, 1, [0, 2], []))));
        script.Write(script.Of("p", 0, new ProjectedRow(default, 2, new(101), new PredictionCell("m", "v", 1, 0, [1, 0], []))));
        script.Label(1, 101, 1).Time(123);
        Entry entry = JoinedFrames.Of(script.Joiner.Flush(), 0, 1, _ => JoinScript.Plan(model)).Single().Entries.First(e => e.Signals.Length == 4);
        SignalCounts counts = entry.Signals.Single(s => s.Signal == "calibration:h");
        Assert.Equal(["x, score [0, 0.5), label missing 1", "z, score [0.5, 1), label positive 1"],
            counts.Cells.Index().Where(c => c.Item != 0).Select(c => $"{signals[^1].Layout.CellName(c.Index)} {c.Item}"));
    }

    private static JoinScript Script(Corrections corrections) => new(_ =>
        JoinScript.Plan(JoinScript.Model("m", corrections) with { Signals = [Group, Outcome] }));

    private static WindowingSettings Windowing()
    {
        ModelWindows At(long delay) => new(
            JoinedName.Of("m", new(delay)), [JoinedName.SourceOf("m")], new(10), Duration.Zero, new(JoinScript.Lateness + delay),
            [new WindowSettings($"ten@{delay}", new(10), new(10), Duration.Zero, 1)])
        {
            Delay = new(delay),
        };
        return new WindowingSettings(
            ImmutableSortedDictionary<string, ModelWindows>.Empty.Add("m@8us", At(8)).Add("m@20us", At(20)),
            new ModelWindows("", [], new(10), Duration.Zero, Duration.Zero, []), new(1000), new(1000), new(100), new(1000));
    }

    // As the counts topic holds it.
    private void Tell(JoinFlush flush, int partition)
    {
        JoinSettings plan = Plan();
        foreach (Flushed flushed in JoinedFrames.Of(flush, partition, 2, _ => plan))
        {
            SegmentHeader header = flushed.Header;
            if (!flushed.Entries.IsEmpty) Apply(new Frame(header.Source, header.Segment, header.Variant, header.Upto, flushed.Entries));
            Apply(new SegmentHeaders([header]));
        }
    }

    private static JoinSettings Plan() => JoinScript.Plan(JoinScript.Model("m") with { Signals = [Group, Outcome] });

    private void Apply(ICountsRecord record) => _closed.AddRange(_ledger.Apply(_offset++, record).Closed);

    private static string[] Cells(ClosedWindow window, BaselineSignal signal)
    {
        Assert.True(window.Counts[signal.Key].TryGet(signal.Layout, out ImmutableArray<long> cells));
        return [.. cells.Index().Where(c => c.Item != 0).Select(c => $"{signal.Layout.CellName(c.Index)} {c.Item}")];
    }
}
