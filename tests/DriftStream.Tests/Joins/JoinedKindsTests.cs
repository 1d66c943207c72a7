using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Joins;
using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>What joiners count where labels are numbers or classes, as the counts topic holds it.</summary>
public sealed class JoinedKindsTests
{
    private static readonly ImmutableArray<BaselineSignal> Numbers =
    [
        new("y", SignalRole.Outcome, ["s", "y"], Layout.Numeric([-1, 0, 1]), []), new("y", SignalRole.Label, ["s", "y"], Layout.Numeric([10]), []),
    ];

    /// <summary>A correction takes away where the label was and adds where it is; a restart between the two changes nothing.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Numbers_AreCountedByHowFarTheyAreOff(bool restart)
    {
        var script = new JoinScript(_ => Plan(Numbers));
        script.Number(1, 100, 5, isLabel: false).Number(2, 101, double.NaN, isLabel: false).Number(3, 102, 8, isLabel: false);
        script.Number(1, 101, 5.5, isLabel: true).Number(2, 101, 12, isLabel: true);
        List<Entry> before = [];
        if (restart)
        {
            before = Entries(script.Joiner.Flush(all: true));
            script.Restart();
        }

        script.Number(1, 102, 3, isLabel: true);
        // Of 1 no longer half too little but two too much, of 2 nothing predicted, of 3 nothing known; by the last delay all of it.
        Entry[] all = [.. before.Concat(Entries(script.Joiner.Flush(all: true))).Where(e => e.Key.Model == "m@20us")];
        Assert.Equal(3, all.Sum(e => e.Rows.Value));
        Assert.Equal(["residual:y >= 1 1", "residual:y NaN 1", "residual:y missing 1", "label:y < 10 1", "label:y NaN 1", "label:y missing 1"],
            Numbers.SelectMany(s => Told(s, all)));
    }

    /// <summary>A label that another plan projected is by the classes of that plan.</summary>
    [Fact]
    public void Classes_AreByTheTableOfTheirOwnPlan()
    {
        ImmutableArray<BaselineSignal> older = [Table("a", "b")], newer = [Table("b", "c")];
        var script = new JoinScript(epoch => Plan(epoch == 0 ? older : newer));
        script.Predict(1, 100, decision: 0).Predict(2, 101, decision: 1).Predict(3, 102, decision: 1).Predict(4, 102, decision: 2).Predict(5, 103, decision: 3);
        script.Label(1, 101, 0).Label(4, 102, 2); // a and one that the table lacks
        List<Entry> before = Entries(script.Joiner.Flush(all: true), older, newer);
        Assert.Equal(["a x a 1", "b x missing 2", "unseen x unseen 1", "missing x missing 1"], Told(older[0], At20(before)).Select(t => t[10..]));
        script.Label(2, 102, 0, epoch: 1).Label(3, 102, 1, epoch: 1); // b and c, by the newer one
        List<Entry> after = [.. before, .. Entries(script.Joiner.Flush(all: true), older, newer)];
        Assert.Equal(["a x a 1", "b x b 1", "b x unseen 1", "unseen x unseen 1", "missing x missing 1"], Told(older[0], At20(after)).Select(t => t[10..]));
    }

    private static IEnumerable<Entry> At20(IEnumerable<Entry> entries) => entries.Where(e => e.Key.Model == "m@20us");

    private static BaselineSignal Table(params string[] names)
    {
        var classes = Layout.Categorical([.. names]);
        return new BaselineSignal("y", SignalRole.Outcome, ["d", "y"], Layout.Joint(classes, classes, false, false), []);
    }

    private static JoinSettings Plan(ImmutableArray<BaselineSignal> signals) =>
        JoinScript.Plan(JoinScript.Model("m", Corrections.Last) with { Signals = signals });

    private static List<Entry> Entries(JoinFlush flush, params ImmutableArray<BaselineSignal>[] plans) =>
    [
        .. JoinedFrames.Of(flush, 0, 1, epoch => Plan(plans.Length == 0 ? Numbers : plans[epoch])).SelectMany(f => f.Entries),
    ];

    private static IEnumerable<string> Told(BaselineSignal signal, IEnumerable<Entry> entries)
    {
        var sum = new long[signal.Layout.Cells];
        foreach (SignalCounts counts in entries.SelectMany(e => e.Signals).Where(s => s.Signal == signal.Key))
        {
            Assert.Equal(signal.Layout.Key, counts.Layout);
            foreach ((int cell, long count) in counts.Cells.Index()) sum[cell] += count;
        }

        return sum.Index().Where(c => c.Item != 0).Select(c => $"{signal.Key} {signal.Layout.CellName(c.Index)} {c.Item}");
    }
}
