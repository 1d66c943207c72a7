using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>How two columns depend on each other in one sample.</summary>
/// <param name="Rows">Rows with both values.</param>
/// <param name="Correlation">Spearman's rank correlation of two numbers, with its interval of 95 %; null where a column is no number, or constant.</param>
/// <param name="CramersV">Cramer's V, corrected for its bias (Bergsma 2013), 0 to 1; null where a column has one group alone.</param>
/// <param name="MutualInformation">In bits, corrected for its bias (Miller and Madow), at least 0; null likewise.</param>
public sealed record PairDependence(long Rows, (double Value, double Low, double High)? Correlation, double? CramersV, double? MutualInformation);

/// <summary>
/// How the dependence of two columns has changed between reference and window, beyond what their own distributions did: from the counts of a joint layout.
/// Rows without one of the two values are left out.
/// </summary>
public sealed class JointDependence
{
    /// <summary>Change of the rank correlation of two numbers.</summary>
    public const string CorrelationShift = "correlation_shift";

    /// <summary>Change of the dependence as a whole: PSI of the joint table against that of the reference with the window's margins.</summary>
    public const string DependenceShift = "dependence_shift";

    /// <summary>Change of Cramer's V.</summary>
    public const string AssociationShift = "association_shift";

    /// <summary>Change of the mutual information, in bits.</summary>
    public const string InformationShift = "mutual_information_shift";

    private const string SpearmanTest = "spearman-z";
    private const double Usual = 0.95;
    private const int MostCells = 8;

    private readonly RankCorrelation? _correlationOfReference, _correlationOfWindow;
    private readonly HomogeneousAssociation? _test;
    private readonly double? _effect;
    private readonly List<(string Cell, double Expected, double Share, double Term)> _cells = [];
    private readonly double _design, _chunks;

    private JointDependence(Layout layout, ReadOnlySpan<long> reference, ReadOnlySpan<long> window, DesignEffect design)
    {
        long[,] ofReference = WithValues(layout, reference), ofWindow = WithValues(layout, window);
        (_design, _chunks) = (Math.Max(design.Cells, design.Ranks), design.Chunks);
        JointAxis first = Axis(layout.Inner!, ofReference, ofWindow, byRow: true), second = Axis(layout.Second!, ofReference, ofWindow, byRow: false);
        bool told = !first.IsTooCoarse && !second.IsTooCoarse;
        if (AreNumbers(layout))
        {
            _correlationOfReference = RankCorrelation.Of(ofReference);
            _correlationOfWindow = told ? RankCorrelation.Of(ofWindow) : null;
        }

        (double[,] r, double[,] w) = JointAxis.Tables(first, second, ofReference, ofWindow);
        (long n, long m) = (Total(ofReference), Total(ofWindow));
        Reference = Of(r, n, _correlationOfReference);
        Window = Of(w, m, _correlationOfWindow);
        if (!told || n == 0 || m == 0) return;
        // Nothing is known of how a group goes with others that one of the samples lacks.
        int[] rows = Common(r, w, 0), columns = Common(r, w, 1);
        if (rows.Length < 2 || columns.Length < 2) return;
        (r, w) = (Part(r, rows, columns), Part(w, rows, columns));
        _test = HomogeneousAssociation.Of(
            r, w, Shares(first.Cuts(ofReference, second), columns), Shares(second.Cuts(Turned(ofReference), first), rows));
        _effect = Effect(r, w, (i, j) => $"{first.Names[rows[i]]} x {second.Names[columns[j]]}");
    }

    /// <summary>The dependence in the reference.</summary>
    public PairDependence Reference { get; }

    /// <summary>The dependence in the window.</summary>
    public PairDependence Window { get; }

    /// <summary>Rows of the window that are in other cells than its margins and the dependence of the reference lead to expect.</summary>
    public double Moved { get; private set; }

    /// <summary>
    /// The cells that make up the change, the greatest first: the share that the window's margins and the dependence of the reference lead to expect,
    /// and the window's.
    /// </summary>
    public IEnumerable<(string Cell, double Expected, double Share, double Term)> Cells =>
        _cells.OrderByDescending(c => c.Term).ThenBy(c => c.Cell, StringComparer.Ordinal).Take(MostCells);

    /// <summary>Both columns are numbers, so that they have a rank correlation.</summary>
    public static bool AreNumbers(Layout layout) =>
        layout is { Kind: LayoutKind.Joint, Inner.Kind: LayoutKind.Numeric, Second.Kind: LayoutKind.Numeric };

    /// <param name="pair">The counts over a joint layout.</param>
    public static JointDependence Of(in CountPair pair) => new(pair.Layout, pair.Reference, pair.Window, pair.Design);

    /// <summary>One of the statistics by its name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="confidence">That of the interval; null for 95 %.</param>
    public Statistic Statistic(string name, double? confidence)
    {
        var statistic = new Statistic(name, null, null, null, null, null, null, Reference.Rows, Window.Rows);
        return name switch
        {
            CorrelationShift => Correlation(statistic, confidence ?? Usual),
            DependenceShift => statistic with
            {
                Value = _effect,
                PValue = _effect is null ? null : Statistics.Statistic.Reported(_test?.PValue(_design)),
                Test = _effect is null ? null : HomogeneousAssociation.Test,
            },
            AssociationShift => statistic with { Value = Apart(Reference.CramersV, Window.CramersV) },
            InformationShift => statistic with { Value = Apart(Reference.MutualInformation, Window.MutualInformation) },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no statistic of pairs"),
        };
    }

    private static double? Apart(double? reference, double? window) => reference is { } r && window is { } w ? Math.Abs(w - r) : null;

    private Statistic Correlation(Statistic statistic, double confidence)
    {
        if (_correlationOfReference is not { } r || _correlationOfWindow is not { } w) return statistic;
        double moved = Math.Abs(w.Value - r.Value);
        double chance = Proportions.Quantile(confidence)
            * Math.Sqrt(_design * ((r.Deviation * r.Deviation / r.Rows) + (w.Deviation * w.Deviation / w.Rows)));
        (double at, double deviation) = r.Stable();
        (double atOfWindow, double deviationOfWindow) = w.Stable();
        double error = Math.Sqrt(_design * ((deviation * deviation / r.Rows) + (deviationOfWindow * deviationOfWindow / w.Rows)));
        double z = at == atOfWindow ? 0 : Math.Abs(atOfWindow - at) / error;
        double p = Math.Min(1, 2 * Normal.Upper(z));
        if (_design > 1 && double.IsFinite(_chunks)) p = Math.Max(p, MannWhitney.Student(z, _chunks));
        return statistic with
        {
            Value = moved,
            Low = Math.Max(0, moved - chance),
            High = Math.Min(2, moved + chance),
            PValue = Statistics.Statistic.Reported(p),
            Test = SpearmanTest,
        };
    }

    private PairDependence Of(double[,] table, long rows, RankCorrelation? correlation)
    {
        Interval? interval = correlation?.Between(Proportions.Quantile(Usual), _design);
        (double Value, double Low, double High)? known = correlation is { } c && interval is { } i ? (c.Value, i.Low, i.High) : null;
        (double V, double Bits)? association = Association(table);
        return new PairDependence(rows, known, association?.V, association?.Bits);
    }

    // Both from the same table; groups without rows are none.
    private static (double V, double Bits)? Association(double[,] table)
    {
        (double[] first, double[] second) = Margins(table);
        double all = first.Sum(), phi2 = -1, bits = 0;
        int rows = first.Count(x => x > 0), columns = second.Count(x => x > 0);
        if (rows < 2 || columns < 2) return null;
        for (int i = 0; i < first.Length; i++)
        {
            for (int j = 0; j < second.Length; j++)
            {
                if (table[i, j] == 0) continue;
                phi2 += table[i, j] * table[i, j] / (first[i] * second[j]);
                bits += table[i, j] / all * Math.Log2(table[i, j] * all / (first[i] * second[j]));
            }
        }

        double free = (rows - 1.0) * (columns - 1);
        double corrected = Math.Max(0, phi2 - (free / (all - 1)));
        double least = Math.Min(rows - ((rows - 1.0) * (rows - 1) / (all - 1)), columns - ((columns - 1.0) * (columns - 1) / (all - 1))) - 1;
        return (least > 0 ? Math.Min(1, Math.Sqrt(corrected / least)) : 0, Math.Max(0, bits - (free / (2 * all * Math.Log(2)))));
    }

    // The PSI of the window against the reference with the window's margins, less what chance adds to it.
    private double Effect(double[,] reference, double[,] window, Func<int, int, string> name)
    {
        double[,] raked = Raking.Of(reference, window);
        (double n, double m) = (Sum(reference), Sum(window));
        double all = Sum(raked), effect = 0;
        for (int i = 0; i < window.GetLength(0); i++)
        {
            for (int j = 0; j < window.GetLength(1); j++)
            {
                if (raked[i, j] + window[i, j] == 0) continue;
                double expected = raked[i, j] / all, share = window[i, j] / m;
                double term = PopulationStability.Term(Math.Max(expected, 0.5 / n), Math.Max(share, 0.5 / m));
                effect += term;
                Moved += Math.Max(0, window[i, j] - (m * expected));
                if (term > 0) _cells.Add((name(i, j), expected, share, term));
            }
        }

        double degrees = (window.GetLength(0) - 1.0) * (window.GetLength(1) - 1);
        return Math.Max(0, effect - (degrees * _design * ((1 / n) + (1 / m))));
    }

    private static long[,] WithValues(Layout layout, ReadOnlySpan<long> counts)
    {
        int rows = JointAxis.CellsOf(layout.Inner!), columns = JointAxis.CellsOf(layout.Second!);
        var table = new long[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) table[i, j] = counts[(i * layout.Second!.Cells) + j];
        }

        return table;
    }

    private static JointAxis Axis(Layout layout, long[,] reference, long[,] window, bool byRow) =>
        new(layout, Margin(reference, byRow), Margin(window, byRow));

    private static long[] Margin(long[,] table, bool byRow)
    {
        var margin = new long[table.GetLength(byRow ? 0 : 1)];
        for (int i = 0; i < table.GetLength(0); i++)
        {
            for (int j = 0; j < table.GetLength(1); j++) margin[byRow ? i : j] += table[i, j];
        }

        return margin;
    }

    private static (double[] First, double[] Second) Margins(double[,] table)
    {
        (double[] first, double[] second) = (new double[table.GetLength(0)], new double[table.GetLength(1)]);
        for (int i = 0; i < first.Length; i++)
        {
            for (int j = 0; j < second.Length; j++)
            {
                first[i] += table[i, j];
                second[j] += table[i, j];
            }
        }

        return (first, second);
    }

    private static int[] Common(double[,] reference, double[,] window, int side)
    {
        (double[] r, double[] w) = side == 0 ? (Margins(reference).First, Margins(window).First) : (Margins(reference).Second, Margins(window).Second);
        return [.. Enumerable.Range(0, r.Length).Where(i => r[i] > 0 && w[i] > 0)];
    }

    private static double[,] Part(double[,] table, int[] rows, int[] columns)
    {
        var part = new double[rows.Length, columns.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < columns.Length; j++) part[i, j] = table[rows[i], columns[j]];
        }

        return part;
    }

    // At each cut the shares of the groups that both samples have.
    private static double[,]? Shares(double[,]? cuts, int[] groups)
    {
        if (cuts is null) return null;
        var shares = new double[cuts.GetLength(0), groups.Length];
        for (int cut = 0; cut < cuts.GetLength(0); cut++)
        {
            double all = groups.Sum(g => cuts[cut, g]);
            for (int j = 0; j < groups.Length; j++) shares[cut, j] = all == 0 ? 0 : cuts[cut, groups[j]] / all;
        }

        return shares;
    }

    private static long[,] Turned(long[,] table)
    {
        var turned = new long[table.GetLength(1), table.GetLength(0)];
        for (int i = 0; i < table.GetLength(0); i++)
        {
            for (int j = 0; j < table.GetLength(1); j++) turned[j, i] = table[i, j];
        }

        return turned;
    }

    private static long Total(long[,] table) => table.Cast<long>().Sum();

    private static double Sum(double[,] table) => table.Cast<double>().Sum();
}
