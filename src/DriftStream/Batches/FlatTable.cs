using System.Buffers.Binary;

namespace DriftStream.Batches;

/// <summary>
/// One table of a flatbuffer of unknown origin. Every offset and length is checked before it is followed; the first one that
/// points outside sets the flag shared by all tables of the buffer and reads as absent. So a parser may read on and ask
/// <see cref="Broken"/> once, before it believes anything. Tables can only be reached forwards: no cycle can be written.
/// </summary>
internal readonly ref struct FlatTable
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ref bool _broken;
    private readonly int _start, _length, _vtable, _vtableLength;

    private FlatTable(ReadOnlySpan<byte> bytes, int start, ref bool broken)
    {
        _bytes = bytes;
        _broken = ref broken;
        if (start < 0) return;
        long vtable = start <= bytes.Length - 4 ? (long)start - BinaryPrimitives.ReadInt32LittleEndian(bytes[start..]) : -1;
        if (vtable >= 0 && vtable <= bytes.Length - 4)
        {
            int vtableLength = UInt16((int)vtable), length = UInt16((int)vtable + 2);
            if (vtableLength >= 4 && vtableLength <= bytes.Length - vtable && length >= 4 && length <= bytes.Length - start)
            {
                (_start, _length, _vtable, _vtableLength) = (start, length, (int)vtable, vtableLength);
                return;
            }
        }

        _broken = true;
    }

    /// <summary>Something in this buffer, not only in this table, points outside it.</summary>
    public bool Broken => _broken;

    public bool IsAbsent => _vtableLength == 0;

    /// <param name="bytes">The whole flatbuffer.</param>
    /// <param name="broken">The flag of the buffer; false before the call, and owned by the caller.</param>
    public static FlatTable Root(ReadOnlySpan<byte> bytes, ref bool broken)
    {
        var before = new FlatTable(bytes, -1, ref broken);
        return new FlatTable(bytes, before.Follow(0), ref broken);
    }

    public byte UInt8(int field) => Locate(field, 1) is >= 0 and int at ? _bytes[at] : (byte)0;

    public short Int16(int field, short absent = 0) =>
        Locate(field, 2) is >= 0 and int at ? BinaryPrimitives.ReadInt16LittleEndian(_bytes[at..]) : absent;

    public int Int32(int field, int absent = 0) =>
        Locate(field, 4) is >= 0 and int at ? BinaryPrimitives.ReadInt32LittleEndian(_bytes[at..]) : absent;

    public long Int64(int field) => Locate(field, 8) is >= 0 and int at ? BinaryPrimitives.ReadInt64LittleEndian(_bytes[at..]) : 0;

    public FlatTable Table(int field) => new(_bytes, Follow(Locate(field, 4)), ref _broken);

    /// <summary>The elements of a vector of scalars or structs, or the bytes of a string.</summary>
    public ReadOnlySpan<byte> Vector(int field, int elementSize)
    {
        int at = Follow(Locate(field, 4));
        if (at < 0) return default;
        long length = (long)BinaryPrimitives.ReadUInt32LittleEndian(_bytes[at..]) * elementSize;
        if (length <= _bytes.Length - at - 4) return _bytes.Slice(at + 4, (int)length);
        _broken = true;
        return default;
    }

    /// <summary>How many tables a vector of tables holds.</summary>
    public int Count(int field) => Vector(field, 4).Length / 4;

    /// <summary>One table of a vector of tables; <paramref name="index"/> is below its <see cref="Count"/>.</summary>
    public FlatTable Item(int field, int index) => new(_bytes, Follow(Follow(Locate(field, 4)) + 4 + (4 * index)), ref _broken);

    private int Locate(int field, int size)
    {
        int slot = 4 + (2 * field);
        if (slot + 2 > _vtableLength) return -1;
        int offset = UInt16(_vtable + slot);
        if (offset == 0) return -1;
        if (offset >= 4 && offset + size <= _length) return _start + offset;
        _broken = true;
        return -1;
    }

    // Where the unsigned offset written at a place leads, with at least four bytes there; or -1.
    private int Follow(int at)
    {
        if (at < 0) return -1;
        if (at <= _bytes.Length - 4)
        {
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[at..]);
            if (offset != 0 && at + (long)offset <= _bytes.Length - 4) return at + (int)offset;
        }

        _broken = true;
        return -1;
    }

    private int UInt16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[at..]);
}
