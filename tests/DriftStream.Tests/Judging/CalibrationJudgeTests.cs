using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Tests.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Rules on calibration within groups, judged on tables of the scores 0.2 and 0.8.</summary>
public sealed class CalibrationJudgeTests
{
    private static readonly Layout Table = Layout.Calibration(["1", "2", "3"], ExactLayout.Of(new double[] { 0.2, 0.8 }));

    /// <summary>Scores mean what they say of all: of 1000 at 0.2 and of 1000 at 0.8.</summary>
    private static readonly long[] Fair = Counts((800, 200, 200, 800), (800, 200, 200, 800), (0, 0, 0, 0));

    [Theory]
    [InlineData(AlarmKind.Above, 0.05, 200, Judgement.Steady)]
    [InlineData(AlarmKind.Above, 0.05, 500, Judgement.Drifting)] // 0.15, from 0.12 on
    [InlineData(AlarmKind.Above, 0.14, 500, Judgement.Insufficient)] // the interval straddles it
    [InlineData(AlarmKind.Above, 0.2, 500, Judgement.Steady)]
    [InlineData(AlarmKind.AboveBaselineBy, 0.1, 500, Judgement.Drifting)]
    [InlineData(AlarmKind.AboveBaselineBy, 0.2, 500, Judgement.Steady)]
    public void Rules_CompareTheWholeInterval(AlarmKind kind, double limit, int positives, Judgement expected)
    {
        JudgedGroup judged = Judge(new Alarm(kind, limit, Confidence: 0.95), Counts((800, 200, 200, 800), (1000 - positives, positives, 200, 800), default));
        Assert.Equal(expected, judged.Statistic.Judgement);
        Assert.Equal(("calibration_difference", "normal-bonferroni"), (judged.Statistic.Name, judged.Statistic.Convention));
        if (expected == Judgement.Insufficient) Assert.Contains("straddles", judged.Why, StringComparison.Ordinal);
        else if (expected == Judgement.Steady) Assert.Null(judged.Why);
        else Assert.Equal("g: scores of 1 are 0 percentage points above its share of positive labels, those of 2 15 below: 15 apart", judged.Why);
    }

    /// <summary>What cannot be compared is insufficient, with its reason, and never fair.</summary>
    [Fact]
    public void WhatCannotBeSaid_IsInsufficient()
    {
        Says(Counts((800, 200, 200, 800), (50, 10, 9, 30), default),
            "fewer than two groups are large enough (100 rows with a score and a label, 10 positive and 10 negative labels); "
            + "left out: 2 (99 rows, fewer than 100)");
        Says(Counts((800, 200, 200, 800), (40, 5, 0, 0), default, minus: 55),
            "fewer than two groups are large enough (100 rows with a score and a label, 10 positive and 10 negative labels); "
            + "left out: 2 (45 rows, fewer than 100); labels are known of 97 % of rows with a score");
        Says(new long[Table.Cells], "0 rows, fewer than 30");
        long[] beyond = Counts((800, 200, 200, 800), (800, 200, 200, 800), default);
        beyond[Table.CalibrationCell(1, 4, 1)] = 1;
        Says(beyond, "scores are not between 0 and 1");

        static void Says(long[] now, string why)
        {
            JudgedGroup judged = Judge(new Alarm(AlarmKind.Above, 0.05, Confidence: 0.95), now);
            Assert.Equal(why, judged.Why);
            Assert.Equal(Judgement.Insufficient, judged.Statistic.Judgement);
        }
    }

    [Fact]
    public void MissingGroup_AndRowsWithoutALabel_AreInNoComparison_AndTold()
    {
        long[] now = Counts((800, 200, 200, 800), (800, 200, 200, 800), default, minus: 1000);
        now[Table.CalibrationCell(4, 1, 1)] = 500;
        JudgedGroup judged = Judge(new Alarm(AlarmKind.Above, 0.05, Confidence: 0.95), now);
        Assert.Equal(Judgement.Steady, judged.Statistic.Judgement);
        Assert.Equal("left out: missing (500 rows, nobody's group); labels are known of 82 % of rows with a score", judged.Why);
        Assert.Equal(4500, judged.Statistic.WindowRows);
        long[] negative = Counts((1000, 0, 1000, 0), (1000, 0, 1000, 0), default);
        Assert.EndsWith("; none of 4000 rows with a label has the positive one", Judge(new Alarm(AlarmKind.Above, 0.6), negative).Why is { } why
            ? "; " + why : "", StringComparison.Ordinal);
    }

    [Fact]
    public void By_TellsRowsAndBias_AndValuesOfFewRowsTogether()
    {
        JudgedGroup judged = Judge(new Alarm(AlarmKind.Above, 0.05, Confidence: 0.95), Counts((800, 200, 200, 800), (500, 500, 200, 800), (4, 1, 1, 4)));
        // The next smallest joins the one of ten rows, which would be found by subtracting.
        Assert.Equal([("1", 2000, 2000, null), ("other", 2010, 2010, 2)], judged.By.Select(g => (g.Value, g.Rows, g.Scored!.Value, g.Values)));
        Reference.Near(0, judged.By[0].Bias, "bias of 1", absolute: 1e-12);
        Reference.Near(-0.15 * 2000 / 2010, judged.By[1].Bias, "bias of the others", absolute: 1e-12);
    }

    [Fact]
    public void Json_HasTheBiasOfEachGroup()
    {
        long[] now = Counts((800, 200, 200, 800), (500, 500, 200, 800), default, minus: 10);
        Verdict verdict = Verdict([Rule(new Alarm(AlarmKind.Above, 0.05, Confidence: 0.95))], now);
        JsonElement group = JsonDocument.Parse(VerdictJson.Write(verdict).Single()).RootElement.GetProperty("groups")[0];
        Assert.False(group.TryGetProperty("rate", out _));
        Assert.Equal([("1", 2000, 1000, 2000, 0.0), ("2", 2000, 1300, 2010, -0.15), ("3", 0, 0, 0, null)],
            group.GetProperty("by").EnumerateArray().Select(g => (
            g.GetProperty("value").GetString()!, g.GetProperty("rows").GetInt32(), g.GetProperty("selected").GetInt32(), g.GetProperty("scored").GetInt32(),
            g.GetProperty("bias").ValueKind == JsonValueKind.Null ? (double?)null : Math.Round(g.GetProperty("bias").GetDouble(), 12))));
    }

    private static Rule Rule(Alarm alarm) => new("r", null, "g", "calibration_difference", null, alarm, Severity.Warning);

    private static JudgedGroup Judge(Alarm alarm, long[] now) => Verdict([Rule(alarm)], now).Groups.Single();

    private static Verdict Verdict(ImmutableArray<Rule> rules, long[] now)
    {
        var signal = new BaselineSignal("g", SignalRole.Calibration, ["score", "g", "y"], Table, [.. Fair]);
        var closed = new ClosedWindow("m", "", new WindowSettings("1d", new(7), new(7), new(0), 30), new(0), new(7), true, new(now.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts(signal.Key, Table.Key, now)]));
        return WindowJudge.Judge(closed, new JudgementSettings("m", new Baseline("m", Fair.Sum(), [signal], "sha256:00"), rules));
    }

    // Of each group at 0.2 the rows with a negative and a positive label, then at 0.8; the second lacks the labels of some more.
    private static long[] Counts(
        (long, long, long, long) first, (long, long, long, long) second, (long, long, long, long) third, long minus = 0)
    {
        var counts = new long[Table.Cells];
        (long, long, long, long)[] groups = [first, second, third];
        foreach ((int group, (long a, long b, long c, long d)) in groups.Index())
        {
            (counts[Table.CalibrationCell(group, 1, 0)], counts[Table.CalibrationCell(group, 1, 1)]) = (a, b);
            (counts[Table.CalibrationCell(group, 3, 0)], counts[Table.CalibrationCell(group, 3, 1)]) = (c, d);
        }

        counts[Table.CalibrationCell(1, 1, 2)] = minus;
        return counts;
    }
}
