using DriftStream.Kernels;
using DriftStream.Kernels.Gpu;
using DriftStream.Tests.Kernels;
using Xunit;

namespace DriftStream.Tests.Gpu;

/// <summary>The cases of the CPU's kernels, on devices. Many cases are settled together, as a worker does it.</summary>
public sealed class GpuCountsTests
{
    private const int CasesBetweenSettling = 50;

    public static TheoryData<string> Devices => GpuDevices.Names;

    [Theory, MemberData(nameof(Devices))]
    public void Count_EverySizeUpTo2000_AsPlain(string device)
    {
        var random = new Random(1);
        double[] values = Roster.Doubles(random, 2000, "special");
        byte[] validity = Roster.Bitmap(random, 2000, 0.9);
        var cases = new Pending(GpuDevices.Open(device));
        foreach (int edges in (int[])[5, 300])
        {
            double[] sorted = Roster.Edges(random, edges, "normal");
            for (int size = 0; size <= values.Length; size += size < 300 ? 1 : 17)
                cases.Add(new NumericCase(sorted, values.AsMemory(0, size), size % 2 == 0 ? validity : [], 0, Wide: size % 3 == 0));
        }

        cases.Check();
    }

    [Theory, MemberData(nameof(Devices))]
    public void Count_EveryPlanAndDistribution_AsPlain(string device) => CheckAll(device, NumericCases.EveryPlanAndDistribution());

    [Theory, MemberData(nameof(Devices))]
    public void Count_ValuesOnAndBesideEveryEdge_AsPlain(string device)
    {
        var cases = new Pending(GpuDevices.Open(device));
        foreach ((double[] edges, double[] values) in NumericCases.OnAndBesideEdges<double>()) cases.Add(edges, values, [], 0);
        foreach ((float[] edges, float[] values) in NumericCases.OnAndBesideEdges<float>()) cases.Add(edges, values, [], 0);
        cases.Check();
    }

    [Theory, MemberData(nameof(Devices))]
    public void Count_UnalignedStartsAndBitOffsets_AsPlain(string device) => CheckAll(device, NumericCases.Unaligned());

    [Theory, MemberData(nameof(Devices))]
    public void Count_AllNullAndNoNull_AsPlain(string device) => CheckAll(device, NumericCases.AllNullAndNoNull());

    [Theory, MemberData(nameof(Devices))]
    public void Count_MoreEdgesThanADeviceTakes_AreCountedOnTheCpu(string device) => CheckAll(device, NumericCases.MostEdges());

    [Theory, MemberData(nameof(Devices))]
    public void Count_SeededFuzz_AsPlain(string device)
    {
        var cases = new Pending(GpuDevices.Open(device));
        foreach (NumericCase one in NumericCases.Fuzz(2000)) cases.Add(one);
        cases.Check();
    }

    [Theory, MemberData(nameof(Devices))]
    public void Count_ColumnsOverManyLaunches_AddUp(string device)
    {
        GpuCounter gpu = GpuDevices.Open(device);
        var random = new Random(8);
        double[] values = Roster.Doubles(random, 100_000, "special");
        byte[] validity = Roster.Bitmap(random, values.Length, 0.9);
        double[] edges = Roster.Edges(random, 1023, "normal");
        var index = EdgeIndex<double>.Create(edges);
        long[] counts = new long[index.Cells + 1], expected = PlainCounts.Count<double>(edges, values, validity, 0);
        gpu.Count(0, index, values, validity, 0, counts);
        gpu.Count(0, index, values, validity, 0, counts);
        gpu.Settle([counts]);
        gpu.Settle([counts]);
        Assert.Equal([.. expected.Select(count => 2 * count), 0], counts);
    }

    [Theory, MemberData(nameof(Devices))]
    public void Count_WrongLengths_RefusedAndNothingCounted(string device)
    {
        GpuCounter gpu = GpuDevices.Open(device);
        var index = EdgeIndex<double>.Create([0.0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => gpu.Count(0, index, new double[9], [], 0, new long[2]));
        long[] counts = new long[3];
        Assert.Throws<ArgumentException>(() => gpu.Count(0, index, new double[9], new byte[1], 0, counts));
        gpu.Settle([counts]);
        Assert.Equal([0, 0, 0], counts);
    }

    private static void CheckAll(string device, IEnumerable<NumericCase> all)
    {
        var cases = new Pending(GpuDevices.Open(device));
        foreach (NumericCase one in all)
        {
            cases.Add(one with { Wide = true });
            cases.Add(one with { Wide = false });
        }

        cases.Check();
    }

    /// <summary>Cases that were given to a device and not settled yet.</summary>
    private sealed class Pending(GpuCounter gpu)
    {
        private readonly List<(long[] Expected, long[] Counts, string What)> _cases = [];

        public void Add(NumericCase one)
        {
            if (one.Wide) Add(one.Edges, one.Values.Span, one.Validity, one.Offset);
            else Add(one.Edges32, one.Values32, one.Validity, one.Offset);
        }

        public void Add(double[] edges, ReadOnlySpan<double> values, byte[] validity, int offset)
        {
            long[] expected = PlainCounts.Count<double>(edges, values, validity, offset), counts = new long[expected.Length];
            long sent = gpu.ValuesSent;
            gpu.Count(0, EdgeIndex<double>.Create(edges), values, validity, offset, counts);
            Assert.Equal(edges.Length <= GpuCounter.MostEdges ? values.Length : 0, gpu.ValuesSent - sent);
            Add(expected, counts, $"float64, {edges.Length} edges, {values.Length} values");
        }

        public void Add(float[] edges, ReadOnlySpan<float> values, byte[] validity, int offset)
        {
            long[] expected = PlainCounts.Count<float>(edges, values, validity, offset), counts = new long[expected.Length];
            long sent = gpu.ValuesSent;
            gpu.Count(0, EdgeIndex<float>.Create(edges), values, validity, offset, counts);
            Assert.Equal(edges.Length <= GpuCounter.MostEdges ? values.Length : 0, gpu.ValuesSent - sent);
            Add(expected, counts, $"float32, {edges.Length} edges, {values.Length} values");
        }

        public void Check()
        {
            gpu.Settle(_cases.Select(one => one.Counts));
            Assert.Null(gpu.Failure);
            foreach ((long[] expected, long[] counts, string what) in _cases)
            {
                if (!counts.AsSpan().SequenceEqual(expected)) Assert.Fail($"{what}: {string.Join(' ', counts)} instead of {string.Join(' ', expected)}");
            }

            _cases.Clear();
        }

        private void Add(long[] expected, long[] counts, string what)
        {
            _cases.Add((expected, counts, what));
            if (_cases.Count == CasesBetweenSettling) Check();
        }
    }
}
