using System.Buffers.Binary;
using System.Numerics;

namespace DriftStream.Batches;

/// <summary>Arrow bitmaps: bit i is bit i % 8 of byte i / 8, least significant first.</summary>
internal static class Bits
{
    public static int BytesFor(int bits) => (int)(((uint)bits + 7) >> 3);

    public static bool IsSet(ReadOnlySpan<byte> bits, int index) => (bits[index >> 3] >> (index & 7) & 1) != 0;

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
