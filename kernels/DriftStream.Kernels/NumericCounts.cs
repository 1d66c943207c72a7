using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>Takes a column through the kernels block by block. See <see cref="CountKernels"/> for what the calls mean.</summary>
internal static unsafe class NumericCounts<TLanes, TVector, T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Up to this many rows are searched for one by one: preparing a vector would cost more.</summary>
    private const int OneByOne = 4;

    public static void Count(EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        if (values.Length <= OneByOne) CountEach(index, values, validity, validityOffset, counts);
        else if (IsPacked(index.EdgeCount, values.Length)) PackedCounts<TLanes, TVector, T>.Count(index, values, validity, validityOffset, counts);
        else if (IsCompared(index.EdgeCount, values.Length)) CountFew(index, values, validity, validityOffset, counts);
        else CountMany(index, GuideOf(index, values.Length), values, validity, validityOffset, counts);
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
                var run = Run<TLanes, TVector, T>.Of(start, row, Math.Min(Scratch.RankLength, values.Length - row), null, 0,
                    scratch, copyNulls: false, anyOrder: false);
                numbers = Rank(index, run.Block, scratch, numbers);
                Span<uint> to = cells.Slice(row, run.Block.Rows);
                for (int i = 0; i < to.Length; i++) to[i] = T.IsNaN(run.Block.Values[i]) ? nanCell : scratch.Ranks[i];
                row += run.Block.Rows;
            }
        }

        GC.KeepAlive(index);
    }

    /// <summary>Writes into the scratch, for every value of a block, how many edges are at most it.</summary>
    private static TVector Rank(EdgeIndex<T> index, in Block<T> block, Scratch scratch, TVector numbers)
    {
        ReadOnlySpan<nint> levels = index.Levels;
        int shift = BitOperations.Log2(EdgeIndex<T>.Node);
        numbers = TreeTop<TLanes, TVector, T>.Rank(index.Tree, index.TopSteps, in block, scratch.Ranks, levels.IsEmpty ? 0 : shift, numbers);
        for (int i = 0; i < levels.Length; i++)
            TLanes.Refine((T*)levels[i], block.Numbers, block.Count, scratch.Ranks, i == levels.Length - 1 ? 0 : shift, scratch.Masks);
        return numbers;
    }

    private static void CountEach(
        EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        ReadOnlySpan<T> edges = index.Edges;
        for (int row = 0; row < values.Length; row++)
        {
            if (!validity.IsEmpty && (validity[(validityOffset + row) >> 3] >> ((validityOffset + row) & 7) & 1) == 0) continue;
            T x = values[row];
            int cell = 0;
            for (int left = edges.Length; left > 0;)
            {
                int half = (left + 1) / 2;
                cell += x >= edges[cell + half - 1] ? half : 0;
                left -= half;
            }

            counts[T.IsNaN(x) ? counts.Length - 1 : cell]++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountFew(
        EdgeIndex<T> index, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        var scratch = Scratch.For(0);
        var tallies = (TVector*)scratch.Tallies;
        new Span<TVector>(tallies, index.FewLength).Clear();
        long nulls = 0;
        fixed (T* start = values)
        fixed (byte* bits = validity)
        {
            int most = Scratch.BlockBytes / sizeof(T);
            for (int row = 0; row < values.Length;)
            {
                var run = Run<TLanes, TVector, T>.Of(start, row, Math.Min(most, values.Length - row), bits, validityOffset,
                    scratch, copyNulls: true, anyOrder: true);
                CompareAccumulate<TLanes, TVector, T>.Add(index.Few, index.FewLength, run.Block.Values, run.Block.Count, tallies);
                nulls += run.Nulls;
                row += run.Block.Rows;
            }
        }

        // Tally j counts the values at or above edge j; the first one counts all that are not NaN.
        long above = TLanes.Sum(tallies[0]);
        counts[^1] += values.Length - nulls - above;
        for (int cell = 0; cell < index.EdgeCount; cell++)
        {
            long next = TLanes.Sum(tallies[cell + 1]);
            counts[cell] += above - next;
            above = next;
        }

        counts[index.EdgeCount] += above;
    }

    // Counters of many cells pay off only from some number of rows on. Measured.
    private static bool IsPacked(int edges, int values) =>
        edges >= PackedNodes.LeastEdges && edges <= TLanes.PackedEdges && values >= 64 + (2 * edges);

    // Every edge has a tally to be summed at the end, which pays off only from some number of rows on. Measured.
    private static bool IsCompared(int edges, int values) => edges <= TLanes.FewEdges && values > 4 * (edges - 4);

    private static Guide<T>? GuideOf(EdgeIndex<T> index, long values)
    {
        long most = values * TLanes.GuidedShares;
        if (index.EdgeCount < TLanes.GuidedEdges || Guide<T>.FewestShares(index.EdgeCount) > most) return null;
        return index.Guide is { } guide && guide.Shares <= most ? guide : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountMany(
        EdgeIndex<T> index, Guide<T>? guide, ReadOnlySpan<T> values, ReadOnlySpan<byte> validity, int validityOffset, Span<long> counts)
    {
        int cells = index.EdgeCount + 1;
        bool useTables = CellTables.Pay(values.Length, cells);
        var scratch = Scratch.For(useTables ? cells : 0);
        CellTables tables = scratch.Tables(cells);
        var keys = (T*)scratch.Keys;
        TVector numbers = default;
        long nulls = 0;
        fixed (T* start = values)
        fixed (byte* bits = validity)
        fixed (long* direct = counts)
        {
            // What a thousand other columns have pushed out of the cache comes back while the values are ranked (2x).
            if (!useTables && (guide is not null || values.Length >= CellTables.FewRows))
            {
                if (guide is null) CacheLines.Prefetch(index.Tree, index.TreeBytes);
                else guide.Prefetch();
                CacheLines.Prefetch(direct, cells * sizeof(long));
            }

            for (int row = 0; row < values.Length;)
            {
                var run = Run<TLanes, TVector, T>.Of(start, row, Math.Min(Scratch.RankLength, values.Length - row), bits, validityOffset,
                    scratch, copyNulls: false, anyOrder: false);
                if (guide is null)
                {
                    numbers = Rank(index, run.Block, scratch, numbers);
                    if (useTables) tables.Add(scratch.Ranks, run.Block.Rows);
                    else CellTables.AddTo(direct, scratch.Ranks, run.Block.Rows);
                }
                else
                {
                    numbers = Shares<TLanes, TVector, T>.Find(guide, run.Block, scratch.Shares, keys, numbers);
                    if (useTables) guide.Add(scratch.Shares, keys, run.Block.Rows, tables);
                    else guide.AddTo(direct, scratch.Shares, keys, run.Block.Rows);
                }

                nulls += run.Nulls;
                row += run.Block.Rows;
            }
        }

        if (useTables) tables.MoveTo(counts[..cells]);
        // NaN was counted in cell 0, together with the NaN that replaced nulls.
        long nans = values.Length - TLanes.Sum(numbers);
        counts[0] -= nans;
        counts[^1] += nans - nulls;
    }
}
