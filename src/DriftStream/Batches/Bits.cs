using System.Buffers.Binary;
using System.Numerics;

namespace DriftStream.Batches;

/// <summary>Arrow bitmaps: bit i is bit i % 8 of byte i / 8, least significant first.</summary>
internal static class Bits
{
    public static int BytesFor(int bits) => (int)(((uint)bits + 7) >> 3);

    public static bool IsSet(ReadOnlySpan<byte> bits, int index) => (bits[index >> 3] >> (index & 7) & 1) != 0;

    public static void Clear(Span<byte> bits, int index) => bits[index >> 3] &= (byte)~(1 << (index & 7));

    public static void Set(Span<byte> bits, int index) => bits[index >> 3] |= (byte)(1 << (index & 7));

    /// <summary>A bitmap whose first bit is the one at <paramref name="start"/>; copied where that is not the first of a byte.</summary>
    public static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> bits, int start, int length)
    {
        if ((start & 7) == 0) return bits.Slice(start >> 3, BytesFor(length));
        byte[] moved = new byte[BytesFor(length)];
        for (int i = 0; i < length; i++)
        {
            if (IsSet(bits.Span, start + i)) Set(moved, i);
        }

        return moved;
    }

    /// <summary>How many of the first <paramref name="length"/> bits are 1; what follows them is not looked at.</summary>
    public static int CountOnes(ReadOnlySpan<byte> bits, int length)
    {
        int ones = 0, index = 0, whole = length >> 3;
        for (; index + 8 <= whole; index += 8) ones += BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(bits[index..]));
        for (; index < whole; index++) ones += BitOperations.PopCount(bits[index]);
        int rest = length & 7;
        return rest == 0 ? ones : ones + BitOperations.PopCount(bits[whole] & ((1u << rest) - 1));
    }
}
