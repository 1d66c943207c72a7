using DriftStream.Frames;
using DriftStream.Joins;
using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>
/// When a snapshot is of use, and when not. That a joiner which goes on from one knows and writes what any other would: <see cref="JoinSimulationTests"/>.
/// </summary>
public sealed class JoinSnapshotTests
{
    [Fact]
    public void Snapshot_IsOfNoUse_AheadOfTheRecord_OrBehindWhereThatBegins()
    {
        // Of the first segment nothing is remembered when the third has ended.
        JoinScript script = new JoinScript().Predict(1, 100).Label(1, 101);
        JoinPosition first = script.Joiner.Finish().Position!;
        byte[] early = Saved(script.Joiner);
        JoinPosition second = script.Predict(2, 130).Time(300).Joiner.Finish().Position!;
        JoinPosition third = script.Predict(3, 300).Joiner.Finish().Position!;
        byte[] late = Saved(script.Joiner);
        Assert.True(third.Low > first.Next);

        Assert.NotNull(Resume(script, first, early));
        Assert.NotNull(Resume(script, second with { Low = first.Low }, early));
        Assert.Null(Resume(script, third, early));
        Assert.Null(Resume(script, second, late));
        Assert.NotNull(Resume(script, third, late));
    }

    [Fact]
    public void Snapshot_OfAnotherRelease_IsOfNoUse()
    {
        JoinScript script = new JoinScript().Predict(1, 100);
        JoinPosition position = script.Joiner.Finish().Position!;
        byte[] bytes = Saved(script.Joiner);
        bytes[0]++;
        Assert.Null(Resume(script, position, bytes));
    }

    [Fact]
    public void Snapshot_IsOfTheStartOfASegment()
    {
        JoinScript script = new JoinScript().Predict(1, 100);
        Assert.False(script.Joiner.IsAtStart);
        Assert.Throws<InvalidOperationException>(() => Saved(script.Joiner));
        script.Joiner.Finish();
        Assert.True(script.Joiner.IsAtStart);
    }

    /// <summary>Whoever joined in between had lost a prediction, which the snapshot remembers: of its record the laws hold, and not of both together.</summary>
    [Fact]
    public void Snapshot_ThatRemembersMoreThanTheRecord_Diverges()
    {
        JoinScript script = new JoinScript().Predict(1, 100).Predict(2, 100);
        JoinPosition first = script.Joiner.Finish().Position!;
        byte[] bytes = Saved(script.Joiner);
        script.Predict(3, 100);
        Joiner whole = Resume(script, first, bytes)!;
        Assert.False(whole.Diverged);

        script.Restart(first, lost: 1);
        script.Predict(4, 100);
        JoinPosition second = script.Joiner.Finish().Position!;
        Joiner joiner = Resume(script, second, bytes)!;
        for (int i = (int)first.Next.Value; joiner.IsReplaying; i++) joiner.Add(new(i), default, 10, script.Log[i]);
        Assert.True(joiner.Diverged);
    }

    /// <summary>Blocks may lie anywhere: here in pieces of one large block of memory, which begin at odd places.</summary>
    [Fact]
    public void Ids_MayLieElsewhere()
    {
        var here = new JoinScript(segmentBytes: 1_000_000);
        var memory = new Memory<byte>(new byte[4_000_000]);
        (int used, int blocks) = (8, 0);
        var there = new Joiner(_ => JoinScript.Plan(JoinScript.Model("m")), 0, new JoinSegments(1_000_000, DriftStream.Time.Duration.FromHours(1)), bytes =>
        {
            Memory<byte> block = memory.Slice(used, bytes);
            (used, blocks) = (used + bytes + 24, blocks + 1);
            return block;
        });
        for (int i = 0; i < 3000; i++)
        {
            here.Number(i, 100 + (i / 100), i, isLabel: false);
            if (i % 3 == 0) here.Number(i, 101 + (i / 100), i, isLabel: true);
            if (i % 100 == 99) here.Time(100 + (i / 100));
        }

        foreach ((int i, Projection? record) in here.Log.Index()) there.Add(new(i), default, 10, record);
        Assert.True(blocks > 3);
        Assert.InRange(there.Remembered, 2000, 3000);
        Assert.Equal(JoinState.Of(here.Joiner).ToString(), JoinState.Of(there).ToString());
        Joiner back = Joiner.Restore(
            _ => JoinScript.Plan(JoinScript.Model("m")), new JoinSegments(1_000_000, DriftStream.Time.Duration.FromHours(1)), there.Finish().Position!,
            new MemoryStream(Saved(there)))!;
        Assert.Equal(JoinState.Of(there).ToString(), JoinState.Of(back).ToString());
    }

    private static byte[] Saved(Joiner joiner)
    {
        using var bytes = new MemoryStream();
        joiner.Save(bytes);
        return bytes.ToArray();
    }

    private static Joiner? Resume(JoinScript script, JoinPosition position, byte[] snapshot) => script.Resume(position, new MemoryStream(snapshot));
}
