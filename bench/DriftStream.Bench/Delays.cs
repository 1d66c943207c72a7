using System.Globalization;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Statistics;

namespace DriftStream.Bench;

/// <summary>
/// <c>delays [FILE]</c>: how many windows pass until a change is found, by statistics whose limits are set so that
/// all of them speak as often where nothing changed. Seeded; some minutes on one core.
/// </summary>
internal static class Delays
{
    private const int Baselines = 100, WindowsEach = 200, Most = 60;

    // Of windows of a stream that does not change: one in 200 a false alarm.
    private const double FalseAlarms = 0.005;

    private static readonly int[] Windows = [1_000, 5_000];

    /// <summary>Of a window, so that more is more of a change.</summary>
    private static readonly (string Name, bool OfNames, Func<CountPair, CellGroups, double> Of)[] Statistics =
    [
        ("**the default alarm's p**", true, (pair, groups) => Smallness(PopulationStability.Merged(pair, groups).PValue)),
        ("PSI, deciles or categories", true, (_, groups) => PopulationStability.Of(groups, PopulationStability.Floored) ?? 0),
        ("chi2 over the same, p", true, (_, groups) => Smallness(ChiSquare.Pearson(groups.Reference, groups.Window)?.PValue)),
        ("Jensen-Shannon", true, (_, groups) => Divergences.JensenShannonNats(groups.Reference, groups.Window) ?? 0),
        ("Hellinger", true, (_, groups) => Divergences.Hellinger(groups.Reference, groups.Window) ?? 0),
        ("Kolmogorov-Smirnov", false, (pair, _) => KolmogorovSmirnov.Of(pair)?.Low ?? 0),
        ("Wasserstein", false, (pair, _) => Wasserstein.Of(pair)?.Value ?? 0),
        ("mean", false, (pair, _) => Math.Abs(MeanShift.Of(pair)?.Shift ?? 0)),
    ];

    private static readonly (string Name, World Before, Func<int, RowSource> After)[] Changes =
    [
        .. Change.All.Select(c => (c.Name, c.Before, new Func<int, RowSource>(_ => c.After))),
        ("mean + 0.05 sd", Change.Number, _ => World.Numbers((_, r, _) => World.Normal(r) + 0.05)),
        ("mean + 0.01 sd more each window", Change.Number, w => World.Numbers((_, r, _) => World.Normal(r) + (0.01 * (w + 1)))),
        ("a category of 30 % renamed, 0.1 % more of it each window", Change.Ten, w => World.Names(
            (_, r, _) => Change.Pick(r) is var c && c == "c0" && r.NextDouble() < 0.001 * (w + 1) ? "new" : c)),
    ];

    public static int Run(string[] args)
    {
        var text = new StringBuilder();
        text.AppendLine("# Delay at equal false alarms").AppendLine();
        text.AppendLine("`dotnet run -c Release --project bench/DriftStream.Bench -- delays FILE` makes this file; the seed is fixed.");
        Append(text);
        if (args is [var file]) File.WriteAllText(file, text.ToString());
        Console.Write(text);
        return 0;
    }

    private static void Append(StringBuilder text)
    {
        text.AppendLine().AppendLine("Windows from the change until a statistic is beyond its limit, mean (the 90th percentile).");
        text.Append(CultureInfo.InvariantCulture, $"The limit is the one that 1 in {1 / FalseAlarms:0} windows without a change exceeds, ");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"for each size of window and for names and numbers apart ({Baselines} baselines of {World.Rows:N0} rows, {WindowsEach} windows each).");
        text.AppendLine(
            CultureInfo.InvariantCulture, $"One baseline after the other, other seeds, at most {Most} windows: `> {Most}` is not found in most of them.");
        text.AppendLine("1.0 (1) is found at once. Nobody can set such a limit without knowing the stream, but for that of a p.").AppendLine();
        text.AppendLine($"| change | window | {string.Join(" | ", Statistics.Select(s => s.Name))} |");
        text.AppendLine($"|---|---|{string.Concat(Statistics.Select(_ => "---|"))}");
        var limits = new List<(World World, int Window, double[] Limits)>();
        foreach (World world in (World[])[Change.Ten, Change.Number])
        {
            foreach (int window in Windows) limits.Add((world, window, Limits(world, window)));
        }

        foreach ((string name, World before, Func<int, RowSource> after) in Changes)
        {
            foreach ((World world, int window, double[] limit) in limits)
            {
                if (world != before) continue;
                Console.Error.WriteLine($"delay: {name}, {window}");
                text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {window:N0} | {string.Join(" | ", Row(before, after, window, limit))} |");
            }
        }
    }

    private static double[] Limits(World world, int window)
    {
        Console.Error.WriteLine($"limits of windows of {window} rows");
        var seen = new List<double>[Statistics.Length];
        for (int s = 0; s < seen.Length; s++) seen[s] = [];
        for (int b = 0; b < Baselines; b++)
        {
            var random = new Random(51_000 + b);
            BaselineSignal signal = Baseline(world, random);
            for (int w = 0; w < WindowsEach; w++)
            {
                double[] values = Values(signal, world.Draw, random, w, window);
                for (int s = 0; s < values.Length; s++) seen[s].Add(values[s]);
            }
        }

        return [.. seen.Select(Quantile)];
    }

    // The least limit that at most the stated share of windows exceeds: ties never make it more.
    private static double Quantile(List<double> values)
    {
        values.Sort();
        return values[^(1 + (int)(FalseAlarms * values.Count))];
    }

    private static IEnumerable<string> Row(World before, Func<int, RowSource> after, int window, double[] limits)
    {
        var delays = new List<int>[Statistics.Length];
        for (int s = 0; s < delays.Length; s++) delays[s] = [];
        for (int b = 0; b < Baselines; b++)
        {
            var random = new Random(52_000 + b);
            BaselineSignal signal = Baseline(before, random);
            for (int w = 0; w < Most && delays.Any(d => d.Count == b); w++)
            {
                double[] values = Values(signal, after(w), random, w, window);
                for (int s = 0; s < values.Length; s++)
                {
                    if (delays[s].Count == b && values[s] > limits[s]) delays[s].Add(w + 1);
                }
            }

            foreach (List<int> delay in delays)
            {
                if (delay.Count == b) delay.Add(Most + 1);
            }
        }

        bool names = before == Change.Ten;
        for (int s = 0; s < Statistics.Length; s++) yield return names && !Statistics[s].OfNames ? "" : Told(delays[s]);
    }

    private static string Told(List<int> delays)
    {
        delays.Sort();
        if (delays[Baselines / 2] > Most) return $"> {Most}";
        int late = delays[(Baselines * 9) / 10];
        string end = late > Most ? $"> {Most}" : late.ToString(CultureInfo.InvariantCulture);
        string least = delays[^1] > Most ? "at least " : "";
        return string.Create(CultureInfo.InvariantCulture, $"{least}{delays.Average():0.0} ({end})");
    }

    private static BaselineSignal Baseline(World world, Random random)
    {
        Batch reference = world.Draw(random, 0, world.Reference);
        return BaselineBuilder.Build([reference], BaselineSettings.Of("m") with { NotFeatures = ["t"], Time = "t" }).Baseline!.Signals.Single();
    }

    private static double[] Values(BaselineSignal signal, RowSource source, Random random, int index, int window)
    {
        Batch rows = source(random, World.Rows + ((long)index * window), window);
        ICellCounter counter = CellCounters.For(signal, null, null);
        if (counter.Bind(rows) is { } reject) throw new InvalidOperationException(reject.Detail);
        var counts = new long[signal.Layout.Cells];
        counter.Count(0, rows.Rows, counts);
        var pair = new CountPair(signal.Layout, signal.Counts.AsSpan(), counts);
        CellGroups groups = CellGroups.Of(pair);
        bool names = signal.Layout.Kind is not LayoutKind.Numeric;
        var values = new double[Statistics.Length];
        for (int s = 0; s < values.Length; s++) values[s] = names && !Statistics[s].OfNames ? 0 : Statistics[s].Of(pair, groups);
        return values;
    }

    private static double Smallness(double? p) => -Math.Log10(Math.Max(p ?? 1, 1e-300));
}
