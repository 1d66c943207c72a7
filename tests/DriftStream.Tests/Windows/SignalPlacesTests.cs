using System.Buffers;
using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Windows;

/// <summary>Counts add up at their places; wherever a signal stands in a frame, the sums are those of a search by name and layout.</summary>
public sealed class SignalPlacesTests
{
    private const int Segments = 5, Panes = 2, Parts = 2;

    private static readonly Layout[] Layouts = [Layout.Numeric([]), Layout.Numeric([1]), Layout.Numeric([1, 2])];

    private static readonly string[] Names = ["d", "a", "group:a", "c", "b"];

    // A pane is 10, a window of two panes is 20 and moves by one pane.
    private static readonly WindowingSettings Settings = new(
        ImmutableSortedDictionary<string, ModelWindows>.Empty.Add(
            "m", new ModelWindows("m", ["t"], new(10), new(0), new(0), [new WindowSettings("20", new(20), new(10), new(0), 0)])),
        new ModelWindows("", [], new(10), new(0), new(0), [new WindowSettings("10", new(10), new(10), new(0), 0)]),
        new(40),
        new(18),
        new(20),
        new(12));

    [Fact]
    public void Sums_OfSignalsInAnyOrder_AreThoseByNameAndLayout()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            bool severalPlans = random.Next(3) == 0;
            Frame[] frames = [.. Enumerable.Range(0, Segments).Select(s => RandomFrame(random, s, severalPlans))];
            byte[][] before = [.. frames.Select(Bytes)];
            LedgerOutput output = Applied(frames, complete: random.Next(2) == 0);
            // What is shared with a frame is not changed: another ledger may be given the same one.
            Assert.Equal(before, frames.Select(Bytes));
            var panes = new SortedDictionary<EntryKey, List<SignalCounts>>();
            foreach (IGrouping<EntryKey, (long Epoch, Entry Entry)> pane in frames
                .SelectMany(f => f.Entries.Select(e => (f.Variant.Epoch, e))).GroupBy(e => e.e.Key))
            {
                List<SignalCounts> sums = SlowSums(pane.SelectMany(e => e.Entry.Signals));
                bool sorted = pane.Select(e => e.Epoch).Distinct().Count() > 1;
                panes.Add(pane.Key, sorted ? [.. sums.OrderBy(s => s.Signal, StringComparer.Ordinal).ThenBy(s => s.Layout)] : sums);
            }

            Assert.Equal(panes.Select(p => (p.Key, Text(p.Value))), output.Sealed.Select(p => (p.Key, Text(p.Entry.Signals))));
            foreach (ClosedWindow window in output.Closed)
            {
                IEnumerable<SignalCounts> held = panes.Where(p => p.Key.Start >= window.Start && p.Key.End <= window.End).SelectMany(p => p.Value);
                Check(SlowSums(held).ToLookup(s => s.Signal, StringComparer.Ordinal), window);
            }

            Assert.NotEmpty(output.Closed);
        }
    }

    private static LedgerOutput Applied(Frame[] frames, bool complete)
    {
        var ledger = new WindowLedger(_ => Settings, 0);
        LedgerOutput output = LedgerOutput.Nothing;
        for (int i = 0; i < frames.Length; i++)
        {
            Assert.True(output.IsEmpty);
            Frame f = frames[i];
            ledger.Apply(2 * i, f);
            // Event time moves with the last header only: until then everything is open, and the last segment may be so then.
            bool last = i == frames.Length - 1;
            var header = new SegmentHeader(
                f.Source, f.Segment, f.Variant, f.Upto, new(last ? 10 * (Panes + 2) : EventTime.None), default, [], complete || !last, false, new(0), 1);
            output = ledger.Apply((2 * i) + 1, new SegmentHeaders([header]));
        }

        return output;
    }

    // As a counter writes it, or with its signals in another order, some of them missing, twice, or in other cells.
    private static Frame RandomFrame(Random random, int segment, bool severalPlans)
    {
        long epoch = severalPlans ? random.Next(2) : 0;
        var entries = new List<Entry>();
        for (int pane = 0; pane < Panes; pane++)
        {
            for (int part = 0; part < Parts; part++)
            {
                if (random.Next(6) == 0) continue;
                var signals = Names.Select((name, i) => Counts(random, $"{name}{part}", i % Layouts.Length, 0)).ToList();
                switch (random.Next(5))
                {
                    case 0:
                        signals = [.. signals.OrderBy(_ => random.Next()).Take(random.Next(signals.Count + 1))];
                        break;
                    case 1:
                        // Of two plans' counts with one layout and two lengths the order is not told.
                        int more = severalPlans ? 0 : random.Next(2);
                        signals.Add(Counts(random, signals[random.Next(signals.Count)].Signal, random.Next(Layouts.Length), more));
                        signals.Add(Counts(random, $"{Names[random.Next(Names.Length)]}{1 - part}", random.Next(Layouts.Length), 0));
                        break;
                    default:
                        break;
                }

                entries.Add(new Entry(new EntryKey("m", "", new(10 * pane), new(10), part), new(part == 0 ? 1 : 0), [.. signals]));
            }
        }

        if (entries.Count == 0) entries.Add(new Entry(new EntryKey("m", "", new(0), new(10), 0), new(1), []));
        return new Frame(new SourcePartition("t", 0), new(segment), new Variant(epoch, EventTime.None), new(segment + 1), [.. entries]);
    }

    private static SignalCounts Counts(Random random, string signal, int layout, int more)
    {
        var cells = new long[Layouts[layout].Cells + more];
        for (int i = 0; i < cells.Length; i++) cells[i] = random.Next(3) == 0 ? 0 : random.NextInt64(1L << 40);
        return new SignalCounts(signal, Layouts[layout].Key, cells);
    }

    private static List<SignalCounts> SlowSums(IEnumerable<SignalCounts> all)
    {
        var sums = new OrderedDictionary<(string, ulong, int), SignalCounts>();
        foreach (SignalCounts counts in all)
        {
            (string, ulong, int) key = (counts.Signal, counts.Layout, counts.Cells.Length);
            if (!sums.TryGetValue(key, out SignalCounts? sum))
                sums.Add(key, sum = new SignalCounts(counts.Signal, counts.Layout, new long[counts.Cells.Length]));
            for (int i = 0; i < counts.Cells.Length; i++) sum.Cells[i] += counts.Cells[i];
        }

        return [.. sums.Values];
    }

    private static string Text(IEnumerable<SignalCounts> all) =>
        string.Join('\n', all.Select(c => $"{c.Signal} {c.Layout:x16} {string.Join(' ', c.Cells)}"));

    private static void Check(ILookup<string, SignalCounts> expected, ClosedWindow window)
    {
        Assert.Equal(expected.Select(e => e.Key).Order(StringComparer.Ordinal), window.Counts.Keys);
        foreach ((string signal, WindowCounts counts) in window.Counts)
        {
            Assert.Equal(expected[signal].Select(s => s.Layout), counts.Layouts);
            Assert.Equal(expected[signal].Sum(s => s.Cells.Sum()), counts.Rows);
            foreach (Layout layout in Layouts)
            {
                SignalCounts? part = expected[signal].FirstOrDefault(s => s.Layout == layout.Key && s.Cells.Length == layout.Cells);
                Assert.Equal(part?.Cells ?? new long[layout.Cells], counts.Part(layout));
            }
        }
    }

    private static byte[] Bytes(Frame frame)
    {
        var buffer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(frame, buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
