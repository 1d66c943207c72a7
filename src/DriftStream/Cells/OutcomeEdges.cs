using System.Collections.Immutable;

namespace DriftStream.Cells;

/// <summary>
/// The cells of scores in an outcome table: at most 129 ranges, however many the score itself has. Quantiles of the reference, or each of its values where
/// these are few; and edges that are always there: around the numbers that are finite, around those that are probabilities, where the ten bins of the
/// calibration error begin, and closer and closer to 0 and 1, where a small difference of scores is a large one of losses.
/// </summary>
internal static class OutcomeEdges
{
    /// <summary>The most edges.</summary>
    public const int Most = 128;

    /// <summary>Scores nearer to 0 and 1 than this have the loss of a score there (scikit-learn's rule).</summary>
    public const double Epsilon = 2.220446049250313e-16;

    /// <summary>The bins of the calibration error, of equal width.</summary>
    public const int Bins = 10;

    private static readonly double[] Ends = [Epsilon, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 1e-2];

    private static readonly SortedSet<double> Always =
    [
        // -Infinity and Infinity have cells of their own: such a row has no score.
        double.MinValue, 0, Math.BitIncrement(1.0), double.PositiveInfinity,
        .. Enumerable.Range(1, Bins - 1).Select(LeastOf),
        .. Enumerable.Range(0, Bins).Select(bin => (bin + 0.5) / Bins),
        .. Ends, .. Ends.Select(end => 1 - end),
    ];

    /// <summary>The edges for the scores of a reference.</summary>
    public static ImmutableArray<double> Of(ColumnSample scores) =>
        [.. new SortedSet<double>([.. Always, .. scores.Edges(Most - Always.Count).Where(double.IsFinite)])];

    /// <summary>The bin of a score that is a probability: [0, 0.1), ... [0.9, 1].</summary>
    public static int BinOf(double score) => Math.Clamp((int)(score * Bins), 0, Bins - 1);

    // The product is rounded, so the least score of a bin may lie below the nearest double of its tenth.
    private static double LeastOf(int bin)
    {
        double least = (double)bin / Bins;
        while (BinOf(least) < bin) least = Math.BitIncrement(least);
        while (BinOf(Math.BitDecrement(least)) >= bin) least = Math.BitDecrement(least);
        return least;
    }
}
