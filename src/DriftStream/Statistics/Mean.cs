namespace DriftStream.Statistics;

/// <summary>
/// The mean of the rows of the window that hold a number. Counts do not hold it, so rows are placed in the middle of their cell, and at the nearest edge in
/// the two open ones, as of <see cref="MeanShift"/>; its interval holds the mean of the raw rows.
/// </summary>
public static class Mean
{
    /// <summary>Its name in the config and in every message.</summary>
    public const string Name = "mean";

    /// <summary>
    /// The value, and from where to where the cells let it lie; where a confidence is asked for, chance adds to that. An end is infinite where the window has
    /// rows beyond the baseline's least or greatest value, for they may be anywhere.
    /// </summary>
    /// <param name="pair">The counts over a numeric layout.</param>
    /// <param name="confidence">0.95 for 95 %; null for what the cells leave open alone.</param>
    public static Statistic Statistic(in CountPair pair, double? confidence)
    {
        MeanShift.Moments window = MeanShift.Moments.Of(pair.Layout, pair.WindowValues);
        var statistic = new Statistic(Name, null, null, null, null, null, null, CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues));
        if (window.Rows == 0) return statistic;
        double chance = confidence is { } asked ? Proportions.Quantile(asked) * Math.Sqrt(pair.Design.Ranks * window.Variance / window.Rows) : 0;
        return statistic with
        {
            Value = double.IsFinite(window.Mean) ? window.Mean : null,
            Low = window.OpenBelow ? double.NegativeInfinity : window.Least - chance,
            High = window.OpenAbove ? double.PositiveInfinity : window.Most + chance,
        };
    }
}
