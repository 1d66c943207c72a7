using System.Globalization;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Time;

namespace DriftStream.Bench;

/// <summary>
/// <c>calibration [FILE]</c>: how often alarms speak where nothing changed, in rows as they are, and how often they find what did. Seeded; some minutes on
/// one core.
/// </summary>
internal static class Calibration
{
    private const int Baselines = 100, WindowsEach = 20, Window = 1_000;

    private const double Level = 0.01;

    private static readonly string[] Rules =
    [
        "**default**", "its p <= 1 % alone", "as if rows were independent", "PSI > 0.1", "PSI > 0.2", "PSI > 0.25", "Evidently's default",
        "Scouter, PSI > 0.25",
    ];

    public static int Run(string[] args)
    {
        var text = new StringBuilder();
        text.AppendLine("# False alarms and power in rows as they are").AppendLine();
        text.AppendLine("`dotnet run -c Release --project bench/DriftStream.Bench -- calibration FILE` makes this file; the seed is fixed.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Columns that do not change: {Baselines} baselines of {World.Rows:N0} rows, {WindowsEach} windows of {Window:N0} rows each.");
        text.AppendLine("In % of windows in which a rule speaks; of the default rule (p at most 1 %, and an effect of at least 0.02) 1.0 is nominal.");
        text.AppendLine("PSI by fixed limits is over deciles or categories, shares floored at 1e-4.");
        text.AppendLine("Evidently's default up to 1,000 rows is Kolmogorov-Smirnov or chi2 at 5 %.").AppendLine();
        text.AppendLine($"| rows | {string.Join(" | ", Rules)} |");
        text.AppendLine($"|---|{string.Concat(Rules.Select(_ => "---|"))}");
        foreach (World world in World.Steady)
        {
            Console.Error.WriteLine(world.Name);
            double[] shares = Shares(world, world.Draw, 17, world.Calendar);
            text.AppendLine($"| {world.Name} | {string.Join(" | ", shares.Select(s => (100 * s).ToString("0.0", CultureInfo.InvariantCulture)))} |");
        }

        text.AppendLine().AppendLine("Columns that change, of independent rows: % of windows in which the rule speaks.").AppendLine();
        text.AppendLine($"| change | {string.Join(" | ", Rules)} |");
        text.AppendLine($"|---|{string.Concat(Rules.Select(_ => "---|"))}");
        foreach (Change change in Change.All)
        {
            Console.Error.WriteLine(change.Name);
            double[] shares = Shares(change.Before, change.After, 18, null);
            text.AppendLine($"| {change.Name} | {string.Join(" | ", shares.Select(s => (100 * s).ToString("0", CultureInfo.InvariantCulture)))} |");
        }

        NullCases.Append(text);
        PairCases.Append(text);
        if (args is [var file]) File.WriteAllText(file, text.ToString());
        Console.Write(text);
        return 0;
    }

    private static double[] Shares(World world, RowSource after, int seed, CalendarKind? calendar)
    {
        var spoke = new double[Rules.Length];
        for (int b = 0; b < Baselines; b++)
        {
            var random = new Random((seed * 1000) + b);
            BaselineSettings settings = BaselineSettings.Of("m") with { NotFeatures = ["t"], Time = "t", Calendar = calendar };
            Batch reference = world.Draw(random, 0, world.Reference);
            Baseline baseline = ReferenceClusters.Measure(BaselineBuilder.Build([reference], settings).Baseline!, [reference], settings);
            BaselineSignal signal = baseline.Signals.Single();
            ICellCounter counter = CellCounters.For(signal, null, null);
            for (int w = 0; w < WindowsEach; w++)
            {
                long start = world.Reference + ((long)w * Window);
                Batch rows = after(random, start, Window);
                var counts = new long[signal.Layout.Cells];
                if (counter.Bind(rows) is { } reject) throw new InvalidOperationException(reject.Detail);
                counter.Count(0, rows.Rows, counts);
                Note(signal, baseline.Calendar, counts, start * World.Between, (start + Window) * World.Between, spoke);
            }
        }

        return [.. spoke.Select(s => s / (Baselines * WindowsEach))];
    }

    private static void Note(BaselineSignal signal, DriftStream.Cells.Calendar? calendar, long[] window, long start, long end, double[] spoke)
    {
        long[] reference = [.. signal.CountsIn(calendar, new EventTime(start), new EventTime(end))];
        var pair = new CountPair(signal.Layout, reference, window, DesignEffect.At(signal.Clusters, Window));
        Statistic psi = PopulationStability.Merged(pair, CellGroups.Of(pair));
        // Other rules know neither hours nor clusters.
        var plain = new CountPair(signal.Layout, signal.Counts.AsSpan(), window);
        CellGroups groups = CellGroups.Of(plain);
        double fixedPsi = PopulationStability.Of(groups, PopulationStability.Floored) ?? 0;
        double evidently = signal.Layout.Kind == LayoutKind.Numeric
            ? KolmogorovSmirnov.Of(plain)!.PValue
            : ChiSquare.Pearson(groups.Reference, groups.Window)!.PValue;
        bool[] speaks =
        [
            psi.PValue <= Level && psi.Value >= 0.02,
            psi.PValue <= Level,
            PopulationStability.Merged(plain, groups).PValue <= Level,
            fixedPsi > 0.1, fixedPsi > 0.2, fixedPsi > 0.25,
            evidently < 0.05,
            (PopulationStability.Of(groups, PopulationStability.PlusTiny) ?? 0) > 0.25,
        ];
        for (int i = 0; i < speaks.Length; i++) spoke[i] += speaks[i] ? 1 : 0;
    }
}

/// <summary>Rows of one column <c>x</c> and their times <c>t</c>, from the given row of a stream on.</summary>
internal delegate Batch RowSource(Random random, long first, int rows);

/// <summary>A stream that never changes.</summary>
internal sealed record World(string Name, RowSource Draw, CalendarKind? Calendar = null, int Reference = World.Rows)
{
    /// <summary>A row every ten seconds, 8,640 a day.</summary>
    public const long Between = 10 * EventTime.Second;

    /// <summary>Of a baseline: two days and some hours.</summary>
    public const int Rows = 20_000;

    public static World[] Steady { get; } =
    [
        new("independent, normal", Numbers((_, r, _) => Normal(r))),
        new("independent, ten categories", Names((_, r, _) => $"c{(int)(10 * Math.Pow(r.NextDouble(), 1.5))}")),
        new("long tail: 1 / rank of 10,000 categories", Names((_, r, _) => $"c{(int)Math.Pow(10_000, r.NextDouble())}")),
        new("counts of a lognormal, out of range by nature", Numbers((_, r, _) => Math.Floor(20 * Math.Exp(1.5 * Normal(r))))),
        new("nulls in 0.01 %", Numbers((_, r, _) => r.NextDouble() < 1e-4 ? double.NaN : Normal(r))),
        new("flag in 0.2 %", Names((_, r, _) => r.NextDouble() < 0.002 ? "1" : "0")),
        new("households of three, two alike in half", Names((i, r, last) => i % 3 > 0 && r.NextDouble() < 0.5 ? last! : $"c{r.Next(5)}")),
        new("autoregressive, 0.9", Numbers((i, r, last) => i == 0 ? Normal(r) : (0.9 * last) + (Math.Sqrt(1 - 0.81) * Normal(r)))),
        new("autoregressive, 0.99", Numbers((i, r, last) => i == 0 ? Normal(r) : (0.99 * last) + (Math.Sqrt(1 - 0.9801) * Normal(r)))),
        new("batches of 200, each with a mean of its own (0.2 sd)", Batched(200, 0.2)),
        new("day cycle of 0.5 sd", Numbers((i, r, _) => Normal(r) + (0.5 * Math.Sin(2 * Math.PI * i / 8640))), CalendarKind.HourOfDay),
        new("day cycle of 0.5 sd, weekends 0.5 sd lower, baseline of two weeks",
            Numbers((i, r, _) => Normal(r) + (0.5 * Math.Sin(2 * Math.PI * i / 8640)) - (i / 8640 % 7 is 2 or 3 ? 0.5 : 0)),
            CalendarKind.HourOfWeek, 14 * 8640),
        new("the day cycle without a calendar", Numbers((i, r, _) => Normal(r) + (0.5 * Math.Sin(2 * Math.PI * i / 8640)))),
    ];

    public static RowSource Numbers(Func<long, Random, double, double> draw) => (random, first, rows) =>
    {
        var x = new double[rows];
        for (int i = 0; i < rows; i++) x[i] = draw(first + i, random, i == 0 ? Normal(random) : x[i - 1]);
        return new BatchBuilder().Add("x", Columns.Of<double>(x)).Add("t", Times(first, rows)).Build();
    };

    public static RowSource Names(Func<long, Random, string?, string> draw) => (random, first, rows) =>
    {
        var x = new string[rows];
        for (int i = 0; i < rows; i++) x[i] = draw(i == 0 ? 0 : first + i, random, i == 0 ? null : x[i - 1]);
        return new BatchBuilder().Add("x", Columns.Text(x)).Add("t", Times(first, rows)).Build();
    };

    private static RowSource Batched(int size, double sd) => (random, first, rows) =>
    {
        double mean = sd * Normal(random);
        return Numbers((i, r, _) => (i % size == 0 ? mean = sd * Normal(r) : mean) + Normal(r))(random, first, rows);
    };

    private static Column Times(long first, int rows) =>
        Columns.Times([.. Enumerable.Range(0, rows).Select(i => (first + i) * Between)]);

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>A stream, and what it becomes.</summary>
internal sealed record Change(string Name, World Before, RowSource After)
{
    private static readonly double[] Shares = [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01];

    public static World Ten { get; } = new("", World.Names((_, r, _) => Pick(r)));

    public static World Number { get; } = new("", World.Numbers((_, r, _) => World.Normal(r)));

    public static Change[] All { get; } =
    [
        new("category of 1 % renamed", Ten, Renamed("c9")),
        new("category of 5 % renamed", Ten, Renamed("c5")),
        new("category of 30 % renamed", Ten, Renamed("c0")),
        new("category of 5 % gone", Ten, World.Names((_, r, _) => Pick(r) is var c && c == "c5" ? "c0" : c)),
        new("new category in 1 %", Ten, World.Names((_, r, _) => r.NextDouble() < 0.01 ? "new" : Pick(r))),
        new("mean + 0.1 sd", Number, World.Numbers((_, r, _) => World.Normal(r) + 0.1)),
        new("mean + 0.2 sd", Number, World.Numbers((_, r, _) => World.Normal(r) + 0.2)),
        new("mean + 0.5 sd", Number, World.Numbers((_, r, _) => World.Normal(r) + 0.5)),
        new("scale 1.2", Number, World.Numbers((_, r, _) => 1.2 * World.Normal(r))),
        new("NaN in 1 %", Number, World.Numbers((_, r, _) => r.NextDouble() < 0.01 ? double.NaN : World.Normal(r))),
        new("NaN in 0.2 %", Number, World.Numbers((_, r, _) => r.NextDouble() < 0.002 ? double.NaN : World.Normal(r))),
        new("NaN in 0.5 %", Number, World.Numbers((_, r, _) => r.NextDouble() < 0.005 ? double.NaN : World.Normal(r))),
        new("unit: times 1,000", Number, World.Numbers((_, r, _) => 1000 * World.Normal(r))),
    ];

    private static RowSource Renamed(string category) => World.Names((_, r, _) => Pick(r) is var c && c == category ? "new" : c);

    public static string Pick(Random random)
    {
        double at = random.NextDouble();
        int i = 0;
        while (i < Shares.Length - 1 && (at -= Shares[i]) >= 0) i++;
        return $"c{i}";
    }
}
