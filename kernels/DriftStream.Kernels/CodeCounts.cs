using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>Counts small integers, in the same way on every CPU: the limit is one table increment a row, which needs no vectors.</summary>
internal static unsafe class CodeCounts<T> where T : unmanaged, IBinaryInteger<T>
{
    // With more cells, four tables do not stay in the cache.
    private const int MostTableCells = 65536;

    public static void Count(ReadOnlySpan<T> codes, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        fixed (T* start = codes)
        fixed (byte* bits = validity)
        fixed (long* direct = counts)
        {
            if (counts.Length > MostTableCells || !CellTables.Pay(codes.Length, counts.Length))
            {
                if (!CountDirectly(start, codes.Length, bits, validityOffset, direct, (ulong)counts.Length)) throw OutOfRange();
                return;
            }

            // One more cell takes nulls and codes that are out of range.
            int cells = counts.Length + 1;
            CellTables tables = Scratch.For(cells).Tables(cells);
            long nulls = CountInTables(start, codes.Length, bits, validityOffset, tables.First, tables.Stride, (ulong)counts.Length);
            bool inRange = tables.Take(counts.Length) == nulls;
            tables.MoveTo(counts);
            if (!inRange) throw OutOfRange();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long CountInTables(T* codes, int count, byte* validity, int offset, uint* t0, int stride, ulong outside)
    {
        uint* t1 = t0 + stride, t2 = t1 + stride, t3 = t2 + stride;
        long nulls = 0;
        for (int row = 0; row < count; row += 64)
        {
            int rows = Math.Min(64, count - row);
            ulong valid = validity == null ? Bitmap.Low(rows) : Bitmap.Word(validity, (long)offset + row, rows);
            T* at = codes + row;
            nulls += rows - BitOperations.PopCount(valid);
            int four = valid == ulong.MaxValue ? 64 : 0;
            for (nint i = 0; i < four; i += 4)
            {
                t0[Math.Min(Code(at[i]), outside)]++;
                t1[Math.Min(Code(at[i + 1]), outside)]++;
                t2[Math.Min(Code(at[i + 2]), outside)]++;
                t3[Math.Min(Code(at[i + 3]), outside)]++;
            }

            for (int i = four; i <= rows - 4; i += 4, valid >>= 4)
            {
                t0[Math.Min(CodeOrOutside(at[i], valid, outside), outside)]++;
                t1[Math.Min(CodeOrOutside(at[i + 1], valid >> 1, outside), outside)]++;
                t2[Math.Min(CodeOrOutside(at[i + 2], valid >> 2, outside), outside)]++;
                t3[Math.Min(CodeOrOutside(at[i + 3], valid >> 3, outside), outside)]++;
            }

            for (int i = rows & ~3; i < rows; i++, valid >>= 1) t0[Math.Min(CodeOrOutside(at[i], valid, outside), outside)]++;
        }

        return nulls;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool CountDirectly(T* codes, int count, byte* validity, int offset, long* counts, ulong outside)
    {
        bool inRange = true;
        for (int row = 0; row < count; row += 64)
        {
            int rows = Math.Min(64, count - row);
            ulong valid = validity == null ? Bitmap.Low(rows) : Bitmap.Word(validity, (long)offset + row, rows);
            for (; valid != 0; valid &= valid - 1)
            {
                ulong code = Code(codes[row + BitOperations.TrailingZeroCount(valid)]);
                if (code < outside) counts[code]++;
                else inRange = false;
            }
        }

        return inRange;
    }

    // The cell of nulls where the lowest bit is 0. Without a branch, because nulls come at random; Min has one, but it is never taken.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong CodeOrOutside(T code, ulong valid, ulong outside) => ((Code(code) ^ outside) & (0 - (valid & 1))) ^ outside;

    // Signed types keep their sign, so a negative code becomes a huge one. The size is a constant to the JIT.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Code(T code)
    {
        if (typeof(T) == typeof(byte)) return Unsafe.BitCast<T, byte>(code);
        if (typeof(T) == typeof(sbyte)) return (ulong)Unsafe.BitCast<T, sbyte>(code);
        if (typeof(T) == typeof(ushort)) return Unsafe.BitCast<T, ushort>(code);
        if (typeof(T) == typeof(short)) return (ulong)Unsafe.BitCast<T, short>(code);
        if (typeof(T) == typeof(uint)) return Unsafe.BitCast<T, uint>(code);
        if (typeof(T) == typeof(int)) return (ulong)Unsafe.BitCast<T, int>(code);
        if (typeof(T) == typeof(ulong)) return Unsafe.BitCast<T, ulong>(code);
        if (typeof(T) == typeof(long)) return (ulong)Unsafe.BitCast<T, long>(code);
        return ulong.CreateSaturating(code);
    }

    private static ArgumentOutOfRangeException OutOfRange() =>
        new("codes", "the code of a row that is not null is negative or not below the number of counts");
}
