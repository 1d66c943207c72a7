using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>Days of 23 and of 25 hours are days like others to whatever counts windows: the same story is told of them as of days of UTC.</summary>
public sealed class ZonedDaysTests
{
    private const int Days = 120;

    private static readonly SourcePartition Source = new("t", 0);

    public static TheoryData<string, string> Springs => new()
    {
        { "Europe/Berlin", "2026-02-01" },
        { "Europe/Berlin", "2026-09-01" },
        { "America/Sao_Paulo", "2018-09-15" },
        { "America/Havana", "2022-09-15" },
    };

    [Theory]
    [MemberData(nameof(Springs))]
    public void Symptoms_BeginAndEndAsOnOtherDays(string id, string from)
    {
        foreach ((int size, int every) in ((int, int)[])[(1, 1), (7, 1), (7, 7), (2, 1)])
        {
            string[] Story(Zone? zone)
            {
                var random = new Random(11);
                WindowSettings window = Of(zone, size, every);
                EventTime first = window.EndUpto(EventTime.From(DateTime.Parse(from) + TimeSpan.FromDays(9)));
                var symptoms = new Symptoms();
                AlertSettings settings = SymptomStory.Settings(2, 3, 3);
                var turns = new List<string>();
                for (int day = 0; day < Days; day++)
                {
                    Judgement judgement = random.Next(4) switch { 0 or 1 => Judgement.Drifting, 2 => Judgement.Steady, _ => Judgement.Insufficient };
                    if (day % 40 > 20) judgement = Judgement.Steady;
                    if (day % 40 > 34) judgement = Judgement.Insufficient;
                    ClosedWindow closed = Window(window, window.Shift(first, day), 100);
                    RuledStatistic ruled = SymptomStory.Ruled(Severity.Info, judgement);
                    SymptomTurn? turn = symptoms.Note(SymptomStory.X, closed, [ruled], DriftStream.Alerts.Story.None, settings);
                    if (turn is { IsNews: true }) turns.Add($"{day} {turn.Status} {turn.Quiet}");
                    if (random.Next(5) == 0) turns.AddRange(symptoms.Forget(closed, settings).Select(f => $"{day} forgot {f.Subject}"));
                }

                return [.. turns];
            }

            Assert.True(Story(null).Length > 1);
            Assert.Equal(Story(null), Story(Find(id)));
        }
    }

    [Theory]
    [MemberData(nameof(Springs))]
    public void Volumes_CountDaysAsOtherDays(string id, string from)
    {
        string[] Story(Zone? zone)
        {
            var random = new Random(5);
            WindowSettings window = Of(zone, 1, 1);
            EventTime first = window.EndUpto(EventTime.From(DateTime.Parse(from) + TimeSpan.FromDays(2)));
            var volumes = new Volumes();
            var told = new List<string>();
            for (int day = 0; day < Days; day++)
            {
                long rows = day is > 40 and < 44 or > 100 ? 0 : day % 7 == 6 ? 10 : random.Next(900, 1100);
                if (day is 42 or 60 or 61) continue; // windows that were never told had no row
                if (day % 9 == 0) volumes = Volumes.Restore(volumes.Save());
                VolumeReading? reading = volumes.See(Window(window, window.Shift(first, day), rows));
                string since = reading?.Since is { } time ? $"{window.Sizes(first, time)}" : "";
                told.Add($"{day} {reading?.Probability} {reading?.Expected} {since}");
            }

            return [.. told];
        }

        Assert.Contains(Story(null), s => s.EndsWith(" 41", StringComparison.Ordinal));
        Assert.Equal(Story(null), Story(Find(id)));
    }

    /// <summary>Windows that grow, and windows without a row, are as many days long as elsewhere.</summary>
    [Theory]
    [MemberData(nameof(Springs))]
    public void Windows_GrowAndAreMissedAsOnOtherDays(string id, string from)
    {
        string[] Story(Zone? zone, bool restarts)
        {
            var random = new Random(3);
            WindowSettings window = Of(zone, 1, 1) with { MinRows = 100, ExtendTo = Duration.FromDays(4) }, plain = Of(zone, 1, 1) with { Name = "plain" };
            Duration pane = zone?.Grain ?? Duration.FromDays(1);
            var model = new ModelWindows("m", ["t"], pane, new(0), new(0), [window, plain]) { MostEmpty = 3 };
            var settings = new WindowingSettings(
                ImmutableSortedDictionary<string, ModelWindows>.Empty.Add("m", model),
                new ModelWindows("", [], pane, new(0), new(0), [Of(null, 1, 1)]),
                Duration.FromDays(900), Duration.FromDays(900), Duration.FromDays(900), Duration.FromDays(900));
            EventTime first = window.EndUpto(EventTime.From(DateTime.Parse(from) + TimeSpan.FromDays(2)));
            var ledger = new WindowLedger(settings);
            var kept = new List<SealedPane>();
            var told = new List<string>();
            for (int day = 0; day < Days; day++)
            {
                EventTime start = window.Shift(first, day), end = window.Shift(first, day + 1);
                long rows = random.Next(4) switch { 0 => 0, 1 => 150, _ => random.Next(10, 60) };
                if (day % 50 > 40) rows = 0;
                // The last pane of the day, which another length of the day would put into the next.
                var last = new EntryKey("m", "", end - pane, pane, 0);
                if (rows > 0)
                    ledger.Apply(2 * day, new Frame(Source, new(day), new Variant(0, EventTime.None), new(day + 1), [new Entry(last, new(rows), [])]));
                LedgerOutput output = ledger.Apply((2 * day) + 1, new SegmentHeaders(
                    [new SegmentHeader(Source, new(day), new Variant(0, EventTime.None), new(day + 1), end, default, [], true, false, new(0), 1, 0)]));
                kept.AddRange(output.Sealed);
                told.AddRange(output.Closed.Select(w =>
                    $"{w.Window.Name} {window.Sizes(first, w.Start)} {window.Sizes(first, w.End)} {w.Rows} {w.Empty} {w.Complete}"));
                if (!restarts || day % 3 != 0) continue;
                ledger = WindowLedger.Restore(settings, ledger.Save());
                foreach (SealedPane one in kept) ledger.RestoreSealed(one);
            }

            return [.. told];
        }

        Assert.Contains(Story(null, false), s => s.EndsWith(" 0 3 True", StringComparison.Ordinal));
        Assert.Equal(Story(null, false), Story(Find(id), false));
        Assert.Equal(Story(null, false), Story(Find(id), true));
    }

    private static Zone Find(string id) => Zone.TryFind(id, out Zone? zone) ? zone : throw new ArgumentException(id);

    private static WindowSettings Of(Zone? zone, int size, int every) =>
        new("w", Duration.FromDays(size), Duration.FromDays(every), Duration.Zero, 1) { Zone = zone };

    private static ClosedWindow Window(WindowSettings window, EventTime start, long rows) => new(
        "m", "1", window, start, window.EndOf(start), true, new(rows), new(0), ImmutableSortedDictionary<string, WindowCounts>.Empty)
    {
        Lost = new Losses(default, new(rows), [], null),
    };
}
