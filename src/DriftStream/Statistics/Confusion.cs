namespace DriftStream.Statistics;

/// <summary>Decisions beside labels: how many rows of each of the four kinds. What has no row to rest on is null.</summary>
/// <param name="TruePositive">Selected, and the label is positive.</param>
/// <param name="FalsePositive">Selected, and the label is negative.</param>
/// <param name="FalseNegative">Not selected, and the label is positive.</param>
/// <param name="TrueNegative">Not selected, and the label is negative.</param>
public readonly record struct Confusion(long TruePositive, long FalsePositive, long FalseNegative, long TrueNegative)
{
    /// <summary>All rows with a decision and a label.</summary>
    public long Rows => TruePositive + FalsePositive + FalseNegative + TrueNegative;

    /// <summary>Decisions that are as their label, of all.</summary>
    public Share Accuracy => new(TruePositive + TrueNegative, Rows);

    /// <summary>Positive labels, of the selected rows.</summary>
    public Share Precision => new(TruePositive, TruePositive + FalsePositive);

    /// <summary>Selected rows, of those with a positive label: the true positive rate.</summary>
    public Share Recall => new(TruePositive, TruePositive + FalseNegative);

    /// <summary>Rows that are not selected, of those with a negative label: one less the false positive rate.</summary>
    public Share Specificity => new(TrueNegative, TrueNegative + FalsePositive);

    /// <summary>The mean of recall and specificity.</summary>
    public Estimate? BalancedAccuracy => Recall.Value is { } recall && Specificity.Value is { } specificity
        ? new Estimate((recall + specificity) / 2, Math.Sqrt(Variance(Recall) + Variance(Specificity)) / 2)
        : null;

    /// <summary>The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); its standard error by the delta method.</summary>
    public Estimate? F1
    {
        get
        {
            double wrong = (double)FalsePositive + FalseNegative, sum = (2.0 * TruePositive) + wrong;
            return sum == 0 ? null : new Estimate(2 * TruePositive / sum, 2 * Math.Sqrt(TruePositive * wrong * (TruePositive + wrong)) / (sum * sum));
        }
    }

    /// <summary>
    /// Matthews' correlation coefficient of decision and label (1975), from -1 to 1; null where one of them has one value only. Its standard error by the
    /// delta method, as that of a correlation of two binary variables.
    /// </summary>
    public Estimate? Matthews
    {
        get
        {
            double selected = TruePositive + FalsePositive, others = TrueNegative + FalseNegative;
            double positive = TruePositive + FalseNegative, negative = TrueNegative + FalsePositive;
            double scale = Math.Sqrt(selected) * Math.Sqrt(others) * Math.Sqrt(positive) * Math.Sqrt(negative);
            if (scale == 0) return null;
            double phi = (((double)TruePositive * TrueNegative) - ((double)FalsePositive * FalseNegative)) / scale;
            // Of degree 0 in the counts, so the variance of a multinomial sample is the sum of n_i times the squared derivative.
            double variance = (TruePositive * Squared((TrueNegative / scale) - (phi / 2 * ((1 / selected) + (1 / positive)))))
                + (TrueNegative * Squared((TruePositive / scale) - (phi / 2 * ((1 / others) + (1 / negative)))))
                + (FalsePositive * Squared((FalseNegative / scale) + (phi / 2 * ((1 / selected) + (1 / negative)))))
                + (FalseNegative * Squared((FalsePositive / scale) + (phi / 2 * ((1 / others) + (1 / positive)))));
            return new Estimate(phi, Math.Sqrt(variance));
        }
    }

    private static double Variance(Share share) => share.Value!.Value * (1 - share.Value.Value) / share.Rows;

    private static double Squared(double x) => x * x;
}

/// <summary>Rows that count, of some rows.</summary>
public readonly record struct Share(long Events, long Rows)
{
    /// <summary>Null of no row.</summary>
    public double? Value => Rows > 0 ? (double)Events / Rows : null;
}

/// <summary>A value and its standard error, of rows that are independent; null where it has none.</summary>
public readonly record struct Estimate(double Value, double? Error)
{
    /// <summary>Where the value of the raw rows lies, of which only cells are known; null where nothing is left open.</summary>
    public Interval? LeftOpen { get; init; }
}
