using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>Decisions beside labels where there are several classes, one of which each row is decided to be and one of which it is.</summary>
/// <remarks>
/// The values are scikit-learn's: macro averages are over every class that is decided or true in the rows, one that is never decided, or never true, counting 0
/// (<c>zero_division=0</c>). Of one label a row, micro averages of precision, recall and F1 are all the accuracy.
/// </remarks>
public sealed class ClassConfusion
{
    /// <summary>Of more classes, those with the most labels are shown each.</summary>
    public const int MostShown = 20;

    private readonly SortedDictionary<string, (long Right, long Decided, long True)> _classes = new(StringComparer.Ordinal);
    private long _rows, _right;

    /// <summary>Adds a row.</summary>
    /// <param name="decided">The class that the model decided on.</param>
    /// <param name="label">The class that it is.</param>
    public void Add(string decided, string label)
    {
        bool right = string.Equals(decided, label, StringComparison.Ordinal);
        _rows++;
        if (right) _right++;
        (long Right, long Decided, long True) of = _classes.GetValueOrDefault(decided);
        _classes[decided] = (of.Right + (right ? 1 : 0), of.Decided + 1, of.True);
        of = _classes.GetValueOrDefault(label);
        _classes[label] = (of.Right, of.Decided, of.True + 1);
    }

    /// <summary>The classes with the most labels, at most <see cref="MostShown"/>, in ordinal order.</summary>
    public ImmutableArray<string> Classes =>
    [
        .. _classes.OrderByDescending(c => c.Value.True).ThenBy(c => c.Key, StringComparer.Ordinal).Take(MostShown)
            .Select(c => c.Key).Order(StringComparer.Ordinal),
    ];

    /// <summary>The metrics of all classes together, then of each that is shown against the rest; always the same ones, in the same order.</summary>
    /// <param name="shown">The classes that are shown.</param>
    public ImmutableArray<PerformanceMetric> Metrics(ImmutableArray<string> shown) =>
    [
        Rate("accuracy", _right, _rows),
        Mean("macro_precision", c => Of(c.Right, c.Decided)),
        Mean("macro_recall", c => Of(c.Right, c.True)),
        Mean("macro_f1", c => Of(2 * c.Right, c.Decided + c.True)),
        Rate("micro_f1", _right, _rows),
        .. shown.SelectMany(Shown),
    ];

    private IEnumerable<PerformanceMetric> Shown(string name)
    {
        (long right, long decided, long labels) = _classes.GetValueOrDefault(name);
        yield return Rate($"precision of {name}", right, decided);
        yield return Rate($"recall of {name}", right, labels);
        Estimate? f1 = new Confusion(right, decided - right, labels - right, 0).F1;
        yield return Performance.Metric($"f1 of {name}", f1, Performance.UsualConfidence, 0, 1);
    }

    private static PerformanceMetric Rate(string name, long events, long rows) =>
        Performance.Metric(name, new Share(events, rows), Performance.UsualConfidence);

    private PerformanceMetric Mean(string name, Func<(long Right, long Decided, long True), double> of) =>
        new(name, _rows == 0 ? null : _classes.Values.Average(of), null, null, null);

    private static double Of(long events, long rows) => rows == 0 ? 0 : (double)events / rows;
}
