using System.Collections.Immutable;
using CsCheck;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;
using static DriftStream.Tests.Alerts.SymptomStory;

namespace DriftStream.Tests.Alerts;

public sealed class SymptomsTests
{
    private static readonly Gen<Judgement> Judgements = Gen.Frequency(
        (4, Gen.Const(Judgement.Steady)), (3, Gen.Const(Judgement.Drifting)), (3, Gen.Const(Judgement.Insufficient)));

    // Starts grow by whole steps, sometimes by many: windows without rows are not closed.
    private static readonly Gen<(int Steps, Told Told)[]> Stories = Gen.Select(
        Gen.Frequency((12, Gen.Const(1)), (2, Gen.Int[2, 5]), (1, Gen.Int[6, 40])),
        Gen.Select(Judgements, Judgements, (info, critical) => new Told(info, critical))).Array[1, 80];

    [Theory]
    [InlineData("D", "")]
    [InlineData("DD", "10F0Info1")]
    [InlineData("DSD", "20F0Info1")]
    [InlineData("DSSD", "")]
    [InlineData("D?D", "20F0Info1")]
    [InlineData("DDS", "10F0Info1")]
    [InlineData("DDSSS", "10F0Info1 40R3")]
    [InlineData("DDS?S?S", "10F0Info1 60R3")]
    [InlineData("DDSSDSSS", "10F0Info1 70R3")]
    [InlineData("DDSSSDD", "10F0Info1 40R3 60F50Info1")]
    [InlineData("DDSSSDSD", "10F0Info1 40R3 70F50Info1")]
    [InlineData("SSSDSSS", "")]
    [InlineData("DDD????????SSS", "10F0Info1 130R3")]
    public void Tumbling_TwoOfThree_ThreeQuiet(string story, string expected) =>
        Assert.Equal(expected, Play(story, every: 10));

    // Twelve window sizes after the last that spoke, whether the windows since could not be judged or were not there.
    [Theory]
    [InlineData("DD???????????", "10F0Info1")]
    [InlineData("DD????????????", "10F0Info1 130R0")]
    [InlineData("DD?S????????S?", "10F0Info1 130R2")]
    [InlineData("DD??????????????D?D", "10F0Info1 130R0 180F160Info1")]
    public void NeverJudged_EndsAfterFourTimesTheQuietWindows(string story, string expected) => Assert.Equal(expected, Play(story, every: 10));

    [Fact]
    public void OfAWindowThatThePlanHasNoMore_EndWithTheNextOneThatItHas()
    {
        var day = new WindowSettings("day", new(SymptomStory.Size), new(SymptomStory.Size), new(0), 0);
        AlertSettings settings = Settings(1, 1, 3);
        var symptoms = new Symptoms();
        Assert.NotNull(Note(symptoms, X, 0, new Told(Judgement.Drifting, Judgement.Unjudged), settings));
        var closed = new ClosedWindow(
            "m", "1", day, new(10), new(20), true, new(1), new(0), ImmutableSortedDictionary<string, WindowCounts>.Empty);
        Assert.Empty(symptoms.Forget(closed, settings with { Windows = [day, day with { Name = "w" }] }));
        (Subject subject, SymptomTurn turn) = Assert.Single(symptoms.Forget(closed, settings with { Windows = [day] }));
        Assert.Equal((X, SymptomStatus.Ended), (subject, turn.Status));
        Assert.False(symptoms.IsOn(X));
        Assert.Equal(
            "x of version 1 is no longer judged: the model has no window w any more",
            SymptomWriter.Gone(X, turn, settings with { Windows = [day] }).Summary);
    }

    // Steps of half a window: those at even and at odd steps share no pane among themselves.
    [Theory]
    [InlineData("DD", "")]
    [InlineData("D?D", "10F0Info1")]
    [InlineData("DSD", "10F0Info1")]
    [InlineData("DSSD", "")]
    [InlineData("D?DS?S?S", "10F0Info1 35R3")]
    [InlineData("D?DSS?S", "10F0Info1")]
    [InlineData("D?DSSSSS", "10F0Info1 35R3")]
    [InlineData("D?D?S?S?S", "10F0Info1 40R3")]
    [InlineData("?DS?SDS", "25F5Info1")] // the quiet ones before it opened do not end it
    public void Hopping_OnlyWindowsThatShareNoPaneCount(string story, string expected) => Assert.Equal(expected, Play(story, every: 5));

    [Fact]
    public void HigherSeverity_IsToldOnce_WhenItHasSpokenAsOftenAsOpeningTakes()
    {
        Told info = new(Judgement.Drifting, Judgement.Steady), both = new(Judgement.Drifting, Judgement.Drifting);
        Told[] story = [info, info, both, info, info, both, both, both];
        Assert.Equal(
            ["10F0Info1", "60F0Critical2"], Turns(story.Select((t, i) => (i * 10L, t)), Settings(2, 3, 3)));
        Assert.Equal(["10F0Critical1"], Turns([(0, info), (10, both), (20, both), (30, info)], Settings(2, 3, 3)));
    }

    [Fact]
    public void FireMadeEasier_WhileASymptomIsOn_RaisesNothingByOldWindows()
    {
        Told info = new(Judgement.Drifting, Judgement.Steady), both = new(Judgement.Drifting, Judgement.Drifting);
        var symptoms = new Symptoms();
        Told[] story = [info, info, info, both, both];
        SymptomTurn?[] turns = [.. story.Select((t, i) => Note(symptoms, X, i * 10, t, Settings(3, 6, 3)))];
        Assert.NotNull(Assert.Single(turns, t => t is not null));
        Assert.Null(Note(symptoms, X, 50, info, Settings(2, 6, 3)));
        Assert.NotNull(Note(symptoms, X, 60, both, Settings(2, 6, 3)));
    }

    [Fact]
    public void RuleThatSpoke_AndCannotSayNow_IsNotQuiet()
    {
        Told fired = new(Judgement.Drifting, Judgement.Steady), silent = new(Judgement.Insufficient, Judgement.Steady);
        Told other = new(Judgement.Steady, Judgement.Insufficient);
        (long, Told)[] Then(Told told) => [(0, fired), (10, fired), .. Enumerable.Range(2, 12).Select(i => (i * 10L, told))];
        Assert.Equal(["10F0Info1", "130R0"], Turns(Then(silent), Settings(2, 3, 3)));
        Assert.Equal("40R3", Turns(Then(other), Settings(2, 3, 3)).ElementAt(1));
    }

    [Fact]
    public void AnyStory_TurnsAsTheRuleReadWordByWord() => Gen.Select(
        Stories, Gen.Int[0, 2].Select(i => i == 0 ? 10 : i == 1 ? 5 : 2), Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[1, 4])
        .Sample((steps, every, after, more, quiet) =>
    {
        AlertSettings settings = Settings(after, after + more, quiet);
        var story = new List<(long Start, Told Told)>();
        long start = 0;
        foreach ((int hops, Told told) in steps) story.Add((start += hops * every, told));
        Assert.Equal(SlowSymptoms.Turns(story, settings), Turns(story, settings));
    }, iter: 5_000);

    [Fact]
    public void StateSavedAtEveryStep_GivesTheSameTurns() => Stories.Sample(story =>
    {
        var calm = new Symptoms();
        var restarted = new Symptoms();
        long start = 0;
        for (int i = 0; i < story.Length; i++)
        {
            start += story[i].Steps * 5;
            restarted = Symptoms.Restore(Through(restarted.Save()));
            Subject subject = i % 3 == 0 ? X with { Signal = null } : X;
            SymptomTurn? one = Note(calm, subject, start, story[i].Told, Settings(2, 3, 3));
            SymptomTurn? other = Note(restarted, subject, start, story[i].Told, Settings(2, 3, 3));
            Assert.Equal(one is null ? "" : Text(start, one), other is null ? "" : Text(start, other));
        }
    });

    [Fact]
    public void Subjects_AreInOrder_ThoseOfTheModelItselfFirst()
    {
        Subject model = X with { Signal = null }, group = X with { Signal = null, Group = "x" };
        Assert.Equal([model, group, X, X with { Signal = "y" }], new[] { X with { Signal = "y" }, X, group, model }.Order());
        Assert.Equal(0, model.CompareTo(model));
    }

    [Fact]
    public void Memory_IsBounded()
    {
        var symptoms = new Symptoms();
        for (int i = 0; i < 1000; i++)
        {
            Note(symptoms, X, i * 2, new Told(i % 7 == 0 ? Judgement.Drifting : Judgement.Steady, Judgement.Steady), Settings(2, 3, 3));
            SymptomState state = Assert.Single(symptoms.Save());
            Assert.InRange(state.Spoke.Length, 1, 15);
            Assert.InRange(state.Quiet.Length, 0, 60);
        }

        for (int i = 1000; i < 1100; i++) Note(symptoms, X, i * 2, new Told(Judgement.Steady, Judgement.Steady), Settings(2, 3, 3));
        Assert.Empty(symptoms.Save());
        foreach (int i in (int[])[0, 10, 20, 30])
            Note(symptoms, X, i, new Told(i == 0 ? Judgement.Drifting : Judgement.Insufficient, Judgement.Steady), Settings(2, 3, 3));
        Assert.Empty(symptoms.Save());
    }

    private static ImmutableArray<SymptomState> Through(ImmutableArray<SymptomState> states)
    {
        var ledger = new WindowLedger(new WindowingSettings(
            ImmutableSortedDictionary<string, ModelWindows>.Empty, new ModelWindows("", [], new(1), new(0), new(0), []), new(0), new(0), new(0), new(0)));
        return Checkpoint.Read(Checkpoint.Write(new CheckpointState(0, 0, ledger.Save(), states)))!.Symptoms;
    }
}
