using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Cells;

public sealed class CalendarTests
{
    private const int Rows = 3_000;

    private static readonly long Start = EventTime.From(new DateTime(2026, 3, 4, 5, 0, 0, DateTimeKind.Utc));

    private static BaselineSettings Settings(CalendarKind kind) => BaselineSettings.Of("m") with { NotFeatures = ["t"], Time = "t", Calendar = kind };

    /// <summary>The reference of a window is what one finds by looking at each row's own hour and weekday.</summary>
    [Theory]
    [InlineData(CalendarKind.HourOfWeek, 1)]
    [InlineData(CalendarKind.HourOfWeek, 5)]
    [InlineData(CalendarKind.HourOfWeek, 24)]
    [InlineData(CalendarKind.HourOfDay, 1)]
    [InlineData(CalendarKind.HourOfDay, 30)]
    public void Window_IsComparedWithRowsOfItsHours(CalendarKind kind, int hours)
    {
        (Batch batch, double[] x, DateTime[] times) = Reference();
        Baseline baseline = BaselineBuilder.Build([batch], Settings(kind)).Baseline!;
        BaselineSignal signal = baseline.Signals.Single();
        var from = new DateTime(2026, 5, 6, 22, 0, 0, DateTimeKind.Utc);
        HashSet<(DayOfWeek?, int)> asked = [.. Enumerable.Range(0, hours).Select(h => Of(from.AddHours(h)))];
        var expected = new long[signal.Layout.Cells];
        for (int i = 0; i < Rows; i++)
        {
            if (asked.Contains(Of(times[i]))) expected[signal.Layout.Edges.Count(e => e <= x[i])]++;
        }

        Assert.Equal(expected, signal.CountsIn(baseline.Calendar, EventTime.From(from), EventTime.From(from.AddHours(hours))));
        Assert.Equal(Rows, signal.Counts.Sum());

        (DayOfWeek?, int) Of(DateTime time) => (kind == CalendarKind.HourOfWeek ? time.DayOfWeek : null, time.Hour);
    }

    /// <summary>An hour that the window only touches is one of its hours; a week has all of them.</summary>
    [Fact]
    public void Slots_AreThoseThatTheWindowTouches()
    {
        var calendar = new Calendar(CalendarKind.HourOfWeek, [.. new int[168]]);
        Assert.Equal([0, 1], calendar.Of(new(EventTime.Hour / 2), new(EventTime.Hour + 1)));
        Assert.Equal([167], calendar.Of(new(-EventTime.Hour), new(0)));
        Assert.Equal(Enumerable.Range(0, 168), calendar.Of(new(0), new(30 * EventTime.Day)).Order());
    }

    /// <summary>By a zone's clocks, which are put forward and back: half an hour and a day too; a minute after midnight, so that an hour is cut.</summary>
    [Theory]
    [InlineData("Europe/Berlin", "2026-03-27")]
    [InlineData("Europe/Berlin", "2026-10-23")]
    [InlineData("Australia/Lord_Howe", "2024-04-05")]
    [InlineData("America/St_Johns", "2010-03-12")]
    [InlineData("Asia/Kathmandu", "2024-01-01")]
    public void Slots_OfAZone_AreThoseItsClocksShow(string id, string from)
    {
        Assert.True(Zone.TryFind(id, out Zone? zone));
        var calendar = new Calendar(CalendarKind.HourOfWeek, [.. new int[168]]) { Zone = zone };
        var random = new Random(3);
        EventTime first = EventTime.From(DateTime.Parse(from));
        for (int i = 0; i < 200; i++)
        {
            EventTime start = first + Duration.FromMinutes(random.Next(5 * 24 * 60)), end = start + Duration.FromMinutes(random.Next(1, 3000));
            var shown = new HashSet<int>();
            for (EventTime at = start; at < end; at += Duration.FromMinutes(1))
                shown.Add((((int)zone.DateOf(at).DayOfWeek + 3) % 7 * 24) + zone.ClockOf(at).Hour); // a week begins on Thursday
            Assert.Equal(shown.Order(), calendar.Of(start, end).Order());
        }

        Assert.Equal(168, calendar.Of(first, first + Duration.FromDays(30)).Distinct().Count());
    }

    /// <summary>A baseline whose hours are a zone's says so, and is another one than in UTC.</summary>
    [Fact]
    public void File_KeepsTheZoneOfItsCalendar()
    {
        Assert.True(Zone.TryFind("Asia/Kathmandu", out Zone? zone));
        (Batch batch, double[] x, DateTime[] times) = Reference();
        Baseline built = BaselineBuilder.Build([batch], Settings(CalendarKind.HourOfDay) with { CalendarZone = zone }).Baseline!;

        Baseline read = BaselineFile.Read(BaselineFile.Write(built), out string problem)!;

        Assert.Equal("", problem);
        Assert.Equal((5, built.Hash, zone), (BaselineFile.Write(built)[4], read.Hash, read.Calendar!.Zone));
        Assert.NotEqual(BaselineBuilder.Build([batch], Settings(CalendarKind.HourOfDay)).Baseline!.Hash, built.Hash);
        EventTime six = EventTime.From(new DateTime(2026, 5, 6, 0, 15, 0)); // in Kathmandu
        int hour = times.Count(t => t.AddMinutes(345).Hour == 6);
        Assert.Equal(hour, read.Signals[0].CountsIn(read.Calendar, six, six + Duration.FromHours(1)).Sum());
        Assert.InRange(hour, 50, 300);
    }

    [Fact]
    public void File_KeepsCalendarAndClusters()
    {
        (Batch batch, _, _) = Reference();
        Baseline built = BaselineBuilder.Build([batch], Settings(CalendarKind.HourOfWeek)).Baseline!;
        Baseline baseline = BaselineFile.Hashed(built with
        {
            Signals = [built.Signals[0] with { Clusters = [new(50, 40, 1.5, 1, 2.25, 1.5), new(100.5, 20, 3, 1.75, 1, 4.5)] }],
        });
        byte[] file = BaselineFile.Write(baseline);
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal("", problem);
        Assert.Equal((2, baseline.Hash), (file[4], read.Hash));
        Assert.NotEqual(built.Hash, baseline.Hash);
        Assert.Equal(baseline.Signals[0].Clusters, read.Signals[0].Clusters);
        Assert.Equal(baseline.Calendar!.Hours, read.Calendar!.Hours);
        Assert.Equal(
            baseline.Signals[0].CountsIn(baseline.Calendar, new(Start), new(Start + EventTime.Hour)),
            read.Signals[0].CountsIn(read.Calendar, new(Start), new(Start + EventTime.Hour)));
        Assert.Equal(1, BaselineFile.Write(BaselineFile.Hashed("m", 1, []))[4]); // what has neither is the file it always was
    }

    [Theory]
    [InlineData("null", "2 of 4 rows have no time in 't', and the calendar cannot place them: leave them out of the reference")]
    [InlineData("number", "column 't' is float64, which is no time")]
    [InlineData("integer", "column 't' is int64, which is no time: name its unit, time: { column: t, unit: ms }")]
    [InlineData("none", "the time column 't' is not in the reference")]
    public void RowsWithoutTimes_AreAProblem(string times, string expected)
    {
        BatchBuilder rows = new BatchBuilder().Add("x", Columns.Of<double>([1, 2]));
        if (times == "null") rows.Add("t", Columns.Times([(long?)5, null]));
        if (times == "number") rows.Add("t", Columns.Of<double>([1, 2]));
        if (times == "integer") rows.Add("t", Columns.Of<long>([1, 2]));
        Batch batch = rows.Build();
        BaselineResult result = BaselineBuilder.Build([batch, batch], Settings(CalendarKind.HourOfDay));
        Assert.Null(result.Baseline);
        Assert.Equal(expected, Assert.Single(result.Problems));
    }

    private static (Batch Batch, double[] X, DateTime[] Times) Reference()
    {
        var random = new Random(1);
        double[] x = [.. Enumerable.Range(0, Rows).Select(_ => Math.Round(random.NextDouble() * 20))];
        long[] times = [.. Enumerable.Range(0, Rows).Select(_ => Start + (long)(random.NextDouble() * 20 * EventTime.Day))];
        Batch batch = new BatchBuilder().Add("x", Columns.Of<double>(x)).Add("t", Columns.Times(times)).Build();
        return (batch, x, [.. times.Select(t => DateTime.UnixEpoch.AddTicks(t * 10))]);
    }
}
