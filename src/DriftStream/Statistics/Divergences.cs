namespace DriftStream.Statistics;

/// <summary>
/// Distances between the shares of two samples over the same cells. Every cell counts, NaN, unseen and missing included; null where a
/// sample is empty. r and w are the shares of reference and window.
/// </summary>
public static class Divergences
{
    /// <summary>Square root of the Jensen-Shannon divergence, in bits: 0 to 1, symmetric.</summary>
    public static double? JensenShannonBits(ReadOnlySpan<long> reference, ReadOnlySpan<long> window) =>
        JensenShannonNats(reference, window) / Math.Sqrt(Math.Log(2));

    /// <summary>Square root of the Jensen-Shannon divergence, in nats: 0 to sqrt(ln 2) = 0.833, symmetric.</summary>
    public static double? JensenShannonNats(ReadOnlySpan<long> reference, ReadOnlySpan<long> window)
    {
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), sum = 0;
        if (n == 0 || m == 0) return null;
        for (int i = 0; i < reference.Length; i++)
        {
            double r = reference[i] / n, w = window[i] / m, middle = (r + w) / 2;
            if (middle > 0) sum += middle * Spread((r - w) / (r + w));
        }

        return Math.Sqrt(Math.Max(0, sum / 2));
    }

    /// <summary>Kullback-Leibler divergence of the reference from the window in nats, sum r ln(r / w): not symmetric.</summary>
    /// <param name="reference">Reference rows by cell.</param>
    /// <param name="window">Window rows by cell, as long.</param>
    /// <param name="share">Turns counts into shares, so that it stays finite where the window has no row.</param>
    public static double? KullbackLeibler(ReadOnlySpan<long> reference, ReadOnlySpan<long> window, ShareRule share)
    {
        long n = CountPair.Sum(reference), m = CountPair.Sum(window);
        if (n == 0 || m == 0) return null;
        double r = 0, w = 0, sum = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            r += share(reference[i], n, reference.Length);
            w += share(window[i], m, reference.Length);
        }

        for (int i = 0; i < reference.Length; i++)
            sum += PartLog(share(reference[i], n, reference.Length) / r, share(window[i], m, reference.Length) / w);
        return sum;
    }

    /// <summary>sqrt(sum (sqrt r - sqrt w)^2 / 2): 0 to 1, symmetric.</summary>
    public static double? Hellinger(ReadOnlySpan<long> reference, ReadOnlySpan<long> window)
    {
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), sum = 0;
        if (n == 0 || m == 0) return null;
        for (int i = 0; i < reference.Length; i++)
        {
            double difference = Math.Sqrt(reference[i] / n) - Math.Sqrt(window[i] / m);
            sum += difference * difference;
        }

        return Math.Sqrt(sum / 2);
    }

    /// <summary>sum |r - w| / 2, the share of rows that would have to change cells: 0 to 1, symmetric.</summary>
    public static double? TotalVariation(ReadOnlySpan<long> reference, ReadOnlySpan<long> window)
    {
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), sum = 0;
        if (n == 0 || m == 0) return null;
        for (int i = 0; i < reference.Length; i++) sum += Math.Abs((reference[i] / n) - (window[i] / m));
        return sum / 2;
    }

    /// <summary>The greatest |r - w| of any cell: 0 to 1, symmetric.</summary>
    public static double? LInfinity(ReadOnlySpan<long> reference, ReadOnlySpan<long> window)
    {
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), greatest = 0;
        if (n == 0 || m == 0) return null;
        for (int i = 0; i < reference.Length; i++) greatest = Math.Max(greatest, Math.Abs((reference[i] / n) - (window[i] / m)));
        return greatest;
    }

    // (1+e) ln(1+e) + (1-e) ln(1-e) of e = (r - w) / (r + w); near 0 by its series, because there the logarithms cancel to the last digits.
    private static double Spread(double e)
    {
        double e2 = e * e;
        if (e2 < 1e-4) return e2 * (1 + (e2 * ((1.0 / 6) + (e2 * ((1.0 / 15) + (e2 / 28))))));
        return PartLog(1 + e, 1) + PartLog(1 - e, 1);
    }

    private static double PartLog(double part, double of) => part > 0 ? part * Math.Log(part / of) : 0;
}
