using System.Collections.Immutable;
using CsCheck;
using DriftStream.Joins;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>How long after their predictions labels come, and what became of those of each topic.</summary>
public sealed class LabelSourceTests
{
    /// <summary>Every lag is in one cell, whose end is beyond it by at most a second or an eighth; cells follow each other without gaps.</summary>
    [Fact]
    public void Cells_HoldLagsToAnEighth() => Gen.Long[-1_000_000, 400L * 86_400_000_000].Sample(microseconds =>
    {
        int cell = LagCells.Of(new Duration(microseconds));
        long end = LagCells.End(cell).Microseconds;
        Assert.True(end > microseconds);
        Assert.True(cell == 0 || LagCells.End(cell - 1).Microseconds <= microseconds);
        Assert.InRange(end - Math.Max(0, microseconds), 0, Math.Max(1_000_000, (Math.Max(0, microseconds) / 8) + 1_000_000));
    });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(7, 8)]
    [InlineData(8, 9)]
    [InlineData(15, 16)]
    [InlineData(16, 18)]
    [InlineData(86_400, 90_112)] // 21 of 32 KiB eighths end at 22
    public void End_IsTheNextCells(long seconds, long end) =>
        Assert.Equal(end * 1_000_000, LagCells.End(LagCells.Of(new Duration(seconds * 1_000_000))).Microseconds);

    [Fact]
    public void Quantiles_AreThoseOfTheMatched()
    {
        var lags = Enumerable.Range(1, 100).GroupBy(i => LagCells.Of(new Duration(i * 1_000_000L)))
            .ToImmutableSortedDictionary(g => g.Key, g => (long)g.Count());
        var source = new LabelSource { Labels = 100, Matched = 100, Lags = lags };
        Assert.Equal([52, 96, 104], new[] { 0.5, 0.95, 0.99 }.Select(s => source.LagOf(s)!.Value.Microseconds / 1_000_000));
        Assert.Null(LabelSource.Sum([]).LagOf(0.5));
        Assert.Equal(200, LabelSource.Sum([source, source]).Lags.Values.Sum());
    }

    /// <summary>Two topics bring labels of one model: what became of them is told apart, and survives a restart.</summary>
    [Fact]
    public void Topics_AreToldApart()
    {
        JoinScript script = new JoinScript().Predict(1, 93).Predict(2, 93).Predict(3, 94).Label(1, 95).Label(1, 96).Label(9, 95);
        LabelSource own = Assert.Single(script.Joiner.Models[0].Sources).Value;
        Assert.Equal((3, 1, 1, 1, 0), (own.Labels, own.Matched, own.Duplicates, own.Waiting, own.Orphans));
        string before = JoinState.Of(script.Joiner).ToString();
        script.Restart();
        Assert.Equal(before, JoinState.Of(script.Joiner).ToString());
        own = Assert.Single(script.Time(200).Joiner.Models[0].Sources).Value;
        Assert.Equal((0, 1, true), (own.Waiting, own.Orphans, own.IsWhole));
    }
}
