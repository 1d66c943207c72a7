namespace DriftStream.Cells;

/// <summary>
/// The values of a column in bounded memory: all of them up to <see cref="BaselineSettings.KeptValues"/>; of more every second, fourth, eighth ... in
/// their order, with the least and the greatest of all. Distinct values are all known as long as they are few, for exact edges. What is kept follows from
/// the values alone.
/// </summary>
internal sealed class ValueSample
{
    // As many as an exact layout can have, which needs two edges for each.
    private const int FewDistinct = BaselineSettings.ExactEdges / 2;

    private readonly List<double> _kept = [];
    private HashSet<double>? _distinct;
    private bool _many;
    private double _least = double.PositiveInfinity, _greatest = double.NegativeInfinity;

    /// <summary>How many values there were.</summary>
    public long Count { get; private set; }

    /// <summary>One value in so many was kept.</summary>
    public long OneIn { get; private set; } = 1;

    /// <summary>All distinct values where they are few, else those that were kept.</summary>
    public IEnumerable<double> Distinct => _distinct ?? _kept.Distinct();

    /// <summary>Some value certainly came twice.</summary>
    public bool Repeats => _distinct is { } distinct && distinct.Count < Count;

    public void AddRange(ReadOnlySpan<double> values)
    {
        if (OneIn == 1 && _kept.Count + values.Length <= BaselineSettings.KeptValues)
        {
            _kept.AddRange(values);
            Count += values.Length;
            return;
        }

        foreach (double value in values) Add(value);
    }

    public void Add(double value)
    {
        if (OneIn > 1) Note(value);
        if (Count++ % OneIn != 0) return;
        _kept.Add(value);
        if (_kept.Count > BaselineSettings.KeptValues) Thin();
    }

    /// <summary>The values to find edges from, ascending: where distinct ones are few enough for exact edges, these stand for all.</summary>
    /// <param name="edges">The most edges that are wanted.</param>
    /// <param name="float32">Each value is a float32.</param>
    public double[] Sorted(int edges, bool float32)
    {
        bool exact = _distinct is { } distinct && distinct.Count * 2L <= edges;
        double[] sorted = SortedNumbers.Of(exact ? [.. _distinct!] : _kept, float32);
        if (exact || OneIn == 1) return sorted;
        // Beyond the outermost edges lies what the reference has never seen.
        (double[] before, double[] after) = (_least < sorted[0] ? [_least] : [], _greatest > sorted[^1] ? [_greatest] : []);
        return [.. before, .. sorted, .. after];
    }

    private void Note(double value)
    {
        (_least, _greatest) = (Math.Min(_least, value), Math.Max(_greatest, value));
        if (_many) return;
        _distinct ??= [];
        if (!_distinct.Add(value) || _distinct.Count <= FewDistinct) return;
        (_distinct, _many) = (null, true);
    }

    private void Thin()
    {
        if (OneIn == 1) _kept.ForEach(Note);
        OneIn *= 2;
        int to = 0;
        for (int from = 0; from < _kept.Count; from += 2) _kept[to++] = _kept[from];
        _kept.RemoveRange(to, _kept.Count - to);
    }
}
