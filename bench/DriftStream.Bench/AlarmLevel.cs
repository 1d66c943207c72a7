using System.Globalization;
using System.Text;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Tests.Statistics;

namespace DriftStream.Bench;

/// <summary>
/// <c>alarm-level [FILE]</c>: how often the default alarm of a numeric column finds drift where there is none, with and without a rank test
/// among its looks. Seeded; a few minutes on one core.
/// </summary>
internal static class AlarmLevel
{
    private const int Baselines = 500, Windows = 20, Edges = 1023;

    private static readonly (int Reference, int Window)[] Sizes = [(500, 500), (5_000, 500), (20_000, 1_000), (2_000, 5_000), (100_000, 1_000)];

    private static readonly double[] Levels = [0.01, 0.001];

    private static readonly string[] Variants = ["ranks alone, normal", "ranks alone, skewed", "no ranks", "ranks, normal", "**ranks, skewed**"];

    public static int Run(string[] args)
    {
        var text = new StringBuilder();
        text.AppendLine("# The level of the default alarm of numbers").AppendLine();
        text.AppendLine("`dotnet run -c Release --project bench/DriftStream.Bench -- alarm-level FILE` makes this file; the seed is fixed.").AppendLine();
        text.AppendLine($"Columns that do not change; {Baselines} baselines a case, {Windows} windows each, at most {Edges} edges.");
        text.AppendLine("Shares of windows with p at most the nominal level, as multiples of that level: at 1 % / at 0.1 %.");
        text.AppendLine("`effect`: p at most 1 % and an effect of at least 0.02, in % of windows.").AppendLine();
        text.AppendLine($"| column | baseline, window | {string.Join(" | ", Variants)} | effect |");
        text.Append("|---|---|").Append(string.Concat(Enumerable.Repeat("---|", Variants.Length))).AppendLine("---|");
        var ratios = new List<double[]>();
        foreach (SteadyColumn column in SteadyColumn.All)
        {
            foreach ((int reference, int window) in Sizes)
            {
                Console.Error.WriteLine($"{column.Name} {reference} {window}");
                (double[] ratio, double speaks) = Case(column, reference, window);
                ratios.Add(ratio);
                text.Append($"| {column.Name} | {Number(reference)}, {Number(window)} |");
                for (int v = 0; v < Variants.Length; v++) text.Append($" {Ratio(ratio[2 * v])} / {Ratio(ratio[(2 * v) + 1])} |");
                text.AppendLine(CultureInfo.InvariantCulture, $" {100 * speaks:0.00} % |");
            }
        }

        text.AppendLine().AppendLine("| variant | mean at 1 % / 0.1 % | worst at 1 % / 0.1 % |").AppendLine("|---|---|---|");
        for (int v = 0; v < Variants.Length; v++)
        {
            text.Append($"| {Variants[v]} | {Ratio(ratios.Average(r => r[2 * v]))} / {Ratio(ratios.Average(r => r[(2 * v) + 1]))} |");
            text.AppendLine($" {Ratio(ratios.Max(r => r[2 * v]))} / {Ratio(ratios.Max(r => r[(2 * v) + 1]))} |");
        }

        if (args is [var file]) File.WriteAllText(file, text.ToString());
        Console.Write(text);
        return 0;
    }

    private static (double[] Ratios, double Speaks) Case(SteadyColumn column, int referenceRows, int windowRows)
    {
        var hits = new long[2 * Variants.Length];
        long speaks = 0;
        var random = new Random(17);
        for (int b = 0; b < Baselines; b++)
        {
            (Layout layout, long[] reference) = column.Baseline(random, referenceRows);
            for (int w = 0; w < Windows; w++)
            {
                var pair = new CountPair(layout, reference, column.Window(random, layout, windowRows));
                CellDrift drift = CellGroups.Of(pair).Drift!;
                MannWhitney? ranks = MannWhitney.Of(pair.ReferenceValues, pair.WindowValues);
                double[] p =
                [
                    ranks?.PValue ?? 1, ranks?.SkewedPValue ?? 1,
                    drift.PValue(null) ?? 1, drift.PValue(ranks?.PValue) ?? 1, drift.PValue(ranks?.SkewedPValue) ?? 1,
                ];
                for (int v = 0; v < p.Length; v++)
                {
                    for (int level = 0; level < Levels.Length; level++) hits[(2 * v) + level] += p[v] <= Levels[level] ? 1 : 0;
                }

                if (p[^1] <= Levels[0] && drift.Effect.Value >= 0.02) speaks++;
            }
        }

        double all = Baselines * Windows;
        return ([.. hits.Select((h, i) => h / all / Levels[i % 2])], speaks / all);
    }

    private static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
