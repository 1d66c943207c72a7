namespace DriftStream.Statistics;

/// <summary>
/// First Wasserstein distance, the area between the two distribution functions, of the rows that hold a number, in the unit of
/// the column. Between two edges the rows may lie anywhere, so the distance is an interval: a point for exact layouts while the
/// window brings no value that the reference lacks.
/// </summary>
/// <remarks>
/// The outermost cells are open. Rows in them are taken to be at the nearest edge, which is right for the least distance; if
/// a sample has rows there whose place is unknown, there is no greatest distance. On an exact layout the outer edges are the
/// reference's minimum and maximum, so this happens only when the window passes them.
/// </remarks>
/// <param name="Low">The least distance that the counts allow.</param>
/// <param name="Value">The distance if rows spread evenly within their cells; within the interval.</param>
/// <param name="High">The greatest distance that the counts allow, or null for no bound.</param>
public sealed record Wasserstein(double Low, double Value, double? High)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "wasserstein";

    /// <summary>Null where a sample is empty.</summary>
    public static Wasserstein? Of(in CountPair pair)
    {
        ReadOnlySpan<long> reference = pair.ReferenceValues, window = pair.WindowValues;
        double n = CountPair.Sum(reference), m = CountPair.Sum(window);
        if (n == 0 || m == 0) return null;
        ReadOnlySpan<double> edges = pair.Layout.Edges.AsSpan();
        double low = 0, value = 0, high = 0, r = reference[0], x = window[0];
        for (int cell = 1; cell < edges.Length; cell++)
        {
            // The distribution functions of reference and window where the cell starts, and where it ends.
            double f = r / n, g = x / m;
            r += reference[cell];
            x += window[cell];
            double fEnd = r / n, gEnd = x / m, width = Width(edges, cell);
            low += width * Math.Max(0, Math.Max(f - gEnd, g - fEnd));
            high += width * Math.Max(fEnd - g, gEnd - f);
            value += width * MeanAbsolute(f - g, fEnd - gEnd);
        }

        bool open = reference[0] + window[0] + reference[^1] + window[^1] > 0;
        return new Wasserstein(low, value, open ? null : high);
    }

    /// <summary>In the form in which every statistic is reported.</summary>
    public static Statistic Statistic(in CountPair pair, string? convention)
    {
        Wasserstein? distance = Of(pair);
        return new Statistic(Name, convention, distance?.Value, distance?.Low, distance?.High, null, null,
            CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues));
    }

    // The cell [v, successor of v) is the point v: it has no width, and what follows it starts at v.
    private static double Width(ReadOnlySpan<double> edges, int cell)
    {
        double low = edges[cell - 1], high = edges[cell];
        if (Math.BitIncrement(low) == high) return 0;
        return cell > 1 && Math.BitIncrement(edges[cell - 2]) == low ? high - edges[cell - 2] : high - low;
    }

    // The mean of |d| while d runs evenly from one end to the other.
    private static double MeanAbsolute(double start, double end)
    {
        if (start * end >= 0) return (Math.Abs(start) + Math.Abs(end)) / 2;
        return ((start * start) + (end * end)) / (2 * (Math.Abs(start) + Math.Abs(end)));
    }
}
