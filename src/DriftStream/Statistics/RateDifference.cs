namespace DriftStream.Statistics;

/// <summary>
/// The category whose share of the rows with a value moved most, as a fraction: 0.05 is 5 percentage points. Two categories move
/// alike, and the later one stands for both. Rows without a value are not counted; unseen is a category.
/// </summary>
/// <param name="Cell">The category's cell.</param>
/// <param name="Reference">Its share of the reference, 0 to 1.</param>
/// <param name="Window">Its share of the window, 0 to 1.</param>
/// <param name="Low">Lower end of the interval of the move in its own direction (Newcombe), at the confidence for all categories together.</param>
/// <param name="High">Upper end of that interval.</param>
/// <param name="PValue">Twice the binomial tail of the category's rows, times the number of categories if that is more than two.</param>
public sealed record RateDifference(int Cell, double Reference, double Window, double Low, double High, double PValue)
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "rate_difference";
    /// <summary>The name of its test in every message.</summary>
    public const string Test = "binomial-tail";

    /// <summary>Convention: the p-value is that of Fisher's exact test.</summary>
    public const string Fisher = "fisher";

    /// <summary>Convention: the p-value is that of the exact binomial test, of the window's rows among all rows of the category.</summary>
    public const string Binomial = "binomial";

    /// <summary>How many categories were looked at, where they are more than two; else 1.</summary>
    internal int Looks { get; private init; }

    /// <summary>The size of the move, whichever way the share went; at least 0.</summary>
    public double Value => Math.Abs(Window - Reference);

    /// <summary>Null where a sample has no row with a value.</summary>
    /// <param name="pair">The counts over a categorical layout.</param>
    /// <param name="confidence">That of the two-sided interval; 0.95 for 95 %.</param>
    public static RateDifference? Of(in CountPair pair, double confidence = 0.95)
    {
        ReadOnlySpan<long> reference = pair.Reference[..pair.Layout.MissingCell], window = pair.Window[..pair.Layout.MissingCell];
        long n = CountPair.Sum(reference), m = CountPair.Sum(window);
        if (n == 0 || m == 0) return null;
        int moved = 0, categories = 0;
        Int128 most = -1;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            if (reference[cell] + window[cell] == 0) continue;
            categories++;
            Int128 by = Int128.Abs(((Int128)window[cell] * n) - ((Int128)reference[cell] * m)); // exact: of two, both are the same
            if (by >= most) (moved, most) = (cell, by);
        }

        (long r, long x) = (reference[moved], window[moved]);
        int looks = categories > 2 ? categories : 1;
        double z = Proportions.Quantile(1 - ((1 - confidence) / looks));
        double f = pair.Design.Cells; // so many rows count as one
        Interval rise = (Int128)x * n >= (Int128)r * m
            ? Proportions.Newcombe(x / f, m / f, r / f, n / f, z)
            : Proportions.Newcombe(r / f, n / f, x / f, m / f, z);
        double all = (double)n + m, p = 2 * looks * BinomialTail.Smaller(r / f, x / f, m / all, n / all);
        return new RateDifference(moved, (double)r / n, (double)x / m, rise.Low, rise.High, Math.Min(1, p)) { Looks = looks };
    }

    /// <summary>With the p-value of one of scipy's exact tests, times the number of categories if that is more than two.</summary>
    /// <param name="pair">The counts over a categorical layout.</param>
    /// <param name="convention"><see cref="Fisher"/> or <see cref="Binomial"/>.</param>
    /// <param name="confidence">That of the two-sided interval; null for 95 %.</param>
    public static Statistic Exact(in CountPair pair, string convention, double? confidence)
    {
        Statistic asymptotic = Statistic(pair, confidence);
        if (Of(pair) is not { } rate) return asymptotic with { Convention = convention };
        (long n, long m, long r, long x) = (asymptotic.ReferenceRows, asymptotic.WindowRows, pair.Reference[rate.Cell], pair.Window[rate.Cell]);
        double p = convention == Fisher ? ExactTest.Fisher(x, m, r, n) : ExactTest.Binomial(x, x + r, m / ((double)n + m));
        return asymptotic with
        {
            Convention = convention,
            PValue = Statistics.Statistic.Reported(Math.Min(1, p * rate.Looks)),
            Test = convention + "-exact",
            // Rows that are alike have no exact law.
            PValueOfAlike = pair.Design.Cells > 1 ? asymptotic.PValue : null,
        };
    }

    /// <summary>In the form in which every statistic is reported.</summary>
    public static Statistic Statistic(in CountPair pair, double? confidence)
    {
        RateDifference? rate = Of(pair, confidence ?? 0.95);
        ReadOnlySpan<long> reference = pair.Reference[..pair.Layout.MissingCell], window = pair.Window[..pair.Layout.MissingCell];
        return new Statistic(Name, null, rate?.Value, rate?.Low, rate?.High, Statistics.Statistic.Reported(rate?.PValue),
            rate is null ? null : Test, CountPair.Sum(reference), CountPair.Sum(window));
    }
}
