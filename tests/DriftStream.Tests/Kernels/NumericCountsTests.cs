using System.Numerics;
using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Kernels;

public sealed class NumericCountsTests
{
    public static TheoryData<string> Kernels => Roster.Names;

    [Theory, MemberData(nameof(Kernels))]
    public void Count_EverySizeUpTo2000_AsPlain(string kernel)
    {
        var random = new Random(1);
        double[] values = Roster.Doubles(random, 2000, "special");
        byte[] validity = Roster.Bitmap(random, 2000, 0.9);
        foreach (int edges in (int[])[5, 12, 20, 70, 300])
        {
            double[] sorted = Roster.Edges(random, edges, "normal");
            EverySize<double>(kernel, sorted, values, validity);
            EverySize<float>(kernel, [.. sorted.Select(edge => (float)edge)], [.. values.Select(value => (float)value)], validity);
        }
    }

    private static void EverySize<T>(string kernel, T[] edges, T[] values, byte[] validity)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var index = EdgeIndex<T>.Create(edges);
        long[] all = new long[index.Cells], valid = new long[index.Cells], counts = new long[index.Cells];
        for (int size = 0; size <= values.Length; size++)
        {
            Array.Clear(counts);
            Use(kernel).Count(index, values.AsSpan(0, size), [], 0, counts);
            if (!counts.AsSpan().SequenceEqual(all)) Assert.Fail($"{edges.Length} edges, {size} values");
            Array.Clear(counts);
            Use(kernel).Count(index, values.AsSpan(0, size), validity, 0, counts);
            if (!counts.AsSpan().SequenceEqual(valid)) Assert.Fail($"{edges.Length} edges, {size} values with nulls");
            if (size == values.Length) break;

            int cell = PlainCounts.CellOf<T>(edges, values[size]);
            all[cell]++;
            if (PlainCounts.Valid(validity, size)) valid[cell]++;
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Count_EveryPlanAndDistribution_AsPlain(string kernel) => CheckAll(kernel, NumericCases.EveryPlanAndDistribution());

    [Theory, MemberData(nameof(Kernels))]
    public void Count_Most65535Edges_AsPlain(string kernel) => CheckAll(kernel, NumericCases.MostEdges());

    [Theory, MemberData(nameof(Kernels))]
    public void Count_ValuesOnAndBesideEveryEdge_AsPlain(string kernel)
    {
        foreach ((double[] edges, double[] values) in NumericCases.OnAndBesideEdges<double>()) CheckOne<double>(kernel, edges, values, [], 0);
        foreach ((float[] edges, float[] values) in NumericCases.OnAndBesideEdges<float>()) CheckOne<float>(kernel, edges, values, [], 0);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Count_UnalignedStartsAndBitOffsets_AsPlain(string kernel) => CheckAll(kernel, NumericCases.Unaligned());

    [Theory, MemberData(nameof(Kernels))]
    public void Count_AllNullAndNoNull_AsPlain(string kernel) => CheckAll(kernel, NumericCases.AllNullAndNoNull());

    [Theory, MemberData(nameof(Kernels))]
    public void Count_AddsToWhatIsThere(string kernel)
    {
        var index = EdgeIndex<float>.Create([0f]);
        long[] counts = [long.MaxValue - 5, 3, 8];
        Use(kernel).Count(index, [-1f, 1f, float.NaN, float.NaN], [], 0, counts);
        Assert.Equal([long.MaxValue - 4, 4, 10], counts);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Count_SeededFuzz_AsPlain(string kernel)
    {
        foreach (NumericCase one in NumericCases.Fuzz(Math.Max(1, 10_000 / CountKernels.Available.Count)))
        {
            if (one.Wide) CheckOne<double>(kernel, one.Edges, one.Values.Span, one.Validity, one.Offset);
            else CheckOne<float>(kernel, one.Edges32, one.Values32, one.Validity, one.Offset);
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Count_10000Calls_AllocatesNothing(string kernel)
    {
        var random = new Random(7);
        float[] values = Roster.Floats(random, 700, "special");
        double[] doubles = Roster.Doubles(random, 700, "special");
        byte[] validity = Roster.Bitmap(random, 700, 0.9);
        var few = EdgeIndex<float>.Create([-1f, 0f, 1f]);
        var many = EdgeIndex<double>.Create(Roster.Edges(random, 255, "normal"));
        long[] fewCounts = new long[few.Cells], manyCounts = new long[many.Cells];
        uint[] cells = new uint[700];
        CountKernel use = Use(kernel);
        Assert.Equal(0, Allocation.Of10000(Call));

        void Call()
        {
            use.Count(few, values, validity, 0, fewCounts);
            use.Count(many, doubles, validity, 0, manyCounts);
            use.Rank(many, doubles, cells);
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Count_WrongLengths_Refused(string kernel)
    {
        var index = EdgeIndex<double>.Create([0.0]);
        Assert.Throws<ArgumentException>(() => Use(kernel).Count(index, new double[9], [], 0, new long[2]));
        Assert.Throws<ArgumentException>(() => Use(kernel).Count(index, new double[9], new byte[1], 0, new long[3]));
        Assert.Throws<ArgumentException>(() => Use(kernel).Count(index, new double[8], new byte[1], 1, new long[3]));
        Assert.Throws<ArgumentException>(() => Use(kernel).Rank(index, new double[8], new uint[7]));
    }

    private static void CheckAll(string kernel, IEnumerable<NumericCase> cases)
    {
        foreach (NumericCase one in cases)
        {
            CheckOne<double>(kernel, one.Edges, one.Values.Span, one.Validity, one.Offset);
            CheckOne<float>(kernel, one.Edges32, one.Values32, one.Validity, one.Offset);
        }
    }

    private static void CheckOne<T>(string kernel, T[] edges, ReadOnlySpan<T> values, byte[] validity, int offset)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long[] expected = PlainCounts.Count<T>(edges, values, validity, offset);
        // Every kernel serves every plan: an index may be older than the kernel that reads it.
        foreach (int top in (int[])[2, 3, 4])
        {
            var index = EdgeIndex<T>.Create(edges, top);
            long[] counts = new long[index.Cells];
            Use(kernel).Count(index, values, validity, offset, counts);
            if (!counts.AsSpan().SequenceEqual(expected)) Assert.Equal(expected, counts);
            if (validity.Length > 0) continue;

            uint[] cells = new uint[values.Length];
            Use(kernel).Rank(index, values, cells);
            for (int i = 0; i < cells.Length; i++)
            {
                if (PlainCounts.CellOf(edges, values[i]) != cells[i]) Assert.Fail($"row {i}, {values[i]:R}: cell {cells[i]}");
            }
        }
    }

    private static CountKernel Use(string kernel) => CountKernels.Named(kernel);
}
