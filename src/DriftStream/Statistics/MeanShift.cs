using System.Globalization;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>
/// How far the mean of the rows that hold a number moved, in standard deviations of the reference. Counts do not hold a mean, so rows are placed
/// in the middle of their cell, and at the nearest edge in the two open ones. On an exact layout that is where they are.
/// </summary>
/// <param name="Shift">Above 0 where the window's mean is greater.</param>
/// <param name="Low">Lower end of its interval, which adds what chance leaves open to what the cells do; null for no bound.</param>
/// <param name="High">Upper end; null where rows of the window lie beyond the last edge.</param>
/// <param name="PValue">The p-value of Welch's z test on those places.</param>
public sealed record MeanShift(double? Shift, double? Low, double? High, double PValue)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "mean_shift";
    /// <summary>The name of its test in every message.</summary>
    public const string Test = "welch-z";

    /// <summary>Null where a sample has fewer than two numbers.</summary>
    /// <param name="pair">The counts over a numeric layout.</param>
    /// <param name="confidence">That of the two-sided interval; 0.95 for 95 %.</param>
    public static MeanShift? Of(in CountPair pair, double confidence = 0.95)
    {
        Moments reference = Moments.Of(pair.Layout, pair.ReferenceValues), window = Moments.Of(pair.Layout, pair.WindowValues);
        if (reference.Rows < 2 || window.Rows < 2) return null;
        double moved = window.Mean - reference.Mean, sd = Math.Sqrt(reference.Variance);
        double error = Math.Sqrt(pair.Design.Ranks * ((reference.Variance / reference.Rows) + (window.Variance / window.Rows)));
        double p = moved == 0 ? 1 : Math.Min(1, 2 * Normal.Upper(Math.Abs(moved) / error));
        // A constant has no deviation to measure by: either it stayed, or nothing can be said in this unit.
        bool stayed = moved == 0 && window.Variance == 0 && !window.OpenBelow && !window.OpenAbove;
        if (sd == 0) return new MeanShift(stayed ? 0 : null, null, null, p);
        double chance = Proportions.Quantile(confidence) * error;
        double? low = window.OpenBelow || reference.OpenAbove ? null : (window.Least - reference.Most - chance) / sd;
        double? high = window.OpenAbove || reference.OpenBelow ? null : (window.Most - reference.Least + chance) / sd;
        return new MeanShift(moved / sd, low, high, p);
    }

    /// <summary>In the form in which every statistic is reported: the size of the move, and the interval in its direction.</summary>
    public static Statistic Statistic(in CountPair pair, double? confidence)
    {
        MeanShift? mean = Of(pair, confidence ?? 0.95);
        bool fell = mean?.Shift < 0;
        double? value = mean?.Shift is { } shift ? Math.Abs(shift) : null, low = fell ? -mean!.High : mean?.Low, high = fell ? -mean!.Low : mean?.High;
        return new Statistic(Name, null, value, value is null ? null : low, value is null ? null : high,
            Statistics.Statistic.Reported(mean?.PValue), mean is null ? null : Test,
            CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues));
    }

    /// <summary>For people, such as <c>its mean rose by 0.23 standard deviations of the baseline</c>.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture,
        $"its mean {(Shift < 0 ? "fell" : "rose")} by {Math.Abs(Shift ?? 0):0.##} standard deviations of the baseline");

    // One sample: its mean if rows are in the middle of their cells, and the least and greatest that the cells allow.
    internal readonly record struct Moments(double Rows, double Mean, double Variance, double Least, double Most, bool OpenBelow, bool OpenAbove)
    {
        public static Moments Of(Layout layout, ReadOnlySpan<long> counts)
        {
            double rows = CountPair.Sum(counts);
            if (rows == 0 || layout.Edges.IsEmpty) return default;
            double mean = 0, least = 0, most = 0, squares = 0;
            for (int cell = 0; cell < counts.Length; cell++)
            {
                (double low, double high) = Ends(layout, cell);
                double share = counts[cell] / rows;
                mean += share * Middle(low, high);
                least += share * low;
                most += share * high;
            }

            for (int cell = 0; cell < counts.Length; cell++)
            {
                (double low, double high) = Ends(layout, cell);
                double off = Middle(low, high) - mean;
                squares += counts[cell] * off * off;
            }

            return new Moments(rows, mean, squares / Math.Max(1, rows - 1), least, most, counts[0] > 0, counts[^1] > 0);
        }

        // [v, the next double) is v, and what follows starts at v: the next double means nothing to people.
        public static (double Low, double High) Ends(Layout layout, int cell)
        {
            ReadOnlySpan<double> edges = layout.Edges.AsSpan();
            if (cell == 0) return (edges[0], edges[0]);
            double low = Value(edges, cell - 1);
            if (cell == edges.Length) return (low, low);
            return Math.BitIncrement(edges[cell - 1]) == edges[cell] ? (edges[cell - 1], edges[cell - 1]) : (low, edges[cell]);
        }

        private static double Value(ReadOnlySpan<double> edges, int edge) =>
            edge > 0 && Math.BitIncrement(edges[edge - 1]) == edges[edge] ? edges[edge - 1] : edges[edge];

        private static double Middle(double low, double high) => low + ((high - low) / 2);
    }
}
