using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>Arrow bitmaps: one bit a row, least significant first.</summary>
internal static unsafe class Bitmap
{
    /// <summary>
    /// Up to 64 bits from any bit on, the first in the lowest place; zeros from <paramref name="count"/> on.
    /// Reads no byte that holds none of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Word(byte* bits, long from, int count)
    {
        byte* at = bits + (from >> 3);
        int skip = (int)from & 7;
        if (count < 64) return PartialWord(at, skip, count);
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(at, 8));
        return skip == 0 ? word : (word >> skip) | ((ulong)at[8] << (64 - skip));
    }

    private static ulong PartialWord(byte* at, int skip, int count)
    {
        ulong word = 0;
        int bytes = (skip + count + 7) >> 3;
        for (int i = 0; i < Math.Min(bytes, 8); i++) word |= (ulong)at[i] << (8 * i);
        word >>= skip;
        if (bytes > 8) word |= (ulong)at[8] << (64 - skip);
        return word & Low(count);
    }

    /// <summary>The lowest <paramref name="count"/> bits, 0 to 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Low(int count) => count >= 64 ? ulong.MaxValue : (1UL << count) - 1;

    /// <summary>How many bits are 0, from any bit on.</summary>
    /// <param name="bits">The bitmap.</param>
    /// <param name="from">The first bit.</param>
    /// <param name="count">How many bits.</param>
    /// <param name="words">Room for the bits as words, with zeros after the last; null where nobody wants them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int CountZeros(byte* bits, long from, int count, ulong* words = null)
    {
        int ones = 0, whole = count & -64;
        for (nint i = 0; i < whole; i += 64) ones += Take(Word(bits, from + i, 64), words, i);
        if (whole < count) ones += Take(Word(bits, from + whole, count - whole), words, whole);
        return count - ones;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Take(ulong word, ulong* words, nint at)
    {
        if (words != null) words[at >> 6] = word;
        return BitOperations.PopCount(word);
    }

    /// <exception cref="ArgumentException">The bitmap ends before the last row.</exception>
    public static void Require(ReadOnlySpan<byte> bits, int offset, int rows, string name)
    {
        if (offset < 0 || ((long)offset + rows + 7) >> 3 > bits.Length)
            throw new ArgumentException($"{bits.Length} bytes do not hold {rows} bits from bit {offset} on", name);
    }
}
