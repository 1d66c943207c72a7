using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Windows;

/// <summary>Rows of references over panes of an hour: which hours enter, and what is kept for them.</summary>
public sealed class StreamRowsTests
{
    private const long Hour = EventTime.Hour;

    private static readonly SourcePartition Source = new("t", 0);

    private static readonly ImmutableDictionary<(string, string), ImmutableArray<Stretch>> Nothing =
        ImmutableDictionary<(string, string), ImmutableArray<Stretch>>.Empty;

    [Theory]
    [InlineData(CalendarKind.HourOfDay, 24)]
    [InlineData(CalendarKind.HourOfWeek, 168)]
    public void Calendar_TakesTheHoursOfTheWindow(CalendarKind kind, int cycle)
    {
        var reference = new StreamReference(StreamRowsOf.Rolling, Duration.FromDays(20)) { Ending = Duration.FromDays(2), Calendar = kind };
        var ledger = new WindowLedger(Settings(reference));
        int asked = 0;
        for (int hour = 0; hour < 800; hour++)
        {
            // As many rows as the hour's number: a sum tells which hours are in it.
            foreach (ClosedWindow window in Send(ledger, hour, new SignalCounts("x", 1, [hour + 1])))
            {
                long expected = Enumerable.Range(0, 800).Where(h => h >= hour - (22 * 24) && h < hour - 48 && (hour - h) % cycle == 0).Sum(h => (long)h + 1);
                StreamRows rows = ledger.Reference(window, reference, Nothing)!;
                Assert.Equal(expected, rows.Rows);
                Assert.Equal(expected, rows.Counts.TryGetValue("x", out WindowCounts? counts) ? counts.Rows : 0);
                asked++;
            }
        }

        Assert.Equal(800, asked);
    }

    /// <summary>Panes are kept as long as a window may ask for them, and no longer.</summary>
    [Fact]
    public void Panes_AreKeptAsFarAsReferencesReach()
    {
        var ledger = new WindowLedger(Settings(new StreamReference(StreamRowsOf.Rolling, Duration.FromHours(10)) { Ending = Duration.FromHours(5) }));
        for (int hour = 0; hour < 100; hour++) Send(ledger, hour, new SignalCounts("x", 1, [1]));
        // The window that began at 99 was judged last: 15 hours before it, and what time moved by then.
        Assert.InRange((99 * Hour) - ledger.KeptFrom("m"), 14 * Hour, 16 * Hour);
        var without = new WindowLedger(Settings());
        for (int hour = 0; hour < 100; hour++) Send(without, hour, new SignalCounts("x", 1, [1]));
        Assert.Equal((99 * Hour) + 1, without.KeptFrom("m").Microseconds);
    }

    [Fact]
    public void PaneThatWasGivenUp_DoesNotEnter()
    {
        var reference = new StreamReference(StreamRowsOf.Rolling, Duration.FromHours(3));
        var ledger = new WindowLedger(Settings(reference));
        Send(ledger, 0, new SignalCounts("x", 1, [5]));
        Send(ledger, 1, PaneFault.Of("out of luck"), rows: 7);
        ClosedWindow window = Assert.Single(Send(ledger, 2, new SignalCounts("x", 1, [5])));
        Assert.Equal(5, ledger.Reference(window, reference, Nothing)!.Rows);
    }

    private static WindowingSettings Settings(params ImmutableArray<StreamReference> references)
    {
        WindowSettings window = new("1h", new(Hour), new(Hour), new(0), 0);
        ModelWindows model = new ModelWindows("m", ["t"], new(Hour), new(0), new(0), [window]) { References = references };
        return new WindowingSettings(
            ImmutableSortedDictionary<string, ModelWindows>.Empty.Add("m", model),
            new ModelWindows("", [], new(Hour), new(0), new(0), [window]), new(Hour), new(18), new(Hour), new(12));
    }

    private static IReadOnlyList<ClosedWindow> Send(WindowLedger ledger, int hour, SignalCounts counts, long? rows = null)
    {
        var variant = new Variant(0, EventTime.None);
        var entry = new Entry(new EntryKey("m", "", new(hour * Hour), new(Hour), 0), new(rows ?? counts.Cells.Sum()), [counts]);
        ledger.Apply(2 * hour, new Frame(Source, new(hour), variant, new(hour + 1), [entry]));
        SegmentHeader header = new(Source, new(hour), variant, new(hour + 1), new((hour + 1) * Hour), default, [], true, false, new(0), 1, 0);
        return ledger.Apply((2 * hour) + 1, new SegmentHeaders([header])).Closed;
    }
}
