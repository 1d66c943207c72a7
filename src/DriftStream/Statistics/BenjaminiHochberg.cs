namespace DriftStream.Statistics;

/// <summary>
/// Benjamini and Hochberg (1995): which p-values of a family are small enough that on average at most a share q of those picked is false.
/// </summary>
public static class BenjaminiHochberg
{
    /// <summary>
    /// Adjusted p-values, in the order of the input: for each the least level q at which it is rejected.
    /// </summary>
    public static double[] Adjusted(ReadOnlySpan<double> p)
    {
        double[] sorted = p.ToArray();
        int[] order = [.. Enumerable.Range(0, p.Length)];
        Array.Sort(sorted, order);
        var adjusted = new double[p.Length];
        double least = 1;
        for (int i = p.Length - 1; i >= 0; i--)
        {
            least = Math.Min(least, sorted[i] * ((double)p.Length / (i + 1)));
            adjusted[order[i]] = least;
        }

        return adjusted;
    }
}
