using CsCheck;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Windows;

public sealed class WorkingHoursTests
{
    private static readonly DayOfWeek[] Weekdays = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday];

    /// <summary>Values of a program apart, by Python's zoneinfo: Monday to Friday, 9:00 to 17:00, the 25th of December a holiday.</summary>
    [Theory]
    [InlineData("2026-11-24T10:00:00Z", "4h", "Europe/Berlin", "2026-11-24T14:00:00Z")]
    [InlineData("2026-11-27T15:00:00Z", "1d", "Europe/Berlin", "2026-11-30T15:00:00Z")]
    [InlineData("2026-03-27T15:00:00Z", "1d", "Europe/Berlin", "2026-03-30T14:00:00Z")]
    [InlineData("2026-10-23T14:00:00Z", "1d", "Europe/Berlin", "2026-10-26T15:00:00Z")]
    [InlineData("2026-12-24T11:00:00Z", "1d", "Europe/Berlin", "2026-12-28T11:00:00Z")]
    [InlineData("2026-11-24T22:00:00Z", "1d", "Europe/Berlin", "2026-11-25T16:00:00Z")]
    [InlineData("2026-11-28T09:00:00Z", "2h", "Europe/Berlin", "2026-11-30T10:00:00Z")]
    [InlineData("2026-11-24T16:00:00Z", "0h", "Europe/Berlin", "2026-11-25T08:00:00Z")]
    [InlineData("2026-11-27T23:30:00Z", "2h", "America/New_York", "2026-11-30T16:00:00Z")]
    [InlineData("2026-11-25T23:30:00Z", "2h", "Asia/Kolkata", "2026-11-26T05:30:00Z")]
    public void Deadline_IsThatOfZoneinfo(string told, string amount, string zone, string due)
    {
        var hours = new WorkingHours(ZoneOf(zone), Weekdays, TimeSpan.FromHours(9), TimeSpan.FromHours(17), [new DateOnly(2026, 12, 25)]);
        Assert.Equal(due, Due(hours, told, amount));
    }

    /// <summary>Hours in the night on which the clocks of Berlin are put forward or back, and hours up to midnight.</summary>
    [Theory]
    [InlineData(0, 6, "2026-03-28T22:00:00Z", "5h", "2026-03-29T04:00:00Z")]
    [InlineData(0, 6, "2026-10-24T21:00:00Z", "7h", "2026-10-25T05:00:00Z")]
    [InlineData(2, 3, "2026-03-28T22:00:00Z", "1h", "2026-03-30T01:00:00Z")]
    [InlineData(16, 24, "2026-11-24T21:00:00Z", "2h", "2026-11-24T23:00:00Z")]
    [InlineData(16, 24, "2026-11-24T21:00:00Z", "3h", "2026-11-25T16:00:00Z")]
    [InlineData(0, 24, "2026-11-24T22:30:00Z", "1d", "2026-11-25T22:30:00Z")]
    public void Hours_AreThoseOfTheClocks(int from, int to, string told, string amount, string due)
    {
        var hours = new WorkingHours(ZoneOf("Europe/Berlin"), Enum.GetValues<DayOfWeek>(), TimeSpan.FromHours(from), TimeSpan.FromHours(to), []);
        Assert.Equal(due, Due(hours, told, amount));
    }

    [Fact]
    public void Hours_ThatAreNone_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new WorkingHours(Zone.Utc, [], TimeSpan.Zero, TimeSpan.FromHours(1), []));
        Assert.Throws<ArgumentException>(() => new WorkingHours(Zone.Utc, Weekdays, TimeSpan.FromHours(22), TimeSpan.FromHours(6), []));
        Assert.Throws<ArgumentException>(() => new WorkingHours(Zone.Utc, Weekdays, TimeSpan.FromHours(6), TimeSpan.FromHours(6), []));
        Assert.Throws<ArgumentException>(() => new WorkingHours(Zone.Utc, Weekdays, TimeSpan.FromHours(6), TimeSpan.FromHours(25), []));
    }

    /// <summary>At the end of the calendar nothing is due after its last day.</summary>
    [Fact]
    public void Deadline_BeyondTheCalendar_IsItsEnd()
    {
        var hours = new WorkingHours(Zone.Utc, Weekdays, TimeSpan.FromHours(9), TimeSpan.FromHours(17), []);
        Assert.Equal(EventTime.Latest, hours.After(new EventTime(EventTime.Latest - EventTime.Hour), ResponseTime.Days(3650)));
    }

    /// <summary>Minute by minute, by the clocks of .NET's own copy of the zones.</summary>
    [Fact]
    public void Deadline_IsWhereAMinuteHandFindsIt()
    {
        string[] zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago", "UTC"];
        // Around the changes of March and April, and of October and November 2024.
        Gen<int> starts = Gen.OneOf(Gen.Int[0, 40], Gen.Int[205, 250]);
        Gen.Select(Gen.Int[0, zones.Length - 1], starts, Gen.Int[0, 1439], Gen.Int[0, 95], Gen.Int[1, 96], Gen.Int[1, 127], Gen.Int[0, 12], Gen.Bool)
            .Where((_, _, _, from, to, _, _, _) => from < to)
            .Sample((of, day, minute, from, to, days, amount, inDays) =>
            {
                string zone = zones[of];
                DateOnly first = new DateOnly(2024, 3, 8).AddDays(day);
                DayOfWeek[] week = [.. Enum.GetValues<DayOfWeek>().Where(d => (days >> (int)d & 1) == 1)];
                var hours = new WorkingHours(ZoneOf(zone), week, TimeSpan.FromMinutes(15 * from), TimeSpan.FromMinutes(15 * to), [first.AddDays(2)]);
                var respond = new ResponseTime(inDays ? amount % 3 : amount, inDays);
                DateTime told = first.ToDateTime(TimeOnly.MinValue).AddMinutes(minute);
                if (ByTheMinute(hours, TimeZoneInfo.FindSystemTimeZoneById(zone), told, respond) is { } due)
                    Assert.Equal(EventTime.Format(EventTime.From(due)), EventTime.Format(hours.After(EventTime.From(told), respond)));
            }, iter: 300, threads: 1);
    }

    // The hours of a day are open from the first minute whose clock shows their beginning or later to the first one that shows their end or later, for good.
    // Null where no clock ever shows the beginning or the end: those are for Hours_AreThoseOfTheClocks.
    private static DateTime? ByTheMinute(WorkingHours hours, TimeZoneInfo zone, DateTime told, ResponseTime amount)
    {
        long left = amount.Amount * (amount.InDays ? (long)(hours.To - hours.From).TotalMinutes : 60);
        (DateOnly? day, bool begun, bool ended, bool whole) = (null, false, false, false);
        // From the beginning of the day on which it was told, so that what has ended before is known.
        for (DateTime utc = told.AddHours(-30); ; utc = utc.AddMinutes(1))
        {
            DateTime local = TimeZoneInfo.ConvertTimeFromUtc(utc, zone);
            TimeSpan clock = local.TimeOfDay;
            DateOnly today = DateOnly.FromDateTime(local);
            if (today != day) (day, begun, ended, whole) = (today, false, false, day is not null);

            if (!begun && clock >= hours.From)
            {
                if (clock != hours.From && whole) return null;
                begun = true;
            }

            if (begun && !ended && clock >= hours.To)
            {
                if (clock != hours.To && whole) return null;
                ended = true;
            }

            bool open = begun && !ended && hours.Days.Contains(local.DayOfWeek) && !hours.Holidays.Contains(today);
            if (utc < told) continue;
            if (left == 0 && (open || amount.Amount > 0)) return utc;
            if (open) left--;
        }
    }

    private static string Due(WorkingHours hours, string told, string amount)
    {
        Assert.True(EventTime.TryParse(told, out EventTime time));
        Assert.True(ResponseTime.TryParse(amount, out ResponseTime respond));
        Assert.Equal(amount, respond.ToString());
        return EventTime.Format(hours.After(time, respond));
    }

    private static Zone ZoneOf(string id) => Zone.TryFind(id, out Zone? zone) ? zone : throw new ArgumentException(id);
}
