namespace DriftStream.Statistics;

/// <summary>How widely the rows are spread: over numbers, over cells, and over how many of them.</summary>
public static class Spread
{
    /// <summary>Standard deviation of the window over that of the reference.</summary>
    public const string Ratio = "sd_ratio";
    /// <summary>Size of the change of Shannon's entropy, in bits.</summary>
    public const string Entropy = "entropy";
    /// <summary>Categories of the window over those expected of as many rows of the reference.</summary>
    public const string Cardinality = "cardinality";

    /// <summary>
    /// Rows are placed as <see cref="MeanShift"/> places them. Null where a sample has fewer than two numbers, or the reference has no deviation.
    /// </summary>
    public static double? RatioOf(in CountPair pair)
    {
        MeanShift.Moments reference = MeanShift.Moments.Of(pair.Layout, pair.ReferenceValues);
        MeanShift.Moments window = MeanShift.Moments.Of(pair.Layout, pair.WindowValues);
        if (reference.Rows < 2 || window.Rows < 2) return null;
        double ratio = Math.Sqrt(window.Variance / reference.Variance);
        return double.IsFinite(ratio) ? ratio : null;
    }

    /// <summary>
    /// Of the shares of groups as they are: a sample of m rows over k groups shows about (k - 1) / (2 m ln 2) bits too few. Null where a sample is empty.
    /// </summary>
    public static double? EntropyOf(CellGroups groups) => Bits(groups.Reference) is { } r && Bits(groups.Window) is { } w ? Math.Abs(w - r) : null;

    /// <summary>
    /// Categories that occur, unseen ones together as one, over the number that as many rows drawn from the reference would show
    /// (rarefaction, Hurlbert 1971); of more rows than the reference has, over all of its own. Null where a sample has no category.
    /// </summary>
    public static double? CardinalityOf(in CountPair pair)
    {
        ReadOnlySpan<long> reference = pair.Reference[..pair.Layout.MissingCell], window = pair.Window[..pair.Layout.MissingCell];
        long n = CountPair.Sum(reference), m = Math.Min(n, CountPair.Sum(window));
        if (m == 0) return null;
        double expected = 0, seen = 0;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            if (window[cell] > 0) seen++;
            if (reference[cell] > 0) expected += 1 - Without(n, reference[cell], m);
        }

        return seen / expected;
    }

    // C(n - r, m) / C(n, m), by whichever of r and m has fewer factors: that none of r rows is among m of n.
    private static double Without(long n, long r, long m)
    {
        long few = Math.Min(r, m), many = Math.Max(r, m);
        double none = 1;
        for (long i = 0; i < few && none > 1e-18; i++) none *= Math.Max(0, (double)(n - many - i) / (n - i));
        return none;
    }

    private static double? Bits(long[] counts)
    {
        double rows = CountPair.Sum(counts);
        return rows > 0 ? counts.Sum(c => c > 0 ? -c / rows * Math.Log2(c / rows) : 0) : null;
    }
}
