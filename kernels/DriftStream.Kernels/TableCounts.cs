using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// Counts group x decision x label. Few groups: 64 rows of a group are a word, and a cell is the population count of words
/// joined. More groups: rows become indices of the four count tables.
/// </summary>
internal static unsafe class TableCounts<TLanes> where TLanes : IByteLanes
{
    private const int States = 9, FewGroups = 8, Codes = 256, Word = 64;

    public static void Count(ReadOnlySpan<byte> groups, BitColumn decisions, BitColumn labels, bool labelled, Span<long> counts)
    {
        int groupCount = counts.Length / (labelled ? 9 : 3);
        var scratch = Scratch.For(States * Codes);
        CellTables tables = scratch.Tables(States * Codes);
        // Few groups use one table, as it comes: cell = group + 256 x state, the same as the four.
        fixed (byte* codes = groups, d = decisions.Values, dv = decisions.Validity, l = labels.Values, lv = labels.Validity)
        {
            var source = new Source(codes, groups.Length, new Bits(d, decisions.ValuesOffset), new Bits(dv, decisions.ValidityOffset),
                new Bits(labelled ? l : null, labels.ValuesOffset), new Bits(labelled ? lv : null, labels.ValidityOffset), scratch.Block);
            if (groupCount <= FewGroups) CountFew(in source, tables.First, groupCount);
            else CountMany(in source, scratch.Ranks, tables);
        }

        if (Take(tables, groupCount, labelled, counts) == groups.Length) return;
        for (int cell = 0; cell < States * Codes; cell++) tables.Take(cell);
        throw new ArgumentOutOfRangeException(nameof(groups), $"a group code is not below the {groupCount} groups of the table");
    }

    /// <summary>Moves the cells of the groups to <paramref name="counts"/>; the rows they hold.</summary>
    private static long Take(CellTables tables, int groupCount, bool labelled, Span<long> counts)
    {
        int labelStates = labelled ? 3 : 1;
        long counted = 0;
        for (int group = 0, cell = 0; group < groupCount; group++)
        {
            for (int decision = 0; decision < 3; decision++)
            {
                for (int label = 0; label < labelStates; label++, cell++)
                {
                    long count = tables.Take(group + (Codes * ((3 * decision) + label)));
                    counts[cell] += count;
                    counted += count;
                }
            }
        }

        return counted;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountFew(in Source source, uint* table, int groupCount)
    {
        for (int row = 0; row < source.Rows; row += Word)
        {
            int rows = Math.Min(Word, source.Rows - row);
            byte* codes = source.CodesAt(row, rows);
            ulong here = Bitmap.Low(rows);
            ulong d1 = source.Decisions.At(row, rows), d2 = source.Decided.Zeros(row, rows);
            ulong l1 = source.Labels.At(row, rows), l2 = source.Labelled.Zeros(row, rows);
            d1 &= ~d2;
            l1 &= ~l2;
            ulong d0 = ~(d1 | d2), l0 = ~(l1 | l2);
            for (int group = 0; group < groupCount; group++)
            {
                ulong rowsOfGroup = TLanes.Equal(codes, (byte)group) & here;
                if (rowsOfGroup == 0) continue;
                uint* cells = table + group;
                AddDecision(cells, rowsOfGroup & d0, l0, l1, l2);
                AddDecision(cells + (3 * Codes), rowsOfGroup & d1, l0, l1, l2);
                if (d2 != 0) AddDecision(cells + (6 * Codes), rowsOfGroup & d2, l0, l1, l2);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddDecision(uint* cells, ulong rows, ulong l0, ulong l1, ulong l2)
    {
        cells[0] += (uint)BitOperations.PopCount(rows & l0);
        cells[Codes] += (uint)BitOperations.PopCount(rows & l1);
        if (l2 != 0) cells[2 * Codes] += (uint)BitOperations.PopCount(rows & l2);
    }

    // Indices of several words are written before any is counted, so that the increments do not wait for the words.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountMany(in Source source, uint* buffer, CellTables tables)
    {
        var cells = (ushort*)buffer;
        for (int start = 0; start < source.Rows; start += Scratch.RankLength)
        {
            int end = Math.Min(Scratch.RankLength, source.Rows - start);
            for (int i = 0; i < end; i += Word)
            {
                int row = start + i, rows = Math.Min(Word, end - i);
                ulong d2 = source.Decided.Zeros(row, rows), l2 = source.Labelled.Zeros(row, rows);
                ulong d1 = source.Decisions.At(row, rows) & ~d2, l1 = source.Labels.At(row, rows) & ~l2;
                TLanes.Combine(source.CodesAt(row, rows), d1, d2, l1, l2, cells + i);
            }

            tables.Add(cells, end);
        }
    }

    /// <summary>A bitmap and the bit of row 0; null where there is none.</summary>
    private readonly struct Bits(byte* bits, int offset)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong At(int row, int rows) => bits == null ? 0 : Bitmap.Word(bits, (long)offset + row, rows);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Zeros(int row, int rows) => bits == null ? 0 : ~Bitmap.Word(bits, (long)offset + row, rows) & Bitmap.Low(rows);
    }

    private readonly struct Source(byte* codes, int rows, Bits decisions, Bits decided, Bits labels, Bits labelled, byte* copy)
    {
        public readonly int Rows = rows;
        public readonly Bits Decisions = decisions, Decided = decided, Labels = labels, Labelled = labelled;

        /// <summary>The codes from a row on, of which 64 may be read.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public byte* CodesAt(int row, int count)
        {
            if (count == Word) return codes + row;
            Unsafe.CopyBlockUnaligned(copy, codes + row, (uint)count);
            return copy;
        }
    }
}
