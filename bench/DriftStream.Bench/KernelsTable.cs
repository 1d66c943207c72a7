using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Text;
using DriftStream.Kernels;

namespace DriftStream.Bench;

/// <summary>
/// <c>kernels [path] [rounds]</c>: how fast the kernels count, beside the sum of the same array and the ways people do it otherwise.
/// All cases take turns in one process on one thread, so what the machine does meanwhile happens to all of them; medians over the turns.
/// </summary>
internal static class KernelsTable
{
    private const int Bytes = 4 << 20;

    private static readonly int[] EdgeCounts = [9, 63, 255, 1023, 4095, 20_000];

    public static int Run(string[] args)
    {
        int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 9;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Counting kernels, one core, 4 MiB arrays, medians of {rounds} rounds, each the best of 6 runs in a row, G values/s").AppendLine();
        text.AppendLine($"{KernelsData.Cpu}, .NET {Environment.Version}, kernels: {string.Join(", ", CountKernels.Available.Select(k => k.Name))}").AppendLine();
        text.AppendLine("E = 20000 is the exact-KS layout of 10,000 baseline values. `of sum`: normal data against TensorPrimitives.Sum of the same array.");
        Numeric<float>("f32", rounds, text);
        Numeric<double>("f64", rounds, text);
        Tables(rounds, text);
        if (args.Length > 0) File.WriteAllText(args[0], text.ToString());
        Console.Write(text);
        return 0;
    }

    private static unsafe void Numeric<T>(string type, int rounds, StringBuilder text) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = Bytes / sizeof(T);
        (string Name, T[] Values, byte[] Validity)[] data = [.. KernelsData.Names.Select(name => (name, KernelsData.Column<T>(name, rows), KernelsData.Validity(name, rows)))];
        T[] normal = data[0].Values;
        var cases = new List<Case>();
        var sum = new Case(rows, () => _ = TensorPrimitives.Sum<T>(normal));
        cases.Add(sum);
        var ours = new Dictionary<(string, int), Case[]>();
        var searches = new Dictionary<int, Case>();
        foreach (int edgeCount in EdgeCounts)
        {
            T[] edges = KernelsData.Edges<T>(edgeCount);
            foreach (CountKernel kernel in CountKernels.Available)
            {
                var index = EdgeIndex<T>.Create(edges, kernel);
                long[] counts = new long[index.Cells];
                ours[(kernel.Name, edgeCount)] = [.. data.Select(d => new Case(rows, () => kernel.Count(index, d.Values, d.Validity, 0, counts)))];
                cases.AddRange(ours[(kernel.Name, edgeCount)]);
            }

            int[] found = new int[edges.Length + 1];
            searches[edgeCount] = new Case(rows / 8, () => Search(edges, normal.AsSpan(0, rows / 8), found));
            cases.Add(searches[edgeCount]);
        }

        T[] copy = new T[rows / 4];
        var sort = new Case(rows / 4, () => SortedKs(normal.AsSpan(0, rows / 4), copy, KernelsData.Edges<T>(20_000)));
        cases.Add(sort);
        Case.RunAll(cases, rounds);

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {type}: TensorPrimitives.Sum {sum.Rate:F1}, sort and scan for KS {sort.Rate:F4}").AppendLine();
        text.AppendLine("| kernel | E | " + string.Join(" | ", KernelsData.Names) + " | fastest / slowest | of sum | x Array.BinarySearch | x sorted KS |");
        text.AppendLine("|---|---|" + string.Concat(Enumerable.Repeat("---|", KernelsData.Names.Length + 4)));
        foreach (((string kernel, int edges), Case[] row) in ours.OrderBy(o => CountKernels.Available.ToList().FindIndex(k => k.Name == o.Key.Item1)))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {kernel} | {edges} | {string.Join(" | ", row.Select(c => c.Rate.ToString("F2", CultureInfo.InvariantCulture)))} | {row.Max(c => c.Rate) / row.Min(c => c.Rate):F2} | {row[0].Rate / sum.Rate:F3} | {row[0].Rate / searches[edges].Rate:F0} | {row[0].Rate / sort.Rate:F0} |");
        }
    }

    private static void Tables(int rounds, StringBuilder text)
    {
        const int Rows = 1 << 20;
        var random = new Random(23);
        byte[] decisions = KernelsData.Validity("5% null", Rows), labels = new byte[Rows / 8];
        random.NextBytes(labels);
        var cases = new List<(int Groups, bool Unknowns, Case[] Kernels)>();
        foreach (int groups in (int[])[2, 5, 16, 60])
        {
            byte[] codes = [.. Enumerable.Range(0, Rows).Select(_ => (byte)random.Next(groups))];
            foreach (bool unknowns in (bool[])[false, true])
            {
                byte[] known = unknowns ? decisions : [];
                cases.Add((groups, unknowns, [.. CountKernels.Available.Select(kernel =>
                {
                    // Two more groups: unseen and missing.
                    long[] counts = new long[(groups + 2) * 9];
                    return new Case(Rows, () => kernel.CountTable(codes, new BitColumn(labels, 0, known, 0), new BitColumn(labels, 0, known, 0), true, counts));
                })]));
            }
        }

        Case.RunAll([.. cases.SelectMany(c => c.Kernels)], rounds);
        text.AppendLine().AppendLine("## group x decision x label, 1M rows, ns/row").AppendLine();
        text.AppendLine("| groups | unknowns | " + string.Join(" | ", CountKernels.Available.Select(k => k.Name)) + " |");
        text.AppendLine("|---|---|" + string.Concat(CountKernels.Available.Select(_ => "---|")));
        foreach ((int groups, bool unknowns, Case[] row) in cases)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {groups} | {(unknowns ? "5 %" : "none")} | {string.Join(" | ", row.Select(c => (1 / c.Rate).ToString("F3", CultureInfo.InvariantCulture)))} |");
        }
    }

    private static void Search<T>(T[] edges, ReadOnlySpan<T> values, int[] counts)
    {
        foreach (T value in values)
        {
            int at = Array.BinarySearch(edges, value);
            counts[at < 0 ? ~at : at + 1]++;
        }
    }

    /// <summary>The distance between the distributions of two samples the usual way: sort, then walk both.</summary>
    private static double SortedKs<T>(ReadOnlySpan<T> current, T[] sorted, T[] reference) where T : INumber<T>
    {
        current.CopyTo(sorted);
        Array.Sort(sorted);
        double worst = 0;
        for (int i = 0, j = 0; i < sorted.Length && j < reference.Length;)
        {
            T value = sorted[i] < reference[j] ? sorted[i] : reference[j];
            while (i < sorted.Length && sorted[i] <= value) i++;
            while (j < reference.Length && reference[j] <= value) j++;
            worst = Math.Max(worst, Math.Abs(((double)i / sorted.Length) - ((double)j / reference.Length)));
        }

        return worst;
    }

    private sealed class Case(int rows, Action run)
    {
        private readonly List<double> seconds = [];

        /// <summary>Median, G rows/s.</summary>
        public double Rate => rows / seconds.Order().ElementAt(seconds.Count / 2) / 1e9;

        public static void RunAll(List<Case> cases, int rounds)
        {
            foreach (Case one in cases) one.Time();
            foreach (Case one in cases) one.seconds.Clear();
            for (int round = 0; round < rounds; round++)
            {
                foreach (Case one in cases) one.Time();
            }
        }

        // The best of a few runs in a row: the first brings data and tables back into the cache, others are interrupted.
        private void Time()
        {
            TimeSpan best = TimeSpan.MaxValue;
            for (int i = 0; i < 6; i++)
            {
                long start = Stopwatch.GetTimestamp();
                run();
                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                if (elapsed < best) best = elapsed;
            }

            seconds.Add(best.TotalSeconds);
        }
    }
}
