namespace DriftStream.Statistics;

/// <summary>
/// Two-sample Anderson-Darling statistic of the rows that hold a number, for ties (Scholz and Stephens 1987, formula 7): scipy's
/// <c>anderson_ksamp(midrank=True)</c> before it is normalised. The tails count most.
/// </summary>
/// <remarks>Its mean without drift is 1 with ties and without, but its law is not: five times too many alarms at 1 % on a coin. So it has no p-value.</remarks>
public static class AndersonDarling
{
    /// <summary>The statistic's name in the config and in every message.</summary>
    public const string Name = "anderson_darling";

    /// <summary>Null where a sample is empty; 0 where all rows share a cell.</summary>
    public static double? Of(in CountPair pair)
    {
        ReadOnlySpan<long> reference = pair.ReferenceValues, window = pair.WindowValues;
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), rows = n + m, r = 0, x = 0, sum = 0;
        if (n == 0 || m == 0) return null;
        for (int cell = 0; cell < reference.Length; cell++)
        {
            double tied = (double)reference[cell] + window[cell];
            if (tied == rows) return 0;
            double inR = r + (reference[cell] / 2.0), inX = x + (window[cell] / 2.0), upTo = inR + inX;
            r += reference[cell];
            x += window[cell];
            if (tied == 0) continue;
            // Both samples' terms are one square: what the one has too much the other has too little.
            double off = (inR / n) - (inX / m);
            sum += tied * off * off / ((upTo * (rows - upTo)) - (rows * tied / 4));
        }

        return (rows - 1) / rows * n * m * sum;
    }

    /// <summary>In the form in which every statistic is reported.</summary>
    public static Statistic Statistic(in CountPair pair) =>
        new(Name, null, Of(pair), null, null, null, null, CountPair.Sum(pair.ReferenceValues), CountPair.Sum(pair.WindowValues));
}
