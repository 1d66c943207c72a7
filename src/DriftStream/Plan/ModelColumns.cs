using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Plan;

/// <summary>Which columns are features: those named, or every one but some. A column with another role is never a feature.</summary>
/// <param name="Only">The features, or null for all.</param>
/// <param name="Except">Columns that are none.</param>
public sealed record FeatureSelection(ImmutableArray<string>? Only, ImmutableArray<string> Except)
{
    public static FeatureSelection All { get; } = new(null, []);
}

/// <summary>What the columns of a model are for.</summary>
/// <param name="Time">Event time, or null for the Kafka timestamp.</param>
/// <param name="TimeUnit">Of an integer time column.</param>
/// <param name="Id">Names a row, or null.</param>
/// <param name="Version">Where a row's version is found.</param>
/// <param name="Score">The model's score, or null.</param>
/// <param name="Decision">The model's decision, or null.</param>
/// <param name="Label">What turned out to be true, or null.</param>
/// <param name="Groups">Protected attributes: each entry one column, or a pair of columns.</param>
/// <param name="Features">Which of the other columns are watched.</param>
/// <param name="Categorical">Integer columns whose values are names, not amounts.</param>
public sealed record ModelColumns(
    string? Time,
    TimeUnitOfIntegers TimeUnit,
    string? Id,
    VersionSource Version,
    string? Score,
    BinaryColumn? Decision,
    BinaryColumn? Label,
    ImmutableArray<ImmutableArray<string>> Groups,
    FeatureSelection Features,
    ImmutableArray<string> Categorical)
{
    public static ModelColumns None { get; } =
        new(null, TimeUnitOfIntegers.None, null, new VersionSource(), null, null, null, [], FeatureSelection.All, []);

    /// <summary>Columns that name the model of a row on a shared topic.</summary>
    public ImmutableArray<string> Selectors { get; init; } = [];

    /// <summary>Whether a column of the reference is a feature. Protected attributes are: a shift in who is asked is drift.</summary>
    public bool IsFeature(string column) =>
        column != Time && column != Id && column != Version.Column && column != Score && column != Decision?.Column && column != Label?.Column
        && !Selectors.Contains(column)
        && !Features.Except.Contains(column)
        && (Features.Only is not { } only || only.Contains(column));

    /// <summary>The name of a group's signal: <c>SEX</c>, or <c>SEX x RAC1P</c>.</summary>
    public static string GroupName(ImmutableArray<string> group) => string.Join(" x ", group);
}

/// <summary>How many edges a numeric signal may take, and whether its cells must make KS exact.</summary>
public readonly record struct EdgeLimit(int Most, bool Exact)
{
    public static EdgeLimit Default => new(PlanLimits.DefaultEdges, false);

    public static EdgeLimit ExactCells => new(PlanLimits.Edges, true);
}

/// <summary>The edges of a model's signals.</summary>
/// <param name="Others">Of every signal that is not named.</param>
/// <param name="BySignal">Of those that are.</param>
public sealed record EdgeSettings(EdgeLimit Others, ImmutableSortedDictionary<string, EdgeLimit> BySignal)
{
    public static EdgeSettings Default { get; } =
        new(EdgeLimit.Default, ImmutableSortedDictionary.Create<string, EdgeLimit>(StringComparer.Ordinal));

    public EdgeLimit Of(string signal) => BySignal.GetValueOrDefault(signal, Others);
}
