using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// The working memory of one thread: ranks of a block, a copy of a block, tallies, and the four count tables.
/// It belongs to the thread because the tables of a large layout (1 MiB) do not fit a stack, because a caller's buffer would be
/// a parameter of every call, and because memory that stays in place stays in the cache. It grows to the largest layout seen.
/// </summary>
internal sealed unsafe class Scratch
{
    /// <summary>How many values the tree kernels take at a time, so that their ranks stay in L1 between the passes.</summary>
    public const int RankLength = 1024;

    /// <summary>How many bytes of values are compared with few edges at a time.</summary>
    public const int BlockBytes = 16384;

    private const int PageBytes = 4096, TallyBytes = 2 * PageBytes;
    private const int RanksAt = 0, MasksAt = RankLength * sizeof(uint), ValidAt = MasksAt + (RankLength * sizeof(ushort)),
        BlockAt = ValidAt + 1024, TalliesAt = BlockAt + BlockBytes;

    // Loads of the tree wait for earlier stores that share their low 12 address bits (4K aliasing, up to 2x). The tree starts on a
    // page; the tables start at different places of a page, away from it and from each other.
    private const int TablesAt = TalliesAt + TallyBytes + 1024, TableSkew = 768;

    [ThreadStatic]
    private static Scratch? current;

    private readonly byte* start;
    private readonly byte[] memory;
    private readonly int longestTable;

    private Scratch(int cells)
    {
        longestTable = cells;
        memory = GC.AllocateArray<byte>(PageBytes + TablesAt + (4 * Stride(cells)), pinned: true);
        start = (byte*)(((nuint)Unsafe.AsPointer(ref memory[0]) + PageBytes - 1) & ~(nuint)(PageBytes - 1));
    }

    public uint* Ranks => (uint*)(start + RanksAt);

    public ushort* Masks => (ushort*)(start + MasksAt);

    public ulong* Valid => (ulong*)(start + ValidAt);

    public byte* Block => start + BlockAt;

    public byte* Tallies => start + TalliesAt;

    /// <summary>In place of the masks: one a value of a block.</summary>
    public ushort* Shares => (ushort*)(start + MasksAt);

    /// <summary>In place of the tallies: room for one a value of a block.</summary>
    public byte* Keys => start + TalliesAt;

    /// <summary>The scratch of this thread, with tables for <paramref name="cells"/> cells. Allocates only where it must grow.</summary>
    public static Scratch For(int cells)
    {
        Scratch? scratch = current;
        return scratch is not null && scratch.longestTable >= cells ? scratch : current = new Scratch(Math.Max(cells, 1024));
    }

    /// <summary>Four tables of zeros. Whoever counts into them must leave zeros behind.</summary>
    public CellTables Tables(int cells) => new((uint*)(start + TablesAt), Stride(cells) / sizeof(uint), cells);

    private static int Stride(int cells)
    {
        int bytes = cells * sizeof(uint);
        return TableSkew + ((bytes - TableSkew + PageBytes - 1) / PageBytes * PageBytes * (bytes > TableSkew ? 1 : 0));
    }
}
