using System.Collections.Immutable;
using CsCheck;
using DriftStream.Alerts;
using DriftStream.Judgements;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

public sealed class EpisodesTests
{
    private static readonly Subject X = new("m", "1", "w", "x", null, "psi");

    private static readonly Gen<(Judgement Judgement, int Subject)[]> Stories = Gen.Select(
        Gen.Frequency((4, Gen.Const(Judgement.Steady)), (3, Gen.Const(Judgement.Drifting)), (1, Gen.Const(Judgement.Insufficient))),
        Gen.Int[0, 1]).Array[1, 60];

    [Theory]
    [InlineData("D", "")]
    [InlineData("DD", "1F0")]
    [InlineData("DSD", "2F0")]
    [InlineData("DSSD", "")]
    [InlineData("D?D", "2F0")]
    [InlineData("DDS", "1F0")]
    [InlineData("DDSSS", "1F0 4R1")]
    [InlineData("DDS?S?S", "1F0 6R1")]
    [InlineData("DDSSDSSS", "1F0 7R1")]
    [InlineData("DDSSSDD", "1F0 4R1 6F5")]
    [InlineData("DDSSSDSD", "1F0 4R1 7F5")]
    [InlineData("SSSDSSS", "")]
    [InlineData("DDD????????SSS", "1F0 13R1")]
    public void Tumbling_TwoOfThree_ThreeQuiet(string story, string expected) => Assert.Equal(expected, Play(story, size: 10, every: 10));

    // Steps of half a window: those at even and at odd steps share no pane among themselves.
    [Theory]
    [InlineData("DD", "")]
    [InlineData("D?D", "2F0")]
    [InlineData("DSD", "2F0")]
    [InlineData("DSSD", "")]
    [InlineData("D?DS?S?S", "2F0 7R2")]
    [InlineData("D?DSS?S", "2F0")]
    [InlineData("D?DSSSSS", "2F0 7R2")]
    [InlineData("D?D?S?S?S", "2F0 8R2")]
    public void Hopping_OnlyWindowsThatShareNoPaneCount(string story, string expected) => Assert.Equal(expected, Play(story, size: 10,
        every: 5));

    [Fact]
    public void StateSavedAtEveryStep_GivesTheSameTurns() => Gen.Select(Stories, Gen.Int[1, 2]).Sample((story, hops) =>
    {
        var calm = new Episodes();
        var restarted = new Episodes();
        for (int i = 0; i < story.Length; i++)
        {
            restarted = Episodes.Restore(Through(restarted.Save()));
            Subject subject = X with { Signal = $"x{story[i].Subject}" };
            Assert.Equal(Note(calm, subject, i, story[i].Judgement, 10, 10 / hops), Note(restarted, subject, i, story[i].Judgement,
                10, 10 / hops));
        }
    });

    [Fact]
    public void Memory_IsBounded()
    {
        var episodes = new Episodes();
        for (int i = 0; i < 1000; i++) Note(episodes, X, i, i % 7 == 0 ? Judgement.Drifting : Judgement.Steady, 10, 10);
        Assert.InRange(Assert.Single(episodes.Save()).Outcomes.Length, 1, 13);
        for (int i = 1000; i < 1020; i++) Note(episodes, X, i, Judgement.Steady, 10, 10);
        Assert.Empty(episodes.Save());
    }

    private static ImmutableArray<EpisodeState> Through(ImmutableArray<EpisodeState> states)
    {
        var ledger = new WindowLedger(new WindowingSettings(
            ImmutableSortedDictionary<string, ModelWindows>.Empty, new ModelWindows("", [], 1, 0, 0, []), 0, 0, 0, 0));
        return Checkpoint.Read(Checkpoint.Write(new CheckpointState(0, 0, ledger.Save(), states)))!.Episodes;
    }

    private static string Play(string story, long size, long every)
    {
        var episodes = new Episodes();
        var turns = new List<string>();
        for (int i = 0; i < story.Length; i++)
        {
            Judgement judgement = story[i] switch { 'D' => Judgement.Drifting, 'S' => Judgement.Steady, _ => Judgement.Insufficient };
            if (Note(episodes, X, i, judgement, size, every) is { } turn)
                turns.Add(turn.Status == AlertStatus.Firing ? $"{i}F{turn.Since / every}" : $"{i}R{turn.Episode / every}");
        }

        return string.Join(' ', turns);
    }

    private static Turn? Note(Episodes episodes, Subject subject, int step, Judgement judgement, long size, long every)
    {
        var settings = new AlertSettings("m", new Owner("o", "O", "o@example.org"), [], null, null, [], FireAfter: 2, FireOf: 3,
            ResolveAfter: 3);
        var window = new ClosedWindow(
            "m", "1", new WindowSettings("w", size, every, 0, 0), step * every, (step * every) + size, true, 1, 0,
            ImmutableSortedDictionary<string, ImmutableArray<long>>.Empty);
        return episodes.Note(subject, window, judgement, settings);
    }
}
