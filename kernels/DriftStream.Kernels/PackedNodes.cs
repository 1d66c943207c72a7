namespace DriftStream.Kernels;

/// <summary>The levels of a binary search among few edges, each a row that registers look up.</summary>
/// <remarks>
/// The place of a value is one bit a level, the first level's lowest, so that a lookup sees the levels already done. Read the
/// other way round it is the value's cell.
/// </remarks>
internal static class PackedNodes
{
    /// <summary>How many nodes the row of a level has; NaN fills it up.</summary>
    public const int Row = 16;

    public const int MostLevels = 5, MostEdges = (1 << MostLevels) - 1;

    /// <summary>Fewer edges are compared just as fast.</summary>
    public const int LeastEdges = 10;

    /// <summary>
    /// Zeros, where a search starts. The compiler must not know that they are: it would make a select of a bit and zero that waits for
    /// what its register held before.
    /// </summary>
    public const int RootAt = MostLevels * Row;

    public const int Length = RootAt + Row;

    /// <summary>Every second counter of one bit, of two bits, and every second nibble.</summary>
    public const ulong Ones = 0x5555_5555_5555_5555, Twos = 0x3333_3333_3333_3333, Nibbles = 0x0F0F_0F0F_0F0F_0F0F;

    /// <summary>How many registers can be added before a nibble, or a byte, overflows.</summary>
    public const int MostInNibble = 12, MostInByte = byte.MaxValue / MostInNibble * MostInNibble;

    /// <summary>At least four: a level more costs less than a loop.</summary>
    public static int Levels(int edges) => edges > 15 ? 5 : 4;

    public static int CellOf(int place, int levels)
    {
        int cell = 0;
        for (int level = 0; level < levels; level++) cell = (2 * cell) + (place >> level & 1);
        return cell;
    }

    /// <param name="edges">Ascending.</param>
    /// <param name="rows">One row a level; filled with NaN before.</param>
    public static void Fill<T>(ReadOnlySpan<T> edges, Span<T> rows)
    {
        int levels = Levels(edges.Length);
        for (int level = 0; level < levels; level++)
        {
            for (int place = 0; place < 1 << level; place++)
            {
                // The edge halfway between those that the levels before have left.
                int edge = (((2 * CellOf(place, level)) + 1) << (levels - level - 1)) - 1;
                if (edge < edges.Length) rows[(level * Row) + place] = edges[edge];
            }
        }

        rows.Slice(RootAt, Row).Clear();
    }
}
