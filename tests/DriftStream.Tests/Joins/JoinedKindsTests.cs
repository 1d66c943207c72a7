using System.Collections.Immutable;
using CsCheck;
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

    /// <summary>
    /// By group too, labels that come, are corrected and come too late are counted as a plain loop counts them, across segments and a restart; rows of no
    /// known value are in no group.
    /// </summary>
    [Fact]
    public void ResidualsByGroup_AreThoseOfAPlainLoop() => Gen.Select(
        Gen.Select(Gen.Int[100, 129], Gen.Int[-3, 3], Gen.Int[0, 3], Gen.Int[0, 4]).Array[1, 30],
        Gen.Select(Gen.Int[1, 30], Gen.Int[0, 18], Gen.Int[-4, 4]).Array[0, 60],
        Gen.Int[0, 60]).Sample((predictions, labels, restart) =>
    {
        var layout = Layout.Sliced([["a"], ["b"]], Numbers[0].Layout, folded: false);
        BaselineSignal second = new("h", SignalRole.GroupResiduals, ["s", "y", "h"], Layout.Sliced([["x"]], Numbers[0].Layout, folded: false), []);
        ImmutableArray<BaselineSignal> signals = [.. Numbers, new("g", SignalRole.GroupResiduals, ["s", "y", "g"], layout, []), second];
        var script = new JoinScript(_ => Plan(signals));
        var entries = new List<Entry>();
        // By id what was predicted and in which groups; the newest label by its own time, of equal times the last.
        var known = new Dictionary<int, (int Time, double Label)>();
        foreach (var (i, (time, predicted, g, h)) in predictions.Index())
            script.Number(i + 1, time, predicted == 3 ? double.NaN : predicted, isLabel: false, epoch: 0, g, h);
        foreach (var (i, (id, after, label)) in labels.Index())
        {
            if (i == restart)
            {
                entries.AddRange(Entries(script.Joiner.Flush(all: true), signals));
                script.Restart();
            }

            if (id > predictions.Length) continue;
            int time = predictions[id - 1].Item1 + after;
            script.Number(id, time, label + 0.5, isLabel: true);
            if (!known.TryGetValue(id, out var before) || time >= before.Time) known[id] = (time, label + 0.5);
        }

        entries.AddRange(Entries(script.Joiner.Flush(all: true), signals));
        foreach ((BaselineSignal signal, bool isFirst) in new[] { (signals[2], true), (signals[3], false) })
        {
            var want = new long[signal.Layout.Cells];
            foreach (var (i, (_, predicted, g, h)) in predictions.Index())
            {
                Layout residuals = Numbers[0].Layout;
                int group = isFirst ? g : h;
                int cell = !known.TryGetValue(i + 1, out var label) ? residuals.MissingCell
                    : predicted == 3 ? residuals.NanCell : residuals.Edges.Count(e => e <= predicted - label.Label);
                want[group < signal.Layout.Slices.Length ? (group * residuals.Cells) + cell : want.Length - 1]++;
            }

            var got = new long[signal.Layout.Cells];
            foreach (SignalCounts counts in entries.Where(e => e.Key.Model == "m@20us").SelectMany(e => e.Signals).Where(s => s.Signal == signal.Key))
            {
                foreach ((int cell, long count) in counts.Cells.Index()) got[cell] += count;
            }

            Assert.Equal(want, got);
        }
    }, iter: 300);

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
