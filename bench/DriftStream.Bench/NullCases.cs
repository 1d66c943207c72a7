using System.Globalization;
using System.Text;
using DriftStream.Cells;
using DriftStream.Statistics;

namespace DriftStream.Bench;

/// <summary>
/// 13 columns of categories by 11 pairs of sizes, reference and window drawn from the same shares: how often rules speak. Counts are drawn, not rows. A
/// category without a row in the reference is not known to it, as on a stream: its rows in the window are new values.
/// </summary>
internal static class NullCases
{
    private static readonly (string Name, double[] Shares)[] Layouts =
    [
        ("binary", [0.7, 0.3]),
        ("binary, 1 %", [0.99, 0.01]),
        ("three", [0.5, 0.3, 0.2]),
        ("rare three", [0.98, 0.015, 0.005]),
        ("deciles", Equal(10)),
        ("half zero, else deciles", [0.5, .. Equal(10).Select(s => s / 2)]),
        ("twenty", Equal(20)),
        ("1 / rank of 20", Zipf(20)),
        ("90 % zero, else fifty", [0.9, .. Equal(50).Select(s => s / 10)]),
        ("hundred", Equal(100)),
        ("1 / rank of 200", Zipf(200)),
        ("1 / rank of 1,000", Zipf(1000)),
        ("thousand", Equal(1000)),
    ];

    private static readonly (int Reference, int Window)[] Sizes =
    [
        (100, 100), (500, 500), (1_000, 500), (10_000, 500), (500, 5_000), (5_000, 5_000), (68_785, 5_000), (100_000, 1_000), (100_000, 10_000),
        (1_000_000, 10_000), (1_000_000, 1_000_000),
    ];

    // Log of n!, for all that is drawn.
    private static readonly double[] LogFactorials = Logs(1_000_000);

    public static void Append(StringBuilder text)
    {
        var cases = (from layout in Layouts from size in Sizes select (layout, size)).ToArray();
        var rates = new Rates[cases.Length];
        int done = 0;
        Parallel.For(0, cases.Length, i =>
        {
            rates[i] = Rate(cases[i].layout.Shares, cases[i].size, i);
            if (Interlocked.Increment(ref done) % 13 == 0) Console.Error.WriteLine($"{done} of {cases.Length} cases without a change");
        });
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"{cases.Length} cases that do not change: {Layouts.Length} columns of categories ({string.Join("; ", Layouts.Select(l => l.Name))})");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"by {Sizes.Length} sizes of baseline and window ({string.Join("; ", Sizes.Select(s => $"{s.Reference:N0}, {s.Window:N0}"))});");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{Replicates(2):N0} baselines with a window each, {Replicates(100):N0} from 30 cells on, {Replicates(1000):N0} from 500 on.").AppendLine();
        text.AppendLine("| rule with a level | cases within 0.5 to 1.5 times it | below | above | mean | worst |").AppendLine("|---|---|---|---|---|---|");
        Levels(text, "**default**'s p at most 1 %", [.. rates.Select(r => r.OnePercent / 0.01)]);
        Levels(text, "**default**'s p at most 0.1 %", [.. rates.Select(r => r.OnePerMille / 0.001)]);
        Levels(text, "Pearson's p at most 1 %, cells as they are", [.. rates.Select(r => r.Pearson / 0.01)]);
        text.AppendLine().AppendLine("| rule | cases in which it speaks in more than 1.5 % of windows | in the worst |").AppendLine("|---|---|---|");
        Speaks(text, "**default**: p at most 1 %, and an effect of at least 0.02", [.. rates.Select(r => r.Default)]);
        Speaks(text, "PSI > 0.1", [.. rates.Select(r => r.Tenth)]);
        Speaks(text, "PSI > 0.2", [.. rates.Select(r => r.Fifth)]);
        Speaks(text, "PSI > 0.25", [.. rates.Select(r => r.Quarter)]);
        Speaks(text, "Scouter, PSI > 0.25", [.. rates.Select(r => r.Scouter)]);
        Speaks(
            text,
            "Evidently's default: chi2 at 5 %, above 1,000 rows Jensen-Shannon > 0.1 (here in bits, there in nats)",
            [.. rates.Select(r => r.Evidently)]);
    }

    private static void Levels(StringBuilder text, string rule, double[] times) => text.AppendLine(CultureInfo.InvariantCulture,
        $"| {rule} | {times.Count(t => t is >= 0.5 and <= 1.5)} | {times.Count(t => t < 0.5)} | {times.Count(t => t > 1.5)} " +
        $"| {times.Average():0.00} | {times.Max():0.00} |");

    private static void Speaks(StringBuilder text, string rule, double[] shares) => text.AppendLine(CultureInfo.InvariantCulture,
        $"| {rule} | {shares.Count(s => s > 0.015)} | {100 * shares.Max():0.0} % |");

    private static int Replicates(int cells) => cells < 30 ? 20_000 : cells < 500 ? 5_000 : 2_000;

    private static Rates Rate(double[] shares, (int Reference, int Window) size, int seed)
    {
        var random = new Random(seed);
        int replicates = Replicates(shares.Length);
        var rates = new Rates();
        for (int i = 0; i < replicates; i++)
        {
            long[] reference = Draw(random, shares, size.Reference), window = Draw(random, shares, size.Window);
            int[] known = [.. Enumerable.Range(0, shares.Length).Where(c => reference[c] > 0)];
            // Unseen, then missing.
            long[] r = [.. known.Select(c => reference[c]), 0, 0], w = [.. known.Select(c => window[c]), 0, 0];
            w[known.Length] = size.Window - w.Sum();
            Note(rates, new CountPair(Layout.Categorical([.. known.Select(c => $"c{c:0000}")]), r, w));
        }

        return rates.Over(replicates);
    }

    private static void Note(Rates rates, in CountPair pair)
    {
        CellGroups groups = CellGroups.Of(pair);
        Statistic psi = PopulationStability.Merged(pair, groups);
        double floored = PopulationStability.Of(groups, PopulationStability.Floored) ?? 0;
        double tiny = PopulationStability.Of(groups, PopulationStability.PlusTiny) ?? 0;
        double pearson = ChiSquare.Pearson(groups.Reference, groups.Window)?.PValue ?? 1;
        rates.OnePercent += psi.PValue <= 0.01 ? 1 : 0;
        rates.OnePerMille += psi.PValue <= 0.001 ? 1 : 0;
        rates.Default += psi.PValue <= 0.01 && psi.Value >= 0.02 ? 1 : 0;
        rates.Pearson += pearson <= 0.01 ? 1 : 0;
        rates.Tenth += floored > 0.1 ? 1 : 0;
        rates.Fifth += floored > 0.2 ? 1 : 0;
        rates.Quarter += floored > 0.25 ? 1 : 0;
        rates.Scouter += tiny > 0.25 ? 1 : 0;
        rates.Evidently += (pair.ReferenceRows <= 1000 ? pearson < 0.05 : Divergences.JensenShannonBits(groups.Reference, groups.Window) > 0.1) ? 1 : 0;
    }

    // A multinomial draw: each cell has a binomial share of what is left.
    private static long[] Draw(Random random, double[] shares, int rows)
    {
        var counts = new long[shares.Length];
        double left = 1;
        int rest = rows;
        for (int i = 0; i < shares.Length - 1 && rest > 0; i++)
        {
            int taken = Binomial(random, rest, Math.Min(1, shares[i] / left));
            counts[i] = taken;
            rest -= taken;
            left -= shares[i];
        }

        counts[^1] += rest;
        return counts;
    }

    // Few: by inversion. Many: Hörmann, The generation of binomial random variates, 1993 (BTRS).
    private static int Binomial(Random random, int n, double p)
    {
        if (p > 0.5) return n - Binomial(random, n, 1 - p);
        double q = 1 - p;
        if (n * p < 10)
        {
            double term = Math.Pow(q, n), u = random.NextDouble();
            for (int x = 0; x < n; x++)
            {
                if (u < term) return x;
                u -= term;
                term *= (n - x) * p / ((x + 1) * q);
            }

            return n;
        }

        double spread = Math.Sqrt(n * p * q), b = 1.15 + (2.53 * spread), a = -0.0873 + (0.0248 * b) + (0.01 * p), c = (n * p) + 0.5;
        double quick = 0.92 - (4.2 / b), alpha = (2.83 + (5.1 / b)) * spread, odds = Math.Log(p / q);
        int mode = (int)((n + 1) * p);
        double h = LogFactorials[mode] + LogFactorials[n - mode];
        while (true)
        {
            double u = random.NextDouble() - 0.5, v = random.NextDouble(), us = 0.5 - Math.Abs(u);
            double x = Math.Floor((((2 * a / us) + b) * u) + c);
            if (us >= 0.07 && v <= quick) return (int)x;
            if (x < 0 || x > n) continue;
            int k = (int)x;
            if (Math.Log(v * alpha / ((a / (us * us)) + b)) <= h - LogFactorials[k] - LogFactorials[n - k] + ((k - mode) * odds)) return k;
        }
    }

    private static double[] Logs(int most)
    {
        var logs = new double[most + 1];
        for (int i = 2; i <= most; i++) logs[i] = logs[i - 1] + Math.Log(i);
        return logs;
    }

    private static double[] Equal(int cells) => [.. Enumerable.Repeat(1.0 / cells, cells)];

    private static double[] Zipf(int cells)
    {
        double sum = Enumerable.Range(1, cells).Sum(i => 1.0 / i);
        return [.. Enumerable.Range(1, cells).Select(i => 1 / (i * sum))];
    }

    /// <summary>How often each rule spoke: counted, then as shares.</summary>
    private sealed record Rates
    {
        public double OnePercent { get; set; }

        public double OnePerMille { get; set; }

        public double Default { get; set; }

        public double Pearson { get; set; }

        public double Tenth { get; set; }

        public double Fifth { get; set; }

        public double Quarter { get; set; }

        public double Scouter { get; set; }

        public double Evidently { get; set; }

        public Rates Over(double windows) => new()
        {
            OnePercent = OnePercent / windows,
            OnePerMille = OnePerMille / windows,
            Default = Default / windows,
            Pearson = Pearson / windows,
            Tenth = Tenth / windows,
            Fifth = Fifth / windows,
            Quarter = Quarter / windows,
            Scouter = Scouter / windows,
            Evidently = Evidently / windows,
        };
    }
}
