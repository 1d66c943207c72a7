using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>How many numbers lie between which two ends, from the least on: all that the cells of a numeric layout tell of them.</summary>
internal sealed class NumberCells
{
    // What sums of doubles in another order may round to, in parts of the greatest that is added.
    private const double Rounding = 1e-11;

    private readonly double[] _least, _most, _middle;
    private readonly long[] _rows;

    private NumberCells(List<(double Least, double Most, long Rows)> cells)
    {
        _least = [.. cells.Select(c => c.Least)];
        _most = [.. cells.Select(c => c.Most)];
        _middle = [.. cells.Select(c => MiddleOf(c.Least, c.Most))];
        _rows = [.. cells.Select(c => c.Rows)];
        Rows = CountPair.Sum(_rows);
    }

    /// <summary>All rows.</summary>
    public long Rows { get; }

    /// <param name="layout">A numeric layout.</param>
    /// <param name="counts">Rows by its cells; those that are not in its ranges are left out.</param>
    public static NumberCells Of(Layout layout, ReadOnlySpan<long> counts)
    {
        var cells = new List<(double, double, long)>();
        ImmutableArray<double> edges = layout.Edges;
        for (int cell = 0; cell <= edges.Length && !counts.IsEmpty; cell++)
        {
            if (counts[cell] == 0) continue;
            double least = cell == 0 ? double.NegativeInfinity : edges[cell - 1];
            cells.Add((least, cell == edges.Length ? double.PositiveInfinity : Math.BitDecrement(edges[cell]), counts[cell]));
        }

        return new NumberCells(cells);
    }

    /// <summary>
    /// The mean of something of each number, taken in the middle of its cell; with its standard error, and where the mean of the numbers themselves lies. Null
    /// of no row.
    /// </summary>
    /// <param name="of">Monotone in every cell.</param>
    public Estimate? Mean(Func<double, double> of)
    {
        if (Rows == 0) return null;
        double sum = 0, low = 0, high = 0, greatest = 0;
        for (int i = 0; i < _rows.Length; i++)
        {
            (double first, double last) = (of(_least[i]), of(_most[i]));
            sum += _rows[i] * of(_middle[i]);
            low += _rows[i] * Math.Min(first, last);
            high += _rows[i] * Math.Max(first, last);
            greatest += _rows[i] * Math.Max(SizeOf(first), SizeOf(last));
        }

        double mean = sum / Rows;
        return new Estimate(mean, Deviation(of, mean) / Math.Sqrt(Rows)) { LeftOpen = Between(mean, low / Rows, high / Rows, greatest / Rows) };
    }

    /// <summary>The standard deviation of something of each number, taken in the middle of its cell; 0 of one row.</summary>
    public double Deviation(Func<double, double> of, double mean)
    {
        double squares = 0;
        for (int i = 0; i < _rows.Length; i++) squares += _rows[i] * Squared(of(_middle[i]) - mean);
        return Rows > 1 ? Math.Sqrt(squares / (Rows - 1)) : 0;
    }

    /// <summary>How many rows a metric of residuals rests on (<see cref="GroupError.Effective"/>), each taken for the middle of its cell.</summary>
    public double Effective(ErrorOf of)
    {
        int power = Power;
        return GroupErrors.EffectiveOf(_middle.Zip(_rows, (middle, rows) => (GroupErrors.Share(Math.ScaleB(middle, -power), of), rows)));
    }

    /// <summary>The power of two that is a unit in which squares of the numbers are doubles: 0 unless they are far from 1.</summary>
    public int Power => Residuals.PowerOf(_middle);

    /// <summary>The mean of the numbers, each taken for the middle of its cell.</summary>
    public double Middle => Rows == 0 ? 0 : _rows.Zip(_middle, (n, m) => n * m).Sum() / Rows;

    /// <summary>
    /// The mean squared distance of the numbers from their own mean, each taken for the middle of its cell, and where that of the numbers themselves lies:
    /// of all that they can be, and of the mean that suits each choice.
    /// </summary>
    public Estimate Variance
    {
        get
        {
            double mean = Middle, spread = _rows.Zip(_middle, (n, m) => n * Squared(m - mean)).Sum() / Rows;
            // No mean makes the squares of the near ends smaller, and none suits all far ends better, than one that is found.
            double low = SquaresFrom(Balance(near: true), near: true) / Rows, high = SquaresFrom(Balance(near: false), near: false) / Rows;
            return new Estimate(spread, null) { LeftOpen = Between(spread, low, high, high) };
        }
    }

    /// <summary>The number in a place of their order, taken for the middle of its cell, and the ends of that cell.</summary>
    /// <param name="place">From 0.</param>
    public (double Least, double Middle, double Most) At(long place)
    {
        int cell = 0;
        for (long below = _rows[0]; below <= place; below += _rows[cell]) cell++;
        return (_least[cell], _middle[cell], _most[cell]);
    }

    // How far the numbers of each cell are from a point at least, or at most.
    private double SquaresFrom(double point, bool near)
    {
        double sum = 0;
        for (int i = 0; i < _rows.Length; i++) sum += _rows[i] * Squared(End(i, point, near) - point);
        return sum;
    }

    // The point at which the sum of these squares is least: its derivative grows all the way, so halving finds where it is 0.
    private double Balance(bool near)
    {
        (double low, double high) = (_middle[0], _middle[^1]);
        const int enough = 200;
        for (int step = 0; step < enough && low < high; step++)
        {
            double point = low + ((high - low) / 2), slope = 0;
            if (point <= low || point >= high) break;
            for (int i = 0; i < _rows.Length; i++) slope += _rows[i] * (point - End(i, point, near));
            if (slope < 0) low = point;
            else high = point;
        }

        return low;
    }

    private double End(int cell, double point, bool near) => near ? Math.Clamp(point, _least[cell], _most[cell])
        : point - _least[cell] > _most[cell] - point ? _least[cell] : _most[cell];

    // What lies beyond all edges is at least there.
    private static double MiddleOf(double least, double most) =>
        double.IsInfinity(least) ? most : double.IsInfinity(most) ? least : least + ((most - least) / 2);

    private static Interval Between(double value, double low, double high, double greatest)
    {
        double rounding = double.IsFinite(greatest) ? greatest * Rounding : Math.Abs(low) * Rounding;
        return new Interval(Math.Min(value, low - rounding), Math.Max(value, high + rounding));
    }

    // An end that is open adds nothing that rounds.
    private static double SizeOf(double end) => double.IsInfinity(end) ? 0 : Math.Abs(end);

    private static double Squared(double x) => x * x;
}
