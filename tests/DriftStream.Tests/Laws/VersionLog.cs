using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Tests.Laws;

/// <summary>A row of a log of many versions; its number is a category of its own.</summary>
internal sealed record VersionRow(int Id, int Partition, long Offset, long Time, string Version);

/// <summary>
/// A random log of two partitions in which versions come and go, the counters that count it, and the obvious computation of which rows
/// are counted under their version and which among the rest.
/// </summary>
internal sealed class VersionLog
{
    public const int Partitions = 2, Pane = 10;

    public static readonly ImmutableArray<WindowSettings> Windows = [new("20", new(20), new(10), new(0), 0), new("10", new(10), new(10), new(0), 0)];

    private const int Lateness = 20, RowsEach = 90;

    private static readonly string[] Names = ["", "e", "d", "c", "b", "a", "(other versions)"];

    private readonly List<VersionRow>[] _logs;
    private readonly Dictionary<(int Partition, long Offset), int> _bytes = [];

    public VersionLog(Random random)
    {
        Most = random.Next(1, 4);
        SegmentBytes = random.Next(3) switch { 0 => 20, 1 => 60, _ => 10_000 };
        _logs = [.. Enumerable.Range(0, Partitions).Select(_ => new List<VersionRow>())];
        for (int id = 0; id < Partitions * RowsEach; id++)
        {
            int p = id / RowsEach, at = id % RowsEach;
            // A name has its time, so that the first ones of a pane are not always the same.
            string name = Names[(random.Next(4) + (at / 15)) % Names.Length];
            long offset = _logs[p].Count == 0 ? 0 : _logs[p][^1].Offset + (random.Next(3) == 0 ? 0 : random.Next(1, 3));
            _logs[p].Add(new VersionRow(id, p, offset, at + random.Next(Pane), name));
            _bytes[(p, offset)] = random.Next(1, 9);
        }

        for (int p = 0; p < Partitions; p++)
        {
            long offset = _logs[p][^1].Offset + 1;
            _logs[p].Add(new VersionRow((Partitions * RowsEach) + p, p, offset, 1000, ""));
            _bytes[(p, offset)] = 1;
        }

        Layout = Layout.Categorical([.. Enumerable.Range(0, (Partitions * RowsEach) + Partitions).Select(r => $"{r}")]);
        ImmutableArray<BaselineSignal> signals = [new("row", SignalRole.Feature, ["row"], Layout, [1, .. new long[Layout.Cells - 1]])];
        var model = new CountedModel(
            "m", "time", new VersionSource(Column: "version"), null, null, signals, new(Pane), new(0), new(Lateness), TimeUnit.Microsecond);
        Counting = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", new SourceTopic("t", MessageFormat.Json, null, [model])),
            MaxFuture: new(10), SegmentBytes, Duration.FromHours(1), new(Pane))
        {
            Versions = Most,
        };
        Windowing = new WindowingSettings(
            ImmutableSortedDictionary<string, ModelWindows>.Empty.Add("m", new ModelWindows("m", ["t"], new(Pane), new(0), new(Lateness), Windows)),
            new ModelWindows("", [], new(Pane), new(0), new(0), [Windows[0]]), new(1_000_000), new(1_000_000), new(10), new(1_000_000))
        {
            Versions = Most,
        };
        Signals = signals;
    }

    public int Most { get; }

    public long SegmentBytes { get; }

    public Layout Layout { get; }

    public ImmutableArray<BaselineSignal> Signals { get; }

    public CountingSettings Counting { get; }

    public WindowingSettings Windowing { get; }

    public IEnumerable<VersionRow> Rows => _logs.SelectMany(l => l);

    /// <summary>What counters write of one partition: one after the other dies, and the next begins at the last segment's start.</summary>
    /// <param name="p">The partition.</param>
    /// <param name="random">When they flush and die.</param>
    /// <param name="change">What a mutant makes of a frame; null for the real one.</param>
    public List<byte[]> Count(int p, Random random, Func<Frame, Frame>? change)
    {
        var written = new List<byte[]>();
        var source = new SourcePartition("t", p);
        using var lane = new CountingLane(Counting, new InputLimits());
        (long start, long watermark) = (0, EventTime.None);
        var counter = new PartitionCounter(Counting, source, new(start), new(watermark));
        IGrouping<long, VersionRow>[] messages = [.. _logs[p].GroupBy(r => r.Offset)];
        for (int i = 0; i < messages.Length; i++)
        {
            if (random.Next(20) == 0)
            {
                counter = new PartitionCounter(Counting, source, new(start), new(watermark));
                i = Array.FindIndex(messages, m => m.Key >= start);
            }

            byte[] payload = Payload(messages[i]);
            counter.Add(new SourceRecord(new(messages[i].Key), new(messages[i].Max(r => r.Time)), payload, false, [], _bytes[(p, messages[i].Key)]), lane);
            if (counter.IsFull)
            {
                Flushed flushed = counter.Finish(counter.Upto, new(0), Partitions);
                Write(flushed, change, written);
                (start, watermark) = (flushed.Position!.Next, flushed.Position.Watermark);
            }
            else if (random.Next(4) == 0)
            {
                Write(counter.Flush(new(0), Partitions, idle: false), change, written);
            }
        }

        Write(counter.Flush(new(0), Partitions, idle: false), change, written);
        return written;
    }

    /// <summary>Where every row of a window is to be found: under its version, or under null for the rest. Slow, and in the order of the logs.</summary>
    public Dictionary<int, string?> Expected(long from, long to)
    {
        var own = new HashSet<(long Pane, int Id)>();
        var ranks = new List<(long Pane, int Rank, string Name)>();
        for (long pane = from; pane < to; pane += Pane)
        {
            List<string>[] firsts = [.. _logs.Select(log => First(Of(log, pane)))];
            var ranked = new List<string>();
            for (int place = 0; place < Most; place++)
            {
                foreach (List<string> first in firsts.Where(f => f.Count > place && !ranked.Contains(f[place]))) ranked.Add(first[place]);
            }

            ranked = [.. ranked.Take(Most)];
            ranks.AddRange(ranked.Select((name, rank) => (pane, rank, name)));
            for (int p = 0; p < Partitions; p++)
            {
                foreach (IGrouping<int, VersionRow> segment in Of(_logs[p], pane).GroupBy(SegmentOf))
                {
                    List<string> here = First(segment);
                    foreach (VersionRow row in segment)
                    {
                        if (here.Contains(row.Version) && firsts[p].Contains(row.Version) && ranked.Contains(row.Version)) own.Add((pane, row.Id));
                    }
                }
            }
        }

        string[] shown = [.. ranks.Order().Select(r => r.Name).Distinct().Take(Most)];
        return Rows.Where(r => from <= r.Time && r.Time < to).ToDictionary(
            r => r.Id,
            r => r.Version.Length == 0 || (own.Contains((r.Time / Pane * Pane, r.Id)) && shown.Contains(r.Version)) ? r.Version : null);
    }

    private List<string> First(IEnumerable<VersionRow> rows) => [.. rows.Select(r => r.Version).Where(v => v.Length > 0).Distinct().Take(Most)];

    private static IEnumerable<VersionRow> Of(List<VersionRow> log, long pane) => log.Where(r => pane <= r.Time && r.Time < pane + Pane);

    private int SegmentOf(VersionRow row)
    {
        (int segment, long bytes) = (0, 0);
        foreach (long offset in _logs[row.Partition].Select(r => r.Offset).Distinct().TakeWhile(o => o < row.Offset))
        {
            bytes += _bytes[(row.Partition, offset)];
            if (bytes >= SegmentBytes) (segment, bytes) = (segment + 1, 0);
        }

        return segment;
    }

    private static byte[] Payload(IEnumerable<VersionRow> rows) => Encoding.UTF8.GetBytes(
        "[" + string.Join(",", rows.Select(r =>
            $$"""{"time":{{r.Time}},"row":"{{r.Id}}","version":{{(r.Version.Length == 0 ? "null" : JsonSerializer.Serialize(r.Version))}}}""")) + "]");

    private static void Write(Flushed flushed, Func<Frame, Frame>? change, List<byte[]> written)
    {
        SegmentHeader header = flushed.Header;
        if (flushed.Entries.Length > 0)
        {
            var frame = new Frame(header.Source, header.Segment, header.Variant, header.Upto, flushed.Entries);
            var bytes = new ArrayBufferWriter<byte>();
            FrameCodec.Write(change is null ? frame : change(frame), bytes);
            written.Add(bytes.WrittenSpan.ToArray());
        }

        var output = new ArrayBufferWriter<byte>();
        FrameCodec.Write([header], output);
        written.Add(output.WrittenSpan.ToArray());
        flushed.Release();
    }
}
