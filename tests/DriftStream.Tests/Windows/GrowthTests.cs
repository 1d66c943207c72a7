using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Windows;

/// <summary>Windows with too few rows grow: against a slow obvious implementation, with restarts, and every row in one window.</summary>
public sealed class GrowthTests
{
    private const long Size = 10, ExtendTo = 40, MinRows = 100;

    private static readonly SourcePartition Source = new("t", 0);

    private static readonly WindowSettings Window = new("10", new(Size), new(Size), new(0), MinRows) { ExtendTo = new(ExtendTo) };

    private static WindowingSettings Settings(params ImmutableArray<WindowSettings> windows) => new(
        ImmutableSortedDictionary<string, ModelWindows>.Empty.Add("m", new ModelWindows("m", ["t"], new(Size), new(0), new(0), windows)),
        new ModelWindows("", [], new(Size), new(0), new(0), [new WindowSettings("10", new(Size), new(Size), new(0), 0)]), new(40), new(18), new(20), new(12));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Windows_GrowAsTheSlowWayDoes(bool restarts)
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            int panes = random.Next(3, 40);
            (string Version, long Rows)[][] rows =
            [
                .. Enumerable.Range(0, panes).Select(_ => Enumerable.Range(0, 2).Where(_ => random.Next(4) > 0)
                    .Select(v => ($"v{v}", random.Next(3) == 0 ? random.Next(80, 200) : (long)random.Next(1, 60))).ToArray()),
            ];
            List<(string, long, long, long)> expected = [.. Enumerable.Range(0, 2).SelectMany(v => Slow(rows, $"v{v}"))];
            List<(string, long, long, long)> closed = Closed(rows, restarts ? random : null);
            Assert.Equal(expected.OrderBy(w => (w.Item3, w.Item1)), closed.OrderBy(w => (w.Item3, w.Item1)));
            // What is in no window yet is what still grows: less than is needed, and not for long.
            long all = rows.SelectMany(r => r).Sum(r => r.Rows);
            Assert.InRange(all - closed.Sum(w => w.Item4), 0, 2 * (MinRows - 1));
        }
    }

    /// <summary>Counts of a grown window are those of its parts; and it is one window for the rest of the engine.</summary>
    [Fact]
    public void GrownWindow_HoldsTheCountsOfItsParts()
    {
        var ledger = new WindowLedger(Settings(Window));
        Assert.Empty(Send(ledger, 0, [("", 40)]).Closed);
        Assert.Empty(Send(ledger, 1, [("", 50)]).Closed);
        ClosedWindow grown = Assert.Single(Send(ledger, 2, [("", 30)]).Closed);
        Assert.Equal((0, 30, 120), (grown.Start.Microseconds, grown.End.Microseconds, grown.Rows.Value));
        Assert.Equal(120, grown.Counts["x"].Rows);
        Assert.True(grown.Complete);
    }

    /// <summary>A plan that lacks the window ends what grows, as it ends every window.</summary>
    [Fact]
    public void GrowingWindow_IsToldWhenAPlanDropsIt()
    {
        WindowSettings other = new("20", new(20), new(20), new(0), 0);
        var ledger = new WindowLedger(epoch => epoch == 0 ? Settings(Window, other) : Settings(other), 0);
        Send(ledger, 0, [("", 40)]);
        LedgerOutput output = ledger.Apply(9, Header(1, 10, plan: 1));
        ClosedWindow cut = Assert.Single(output.Closed, w => w.Window.Name == "10");
        Assert.Equal((0, 40, false, 1L), (cut.Start.Microseconds, cut.Rows.Value, cut.Complete, cut.CutBy));
    }

    private static List<(string, long, long, long)> Closed((string Version, long Rows)[][] rows, Random? restarts)
    {
        WindowingSettings settings = Settings(Window);
        var ledger = new WindowLedger(settings);
        var kept = new List<SealedPane>();
        var closed = new List<(string, long, long, long)>();
        for (int pane = 0; pane <= rows.Length; pane++)
        {
            LedgerOutput output = Send(ledger, pane, pane < rows.Length ? rows[pane] : []);
            kept.AddRange(output.Sealed);
            closed.AddRange(output.Closed.Select(w => (w.Version, w.Start.Microseconds, w.End.Microseconds, w.Rows.Value)));
            if (restarts?.Next(3) != 0) continue;
            ledger = WindowLedger.Restore(settings, ledger.Save());
            foreach (SealedPane one in kept) ledger.RestoreSealed(one);
        }

        return closed;
    }

    private static IEnumerable<(string Version, long Start, long End, long Rows)> Slow((string Version, long Rows)[][] rows, string version)
    {
        long? start = null;
        long sum = 0;
        for (int pane = 0; pane <= rows.Length; pane++)
        {
            long now = pane == rows.Length ? 0 : rows[pane].Where(r => r.Version == version).Sum(r => r.Rows), end = (pane + 1) * Size;
            if (start is null && now == 0) continue;
            start ??= end - Size;
            sum += now;
            if (sum < MinRows && end - start < ExtendTo) continue;
            yield return (version, start.Value, end, sum);
            (start, sum) = (null, 0);
        }
    }

    // A segment of its own for each pane, and a header that ends it.
    private static LedgerOutput Send(WindowLedger ledger, int pane, (string Version, long Rows)[] rows)
    {
        Entry[] entries =
        [
            .. rows.Select(r => new Entry(new EntryKey("m", r.Version, new(pane * Size), new(Size), 0), new(r.Rows), [new SignalCounts("x", 1, [r.Rows])])),
        ];
        if (entries.Length > 0) ledger.Apply(2 * pane, new Frame(Source, new(pane), new Variant(0, EventTime.None), new(pane + 1), [.. entries]));
        return ledger.Apply((2 * pane) + 1, Header(pane + 1, (pane + 1) * Size, segment: pane));
    }

    private static SegmentHeaders Header(long upto, long watermark, long segment = 0, long plan = 0) => new(
        [new SegmentHeader(Source, new(segment), new Variant(0, EventTime.None), new(upto), new(watermark), default, [], true, false, new(0), 1, plan)]);
}
