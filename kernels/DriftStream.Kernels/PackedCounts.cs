using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DriftStream.Kernels;

/// <summary>
/// For 10 to 31 edges: a binary search in registers finds the cell of a value, and every lane of a register holds counters of all cells, of
/// two bits or of one, to which a value adds a shifted 1. Counters are widened as they fill: to nibbles, bytes, then numbers.
/// Nothing is stored for a value, and no cost depends on the data.
/// </summary>
/// <remarks>
/// After the positional population counts of Klarqvist, Muła and Lemire (2019): there the words come with their bits, here a search sets them.
/// </remarks>
internal static unsafe class PackedCounts<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How many registers of bytes, 64 each or fewer, hold the counters.</summary>
    private const int Registers = 8;

    /// <summary>Where the sum of each cell is: in which register's sums, and in which of the four sums of 16 bits of its even or odd bytes.</summary>
    private static readonly byte[] Sums = [.. Cells(4), .. Cells(5)];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Count(EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        int levels = PackedNodes.Levels(index.EdgeCount);
        var scratch = Scratch.For(0);
        byte* tallies = scratch.Tallies;
        new Span<byte>(tallies, Registers * 64).Clear();
        TVector numbers = default;
        long nulls = 0, taken = 0;
        int left = PackedNodes.MostInByte;
        fixed (T* start = values)
        fixed (byte* bits = validity)
        {
            int most = Scratch.BlockBytes / sizeof(T);
            for (int row = 0; row < values.Length;)
            {
                var run = Run<TLanes, TVector, T>.Of(start, row, Math.Min(most, values.Length - row), bits, validityOffset,
                    scratch, copyNulls: false, anyOrder: true);
                Block<T> block = run.Block;
                // What is left of the bytes is a multiple of 64 values, so that a register's bits start in a word.
                for (int done = 0, some; done < block.Count; done += some, left -= some / TLanes.Width)
                {
                    if (left * TLanes.Width < 64)
                    {
                        Take(tallies, (ulong*)scratch.Ranks, levels, counts[..^1]);
                        left = PackedNodes.MostInByte;
                    }

                    some = Math.Min(left * TLanes.Width & -64, block.Count - done);
                    ulong* valid = block.Valid == null ? null : block.Valid + (done / 64);
                    numbers = TLanes.Pack(index.Packed, levels, block.Values + done, valid, some / TLanes.Width, tallies, numbers);
                }

                taken += block.Count;
                nulls += run.Nulls;
                row += block.Rows;
            }
        }

        Take(tallies, (ulong*)scratch.Ranks, levels, counts[..^1]);
        // NaN is at least nothing, so it was counted in cell 0, together with the NaN that replaced nulls and fills the end.
        long found = TLanes.Sum(numbers);
        counts[0] -= taken - found;
        counts[^1] += values.Length - nulls - found;
    }

    /// <summary>Adds the bytes to the cells and clears them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Take(byte* tallies, ulong* sums, int levels, Span<long> cells)
    {
        var every2nd = Vector256.Create(0x00FF_00FF_00FF_00FFUL);
        int registers = AreSingle(levels) ? Registers : Registers / 2, bytes = TLanes.Width * sizeof(T);
        for (int register = 0; register < registers; register++)
        {
            Vector256<ulong> even = default, odd = default;
            for (byte* end = tallies + bytes; tallies < end; tallies += 32)
            {
                Vector256<ulong> some = Vector256.Load((ulong*)tallies);
                even += some & every2nd;
                odd += (some >> 8) & every2nd;
                Vector256<byte>.Zero.Store(tallies);
            }

            (ulong low, ulong high) = (Vector256.Sum(even), Vector256.Sum(odd));
            // For floats, two lanes make a word.
            if (sizeof(T) == sizeof(float)) (low, high) = (low + (low >> 32), high + (high >> 32));
            (sums[2 * register], sums[(2 * register) + 1]) = (low, high);
        }

        ref byte at = ref Sums[levels == 4 ? 0 : 16];
        for (int cell = 0; cell < cells.Length; cell++) cells[cell] += ((ushort*)sums)[Unsafe.Add(ref at, cell)];
    }

    private static bool AreSingle(int levels) => sizeof(T) * 4 < 1 << levels;

    // Byte b of a lane counts the places whose low bits are the register's, in the order in which the counters were split.
    private static byte[] Cells(int levels)
    {
        byte[] sums = new byte[1 << levels];
        bool single = AreSingle(levels);
        for (int register = 0; register < (single ? Registers : Registers / 2); register++)
        {
            int low = ((register & 1) << 1) | (register >> 1 & 1);
            for (int b = 0; b < sizeof(T); b++)
            {
                int place = single ? (8 * b) + (2 * low) + (register >> 2) : (4 * b) + low;
                if (place < sums.Length) sums[PackedNodes.CellOf(place, levels)] = (byte)((8 * register) + (4 * (b & 1)) + (b >> 1));
            }
        }

        return sums;
    }
}
