using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Plan;

/// <summary>Which columns are features: those named, or all with exceptions. A column with another role is never a feature.</summary>
/// <param name="Only">The features, or null for all.</param>
/// <param name="Except">Columns that are not features.</param>
internal sealed record FeatureSelection(ImmutableArray<string>? Only, ImmutableArray<string> Except)
{
    public static FeatureSelection All { get; } = new(null, []);
}

/// <summary>What the columns of a model are for.</summary>
/// <param name="Time">The event-time column, or null for the Kafka timestamp.</param>
/// <param name="TimeUnit">The unit of an integer event-time column, or null.</param>
/// <param name="Id">The column that names a row, or null.</param>
/// <param name="Version">Where a row's version is found.</param>
/// <param name="Score">The model's score, or null.</param>
/// <param name="Decision">The model's decision, or null.</param>
/// <param name="Label">The column that says what turned out to be true, or null.</param>
/// <param name="Groups">Protected attributes: each entry one column, or several.</param>
/// <param name="Features">Which of the other columns are watched.</param>
/// <param name="Categorical">Integer columns whose values are names, not amounts.</param>
internal sealed record ModelColumns(
    string? Time,
    TimeUnit? TimeUnit,
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
        new(null, null, null, new VersionSource(), null, null, null, [], FeatureSelection.All, []);

    /// <summary>The column of a label's time where labels come later, or null for the Kafka timestamp.</summary>
    public string? LabelTime { get; init; }

    /// <summary>The unit of an integer label time, or null.</summary>
    public TimeUnit? LabelTimeUnit { get; init; }

    /// <summary>Columns that name the model of a row on a shared topic.</summary>
    public ImmutableArray<string> Selectors { get; init; } = [];

    /// <summary>Where columns lie inside a JSON row; those not named are fields of the row.</summary>
    public ImmutableSortedDictionary<string, JsonPath> Paths { get; init; } = ImmutableSortedDictionary.Create<string, JsonPath>(StringComparer.Ordinal);

    /// <summary>Signals that are made from several number columns.</summary>
    public ImmutableArray<WrittenVector> Vectors { get; init; } = [];

    /// <summary>What the names of columns begin with that hold attributions of features; null where there are none.</summary>
    public string? Attributions { get; init; }

    /// <summary>Columns that are never features of their own accord: a vector's are watched by what is made of it. Group columns may be
    /// features: a shift in who is asked is drift.</summary>
    public ImmutableHashSet<string> NotFeatures =>
        [.. new[] { Time, Id, Version.Column, Score, Decision?.Column, Label?.Column, LabelTime }.OfType<string>(), .. Selectors, .. Features.Except,
        .. Vectors.SelectMany(v => v.Columns)];

    /// <summary>Whether a signal of a baseline is one that a vector of the config makes, or the size of an attribution.</summary>
    public bool Makes(BaselineSignal signal) => signal.IsAttribution
        ? IsAttribution(signal.Columns[0]) && signal.Name == VectorSignal.AttributionOf(signal.Columns[0]).Name
        : Vectors.Any(v => v.Signals.Any(s => s.IsMadeAs(signal)));

    /// <summary>Whether a column of the reference holds the attribution of a feature.</summary>
    public bool IsAttribution(string column) => Attributions is { } prefix && column.StartsWith(prefix, StringComparison.Ordinal);

    /// <summary>Whether a column of the reference is watched as a feature.</summary>
    public bool IsFeature(string column) => Features.Only is { } only ? only.Contains(column) : !NotFeatures.Contains(column) && !IsAttribution(column);
}
