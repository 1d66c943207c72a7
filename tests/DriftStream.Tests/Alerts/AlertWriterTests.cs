using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>One alert a signal or group: which rule leads, and ids that name the subject and not a rule.</summary>
public sealed class AlertWriterTests
{
    private static readonly ClosedWindow Window = new(
        "m", "1", new WindowSettings("w", new(10), new(10), new(0), 0), new(20), new(30), true, new(100), new(0),
        ImmutableSortedDictionary<string, WindowCounts>.Empty);

    private static readonly AlertSettings Settings = EpisodeStory.Settings(2, 3, 3);
    private static readonly JudgementSettings Judged = new("m", new Baseline("m", 100, [], "sha256:b"), []);
    private static readonly Episode Open = new(new(20), "sha256:b", new(10), Severity.Critical, 1, ["Info", "Critical"]);
    private static readonly AlertWriter Writer = new("plan", 100);

    [Fact]
    public void Firing_ListsTheRulesThatSpeak_TheMostSevereLeads()
    {
        Alert alert = Signal(AlertStatus.Firing, Open, Rules(Judgement.Drifting, Judgement.Drifting));
        Assert.Equal(["Critical", "Info"], alert.Rules.Select(r => r.Rule.Id));
        Assert.Equal((Severity.Critical, "Critical", "why"), (alert.Severity, alert.Leading!.Rule.Id, alert.Summary));
        Assert.Equal("Info", Assert.Single(Signal(AlertStatus.Firing, Open, Rules(Judgement.Drifting, Judgement.Insufficient)).Rules).Rule.Id);
        ImmutableArray<RuledStatistic> same = Rules(Judgement.Drifting, Judgement.Drifting, Judgement.Drifting);
        Assert.Equal(["Critical", "Info", "first"], Signal(AlertStatus.Firing, Open,
            [.. same[..2], same[2] with { Rule = same[0].Rule with { Id = "first" } }]).Rules.Select(r => r.Rule.Id));
    }

    [Fact]
    public void Resolved_ListsTheRulesThatSpoke_WhateverThePlanHasNow()
    {
        Episode info = Open with { Rules = ["Info"] };
        Assert.Equal("Info", Assert.Single(Signal(AlertStatus.Resolved, info, Rules(Judgement.Steady, Judgement.Steady)).Rules).Rule.Id);
        Episode gone = Open with { Rules = ["no longer there"] };
        Assert.Equal(2, Signal(AlertStatus.Resolved, gone, Rules(Judgement.Steady, Judgement.Steady)).Rules.Length);
        Assert.Null(Signal(AlertStatus.Resolved, Open, []).Leading);
    }

    [Fact]
    public void Resolved_SaysWhetherItIsWell_OrOnlyNotJudged()
    {
        Assert.Equal("x is back to its baseline: 3 quiet windows", Signal(AlertStatus.Resolved, Open, [], quiet: 3).Summary);
        Assert.Equal(
            "x is no longer judged: no rule has spoken for 12 windows, and of the 3 quiet ones that would show it well 1 could be judged (why)",
            Signal(AlertStatus.Resolved, Open, [], quiet: 1).Summary);
        Assert.Equal("1 quiet", Signal(AlertStatus.Resolved, Open, [], quiet: 1).Consecutive);
    }

    [Fact]
    public void Ids_NameTheSubject_AndTheEpisodeTheAlertThatOpenedIt()
    {
        ImmutableArray<RuledStatistic> info = Rules(Judgement.Drifting, Judgement.Steady), both = Rules(Judgement.Drifting, Judgement.Drifting);
        Alert opened = Signal(AlertStatus.Firing, Open, both);
        Assert.Equal(opened.Id, opened.Episode);
        Assert.Equal(opened.Id, Signal(AlertStatus.Firing, Open, info).Id); // no rule in it
        Alert group = Group(Open, both);
        Assert.NotEqual(opened.Id, group.Id); // a signal and a group of one name
        Assert.Equal(("x", null), (group.Group, group.Signal));
        Assert.Equal(7, Assert.Single(group.By).Rows); // of the statistic that leads
        Alert raised = Signal(AlertStatus.Firing, Open with { Start = new(0), Revision = 2 }, both);
        Alert resolved = Signal(AlertStatus.Resolved, Open with { Start = new(0), Revision = 2 }, both, baseline: "sha256:retrained");
        Assert.Equal(raised.Episode, resolved.Episode);
        Assert.Equal(2, raised.Revision);
        Assert.Equal(4, new[] { opened.Id, raised.Id, resolved.Id, resolved.Episode }.Distinct().Count());
    }

    private static ImmutableArray<RuledStatistic> Rules(Judgement info, params Judgement[] critical) =>
        [EpisodeStory.Ruled(Severity.Info, info), .. critical.Select(c => EpisodeStory.Ruled(Severity.Critical, c))];

    private static Alert Signal(
        AlertStatus status, Episode episode, ImmutableArray<RuledStatistic> rules, int quiet = 0, string baseline = "sha256:b")
    {
        var signal = new JudgedSignal("x", 100, 0, 0, Judgement.Drifting, "why", [.. rules.Select(r => r.Statistic)], []);
        var verdict = new Verdict(Window, Judgement.Drifting, "", [signal], [], baseline);
        return Writer.Signal(verdict, signal, rules, new Turn(status, episode, quiet), Settings, Judged);
    }

    private static Alert Group(Episode episode, ImmutableArray<RuledStatistic> rules)
    {
        JudgedGroup[] group = [.. rules.Select(r =>
            new JudgedGroup("x", r.Statistic, "why", [new GroupCount("1", r.Rule.Severity == Severity.Critical ? 7 : 1, 0)]))];
        var verdict = new Verdict(Window, Judgement.Drifting, "", [], [.. group], "sha256:b");
        return Writer.Group(verdict, group, rules, new Turn(AlertStatus.Firing, episode, 0), Settings, Judged);
    }
}
