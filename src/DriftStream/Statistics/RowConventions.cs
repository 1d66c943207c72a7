using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>
/// Of numbers, what other tools compute from the rows of both samples: their bins depend on the window's values, so counts by the baseline's edges do not
/// suffice. Rows with an infinity, NaN or nothing are left out. No rule can be set on these.
/// </summary>
/// <remarks>
/// Evidently 0.7: equal widths by Sturges over both samples together; where the reference has at most 20 values, these. NannyML 0.13: equal widths by
/// Doane over the reference, rows beyond them apart. Azure ML: ceil(log2(least sample) + 1) equal widths, Laplace's shares. Frouros: ten equal widths
/// over both, zeros become the least normal double.
/// </remarks>
public static class RowConventions
{
    private const int FewValues = 20, FrourosBins = 10;
    private const double LeastNormal = 2.2250738585072014e-308, LeastDeviation = 0.001;

    /// <summary>All of them; none where a sample is empty.</summary>
    /// <param name="reference">The values of the baseline's rows, ascending and finite.</param>
    /// <param name="window">The values of the window's rows, likewise.</param>
    public static ImmutableArray<Statistic> Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> window)
    {
        if (reference.IsEmpty || window.IsEmpty) return [];
        (long n, long m) = (reference.Length, window.Length);
        double least = Math.Min(reference[0], window[0]), greatest = Math.Max(reference[^1], window[^1]);
        (long[] r, long[] w) = OfEvidently(reference, window, least, greatest);
        (double[] ofReference, double[] ofWindow) = PopulationStability.EvidentlyShares(r, w);
        double[] azure = Edges(least, greatest, (int)Math.Ceiling(Math.Log2(Math.Min(n, m)) + 1));
        double[] frouros = Edges(least, greatest, FrourosBins);
        (long[] inside, long[] outside) = OfNannyMl(reference, window);
        double distance = Distance(reference, window);
        return
        [
            One("psi", "evidently", PopulationStability.Sum(ofReference, ofWindow)),
            One("psi", "azure", PopulationStability.Sum(Counts(reference, azure), Counts(window, azure), PopulationStability.Laplace)),
            One("psi", "frouros", PopulationStability.Sum(Counts(reference, frouros), Counts(window, frouros), Frouros)),
            One("jensen_shannon", "evidently", Divergences.JensenShannonNats(r, w)),
            One("jensen_shannon", "nannyml", Divergences.JensenShannonBits(inside, outside)),
            One("kl", "evidently", Evidently.KullbackLeibler(ofReference, ofWindow)),
            One("wasserstein", "evidently", distance / Math.Max(Deviation(reference, n), LeastDeviation)),
            One("wasserstein", "azure", Deviation(reference, n - 1) is > 0 and var deviation ? distance / deviation : null),
            One("hellinger", "nannyml", Divergences.Hellinger(inside, outside)),
        ];

        Statistic One(string name, string convention, double? value) => new(name, convention, value, null, null, null, null, n, m);
    }

    private static double Frouros(long count, long rows, int cells) => count == 0 ? LeastNormal : (double)count / rows;

    private static (long[] Reference, long[] Window) OfEvidently(ReadOnlySpan<double> reference, ReadOnlySpan<double> window, double least, double greatest)
    {
        int distinct = 1;
        for (int i = 1; i < reference.Length && distinct <= FewValues; i++)
        {
            if (reference[i] != reference[i - 1]) distinct++;
        }

        if (distinct > FewValues)
        {
            double width = (greatest - least) / (Math.Log2((double)reference.Length + window.Length) + 1);
            double[] edges = Edges(least, greatest, (int)Math.Ceiling((greatest - least) / width));
            return (Counts(reference, edges), Counts(window, edges));
        }

        double[] values = [.. new SortedSet<double>([.. reference, .. window])];
        return (OfValues(reference, values), OfValues(window, values));
    }

    private static (long[] Reference, long[] Window) OfNannyMl(ReadOnlySpan<double> reference, ReadOnlySpan<double> window)
    {
        double[] edges = Edges(reference[0], reference[^1], DoaneBins(reference));
        long[] counts = Counts(window, edges);
        long beyond = window.Length - CountPair.Sum(counts);
        return ([.. Counts(reference, edges), 0], [.. counts, beyond]);
    }

    // Doane 1976, as numpy has it: by the skewness over its standard error.
    private static int DoaneBins(ReadOnlySpan<double> values)
    {
        double n = values.Length, range = values[^1] - values[0], deviation = Deviation(values, values.Length);
        if (n <= 2 || deviation == 0) return 1;
        double mean = Mean(values), skewness = 0, error = Math.Sqrt(6 * (n - 2) / ((n + 1) * (n + 3)));
        foreach (double value in values) skewness += Math.Pow((value - mean) / deviation, 3);
        double width = range / (1 + Math.Log2(n) + Math.Log2(1 + (Math.Abs(skewness / n) / error)));
        return (int)Math.Ceiling(range / width);
    }

    // As numpy's linspace; a single value has half a unit on either side.
    private static double[] Edges(double least, double greatest, int bins)
    {
        if (least == greatest) (least, greatest) = (least - 0.5, greatest + 0.5);
        double step = (greatest - least) / bins;
        double[] edges = [.. Enumerable.Range(0, bins + 1).Select(i => least + (i * step))];
        edges[^1] = greatest;
        return edges;
    }

    // Bins are closed on the left, the last on both sides.
    private static long[] Counts(ReadOnlySpan<double> sorted, ReadOnlySpan<double> edges)
    {
        var counts = new long[edges.Length - 1];
        int from = Before(sorted, edges[0]);
        for (int bin = 0; bin < counts.Length; bin++)
        {
            int end = bin == counts.Length - 1 ? Before(sorted, Math.BitIncrement(edges[^1])) : Before(sorted, edges[bin + 1]);
            (counts[bin], from) = (end - from, end);
        }

        return counts;
    }

    private static long[] OfValues(ReadOnlySpan<double> sorted, double[] values)
    {
        var counts = new long[values.Length];
        for (int i = 0; i < values.Length; i++) counts[i] = Before(sorted, Math.BitIncrement(values[i])) - Before(sorted, values[i]);
        return counts;
    }

    // How many are below the limit.
    private static int Before(ReadOnlySpan<double> sorted, double limit)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (sorted[middle] < limit) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>The area between the two distribution functions.</summary>
    private static double Distance(ReadOnlySpan<double> reference, ReadOnlySpan<double> window)
    {
        double area = 0, last = Math.Min(reference[0], window[0]);
        for (int i = 0, j = 0; i < reference.Length || j < window.Length;)
        {
            double next = j >= window.Length || (i < reference.Length && reference[i] <= window[j]) ? reference[i] : window[j];
            area += Math.Abs(((double)i / reference.Length) - ((double)j / window.Length)) * (next - last);
            last = next;
            while (i < reference.Length && reference[i] == next) i++;
            while (j < window.Length && window[j] == next) j++;
        }

        return area;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum / values.Length;
    }

    private static double Deviation(ReadOnlySpan<double> values, long divisor)
    {
        double mean = Mean(values), sum = 0;
        foreach (double value in values) sum += (value - mean) * (value - mean);
        return divisor > 0 ? Math.Sqrt(sum / divisor) : 0;
    }
}
