using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>Takes a column through the kernels block by block. See <see cref="CountKernels"/> for what the calls mean.</summary>
internal static unsafe class NumericCounts<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static void Count(EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        if (index.EdgeCount <= TLanes.FewEdges) CountFew(index, values, validity, validityOffset, counts);
        else CountMany(index, values, validity, validityOffset, counts);
        GC.KeepAlive(index);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rank(EdgeIndex<T> index, ReadOnlySpan<T> values, Span<uint> cells)
    {
        var scratch = Scratch.For(0);
        TVector numbers = default;
        uint nanCell = (uint)index.EdgeCount + 1;
        fixed (T* start = values)
        {
            for (int row = 0; row < values.Length;)
            {
                var block = Block.Of(start, row, Math.Min(Scratch.RankLength, values.Length - row), null, 0, scratch);
                TreeRank<TLanes, TVector, T>.Rank(index, block.Values, block.Padded, scratch.Ranks, ref numbers);
                Span<uint> to = cells.Slice(row, block.Count);
                for (int i = 0; i < to.Length; i++) to[i] = T.IsNaN(block.Values[i]) ? nanCell : scratch.Ranks[i];
                row += block.Count;
            }
        }

        GC.KeepAlive(index);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountFew(
        EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        var scratch = Scratch.For(0);
        var tallies = (TVector*)scratch.Tallies;
        new Span<TVector>(tallies, index.FewLength).Clear();
        long blanks = 0;
        fixed (T* start = values)
        fixed (byte* bits = validity)
        {
            int most = Scratch.BlockBytes / sizeof(T);
            for (int row = 0; row < values.Length;)
            {
                var block = Block.Of(start, row, Math.Min(most, values.Length - row), bits, validityOffset, scratch);
                CompareAccumulate<TLanes, TVector, T>.Add(index.Few, index.FewLength, block.Values, block.Padded, tallies);
                blanks += block.Nulls;
                row += block.Count;
            }
        }

        // Tally j counts the values at or above edge j, the first all that are not NaN.
        long above = TLanes.Sum(tallies[0]);
        counts[^1] += values.Length - blanks - above;
        for (int cell = 0; cell < index.EdgeCount; cell++)
        {
            long next = TLanes.Sum(tallies[cell + 1]);
            counts[cell] += above - next;
            above = next;
        }

        counts[index.EdgeCount] += above;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountMany(
        EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        int cells = index.EdgeCount + 1;
        bool useTables = values.Length >= (long)cells * CellTables.RowsPerCell;
        var scratch = Scratch.For(useTables ? cells : 0);
        CellTables tables = scratch.Tables(cells);
        TVector numbers = default;
        long blanks = 0, padded = 0;
        fixed (T* start = values)
        fixed (byte* bits = validity)
        fixed (long* direct = counts)
        {
            for (int row = 0; row < values.Length;)
            {
                var block = Block.Of(start, row, Math.Min(Scratch.RankLength, values.Length - row), bits, validityOffset, scratch);
                TreeRank<TLanes, TVector, T>.Rank(index, block.Values, block.Padded, scratch.Ranks, ref numbers);
                if (useTables) tables.Add(scratch.Ranks, block.Padded);
                else for (int i = 0; i < block.Padded; i++) direct[scratch.Ranks[i]]++;
                padded += block.Padded;
                blanks += block.Padded - block.Count + block.Nulls;
                row += block.Count;
            }
        }

        if (useTables) tables.MoveTo(counts[..cells]);
        // NaN was counted in cell 0, and with it what stood in for nulls and padding.
        long nans = padded - TLanes.Sum(numbers);
        counts[0] -= nans;
        counts[^1] += nans - blanks;
    }

    /// <summary>A run of values that the kernels can take: a multiple of 16, NaN for null. Only what must be copied is.</summary>
    private readonly ref struct Block(T* values, int count, int padded, int nulls)
    {
        public T* Values { get; } = values;

        public int Count { get; } = count;

        public int Padded { get; } = padded;

        public int Nulls { get; } = nulls;

        public static Block Of(T* column, int row, int count, byte* validity, int validityOffset, Scratch scratch)
        {
            int nulls = validity == null ? 0 : Bitmap.CountZeros(validity, (long)validityOffset + row, count);
            int whole = count & ~15;
            // Without nulls what fills no vector is another, short block.
            if (nulls == 0 && whole > 0) return new Block(column + row, whole, whole, 0);
            var copy = (T*)scratch.Block;
            Blanks<TLanes, TVector, T>.Copy(column + row, count, nulls == 0 ? null : validity, (long)validityOffset + row, T.NaN, copy);
            return new Block(copy, count, (count + 15) & ~15, nulls);
        }
    }
}
