using DriftStream.Joins;
using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>What is told of rows that a joiner does not join: those that are too many, and those that came when time had gone on.</summary>
public sealed class JoinFatesTests
{
    [Fact]
    public void MoreIdsThanMayBeRemembered_AreRefused_UntilNineTenthsAreLeft()
    {
        JoinScript script = Full(20);
        for (int id = 1; id <= 22; id++) script.Predict(id, id == 1 ? 93 : 103);
        script.Label(23, 103).Label(1, 104, 1);
        JoinFates fates = script.Fates;
        Assert.Equal((22, 19, 2, 1, 1), (fates.Predictions, fates.Pending, fates.UnjoinedPredictions, fates.UnjoinedLabels, fates.Matched));
        Assert.Equal((true, true, 20), (fates.IsWhole, script.Joiner.Refuses, script.Joiner.Remembered));
        Assert.Equal(["100+20 2", "100+8 2"], script.Joiner.Models[0].Rows.Select(r => $"100+{r.Delay} {r.Refused}").Order());
        // One is forgotten at 125: 19 of 20 are no reason to begin again. Who asks to be labelled is known, and who was refused may come again.
        Assert.True(script.Time(125).Predict(22, 127).Joiner.Refuses);
        Assert.False(script.Time(135).Predict(22, 128).Joiner.Refuses);
        Assert.Equal(1, script.Joiner.Remembered);
    }

    [Fact]
    public void WhatWasRefused_IsRefusedByAReplay()
    {
        JoinScript script = Full(2);
        // When the first two have gone, one is taken; a replay from the third one's segment on would remember too few, and take the fourth.
        script.Predict(1, 93).Predict(2, 93);
        script.Restart();
        script.Predict(3, 103).Predict(4, 104).Time(125);
        script.Predict(5, 126).Predict(6, 127).Predict(7, 128);
        string before = JoinState.Of(script.Joiner).ToString();
        Assert.Equal(3, script.Fates.UnjoinedPredictions);
        JoinPosition position = script.Restart();
        Assert.Equal(before, JoinState.Of(script.Joiner).ToString());
        Assert.True(script.Joiner.Refuses);
        Assert.NotEmpty(position.Refusals);
    }

    [Fact]
    public void Coverage_LeavesOutWhatStillWaits_OnBothSides()
    {
        JoinScript script = new JoinScript().Predict(1, 93).Predict(2, 93).Label(1, 94).Predict(3, 103).Label(3, 104);
        Assert.Null(script.Fates.Coverage);
        Assert.Equal((0.5, 1), (script.Time(125).Fates.Coverage, script.Fates.Settled));
    }

    [Fact]
    public void WhatComesWhenTimeHasGoneOn_IsOverdue()
    {
        JoinFates fates = new JoinScript().Time(200).Label(1, 150).Label(2, 175).Predict(3, 150).Predict(4, 175).Fates;
        // The label at 150 might belong to a prediction of up to 153, whose end is at 185.
        Assert.Equal((2, 1), (fates.Orphans, fates.OverdueLabels));
        Assert.Equal((1, 1), (fates.Unlabelled, fates.OverduePredictions));
    }

    private static JoinScript Full(int most) => new(_ => JoinScript.Plan(JoinScript.Model("m")) with { Remembered = most });
}
