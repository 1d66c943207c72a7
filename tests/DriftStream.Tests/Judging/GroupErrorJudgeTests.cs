using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Tests.Statistics;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Rules on the errors of groups, judged on tables of the residuals -2, -1, 1 and 2.</summary>
public sealed class GroupErrorJudgeTests
{
    private static readonly Layout Table = Layout.Sliced([["1"], ["2"], ["3"]], ExactLayout.Of(new double[] { -2, -1, 1, 2 }), folded: false);

    /// <summary>All are off by 1 or 2, as often too high as too low.</summary>
    private static readonly long[] Fair = Counts((200, 300, 300, 200), (200, 300, 300, 200), default);

    // Of -2, -1, 1 and 2: mae 1.4 against 1.8, rmse sqrt(2.2) against sqrt(3.4), bias 0 against 0.3.
    private static readonly long[] Worse = Counts((200, 300, 300, 200), (350, 50, 150, 450), default);

    [Theory]
    [InlineData("mae_difference", AlarmKind.Above, 0.3, Judgement.Drifting, "g: mae of 2 is 1.8, that of 1 1.4: 0.4 apart")]
    [InlineData("mae_difference", AlarmKind.Above, 0.39, Judgement.Insufficient, "mae_difference: its interval [0.36")]
    [InlineData("mae_difference", AlarmKind.Above, 0.5, Judgement.Steady, null)]
    [InlineData("mae_difference", AlarmKind.AboveBaselineBy, 0.3, Judgement.Drifting, "g: mae of 2 is 1.8, that of 1 1.4: 0.4 apart")]
    [InlineData("rmse_difference", AlarmKind.Above, 0.3, Judgement.Drifting, "g: rmse of 2 is 1.844, that of 1 1.483: 0.361 apart")]
    [InlineData("bias_difference", AlarmKind.Above, 0.1, Judgement.Drifting, "g: bias of 2 is 0.3, that of 1 0: 0.3 apart")]
    public void Rules_CompareTheWholeInterval(string statistic, AlarmKind kind, double limit, Judgement expected, string? why)
    {
        JudgedGroup judged = Judge(Rule(statistic, new Alarm(kind, limit, Confidence: 0.95)), Worse);
        Assert.Equal(expected, judged.Statistic.Judgement);
        Assert.Equal((statistic, "normal-bonferroni", 2000, 2000),
            (judged.Statistic.Name, judged.Statistic.Convention, judged.Statistic.ReferenceRows, judged.Statistic.WindowRows));
        if (why is null) Assert.Null(judged.Why);
        else Assert.StartsWith(why, judged.Why, StringComparison.Ordinal);
    }

    /// <summary>What cannot be compared is insufficient, with its reason, and never fair.</summary>
    [Fact]
    public void WhatCannotBeSaid_IsInsufficient()
    {
        Says(Counts((200, 300, 300, 200), (20, 30, 30, 19), default), null,
            "fewer than two groups are large enough (100 rows with a score and a label, 10 of which make up the error); left out: 2 (99 rows, fewer than 100)");
        Says(Counts((200, 300, 300, 200), (20, 30, 30, 19), default), "2",
            "the reference 2 has 99 rows with a score and a label, fewer than 100; left out: 2 (99 rows, fewer than 100)");
        Says(new long[Table.Cells], null, "0 rows, fewer than 30");
        long[] right = Counts((200, 300, 300, 200), (0, 0, 0, 9), default);
        right[Table.Inner!.Cells + 4] = 500; // between -1 and 1: the middle is 0
        Says(right, null, "fewer than two groups are large enough (100 rows with a score and a label, 10 of which make up the error); "
            + "left out: 2 (509 rows, of which fewer than 10 make up its error)");

        static void Says(long[] now, string? reference, string why)
        {
            JudgedGroup judged = Judge(Rule("mae_difference", new Alarm(AlarmKind.Above, 0.05, Confidence: 0.95)) with { Reference = reference }, now);
            Assert.Equal(why, judged.Why);
            Assert.Equal(Judgement.Insufficient, judged.Statistic.Judgement);
        }
    }

    [Fact]
    public void RowsOfNobody_AndWithoutALabel_AreInNoComparison_AndTold()
    {
        long[] now = Counts((200, 300, 300, 200), (200, 300, 300, 200), default);
        now[Table.Inner!.MissingCell] = 250;
        now[^1] = 40;
        JudgedGroup judged = Judge(Rule("mae_difference", new Alarm(AlarmKind.Above, 0.5, Confidence: 0.95)), now);
        Assert.Equal(Judgement.Steady, judged.Statistic.Judgement);
        Assert.Equal("left out: 40 rows of nobody's group; labels are known of 89 % of rows with a group", judged.Why);
        Assert.Equal(2000, judged.Statistic.WindowRows);
    }

    [Fact]
    public void By_TellsRowsAndError_AndValuesOfFewRowsTogether()
    {
        JudgedGroup judged = Judge(Rule("rmse_difference", new Alarm(AlarmKind.Above, 0.05)), Counts((200, 300, 300, 200), (350, 50, 150, 450), (4, 1, 1, 4)));
        Assert.Equal([("1", 1000, 1000, null), ("other", 1010, 1010, 2)], judged.By.Select(g => (g.Value, g.Rows, g.All!.Value, g.Values)));
        Reference.Near(Math.Sqrt(2.2), judged.By[0].Error, "rmse of 1");
        Reference.Near(Math.Sqrt(((3.4 * 1000) + 34) / 1010), judged.By[1].Error, "rmse of the others");
    }

    [Fact]
    public void Json_HasTheErrorOfEachGroup()
    {
        Verdict verdict = Verdict([Rule("mae_difference", new Alarm(AlarmKind.Above, 0.05, Confidence: 0.95))], Worse);
        JsonElement group = JsonDocument.Parse(VerdictJson.Write(verdict).Single()).RootElement.GetProperty("groups")[0];
        Assert.False(group.TryGetProperty("rate", out _) || group.GetProperty("by")[0].TryGetProperty("selected", out _));
        Assert.Equal([("1", 1000, 1000, 1.4), ("2", 1000, 1000, 1.8), ("3", 0, 0, null)],
            group.GetProperty("by").EnumerateArray().Select(g => (g.GetProperty("value").GetString()!, g.GetProperty("rows").GetInt32(),
                g.GetProperty("group_rows").GetInt32(),
                g.GetProperty("error").ValueKind == JsonValueKind.Null ? (double?)null : Math.Round(g.GetProperty("error").GetDouble(), 12))));
    }

    private static Rule Rule(string statistic, Alarm alarm) => new("r", null, "g", statistic, null, alarm, Severity.Warning);

    private static JudgedGroup Judge(Rule rule, long[] now) => Verdict([rule], now).Groups.Single();

    private static Verdict Verdict(ImmutableArray<Rule> rules, long[] now)
    {
        var signal = new BaselineSignal("g", SignalRole.GroupResiduals, ["score", "y", "g"], Table, [.. Fair]);
        var closed = new ClosedWindow("m", "", new WindowSettings("1d", new(7), new(7), new(0), 30), new(0), new(7), true, new(now.Sum()), new(0),
            WindowCounts.BySignal([new SignalCounts(signal.Key, Table.Key, now)]));
        return WindowJudge.Judge(closed, new JudgementSettings("m", new Baseline("m", Fair.Sum(), [signal], "sha256:00"), rules));
    }

    // Of each group the rows at -2, -1, 1 and 2.
    private static long[] Counts(params ReadOnlySpan<(long, long, long, long)> groups)
    {
        var counts = new long[Table.Cells];
        for (int group = 0; group < groups.Length; group++)
        {
            (long a, long b, long c, long d) = groups[group];
            int at = group * Table.Inner!.Cells;
            (counts[at + 1], counts[at + 3], counts[at + 5], counts[at + 7]) = (a, b, c, d);
        }

        return counts;
    }
}
