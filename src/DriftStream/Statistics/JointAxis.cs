using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>
/// One of the two columns of a pair in few groups that both samples have in common. Of a continuous number these are fifths of each sample's own rows, so
/// that a change of unit or level moves nothing between them; of others values or categories, or some together.
/// </summary>
internal sealed class JointAxis
{
    private const int Fifths = 5, MostCategories = 10, FewValues = 10;

    /// <summary>Rows up to so far from a cut, as a part of all, show how those at the cut depend on the other column.</summary>
    private const double Nearby = 0.025;

    /// <summary>A category is by itself where the smaller sample leads to expect so many rows.</summary>
    private const double LeastExpected = 20;

    /// <summary>A range of values that holds more rows than this, and twice those of the reference, hides how they depend on the other column.</summary>
    private const double LargestRange = 0.3;

    private static readonly string[] NamesOfFifths = ["lowest fifth", "2nd fifth", "middle fifth", "4th fifth", "highest fifth"];

    private readonly bool _ranked;
    private readonly long[] _rows; // of the reference, by cell
    private readonly double[] _reference, _window; // by cell and group: the part of the cell's rows that is in the group

    /// <param name="layout">A numeric or categorical layout.</param>
    /// <param name="reference">Rows of the reference by cell with a value.</param>
    /// <param name="window">Rows of the window likewise.</param>
    public JointAxis(Layout layout, long[] reference, long[] window)
    {
        _rows = reference;
        _ranked = layout.Kind == LayoutKind.Numeric && !layout.Exact;
        IsTooCoarse = layout.Kind == LayoutKind.Numeric && HasCoarse(layout, reference, window);
        if (_ranked)
        {
            (Names, _reference, _window) = (NamesOfFifths, Parts(reference), Parts(window));
            return;
        }

        int[] groups = layout.Kind == LayoutKind.Categorical ? ByCategory(layout, reference, window, out string[] names)
            : layout.Edges.Length <= 2 * FewValues ? ByValue(layout, out names)
            : ByRange(layout, reference, window, out names);
        Names = names;
        _reference = _window = Whole(groups);
    }

    /// <summary>What people call its groups.</summary>
    public string[] Names { get; }

    /// <summary>How many groups.</summary>
    public int Count => Names.Length;

    /// <summary>So many rows of the window are in one range of values that nothing can be said of them.</summary>
    public bool IsTooCoarse { get; }

    /// <summary>The cells of a layout that hold a value; a category that the baseline lacks is one.</summary>
    public static int CellsOf(Layout layout) => layout.Kind == LayoutKind.Categorical ? layout.MissingCell : layout.ValueCells;

    /// <summary>The table of both samples by the groups of two columns.</summary>
    public static (double[,] Reference, double[,] Window) Tables(JointAxis first, JointAxis second, long[,] reference, long[,] window) =>
        (Table(reference, first._reference, second._reference, first.Count, second.Count),
            Table(window, first._window, second._window, first.Count, second.Count));

    /// <summary>
    /// Of fifths: where the rows of the reference at each of the four cuts are, as shares of the other column's groups; else null.
    /// </summary>
    /// <param name="reference">Rows by cell of this column and of the other.</param>
    /// <param name="other">The other column.</param>
    public double[,]? Cuts(long[,] reference, JointAxis other)
    {
        if (!_ranked) return null;
        var cuts = new double[Fifths - 1, other.Count];
        double all = Math.Max(1, CountPair.Sum(_rows)), below = 0;
        for (int cell = 0; cell < _rows.Length; cell++)
        {
            double low = below / all, high = (below + _rows[cell]) / all;
            for (int cut = 0; cut < Fifths - 1; cut++)
            {
                double at = (cut + 1.0) / Fifths, near = Math.Min(high, at + Nearby) - Math.Max(low, at - Nearby);
                if (near <= 0) continue;
                for (int b = 0; b < reference.GetLength(1); b++)
                {
                    double rows = reference[cell, b] * near / (high - low);
                    for (int j = 0; j < other.Count; j++) cuts[cut, j] += rows * other._reference[(b * other.Count) + j];
                }
            }

            below += _rows[cell];
        }

        return cuts;
    }

    private static double[,] Table(long[,] counts, double[] first, double[] second, int rows, int columns)
    {
        var table = new double[rows, columns];
        for (int a = 0; a < counts.GetLength(0); a++)
        {
            for (int b = 0; b < counts.GetLength(1); b++)
            {
                if (counts[a, b] == 0) continue;
                for (int i = 0; i < rows; i++)
                {
                    double part = counts[a, b] * first[(a * rows) + i];
                    if (part == 0) continue;
                    for (int j = 0; j < columns; j++) table[i, j] += part * second[(b * columns) + j];
                }
            }
        }

        return table;
    }

    private static int[] ByCategory(Layout layout, long[] reference, long[] window, out string[] names)
    {
        double n = CountPair.Sum(reference), m = CountPair.Sum(window), small = n + m == 0 ? 0 : Math.Min(n, m) / (n + m);
        int[] kept =
        [
            .. Enumerable.Range(0, layout.Categories.Length)
                .Where(c => (reference[c] + window[c]) * small >= LeastExpected)
                .OrderByDescending(c => reference[c] + window[c]).ThenBy(c => c)
                .Take(MostCategories - 1).Order(),
        ];
        names = [.. kept.Select(c => layout.CellName(c)), "others"];
        var groups = new int[reference.Length];
        Array.Fill(groups, kept.Length);
        for (int i = 0; i < kept.Length; i++) groups[kept[i]] = i;
        return groups;
    }

    // Edges at a value and the next double make a cell of each value; what lies between belongs to the value below.
    private static int[] ByValue(Layout layout, out string[] names)
    {
        int values = (layout.Edges.Length + 1) / 2;
        int[] groups = [.. Enumerable.Range(0, layout.ValueCells).Select(c => Math.Clamp((c - 1) / 2, 0, Math.Max(0, values - 1)))];
        names = values == 0 ? ["any number"] : [.. Enumerable.Range(0, values).Select(v => layout.CellName((2 * v) + 1))];
        return groups;
    }

    // Many values, each in a cell: runs of them near the fifths of both samples together.
    private static int[] ByRange(Layout layout, long[] reference, long[] window, out string[] names)
    {
        double all = Math.Max(1, CountPair.Sum(reference) + CountPair.Sum(window)), below = 0;
        var groups = new int[reference.Length];
        var starts = new List<int>();
        int last = -1;
        for (int cell = 0; cell < groups.Length; cell++)
        {
            double rows = reference[cell] + window[cell];
            int fifth = Math.Clamp((int)(Fifths * (below + (rows / 2)) / all), 0, Fifths - 1);
            if (fifth != last && (rows > 0 || last < 0))
            {
                starts.Add(cell);
                last = fifth;
            }

            groups[cell] = starts.Count - 1;
            below += rows;
        }

        names = [.. starts.Select((start, i) => layout.RangeName(start, i + 1 < starts.Count ? starts[i + 1] : groups.Length))];
        return groups;
    }

    private double[] Whole(int[] groups)
    {
        var parts = new double[groups.Length * Count];
        for (int cell = 0; cell < groups.Length; cell++) parts[(cell * Count) + groups[cell]] = 1;
        return parts;
    }

    // The rows of a cell stand for ranks from those below it on, spread evenly.
    private static double[] Parts(long[] rows)
    {
        var parts = new double[rows.Length * Fifths];
        double all = CountPair.Sum(rows), below = 0;
        for (int cell = 0; cell < rows.Length; cell++)
        {
            if (rows[cell] == 0) continue;
            double low = below / all * Fifths, high = (below + rows[cell]) / all * Fifths;
            for (int fifth = 0; fifth < Fifths; fifth++)
                parts[(cell * Fifths) + fifth] = Math.Max(0, Math.Min(high, fifth + 1) - Math.Max(low, fifth)) / (high - low);
            below += rows[cell];
        }

        return parts;
    }

    private static bool HasCoarse(Layout layout, long[] reference, long[] window)
    {
        double n = Math.Max(1, CountPair.Sum(reference)), m = Math.Max(1, CountPair.Sum(window));
        for (int cell = 0; cell < window.Length; cell++)
        {
            bool one = cell > 0 && cell < layout.Edges.Length && Math.BitIncrement(layout.Edges[cell - 1]) == layout.Edges[cell];
            if (!one && window[cell] / m > LargestRange && window[cell] / m > 2 * reference[cell] / n) return true;
        }

        return false;
    }
}
