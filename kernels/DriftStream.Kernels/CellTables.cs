using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DriftStream.Kernels;

/// <summary>
/// Four count tables that take turns, so that a value which repeats does not wait for its own last increment.
/// All zeros between calls.
/// </summary>
internal readonly unsafe ref struct CellTables(uint* first, int stride, int cells)
{
    /// <summary>Below this many rows, most of a layout's cells are not touched.</summary>
    public const int FewRows = 64;

    public uint* First { get; } = first;

    public int Stride { get; } = stride;

    /// <summary>Whether four tables of that many cells save more, over that many rows, than it costs to empty them.</summary>
    public static bool Pay(int rows, int cells) => rows >= 256 && rows >= 2L * cells;

    /// <summary>Adds 1 to the cell of every row.</summary>
    /// <param name="cellsOfRows">The cell of each row, below the number of cells.</param>
    /// <param name="count">How many rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add<T>(T* cellsOfRows, nint count) where T : unmanaged, IBinaryInteger<T>
    {
        uint* t0 = First, t1 = t0 + Stride, t2 = t1 + Stride, t3 = t2 + Stride;
        nint i = 0;
        for (; i <= count - 4; i += 4)
        {
            t0[nuint.CreateTruncating(cellsOfRows[i])]++;
            t1[nuint.CreateTruncating(cellsOfRows[i + 1])]++;
            t2[nuint.CreateTruncating(cellsOfRows[i + 2])]++;
            t3[nuint.CreateTruncating(cellsOfRows[i + 3])]++;
        }

        for (; i < count; i++) t0[nuint.CreateTruncating(cellsOfRows[i])]++;
    }

    /// <summary>Adds 1 to the cell of every row, without tables.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTo(long* counts, uint* cellsOfRows, nint count)
    {
        nint i = 0;
        for (; i <= count - 4; i += 4)
        {
            counts[cellsOfRows[i]]++;
            counts[cellsOfRows[i + 1]]++;
            counts[cellsOfRows[i + 2]]++;
            counts[cellsOfRows[i + 3]]++;
        }

        for (; i < count; i++) counts[cellsOfRows[i]]++;
    }

    /// <summary>The count of one cell, which becomes zero.</summary>
    public long Take(int cell)
    {
        uint* t = First + cell;
        long count = (long)t[0] + t[Stride] + t[2 * Stride] + t[3 * Stride];
        t[0] = t[Stride] = t[2 * Stride] = t[3 * Stride] = 0;
        return count;
    }

    /// <summary>Adds the first cells to <paramref name="counts"/>; all cells become zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void MoveTo(Span<long> counts)
    {
        uint* t0 = First, t1 = t0 + Stride, t2 = t1 + Stride, t3 = t2 + Stride;
        int cell = 0;
        fixed (long* to = counts)
        {
            // One call counts fewer than 2^31 rows, so four tables cannot overflow together.
            for (; cell <= Math.Min(counts.Length, cells) - 8; cell += 8)
            {
                Vector256<uint> sum = Vector256.Load(t0 + cell) + Vector256.Load(t1 + cell)
                    + Vector256.Load(t2 + cell) + Vector256.Load(t3 + cell);
                (Vector256<ulong> low, Vector256<ulong> high) = Vector256.Widen(sum);
                (Vector256.Load(to + cell) + low.AsInt64()).Store(to + cell);
                (Vector256.Load(to + cell + 4) + high.AsInt64()).Store(to + cell + 4);
                Vector256<uint>.Zero.Store(t0 + cell);
                Vector256<uint>.Zero.Store(t1 + cell);
                Vector256<uint>.Zero.Store(t2 + cell);
                Vector256<uint>.Zero.Store(t3 + cell);
            }

            for (; cell < Math.Min(counts.Length, cells); cell++) to[cell] += Take(cell);
        }

        for (; cell < cells; cell++) Take(cell);
    }
}
