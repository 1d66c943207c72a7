using CsCheck;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>How many rows a change concerns, against sums over rows one by one in fractions.</summary>
public sealed class RowsMovedTests
{
    private static readonly Layout Colours = Layout.Categorical(["red", "green", "blue"]);
    private static readonly Layout Groups = Layout.Table(["1", "2", "3"], labelled: false);

    private static readonly Rule Psi = OfSignal("psi", new Alarm(AlarmKind.Above, 0)), Missing = OfSignal("missing", new Alarm(AlarmKind.Above, 0)),
        Unseen = OfSignal("unseen", new Alarm(AlarmKind.Above, 0)), Volume = OfSignal("volume", new Alarm(AlarmKind.Above, 0)),
        Silent = OfSignal("psi", new Alarm(AlarmKind.Above, 1e9)),
        Parity = new("parity", null, "*", "demographic_parity_ratio", null, new Alarm(AlarmKind.Below, 1.1, MinRows: 20), Severity.Warning);

    /// <summary>Every row of the window is looked at: what is more in its cell than the reference's share of the rows has moved.</summary>
    [Fact]
    public void OfASignal_IsTheSurplusOfItsCells() => Gen.Select(Counts, Counts).Sample((reference, window) =>
    {
        if (reference.Sum() < 30 || window.Sum() == 0) return;
        JudgedSignal judged = Judge(reference, window, Psi, Missing);
        if (judged.Statistics.First(s => s.Name == "psi").Judgement != Judgement.Drifting) return;
        decimal slow = Slow(reference, window, [0, 1, 2, 3, 4]);
        Assert.InRange(judged.Moved, slow - 0.5000001m, slow + 0.5000001m);
    });

    [Fact]
    public void WhereOneCellAloneSpeaks_ItsRows() => Gen.Select(Counts, Counts).Sample((reference, window) =>
    {
        if (reference.Sum() < 30 || window[4] == 0) return;
        decimal missing = Slow(reference, window, [4]);
        Assert.InRange(Judge(reference, window, Silent, Missing).Moved, missing - 0.5000001m, missing + 0.5000001m);
        if (window[3] == 0) return;
        decimal both = Slow(reference, window, [3, 4]);
        Assert.InRange(Judge(reference, window, Missing, Unseen, Volume).Moved, both - 0.5000001m, both + 0.5000001m);
    });

    [Fact]
    public void ByHand()
    {
        // 100 of 200 rows where the reference has a quarter of them: 50 too many; 20 missing ones of which 10 were to be expected.
        Assert.Equal(60, Judge([50, 50, 90, 0, 10], [100, 40, 40, 0, 20], Psi).Moved);
        Assert.Equal(10, Judge([50, 50, 90, 0, 10], [100, 40, 40, 0, 20], Missing).Moved);
        Assert.Equal(0, Judge([50, 50, 90, 0, 10], [100, 40, 40, 0, 20], Silent).Moved);
        Assert.Equal(0, Judge([50, 50, 90, 0, 10], [100, 40, 40, 0, 20], Volume).Moved);
    }

    [Theory]
    [InlineData(new long[] { 90, 5, 5, 0, 0 }, new long[] { 0, 99, 1, 0, 0 }, true)]
    [InlineData(new long[] { 90, 5, 5, 0, 0 }, new long[] { 0, 98, 2, 0, 0 }, false)] // too few
    [InlineData(new long[] { 50, 45, 5, 0, 0 }, new long[] { 100, 0, 0, 0, 0 }, false)] // it had half already
    [InlineData(new long[] { 90, 5, 5, 0, 0 }, new long[] { 0, 0, 0, 0, 100 }, true)]
    public void AllInOneCell(long[] reference, long[] window, bool expected)
    {
        Assert.Equal(expected, Judge(reference, window, Psi).IsOneCell);
        Assert.False(Judge(reference, window, Silent).IsOneCell);
    }

    /// <summary>How many more would have to be selected for four fifths of the highest rate, group by group.</summary>
    [Fact]
    public void OfAGroup_IsWhatItLacksOfFourFifths() => Gen.Select(Gen.Long[0, 200].Array[3], Gen.Long[0, 200].Array[3]).Sample((selected, rejected) =>
    {
        var counts = new long[Groups.Cells];
        for (int i = 0; i < 3; i++) (counts[Groups.TableCell(i, 1, 0)], counts[Groups.TableCell(i, 0, 0)]) = (selected[i], rejected[i]);
        JudgedGroup judged = Run(new BaselineSignal("SEX", SignalRole.Group, ["SEX"], Groups, [.. counts]), counts, Parity).Groups.Single();
        if (judged.Statistic.Judgement != Judgement.Drifting)
        {
            Assert.Equal(0, judged.Moved);
            return;
        }

        int[] large = [.. Enumerable.Range(0, 3).Where(i => selected[i] + rejected[i] >= 20)];
        decimal highest = large.Max(i => (decimal)selected[i] / (selected[i] + rejected[i]));
        decimal lacking = large.Sum(i => Math.Max(0, (0.8m * highest * (selected[i] + rejected[i])) - selected[i]));
        Assert.InRange(judged.Moved, lacking - 0.5000001m, lacking + 0.5000001m);
    });

    private static Gen<long[]> Counts => Gen.Long[0, 50].Array[5];

    private static decimal Slow(long[] reference, long[] window, int[] cells)
    {
        decimal rows = window.Sum(), all = reference.Sum();
        return cells.Sum(c => Math.Max(0, window[c] - (rows * reference[c] / all)));
    }

    private static JudgedSignal Judge(long[] reference, long[] window, params Rule[] rules) =>
        Run(new BaselineSignal("x", SignalRole.Feature, ["x"], Colours, [.. reference]), window, rules).Signals.Single();

    private static Verdict Run(BaselineSignal signal, long[] window, params Rule[] rules)
    {
        var closed = new ClosedWindow(
            "m", "1", new WindowSettings("1h", new(10), new(10), new(0), 1), new(0), new(10), true, new(window.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts(signal.Key, signal.Layout.Key, window)]));
        return WindowJudge.Judge(closed, new JudgementSettings("m", new Baseline("m", signal.Counts.Sum(), [signal], "sha256:b"), [.. rules]));
    }

    private static Rule OfSignal(string statistic, Alarm alarm) => new(statistic, "*", null, statistic, null, alarm, Severity.Warning);
}
