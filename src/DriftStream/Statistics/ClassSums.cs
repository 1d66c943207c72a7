using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>
/// The sums of a table of decisions and labels by class, and the metrics that follow from them. Each is a function of the rows that are right, decided and true
/// by class, of degree 0: its variance in a multinomial sample is the sum over cells of rows times the squared derivative (delta method).
/// </summary>
internal sealed class ClassSums
{
    private readonly (int Decided, int Label, long Rows)[] _cells;
    private readonly int _other;

    /// <param name="cells">Rows by the class that is decided and the one that it is.</param>
    /// <param name="other">What stands for several classes, or null.</param>
    public ClassSums(IReadOnlyDictionary<(string Decided, string Label), long> cells, string? other)
    {
        Names = [.. cells.Keys.SelectMany(k => new[] { k.Decided, k.Label }).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Dictionary<string, int> places = Names.Index().ToDictionary(n => n.Item, n => n.Index, StringComparer.Ordinal);
        (Right, Decided, True) = (new long[Names.Length], new long[Names.Length], new long[Names.Length]);
        _cells = [.. cells.Select(c => (places[c.Key.Decided], places[c.Key.Label], c.Value)).Order()];
        _other = other is null ? -1 : Names.IndexOf(other);
        foreach ((int decided, int label, long rows) in _cells)
        {
            Decided[decided] += rows;
            True[label] += rows;
            if (decided == label) Right[decided] += rows;
            Rows += rows;
        }
    }

    /// <summary>The classes that are decided or true, in ordinal order.</summary>
    public ImmutableArray<string> Names { get; }

    public long[] Right { get; }

    public long[] Decided { get; }

    public long[] True { get; }

    public long Rows { get; }

    public (long Right, long Decided, long True) Of(string name) =>
        Names.IndexOf(name) is >= 0 and var at ? (Right[at], Decided[at], True[at]) : default;

    /// <summary>The mean of a metric over classes; with <paramref name="truth"/> over those that are true. Null of no row.</summary>
    public Estimate? Macro(Func<long, long, long, ClassSlope> of, bool truth = false)
    {
        int[] present = [.. Enumerable.Range(0, Names.Length).Where(k => !truth || True[k] > 0)];
        if (present.Length == 0) return null;
        var slopes = new Slopes(Names.Length);
        double sum = 0, ofOther = 0;
        foreach (int k in present)
        {
            ClassSlope slope = of(Right[k], Decided[k], True[k]);
            sum += slope.Value;
            if (k == _other) ofOther = slope.Value;
            slopes.Add(k, slope, 1.0 / present.Length);
        }

        double value = sum / present.Length;
        var estimate = new Estimate(value, Error(slopes));
        if (_other < 0 || !present.Contains(_other)) return estimate;
        // What stands for several classes may be as many as it has rows, each of them worth nothing, or all, where decision and label are both among them.
        double known = sum - ofOther;
        (double rest, long right) = (present.Length - 1, Right[_other]);
        double low = known / (rest + (truth ? True[_other] : Decided[_other] + True[_other]));
        double high = right > 0 ? (known + right) / (rest + right) : known / (rest + 1);
        return estimate with { LeftOpen = new Interval(Math.Min(low, value), Math.Max(high, value)) };
    }

    /// <summary>The mean of a metric over classes, each as often as it is true; null of no row.</summary>
    public Estimate? Weighted(Func<long, long, long, ClassSlope> of)
    {
        if (Rows == 0) return null;
        var slopes = new Slopes(Names.Length);
        double value = 0, ofOther = 0;
        for (int k = 0; k < Names.Length; k++)
        {
            ClassSlope slope = of(Right[k], Decided[k], True[k]);
            double weight = (double)True[k] / Rows;
            value += weight * slope.Value;
            if (k == _other) ofOther = weight * slope.Value;
            slopes.Add(k, slope, weight);
            slopes.True[k] += slope.Value / Rows;
        }

        slopes.All -= value / Rows;
        var estimate = new Estimate(value, Error(slopes));
        if (_other < 0 || True[_other] == 0) return estimate;
        double most = Right[_other] > 0 ? (double)True[_other] / Rows : 0;
        return estimate with { LeftOpen = new Interval(value - ofOther, Math.Max(value, value - ofOther + most)) };
    }

    /// <summary>Matthews' correlation coefficient for several classes (Gorodkin 2004); null where all rows are decided, or are, of one class.</summary>
    public Estimate? Matthews
    {
        get
        {
            double right = Right.Sum(), both = Both(), n = Rows, decided = (n * n) - Squares(Decided), labels = (n * n) - Squares(True);
            if (decided <= 0 || labels <= 0) return null;
            double root = Math.Sqrt(decided) * Math.Sqrt(labels), value = ((right * n) - both) / root;
            var slopes = new Slopes(Names.Length) { All = (right / root) - (value * ((n / decided) + (n / labels))) };
            for (int k = 0; k < Names.Length; k++)
            {
                slopes.Right[k] = n / root;
                slopes.Decided[k] = (-True[k] / root) + (value * Decided[k] / decided);
                slopes.True[k] = (-Decided[k] / root) + (value * True[k] / labels);
            }

            var estimate = new Estimate(value, Error(slopes));
            return _other < 0 ? estimate : estimate with { LeftOpen = Within(value, LeftOpenOfMatthews(n, right, both, decided, labels)) };
        }
    }

    /// <summary>Cohen's kappa (1960); null where chance alone would be right in every row.</summary>
    public Estimate? Kappa
    {
        get
        {
            double right = Right.Sum(), both = Both(), n = Rows, rest = (n * n) - both;
            if (rest <= 0) return null;
            double value = ((n * right) - both) / rest;
            var slopes = new Slopes(Names.Length) { All = (right - (value * 2 * n)) / rest };
            for (int k = 0; k < Names.Length; k++)
            {
                slopes.Right[k] = n / rest;
                slopes.Decided[k] = True[k] * (value - 1) / rest;
                slopes.True[k] = Decided[k] * (value - 1) / rest;
            }

            var estimate = new Estimate(value, Error(slopes));
            if (_other < 0) return estimate;
            // The more is right and the less by chance, the greater it is.
            double least = both - ((double)Decided[_other] * True[_other]);
            double low = ((n * (right - Right[_other])) - both) / rest, high = ((n * right) - least) / ((n * n) - least);
            return estimate with { LeftOpen = Within(value, new Interval(Math.Max(-1, low), Math.Min(1, high))) };
        }
    }

    public static ClassSlope Precision(long right, long decided, long labels) => decided == 0 ? default
        : new ClassSlope((double)right / decided, 1.0 / decided, -(double)right / decided / decided, 0);

    public static ClassSlope Recall(long right, long decided, long labels) => labels == 0 ? default
        : new ClassSlope((double)right / labels, 1.0 / labels, 0, -(double)right / labels / labels);

    public static ClassSlope F1(long right, long decided, long labels)
    {
        double sum = (double)decided + labels, each = sum == 0 ? 0 : -2 * right / sum / sum;
        return sum == 0 ? default : new ClassSlope(2 * right / sum, 2 / sum, each, each);
    }

    // Of rows whose class is not known the sums of squares lie between those of classes of one row each and those of one class.
    private Interval LeftOpenOfMatthews(double n, double right, double both, double decided, double labels)
    {
        (double d, double t) = (Decided[_other], True[_other]);
        double low = (n * (right - Right[_other])) - both, high = (n * right) - (both - (d * t));
        double most = Math.Sqrt(decided + (d * d) - d) * Math.Sqrt(labels + (t * t) - t), least = Math.Sqrt(decided) * Math.Sqrt(labels);
        return new Interval(Math.Max(-1, low / (low < 0 ? least : most)), Math.Min(1, high / (high < 0 ? most : least)));
    }

    private double Both() => Enumerable.Range(0, Names.Length).Sum(k => (double)Decided[k] * True[k]);

    private static double Squares(long[] rows) => rows.Sum(r => (double)r * r);

    private static Interval Within(double value, Interval open) => new(Math.Min(value, open.Low), Math.Max(value, open.High));

    private double Error(Slopes slopes)
    {
        double variance = 0;
        foreach ((int decided, int label, long rows) in _cells)
        {
            double slope = slopes.All + slopes.Decided[decided] + slopes.True[label] + (decided == label ? slopes.Right[decided] : 0);
            variance += rows * slope * slope;
        }

        return Math.Sqrt(variance);
    }

    // The derivative by the rows of a cell: of all rows, of its decision's, of its label's and, where it is right, of the right ones.
    private sealed class Slopes(int classes)
    {
        public double All { get; set; }

        public double[] Right { get; } = new double[classes];

        public double[] Decided { get; } = new double[classes];

        public double[] True { get; } = new double[classes];

        public void Add(int k, ClassSlope of, double weight)
        {
            Right[k] += weight * of.ByRight;
            Decided[k] += weight * of.ByDecided;
            True[k] += weight * of.ByTrue;
        }
    }
}

/// <summary>A metric of one class, and how it grows with the rows that are right, decided and true.</summary>
internal readonly record struct ClassSlope(double Value, double ByRight, double ByDecided, double ByTrue);
