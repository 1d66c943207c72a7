using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using DriftStream.Host.Machine;
using DriftStream.Kernels;

namespace DriftStream.Bench;

/// <summary>One column of 4 MiB by number of edges and kind of data; the sum of the same array is the baseline.</summary>
[MemoryDiagnoser, MedianColumn]
[InProcess, WarmupCount(3), IterationCount(9), IterationTime(50)]
[HideColumns("Error", "StdDev", "Gen0", "Alloc Ratio")]
public class KernelsBenchmarks
{
    private const int Rows = 1 << 20;

    private float[] floats = [];
    private double[] doubles = [];
    private byte[] validity = [];
    private float[] edges = [];
    private EdgeIndex<float> floatIndex = EdgeIndex<float>.Create([]);
    private EdgeIndex<double> doubleIndex = EdgeIndex<double>.Create([]);
    private long[] counts = [];

    [Params(9, 63, 255, 1023, 4095, 20_000)]
    public int Edges { get; set; }

    [ParamsSource(nameof(AllData))]
    public string Data { get; set; } = "normal";

    public static IEnumerable<string> AllData => KernelsData.Names;

    [GlobalSetup]
    public void Setup()
    {
        floats = KernelsData.Column<float>(Data, Rows);
        doubles = KernelsData.Column<double>(Data, Rows / 2);
        validity = KernelsData.Validity(Data, Rows);
        edges = KernelsData.Edges<float>(Edges);
        floatIndex = EdgeIndex<float>.Create(edges);
        doubleIndex = EdgeIndex<double>.Create(KernelsData.Edges<double>(Edges));
        counts = new long[floatIndex.Cells];
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Rows)]
    public float SumF32() => TensorPrimitives.Sum<float>(floats);

    [Benchmark(OperationsPerInvoke = Rows)]
    public void CountF32() => CountKernels.Count(floatIndex, floats, validity, 0, counts);

    [Benchmark(OperationsPerInvoke = Rows / 2)]
    public void CountF64() => CountKernels.Count(doubleIndex, doubles, validity, 0, counts);

    [Benchmark(OperationsPerInvoke = Rows)]
    public void BinarySearchF32()
    {
        foreach (float value in floats)
        {
            int at = Array.BinarySearch(edges, value);
            counts[at < 0 ? ~at : at + 1]++;
        }
    }
}
