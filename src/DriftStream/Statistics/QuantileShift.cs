using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>
/// How far quantiles of the rows that hold a number moved, in interquartile ranges of the reference: the unit that one wild value does not change.
/// A quantile is the least value up to which at least its share of the rows lies (numpy's <c>method="inverted_cdf"</c>), evenly within a cell.
/// </summary>
public static class QuantileShift
{
    /// <summary>The median's, in the config and in every message.</summary>
    public const string Median = "median_shift";
    /// <summary>The greatest of the nine deciles', in the config and in every message.</summary>
    public const string Deciles = "quantile_shift";

    /// <summary>The size of the greatest move of the quantiles, and what the cells leave open; null where a sample is empty.</summary>
    /// <param name="pair">The counts over a numeric layout.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="twentieths">Which quantiles: 10 is the median.</param>
    public static Statistic Statistic(in CountPair pair, string name, ImmutableArray<int> twentieths)
    {
        var statistic = new Statistic(name, null, null, null, null, null, null,
            CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues));
        if (statistic.ReferenceRows == 0 || statistic.WindowRows == 0 || pair.Layout.Edges.IsEmpty) return statistic;
        double unit = At(pair.Layout, pair.ReferenceValues, 15).Value - At(pair.Layout, pair.ReferenceValues, 5).Value;
        double moved = 0, low = 0, high = 0;
        foreach (int k in twentieths)
        {
            Place r = At(pair.Layout, pair.ReferenceValues, k), w = At(pair.Layout, pair.WindowValues, k);
            moved = Math.Max(moved, Math.Abs(w.Value - r.Value));
            low = Math.Max(low, Math.Max(w.Low - r.High, r.Low - w.High));
            high = Math.Max(high, Math.Max(w.High - r.Low, r.High - w.Low));
        }

        // Without a range there is no unit: either nothing moved, or nothing can be said.
        if (unit == 0) return high == 0 ? statistic with { Value = 0, Low = 0, High = 0 } : statistic;
        if (!double.IsFinite(unit) || !double.IsFinite(moved / unit)) return statistic;
        return statistic with { Value = moved / unit, Low = low / unit, High = double.IsFinite(high / unit) ? high / unit : null };
    }

    private static Place At(Layout layout, ReadOnlySpan<long> counts, int twentieth)
    {
        double rank = CountPair.Sum(counts) * twentieth / 20.0, before = 0;
        int cell = 0;
        while (before + counts[cell] < rank) before += counts[cell++];
        (double low, double high) = MeanShift.Moments.Ends(layout, cell);
        // The outer cells have one known end, and rows are taken to be there.
        if (cell == 0) return new Place(low, double.NegativeInfinity, high);
        if (cell == layout.Edges.Length) return new Place(low, low, double.PositiveInfinity);
        return new Place(low == high ? low : low + ((high - low) * (rank - before) / counts[cell]), low, high);
    }

    private readonly record struct Place(double Value, double Low, double High);
}
