using DriftStream.Host.Compare;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Host.Tests.Compare;

public sealed class ChunkingTests
{
    [Theory]
    [InlineData("rows:5000", 5000, 0)]
    [InlineData("time:7d", 0, 7 * EventTime.Day)]
    public void Parse_ReadsWhatTheHelpSays(string text, long rows, long span) =>
        Assert.Equal(new Chunking(rows, new(span)), Chunking.Parse(text));

    [Theory]
    [InlineData("rows:0")]
    [InlineData("rows:-1")]
    [InlineData("rows:")]
    [InlineData("time:0s")]
    [InlineData("time:7")]
    [InlineData("days:7")]
    [InlineData("")]
    public void Parse_Refuses(string text) => Assert.Null(Chunking.Parse(text));

    [Fact]
    public void Of_ByTime_OfAZone_AreItsDays()
    {
        Assert.True(Zone.TryFind("Europe/Berlin", out Zone? berlin));
        var days = new Chunking(0, Duration.FromDays(1)) { Zone = berlin };
        long start = EventTime.From(new DateTime(2026, 3, 28, 23, 0, 0));
        Assert.Equal(start, days.Of(0, start + (23 * EventTime.Hour) - 1));
        Assert.Equal(start + (23 * EventTime.Hour), days.Of(0, start + (23 * EventTime.Hour)));
        Assert.Equal(start + (23 * EventTime.Hour), (long)days.Windows(1).EndOf(new(start)));
    }

    [Fact]
    public void Of_ByTime_StartsAtMultiplesOfTheSpan_BeforeTheEpochToo()
    {
        var week = new Chunking(0, Duration.FromDays(7), Duration.FromDays(1));
        Assert.Equal(EventTime.Day, week.Of(0, EventTime.Day));
        Assert.Equal(-6 * EventTime.Day, week.Of(0, EventTime.Day - 1));
        Assert.Equal(Chunking.Nowhere, week.Of(0, EventTime.None));
    }
}
