using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DriftStream.Cells;
using MathNet.Numerics;

namespace DriftStream.Statistics;

/// <summary>
/// Scores beside labels, from the least score on: how many rows with a negative and a positive label have each score, or have one between two ends, which is
/// all that cells tell. What is said of raw rows is exact; what is said of cells is computed as if each score were the middle of its cell (of ranks: as the
/// mean over all orders of the rows in a cell), and brings the interval that what the cells leave open lies in (<see cref="Estimate.LeftOpen"/>). A cell
/// with one value leaves nothing open.
/// </summary>
public sealed class ScoredLabels
{
    // Beyond so many terms a sum is taken from its closed form.
    private const int FewTerms = 1000;

    private readonly double[] _least, _most;
    private readonly long[] _negatives, _positives;

    private ScoredLabels(double[] least, double[] most, long[] negatives, long[] positives)
    {
        (_least, _most, _negatives, _positives) = (least, most, negatives, positives);
        (Negatives, Positives) = (CountPair.Sum(negatives), CountPair.Sum(positives));
    }

    /// <summary>Rows with a negative label.</summary>
    public long Negatives { get; }

    /// <summary>Rows with a positive label.</summary>
    public long Positives { get; }

    /// <summary>Rows with a score and a label.</summary>
    public long Rows => Negatives + Positives;

    /// <summary>Whether there is a row, and all scores are from 0 to 1.</summary>
    public bool AreProbabilities => _least.Length > 0 && _least[0] >= 0 && _most[^1] <= 1;

    private bool HasBoth => Negatives > 0 && Positives > 0;

    /// <summary>What scores mean by these labels, those of a cell by its middle; null where too few rows have a label of either kind.</summary>
    public ScoreCalibration? Isotonic() =>
        ScoreCalibration.Of([.. Enumerable.Range(0, _least.Length).Select(Middle)], _negatives, _positives);

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

        double[] exact = [.. scores];
        return new ScoredLabels(exact, exact, [.. negatives], [.. positives]);
    }

    /// <param name="outcome">An outcome layout.</param>
    /// <param name="counts">Rows by its cells. Those without a finite score, or without a label, are left out.</param>
    public static ScoredLabels Of(Layout outcome, ReadOnlySpan<long> counts)
    {
        Layout scores = outcome.Inner!;
        var rows = new (long Negative, long Positive)[scores.ValueCells];
        for (int cell = 0; cell < rows.Length; cell++)
        {
            for (int decision = 0; decision < Layout.Decisions; decision++)
            {
                rows[cell].Negative += counts[OutcomeCells.Cell(outcome, cell, decision, OutcomeColumns.No)];
                rows[cell].Positive += counts[OutcomeCells.Cell(outcome, cell, decision, OutcomeColumns.Yes)];
            }
        }

        return Of(scores.Edges, rows);
    }

    /// <param name="edges">Those of scores.</param>
    /// <param name="rows">Rows with each label between them; those of scores that are not finite are left out.</param>
    internal static ScoredLabels Of(ImmutableArray<double> edges, ReadOnlySpan<(long Negative, long Positive)> rows)
    {
        var (least, most, negatives, positives) = (new List<double>(), new List<double>(), new List<long>(), new List<long>());
        for (int cell = 0; cell <= edges.Length; cell++)
        {
            (double from, double to) = EndsOf(edges, cell);
            (long negative, long positive) = rows[cell];
            if (negative + positive == 0 || (from == to && double.IsInfinity(from))) continue;
            least.Add(from);
            most.Add(to);
            negatives.Add(negative);
            positives.Add(positive);
        }

        return new ScoredLabels([.. least], [.. most], [.. negatives], [.. positives]);
    }

    /// <summary>The score that stands for those of a cell: its middle; null of the cells of scores that are not finite.</summary>
    /// <param name="scores">The cells of scores of an outcome layout.</param>
    /// <param name="cell">One of its <see cref="Layout.ValueCells"/>.</param>
    internal static double? MiddleOf(Layout scores, int cell) =>
        EndsOf(scores.Edges, cell) is var (least, most) && (least != most || double.IsFinite(least)) ? Between(least, most) : null;

    /// <summary>
    /// The area under the ROC curve: how often a row with a positive label has a greater score than one with a negative label; ties count half. Null where a
    /// label is missing. Its standard error is that of DeLong, DeLong and Clarke-Pearson (1988), from the mid-ranks. Left open is the order in a cell.
    /// </summary>
    public Estimate? RocAuc
    {
        get
        {
            if (!HasBoth) return null;
            // Of each positive row the share of the negatives below it, and of each negative one that of the positives above it.
            double area = 0, positiveSquares = 0, negativeSquares = 0, open = 0;
            long below = 0, above = Positives;
            for (int i = 0; i < _least.Length; i++)
            {
                above -= _positives[i];
                double ofPositive = (below + (_negatives[i] / 2.0)) / Negatives, ofNegative = (above + (_positives[i] / 2.0)) / Positives;
                area += _positives[i] * ofPositive;
                positiveSquares += _positives[i] * ofPositive * ofPositive;
                negativeSquares += _negatives[i] * ofNegative * ofNegative;
                if (!IsOne(i)) open += _positives[i] * (_negatives[i] / 2.0 / Negatives);
                below += _negatives[i];
            }

            double value = area / Positives;
            double variance = OfMean(positiveSquares, value, Positives) + OfMean(negativeSquares, value, Negatives);
            return Open(value, Math.Sqrt(variance), value - (open / Positives), value + (open / Positives));
        }
    }

    /// <summary>
    /// Average precision: the precision at each score as a threshold, weighted by what it adds to the recall; no interpolation (scikit-learn's
    /// <c>average_precision_score</c>). Null where no label is positive. Its standard error is that of a share of the rows with a positive label (Boyd, Eng
    /// and Page 2013). Left open is the order in a cell: best all positive rows first and alike, worst one by one after the negative ones; the value is the
    /// mean over all orders.
    /// </summary>
    public Estimate? AveragePrecision
    {
        get
        {
            if (Positives == 0) return null;
            double sum = 0, best = 0, worst = 0;
            long right = 0, selected = 0;
            for (int i = _least.Length - 1; i >= 0; i--)
            {
                (long positives, long negatives) = (_positives[i], _negatives[i]);
                double here = positives * ((double)(right + positives) / (selected + positives + negatives));
                sum += IsOne(i) ? here : InAnyOrder(right, selected, positives, negatives);
                best += IsOne(i) ? here : positives * ((double)(right + positives) / Math.Max(1, selected + positives));
                worst += IsOne(i) ? here : OneByOne(right, selected + negatives, positives);
                right += positives;
                selected += positives + negatives;
            }

            double value = sum / Positives;
            return Open(value, Math.Sqrt(Math.Max(0, value * (1 - value)) / Positives), worst / Positives, best / Positives);
        }
    }

    /// <summary>
    /// The greatest distance between the distributions of the scores of both labels (Kolmogorov-Smirnov). Null where a label is missing. Cells leave open how
    /// far apart they come inside of one, so the value is the least that it can be.
    /// </summary>
    public Estimate? Separation
    {
        get
        {
            if (!HasBoth) return null;
            double most = 0, bound = 0, before = 0;
            long below = 0, found = 0;
            for (int i = 0; i < _least.Length; i++)
            {
                double negative = (double)_negatives[i] / Negatives, positive = (double)_positives[i] / Positives;
                below += _negatives[i];
                found += _positives[i];
                double after = ((double)below / Negatives) - ((double)found / Positives);
                most = Math.Max(most, Math.Abs(after));
                bound = Math.Max(bound, IsOne(i) ? Math.Abs(after) : Math.Max(before + negative, positive - before));
                before = after;
            }

            return Open(most, null, most, Math.Max(most, bound));
        }
    }

    /// <summary>The mean squared distance of score and label (Brier 1950). Null where there is no row, or where scores are no probabilities.</summary>
    public Estimate? Brier => Mean((score, positive) => (score - (positive ? 1 : 0)) * (score - (positive ? 1 : 0)));

    /// <summary>The mean of -log of the probability that the score gives to the label, natural logarithm. Null as of <see cref="Brier"/>.</summary>
    public Estimate? LogLoss => Mean((score, positive) => -Math.Log(positive ? Clipped(score) : 1 - Clipped(score)));

    /// <summary>
    /// Expected calibration error (Naeini, Cooper and Hauskrecht 2015): of ten bins of equal width the distance between mean score and share of positive
    /// labels, weighted by rows. Null as of <see cref="Brier"/>, and where a cell lies in two bins.
    /// </summary>
    public Estimate? CalibrationError => OfBins(bin => Math.Abs(bin.Scores - bin.Positives) / Rows, bin =>
    {
        double least = bin.Least - bin.Positives, most = bin.Most - bin.Positives;
        return (Math.Max(0, Math.Max(least, -most)) / Rows, Math.Max(-least, most) / Rows);
    });

    /// <summary>
    /// The reliability of the Brier score (Murphy 1973): of the ten bins of <see cref="CalibrationError"/> the squared distance between mean score and share
    /// of positive labels, weighted by rows; 0 where scores mean what they say. Null as of <see cref="CalibrationError"/>.
    /// </summary>
    public Estimate? Reliability => OfBins(bin => Squared(bin.Scores - bin.Positives) / bin.Rows / Rows, bin =>
    {
        double least = bin.Least - bin.Positives, most = bin.Most - bin.Positives;
        return (Squared(Math.Max(0, Math.Max(least, -most))) / bin.Rows / Rows, Squared(Math.Max(-least, most)) / bin.Rows / Rows);
    });

    /// <summary>
    /// The resolution of the Brier score: how far the shares of positive labels of the ten bins are from that of all rows. Cells leave nothing open.
    /// </summary>
    public Estimate? Resolution => OfBins(bin => bin.Rows * Squared(((double)bin.Positives / bin.Rows) - ((double)Positives / Rows)) / Rows, null);

    /// <summary>The uncertainty of the Brier score: that of the share of positive labels.</summary>
    public Estimate? Uncertainty =>
        AreProbabilities ? new Estimate((double)Positives / Rows * ((double)Negatives / Rows), null) : null;

    /// <summary>
    /// The intercept of calibration in the large (Cox 1958; van Calster et al. 2019): what must be added to the log-odds of all scores for their mean to be
    /// the share of positive labels; 0 at best. Its error is from the information. Null as of <see cref="Brier"/>, or where a label is missing.
    /// </summary>
    public Estimate? CalibrationIntercept
    {
        get
        {
            if (!AreProbabilities || !HasBoth) return null;
            (double value, double error) = Recalibration.Intercept(LogOdds(Middle), Totals(), Positives);
            // Greater scores need less to be added.
            return Open(value, error, Recalibration.Intercept(LogOdds(i => _most[i]), Totals(), Positives).Value,
                Recalibration.Intercept(LogOdds(i => _least[i]), Totals(), Positives).Value);
        }
    }

    /// <summary>
    /// The slope of a logistic regression of the label on the log-odds of the score (Cox 1958): 1 at best, below 1 where scores are too extreme. Null as of
    /// <see cref="CalibrationIntercept"/>, and where it does not exist: one score, or scores that part the labels. Of cells it is that of their middles: no
    /// bound is known for what they leave open.
    /// </summary>
    public Estimate? CalibrationSlope => AreProbabilities && HasBoth && Recalibration.Slope(LogOdds(Middle), Totals(), _positives) is var (value, error)
        ? new Estimate(value, error)
        : null;

    /// <summary>Mean score less the share of positive labels: above 0 where scores are too great. Null as of <see cref="Brier"/>.</summary>
    public Estimate? CalibrationBias => Mean((score, positive) => score - (positive ? 1 : 0));

    /// <summary>
    /// The standard error of <see cref="CalibrationBias"/> where each score is the probability of a positive label: what chance alone makes of so many labels
    /// (Spiegelhalter 1986). It stays where all labels are alike, which the spread of the rows does not.
    /// </summary>
    internal double ErrorByChance => Math.Sqrt(Enumerable.Range(0, _least.Length).Sum(
        i => (_negatives[i] + _positives[i]) * Math.Max(0, Middle(i) * (1 - Middle(i))))) / Rows;

    /// <summary>The bins of <see cref="CalibrationError"/>: [0, 0.1), ... [0.9, 1]; rows, and the sums of scores and of positive labels.</summary>
    public (long Rows, double Scores, long Positives)[] Calibration() => [.. InBins().Select(b => (b.Rows, b.Scores, b.Positives))];

    private ScoreBin[] InBins()
    {
        var bins = new ScoreBin[OutcomeEdges.Bins];
        for (int i = 0; i < _least.Length; i++)
        {
            ref ScoreBin bin = ref bins[OutcomeEdges.BinOf(Middle(i))];
            long rows = _negatives[i] + _positives[i];
            bin = new ScoreBin(
                bin.Rows + rows, bin.Scores + (rows * Middle(i)), bin.Positives + _positives[i],
                bin.Least + (rows * _least[i]), bin.Most + (rows * _most[i]));
        }

        return bins;
    }

    private Estimate? OfBins(Func<ScoreBin, double> value, Func<ScoreBin, (double Least, double Most)>? ends)
    {
        if (!AreProbabilities || Enumerable.Range(0, _least.Length).Any(i => OutcomeEdges.BinOf(_least[i]) != OutcomeEdges.BinOf(_most[i]))) return null;
        ScoreBin[] bins = [.. InBins().Where(b => b.Rows > 0)];
        double sum = bins.Sum(value);
        return ends is null ? new Estimate(sum, null) : Open(sum, null, bins.Sum(b => ends(b).Least), bins.Sum(b => ends(b).Most));
    }

    private Estimate? Mean(Func<double, bool, double> loss)
    {
        if (!AreProbabilities) return null;
        double sum = 0, squares = 0, least = 0, most = 0;
        for (int i = 0; i < _least.Length; i++)
        {
            // What no row has is left out: a loss may be very large.
            if (_negatives[i] > 0) Add(_negatives[i], loss(Middle(i), false), loss(_least[i], false), loss(_most[i], false));
            if (_positives[i] > 0) Add(_positives[i], loss(Middle(i), true), loss(_least[i], true), loss(_most[i], true));
        }

        return Open(sum / Rows, Math.Sqrt(OfMean(squares, sum / Rows, Rows)), least / Rows, most / Rows);

        // From the least to the greatest score of a cell a loss rises or falls all the way, so that it lies between those of both.
        void Add(long rows, double middle, double ofLeast, double ofMost)
        {
            (sum, squares) = (sum + (rows * middle), squares + (rows * middle * middle));
            (least, most) = (least + (rows * Math.Min(ofLeast, ofMost)), most + (rows * Math.Max(ofLeast, ofMost)));
        }
    }

    private double[] LogOdds(Func<int, double> score) =>
        [.. Enumerable.Range(0, _least.Length).Select(i => Clipped(score(i))).Select(s => Math.Log(s) - Math.Log(1 - s))];

    private long[] Totals() => [.. _negatives.Zip(_positives, (n, p) => n + p)];

    private bool IsOne(int cell) => _least[cell] == _most[cell];

    private double Middle(int cell) => Between(_least[cell], _most[cell]);

    private static double Between(double least, double most) => least == most ? least : least + ((most - least) / 2);

    private static (double Least, double Most) EndsOf(ImmutableArray<double> edges, int cell) =>
        (cell == 0 ? double.NegativeInfinity : edges[cell - 1], cell == edges.Length ? double.PositiveInfinity : Math.BitDecrement(edges[cell]));

    // With one value in every cell nothing is left open.
    private Estimate Open(double value, double? error, double least, double most)
    {
        for (int i = 0; i < _least.Length; i++)
        {
            if (!IsOne(i)) return new Estimate(value, error) { LeftOpen = new Interval(Math.Min(value, least), Math.Max(value, most)) };
        }

        return new Estimate(value, error);
    }

    private static double Clipped(double score) => Math.Clamp(score, OutcomeEdges.Epsilon, 1 - OutcomeEdges.Epsilon);

    // The sum over j = 1 .. rows of (right + j) / (selected + j).
    private static double OneByOne(long right, long selected, long rows) => rows - ((selected - right) * Harmonic(selected, rows));

    // The mean over all orders of what the positive rows of a cell add. A row in place k is a positive one p of m times, and then the positive ones among
    // the k - 1 before it are (k - 1)(p - 1) / (m - 1) on average.
    private static double InAnyOrder(long right, long selected, long positives, long negatives)
    {
        long rows = positives + negatives;
        double each = rows > 1 ? (positives - 1.0) / (rows - 1) : 0;
        return (double)positives / rows * ((each * rows) + ((right + 1 - each - (each * selected)) * Harmonic(selected, rows)));
    }

    // The sum over k = 1 .. terms of 1 / (from + k).
    private static double Harmonic(long from, long terms)
    {
        if (terms > FewTerms) return SpecialFunctions.DiGamma(from + terms + 1) - SpecialFunctions.DiGamma(from + 1);
        double sum = 0;
        for (long k = 1; k <= terms; k++) sum += 1.0 / (from + k);
        return sum;
    }

    private static double Squared(double x) => x * x;

    // The variance of a mean, from the sum of squares.
    private static double OfMean(double squares, double mean, long rows) =>
        rows > 1 ? Math.Max(0, squares - (rows * mean * mean)) / (rows - 1) / rows : 0;

    /// <summary>Rows of a bin, and the sums of their scores: in the middle of their cells, least and most.</summary>
    private readonly record struct ScoreBin(long Rows, double Scores, long Positives, double Least, double Most);
}
