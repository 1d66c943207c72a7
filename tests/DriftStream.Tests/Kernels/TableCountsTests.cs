using DriftStream.Cells;
using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Kernels;

public sealed class TableCountsTests
{
    public static TheoryData<string> Kernels => Roster.Names;

    [Theory, MemberData(nameof(Kernels))]
    public void CountTable_AnyShape_AsTheLayoutSays(string kernel)
    {
        for (int seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            int rows = random.Next(4) == 0 ? random.Next(2500) : random.Next(200), offset = random.Next(20);
            bool labelled = random.Next(2) == 0;
            int named = random.Next(random.Next(3) == 0 ? 255 : 12);
            Layout layout = Layout.Table([.. Enumerable.Range(0, named).Select(i => $"{i}")], labelled);
            byte[] groups = [.. Enumerable.Range(0, rows).Select(_ => (byte)random.Next(layout.Categories.Length + 2))];
            byte[] decisions = Roster.Bitmap(random, rows + offset + 1, 0.4), labels = Roster.Bitmap(random, rows + offset + 1, 0.7);
            byte[] decided = random.Next(2) == 0 ? [] : Roster.Bitmap(random, rows + offset + 1, random.NextDouble());
            byte[] known = random.Next(2) == 0 ? [] : Roster.Bitmap(random, rows + offset + 1, random.NextDouble());

            long[] expected = new long[layout.Cells], counts = new long[layout.Cells];
            for (int i = 0; i < rows; i++)
                expected[layout.TableCell(groups[i], State(decisions, decided, offset + i), State(labels, known, i + 1))]++;
            BitColumn label = labelled ? new BitColumn(labels, 1, known, 1) : default;
            CountKernels.Named(kernel).CountTable(groups, new BitColumn(decisions, offset, decided, offset), label, labelled, counts);
            if (!counts.AsSpan().SequenceEqual(expected)) Assert.Equal(expected, counts);
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void CountTable_GroupWithoutCells_RefusedAndTablesClean(string kernel)
    {
        foreach (int groups in (int[])[3, 20])
        {
            byte[] codes = new byte[100], bits = new byte[13];
            codes[50] = (byte)groups;
            Assert.Throws<ArgumentOutOfRangeException>(() =>
                CountKernels.Named(kernel).CountTable(codes, new BitColumn(bits, 0, [], 0), default, false, new long[groups * 3]));
            codes[50] = 0;
            long[] counts = new long[groups * 3];
            CountKernels.Named(kernel).CountTable(codes, new BitColumn(bits, 0, [], 0), default, false, counts);
            Assert.Equal(100, counts[0]);
            Assert.Equal(100, counts.Sum());
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void CountTable_ShortBitmap_Refused(string kernel) => Assert.Throws<ArgumentException>(() =>
        CountKernels.Named(kernel).CountTable(new byte[9], new BitColumn(new byte[1], 0, [], 0), default, false, new long[9]));

    [Theory, MemberData(nameof(Kernels))]
    public void CountTable_10000Calls_AllocatesNothing(string kernel)
    {
        byte[] groups = [.. Enumerable.Range(0, 500).Select(i => (byte)(i % 3))], bits = Roster.Bitmap(new Random(1), 500, 0.5);
        long[] few = new long[27], many = new long[270];
        CountKernel use = CountKernels.Named(kernel);
        Assert.Equal(0, Allocation.Of10000(Call));

        void Call()
        {
            use.CountTable(groups, new BitColumn(bits, 0, bits, 0), new BitColumn(bits, 0, [], 0), true, few);
            use.CountTable(groups, new BitColumn(bits, 0, bits, 0), new BitColumn(bits, 0, [], 0), true, many);
        }
    }

    private static int State(byte[] values, byte[] validity, int bit) =>
        !PlainCounts.Valid(validity, bit) ? 2 : PlainCounts.Valid(values, bit) ? 1 : 0;
}
