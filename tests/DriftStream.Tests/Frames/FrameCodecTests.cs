using System.Buffers;
using System.Collections.Immutable;
using CsCheck;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Tests.Batches;
using Xunit;

namespace DriftStream.Tests.Frames;

[Collection(Alone.Name)]
public sealed class FrameCodecTests
{
    private static readonly string[] Words = ["", "a", "model-7", "Ünïcödé 日本語", new string('x', 300)];

    private static readonly Gen<string> Text = Gen.Int[0, Words.Length - 1].Select(i => Words[i]);

    private static readonly Gen<SourcePartition> Source = Gen.Select(Text, Gen.Int[0, int.MaxValue], (topic,
        p) => new SourcePartition(topic, p));

    private static readonly Gen<Variant> Variants = Gen.Select(Gen.Long, Gen.Long, (epoch, watermark) => new Variant(epoch, new(watermark)));

    private static readonly Gen<long[]> Counts = Gen.Frequency((3, Gen.Const(0L)), (1, Gen.Long)).Array[0, 40];

    private static readonly Gen<Entry> Entries =
        from model in Text
        from version in Text
        from start in Gen.Long
        from size in Gen.Long
        from part in Gen.Int[0, 1000]
        from unowned in Gen.Bool
        from rest in Gen.Bool
        from seen in Gen.Int[0, 1000]
        from rows in Gen.Long
        from signals in Gen.Select(Text, Gen.ULong, Counts, (name, layout, cells) => new SignalCounts(name, layout, cells)).Array[0, 4]
        select new Entry(new EntryKey(model, version, new(start), new(size), part, unowned, rest), new(rows), [.. signals]) { Seen = seen };

    private static readonly Gen<Frame> Frames = Gen.Select(Source, Gen.Long, Variants, Gen.Long, Entries.Array[0, 4],
        (source, segment, variant, upto, entries) => new Frame(source, new(segment), variant, new(upto), [.. entries]));

    private static readonly Gen<SegmentHeader> Headers =
        from source in Source
        from variant in Variants
        from n in Gen.Long.Array[15]
        from lost in Gen.Select(
            Text, Gen.Long, Gen.Long, Gen.Long, Gen.Long,
            (model, late, future, rejected, unreadable) => new LostRows(model, new(late), new(future), new(rejected), unreadable)
            {
                Why = late % 4 == 0 ? $"column '{model}' is utf8" : null,
            }).Array[0, 3]
        from moved in Gen.Bool
        from complete in Gen.Bool
        from idle in Gen.Bool
        from partitions in Gen.Int[0, int.MaxValue]
        select new SegmentHeader(
            source, new(n[0]), variant, new(n[1]), new(n[2]),
                new FateCounts(new(n[3]), new(n[4]), new(n[5]), new(n[6]), new(n[7]), new(n[8]), n[9], n[10], n[11])
                {
                    Labels = new(n[3] % 3 == 0 ? Math.Abs(n[4] / 2) : 0),
                },
                [.. lost],
                complete, idle, new(n[12]), partitions, n[14], moved ? new WatermarkRecord(new(n[13]), new(n[0])) : null)
        {
            PlanHash = (ulong)n[4],
            EpochHash = (ulong)n[5],
            LostUpto = n[6] % 3 == 0 ? new(n[7]) : DriftStream.Time.EventTime.None,
        };

    [Fact]
    public void Frame_ReadsBack() => Frames.Sample(frame => Same(frame, FrameCodec.Read(Bytes(o => FrameCodec.Write(frame, o)))),
        iter: 2000);

    [Fact]
    public void Pane_ReadsBack() => Gen.Select(
        Entries, Gen.Long.Array[0, 3], Gen.Bool, (entry, epochs, torn) => new SealedPane(entry, [.. epochs]) { Torn = torn }).Sample(
        pane =>
        {
            var read = Assert.IsType<SealedPane>(FrameCodec.Read(Bytes(o => FrameCodec.Write(pane, o))));
            Assert.Equal(pane.Torn, read.Torn);
            Assert.Equal(pane.Epochs, read.Epochs);
            Same(pane.Entry, read.Entry);
        },
        iter: 2000);

    [Fact]
    public void Headers_ReadBack() => Headers.Array[0, 4].Sample(
        headers =>
        {
            ImmutableArray<SegmentHeader> read = Assert.IsType<SegmentHeaders>(FrameCodec.Read(Bytes(o => FrameCodec.Write(headers, o)))).All;
            Assert.Equal(headers.Select(h => h with { Lost = [] }), read.Select(h => h with { Lost = [] }));
            Assert.Equal(headers.SelectMany(h => h.Lost), read.SelectMany(h => h.Lost));
        },
        iter: 1000);

    [Fact]
    public void Gap_ReadsBack() => Gen.Select(Source, Gen.Long, Gen.Long, Gen.Long, (s, a, b, c) => new Gap(s, new(a), new(b), new(c)))
        .Sample(gap => Assert.Equal(gap, FrameCodec.Read(Bytes(o => FrameCodec.Write(gap, o)))), iter: 500);

    [Fact]
    public void DamagedBytes_NeverThrowAndStayBounded()
    {
        long most = 0;
        int read = 0;
        Gen.Select(Frames, Headers.Array[0, 3], Gen.Int).Sample(
            (frame, headers, seed) =>
            {
                var random = new Random(seed);
                byte[] bytes = random.Next(2) == 0 ? Bytes(o => FrameCodec.Write(frame, o)) : Bytes(o => FrameCodec.Write(headers, o));
                for (int mutant = 0; mutant < 40; mutant++)
                {
                    byte[] damaged = Damage(random, bytes);
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    object? record = FrameCodec.Read(damaged);
                    most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before - (100L * damaged.Length));
                    read += record is null ? 0 : 1;
                }
            },
            iter: 1000,
            threads: 1);
        Assert.True(read > 1000, "too few are read to say anything");
        Assert.InRange(most, long.MinValue, (8L * FrameCodec.MaxCells) + 4096);
    }

    [Fact]
    public void WithRecord_PaneThatCannotBeWritten_IsItsRowsAndTheReason()
    {
        SealedPane Pane(SignalCounts counts) => new(new Entry(new EntryKey("m", "", new(0), new(10), 0), new(5), [counts]), [0]);
        SealedPane written = FrameCodec.WithRecord(Pane(new SignalCounts("x", 1, [5])), out Exception? thrown);
        Assert.Null(thrown);
        Assert.Equal(Bytes(o => FrameCodec.Write(written, o)), written.Record);
        Assert.Equal(written.Record, Assert.IsType<SealedPane>(FrameCodec.Read(written.Record.AsSpan())).Record);

        written = FrameCodec.WithRecord(Pane(new SignalCounts(null!, 1, [5])), out thrown);
        Assert.IsType<ArgumentNullException>(thrown);
        Entry read = Assert.IsType<SealedPane>(FrameCodec.Read(written.Record.AsSpan())).Entry;
        Assert.Equal(5, read.Rows.Value);
        Assert.StartsWith("internal error: ArgumentNullException", PaneFault.In(Assert.Single(read.Signals)), StringComparison.Ordinal);
    }

    [Fact]
    public void Pane_AsItWasBeforeVersionsWereBounded_IsRead()
    {
        var pane = new SealedPane(new Entry(new EntryKey("m", "7", new(100), new(50), 0), new(3), []), [4]);
        byte[] bytes = Bytes(o => FrameCodec.Write(pane, o));
        // Kind 6 had no byte for what is torn: it stands behind the version, the kind, the number of epochs and the one epoch.
        byte[] early = [bytes[0], 6, bytes[2], bytes[3], .. bytes[5..]];
        var read = Assert.IsType<SealedPane>(FrameCodec.Read(early));
        Assert.Equal((pane.Key, 3, false), (read.Key, read.Entry.Rows.Value, read.Torn));
        Assert.Equal([4], read.Epochs);
    }

    [Fact]
    public void ManyLongSparseSignals_AreRefusedBeforeTheyFillMemory()
    {
        ImmutableArray<SignalCounts> signals = [.. Enumerable.Range(0, 200).Select(i => new SignalCounts("s", 1, new long[65_538]))];
        byte[] bytes = Bytes(o => FrameCodec.Write(new SealedPane(new Entry(new EntryKey("m", "", new(0), new(1), 0), new(1), signals), [0]), o));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(FrameCodec.Read(bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 9L * FrameCodec.MaxCells);
    }

    [Fact]
    public void Bytes_AreThoseOfVersionOne() => Assert.Equal(
        "0101" + "0174" + "02" + "0A" + "00" + "FFFFFFFFFFFFFFFFFF01" + "0E" + "01"
            + "016D" + "00" + "C801" + "64" + "00" + "00" + "06" + "01" + "0178" + "0807060504030201" + "04" + "02" + "01" + "04"
                + "01" + "02",
        Convert.ToHexString(Bytes(o => FrameCodec.Write(
            new Frame(new SourcePartition("t", 2), new(5), new Variant(0, new(long.MinValue)), new(7),
                [new Entry(new EntryKey("m", "", new(100), new(50), 0), new(3), [new SignalCounts("x", 0x0102030405060708, [0, 2, 0, 1])])]),
            o))));

    [Theory]
    [InlineData("", 12, 5)]
    [InlineData("employment", 12, 3)]
    [InlineData("income", 12, 2)]
    [InlineData("Ünïcödé", 12, 2)]
    [InlineData("employment", 2, 1)]
    public void CountsPartition_IsTheSameForEver(string model, int partitions, int expected) =>
        Assert.Equal(expected, CountsPartition.Of(model, partitions));

    private static byte[] Damage(Random random, byte[] bytes)
    {
        byte[] damaged = [.. bytes.Take(random.Next(6) == 0 ? random.Next(bytes.Length) : bytes.Length)];
        for (int i = random.Next(1, 4); i > 0 && damaged.Length > 0; i--)
            damaged[random.Next(damaged.Length)] = random.Next(3) switch
            {
                0 => 0xFF,
                1 => (byte)random.Next(256),
                _ => (byte)random.Next(3)
            };
        return damaged;
    }

    private static void Same(Frame expected, object? actual)
    {
        Frame frame = Assert.IsType<Frame>(actual);
        Assert.Equal(expected with { Entries = [] }, frame with { Entries = [] });
        Assert.Equal(expected.Entries.Length, frame.Entries.Length);
        for (int i = 0; i < frame.Entries.Length; i++) Same(expected.Entries[i], frame.Entries[i]);
    }

    private static void Same(Entry expected, Entry actual)
    {
        Assert.Equal((expected.Key, expected.Rows, expected.Seen), (actual.Key, actual.Rows, actual.Seen));
        Assert.Equal(expected.Signals.Select(s => (s.Signal, s.Layout)), actual.Signals.Select(s => (s.Signal, s.Layout)));
        Assert.All(expected.Signals.Zip(actual.Signals), pair => Assert.Equal(pair.First.Cells, pair.Second.Cells));
    }

    private static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }
}
