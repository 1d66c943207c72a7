using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Windows;

public sealed class ZoneTests
{
    [Theory]
    [InlineData("2026-03-28", "2026-03-27T23:00:00Z", 24)]
    [InlineData("2026-03-29", "2026-03-28T23:00:00Z", 23)]
    [InlineData("2026-10-25", "2026-10-24T22:00:00Z", 25)]
    public void Days_OfBerlin_AreAsLongAsItsClocksSay(string day, string start, int hours)
    {
        Assert.True(Zone.TryFind("Europe/Berlin", out Zone? berlin));
        DateOnly date = DateOnly.Parse(day);

        EventTime begins = berlin.StartOf(date);

        Assert.Equal(start, EventTime.Format(begins));
        Assert.Equal(hours * EventTime.Hour, (long)(berlin.StartOf(date.AddDays(1)) - begins));
        Assert.Equal(date, berlin.DateOf(begins));
        Assert.Equal(date.AddDays(-1), berlin.DateOf(new EventTime(begins - 1)));
    }

    /// <summary>Brazil put its clocks forward at midnight: that day began at one o'clock.</summary>
    [Fact]
    public void ADay_WhoseMidnightIsSkipped_BeginsAfterIt()
    {
        Assert.True(Zone.TryFind("America/Sao_Paulo", out Zone? zone));

        EventTime begins = zone.StartOf(new DateOnly(2018, 11, 4));

        Assert.Equal("2018-11-04T03:00:00Z", EventTime.Format(begins));
        Assert.Equal(new TimeOnly(1, 0), zone.ClockOf(begins));
    }

    /// <summary>Half past two does not exist on the first of these days and exists twice on the second.</summary>
    [Theory]
    [InlineData("2026-03-29", "2026-03-29T01:30:00Z")]
    [InlineData("2026-10-25", "2026-10-25T00:30:00Z")]
    [InlineData("2026-07-01", "2026-07-01T00:30:00Z")]
    public void Clocks_ThatArePutForwardOrBack_ShowATimeOnce(string day, string time)
    {
        Assert.True(Zone.TryFind("Europe/Berlin", out Zone? berlin));

        Assert.Equal(time, EventTime.Format(berlin.At(DateOnly.Parse(day), new TimeOnly(2, 30))));
    }

    [Fact]
    public void AnUnknownId_IsNoZone()
    {
        Assert.False(Zone.TryFind("Europe/Atlantis", out _));
        Assert.Contains("Europe/Berlin", Zone.Ids);
        Assert.Equal("2026-11-29", Zone.Utc.DateOf(EventTime.From(new DateTime(2026, 11, 29, 23, 59, 59))).ToString("yyyy-MM-dd"));
    }
}
