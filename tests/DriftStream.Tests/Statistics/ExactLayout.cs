using DriftStream.Cells;

namespace DriftStream.Tests.Statistics;

/// <summary>Layouts and counts of raw numbers, the slow obvious way.</summary>
internal static class ExactLayout
{
    /// <summary>Of rows by value 0, 1, 2 ...</summary>
    public static (Layout Layout, long[] Counts) Of(long[] byValue)
    {
        IEnumerable<int> values = Enumerable.Range(0, byValue.Length).Where(v => byValue[v] > 0);
        double[] edges = [.. values.SelectMany(v => new[] { v, Math.BitIncrement(v) })];
        Layout layout = Layout.Numeric([.. edges], exact: true);
        return (layout, Count(layout, byValue));
    }

    public static Layout Of(double[] values) =>
        Layout.Numeric([.. values.Distinct().Order().SelectMany(v => new[] { v, Math.BitIncrement(v) }).Distinct()], exact: true);

    public static long[] Count(Layout layout, long[] byValue)
    {
        var counts = new long[layout.Cells];
        for (int v = 0; v < byValue.Length; v++) counts[layout.Edges.Count(e => e <= v)] += byValue[v];
        return counts;
    }

    public static long[] Count(Layout layout, double[] values)
    {
        var counts = new long[layout.Cells];
        foreach (double v in values) counts[double.IsNaN(v) ? layout.NanCell : layout.Edges.Count(e => e <= v)]++;
        return counts;
    }
}
