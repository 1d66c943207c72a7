using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Time;

namespace DriftStream.Cells;

/// <summary>What a baseline is built of. Columns of other roles (time, id, version, label) must not be among the features.</summary>
/// <param name="Id">The model's id.</param>
/// <param name="Features">The features by name, or null for every readable column that is not <paramref name="NotFeatures"/>.</param>
/// <param name="NotFeatures">Columns with another role, and those the config excepts.</param>
/// <param name="Score">The score column, or null.</param>
/// <param name="Decision">The decision column, or null.</param>
/// <param name="Label">The label column where messages bring it, or null.</param>
/// <param name="Groups">Protected attributes: one column each, or several whose values are taken together. Needs a decision.</param>
/// <param name="Categorical">Number columns to be counted as categories.</param>
/// <param name="Edges">The most edges of a numeric layout; with <see cref="ExactEdges"/>, KS is exact where that many edges suffice.</param>
/// <param name="EdgesOf">Exceptions by column.</param>
/// <param name="MaxGroups">The most values of a group, and the most slices by the same columns.</param>
public sealed record BaselineSettings(
    string Id,
    ImmutableArray<string>? Features,
    ImmutableHashSet<string> NotFeatures,
    string? Score,
    BinaryColumn? Decision,
    BinaryColumn? Label,
    ImmutableArray<ImmutableArray<string>> Groups,
    ImmutableHashSet<string> Categorical,
    int Edges,
    ImmutableDictionary<string, int> EdgesOf,
    int MaxGroups)
{
    /// <summary>What <see cref="Label"/> is. A number needs a score, a class a decision.</summary>
    public LabelKind LabelKind { get; init; }

    /// <summary>Where a column lies inside a JSON row, unless it is the field of its name.</summary>
    public ImmutableSortedDictionary<string, JsonPath> Paths { get; init; } = ImmutableSortedDictionary<string, JsonPath>.Empty;

    /// <summary>Columns by which features, score and decision are also counted apart: one each, or several whose values are taken together.</summary>
    public ImmutableArray<ImmutableArray<string>> Slices { get; init; } = [];

    /// <summary>Pairs of features, score and decision that are also counted together, two columns each.</summary>
    public ImmutableArray<ImmutableArray<string>> Pairs { get; init; } = [];

    /// <summary>Signals that are made from several number columns, each a feature.</summary>
    public ImmutableArray<VectorSignal> Vectors { get; init; } = [];

    /// <summary>
    /// Those of <see cref="Groups"/> of which scores are also counted by label, which needs a score and a label that is positive or not; of labels that are
    /// numbers, residuals.
    /// </summary>
    public ImmutableArray<ImmutableArray<string>> Calibrated { get; init; } = [];

    /// <summary>What the names of columns begin with that hold attributions: the size of each is a feature, too. Null where there are none.</summary>
    public string? Attributions { get; init; }

    /// <summary>Which hours of the reference a window is compared with; null for all of them. Needs <see cref="Time"/>.</summary>
    public CalendarKind? Calendar { get; init; }

    /// <summary>By whose clocks the calendar tells hours and days; null for UTC.</summary>
    public Zone? CalendarZone { get; init; }

    /// <summary>The event-time column of the reference, or null where none is known.</summary>
    public string? Time { get; init; }

    /// <summary>The unit of an integer <see cref="Time"/>; null where its type says it.</summary>
    public TimeUnit? IntegerTime { get; init; }

    /// <summary>The most edges that any layout may have.</summary>
    public const int ExactEdges = 65_535;

    /// <summary>So many values of a column are kept while its ranges are found; of more, an even share.</summary>
    public const int KeptValues = 1 << 20;

    /// <summary>The most edges of a numeric layout where nothing else is configured.</summary>
    public const int DefaultEdges = 1023;

    /// <summary>Settings with nothing but an id: every column is a feature, with the default number of edges.</summary>
    public static BaselineSettings Of(string id) => new(id, null, [], null, null, null, [], [], DefaultEdges, ImmutableDictionary<string, int>.Empty, 1000);
}

/// <summary>A baseline, or every reason why there is none.</summary>
public sealed record BaselineResult(Baseline? Baseline, ImmutableArray<string> Problems)
{
    /// <summary>Columns of whole numbers in which no value comes twice, of a thousand rows or more: numbers of rows, or ids.</summary>
    public ImmutableArray<string> Distinct { get; init; } = [];

    /// <summary>Columns of numbers whose ranges were found from one value in so many. Counts are of all rows.</summary>
    public ImmutableSortedDictionary<string, long> Sampled { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>The column by which the rows are sorted, so that their order is not a stream's; null where there is none, or where nobody looked.</summary>
    public string? SortedBy { get; init; }
}
