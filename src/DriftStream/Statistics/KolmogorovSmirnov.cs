namespace DriftStream.Statistics;

/// <summary>
/// Two-sample Kolmogorov-Smirnov distance of the rows that hold a number (no NaN, no missing). At the edges of the layout both
/// distribution functions are known exactly; between two edges they are only bounded, so the distance lies in an interval that
/// is a point for exact layouts.
/// </summary>
/// <param name="Low">Largest distance over the edges.</param>
/// <param name="High">The largest distance that any arrangement of the rows within their cells can give.</param>
/// <param name="Location">
/// The value at which <paramref name="Low"/> is reached: just below it, or just after it for layouts that hold its successor.
/// </param>
/// <param name="Sign">1 where the reference's distribution function is greater there, so that its values are smaller; else -1.</param>
/// <param name="PValue">Two-sample asymptotic: <see cref="KolmogorovDistribution.Survival(long, double)"/>.</param>
public sealed record KolmogorovSmirnov(double Low, double High, double? Location, int Sign, double PValue)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "ks";
    /// <summary>The name of its test in every message.</summary>
    public const string Test = "ks-asymptotic";

    /// <summary>The p-value where rows are alike (<see cref="CountPair.Design"/>).</summary>
    public double PValueOfAlike { get; private init; }

    /// <summary>Null where a sample is empty.</summary>
    public static KolmogorovSmirnov? Of(in CountPair pair)
    {
        ReadOnlySpan<long> reference = pair.ReferenceValues, window = pair.WindowValues;
        long n = CountPair.Sum(reference), m = CountPair.Sum(window);
        if (n == 0 || m == 0) return null;
        ReadOnlySpan<double> edges = pair.Layout.Edges.AsSpan();
        double above = 0, below = 0, high = 0;
        int aboveAt = -1, belowAt = -1;
        long r = 0, x = 0;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            // The distribution functions of reference and window where the cell starts, and where it ends.
            double f = (double)r / n, g = (double)x / m;
            r += reference[cell];
            x += window[cell];
            double fEnd = (double)r / n, gEnd = (double)x / m;
            bool onePoint = cell > 0 && cell < edges.Length && Math.BitIncrement(edges[cell - 1]) == edges[cell];
            if (!onePoint) high = Math.Max(high, Math.Max(fEnd - g, gEnd - f));
            if (fEnd - gEnd > above) (above, aboveAt) = (fEnd - gEnd, cell);
            if (gEnd - fEnd > below) (below, belowAt) = (gEnd - fEnd, cell);
        }

        double low = Math.Max(above, below);
        int at = above >= below ? aboveAt : belowAt;
        double rows = (double)n * m / ((double)n + m);
        double p = KolmogorovDistribution.Survival((long)Math.Round(rows, MidpointRounding.ToEven), low);
        return new KolmogorovSmirnov(low, Math.Max(low, high), At(edges, at), above >= below ? 1 : -1, p)
        {
            PValueOfAlike = pair.Design.Ranks > 1 ? KolmogorovDistribution.Survival((long)Math.Max(1, rows / pair.Design.Ranks), low) : p,
        };
    }

    /// <summary>In the form in which every statistic is reported.</summary>
    public static Statistic Statistic(in CountPair pair)
    {
        KolmogorovSmirnov? ks = Of(pair);
        return new Statistic(Name, null, ks?.Low, ks?.Low, ks?.High, Statistics.Statistic.Reported(ks?.PValue), ks is null ? null : Test,
            CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues))
        {
            PValueOfAlike = Statistics.Statistic.Reported(ks?.PValueOfAlike),
        };
    }

    private static double? At(ReadOnlySpan<double> edges, int cell)
    {
        if (cell < 0 || cell >= edges.Length) return null;
        return cell > 0 && Math.BitIncrement(edges[cell - 1]) == edges[cell] ? edges[cell - 1] : edges[cell];
    }
}
