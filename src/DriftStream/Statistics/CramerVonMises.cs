namespace DriftStream.Statistics;

/// <summary>
/// Two-sample Cramer-von Mises statistic of the rows that hold a number: the square of the distance of the two distribution functions, over
/// all rows. Where rows of a cell are taken in any order, the distance runs evenly through the cell.
/// </summary>
/// <remarks>
/// Scipy ranks ties by their middle, and its statistic then grows by the ties themselves: p = 1e-9 for ages in full years that Kolmogorov-Smirnov
/// gives 0.02. Evenly through the ties, the process is its own expectation given the ends of the cells; so its integral is never above the limit
/// law in the convex order, and p is on the safe side. Without ties both are the same.
/// </remarks>
/// <param name="Value">T (Anderson 1962).</param>
/// <param name="MidRanks">T as scipy's <c>cramervonmises_2samp</c> has it: the same where no two rows share a cell.</param>
/// <param name="PValue">By the limit law, with Anderson's mean and variance of T.</param>
/// <param name="MidRanksPValue">Scipy's <c>method="asymptotic"</c>; far too small where there are ties.</param>
public sealed record CramerVonMises(double Value, double MidRanks, double PValue, double MidRanksPValue)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "cramer_von_mises";
    /// <summary>The name of its test in every message.</summary>
    public const string Test = "cramer-von-mises-asymptotic";

    /// <summary>The p-value where rows are alike (<see cref="CountPair.Design"/>).</summary>
    public double PValueOfAlike { get; private init; }

    /// <summary>Null where a sample is empty.</summary>
    public static CramerVonMises? Of(in CountPair pair)
    {
        ReadOnlySpan<long> reference = pair.ReferenceValues, window = pair.WindowValues;
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), rows = n + m, r = 0, x = 0, even = 0, middle = 0;
        if (n == 0 || m == 0) return null;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            double inR = reference[cell], inX = window[cell], start = (r / n) - (x / m);
            middle += (n * inR * (Square(x + (inX / 2)) + (((inR * inR) - 1) / 12)))
                + (m * inX * (Square(r + (inR / 2)) + (((inX * inX) - 1) / 12)));
            r += inR;
            x += inX;
            double end = (r / n) - (x / m);
            even += (inR + inX) * ((start * start) + (start * end) + (end * end)) / 3;
        }

        // A row by itself is a step, not a slope: the difference is 1 / (6 rows) whatever the order.
        double value = (n * m / rows * even / rows) + (1 / (6 * rows));
        double tied = (middle / (n * m) / rows) - (((4 * n * m) - 1) / (6 * rows));
        return new CramerVonMises(value, tied, Survival(value, n, m, 1), Survival(tied, n, m, 1)) { PValueOfAlike = Survival(value, n, m, pair.Design.Ranks) };
    }

    /// <summary>In the form in which every statistic is reported; scipy's without a p-value, which would not hold its level.</summary>
    public static Statistic Statistic(in CountPair pair, string? convention)
    {
        CramerVonMises? test = Of(pair);
        bool own = convention is null && test is not null;
        return new Statistic(Name, convention, own ? test!.Value : test?.MidRanks, null, null,
            own ? Statistics.Statistic.Reported(test!.PValue) : null, own ? Test : null,
            CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues))
        {
            PValueOfAlike = own ? Statistics.Statistic.Reported(test!.PValueOfAlike) : null,
        };
    }

    /// <summary>P(T >= value) of n and m rows, by the limit law with Anderson's mean and variance of T.</summary>
    /// <param name="value">T.</param>
    /// <param name="n">Rows of the reference.</param>
    /// <param name="m">Rows of the window.</param>
    /// <param name="design">So many rows count as one: T is divided by it.</param>
    public static double Survival(double value, double n, double m, double design)
    {
        double rows = n + m, pairs = n * m, mean = (1 + (1 / rows)) / 6;
        double variance = (rows + 1) * ((4 * pairs * rows) - (3 * ((n * n) + (m * m))) - (2 * pairs)) / (45 * rows * rows * 4 * pairs);
        return variance > 0 ? QuadraticLaw.Upper((1.0 / 6) + (((value / design) - mean) / Math.Sqrt(45 * variance))) : 1;
    }

    private static double Square(double of) => of * of;
}
