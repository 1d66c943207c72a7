using System.Numerics;
using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Kernels;

public sealed class CodeCountsTests
{
    [Fact]
    public void CountCodes_EveryIntegerType_AsPlain()
    {
        Check<byte>();
        Check<sbyte>();
        Check<ushort>();
        Check<short>();
        Check<uint>();
        Check<int>();
        Check<ulong>();
        Check<long>();
    }

    [Fact]
    public void CountCodes_ManyCells_AsPlain()
    {
        var random = new Random(1);
        foreach (int cells in (int[])[1000, 65_536, 65_537, 200_000])
        {
            int[] codes = [.. Enumerable.Range(0, 300_000).Select(_ => random.Next(cells))];
            CheckOne(codes, Roster.Bitmap(random, codes.Length, 0.9), 0, cells);
        }
    }

    [Fact]
    public void CountCodes_BehindNullsAnything_Ignored()
    {
        long[] counts = new long[2];
        int[] codes = [.. Enumerable.Repeat((int[])[0, -7, 1, int.MaxValue], 40).SelectMany(x => x)];
        CountKernels.CountCodes<int>(codes, [.. Enumerable.Repeat((byte)0b0101_0101, 20)], 0, counts);
        Assert.Equal([40, 40], counts);
    }

    [Theory, InlineData(3), InlineData(-1), InlineData(long.MinValue)]
    public void CountCodes_CodeWithoutCell_Refused(long code)
    {
        foreach (int rows in (int[])[1, 400])
        {
            long[] codes = new long[rows];
            codes[^1] = code;
            Assert.Throws<ArgumentOutOfRangeException>(() => CountKernels.CountCodes<long>(codes, [], 0, new long[3]));
        }

        // The tables are clean again.
        long[] counts = new long[3];
        CountKernels.CountCodes<long>(new long[400], [], 0, counts);
        Assert.Equal([400, 0, 0], counts);
    }

    [Fact]
    public void CountCodes_10000Calls_AllocatesNothing()
    {
        int[] codes = [.. Enumerable.Range(0, 500).Select(i => i % 20)];
        byte[] validity = Roster.Bitmap(new Random(2), 500, 0.9);
        long[] counts = new long[20];
        Assert.Equal(0, Allocation.Of10000(() => CountKernels.CountCodes<int>(codes, validity, 0, counts)));
    }

    private static void Check<T>() where T : unmanaged, IBinaryInteger<T>
    {
        var random = new Random(3);
        for (int size = 0; size < 700; size++)
        {
            int cells = random.Next(1, 127), offset = random.Next(20);
            T[] codes = [.. Enumerable.Range(0, size).Select(_ => T.CreateChecked(random.Next(cells)))];
            CheckOne(codes, [], 0, cells);
            CheckOne(codes, Roster.Bitmap(random, size + offset, random.NextDouble()), offset, cells);
        }
    }

    private static void CheckOne<T>(T[] codes, byte[] validity, int offset, int cells) where T : unmanaged, IBinaryInteger<T>
    {
        long[] expected = new long[cells], counts = new long[cells];
        for (int i = 0; i < codes.Length; i++)
        {
            if (PlainCounts.Valid(validity, offset + i)) expected[int.CreateChecked(codes[i])]++;
        }

        CountKernels.CountCodes<T>(codes, validity, offset, counts);
        if (!counts.AsSpan().SequenceEqual(expected)) Assert.Equal(expected, counts);
    }
}
