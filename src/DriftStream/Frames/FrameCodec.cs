using System.Buffers;
using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>
/// The bytes of the counts and panes topics: one version byte, one kind byte, then the record. Reading is total: bytes that are
/// no record of this version give null, never an exception.
/// </summary>
public static class FrameCodec
{
    /// <summary>
    /// The most cells of all signals of one record, empty ones included: a writer must split frames before that. 32 MiB in memory.
    /// </summary>
    public const int MaxCells = 1 << 22;

    private const byte Version = 1;

    private const byte FrameKind = 1, LateHeadersKind = 2, GapKind = 3, OldPaneKind = 4, NamelessHeadersKind = 5, EarlyPaneKind = 6,
        HeadersKind = 7, PaneKind = 8, ExplainedHeadersKind = 9, JoinHeadersKind = 10;

    // Flags of an entry. What most entries lack takes no byte, so their bytes are what they were before there was a rest.
    private const byte UnownedFlag = 1, RestFlag = 2, SeenFlag = 4;

    /// <summary>Writes a frame for the counts topic. It must not hold more than <see cref="MaxCells"/> cells, or nobody can read it.</summary>
    public static void Write(Frame frame, IBufferWriter<byte> output)
    {
        FrameWriter writer = Begin(output, FrameKind);
        Source(writer, frame.Source, frame.Segment, frame.Variant);
        writer.Signed(frame.Upto);
        writer.Count(frame.Entries.Length);
        foreach (Entry entry in frame.Entries) Entry(writer, entry);
    }

    /// <summary>
    /// Writes a frame as well; an entry that cannot be written becomes its rows and the reason (<see cref="PaneFault"/>), and the others stay as they are.
    /// </summary>
    /// <returns>What could not be written, and why.</returns>
    public static ImmutableArray<CountingFault> WriteWhatCan(Frame frame, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        try
        {
            Write(frame, output);
            return [];
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            var faults = ImmutableArray.CreateBuilder<CountingFault>();
            Entry[] entries = [.. frame.Entries.Select(entry => Writable(frame, entry, output, faults))];
            output.ResetWrittenCount();
            Write(frame with { Entries = [.. entries] }, output);
            return faults.ToImmutable();
        }
    }

    /// <summary>Writes all headers of one flush of one worker for the counts topic.</summary>
    public static void Write(IReadOnlyCollection<SegmentHeader> headers, IBufferWriter<byte> output)
    {
        // Where nothing was refused, and no label comes later, they are what they were before anybody said so.
        bool join = headers.Any(h => h.Fates.Labels > 0 || h.LostUpto != EventTime.None);
        bool explain = join || headers.Any(h => h.Lost.Any(l => l.Why is not null));
        FrameWriter writer = Begin(output, join ? JoinHeadersKind : explain ? ExplainedHeadersKind : HeadersKind);
        writer.Count(headers.Count);
        foreach (SegmentHeader header in headers)
        {
            Source(writer, header.Source, header.Segment, header.Variant);
            writer.Signed(header.Upto);
            writer.Signed(header.Watermark);
            FateCounts f = header.Fates;
            foreach (long fate in (ReadOnlySpan<long>)[f.Rows, f.Counted, f.Late, f.Future, f.Rejected, f.Unowned, f.Messages, f.Unreadable, f.Tombstones])
                writer.Signed(fate);
            writer.Count(header.Lost.Length);
            foreach (LostRows lost in header.Lost)
            {
                writer.Text(lost.Model);
                writer.Signed(lost.Late);
                writer.Signed(lost.Future);
                writer.Signed(lost.Rejected);
                writer.Signed(lost.Unreadable);
                if (explain) writer.Text(lost.Why ?? "");
            }

            writer.Byte((byte)((header.Complete ? 1 : 0) | (header.Idle ? 2 : 0) | (header.Mover is null ? 0 : 4)));
            writer.Signed(header.Stamp);
            writer.Count(header.Partitions);
            writer.Signed(header.Plan);
            writer.Fixed64(header.PlanHash);
            writer.Fixed64(header.EpochHash);
            if (join) writer.Signed(header.Fates.Labels);
            if (join) writer.Signed(header.LostUpto);
            if (header.Mover is null) continue;
            writer.Signed(header.Mover.Offset);
            writer.Signed(header.Mover.Timestamp);
        }
    }

    /// <summary>Writes a gap for the counts topic.</summary>
    public static void Write(Gap gap, IBufferWriter<byte> output)
    {
        FrameWriter writer = Begin(output, GapKind);
        writer.Text(gap.Source.Topic);
        writer.Count(gap.Source.Partition);
        writer.Signed(gap.From);
        writer.Signed(gap.To);
        writer.Signed(gap.Stamp);
    }

    /// <summary>Writes a part of a sealed pane for the panes topic.</summary>
    public static void Write(SealedPane pane, IBufferWriter<byte> output)
    {
        FrameWriter writer = Begin(output, PaneKind);
        writer.Count(pane.Epochs.Length);
        foreach (long epoch in pane.Epochs) writer.Signed(epoch);
        writer.Byte(pane.Torn ? (byte)1 : (byte)0);
        Entry(writer, pane.Entry);
    }

    /// <summary>
    /// The pane with its <see cref="SealedPane.Record"/>; one that cannot be written becomes its rows and the reason (<see cref="PaneFault"/>).
    /// </summary>
    /// <param name="pane">The pane.</param>
    /// <param name="thrown">Why it could not be written; otherwise null.</param>
    public static SealedPane WithRecord(SealedPane pane, out Exception? thrown)
    {
        var output = new ArrayBufferWriter<byte>();
        thrown = null;
        try
        {
            Write(pane, output);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            (thrown, pane) = (e, pane with { Entry = PaneFault.In(pane.Entry, CountingFault.Describe(e)) });
            output.ResetWrittenCount();
            Write(pane, output);
        }

        return pane with { Record = [.. output.WrittenSpan] };
    }

    /// <summary>What the bytes of a record hold; null where they are no record that this version reads.</summary>
    public static ICountsRecord? Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new FrameReader(bytes);
        if (reader.Byte() != Version) return null;
        ICountsRecord? record = reader.Byte() switch
        {
            FrameKind => ReadFrame(ref reader),
            // Kinds from before headers told of future and rejected rows, and before they told of hashes: a log outlives the worker that wrote it.
            byte kind and (LateHeadersKind or NamelessHeadersKind or HeadersKind or ExplainedHeadersKind or JoinHeadersKind) => ReadHeaders(ref reader, kind),
            GapKind => new Gap(new SourcePartition(reader.Text(), reader.Int()), reader.Offset(), reader.Offset(), reader.Time()),
            PaneKind => ReadPane(ref reader, torn: true),
            // The kind from before versions were bounded, when no pane was torn.
            EarlyPaneKind => ReadPane(ref reader, torn: false),
            OldPaneKind => new SealedPane(ReadEntry(ref reader), [0]),
            _ => null,
        };
        if (reader.Failed || !reader.AtEnd) return null;
        return record is SealedPane pane ? pane with { Record = [.. bytes] } : record;
    }

    private static Entry Writable(Frame frame, Entry entry, ArrayBufferWriter<byte> scratch, ImmutableArray<CountingFault>.Builder faults)
    {
        try
        {
            Write(frame with { Entries = [entry] }, scratch);
            return entry;
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            faults.Add(new CountingFault(frame.Upto, entry.Key.Model, "encode", e));
            return PaneFault.In(entry, $"{frame.Source} up to offset {frame.Upto}: {CountingFault.Describe(e)}");
        }
    }

    private static FrameWriter Begin(IBufferWriter<byte> output, byte kind)
    {
        var writer = new FrameWriter(output);
        writer.Byte(Version);
        writer.Byte(kind);
        return writer;
    }

    private static void Source(FrameWriter writer, SourcePartition source, SourceOffset segment, Variant variant)
    {
        writer.Text(source.Topic);
        writer.Count(source.Partition);
        writer.Signed(segment);
        writer.Signed(variant.Epoch);
        writer.Signed(variant.Watermark);
    }

    private static void Entry(FrameWriter writer, Entry entry)
    {
        EntryKey key = entry.Key;
        writer.Text(key.Model);
        writer.Text(key.Version);
        writer.Signed(key.Start);
        writer.Signed(key.Size);
        writer.Count(key.Part);
        writer.Byte((byte)((key.Unowned ? UnownedFlag : 0) | (key.Rest ? RestFlag : 0) | (entry.Seen > 0 ? SeenFlag : 0)));
        if (entry.Seen > 0) writer.Count(entry.Seen);
        writer.Signed(entry.Rows);
        writer.Count(entry.Signals.Length);
        foreach (SignalCounts signal in entry.Signals)
        {
            writer.Text(signal.Signal);
            writer.Fixed64(signal.Layout);
            writer.Cells(signal.Cells);
        }
    }

    private static Frame ReadFrame(ref FrameReader reader)
    {
        var source = new SourcePartition(reader.Text(), reader.Int());
        SourceOffset segment = reader.Offset();
        var variant = new Variant(reader.Signed(), reader.Time());
        SourceOffset upto = reader.Offset();
        int count = reader.Count();
        var entries = ImmutableArray.CreateBuilder<Entry>(count);
        for (int i = 0; i < count && !reader.Failed; i++) entries.Add(ReadEntry(ref reader));
        return new Frame(source, segment, variant, upto, entries.ToImmutable());
    }

    private static SealedPane ReadPane(ref FrameReader reader, bool torn)
    {
        int count = reader.Count();
        var epochs = ImmutableArray.CreateBuilder<long>();
        for (int i = 0; i < count && !reader.Failed; i++) epochs.Add(reader.Signed());
        bool isTorn = torn && reader.Byte() == 1;
        return new SealedPane(ReadEntry(ref reader), epochs.ToImmutable()) { Torn = isTorn };
    }

    private static Entry ReadEntry(ref FrameReader reader)
    {
        var key = new EntryKey(reader.Text(), reader.Text(), reader.Time(), new Duration(reader.Signed()), reader.Int());
        byte flags = reader.Byte();
        key = key with { Unowned = (flags & UnownedFlag) != 0, Rest = (flags & RestFlag) != 0 };
        int seen = (flags & SeenFlag) != 0 ? reader.Int() : 0;
        RowCount rows = reader.Rows();
        int count = reader.Count();
        var signals = ImmutableArray.CreateBuilder<SignalCounts>(count);
        for (int i = 0; i < count && !reader.Failed; i++) signals.Add(new SignalCounts(reader.Text(), reader.Fixed64(), reader.Cells()));
        return new Entry(key, rows, signals.ToImmutable()) { Seen = seen };
    }

    private static SegmentHeaders ReadHeaders(ref FrameReader reader, byte kind)
    {
        int count = reader.Count();
        ImmutableArray<SegmentHeader>.Builder headers = ImmutableArray.CreateBuilder<SegmentHeader>(count);
        for (int i = 0; i < count && !reader.Failed; i++) headers.Add(ReadHeader(ref reader, kind));
        return new SegmentHeaders(headers.ToImmutable());
    }

    private static SegmentHeader ReadHeader(ref FrameReader reader, byte kind)
    {
        var source = new SourcePartition(reader.Text(), reader.Int());
        SourceOffset segment = reader.Offset();
        var variant = new Variant(reader.Signed(), reader.Time());
        SourceOffset upto = reader.Offset();
        EventTime watermark = reader.Time();
        var fates = new FateCounts(
            reader.Rows(), reader.Rows(), reader.Rows(), reader.Rows(), reader.Rows(), reader.Rows(),
            reader.Signed(), reader.Signed(), reader.Signed());
        int count = reader.Count();
        var lost = ImmutableArray.CreateBuilder<LostRows>(count);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            var rows = new LostRows(reader.Text(), reader.Rows());
            if (kind != LateHeadersKind) rows = rows with { Future = reader.Rows(), Rejected = reader.Rows() };
            if (kind is HeadersKind or ExplainedHeadersKind or JoinHeadersKind) rows = rows with { Unreadable = reader.Signed() };
            lost.Add(kind is ExplainedHeadersKind or JoinHeadersKind && reader.Text() is { Length: > 0 } why ? rows with { Why = why } : rows);
        }

        byte flags = reader.Byte();
        var header = new SegmentHeader(
            source, segment, variant, upto, watermark, fates, lost.ToImmutable(), (flags & 1) != 0, (flags & 2) != 0, reader.Time(), reader.Int(),
            kind == LateHeadersKind ? variant.Epoch : reader.Signed());
        if (kind is HeadersKind or ExplainedHeadersKind or JoinHeadersKind)
            header = header with { PlanHash = reader.Fixed64(), EpochHash = reader.Fixed64() };
        if (kind == JoinHeadersKind) header = header with { Fates = fates with { Labels = reader.Rows() }, LostUpto = reader.Time() };
        return (flags & 4) == 0 ? header : header with { Mover = new WatermarkRecord(reader.Offset(), reader.Time()) };
    }
}
