using System.Globalization;
using System.Text;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Bench;

/// <summary><c>trends [FILE]</c>: how often detectors of trends speak where there is none, and how soon where there is one. Seeded.</summary>
internal static class TrendTable
{
    private const int Runs = 1_000, Windows = 1_000, Calm = 150, MostDelay = 1_000;

    private static readonly (string Name, TrendSettings Settings)[] Detectors =
    [
        ("`cusum`, mean and deviation given", Cusum(5, 30, TrendMode.Both) with { Mean = 0, Sd = 1 }),
        ("`cusum`, as it is by default", Cusum(5, 30, TrendMode.Both)),
        ("`cusum`, `min_instances: 100`", Cusum(5, 100, TrendMode.Both)),
        ("`cusum`, `threshold: 8, min_instances: 50, mode: up`", Cusum(8, 50, TrendMode.Up)),
        ("`cusum`, `threshold: 8, min_instances: 100, mode: up`", Cusum(8, 100, TrendMode.Up)),
        ("`cusum`, `threshold: 12, min_instances: 100, mode: up`", Cusum(12, 100, TrendMode.Up)),
        ("`page_hinkley`, threshold 10, delta 0.5 deviations, `mode: up`", PageHinkley(10, 0.5)),
        ("`page_hinkley`, threshold 20, delta 0.3 deviations, `mode: up`", PageHinkley(20, 0.3)),
        ("`adwin`, as it is by default, a deviation being 0.1", new TrendSettings(TrendDetector.Adwin)
        {
            Delta = 0.002, Clock = 1, MaxBuckets = 5, MinWindowLength = 5, GracePeriod = 10,
        }),
    ];

    public static int Run(string[] args)
    {
        var text = new StringBuilder();
        text.AppendLine("# False alarms and delay of trends").AppendLine();
        text.AppendLine("`dotnet run -c Release --project bench/DriftStream.Bench -- trends FILE` makes this file; the seed is fixed.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{Runs:N0} runs of {Windows:N0} independent windows without a trend, then {Runs:N0} in which the mean grows after {Calm} windows.");
        text.Append("Values: normal, and sizes of normal ones, as a statistic like mean_shift shows without drift. ");
        text.AppendLine("Learning is part of the runs.").AppendLine();
        text.AppendLine("| detector | false alarms in 1,000 windows: normal | sizes | runs with one | windows to find 0.02 deviations a window | 0.1 |");
        text.AppendLine("|---|---|---|---|---|---|");
        foreach ((string name, TrendSettings settings) in Detectors)
        {
            Console.Error.WriteLine(name);
            (double normal, _) = FalseAlarms(settings, Normal);
            (double sizes, double runs) = FalseAlarms(settings, Size);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {name} | {normal:0.00} | {sizes:0.00} | {100 * runs:0} % | {Delay(settings, 0.02)} | {Delay(settings, 0.1)} |");
        }

        if (args is [var file]) File.WriteAllText(file, text.ToString());
        Console.Write(text);
        return 0;
    }

    private static TrendSettings Cusum(double threshold, int learned, TrendMode mode) =>
        new(TrendDetector.Cusum) { Threshold = threshold, Delta = 0.5, MinInstances = learned, Mode = mode };

    private static TrendSettings PageHinkley(double threshold, double delta) =>
        new(TrendDetector.PageHinkley) { Threshold = threshold, Delta = delta, MinInstances = 30, Alpha = 0.9999, Mode = TrendMode.Up };

    private static (double PerThousand, double Runs) FalseAlarms(TrendSettings settings, Func<Random, double> draw)
    {
        var random = new Random(19);
        int found = 0, runs = 0;
        for (int run = 0; run < Runs; run++)
        {
            var detector = new Detector(settings);
            int before = found;
            for (int i = 0; i < Windows; i++) found += detector.Sees(draw(random)) ? 1 : 0;
            runs += found > before ? 1 : 0;
        }

        return (1000.0 * found / ((double)Runs * Windows), (double)runs / Runs);
    }

    private static string Delay(TrendSettings settings, double slope)
    {
        var random = new Random(23);
        var delays = new List<int>();
        for (int run = 0; run < Runs; run++)
        {
            var detector = new Detector(settings);
            for (int i = 0; i < Calm; i++) detector.Sees(Size(random));
            int delay = 1;
            while (delay < MostDelay && !detector.Sees(Size(random) + (slope * delay))) delay++;
            delays.Add(delay);
        }

        delays.Sort();
        return delays[Runs / 2] >= MostDelay ? "not found" : delays[Runs / 2].ToString(CultureInfo.InvariantCulture);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    // |z| with mean 0 and deviation 1.
    private static double Size(Random random) => (Math.Abs(Normal(random)) - Math.Sqrt(2 / Math.PI)) / Math.Sqrt(1 - (2 / Math.PI));

    private sealed class Detector(TrendSettings settings)
    {
        private CusumState _cusum = new();
        private PageHinkleyState _page = new();
        private AdwinState _adwin = AdwinState.Empty;

        public bool Sees(double value)
        {
            TrendReading reading;
            if (settings.Detector is TrendDetector.Cusum) (_cusum, reading) = _cusum.Next(value, new EventTime(0), settings);
            else if (settings.Detector is TrendDetector.PageHinkley) (_page, reading) = _page.Next(value, new EventTime(0), settings);
            else (_adwin, reading) = _adwin.Next(0.1 * value, new EventTime(0), settings);
            return reading.Found;
        }
    }
}
