using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Text;
using DriftStream.Host.Machine;
using DriftStream.Kernels;

namespace DriftStream.Bench;

/// <summary>
/// <c>kernels [path] [rounds]</c>: how fast the kernels count, beside the sum of the same array and the ways people do it otherwise.
/// All cases take turns in one process on one thread, so what the machine does meanwhile happens to all of them; medians over the turns.
/// </summary>
internal static class KernelsTable
{
    private const int Bytes = 4 << 20;

    /// <summary>A layout with an edge twice has no guide: the search tree counts.</summary>
    private static readonly (int Edges, bool Twice)[] Layouts =
    [
        (9, false), (15, false), (31, false), (63, false), (255, false), (1023, false), (4095, false), (20_000, false),
        (255, true), (1023, true), (4095, true),
    ];

    public static int Run(string[] args)
    {
        int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 9;
        var text = new StringBuilder();
        text.AppendLine("# Counting kernels, one core, 4 MiB arrays, G values/s").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Medians of {rounds} rounds, each the best of 6 runs in a row.");
        text.AppendLine($"{KernelsData.Cpu}, .NET {Environment.Version}, {string.Join(", ", CountKernels.Available.Select(k => k.Name))}.");
        text.AppendLine("E = 20000 is the exact-KS layout of 10,000 baseline values.");
        text.AppendLine("`one twice`: two edges are equal, so the search tree counts where a table of equal shares would (`driftstream kernels` says where).");
        text.AppendLine("By such a table, data that fall into few cells are counted faster than those that fall into all: what they touch stays in L1.");
        text.AppendLine("`of sum`: normal data against TensorPrimitives.Sum of the same array.");
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
        (T[] Values, byte[] Validity)[] data =
            [.. KernelsData.Names.Select(name => (KernelsData.Column<T>(name, rows), KernelsData.Validity(name, rows)))];
        T[] normal = data[0].Values;
        var cases = new List<Case>();
        var sum = new Case(rows, () => _ = TensorPrimitives.Sum<T>(normal));
        cases.Add(sum);
        var ours = new Dictionary<(string, (int, bool)), Case[]>();
        var searches = new Dictionary<(int, bool), Case>();
        foreach ((int Edges, bool Twice) layout in Layouts)
        {
            T[] edges = KernelsData.Edges<T>(layout.Edges);
            if (layout.Twice) edges[1] = edges[0];
            foreach (CountKernel kernel in CountKernels.Available)
            {
                var index = EdgeIndex<T>.Create(edges, kernel);
                long[] counts = new long[index.Cells];
                Case[] row = [.. data.Select(d => new Case(rows, () => kernel.Count(index, d.Values, d.Validity, 0, counts)))];
                ours[(kernel.Name, layout)] = row;
                cases.AddRange(row);
            }

            int[] found = new int[edges.Length + 1];
            searches[layout] = new Case(rows / 8, () => Search(edges, normal.AsSpan(0, rows / 8), found));
            cases.Add(searches[layout]);
        }

        T[] copy = new T[rows / 4];
        var sort = new Case(rows / 4, () => SortedKs(normal.AsSpan(0, rows / 4), copy, KernelsData.Edges<T>(20_000)));
        cases.Add(sort);
        Case.RunAll(cases, rounds);

        text.AppendLine().AppendLine($"## {type}: TensorPrimitives.Sum {Text(sum.Rate, 1)}, sort and scan for KS {Text(sort.Rate, 4)}");
        Row(text.AppendLine(), ["kernel", "E", .. KernelsData.Names, "fastest / slowest", "of sum", "x Array.BinarySearch", "x sorted KS"]);
        Row(text, Enumerable.Repeat("---", KernelsData.Names.Length + 6));
        foreach (CountKernel kernel in CountKernels.Available)
        {
            foreach ((int Edges, bool Twice) layout in Layouts)
            {
                Case[] row = ours[(kernel.Name, layout)];
                double rate = row[0].Rate;
                Row(text, [kernel.Name, $"{layout.Edges}{(layout.Twice ? ", one twice" : "")}", .. row.Select(c => Text(c.Rate, 2)),
                    Text(row.Max(c => c.Rate) / row.Min(c => c.Rate), 2),
                    Text(rate / sum.Rate, 3), Text(rate / searches[layout].Rate, 0), Text(rate / sort.Rate, 0)]);
            }
        }
    }

    private static void Row(StringBuilder text, IEnumerable<string> fields) => text.AppendLine($"| {string.Join(" | ", fields)} |");

    private static string Text(double value, int digits) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);

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
                    return new Case(Rows, () => kernel.CountTable(
                        codes, new BitColumn(labels, 0, known, 0), new BitColumn(labels, 0, known, 0), true, counts));
                })]));
            }
        }

        Case.RunAll([.. cases.SelectMany(c => c.Kernels)], rounds);
        text.AppendLine().AppendLine("## group x decision x label, 1M rows, ns/row").AppendLine();
        Row(text, ["groups", "unknowns", .. CountKernels.Available.Select(kernel => kernel.Name)]);
        Row(text, Enumerable.Repeat("---", CountKernels.Available.Count + 2));
        foreach ((int groups, bool unknowns, Case[] row) in cases)
            Row(text, [$"{groups}", unknowns ? "5 %" : "none", .. row.Select(c => Text(1 / c.Rate, 3))]);
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
