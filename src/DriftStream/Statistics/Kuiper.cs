namespace DriftStream.Statistics;

/// <summary>
/// Two-sample Kuiper statistic of the rows that hold a number: the greatest lead of each distribution function over the other, added. As sensitive
/// in the tails as in the middle, and the same wherever a cycle (an hour, an angle) is cut open.
/// </summary>
/// <param name="Low">Its value over the edges of the layout.</param>
/// <param name="High">A bound for any arrangement of the rows within their cells; <paramref name="Low"/> on exact layouts.</param>
/// <param name="PValue">Stephens 1970, by the limit law: on ties cautious, as that of Kolmogorov-Smirnov is.</param>
public sealed record Kuiper(double Low, double High, double PValue)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "kuiper";
    /// <summary>The name of its test in every message.</summary>
    public const string Test = "kuiper-stephens";

    /// <summary>The p-value where rows are alike (<see cref="CountPair.Design"/>).</summary>
    public double PValueOfAlike { get; private init; }

    /// <summary>Null where a sample is empty.</summary>
    public static Kuiper? Of(in CountPair pair)
    {
        ReadOnlySpan<long> reference = pair.ReferenceValues, window = pair.WindowValues;
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), r = 0, x = 0;
        if (n == 0 || m == 0) return null;
        ReadOnlySpan<double> edges = pair.Layout.Edges.AsSpan();
        double above = 0, below = 0, mostAbove = 0, mostBelow = 0;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            double f = r / n, g = x / m;
            r += reference[cell];
            x += window[cell];
            double fEnd = r / n, gEnd = x / m;
            above = Math.Max(above, fEnd - gEnd);
            below = Math.Max(below, gEnd - fEnd);
            if (cell > 0 && cell < edges.Length && Math.BitIncrement(edges[cell - 1]) == edges[cell]) continue;
            mostAbove = Math.Max(mostAbove, fEnd - g);
            mostBelow = Math.Max(mostBelow, gEnd - f);
        }

        double low = above + below, high = Math.Max(above, mostAbove) + Math.Max(below, mostBelow);
        double rows = n * m / (n + m);
        return new Kuiper(Math.Min(1, low), Math.Min(1, high), Stephens(rows, low)) { PValueOfAlike = Stephens(rows / pair.Design.Ranks, low) };

        static double Stephens(double rows, double v) => Survival((Math.Sqrt(rows) + 0.155 + (0.24 / Math.Sqrt(rows))) * v);
    }

    /// <summary>In the form in which every statistic is reported.</summary>
    public static Statistic Statistic(in CountPair pair)
    {
        Kuiper? test = Of(pair);
        return new Statistic(Name, null, test?.Low, test?.Low, test?.High, Statistics.Statistic.Reported(test?.PValue), test is null ? null : Test,
            CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues))
        {
            PValueOfAlike = Statistics.Statistic.Reported(test?.PValueOfAlike),
        };
    }

    /// <summary>P(V >= z) of the limit law.</summary>
    public static double Survival(double z)
    {
        if (z < 0.4) return 1; // 1 - 1e-11 at most, where the series would need many terms
        double sum = 0;
        for (int j = 12; j >= 1; j--)
        {
            double square = 2.0 * j * j * z * z;
            sum += ((2 * square) - 1) * Math.Exp(-square);
        }

        return Math.Clamp(2 * sum, 0, 1);
    }
}
