using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Windows;

/// <summary>Windows of the days of a zone, against a slow loop over minutes.</summary>
public sealed class ZonedWindowTests
{
    /// <summary>Clocks that change at night, at midnight and a minute after it, by half an hour, by a day; offsets of half and quarter hours.</summary>
    public static TheoryData<string, string> Years => new()
    {
        { "Europe/Berlin", "2026-01-01" },
        { "America/New_York", "2023-06-01" },
        { "America/Sao_Paulo", "2018-01-01" },
        { "Asia/Beirut", "2021-01-01" },
        { "America/Havana", "2022-01-01" },
        { "America/St_Johns", "2009-01-01" },
        { "Atlantic/Azores", "2024-01-01" },
        { "Australia/Lord_Howe", "2024-01-01" },
        { "Asia/Kathmandu", "2024-01-01" },
        { "Pacific/Chatham", "2020-01-01" },
        { "Africa/Casablanca", "2022-01-01" },
        { "Asia/Pyongyang", "2015-01-01" },
        { "Pacific/Apia", "2011-06-01" },
        { "Pacific/Kwajalein", "1993-02-01" },
    };

    [Theory]
    [MemberData(nameof(Years))]
    public void Windows_OfDays_AreThoseOfTheSlowLoop(string id, string from)
    {
        Assert.True(Zone.TryFind(id, out Zone? zone));
        DateOnly first = DateOnly.Parse(from);
        Check(zone, SlowDays.OfZone(zone, first, first.AddDays(400)));
    }

    /// <summary>The same by the time zones of the operating system, which are another copy of the database, read by other code.</summary>
    [Theory]
    [InlineData("Europe/Berlin", "2023-01-01")]
    [InlineData("America/Sao_Paulo", "2018-01-01")]
    [InlineData("America/New_York", "2023-06-01")]
    [InlineData("Australia/Lord_Howe", "2022-01-01")]
    [InlineData("Asia/Kathmandu", "2023-01-01")]
    public void Windows_OfDays_AreThoseOfTheOperatingSystem(string id, string from)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? system)) Assert.Skip("this machine has no time zones");
        Assert.True(Zone.TryFind(id, out Zone? zone));
        DateOnly first = DateOnly.Parse(from);
        Check(zone, SlowDays.OfSystem(system, first, first.AddDays(400)));
    }

    [Theory]
    [InlineData("2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23)]
    [InlineData("2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25)]
    [InlineData("2026-10-24T21:59:59Z", "2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", 24)]
    public void ADay_OfBerlin_HasTheHoursOfItsClocks(string time, string start, string end, int hours)
    {
        EventTime begins = Assert.Single(Of("Europe/Berlin", 1, 1).Starts(At(time)));

        EventTime ends = Of("Europe/Berlin", 1, 1).EndOf(begins);

        Assert.Equal((start, end, hours * EventTime.Hour), (EventTime.Format(begins), EventTime.Format(ends), (ends - begins).Microseconds));
    }

    /// <summary>Weeks begin on Thursdays, as without a zone, and with an offset of four days on Mondays.</summary>
    [Theory]
    [InlineData(0, DayOfWeek.Thursday, "2026-03-25T23:00:00Z", 167)]
    [InlineData(4, DayOfWeek.Monday, "2026-03-22T23:00:00Z", 167)]
    [InlineData(6, DayOfWeek.Wednesday, "2026-03-24T23:00:00Z", 167)]
    public void AWeek_BeginsOnTheDayThatItsOffsetSays(int offset, DayOfWeek day, string start, int hours)
    {
        WindowSettings weeks = Of("Europe/Berlin", 7, 7) with { Offset = Duration.FromDays(offset) };

        EventTime begins = Assert.Single(weeks.Starts(At("2026-03-29T12:00:00Z")));

        Assert.Equal((day, start), (weeks.Zone!.DateOf(begins).DayOfWeek, EventTime.Format(begins)));
        Assert.Equal(hours * EventTime.Hour, (weeks.EndOf(begins) - begins).Microseconds);
    }

    /// <summary>Midnight of 4 November 2018 was skipped in Brazil.</summary>
    [Fact]
    public void ADay_WithoutAMidnight_BeginsWithItsFirstMoment()
    {
        WindowSettings days = Of("America/Sao_Paulo", 1, 1);

        Assert.Equal("2018-11-04T03:00:00Z", EventTime.Format(days.EndUpto(At("2018-11-04T12:00:00Z"))));
        Assert.Equal("2018-11-04T03:00:00Z", EventTime.Format(days.EndOf(At("2018-11-03T03:00:00Z"))));
    }

    /// <summary>Days of UTC as a zone are the days that windows have without one, as far as times go.</summary>
    [Fact]
    public void DaysOfUtc_AreThoseOfNoZone()
    {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            long size = random.Next(1, 4), every = random.Next(1, 4);
            WindowSettings without = Of(null, size * every, every) with { Offset = Duration.FromDays(random.Next((int)every)) };
            WindowSettings with = without with { Zone = Zone.Utc };
            EventTime time = new(random.NextInt64(-80_000_000, 300_000_000) * EventTime.Hour), start = without.Starts(time).First();
            Assert.Equal(without.Starts(time), with.Starts(time));
            Assert.Equal(without.EndOf(start), with.EndOf(start));
            Assert.Equal(without.StartBefore(without.EndOf(start)), with.StartBefore(without.EndOf(start)));
            Assert.Equal(without.EndAfter(time), with.EndAfter(time));
            Assert.Equal(without.EndUpto(time), with.EndUpto(time));
            int steps = random.Next(-100, 100);
            Assert.Equal(without.Shift(time, steps), with.Shift(time, steps));
            EventTime other = without.Shift(start, steps);
            Assert.Equal(without.AreApart(start, other), with.AreApart(start, other));
            Assert.Equal(Math.Abs(without.Sizes(start, other)), Math.Abs(with.Sizes(EventTime.Min(start, other), EventTime.Max(start, other))));
        }
    }

    /// <summary>Windows that are whole sizes apart share no row, whatever the clocks did in between.</summary>
    [Fact]
    public void Windows_WholeSizesApart_ShareNoRow()
    {
        WindowSettings weeks = Of("Europe/Berlin", 7, 1);
        EventTime start = weeks.EndUpto(At("2026-03-25T12:00:00Z"));
        for (int days = -60; days <= 60; days++)
        {
            EventTime other = weeks.Shift(start, days);
            Assert.Equal(days % 7 == 0, weeks.AreApart(other, start));
            Assert.Equal(new TimeOnly(0, 0), weeks.Zone!.ClockOf(other));
        }

        Assert.False(weeks.AreApart(start + Duration.FromHours(1), start));
    }

    /// <summary>What the slack of a window says holds for every zone: no day is longer than two.</summary>
    [Fact]
    public void Clocks_WereNeverPutBackByMoreThanADay()
    {
        (Duration longest, int hours, int halves, int quarters) = (default, 0, 0, 0);
        foreach (string id in Zone.Ids)
        {
            Assert.True(Zone.TryFind(id, out Zone? zone));
            for (long day = -40_000; day < 30_000; day++)
            {
                Duration length = zone.StartOfDay(day + 1) - zone.StartOfDay(day);
                Assert.True(length >= 0);
                if (length > longest) longest = length;
            }

            if (zone.Grain == EventTime.Hour) hours++;
            else if (zone.Grain == EventTime.Hour / 2) halves++;
            else quarters++;
        }

        Assert.InRange(longest.Microseconds, 25 * EventTime.Hour, 2 * EventTime.Day);
        Assert.True(hours > 400 && halves > 10 && quarters > 2, $"{hours} zones of hours, {halves} of halves, {quarters} of quarters");
    }

    private static void Check(Zone zone, SlowDays slow)
    {
        var random = new Random(7);
        foreach ((long size, long every, long offset) in ((long, long, long)[])[(1, 1, 0), (7, 7, 0), (7, 7, 4), (7, 1, 0), (6, 2, 1), (28, 7, 3)])
        {
            WindowSettings settings = new("w", Duration.FromDays(size), Duration.FromDays(every), Duration.FromDays(offset), 0) { Zone = zone };
            List<(EventTime Start, EventTime End)> expected = slow.Windows(settings);
            Assert.True(expected.Count > 5);
            foreach ((EventTime start, EventTime end) in expected)
            {
                Assert.Equal(end, settings.EndOf(start));
                Assert.Equal(start, settings.StartBefore(end));
                Assert.True((end - start) <= settings.Longest);
            }

            EventTime[] ends = [.. expected.Select(w => w.End).Order()];
            Assert.Equal(ends, ends.Distinct());
            for (int i = 0; i + 1 < ends.Length; i++) Assert.Equal(ends[i + 1], settings.EndAfter(ends[i]));
            for (int i = 0; i < 2000; i++)
            {
                var time = new EventTime(random.NextInt64(expected[0].End, expected[^1].Start));
                EventTime[] holding = [.. expected.Where(w => w.Start <= time && time < w.End).Select(w => w.Start).OrderDescending()];
                Assert.Equal(holding, settings.Starts(time));
            }
        }
    }

    private static WindowSettings Of(string? id, long size, long every) =>
        new("w", Duration.FromDays(size), Duration.FromDays(every), Duration.Zero, 0)
        {
            Zone = id is not null && Zone.TryFind(id, out Zone? zone) ? zone : null,
        };

    private static EventTime At(string time) => EventTime.TryParse(time, out EventTime at) ? at : throw new ArgumentException(time);
}
