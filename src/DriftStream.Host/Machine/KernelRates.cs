using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using DriftStream.Kernels;

namespace DriftStream.Host.Machine;

/// <summary>How fast one core counts one kind of data, beside how fast it adds up the same array.</summary>
/// <param name="Type"><c>f32</c> or <c>f64</c>.</param>
/// <param name="Edges">How many edges the layout has.</param>
/// <param name="Data">What the values are like.</param>
/// <param name="GvaluesPerS">Values counted, in 10^9 a second.</param>
/// <param name="SumGvaluesPerS">Values added up by TensorPrimitives.Sum, in 10^9 a second.</param>
internal sealed record KernelRate(string Type, int Edges, string Data, double GvaluesPerS, double SumGvaluesPerS);

/// <summary>
/// Measures the kernel that counts here, on arrays of 4 MiB. All cases take turns, so that whatever else the machine does affects all of them;
/// each reports the median of its turns.
/// </summary>
internal static class KernelRates
{
    public static readonly int[] EdgeCounts = [9, 63, 255, 1023, 4095, 20_000];

    private const int Bytes = 4 << 20, Rounds = 5, RunsPerTurn = 4;

    public static IReadOnlyList<KernelRate> Measure() => [.. Measure<float>("f32"), .. Measure<double>("f64")];

    private static unsafe IEnumerable<KernelRate> Measure<T>(string type) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = Bytes / sizeof(T);
        var cases = new List<(string Data, int Edges, Action Run, List<double> Seconds)>();
        EdgeIndex<T>[] layouts = [.. EdgeCounts.Select(edges => EdgeIndex<T>.Create(KernelsData.Edges<T>(edges)))];
        foreach (string data in KernelsData.Names)
        {
            T[] values = KernelsData.Column<T>(data, rows);
            byte[] validity = KernelsData.Validity(data, rows);
            cases.Add((data, 0, () => _ = TensorPrimitives.Sum<T>(values), []));
            foreach (EdgeIndex<T> layout in layouts)
            {
                long[] counts = new long[layout.Cells];
                cases.Add((data, layout.Edges.Length, () => CountKernels.Count(layout, values, validity, 0, counts), []));
            }
        }

        for (int round = 0; round <= Rounds; round++)
        {
            foreach ((_, _, Action run, List<double> seconds) in cases)
            {
                double best = BestOf(run);
                if (round > 0) seconds.Add(best);
            }
        }

        double Rate(List<double> seconds) => rows / seconds.Order().ElementAt(Rounds / 2) / 1e9;
        Dictionary<string, double> sums = cases.Where(c => c.Edges == 0).ToDictionary(c => c.Data, c => Rate(c.Seconds));
        return cases.Where(c => c.Edges > 0).Select(c => new KernelRate(type, c.Edges, c.Data, Rate(c.Seconds), sums[c.Data]));
    }

    // The first of several runs brings data and tables back into the cache; some of the others are interrupted.
    private static double BestOf(Action run)
    {
        double best = double.MaxValue;
        for (int i = 0; i < RunsPerTurn; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
