using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftStream.Cells;

/// <summary>The numbers of a column in ascending order.</summary>
internal static class SortedNumbers
{
    /// <summary>From so many numbers on, passes over 32 bits cost less than comparisons.</summary>
    private const int Many = 4096;

    private const int DigitBits = 11, Digits = 1 << DigitBits;

    /// <param name="values">In any order, without NaN.</param>
    /// <param name="float32">Each is a float32.</param>
    public static double[] Of(List<double> values, bool float32)
    {
        ReadOnlySpan<double> all = CollectionsMarshal.AsSpan(values);
        if (float32 && all.Length >= Many) return ByDigits(all);
        double[] sorted = all.ToArray();
        Array.Sort(sorted);
        return sorted;
    }

    // The least digit first, each pass keeping the order of the one before (Knuth, vol. 3, 5.2.5, algorithm R).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double[] ByDigits(ReadOnlySpan<double> values)
    {
        uint[] keys = new uint[values.Length], others = new uint[values.Length];
        for (int i = 0; i < keys.Length; i++) keys[i] = Key((float)values[i]);
        for (int shift = 0; shift < 32; shift += DigitBits)
        {
            Pass(keys, others, shift);
            (keys, others) = (others, keys);
        }

        double[] sorted = new double[values.Length];
        for (int i = 0; i < sorted.Length; i++) sorted[i] = Value(keys[i]);
        return sorted;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pass(ReadOnlySpan<uint> keys, Span<uint> ordered, int shift)
    {
        Span<int> next = stackalloc int[Digits];
        next.Clear();
        foreach (uint key in keys) next[(int)(key >> shift) & (Digits - 1)]++;
        int before = 0;
        for (int digit = 0; digit < Digits; digit++) (next[digit], before) = (before, before + next[digit]);
        foreach (uint key in keys) ordered[next[(int)(key >> shift) & (Digits - 1)]++] = key;
    }

    // An unsigned number that rises with the float: the bits of negative ones fall, so they are turned.
    private static uint Key(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
    }

    private static float Value(uint key) => BitConverter.UInt32BitsToSingle((key & 0x8000_0000) != 0 ? key & 0x7FFF_FFFF : ~key);
}
