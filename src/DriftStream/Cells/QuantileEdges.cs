using System.Collections.Immutable;
using System.Runtime.CompilerServices;

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
            if (Fit(sorted, middle, limit)) low = middle;
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
        var places = new Places(sorted.Length - 1, quantiles);
        while (places.Next(out int position))
        {
            if (HasNext(sorted, position)) AddWithNext(edges, sorted[position]);
            else Add(edges, sorted[position]);
        }

        return edges;
    }

    // Whether At gives at most so many edges, without making them. Called a dozen times a column, which is too seldom to become fast by itself.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Fit(ReadOnlySpan<double> sorted, int quantiles, int limit)
    {
        double greatest = double.NaN;
        int edges = 0;
        var places = new Places(sorted.Length - 1, quantiles);
        while (edges <= limit && places.Next(out int position))
        {
            double value = sorted[position];
            Note(value);
            if (HasNext(sorted, position)) Note(Math.BitIncrement(value));
        }

        return edges <= limit;

        void Note(double edge)
        {
            if (edges > 0 && !(greatest < edge)) return;
            (greatest, edges) = (edge, edges + 1);
        }
    }

    // An edge is also needed behind the greatest value: beyond it lies what the baseline has never seen.
    private static bool HasNext(ReadOnlySpan<double> sorted, int position)
    {
        double value = sorted[position];
        return position == sorted.Length - 1 || sorted[position + 1] == value || (position > 0 && sorted[position - 1] == value);
    }

    /// <summary>floor(i last / quantiles) for i = 0 .. quantiles, each place once, by its remainder instead of a division.</summary>
    private struct Places(int last, int quantiles)
    {
        private readonly int _step = last / quantiles, _rest = last % quantiles;
        private int _place = -1, _remainder, _left = quantiles + 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Next(out int place)
        {
            int before = _place;
            do
            {
                if (_left-- <= 0)
                {
                    place = -1;
                    return false;
                }

                if (_place < 0)
                {
                    _place = 0;
                    break;
                }

                _place += _step;
                _remainder += _rest;
                if (_remainder >= quantiles) (_place, _remainder) = (_place + 1, _remainder - quantiles);
            }
            while (_place == before);
            place = _place;
            return true;
        }
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
