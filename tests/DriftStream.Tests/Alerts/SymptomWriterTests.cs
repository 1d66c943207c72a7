using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Judging;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>One symptom a signal or group: which rules are told, which leads, and what the sentence says at the end.</summary>
public sealed class SymptomWriterTests
{
    private static readonly Subject Signal = new("m", "1", "w", "x", null), Group = new("m", "1", "w", null, "x");
    private static readonly AlertSettings Settings = SymptomStory.Settings(2, 3, 3);
    private static readonly JudgementSettings Judged = new("m", new("m", 100, [], "sha256:b"), []);
    private static readonly OpenSymptom Open = new(new(10), Severity.Critical, ["Info", "Critical"]);

    [Fact]
    public void TheRulesThatSpeakAreTold_TheMostSevereLeads()
    {
        ToldSymptom told = OfSignal(SymptomStatus.Began, Open, Rules(Judgement.Drifting, Judgement.Drifting));
        Assert.Equal(["Critical", "Info"], told.Rules);
        Assert.Equal((Severity.Critical, "Critical", "why"), (told.Severity, told.Rule, told.Summary));
        Assert.Equal("Info", Assert.Single(OfSignal(SymptomStatus.Began, Open, Rules(Judgement.Drifting, Judgement.Insufficient)).Rules));
        ImmutableArray<RuledStatistic> same = Rules(Judgement.Drifting, Judgement.Drifting, Judgement.Drifting);
        Assert.Equal(["Critical", "Info", "first"], OfSignal(SymptomStatus.Began, Open,
            [.. same[..2], same[2] with { Rule = same[0].Rule with { Id = "first" } }]).Rules);
    }

    [Fact]
    public void AtItsEnd_TheRulesThatSpokeAreTold_WhateverThePlanHasNow()
    {
        OpenSymptom info = Open with { Rules = ["Info"] };
        Assert.Equal("Info", Assert.Single(OfSignal(SymptomStatus.Ended, info, Rules(Judgement.Steady, Judgement.Steady)).Rules));
        OpenSymptom gone = Open with { Rules = ["no longer there"] };
        Assert.Equal(2, OfSignal(SymptomStatus.Ended, gone, Rules(Judgement.Steady, Judgement.Steady)).Rules.Count());
        Assert.Null(OfSignal(SymptomStatus.Ended, Open, []).Rule);
    }

    [Fact]
    public void AtItsEnd_TheSentenceSaysWhetherItIsWell_OrOnlyNotJudged()
    {
        Assert.Equal("x is back to its baseline: 3 quiet windows", OfSignal(SymptomStatus.Ended, Open, [], quiet: 3).Summary);
        Assert.Equal(
            "x is no longer judged: no rule has spoken for 12 windows, and of the 3 quiet ones that would show it well 1 could be judged (why)",
            OfSignal(SymptomStatus.Ended, Open, [], quiet: 1).Summary);
        Assert.Equal(
            "x of version 1 is no longer judged: it was in none of the last 12 windows",
            SymptomWriter.Gone(Signal, new SymptomTurn(SymptomStatus.Ended, Open), Settings).Summary);
    }

    [Fact]
    public void AtTheEndOfAGoal_ItIsMet()
    {
        ImmutableArray<RuledStatistic> rules =
            [.. Rules(Judgement.Steady, Judgement.Steady).Select(r => r with { Rule = r.Rule with { Goal = "approve 30 %" } })];
        Assert.Equal("x meets its goal again (approve 30 %): 3 quiet windows", OfSignal(SymptomStatus.Ended, Open, rules, quiet: 3).Summary);
        rules = [rules[0], rules[1] with { Rule = rules[1].Rule with { Goal = null } }];
        Assert.Equal("x is back to its baseline: 3 quiet windows", OfSignal(SymptomStatus.Ended, Open, rules, quiet: 3).Summary);
    }

    [Fact]
    public void ARuleOfAGoal_SaysItAndItsCells()
    {
        RuledStatistic one = SymptomStory.Ruled(Severity.Critical, Judgement.Drifting);
        ToldSymptom told = OfSignal(SymptomStatus.Began, Open, [one with { Rule = one.Rule with { Goal = "approve 30 %", Cells = ["1", "missing"] } }]);
        JsonElement rule = Assert.Single(told.Detail.GetProperty("rules").EnumerateArray());
        Assert.Equal("approve 30 %", rule.GetProperty("goal").GetString());
        Assert.Equal(["1", "missing"], rule.GetProperty("cells").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal("approve 30 %", told.Detail.GetProperty("rule").GetProperty("goal").GetString());
        JsonElement plain = OfSignal(SymptomStatus.Began, Open, [one]).Detail.GetProperty("rule");
        Assert.False(plain.TryGetProperty("goal", out _) || plain.TryGetProperty("cells", out _));
    }

    [Fact]
    public void WhatIsOnAndNoNews_HasASentence_AndNoDetail()
    {
        ImmutableArray<RuledStatistic> rules = Rules(Judgement.Drifting, Judgement.Steady);
        Assert.Empty(OfSignal(new SymptomTurn(SymptomStatus.On, Open), rules).Symptom.Detail);
        Assert.NotEmpty(OfSignal(new SymptomTurn(SymptomStatus.On, Open) { Rose = true }, rules).Symptom.Detail);
        ToldSymptom changed = OfSignal(new SymptomTurn(SymptomStatus.On, Open) { StoryChanged = true }, rules);
        Assert.NotEmpty(changed.Symptom.Detail);
        Assert.True(changed.Symptom.StoryChanged);
    }

    [Fact]
    public void OfAGroup_TheStatisticThatLeadsIsTold()
    {
        ImmutableArray<RuledStatistic> rules = Rules(Judgement.Drifting, Judgement.Drifting);
        JudgedGroup[] group = [.. rules.Select(r =>
            new JudgedGroup("x", r.Statistic, "why", [new GroupCount("1", r.Rule.Severity == Severity.Critical ? 7 : 1, 0)]))];
        Symptom symptom = SymptomWriter.Group(Group, group, rules, new SymptomTurn(SymptomStatus.Began, Open), Settings, Judged);
        ToldSymptom told = Told(symptom);
        Assert.Equal(("x", null, "Critical"), (told.Group, told.Signal, told.Rule));
        Assert.Equal(7, Assert.Single(told.Detail.GetProperty("by").EnumerateArray()).GetProperty("rows").GetInt32());
    }

    private static ImmutableArray<RuledStatistic> Rules(Judgement info, params Judgement[] critical) =>
        [SymptomStory.Ruled(Severity.Info, info), .. critical.Select(c => SymptomStory.Ruled(Severity.Critical, c))];

    private static ToldSymptom OfSignal(SymptomStatus status, OpenSymptom symptom, ImmutableArray<RuledStatistic> rules, int quiet = 0) =>
        OfSignal(new SymptomTurn(status, symptom, quiet), rules);

    private static ToldSymptom OfSignal(SymptomTurn turn, ImmutableArray<RuledStatistic> rules)
    {
        var signal = new JudgedSignal("x", 100, 0, 0, Judgement.Drifting, "why", [.. rules.Select(r => r.Statistic)], []);
        return Told(SymptomWriter.Signal(Signal, signal, rules, turn, Settings, Judged));
    }

    private static ToldSymptom Told(Symptom symptom) => new(new WindowRecord("m", "w", new(20), new(30), true, 0, "plan", [], [symptom]), symptom);
}
