using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>
/// Decisions beside labels where there are several classes, one of which each row is decided to be and one of which it is. Of a table of cells the classes that
/// it lacks are together one more, <see cref="Other"/>: what is said counts it as one class whose rows are right, and brings what that leaves open.
/// </summary>
/// <remarks>
/// The values are scikit-learn's: macro averages are over every class that is decided or true in the rows, one that is never decided, or never true, counting 0
/// (<c>zero_division=0</c>). Of one label a row, micro averages of precision, recall and F1 are all the accuracy.
/// </remarks>
public sealed class ClassConfusion
{
    /// <summary>Of more classes, those with the most labels are shown each.</summary>
    public const int MostShown = 20;

    /// <summary>The classes that a table lacks.</summary>
    public const string Other = "other";

    private readonly Dictionary<(string Decided, string Label), long> _cells = [];
    private readonly string? _other;

    /// <summary>Of no row.</summary>
    public ClassConfusion()
    {
    }

    private ClassConfusion(string other) => _other = other;

    /// <summary>Adds a row.</summary>
    /// <param name="decided">The class that the model decided on.</param>
    /// <param name="label">The class that it is.</param>
    public void Add(string decided, string label) => Add(decided, label, 1);

    /// <param name="table">A joint layout of the same classes on both sides.</param>
    /// <param name="counts">Rows by its cells; those without a decision or a label are left out. None at all is the same as no row.</param>
    public static ClassConfusion Of(Layout table, ReadOnlySpan<long> counts)
    {
        ImmutableArray<string> classes = table.Inner!.Categories;
        string other = Other;
        while (classes.Contains(other)) other += " ";
        var confusion = new ClassConfusion(other);
        for (int cell = 0; cell < counts.Length; cell++)
        {
            (int decided, int label) = (cell / table.Second!.Cells, cell % table.Second.Cells);
            if (counts[cell] == 0 || decided == table.Inner.MissingCell || label == table.Second.MissingCell) continue;
            confusion.Add(NameOf(decided), NameOf(label), counts[cell]);
        }

        return confusion;

        string NameOf(int of) => of < classes.Length ? classes[of] : other;
    }

    /// <summary>Rows with a decision and a label.</summary>
    public long Rows => Sums.Rows;

    /// <summary>The classes with the most labels, at most <see cref="MostShown"/>, in ordinal order.</summary>
    public ImmutableArray<string> Classes =>
    [
        .. Sums.Names.Index().Where(c => c.Item != _other).OrderByDescending(c => Sums.True[c.Index]).ThenBy(c => c.Item, StringComparer.Ordinal)
            .Take(MostShown).Select(c => c.Item).Order(StringComparer.Ordinal),
    ];

    /// <summary>The metrics of all classes together, then of each that is shown against the rest; always the same ones, in the same order.</summary>
    /// <param name="shown">The classes that are shown.</param>
    public ImmutableArray<PerformanceMetric> Metrics(ImmutableArray<string> shown) =>
        Performance.MetricsOf(OutcomeCounts.Of(this, default), shown);

    /// <summary>Rows that are decided to be of a class, of those the right ones, and rows that are of it.</summary>
    public (long Right, long Decided, long True) RowsOf(string name) => Sums.Of(name);

    /// <summary>Rows with a decision that is as their label.</summary>
    public Share Right => new(Sums.Right.Sum(), Rows);

    /// <summary>Rows whose decision and label are both of classes that the table lacks: nobody knows whether they are right.</summary>
    public long Unsure => _other is null ? 0 : Sums.Of(_other).Right;

    internal ClassSums Sums => field ??= new ClassSums(_cells, _other);

    private void Add(string decided, string label, long rows) => _cells[(decided, label)] = _cells.GetValueOrDefault((decided, label)) + rows;
}
