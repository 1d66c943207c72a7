using System.Collections.Immutable;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Rules on the share of rows in named cells, and goals.</summary>
public sealed class GoalTests
{
    private static readonly Layout Answers = Layout.Categorical(["0", "1", "2"]);

    private static readonly Rule Approve = new("approve", "DECISION", null, "share", null, new Alarm(AlarmKind.Below, 0.3), Severity.Warning)
    {
        Cells = ["1"],
        Goal = "approve 30 %",
    };

    private static readonly Rule Psi = new("psi", "*", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: 0.02), Severity.Warning);

    /// <summary>Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I: Wilson's score method, 95 %.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Share_HasThePublishedInterval(long in1, long rows, double low, double high)
    {
        JudgedStatistic share = Share(Judge([Approve], rows - in1, in1, 0, 0, 0));
        Assert.Equal((double)in1 / rows, share.Value);
        Assert.Equal((low, high), (Math.Round(share.Low!.Value, 4), Math.Round(share.High!.Value, 4)));
    }

    [Fact]
    public void Share_IsOfAllRows() =>
        Gen.Select(Gen.Long[0, 400].Array[5], Gen.Shuffle(new[] { 0, 1, 2, 3, 4 }), Gen.Int[1, 5]).Sample((rows, order, count) =>
        {
            int[] cells = order[..count];
            string[] names = ["0", "1", "2", "unseen", "missing"];
            JudgedStatistic share = Share(Judge([Approve with { Cells = [.. cells.Select(c => names[c])] }], rows));
            if (rows.Sum() == 0) Assert.Null(share.Value);
            else Assert.Equal(cells.Sum(c => (double)rows[c]) / rows.Sum(), share.Value!.Value, 12);
        });

    [Theory]
    [InlineData(180, 600, Judgement.Steady)] // 30 %, whatever its interval
    [InlineData(170, 600, Judgement.Insufficient)] // 28.3 %, up to 32.1 %
    [InlineData(140, 600, Judgement.Drifting)] // 23.3 %, up to 26.9 %
    [InlineData(1, 9, Judgement.Insufficient)] // fewer rows than the window asks for
    public void Goal_IsMissed_WhereTheIntervalExcludesIt(long in1, long rows, Judgement judgement)
    {
        JudgedSignal signal = Judge([Approve], rows - in1, in1, 0, 0, 0);
        Assert.Equal((judgement, judgement), (signal.Judgement, Share(signal).Judgement));
        if (rows == 600 && judgement == Judgement.Insufficient) Assert.Equal("share: its interval [0.2487, 0.3207] straddles 0.3", signal.Why);
        if (rows < 600) Assert.Equal("share: 9 rows, fewer than 10", signal.Why);
    }

    [Fact]
    public void WrittenConfidence_IsThatOfTheRule_AlsoForMeetingTheGoal()
    {
        Rule sure = Approve with { Alarm = Approve.Alarm with { Confidence = 0.8 } };
        Assert.Equal(Judgement.Insufficient, Judge([sure], 410, 190, 0, 0, 0).Judgement); // 31.7 %, from 29.3 %
        Assert.Equal(Judgement.Steady, Judge([sure], 380, 220, 0, 0, 0).Judgement);
        Assert.Equal(Judgement.Drifting, Judge([sure], 440, 160, 0, 0, 0).Judgement); // 26.7 %, up to 29.1 %
    }

    [Fact]
    public void Alert_SaysTheGoal_AndByHowMuchItIsMissed()
    {
        Assert.Equal("goal missed: approve 30 %; DECISION: 1 in 23.33 % of rows, 6.67 percentage points below 30 %",
            Judge([Approve], 460, 140, 0, 0, 0).Why);
        Assert.Equal("DECISION: 1 in 23.33 % of rows, 6.67 percentage points below 30 %",
            Judge([Approve with { Goal = null }], 460, 140, 0, 0, 0).Why);
        Rule answered = Approve with { Cells = ["missing", "unseen"], Goal = "everybody gets an answer", Alarm = new Alarm(AlarmKind.Above, 0.01) };
        Assert.Equal("goal missed: everybody gets an answer; DECISION: missing and unseen in 5 % of rows, 4 percentage points above 1 %",
            Judge([answered], 370, 200, 0, 10, 20).Why);
    }

    [Fact]
    public void Alert_SaysWhatElseDrifts()
    {
        JudgedSignal signal = Judge([Psi, Approve], 100, 100, 400, 0, 0);
        Assert.StartsWith("goal missed: approve 30 %; DECISION: 1 in 16.67 % of rows, 13.33 percentage points below 30 %; DECISION has drifted: 2 rose",
            signal.Why, StringComparison.Ordinal);
        signal = Judge([Psi with { Goal = "answers stay as they are" }], 100, 100, 400, 0, 0);
        Assert.StartsWith("goal missed: answers stay as they are; DECISION has drifted: 2 rose", signal.Why, StringComparison.Ordinal);
    }

    /// <summary>The baseline's share is 40 %; both samples are uncertain.</summary>
    [Theory]
    [InlineData(300, Judgement.Steady)] // 50 %
    [InlineData(320, Judgement.Insufficient)] // 53.3 %, at least 9.3 points more
    [InlineData(350, Judgement.Drifting)] // 58.3 %
    public void Growth_IsComparedWithTheBaselinesOwn(long in1, Judgement judgement)
    {
        Rule rule = Approve with { Goal = null, Alarm = new Alarm(AlarmKind.AboveBaselineBy, 0.1) };
        JudgedSignal signal = Judge([rule], 600 - in1, in1, 0, 0, 0);
        Assert.Equal(judgement, signal.Judgement);
        if (judgement == Judgement.Drifting) Assert.Equal("DECISION: 1 in 58.33 % of rows, baseline 40 %", signal.Why);
    }

    [Fact]
    public void ACellThatTheBaselineLacks_IsNotZero()
    {
        JudgedSignal signal = Judge([Approve with { Cells = ["1", "yes"] }], 600, 0, 0, 0, 0);
        Assert.Equal((Judgement.Insufficient, "share: the baseline lacks a cell of 1, yes"), (signal.Judgement, signal.Why));
    }

    [Fact]
    public void Slices_HaveNoGoal()
    {
        var slice = new BaselineSignal("DECISION", SignalRole.Slice, ["DECISION", "country"], Layout.Sliced([["DE"]], Answers, folded: false),
            [500, 400, 100, 0, 0, 0]);
        Verdict verdict = Judge([Approve, Psi], 600, [slice], new SignalCounts("DECISION", Answers.Key, [460, 140, 0, 0, 0]),
            new SignalCounts(slice.Key, slice.Layout.Key, [460, 140, 0, 0, 0, 0]));
        Assert.Equal("share", Assert.Single(verdict.Signals).Statistics.Single(s => s.Rule == "approve").Name);
        Assert.DoesNotContain(Assert.Single(verdict.Slices).Statistics, s => s.Name == "share");
    }

    private static JudgedStatistic Share(JudgedSignal signal) => signal.Statistics.Single(s => s.Name == "share");

    private static JudgedSignal Judge(ImmutableArray<Rule> rules, params long[] rows) =>
        Assert.Single(Judge(rules, rows.Sum(), [], new SignalCounts("DECISION", Answers.Key, rows)).Signals);

    private static Verdict Judge(ImmutableArray<Rule> rules, long all, BaselineSignal[] slices, params SignalCounts[] counts)
    {
        var decision = new BaselineSignal("DECISION", SignalRole.Decision, ["DECISION"], Answers, [5_000, 4_000, 1_000, 0, 0]);
        var window = new ClosedWindow("m", "", new WindowSettings("1d", new(7), new(7), new(0), 10), new(0), new(7), true,
            new(all), new(0), WindowCounts.BySignal(counts));
        return WindowJudge.Judge(window, new JudgementSettings("m", new Baseline("m", 10_000, [decision, .. slices], "sha256:00"), rules));
    }
}
