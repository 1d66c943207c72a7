using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>Writes the integers, texts and counts of frames: LEB128, zig-zag where a number may be negative.</summary>
internal ref struct FrameWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    public readonly void Byte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }

    public readonly void Unsigned(ulong value)
    {
        Span<byte> span = _output.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _output.Advance(length);
    }

    public readonly void Count(int value) => Unsigned((ulong)value);

    public readonly void Signed(long value) => Unsigned((ulong)(value << 1) ^ (ulong)(value >> 63));

    public readonly void Fixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_output.GetSpan(8), value);
        _output.Advance(8);
    }

    public readonly void Text(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Count(length);
        Encoding.UTF8.GetBytes(text, _output.GetSpan(length));
        _output.Advance(length);
    }

    /// <summary>Only cells that are not zero: the distance from the one before, then the count.</summary>
    public readonly void Cells(ReadOnlySpan<long> cells)
    {
        Count(cells.Length);
        int filled = cells.Length - cells.Count(0L);
        Count(filled);
        int last = -1;
        for (int i = 0; i < cells.Length; i++)
        {
            if (cells[i] == 0) continue;
            Count(i - last - 1);
            Signed(cells[i]);
            last = i;
        }
    }
}

/// <summary>
/// Reads what <see cref="FrameWriter"/> wrote. Never throws and never allocates by an unchecked length: after the first
/// contradiction <see cref="Failed"/> stays set and every read gives zero.
/// </summary>
internal ref struct FrameReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;
    private int _cells = FrameCodec.MaxCells;

    public bool Failed { get; private set; }

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte()
    {
        if (_rest.IsEmpty) return (byte)Fail();
        byte value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public ulong Unsigned()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }

        return Fail();
    }

    /// <summary>A number of items that each take at least one more byte.</summary>
    public int Count()
    {
        ulong value = Unsigned();
        return value <= (ulong)_rest.Length ? (int)value : (int)Fail();
    }

    public int Int() => Unsigned() is var value && value <= int.MaxValue ? (int)value : (int)Fail();

    public long Signed()
    {
        ulong value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public EventTime Time() => new(Signed());

    public SourceOffset Offset() => new(Signed());

    public RowCount Rows() => new(Signed());

    public ulong Fixed64()
    {
        if (_rest.Length < 8) return Fail();
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    public string Text()
    {
        int length = Count();
        string text = Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[length..];
        return text;
    }

    public long[] Cells()
    {
        int length = Int(), filled = Count(), at = -1;
        // Sparse vectors are much longer than their bytes, so the cells of a record are bounded separately.
        if (length > _cells || filled > length) Fail();
        if (Failed) return [];
        _cells -= length;
        long[] cells = new long[length];
        for (int i = 0; i < filled && !Failed; i++)
        {
            at += Int() + 1;
            long count = Signed();
            if ((uint)at >= (uint)length) Fail();
            else cells[at] = count;
        }

        return cells;
    }

    /// <summary>What was read makes no sense to whoever reads: <see cref="Failed"/> from here on.</summary>
    public void Refuse() => Fail();

    private ulong Fail()
    {
        Failed = true;
        _rest = default;
        return 0;
    }
}
