using DriftStream.Batches;
using DriftStream.Time;

namespace DriftStream.Tests.Judging;

/// <summary>
/// Orders of a shop that does not change, but for what is put in: rows of a day cycle, a week cycle and a noise of each day, as a stream of real orders has
/// them. Everything follows from the seed.
/// </summary>
internal sealed class Shop(int seed)
{
    /// <summary>A Monday.</summary>
    public static readonly DateTime FirstDay = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    private static readonly string[] Categories = ["grocery", "fashion", "home", "gaming", "toys", "books"];
    private static readonly string[] Channels = ["app", "web", "store"];
    private static readonly string[] Countries = ["DE", "AT", "CH", "FR", "NL", "PL", "IT"];

    /// <summary>How much the mix of each day differs from that of its weekday: the standard deviation of the logarithm.</summary>
    public double DayNoise { get; init; } = 0.05;

    /// <summary>Rows of a day on average.</summary>
    public int RowsPerDay { get; init; } = 6_667;

    /// <summary>In these hours since the first day the customers' age is null.</summary>
    public Range? AgeMissing { get; init; }

    /// <summary>From this hour on half of what was bought as groceries, and twice of what was bought as games.</summary>
    public int? MixShift { get; init; }

    /// <summary>The orders of one hour after the other, a batch each.</summary>
    /// <param name="days">How many days.</param>
    public IEnumerable<Batch> Hours(int days)
    {
        var random = new Random(seed);
        long order = 1_000_000;
        for (int day = 0; day < days; day++)
        {
            var noise = new Noise(random, DayNoise);
            for (int hour = 0; hour < 24; hour++)
            {
                int at = (24 * day) + hour;
                yield return Hour(random, noise, at, ref order);
            }
        }
    }

    private Batch Hour(Random random, Noise noise, int at, ref long order)
    {
        int hour = at % 24, day = at / 24 % 7;
        bool weekend = day >= 5;
        double evening = Math.Max(0, Math.Sin((hour - 6) / 18.0 * Math.PI)), night = hour < 6 ? 1 : 0;
        double mean = RowsPerDay / 24.0 * (0.25 + (1.4 * evening)) * (weekend ? 1.25 : 0.92) * noise.Volume;
        int rows = Poisson(random, mean);
        double[] categories = noise.Weigh(0, [30 - (8 * night), 20 + (6 * evening), 15, 8 + (10 * night) + (weekend ? 4 : 0), 12 + (weekend ? 5 : 0), 15]);
        if (at >= MixShift) (categories[0], categories[3]) = (categories[0] / 2, categories[3] * 2);
        double[] channels = noise.Weigh(6, [45 + (15 * night), 40, 15 * (1 - night)]);
        double[] countries = noise.Weigh(9, [50, 14, 12, 10 + (3 * night), 8, 4, 2]);
        var (times, ids, category, channel, country) = (new long[rows], new long[rows], new string[rows], new string[rows], new string[rows]);
        var (basket, score, age, items, decision) = (new double[rows], new double[rows], new double?[rows], new int[rows], new int[rows]);
        for (int i = 0; i < rows; i++)
        {
            times[i] = EventTime.From(FirstDay.AddHours(at)) + (EventTime.Hour * i / rows);
            ids[i] = order++;
            category[i] = Pick(random, Categories, categories);
            channel[i] = Pick(random, Channels, channels);
            country[i] = Pick(random, Countries, countries);
            items[i] = 1 + Poisson(random, category[i] == "grocery" ? 6 : 1.5);
            basket[i] = Math.Round(Math.Exp(3 + (0.15 * evening) + (0.6 * Normal(random))) * noise.Basket * Math.Sqrt(items[i]), 2);
            double years = Math.Round(Math.Clamp(42 - (6 * night) + (13 * Normal(random)), 18, 90));
            age[i] = AgeMissing is { } missing && at >= missing.Start.Value && at < missing.End.Value ? null : years;
            score[i] = 1 / (1 + Math.Exp(-(1 + (0.02 * (years - 42)) - (0.004 * basket[i]) + (0.8 * Normal(random)))));
            decision[i] = score[i] > 0.5 ? 1 : 0;
        }

        return new BatchBuilder()
            .Add("event_time", Columns.Times(times)).Add("order_id", Columns.Of<long>(ids))
            .Add("category", Columns.Text(category)).Add("channel", Columns.Text(channel)).Add("country", Columns.Text(country))
            .Add("items", Columns.Of<int>(items)).Add("basket", Columns.Of<double>(basket)).Add("age", Columns.Of<double>(age))
            .Add("score", Columns.Of<double>(score)).Add("decision", Columns.Of<int>(decision))
            .Build();
    }

    private static string Pick(Random random, string[] names, double[] weights)
    {
        double at = random.NextDouble() * weights.Sum();
        int i = 0;
        while (i < names.Length - 1 && (at -= weights[i]) >= 0) i++;
        return names[i];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static int Poisson(Random random, double mean)
    {
        if (mean > 50) return Math.Max(0, (int)Math.Round(mean + (Math.Sqrt(mean) * Normal(random))));
        double limit = Math.Exp(-mean), product = random.NextDouble();
        int count = 0;
        for (; product > limit; count++) product *= random.NextDouble();
        return count;
    }

    /// <summary>What one day has of its own.</summary>
    private sealed class Noise
    {
        private readonly double[] _factors;

        public Noise(Random random, double sd)
        {
            _factors = [.. Enumerable.Range(0, 16).Select(_ => Math.Exp(sd * Normal(random)))];
            (Volume, Basket) = (Math.Exp(sd * Normal(random)), Math.Exp(sd * Normal(random)));
        }

        public double Volume { get; }

        public double Basket { get; }

        public double[] Weigh(int from, double[] weights) => [.. weights.Select((w, i) => w * _factors[from + i])];
    }
}
