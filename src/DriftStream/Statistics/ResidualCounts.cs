using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>
/// How far predictions of a number are off, of which the cells of residuals are known, and those of labels (<see cref="ResidualCells"/>). Each residual is
/// taken for the middle of its cell; every metric brings the interval that the value of the raw rows lies in (<see cref="Estimate.LeftOpen"/>).
/// </summary>
public sealed class ResidualCounts
{
    private readonly NumberCells _residuals, _labels;

    private ResidualCounts(NumberCells residuals, NumberCells labels) => (_residuals, _labels) = (residuals, labels);

    /// <param name="residuals">A signal of residuals.</param>
    /// <param name="counts">Rows by its cells; none at all is the same as no row.</param>
    /// <param name="labels">The signal of the labels of the same rows; null where it was not counted.</param>
    /// <param name="ofLabels">Rows by its cells.</param>
    internal static ResidualCounts Of(Layout residuals, ReadOnlySpan<long> counts, Layout? labels, ReadOnlySpan<long> ofLabels) =>
        new(NumberCells.Of(residuals, counts), NumberCells.Of(labels ?? Layout.Numeric([]), labels is null ? [] : ofLabels));

    /// <summary>Rows with a prediction and a label.</summary>
    public long Rows => _residuals.Rows;

    /// <summary>The mean distance of predictions from labels; null of no row.</summary>
    public Estimate? MeanAbsolute => _residuals.Mean(Math.Abs) is { LeftOpen: { } open } mean
        ? mean with { LeftOpen = open with { Low = Math.Max(0, open.Low) } }
        : null;

    /// <summary>The mean residual: how much too high predictions are.</summary>
    public Estimate? Bias => _residuals.Mean(r => r);

    /// <summary>The root of the mean squared residual; its standard error by the delta method.</summary>
    public Estimate? RootMeanSquare
    {
        get
        {
            int power = _residuals.Power;
            if (_residuals.Mean(r => Squared(Math.ScaleB(r, -power))) is not { Value: var square, Error: var error, LeftOpen: { } open }) return null;
            double root = Math.Sqrt(square);
            return new Estimate(Math.ScaleB(root, power), square > 0 ? Math.ScaleB(error!.Value / (2 * root), power) : 0)
            {
                LeftOpen = new Interval(Math.ScaleB(Math.Sqrt(Math.Max(0, open.Low)), power), Math.ScaleB(Math.Sqrt(open.High), power)),
            };
        }
    }

    /// <summary>
    /// 1 less the mean squared residual over the variance of the labels (R squared); null of no row, and where all labels are in one cell. Cells do not tell
    /// which residual a label has, so its standard error is the greatest that it can have.
    /// </summary>
    public Estimate? Explained
    {
        get
        {
            if (_labels.Rows == 0 || _labels.Rows != _residuals.Rows) return null;
            Estimate square = _residuals.Mean(r => r * r)!.Value, spread = _labels.Variance;
            // Squares that are no double say nothing.
            if (spread.Value == 0 || !double.IsFinite(spread.Value) || !double.IsFinite(square.Value)) return null;
            double left = square.Value / spread.Value, mean = _labels.Middle;
            double error = _residuals.Deviation(r => r * r, square.Value) + (left * _labels.Deviation(y => (y - mean) * (y - mean), spread.Value));
            (Interval off, Interval of) = (square.LeftOpen!.Value, spread.LeftOpen!.Value);
            return new Estimate(1 - left, error / spread.Value / Math.Sqrt(Rows))
            {
                LeftOpen = new Interval(1 - Ratio(off.High, of.Low), 1 - Ratio(Math.Max(0, off.Low), of.High)),
            };
        }
    }

    /// <summary>A quantile of the residuals, between two of them in a straight line; null of no row.</summary>
    /// <param name="at">0.5 for the median.</param>
    /// <param name="confidence">Of the ranks between which it lies, 0.95 for 95 %.</param>
    internal ResidualQuantile? Quantile(double at, double confidence)
    {
        if (Rows == 0) return null;
        double place = at * (Rows - 1);
        long below = (long)place;
        (double Least, double Middle, double Most) first = _residuals.At(below), second = below + 1 < Rows ? _residuals.At(below + 1) : first;
        double part = place - below;
        (long low, long high) = ResidualQuantile.Ranks(at, Rows, confidence);
        (double Least, double Middle, double Most) least = _residuals.At(low), most = _residuals.At(high);
        return new ResidualQuantile(
            ResidualQuantile.Between(first.Middle, second.Middle, part), least.Least, most.Most,
            (most.Most - least.Least) / 2 / Proportions.Quantile(confidence))
        {
            LeftOpen = new Interval(
                ResidualQuantile.Between(first.Least, second.Least, part), ResidualQuantile.Between(first.Most, second.Most, part)),
        };
    }

    private static double Squared(double x) => x * x;

    // What is 0 of 0 is nothing wrong of nothing to explain; anything of 0 is without a bound.
    private static double Ratio(double off, double of) => off == 0 ? 0 : of <= 0 ? double.PositiveInfinity : double.IsInfinity(of) ? 0 : off / of;
}

/// <summary>A quantile of residuals.</summary>
/// <param name="Value">Between two residuals, in a straight line: numpy's <c>linear</c>.</param>
/// <param name="Low">The residual of the lower rank that the confidence asks for, whatever the distribution: that of a binomial, in its normal form.</param>
/// <param name="High">That of the higher one.</param>
/// <param name="Error">Half of what lies between the two, over the normal quantile (Woodruff 1952); of cells between their far ends.</param>
internal readonly record struct ResidualQuantile(double Value, double Low, double High, double Error)
{
    /// <summary>Where the value of the raw rows lies, of which only cells are known.</summary>
    public Interval? LeftOpen { get; init; }

    /// <summary>The places, from 0, of the two residuals that bound it.</summary>
    public static (long Low, long High) Ranks(double at, long rows, double confidence)
    {
        double half = Proportions.Quantile(confidence) * Math.Sqrt(rows * at * (1 - at));
        return (Math.Clamp((long)Math.Floor((rows * at) - half) - 1, 0, rows - 1), Math.Clamp((long)Math.Ceiling((rows * at) + half), 0, rows - 1));
    }

    /// <summary>A part of the way from one number to another.</summary>
    public static double Between(double from, double to, double part) =>
        from == to || part == 0 || double.IsInfinity(from) ? from : from + (part * (to - from));
}
