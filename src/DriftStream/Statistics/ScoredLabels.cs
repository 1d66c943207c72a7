using System.Runtime.InteropServices;

namespace DriftStream.Statistics;

/// <summary>
/// Scores beside labels: for each score, from the least on, how many rows have a negative and a positive label. All that is said follows from that and from
/// the scores themselves, so equal scores are ties.
/// </summary>
public sealed class ScoredLabels
{
    /// <summary>Scores nearer to 0 and 1 than this have the loss of a score there (scikit-learn's rule).</summary>
    private const double Epsilon = 2.220446049250313e-16;

    private const int Bins = 10;

    private readonly double[] _scores;
    private readonly long[] _negatives, _positives;

    private ScoredLabels(double[] scores, long[] negatives, long[] positives)
    {
        (_scores, _negatives, _positives) = (scores, negatives, positives);
        (Negatives, Positives) = (CountPair.Sum(negatives), CountPair.Sum(positives));
    }

    /// <summary>Rows with a negative label.</summary>
    public long Negatives { get; }

    /// <summary>Rows with a positive label.</summary>
    public long Positives { get; }

    private long Rows => Negatives + Positives;

    /// <summary>What scores mean by these labels; null where too few rows have a label of either kind.</summary>
    public ScoreCalibration? Isotonic() => ScoreCalibration.Of(_scores, _negatives, _positives);

    private bool AreProbabilities => _scores.Length > 0 && _scores[0] >= 0 && _scores[^1] <= 1;

    /// <param name="rows">A score and whether the label is positive, of each row, in any order; scores are finite. The list is sorted in place.</param>
    public static ScoredLabels Of(List<(double Score, bool Positive)> rows)
    {
        CollectionsMarshal.AsSpan(rows).Sort((a, b) => a.Score.CompareTo(b.Score));
        var (scores, negatives, positives) = (new List<double>(), new List<long>(), new List<long>());
        foreach ((double score, bool positive) in rows)
        {
            if (scores.Count == 0 || scores[^1] != score)
            {
                scores.Add(score);
                negatives.Add(0);
                positives.Add(0);
            }

            CollectionsMarshal.AsSpan(positive ? positives : negatives)[^1]++;
        }

        return new ScoredLabels([.. scores], [.. negatives], [.. positives]);
    }

    /// <summary>
    /// The area under the ROC curve: how often a row with a positive label has a greater score than one with a negative label; ties count half. Null where a
    /// label is missing. Its standard error is that of DeLong, DeLong and Clarke-Pearson (1988), from the mid-ranks.
    /// </summary>
    public Estimate? RocAuc
    {
        get
        {
            if (Negatives == 0 || Positives == 0) return null;
            // Of each positive row the share of the negatives below it, and of each negative one that of the positives above it.
            double area = 0, positiveSquares = 0, negativeSquares = 0;
            long below = 0, above = Positives;
            for (int i = 0; i < _scores.Length; i++)
            {
                above -= _positives[i];
                double ofPositive = (below + (_negatives[i] / 2.0)) / Negatives, ofNegative = (above + (_positives[i] / 2.0)) / Positives;
                area += _positives[i] * ofPositive;
                positiveSquares += _positives[i] * ofPositive * ofPositive;
                negativeSquares += _negatives[i] * ofNegative * ofNegative;
                below += _negatives[i];
            }

            double value = area / Positives;
            double variance = OfMean(positiveSquares, value, Positives) + OfMean(negativeSquares, value, Negatives);
            return new Estimate(value, Math.Sqrt(variance));
        }
    }

    /// <summary>
    /// Average precision: the precision at each score as a threshold, weighted by what it adds to the recall; no interpolation (scikit-learn's
    /// <c>average_precision_score</c>). Null where no label is positive.
    /// </summary>
    public double? AveragePrecision
    {
        get
        {
            if (Positives == 0) return null;
            double sum = 0;
            long right = 0, selected = 0;
            for (int i = _scores.Length - 1; i >= 0; i--)
            {
                right += _positives[i];
                selected += _positives[i] + _negatives[i];
                sum += _positives[i] * ((double)right / selected);
            }

            return sum / Positives;
        }
    }

    /// <summary>The greatest distance between the distributions of the scores of both labels (Kolmogorov-Smirnov). Null where a label is missing.</summary>
    public double? Separation
    {
        get
        {
            if (Negatives == 0 || Positives == 0) return null;
            double most = 0;
            long below = 0, found = 0;
            for (int i = 0; i < _scores.Length; i++)
            {
                below += _negatives[i];
                found += _positives[i];
                most = Math.Max(most, Math.Abs(((double)below / Negatives) - ((double)found / Positives)));
            }

            return most;
        }
    }

    /// <summary>The mean squared distance of score and label (Brier 1950). Null where there is no row, or where scores are no probabilities.</summary>
    public Estimate? Brier => Mean((score, positive) => (score - (positive ? 1 : 0)) * (score - (positive ? 1 : 0)));

    /// <summary>The mean of -log of the probability that the score gives to the label, natural logarithm. Null as of <see cref="Brier"/>.</summary>
    public Estimate? LogLoss => Mean((score, positive) =>
    {
        double clipped = Math.Clamp(score, Epsilon, 1 - Epsilon);
        return -Math.Log(positive ? clipped : 1 - clipped);
    });

    /// <summary>
    /// Expected calibration error (Naeini, Cooper and Hauskrecht 2015): of ten bins of equal width the distance between mean score and share of positive
    /// labels, weighted by rows. Null as of <see cref="Brier"/>.
    /// </summary>
    public double? CalibrationError => AreProbabilities && Rows > 0 ? Calibration().Sum(b => Math.Abs(b.Scores - b.Positives)) / Rows : null;

    /// <summary>Mean score less the share of positive labels: above 0 where scores are too great. Null as of <see cref="Brier"/>.</summary>
    public Estimate? CalibrationBias => Mean((score, positive) => score - (positive ? 1 : 0));

    /// <summary>The bins of <see cref="CalibrationError"/>: [0, 0.1), ... [0.9, 1]; rows, and the sums of scores and of positive labels.</summary>
    public (long Rows, double Scores, long Positives)[] Calibration()
    {
        var bins = new (long Rows, double Scores, long Positives)[Bins];
        for (int i = 0; i < _scores.Length; i++)
        {
            int bin = Math.Clamp((int)(_scores[i] * Bins), 0, Bins - 1);
            long rows = _negatives[i] + _positives[i];
            bins[bin] = (bins[bin].Rows + rows, bins[bin].Scores + (rows * _scores[i]), bins[bin].Positives + _positives[i]);
        }

        return bins;
    }

    private Estimate? Mean(Func<double, bool, double> loss)
    {
        if (!AreProbabilities || Rows == 0) return null;
        double sum = 0, squares = 0;
        for (int i = 0; i < _scores.Length; i++)
        {
            (double negative, double positive) = (loss(_scores[i], false), loss(_scores[i], true));
            // What no row has is left out: a loss may be very large.
            if (_negatives[i] > 0) (sum, squares) = (sum + (_negatives[i] * negative), squares + (_negatives[i] * negative * negative));
            if (_positives[i] > 0) (sum, squares) = (sum + (_positives[i] * positive), squares + (_positives[i] * positive * positive));
        }

        return new Estimate(sum / Rows, Math.Sqrt(OfMean(squares, sum / Rows, Rows)));
    }

    // The variance of a mean, from the sum of squares.
    private static double OfMean(double squares, double mean, long rows) =>
        rows > 1 ? Math.Max(0, squares - (rows * mean * mean)) / (rows - 1) / rows : 0;
}
