using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>
/// Runs of neighbouring cells, and the rows of both samples in each. A numeric layout has far more cells than shares can be
/// estimated for, so its ranges are grouped at the deciles of the reference; the cells of a categorical layout stay as they are.
/// NaN, unseen and missing are groups of their own: a jump in nulls is drift.
/// </summary>
public sealed class CellGroups
{
    private readonly Layout _layout;
    private readonly int[] _starts; // of each group, and the number of cells
    private readonly ImmutableArray<NovelRows> _novel;
    private CellDrift? _drift;
    private JointDependence? _dependence;

    private CellGroups(in CountPair pair, int[] starts)
    {
        _layout = pair.Layout;
        _starts = starts;
        Reference = Sums(pair.Reference, starts);
        Window = Sums(pair.Window, starts);
        Unseen = _layout.UnseenCell;
        Design = pair.Design;
        _novel = _layout.Kind == LayoutKind.Numeric ? NovelNumbers(pair, starts) : [];
    }

    /// <summary>Rows of the reference by group.</summary>
    public long[] Reference { get; }

    /// <summary>Rows of the window by group.</summary>
    public long[] Window { get; }

    /// <summary>The group of unseen categories, or -1.</summary>
    public int Unseen { get; }

    /// <inheritdoc cref="CountPair.Design"/>
    public DesignEffect Design { get; }

    /// <summary>The number of groups.</summary>
    public int Count => Reference.Length;

    /// <summary>The default test over these groups; null where a sample is empty.</summary>
    public CellDrift? Drift => _drift ??= CellDrift.Of(Reference, Window, Unseen, _novel, Design);

    /// <summary>How two columns depend on each other, of a joint layout alone.</summary>
    public JointDependence? Dependence => _layout.Kind == LayoutKind.Joint
        ? _dependence ??= JointDependence.Of(new CountPair(_layout, Reference, Window, Design))
        : null;

    /// <summary>Deciles of the reference for a numeric layout, its cells for a categorical one.</summary>
    public static CellGroups Of(in CountPair pair)
    {
        int cells = pair.Layout.Cells;
        if (pair.Layout.Kind != LayoutKind.Numeric) return new CellGroups(pair, [.. Enumerable.Range(0, cells + 1)]);
        int[] inner = ReferenceQuantiles.Boundaries(pair.ReferenceValues, 10);
        return new CellGroups(pair, [0, .. inner, pair.Layout.NanCell, pair.Layout.MissingCell, cells]);
    }

    /// <summary>
    /// What people call a group: <c>missing</c>, a category, <c>(10, 18]</c>, <c>&lt;= 10</c>. An end is closed where the layout
    /// holds the edge {v, next double after v}, because the group then ends with v itself.
    /// </summary>
    public string Name(int group)
    {
        int first = _starts[group], end = _starts[group + 1];
        if (_layout.Kind != LayoutKind.Numeric || first >= _layout.NanCell) return _layout.CellName(first);
        bool bottom = first == 0, top = end > _layout.Edges.Length;
        if (bottom && top) return "any number";
        if (top && double.IsPositiveInfinity(_layout.Edges[first - 1])) return "Infinity"; // nothing is greater
        string low = bottom ? "" : Edge(first - 1, out _);
        bool afterLow = !bottom && Edge(first - 1, out bool lowIsPoint) is not null && lowIsPoint;
        if (top) return (afterLow ? "> " : ">= ") + low;
        string high = Edge(end - 1, out bool closed);
        if (bottom) return (closed ? "<= " : "< ") + high;
        if (low == high) return low;
        return $"{(afterLow ? '(' : '[')}{low}, {high}{(closed ? ']' : ')')}";
    }

    // The edge as people read it, and whether it is the successor of the edge before it, so that v belongs below it.
    private string Edge(int edge, out bool isPoint)
    {
        double value = _layout.Edges[edge];
        isPoint = edge > 0 && Math.BitIncrement(_layout.Edges[edge - 1]) == value;
        return (isPoint ? _layout.Edges[edge - 1] : value).ToString("G6", CultureInfo.InvariantCulture);
    }

    // Rows beyond the reference's least and greatest value; the outermost row of two continuous samples may be either's by chance. On an exact
    // layout also rows of every other value that the reference lacks.
    private static ImmutableArray<NovelRows> NovelNumbers(in CountPair pair, int[] starts)
    {
        ReadOnlySpan<long> reference = pair.ReferenceValues, window = pair.WindowValues;
        long[] beyond = new long[starts.Length - 1], between = new long[starts.Length - 1];
        for (int group = 0; group < beyond.Length; group++)
        {
            for (int cell = starts[group]; cell < Math.Min(starts[group + 1], reference.Length); cell++)
            {
                if (reference[cell] > 0) continue;
                between[group] += window[cell];
                if (cell == 0 || cell == reference.Length - 1) beyond[group] += window[cell];
            }
        }

        NovelRows rows = NovelRows.OfNumbers(NovelRows.Beyond, [.. beyond], 1, 0);
        if (!pair.Layout.Exact) return [rows];
        (int once, int twice) = NovelRows.OnceAndTwice(reference);
        return [NovelRows.OfNumbers(NovelRows.Between, [.. between], once, 2.0 * twice), rows];
    }

    private static long[] Sums(ReadOnlySpan<long> counts, int[] starts)
    {
        var sums = new long[starts.Length - 1];
        for (int i = 0; i < sums.Length; i++) sums[i] = CountPair.Sum(counts[starts[i]..starts[i + 1]]);
        return sums;
    }
}
