using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Tests.Laws;

/// <summary>A row of a log around changes of the clocks; its number is a category of its own.</summary>
internal sealed record ZonedRow(int Id, EventTime Time);

/// <summary>A random log of two partitions over some weeks of a zone, and the counters that count it.</summary>
internal sealed class ZonedLog
{
    public const int Partitions = 2;

    private static readonly Duration Lateness = Duration.FromHours(3);

    private readonly ZonedRow[][] _logs;

    /// <param name="model">What counts it: its pane and its offset are taken.</param>
    /// <param name="from">Event time of the first row.</param>
    /// <param name="to">Of the last ones, which close what was before.</param>
    /// <param name="rows">How many rows a partition has.</param>
    /// <param name="random">When they come.</param>
    public ZonedLog(ModelWindows model, EventTime from, EventTime to, int rows, Random random)
    {
        Layout = Layout.Categorical([.. Enumerable.Range(0, Partitions * (rows + 1)).Select(r => $"{r}")]);
        Signals = [new("row", SignalRole.Feature, ["row"], Layout, [1, .. new long[Layout.Cells - 1]])];
        _logs = [.. Enumerable.Range(0, Partitions).Select(p => Log(p, from, to, rows, random))];
        var counted = new CountedModel(
            "m", "time", new VersionSource(), null, null, Signals, model.PaneSize, model.PaneOffset, Lateness, TimeUnit.Microsecond);
        Counting = new CountingSettings(
            0, ImmutableSortedDictionary<string, SourceTopic>.Empty.Add("t", new SourceTopic("t", MessageFormat.Json, null, [counted])),
            MaxFuture: Duration.FromDays(1), SegmentBytes: 40, Duration.FromHours(100), Duration.FromHours(1));
        Windowing = new WindowingSettings(
            ImmutableSortedDictionary<string, ModelWindows>.Empty.Add("m", model with { AllowedLateness = Lateness }),
            new ModelWindows("", [], Duration.FromHours(1), new(0), new(0),
                [new WindowSettings("1h", Duration.FromHours(1), Duration.FromHours(1), new(0), 0)]),
            Duration.FromDays(1000), Duration.FromDays(1000), Duration.FromDays(1), Duration.FromDays(1000));
    }

    public Layout Layout { get; }

    public ImmutableArray<BaselineSignal> Signals { get; }

    public CountingSettings Counting { get; }

    public WindowingSettings Windowing { get; }

    public IEnumerable<ZonedRow> Rows => _logs.SelectMany(l => l);

    /// <summary>What counters write of one partition, at random flushes; a counter that dies is followed by one that begins at its segment's start.</summary>
    public List<byte[]> Count(int p, Random random)
    {
        var written = new List<byte[]>();
        var source = new SourcePartition("t", p);
        using var lane = new CountingLane(Counting, new InputLimits());
        (long start, EventTime watermark) = (0, EventTime.None);
        var counter = new PartitionCounter(Counting, source, new(start), watermark);
        for (int i = 0; i < _logs[p].Length; i++)
        {
            if (random.Next(30) == 0)
            {
                counter = new PartitionCounter(Counting, source, new(start), watermark);
                i = (int)start;
            }

            ZonedRow row = _logs[p][i];
            byte[] payload = Encoding.UTF8.GetBytes($$"""[{"time":{{row.Time}},"row":"{{row.Id}}"}]""");
            counter.Add(new SourceRecord(new(i), row.Time, payload, false, [], 2), lane);
            if (counter.IsFull)
            {
                Flushed flushed = counter.Finish(counter.Upto, new(0), Partitions);
                Write(flushed, written);
                (start, watermark) = (flushed.Position!.Next, flushed.Position.Watermark);
            }
            else if (random.Next(5) == 0)
            {
                Write(counter.Flush(new(0), Partitions, idle: false), written);
            }
        }

        Write(counter.Flush(new(0), Partitions, idle: false), written);
        return written;
    }

    // Times go on, but some rows come up to three hours late; at last one that closes all windows before it.
    private static ZonedRow[] Log(int p, EventTime from, EventTime to, int rows, Random random)
    {
        long step = (to - from).Microseconds / rows;
        return
        [
            .. Enumerable.Range(0, rows).Select(i => new ZonedRow((p * (rows + 1)) + i, new(from + (i * step) + random.NextInt64(Lateness)))),
            new ZonedRow((p * (rows + 1)) + rows, to + Duration.FromDays(30)),
        ];
    }

    private static void Write(Flushed flushed, List<byte[]> written)
    {
        SegmentHeader header = flushed.Header;
        var bytes = new ArrayBufferWriter<byte>();
        if (flushed.Entries.Length > 0)
        {
            FrameCodec.Write(new Frame(header.Source, header.Segment, header.Variant, header.Upto, flushed.Entries), bytes);
            written.Add(bytes.WrittenSpan.ToArray());
        }

        bytes = new ArrayBufferWriter<byte>();
        FrameCodec.Write([header], bytes);
        written.Add(bytes.WrittenSpan.ToArray());
        flushed.Release();
    }
}
