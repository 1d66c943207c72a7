using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>Each rule of the join by itself, to the microsecond. How they hold together: <see cref="JoinSimulationTests"/>.</summary>
public sealed class JoinerTests
{
    [Theory]
    [InlineData(20, 1, 0, 0)] // At exactly within.
    [InlineData(21, 0, 1, 0)]
    [InlineData(-3, 1, 0, 0)] // As early as is allowed.
    [InlineData(-4, 0, 0, 1)]
    public void Label_MatchesFromEarlyToWithin_WhoeverComesFirst(int after, int matched, int late, int orphans)
    {
        JoinScript before = new JoinScript().Label(1, 100 + after).Predict(1, 100), behind = new JoinScript().Predict(1, 100).Label(1, 100 + after);
        foreach (JoinFates fates in (JoinFates[])[before.Fates, behind.Fates])
        {
            Assert.Equal((matched, late, orphans), (fates.Matched, fates.Late, fates.Orphans));
            Assert.Equal(1 - matched, fates.Pending);
            Assert.True(fates.IsWhole);
        }

        Assert.Equal(before.Counts(), behind.Counts());
    }

    // The pane of 103 ends at 110; a label is waited for 20 more, and 5 for what comes late.
    [Theory]
    [InlineData(134, 1, 0)]
    [InlineData(135, 0, 1)]
    public void Prediction_WaitsForItsPane_WithinAndLateness(long horizon, int pending, int unlabelled)
    {
        JoinFates fates = new JoinScript().Predict(1, 103).Time(horizon).Fates;
        Assert.Equal((pending, unlabelled), (fates.Pending, fates.Unlabelled));
    }

    // A prediction of up to 107 + 3 may still come until its pane, which ends at 120, and what may be late of it.
    [Theory]
    [InlineData(124, 1, 0)]
    [InlineData(125, 0, 1)]
    public void Label_WaitsForThePaneOfALatestPrediction(long horizon, int waiting, int orphans)
    {
        JoinFates fates = new JoinScript().Label(1, 107).Time(horizon).Fates;
        Assert.Equal((waiting, orphans), (fates.Waiting, fates.Orphans));
    }

    [Fact]
    public void FirstLabelCounts_AndLaterOnesAreDuplicates()
    {
        JoinScript script = new JoinScript().Predict(1, 100, score: 4).Label(1, 105, 1).Label(1, 103, 2);
        Assert.Equal(["100+8 4:1 1", "100+20 4:1 1"], script.Counts());
        Assert.Equal((1, 1), (script.Fates.Matched, script.Fates.DuplicateLabels));
    }

    [Fact]
    public void NewestLabelCounts_WithinEachDelay()
    {
        JoinScript script = new JoinScript(Corrections.Last).Predict(1, 100).Label(1, 105, 1).Label(1, 103, 2).Label(1, 105, 3).Label(1, 119, 4);
        // 119 is beyond the first delay, which ends at 118; of two at 105 the later one counts.
        Assert.Equal(["100+8 0:3 1", "100+20 0:4 1"], script.Counts());
        Assert.Equal((1, 3), (script.Fates.Matched, script.Fates.Corrected));
    }

    [Fact]
    public void Correction_InALaterSegment_TakesAway()
    {
        JoinScript script = new JoinScript(Corrections.Last).Predict(1, 100).Label(1, 101, 1);
        script.Restart();
        script.Label(1, 102, 2);
        Assert.Equal(["100+8 0:1 -1", "100+8 0:2 1", "100+20 0:1 -1", "100+20 0:2 1"], script.Counts());
        script.Label(1, 103, 1);
        Assert.Equal(["100+8 nothing", "100+20 nothing"], script.Counts());
    }

    // The first delay of the pane that ends at 110 is frozen at 110 + 8 + 5.
    [Theory]
    [InlineData(122, "100+8 0:1 1")]
    [InlineData(123, "100+8 0:none 1")]
    public void Delay_IsFrozenByTheHorizon(long horizon, string first)
    {
        foreach (Corrections corrections in Enum.GetValues<Corrections>())
        {
            JoinScript script = new JoinScript(corrections).Predict(1, 100).Time(horizon).Label(1, 101, 1);
            Assert.Equal([first, "100+20 0:1 1"], script.Counts());
        }
    }

    [Fact]
    public void Correction_AfterTheSeal_ChangesNothingThatIsSealed()
    {
        JoinScript script = new JoinScript(Corrections.Last).Predict(1, 100).Label(1, 101, 1).Time(123).Label(1, 102, 2);
        Assert.Equal(["100+8 0:1 1", "100+20 0:2 1"], script.Counts());
    }

    [Fact]
    public void SecondPrediction_IsADuplicate_AsLongAsTheIdIsRemembered()
    {
        // The second one is waited for until 155: until then a third one is no new prediction, though the first has gone at 135.
        JoinScript script = new JoinScript().Predict(1, 103).Predict(1, 121).Time(154).Predict(1, 130).Label(1, 131);
        Assert.Equal((1, 2, 0), (script.Fates.Unlabelled, script.Fates.DuplicatePredictions, script.Fates.Matched));
        script.Time(165).Predict(1, 170);
        Assert.Equal((1, 1), (script.Fates.Pending, script.Joiner.Remembered));
    }

    [Fact]
    public void LaterRow_ThatEndsEarlier_EndsInItsTime()
    {
        // The first label is waited for until 135, the second one until 115.
        JoinScript labels = new JoinScript().Label(1, 117).Label(1, 100).Time(115);
        Assert.Equal((1, 1), (labels.Fates.Orphans, labels.Fates.Waiting));
        // The label until 165, the prediction, for which it is too late, until 135.
        JoinScript prediction = new JoinScript().Label(1, 150).Predict(1, 103).Time(135);
        Assert.Equal((1, 1, 0), (prediction.Fates.Late, prediction.Fates.Unlabelled, prediction.Fates.Pending));
        Assert.Equal((1, 0), (prediction.Joiner.Remembered, prediction.Time(165).Joiner.Remembered));
    }

    [Fact]
    public void AnotherTopicOfTheName_TellsThatTheRestOfTheFormerOneIsGone()
    {
        JoinScript script = new JoinScript().Predict(1, 100).Predict(2, 101);
        script.Write(script.Of("p", 0) with { TopicId = 7, From = new(0), Upto = new(1) });
        Assert.Equal(new JoinLoss(new SourcePartition("p", 0), new(2), new(2)), script.Joiner.Flush().Header.Losses.Single());
    }

    [Fact]
    public void IdThatIsRememberedForEver_IsCarried_AndDoesNotHoldTheReplayBack()
    {
        var script = new JoinScript();
        for (int t = 100; t < 400; t += 10)
        {
            script.Predict(7, t).Predict(t, t).Time(t);
            if (script.Joiner.IsFull) script.Joiner.Finish();
        }

        var before = JoinState.Of(script.Joiner);
        JoinPosition position = script.Restart();
        Assert.Equal(7, (int)Assert.Single(position.Carried).Id);
        Assert.InRange(position.Low.Value, 1, position.Next.Value);
        Assert.Equal(before.ToString(), JoinState.Of(script.Joiner).ToString());
        Assert.Equal(29, script.Fates.DuplicatePredictions);
    }

    [Fact]
    public void WhoWritesAStretchFirst_HasWrittenIt()
    {
        JoinScript script = new JoinScript().Predict(1, 100, score: 1);
        var again = script.Of("p", 5) with { From = new(0), Upto = new(2), Rows = [Row(1, 0, score: 2), Row(2, 1, score: 2)] };
        script.Write(again).Label(1, 101).Label(2, 101);
        // The first row of it was there; the second one is new.
        Assert.Equal(["100+20 1:0 1", "100+20 2:0 1", "100+8 1:0 1", "100+8 2:0 1"], script.Sums());
        Assert.Equal(4, script.Joiner.Points.Sum(p => p.Rows.Value));
    }

    [Fact]
    public void ProjectionBeyondThePoint_IsDroppedWhole_AndAGapIsNot()
    {
        var script = new JoinScript();
        Projection later = script.Of("p", 0) with { From = new(5), Upto = new(6), Watermark = new(500), Rows = [Row(1, 5)] };
        script.Joiner.Add(new(0), default, 10, later);
        script.Joiner.Add(new(1), default, 10, script.Of("l", 0) with { Watermark = new(500) });
        Assert.Equal((0, EventTime.None.Microseconds), (script.Fates.Predictions, script.Horizon));
        script.Joiner.Add(new(2), default, 10, later with { From = new(0), Upto = new(5), Rows = [], IsGap = true });
        script.Joiner.Add(new(3), default, 10, later);
        Assert.Equal((1, 500L), (script.Fates.Predictions, script.Horizon));
        Assert.Equal([(new SourcePartition("p", 0), 2L)], Losses(script));
    }

    [Fact]
    public void WhatReachesNoFurther_StillMovesTime()
    {
        JoinScript script = Silence(new JoinScript().Predict(1, 100).Time(100));
        // All is silent: up to what the last row known may wait for, and no further.
        Assert.Equal((135L, 1), (script.Horizon, (int)script.Fates.Unlabelled));
    }

    /// <summary>The horizon that silence had reached when the oldest remembered row came: by watermarks alone its prediction would not be too late.</summary>
    [Fact]
    public void Replay_NeedsAllOfTheTimeAtItsBeginning()
    {
        JoinScript script = Silence(new JoinScript().Time(100));
        script.Joiner.Finish();
        script.Predict(1, 100).Label(1, 130);
        string before = JoinState.Of(script.Joiner).ToString();
        JoinPosition position = script.Restart();
        Assert.Equal(before, JoinState.Of(script.Joiner).ToString());
        JoinTime low = position.LowTime;
        script.Restart(position with
        {
            LowTime = low with
            {
                Sources = [.. low.Sources.Select(s => s with { IdleStamp = EventTime.None, IdleSince = EventTime.None })],
                Horizons = [.. low.Horizons.Select(h => h with { Horizon = EventTime.None })],
            },
        });
        Assert.NotEqual(before, JoinState.Of(script.Joiner).ToString());
    }

    [Fact]
    public void LostRecordsOfJoins_AreTold_AndTakenNoteOfOnce()
    {
        JoinScript script = new JoinScript().Predict(1, 100).Label(1, 101);
        script.Joiner.Add(new(5), default, 10, script.Of("p", 0) with { From = new(40), Upto = new(41), Rows = [Row(2, 40)] });
        Assert.Equal(2, script.Fates.Predictions);
        Assert.Equal([(null, 5L), (new SourcePartition("p", 0), 5L)], Losses(script));
        // From here on it follows as ever.
        script.Joiner.Add(new(6), default, 10, script.Of("p", 0) with { From = new(50), Upto = new(51), Rows = [Row(3, 50)] });
        Assert.Equal(2, script.Fates.Predictions);
    }

    [Fact]
    public void WhoLostNothing_DoesNotHoldUpWhoDid()
    {
        JoinScript script = new JoinScript().Predict(1, 100);
        // Another session writes on from where it was; of this one some records are gone, and it does not know that.
        script.Joiner.Add(new(9), default, 10, script.Of("p", 0, Row(2, 1)));
        script.Joiner.Add(new(10), default, 10, script.Of("p", 0) with { From = new(7), Upto = new(8), Rows = [Row(3, 7)] });
        Assert.Equal((3, 8), ((int)script.Fates.Predictions, (int)script.Joiner.Points[0].Next));
    }

    [Fact]
    public void PartsOfAMessage_AreTakenOnce_AndInTheirOrder()
    {
        var script = new JoinScript();
        Projection whole = script.Of("p", 0) with { Parts = 3, Watermark = new(100) };
        int at = 0;
        foreach ((int part, int rows) in ((int, int)[])[(1, 0), (0, 1), (0, 1), (2, 1), (1, 2), (0, 2), (2, 3), (2, 3)])
        {
            script.Joiner.Add(new(at), default, 10, whole with { Part = part, Rows = [Row(part, 0)] });
            Assert.Equal(rows, script.Fates.Predictions);
            if (at++ == 4) script.Joiner.Add(new(at++), default, 10, script.Of("l", 0) with { Watermark = new(100) });
            // The last part moves time.
            Assert.Equal(rows == 3 ? 100 : EventTime.None.Microseconds, script.Horizon);
        }

        Assert.Equal(1, script.Joiner.Points.Single(p => p.Source.Topic == "p").Next.Value);
    }

    [Fact]
    public void RecordThatCannotBeRead_IsALoss() =>
        Assert.Equal([(null, 1L)], Losses(new JoinScript().Predict(1, 100).Write(null)));

    private static IEnumerable<(SourcePartition?, long)> Losses(JoinScript script) =>
        script.Joiner.Flush().Header.Losses.Select(l => (l.Source, l.At.Value));

    [Fact]
    public void ReplayWhoseRecordsAreGone_IsTold_AndNoRowIsWithoutAFate()
    {
        JoinScript script = new JoinScript().Predict(1, 100).Predict(2, 101).Label(3, 102);
        script.Restart(lost: 1);
        Assert.Equal((1, 1, 1), (script.Fates.Pending, script.Fates.Unlabelled, script.Fates.Waiting));
        Assert.True(script.Fates.IsWhole);
        Assert.Contains(script.Joiner.Flush().Header.Losses, l => l.Source is null);
    }

    [Fact]
    public void TopicMadeAgain_BeginsAgain_AndTheFormerOneMovesNoTime()
    {
        JoinScript script = new JoinScript().Predict(1, 100).Time(100);
        // A counter that has not noticed: it reads no further, and says that nothing comes.
        Projection former = script.Of("p", 0) with { Watermark = new(900), Partitions = 9, Idle = true };
        former = former with { Upto = former.From };
        Projection again = former with { TopicId = 99, Partitions = 1, Idle = false, From = new(0), Upto = new(1), Watermark = new(110) };
        again = again with { Rows = [Row(1, 0), Row(2, 0)] };
        script.Joiner.Add(new(script.Log.Count), default, 10, again);
        script.Joiner.Add(new(script.Log.Count + 1), default, 10, former);
        script.Joiner.Add(new(script.Log.Count + 2), default, 10, script.Of("l", 0) with { Watermark = new(400) });
        Assert.Equal((110L, 1, 3), (script.Horizon, (int)script.Fates.DuplicatePredictions, (int)script.Fates.Predictions));
    }

    /// <summary>Found by seeds: an old topic that was first heard of after the new one was taken for the newest for ever, and time stood still.</summary>
    [Fact]
    public void LateWordOfAFormerTopic_DoesNotStopTime()
    {
        JoinScript script = new JoinScript().Predict(1, 100).Time(100);
        script.Joiner.Add(new(script.Log.Count), default, 10, script.Of("p", 0) with { TopicId = 3, From = new(0), Upto = new(1), Watermark = new(90) });
        script.Joiner.Add(new(script.Log.Count + 1), default, 10, script.Of("l", 0) with { Watermark = new(400) });
        script.Joiner.Add(new(script.Log.Count + 2), default, 10, script.Of("p", 0) with { Watermark = new(300) });
        Assert.Equal(300L, script.Horizon);
    }

    [Fact]
    public void PartitionThatNobodyReported_HoldsTheHorizon()
    {
        JoinScript script = new JoinScript().Predict(1, 100);
        script.Write(script.Of("p", 0) with { Partitions = 2, Watermark = new(400) }).Write(script.Of("l", 0) with { Watermark = new(400) });
        Assert.Equal(EventTime.None.Microseconds, script.Horizon);
    }

    [Fact]
    public void Models_HaveTimesOfTheirOwn_ByTheirTopics()
    {
        var script = new JoinScript(_ => JoinScript.Plan(JoinScript.Model("m"), JoinScript.Model("n", Corrections.First, "p", "k")));
        script.Predict(1, 100).Predict(2, 100, model: "n").Time(400);
        Assert.Equal([400L, EventTime.None.Microseconds], script.Joiner.Models.Select(m => (long)m.Horizon));
        script.Label(2, 101, topic: "k", model: "n").Write(script.Of("k", 0) with { Watermark = new(300) });
        Assert.Equal([400L, 300L], script.Joiner.Models.Select(m => (long)m.Horizon));
        Assert.Equal([(0, 1), (1, 0)], script.Joiner.Models.Select(m => ((int)m.Fates.Matched, (int)m.Fates.Unlabelled)));
    }

    [Fact]
    public void Row_FollowsThePlanThatItWasProjectedUnder()
    {
        JoinedModel model = JoinScript.Model("m");
        var script = new JoinScript(epoch => JoinScript.Plan(epoch == 0 ? model : model with { Within = new(40), JudgeAt = [new(40)] }));
        script.Predict(1, 100).Predict(2, 100, epoch: 1).Label(1, 130, epoch: 1).Label(2, 130);
        Assert.Equal((1, 1), (script.Fates.Matched, script.Fates.Late));
        JoinEntry entry = Assert.Single(script.Joiner.Flush(all: true).Entries);
        Assert.Equal((1, 40, 0), ((int)entry.Key.Epoch, (int)entry.Key.Delay, (int)entry.Cells[0].LabelEpoch));
    }

    [Fact]
    public void RowsOfAModelThatThePlanDoesNotJoin_AreCounted_AndNoMore()
    {
        JoinScript script = new JoinScript().Predict(1, 100, model: "other");
        Assert.Equal((1, 0), ((int)script.Joiner.Flush().Header.Unknown, script.Joiner.Remembered));
    }

    [Fact]
    public void ForeignBytes_AreNoPosition()
    {
        byte[] bytes = JoinPositionCodec.Write(new JoinScript().Predict(1, 100).Joiner.Finish().Position!);
        Assert.NotNull(JoinPositionCodec.Read(bytes));
        Assert.Null(JoinPositionCodec.Read(Array.Empty<byte>()));
        Assert.Null(JoinPositionCodec.Read(new byte[] { 2, 0, 0 }));
        Assert.Null(JoinPositionCodec.Read(bytes.AsMemory(0, bytes.Length / 2)));
    }

    /// <summary>The most that there were at once, that is: what became free is kept for others.</summary>
    [Fact]
    public void PendingRow_TakesAtMost64Bytes()
    {
        var script = new JoinScript(segmentBytes: 1_000_000);
        var cell = new PredictionCell("m", "v", 0, -1, [], []);
        (long id, int rows, double most) = (0, 0, 0);
        for (int pane = 0; pane < 40; pane++)
        {
            ProjectedRow[] pending = [.. Enumerable.Range(0, 5000).Select(_ => new ProjectedRow(default, Hash(id++), new(pane * 10), cell))];
            script.Write(script.Of("p", 0, pending));
            // The index begins with 4 KiB and a block is 40 KiB: of few rows that is more.
            rows = Math.Max(rows, script.Joiner.Remembered);
            if (rows >= 10_000) most = Math.Max(most, (double)(script.Joiner.TableBytes + script.Joiner.IndexBytes) / rows);
            script.Time(pane * 10);
        }

        Assert.InRange(script.Joiner.Remembered, 15_000, 25_000);
        Assert.InRange(most, 40, 55);
        Assert.True(script.Fates.IsWhole);
    }

    private static JoinScript Silence(JoinScript script)
    {
        for (int stamp = 1000; stamp <= 1200; stamp += 20)
        {
            foreach (string topic in (string[])["p", "l"])
            {
                Projection next = script.Of(topic, 0);
                script.Write(next with { Upto = next.From, Idle = true, Stamp = new(stamp), Watermark = new(100) });
            }
        }

        return script;
    }

    private static ProjectedRow Row(int id, long offset, int score = 0) =>
        new(new(offset), (UInt128)id, new(100), new PredictionCell("m", "v", score, -1, [], []));

    private static UInt128 Hash(long id) => new((ulong)id * 0x9E3779B97F4A7C15UL, (ulong)id);
}
