using System.Buffers;
using System.Collections.Immutable;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>
/// The bytes of the topic <c>joins</c>: one version byte, one kind byte, then the projection. Its cells stand once, rows name them by place; offsets and times
/// are distances from the row before. Reading is total: bytes that are no projection of this version are refused with the reason, never an exception.
/// </summary>
public static class ProjectionCodec
{
    /// <summary>The most rows of one record: a writer must split before that. A row takes 19 bytes at least, and rarely more than 25.</summary>
    public const int MaxRows = 1 << 15;

    /// <summary>The most where some have a number, which takes 8 bytes more.</summary>
    public const int MaxNumbers = 3 << 13;

    /// <summary>The most codes of groups, and of slices, of one cell.</summary>
    public const int MaxCodes = 1 << 10;

    private const byte Version = 1, ProjectionKind = 1;

    private const byte IdleFlag = 1, CompleteFlag = 2, GapFlag = 4;

    // Cells of rows that have a number are of another kind, so that other rows are what they were before there were such.
    private const byte PredictionKind = 1, LabelKind = 2, NumbersKinds = 2;

    /// <summary>Writes a projection for the topic <c>joins</c>.</summary>
    /// <exception cref="ArgumentException">Nobody could read it: <see cref="Refusal(Projection)"/> says why.</exception>
    public static void Write(Projection projection, IBufferWriter<byte> output)
    {
        if (Refusal(projection) is { } why) throw new ArgumentException($"{projection.Source} from {projection.From}: {why}", nameof(projection));
        var writer = new FrameWriter(output);
        writer.Byte(Version);
        writer.Byte(ProjectionKind);
        writer.Text(projection.Source.Topic);
        writer.Signed(projection.Source.Partition);
        writer.Fixed64((ulong)projection.TopicId);
        writer.Fixed64((ulong)(projection.TopicId >> 64));
        writer.Signed(projection.Partitions);
        writer.Signed(projection.Segment);
        writer.Signed(projection.Epoch);
        writer.Signed(projection.From);
        writer.Signed(projection.Upto);
        writer.Signed(projection.Part);
        writer.Signed(projection.Parts);
        writer.Signed(projection.Watermark);
        writer.Signed(projection.Stamp);
        writer.Byte((byte)((projection.Idle ? IdleFlag : 0) | (projection.Complete ? CompleteFlag : 0) | (projection.IsGap ? GapFlag : 0)));
        var places = new Dictionary<(IProjectedCell, bool), int>();
        foreach (ProjectedRow row in projection.Rows) places.TryAdd((row.Cell, row.Number is not null), places.Count);
        writer.Count(places.Count);
        foreach ((IProjectedCell cell, bool numbered) in places.Keys) Cell(writer, cell, numbered);
        writer.Count(projection.Rows.Length);
        long offset = projection.From, time = 0;
        foreach (ProjectedRow row in projection.Rows)
        {
            writer.Signed(row.Offset - offset);
            writer.Signed(row.Time - time);
            writer.Count(places[(row.Cell, row.Number is not null)]);
            writer.Fixed64((ulong)row.Id);
            writer.Fixed64((ulong)(row.Id >> 64));
            if (row.Number is { } number) writer.Fixed64(BitConverter.DoubleToUInt64Bits(number));
            (offset, time) = (row.Offset, row.Time);
        }
    }

    /// <summary>What the bytes of a record hold; null where they are no projection that this version reads.</summary>
    /// <param name="bytes">The value of a record of <c>joins</c>.</param>
    /// <param name="why">Why they were refused; empty where they were not.</param>
    public static Projection? Read(ReadOnlySpan<byte> bytes, out string why)
    {
        var reader = new FrameReader(bytes);
        (byte version, byte kind) = (reader.Byte(), reader.Byte());
        if (reader.Failed || version != Version || kind != ProjectionKind)
        {
            why = $"version {version}, kind {kind}";
            return null;
        }

        Projection projection = ReadProjection(ref reader);
        why = reader.Failed ? "the bytes contradict themselves" : !reader.AtEnd ? "there is more than one projection" : Refusal(projection) ?? "";
        return why.Length == 0 ? projection : null;
    }

    /// <summary>What is wrong with a projection, whoever made it; null where nothing is.</summary>
    public static string? Refusal(Projection projection)
    {
        if (projection.Source.Topic.Length == 0) return "it names no topic";
        if (projection.Source.Partition < 0 || projection.Source.Partition >= projection.Partitions) return "its partition is not one of its topic";
        if (projection.Epoch < 0) return "its plan is at a negative offset";
        if (projection.Segment < 0 || projection.From < 0 || projection.Upto < projection.From) return "it ends before it begins";
        if (projection.Watermark != EventTime.None && !IsTime(projection.Watermark)) return "its watermark is no time of the calendar";
        if (!IsTime(projection.Stamp)) return "its stamp is no time of the calendar";
        if (projection.IsGap && (!projection.Rows.IsEmpty || projection.Idle || projection.Complete)) return "it is a gap, and more than that";
        if (projection.Part < 0 || projection.Part >= projection.Parts) return "it is a part of fewer";
        if (projection.Parts > 1 && (projection.IsGap || projection.Upto != projection.From.Next)) return "it is a part, and not of one message";
        if (projection.Part + 1 < projection.Parts && (projection.Idle || projection.Complete)) return "it is not the last part, and ends something";
        int most = MostOf(projection.Rows.AsSpan());
        if (projection.Rows.Length > most) return $"it has more than {most} rows";
        SourceOffset last = projection.From;
        foreach (ProjectedRow row in projection.Rows)
        {
            if (row.Offset < last || row.Offset >= projection.Upto) return "a row is out of its place";
            if (!IsTime(row.Time)) return "a row is at no time of the calendar";
            if (Refusal(row.Cell) is { } why) return why;
            if (row is { Cell: LabelCell, Number: { } label } && !double.IsFinite(label)) return "a label is no finite number";
            last = row.Offset;
        }

        return null;
    }

    /// <summary>How many of these rows one record may hold.</summary>
    internal static int MostOf(ReadOnlySpan<ProjectedRow> rows)
    {
        foreach (ProjectedRow row in rows.Length > MaxNumbers ? rows : [])
        {
            if (row.Number is not null) return MaxNumbers;
        }

        return MaxRows;
    }

    private static string? Refusal(IProjectedCell cell)
    {
        if (cell.Model.Length == 0) return "a row is of no model";
        if (cell is not PredictionCell prediction) return ((LabelCell)cell).Cell < 0 ? "a label has no cell" : null;
        if (prediction.Score < -1 || prediction.Decision < -1) return "a cell is negative";
        if (prediction.Groups.Length > MaxCodes || prediction.Slices.Length > MaxCodes) return $"a row has more than {MaxCodes} codes";
        return prediction.Groups.Any(c => c < 0) || prediction.Slices.Any(c => c < 0) ? "a code is negative" : null;
    }

    private static bool IsTime(EventTime time) => time >= EventTime.Earliest && time <= EventTime.Latest;

    private static void Cell(FrameWriter writer, IProjectedCell cell, bool numbered)
    {
        if (cell is not PredictionCell prediction)
        {
            writer.Byte(numbered ? (byte)(LabelKind + NumbersKinds) : LabelKind);
            writer.Text(cell.Model);
            writer.Signed(((LabelCell)cell).Cell);
            return;
        }

        writer.Byte(numbered ? (byte)(PredictionKind + NumbersKinds) : PredictionKind);
        writer.Text(prediction.Model);
        writer.Text(prediction.Version);
        writer.Signed(prediction.Score);
        writer.Signed(prediction.Decision);
        foreach (ImmutableArray<int> codes in (ReadOnlySpan<ImmutableArray<int>>)[prediction.Groups, prediction.Slices])
        {
            writer.Count(codes.Length);
            foreach (int code in codes) writer.Signed(code);
        }
    }

    private static Projection ReadProjection(ref FrameReader reader)
    {
        var source = new SourcePartition(reader.Text(), Int(ref reader));
        UInt128 topic = Wide(ref reader);
        int partitions = Int(ref reader);
        (SourceOffset segment, long epoch, SourceOffset from, SourceOffset upto) = (reader.Offset(), reader.Signed(), reader.Offset(), reader.Offset());
        (int part, int parts) = (Int(ref reader), Int(ref reader));
        (EventTime watermark, EventTime stamp, byte flags) = (reader.Time(), reader.Time(), reader.Byte());
        var cells = new List<(IProjectedCell Cell, bool Numbered)>();
        for (int i = reader.Count(); i > 0 && !reader.Failed; i--) cells.Add(ReadCell(ref reader));
        int rows = reader.Count();
        if (rows > MaxRows) reader.Refuse();
        var read = ImmutableArray.CreateBuilder<ProjectedRow>(reader.Failed ? 0 : rows);
        long offset = from, time = 0;
        for (int i = 0; i < rows && !reader.Failed; i++)
        {
            offset += reader.Signed();
            time += reader.Signed();
            int cell = reader.Int();
            UInt128 id = Wide(ref reader);
            if (cell >= cells.Count)
            {
                reader.Refuse();
                continue;
            }

            double? number = cells[cell].Numbered ? BitConverter.UInt64BitsToDouble(reader.Fixed64()) : null;
            read.Add(new ProjectedRow(new SourceOffset(offset), id, new EventTime(time), cells[cell].Cell) { Number = number });
        }

        if ((flags & ~(IdleFlag | CompleteFlag | GapFlag)) != 0) reader.Refuse();
        return new Projection(source, topic, partitions, segment, epoch, from, upto, watermark, stamp, read.ToImmutable())
        {
            Part = part,
            Parts = parts,
            Idle = (flags & IdleFlag) != 0,
            Complete = (flags & CompleteFlag) != 0,
            IsGap = (flags & GapFlag) != 0,
        };
    }

    private static (IProjectedCell Cell, bool Numbered) ReadCell(ref FrameReader reader)
    {
        byte kind = reader.Byte();
        bool numbered = kind > LabelKind;
        if (numbered) kind -= NumbersKinds;
        if (kind == LabelKind) return (new LabelCell(reader.Text(), Int(ref reader)), numbered);
        if (kind != PredictionKind) reader.Refuse();
        return (new PredictionCell(reader.Text(), reader.Text(), Int(ref reader), Int(ref reader), Codes(ref reader), Codes(ref reader)), numbered);
    }

    private static ImmutableArray<int> Codes(ref FrameReader reader)
    {
        int count = reader.Count();
        if (count > MaxCodes) reader.Refuse();
        var codes = ImmutableArray.CreateBuilder<int>();
        for (int i = 0; i < count && !reader.Failed; i++) codes.Add(Int(ref reader));
        return codes.ToImmutable();
    }

    private static int Int(ref FrameReader reader)
    {
        long value = reader.Signed();
        if (value == (int)value) return (int)value;
        reader.Refuse();
        return 0;
    }

    private static UInt128 Wide(ref FrameReader reader)
    {
        ulong low = reader.Fixed64();
        return new UInt128(reader.Fixed64(), low);
    }
}
