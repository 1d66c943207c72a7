using System.Numerics;

namespace DriftStream.Kernels.Gpu;

/// <summary>What a device must get right before it counts anything that matters: every kernel against the plainest one of the CPU.</summary>
internal static class SelfTest
{
    private const int Rows = 20_000;

    /// <returns>What went wrong, or null.</returns>
    public static string? Run(GpuCounter gpu)
    {
        (gpu.BreakEven, gpu.Waits) = (BreakEven.Always, true);
        byte[] validity = new byte[(Rows / 8) + 1];
        for (int i = 0; i < validity.Length; i++) validity[i] = (byte)~(i % 7);
        double[] values = [.. Enumerable.Range(0, Rows).Select(Value)];
        float[] single = [.. values.Select(value => (float)value)];
        foreach (int edges in (int[])[0, 1, 10, 300, UsualLayout.MostEdges, UsualLayout.MostEdges + 1, LargeLayout.MostEdges])
        {
            // Edges are values, so that a comparison that is off by one bit shows.
            double[] sorted = [.. values.Where(value => !double.IsNaN(value)).Take(edges).Order()];
            var wide = EdgeIndex<double>.Create(sorted);
            var narrow = EdgeIndex<float>.Create([.. sorted.Select(edge => (float)edge)]);
            if (Differ(gpu, counts => gpu.Count(0, narrow, single, validity, 3, counts), narrow, single, validity)) return Said(gpu, "float32", edges);
            if (Differ(gpu, counts => gpu.Count(0, wide, values, validity, 3, counts), wide, values, validity)) return Said(gpu, "float64", edges);
        }

        return gpu.Failure;
    }

    // Twice: the second run shows whether the first was taken off the device.
    private static bool Differ<T>(GpuCounter gpu, Action<long[]> count, EdgeIndex<T> index, T[] values, byte[] validity)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long[] expected = new long[index.Cells], counts = new long[index.Cells];
        for (int i = 0; i < 2; i++)
        {
            CountKernels.Named("scalar").Count(index, values, validity, 3, expected);
            count(counts);
            gpu.Settle([counts]);
            if (!counts.AsSpan().SequenceEqual(expected)) return true;
        }

        return false;
    }

    private static string Said(GpuCounter gpu, string type, int edges) =>
        gpu.Failure ?? $"{type} by {edges} edges is not counted as on the CPU";

    private static double Value(int i) => (i % 16) switch
    {
        0 => double.NaN,
        1 => -0.0,
        2 => i % 3 == 0 ? double.PositiveInfinity : double.NegativeInfinity,
        3 => double.Epsilon * i,
        4 => -float.Epsilon * i,
        5 => float.MaxValue,
        6 => BitConverter.Int64BitsToDouble(unchecked((long)0xFFF0_0000_0000_0001)),
        7 => 0.0,
        _ => ((i * 0.6180339887498949) % 1) - 0.5,
    };
}
