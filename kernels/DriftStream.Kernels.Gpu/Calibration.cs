using System.Collections.Immutable;
using System.Diagnostics;

namespace DriftStream.Kernels.Gpu;

/// <summary>
/// Finds the break-even by counting columns of each size, one after the other until they are settled, both on the CPU's best kernel and
/// on the device. Takes at most <see cref="Budget"/> and one more call.
/// </summary>
internal sealed class Calibration(GpuCounter gpu)
{
    /// <summary>Layouts beyond the budget count as never worth sending.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(2);

    private const int LeastValues = 512, MostValues = 1 << 17, ValuesPerTurn = 1 << 20;

    /// <summary>How much less time the device must take, since the measurement is short.</summary>
    private const double Margin = 0.9;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(6);
    private static readonly int[] EdgeCounts = [9, 63, 255, 1023, 4095];

    private readonly long began = Stopwatch.GetTimestamp();

    public BreakEven Measure()
    {
        (gpu.BreakEven, gpu.Waits) = (BreakEven.Always, true);
        var rows = ImmutableArray.CreateBuilder<BreakEvenRow>();
        float[] values = [.. Values().Select(value => (float)value)];
        double[] wide = [.. Values()];
        // Starts with the layout that gains most: where it is not worth it, the others are not either.
        foreach (int edges in EdgeCounts.Reverse())
        {
            var index = EdgeIndex<float>.Create([.. Edges(edges).Select(edge => (float)edge)]);
            long[] counts = new long[index.Cells];
            rows.Add(new BreakEvenRow(false, edges, Least(rows, false, counts, (on, n) => on.Count(0, index, values.AsSpan(0, n), [], 0, counts))));
            var wideIndex = EdgeIndex<double>.Create(Edges(edges));
            rows.Add(new BreakEvenRow(true, edges, Least(rows, true, counts, (on, n) => on.Count(0, wideIndex, wide.AsSpan(0, n), [], 0, counts))));
        }

        return new BreakEven([.. rows.OrderBy(row => row.Wide).ThenBy(row => row.Edges)]);
    }

    private int? Least(ImmutableArray<BreakEvenRow>.Builder rows, bool wide, long[] counts, Action<INumberCounter, int> count)
    {
        if (rows.Any(row => row.Wide == wide && row.Values is null)) return null;
        count(gpu, LeastValues);
        gpu.Settle([counts]);
        int? least = null;
        for (int size = MostValues; size >= LeastValues; size /= 2)
        {
            if (Stopwatch.GetElapsedTime(began) > Budget) return null;
            if (Seconds(gpu, size, counts, count) > Margin * Seconds(CpuCounter.Shared, size, counts, count)) break;
            least = size;
        }

        return least;
    }

    /// <summary>Seconds of one call.</summary>
    private static double Seconds(INumberCounter on, int size, long[] counts, Action<INumberCounter, int> count)
    {
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        while (calls * size < ValuesPerTurn && (calls == 0 || Stopwatch.GetElapsedTime(start) < Turn))
        {
            count(on, size);
            calls++;
        }

        on.Settle([counts]);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }

    private static double[] Edges(int count) => [.. Enumerable.Range(1, count).Select(i => (double)i / (count + 1))];

    // Evenly spread and in no order: the first steps of a generator, without a generator.
    private static IEnumerable<double> Values() => Enumerable.Range(1, MostValues).Select(i => i * 0.6180339887498949 % 1);
}
