namespace DriftStream.Statistics;

/// <summary>
/// Energy distance of the rows that hold a number, sqrt(2 x the area under the squared difference of the two distribution functions), as scipy's
/// <c>energy_distance</c>, in square roots of the unit of the column. An interval and a point as <see cref="Wasserstein"/> is one.
/// </summary>
/// <param name="Low">The least distance that the counts allow.</param>
/// <param name="Value">The distance if rows spread evenly within their cells; null where it is infinite.</param>
/// <param name="High">The greatest distance that the counts allow, or null for no bound.</param>
public sealed record Energy(double? Low, double? Value, double? High)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "energy";

    /// <summary>Null where a sample is empty.</summary>
    public static Energy? Of(in CountPair pair)
    {
        ReadOnlySpan<long> reference = pair.ReferenceValues, window = pair.WindowValues;
        double n = CountPair.Sum(reference), m = CountPair.Sum(window);
        if (n == 0 || m == 0) return null;
        double low = 0, value = 0, high = 0, r = reference[0], x = window[0];
        for (int cell = 1; cell < pair.Layout.Edges.Length; cell++)
        {
            double f = r / n, g = x / m;
            r += reference[cell];
            x += window[cell];
            double fEnd = r / n, gEnd = x / m, start = f - g, end = fEnd - gEnd;
            (double from, double to) = MeanShift.Moments.Ends(pair.Layout, cell);
            if (from == to) continue;
            low += Area(to - from, Square(Math.Max(0, Math.Max(f - gEnd, g - fEnd))));
            high += Area(to - from, Square(Math.Max(fEnd - g, gEnd - f)));
            value += Area(to - from, ((start * start) + (start * end) + (end * end)) / 3);
        }

        bool open = reference[0] + window[0] + reference[^1] + window[^1] > 0;
        return new Energy(Distance(low), Distance(value), open ? null : Distance(high));
    }

    /// <summary>In the form in which every statistic is reported.</summary>
    public static Statistic Statistic(in CountPair pair)
    {
        Energy? energy = Of(pair);
        return new Statistic(Name, null, energy?.Value, energy?.Low, energy?.High, null, null,
            CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues));
    }

    // An infinite cell without a difference adds nothing.
    private static double Area(double width, double height) => height > 0 ? width * height : 0;

    private static double? Distance(double area) => double.IsFinite(area) ? Math.Sqrt(2 * area) : null;

    private static double Square(double of) => of * of;
}
