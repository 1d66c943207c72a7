using System.Globalization;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Statistics;

namespace DriftStream.Bench;

/// <summary>
/// <c>pairs [FILE]</c>, also a part of <c>calibration</c>: how often the rules on pairs of columns speak where their dependence is what it was, with margins
/// that stay and margins that move, and how often they find what changed. Seeded; some minutes.
/// </summary>
internal static class PairCases
{
    private const double Level = 0.01, LeastEffect = 0.02, LeastCorrelation = 0.1;

    private static readonly (int Reference, int Window)[] Sizes = [(2_000, 500), (20_000, 1_000), (20_000, 10_000)];

    private static readonly string[] Rules =
    [
        "dependence_shift, p <= 1 %", "and an effect of 0.02", "correlation_shift, p <= 1 %", "and a shift of 0.1",
    ];

    public static int Run(string[] args)
    {
        var text = new StringBuilder();
        text.AppendLine("# False alarms and power of the rules on pairs of columns").AppendLine();
        text.AppendLine("`dotnet run -c Release --project bench/DriftStream.Bench -- pairs FILE` makes this file; the seed is fixed.");
        Append(text);
        if (args is [var file]) File.WriteAllText(file, text.ToString());
        Console.Write(text);
        return 0;
    }

    public static void Append(StringBuilder text)
    {
        text.AppendLine().AppendLine("Pairs whose dependence does not change: % of windows in which a rule speaks; 1.0 is nominal.");
        text.AppendLine("100 baselines, 40 windows each.");
        text.AppendLine("Rows are independent of each other; sizes are rows of the baseline and of a window.").AppendLine();
        Table(text, [.. from kind in PairKind.Steady from size in Sizes select (kind, size)], 100, 40, 31, "0.0");
        text.AppendLine().AppendLine("Pairs whose dependence changes, baselines of 20,000 rows: % of windows in which a rule speaks.");
        text.AppendLine("50 baselines, 20 windows each.").AppendLine();
        Table(text, [.. from kind in PairKind.Changing from window in (int[])[1_000, 10_000] select (kind, (20_000, window))], 50, 20, 32, "0");
    }

    private static void Table(
        StringBuilder text, (PairKind Kind, (int Reference, int Window) Size)[] cases, int baselines, int windows, int seed, string format)
    {
        text.AppendLine($"| pair | rows | {string.Join(" | ", Rules)} |");
        text.AppendLine($"|---|---|{string.Concat(Rules.Select(_ => "---|"))}");
        var lines = new string[cases.Length];
        int done = 0;
        Parallel.For(0, cases.Length, i =>
        {
            (PairKind kind, (int reference, int window)) = cases[i];
            IEnumerable<string> shares = Shares(kind, reference, window, baselines, windows, (seed * 1000) + i)
                .Select(s => s is { } share ? (100 * share).ToString(format, CultureInfo.InvariantCulture) : "");
            lines[i] = string.Create(CultureInfo.InvariantCulture, $"| {kind.Name} | {reference:N0}, {window:N0} | {string.Join(" | ", shares)} |");
            if (Interlocked.Increment(ref done) % 10 == 0) Console.Error.WriteLine($"{done} of {cases.Length} pairs");
        });
        foreach (string line in lines) text.AppendLine(line);
    }

    private static double?[] Shares(PairKind kind, int reference, int window, int baselines, int windows, int seed)
    {
        var spoke = new double[Rules.Length];
        bool numbers = true;
        for (int b = 0; b < baselines; b++)
        {
            var random = new Random((seed * 1000) + b);
            BaselineSettings settings = BaselineSettings.Of("m") with { Pairs = [["x", "y"]] };
            BaselineSignal signal = BaselineBuilder.Build([kind.Before(random, reference)], settings).Baseline!.Signals[^1];
            numbers = JointDependence.AreNumbers(signal.Layout);
            ICellCounter counter = CellCounters.For(signal, null, null);
            for (int w = 0; w < windows; w++)
            {
                Batch rows = kind.After(random, window);
                if (counter.Bind(rows) is { } reject) throw new InvalidOperationException(reject.Detail);
                var counts = new long[signal.Layout.Cells];
                counter.Count(0, rows.Rows, counts);
                Note(JointDependence.Of(new CountPair(signal.Layout, signal.Counts.AsSpan(), counts)), spoke);
            }
        }

        return [.. spoke.Select((s, i) => i < 2 || numbers ? s / (baselines * windows) : (double?)null)];
    }

    private static void Note(JointDependence dependence, double[] spoke)
    {
        Statistic all = dependence.Statistic(JointDependence.DependenceShift, null), ranks = dependence.Statistic(JointDependence.CorrelationShift, null);
        bool[] speaks =
        [
            all.PValue <= Level, all.PValue <= Level && all.Value >= LeastEffect,
            ranks.PValue <= Level, ranks.PValue <= Level && ranks.Value >= LeastCorrelation,
        ];
        for (int i = 0; i < speaks.Length; i++) spoke[i] += speaks[i] ? 1 : 0;
    }
}

/// <summary>Rows of two columns <c>x</c> and <c>y</c>.</summary>
internal delegate Batch PairSource(Random random, int rows);

/// <summary>Two columns in the baseline, and in the windows.</summary>
internal sealed record PairKind(string Name, PairSource Before, PairSource After)
{
    private static readonly double[][] Skewed = [[0.5, 0.1, 0.1, 0.3], [0.1, 0.6, 0.2, 0.1], [0.05, 0.05, 0.8, 0.1]];

    public static PairKind[] Steady { get; } =
    [
        Same("normal, correlation 0", Normals(0)),
        Same("normal, 0.3", Normals(0.3)),
        Same("normal, 0.6", Normals(0.6)),
        Same("normal, 0.9", Normals(0.9)),
        Same("normal, 0.99", Normals(0.99)),
        Same("lognormal and normal, 0.6", Normals(0.6, static x => Math.Exp(2 * x))),
        Same("counts of few values and normal, 0.5", Normals(0.5, static x => Math.Floor(Math.Exp((0.6 * x) + 1)))),
        Same("two thirds zero and normal, 0.5", Normals(0.5, static x => Math.Max(0, x - 0.43))),
        Same("flag as number and normal, 0.5", Normals(0.5, static x => x > 1 ? 1 : 0)),
        Same("U shape", Numbers(static (r, x) => (x * x) + World.Normal(r))),
        Same("three by four categories", Names(Skewed, [0.5, 0.3, 0.2])),
        Same("two flags, one in 2 %", Names([[0.9, 0.1], [0.4, 0.6]], [0.98, 0.02])),
        Same("1 / rank of 200 categories and three", LongTail()),
        Same("three categories and a number", Mixed(static (g, r) => World.Normal(r) + (0.5 * g))),
        Same("three categories and a number, far apart", Mixed(static (g, r) => World.Normal(r) + (3 * g))),
        new("normal, 0.6; both means + 0.5 sd", Normals(0.6), Normals(0.6, static x => x + 0.5, static y => y + 0.5)),
        new("normal, 0.6; one times 1.2", Normals(0.6), Normals(0.6, static x => 1.2 * x)),
        new("normal, 0.9; one mean + 1 sd, one times 1.5", Normals(0.9), Normals(0.9, static x => x + 1, static y => 1.5 * y)),
        new("normal, 0.6; one squeezed (tanh)", Normals(0.6), Normals(0.6, static x => Math.Tanh(x))),
        new("three by four categories; another mix of the three", Names(Skewed, [0.5, 0.3, 0.2]), Names(Skewed, [0.2, 0.3, 0.5])),
        new("three categories and a number; another unit (times 1.2)", Mixed(static (g, r) => World.Normal(r) + (0.5 * g)),
            Mixed(static (g, r) => 1.2 * (World.Normal(r) + (0.5 * g)))),
        new("three categories and a number; another mix", Mixed(static (g, r) => World.Normal(r) + (0.5 * g)),
            Mixed(static (g, r) => World.Normal(r) + (0.5 * g), [0.2, 0.3, 0.5])),
    ];

    public static PairKind[] Changing { get; } =
    [
        new("normal, 0.6 becomes 0.5", Normals(0.6), Normals(0.5)),
        new("normal, 0.6 becomes 0.4", Normals(0.6), Normals(0.4)),
        new("normal, 0.62 becomes 0.11", Normals(0.62), Normals(0.11)),
        new("normal, 0.6 becomes -0.6", Normals(0.6), Normals(-0.6)),
        new("U shape becomes independent", Numbers(static (r, x) => (x * x) + World.Normal(r)), Numbers(static (r, x) => World.Normal(r))),
        new("three by four categories become independent", Names(Skewed, [0.5, 0.3, 0.2]), Names([[0.29, 0.24, 0.27, 0.2]], [1, 0, 0], 3)),
        new("two of three categories change their places", Names(Skewed, [0.5, 0.3, 0.2]), Names([Skewed[1], Skewed[0], Skewed[2]], [0.5, 0.3, 0.2])),
        new("three categories and a number become independent", Mixed(static (g, r) => World.Normal(r) + (0.5 * g)), Mixed(static (_, r) => World.Normal(r))),
    ];

    private static PairKind Same(string name, PairSource source) => new(name, source, source);

    private static PairSource Normals(double correlation, Func<double, double>? x = null, Func<double, double>? y = null) => (random, rows) =>
    {
        (double[] first, double[] second) = (new double[rows], new double[rows]);
        for (int i = 0; i < rows; i++)
        {
            double a = World.Normal(random), b = (correlation * a) + (Math.Sqrt(1 - (correlation * correlation)) * World.Normal(random));
            (first[i], second[i]) = (x?.Invoke(a) ?? a, y?.Invoke(b) ?? b);
        }

        return new BatchBuilder().Add("x", Columns.Of<double>(first)).Add("y", Columns.Of<double>(second)).Build();
    };

    private static PairSource Numbers(Func<Random, double, double> draw) => (random, rows) =>
    {
        double[] first = [.. Enumerable.Range(0, rows).Select(_ => World.Normal(random))];
        return new BatchBuilder().Add("x", Columns.Of<double>(first)).Add("y", Columns.Of<double>([.. first.Select(x => draw(random, x))])).Build();
    };

    // Of each first category the shares of the second ones; where all are drawn by the first, so many names are given at random.
    private static PairSource Names(double[][] second, double[] first, int names = 0) => (random, rows) =>
    {
        (string[] x, string[] y) = (new string[rows], new string[rows]);
        for (int i = 0; i < rows; i++)
        {
            int group = Pick(random, first);
            (x[i], y[i]) = ($"a{(names > 0 ? Pick(random, [0.5, 0.3, 0.2]) : group)}", $"b{Pick(random, second[group])}");
        }

        return new BatchBuilder().Add("x", Columns.Text(x)).Add("y", Columns.Text(y)).Build();
    };

    private static PairSource LongTail() => (random, rows) =>
    {
        (string[] x, string[] y) = (new string[rows], new string[rows]);
        for (int i = 0; i < rows; i++)
        {
            int rank = (int)Math.Pow(200, random.NextDouble());
            (x[i], y[i]) = ($"a{rank}", $"b{Pick(random, Skewed[rank % 3])}");
        }

        return new BatchBuilder().Add("x", Columns.Text(x)).Add("y", Columns.Text(y)).Build();
    };

    private static PairSource Mixed(Func<int, Random, double> draw, double[]? shares = null) => (random, rows) =>
    {
        var x = new string[rows];
        var y = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            int group = Pick(random, shares ?? [0.5, 0.3, 0.2]);
            (x[i], y[i]) = ($"a{group}", draw(group, random));
        }

        return new BatchBuilder().Add("x", Columns.Text(x)).Add("y", Columns.Of<double>(y)).Build();
    };

    private static int Pick(Random random, double[] shares)
    {
        double at = random.NextDouble();
        int i = 0;
        while (i < shares.Length - 1 && (at -= shares[i]) >= 0) i++;
        return i;
    }
}
