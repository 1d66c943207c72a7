using System.Collections.Immutable;

namespace DriftStream.Cells;

/// <summary>
/// Edges from the values of a baseline. Where distinct values are few, {v, next(v)} for each: every empirical distribution on them is then
/// exact. Otherwise the least and greatest value, and quantiles between them; a chosen value that occurs more than once also gets its
/// successor, so that a point mass has a cell of its own and the KS interval stays as narrow as the widest many-valued cell.
/// </summary>
public static class QuantileEdges
{
    // Least and greatest value, each with its successor.
    private const int LeastForRange = 4;

    /// <param name="sorted">Ascending, without NaN.</param>
    /// <param name="limit">The most edges.</param>
    /// <returns>Strictly increasing edges, and whether they are exact.</returns>
    public static (ImmutableArray<double> Edges, bool Exact) Of(ReadOnlySpan<double> sorted, int limit)
    {
        if (sorted.IsEmpty) return ([], true);
        var exact = new List<double>();
        for (int i = 0; i < sorted.Length && exact.Count <= limit; i++)
        {
            if (i == 0 || sorted[i] != sorted[i - 1]) AddWithNext(exact, sorted[i]);
        }

        if (exact.Count <= limit) return ([.. exact], true);
        if (limit < LeastForRange) return (Middle(sorted, limit), false);
        // The most quantiles that still fit. More quantiles hardly ever make fewer edges, so halving finds it.
        int low = 1, high = limit;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (At(sorted, middle).Count <= limit) low = middle;
            else high = middle - 1;
        }

        return ([.. At(sorted, low)], false);
    }

    private static ImmutableArray<double> Middle(ReadOnlySpan<double> sorted, int limit)
    {
        var edges = new List<double>();
        AddWithNext(edges, sorted[sorted.Length / 2]);
        return [.. edges.Take(limit)];
    }

    private static List<double> At(ReadOnlySpan<double> sorted, int quantiles)
    {
        var edges = new List<double>();
        int previous = -1;
        for (int i = 0; i <= quantiles; i++)
        {
            int position = (int)((long)i * (sorted.Length - 1) / quantiles);
            if (position == previous) continue;
            double value = sorted[position];
            bool last = position == sorted.Length - 1;
            bool repeated = (position > 0 && sorted[position - 1] == value) || (!last && sorted[position + 1] == value);
            // An edge is also needed behind the greatest value: beyond it lies what the baseline has never seen.
            if (repeated || last) AddWithNext(edges, value);
            else Add(edges, value);
            previous = position;
        }

        return edges;
    }

    private static void AddWithNext(List<double> edges, double value)
    {
        Add(edges, value);
        Add(edges, Math.BitIncrement(value));
    }

    private static void Add(List<double> edges, double value)
    {
        value += 0.0; // -0.0 and 0.0 are one edge
        if (edges.Count == 0 || edges[^1] < value) edges.Add(value);
    }
}
