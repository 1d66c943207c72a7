using System.Numerics;
using System.Runtime.CompilerServices;

namespace DriftStream.Kernels;

/// <summary>
/// Counts group x decision x label. With few groups, 64 rows of a group are a word, and the population counts of such words joined with those
/// of decisions and labels give all cells. With more groups, rows become indices of the four count tables.
/// </summary>
internal static unsafe class TableCounts<TLanes> where TLanes : IByteLanes
{
    private const int States = 9, FewGroups = 8, Codes = 256, Word = 64;

    /// <summary>How many words of rows are counted for one group after the other.</summary>
    private const int Words = 64;

    public static void Count(ReadOnlySpan<byte> groups, BitColumn decisions, BitColumn labels, bool labelled, Span<long> counts)
    {
        int groupCount = counts.Length / (labelled ? 9 : 3);
        var scratch = Scratch.For(States * Codes);
        CellTables tables = scratch.Tables(States * Codes);
        // Few groups use one table as it comes: cell = group + 256 x state, as in the four.
        fixed (byte* codes = groups, d = decisions.Values, dv = decisions.Validity, l = labels.Values, lv = labels.Validity)
        {
            var source = new Source(codes, groups.Length, new Bits(d, decisions.ValuesOffset), new Bits(dv, decisions.ValidityOffset),
                new Bits(labelled ? l : null, labels.ValuesOffset), new Bits(labelled ? lv : null, labels.ValidityOffset), scratch.Tallies);
            if (groupCount <= FewGroups) CountFew(in source, (ulong*)scratch.Block, tables.First, groupCount);
            else CountMany(in source, scratch.Ranks, tables);
        }

        if (Take(tables, groupCount, labelled, counts) == groups.Length) return;
        for (int cell = 0; cell < States * Codes; cell++) tables.Take(cell);
        throw new ArgumentOutOfRangeException(nameof(groups), $"a group code is not below the {groupCount} groups of the table");
    }

    /// <summary>Moves the cells of the groups to <paramref name="counts"/>; returns how many rows they hold.</summary>
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
    private static void CountFew(in Source source, ulong* words, uint* table, int groupCount)
    {
        ulong* d1 = words, d2 = d1 + Words, l1 = d2 + Words, l2 = l1 + Words;
        for (int start = 0; start < source.Rows; start += Words * Word)
        {
            int end = Math.Min(Words * Word, source.Rows - start), whole = end / Word;
            ulong unknown = 0;
            for (int i = 0; i * Word < end; i++)
            {
                int row = start + (i * Word), rows = Math.Min(Word, end - (i * Word));
                (d2[i], l2[i]) = (source.Decided.Zeros(row, rows), source.Labelled.Zeros(row, rows));
                (d1[i], l1[i]) = (source.Decisions.At(row, rows) & ~d2[i], source.Labels.At(row, rows) & ~l2[i]);
                unknown |= d2[i] | l2[i];
            }

            byte* codes = source.CodesAt(start, Word), tail = source.CodesAt(start + (whole * Word), end % Word);
            // The last groups are those of unseen and missing values: usually no row is left for them.
            int left = end;
            for (int group = 0; group < groupCount && left > 0; group++)
            {
                uint* cells = table + group;
                left -= unknown == 0 ? Known(codes, (byte)group, whole, words, cells) : Any(codes, (byte)group, whole, words, cells);
                if (end % Word != 0) left -= Any(tail, (byte)group, 1, words + whole, cells);
            }
        }
    }

    /// <summary>Counts the rows of a group where every decision and label is known.</summary>
    /// <param name="codes">Whole words of rows.</param>
    /// <param name="group">The group's code.</param>
    /// <param name="count">How many words.</param>
    /// <param name="words">Words for decided yes, decision unknown, label 1, label unknown, which are <see cref="Words"/> apart.</param>
    /// <param name="cells">The group's cells, by state.</param>
    /// <returns>How many rows the group has.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Known(byte* codes, byte group, nint count, ulong* words, uint* cells)
    {
        ulong* d1 = words, l1 = words + (2 * Words);
        int all = 0, d = 0, l = 0, both = 0;
        for (nint i = 0; i < count; i++)
        {
            ulong rows = TLanes.Equal(codes + (i * Word), group), yes = rows & d1[i];
            all += BitOperations.PopCount(rows);
            d += BitOperations.PopCount(yes);
            l += BitOperations.PopCount(rows & l1[i]);
            both += BitOperations.PopCount(yes & l1[i]);
        }

        cells[0] += (uint)(all - d - l + both);
        cells[Codes] += (uint)(l - both);
        cells[3 * Codes] += (uint)(d - both);
        cells[4 * Codes] += (uint)both;
        return all;
    }

    /// <summary>Counts the rows of a group where some decision or label may be unknown.</summary>
    /// <inheritdoc cref="Known"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Any(byte* codes, byte group, nint count, ulong* words, uint* cells)
    {
        ulong* d1 = words, d2 = d1 + Words, l1 = d2 + Words, l2 = l1 + Words;
        int all = 0, dYes = 0, dUnknown = 0, lOne = 0, lUnknown = 0, yesOne = 0, yesUnknown = 0, unknownOne = 0, unknownBoth = 0;
        for (nint i = 0; i < count; i++)
        {
            ulong rows = TLanes.Equal(codes + (i * Word), group), yes = rows & d1[i], unknown = rows & d2[i];
            all += BitOperations.PopCount(rows);
            dYes += BitOperations.PopCount(yes);
            dUnknown += BitOperations.PopCount(unknown);
            lOne += BitOperations.PopCount(rows & l1[i]);
            lUnknown += BitOperations.PopCount(rows & l2[i]);
            yesOne += BitOperations.PopCount(yes & l1[i]);
            yesUnknown += BitOperations.PopCount(yes & l2[i]);
            unknownOne += BitOperations.PopCount(unknown & l1[i]);
            unknownBoth += BitOperations.PopCount(unknown & l2[i]);
        }

        int noOne = lOne - yesOne - unknownOne, noUnknown = lUnknown - yesUnknown - unknownBoth;
        cells[0] += (uint)(all - dYes - dUnknown - noOne - noUnknown);
        cells[Codes] += (uint)noOne;
        cells[2 * Codes] += (uint)noUnknown;
        cells[3 * Codes] += (uint)(dYes - yesOne - yesUnknown);
        cells[4 * Codes] += (uint)yesOne;
        cells[5 * Codes] += (uint)yesUnknown;
        cells[6 * Codes] += (uint)(dUnknown - unknownOne - unknownBoth);
        cells[7 * Codes] += (uint)unknownOne;
        cells[8 * Codes] += (uint)unknownBoth;
        return all;
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

        /// <summary>The codes from a row on, of which 64 may be read; beyond the last row they are 255.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public byte* CodesAt(int row, int count) => count == Word ? codes + row : Copy(row, count);

        private byte* Copy(int row, int count)
        {
            new Span<byte>(copy, Word).Fill(byte.MaxValue);
            new ReadOnlySpan<byte>(codes + row, count).CopyTo(new Span<byte>(copy, Word));
            return copy;
        }
    }
}
