using System.Collections.Immutable;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>What a baseline is built of. Columns of other roles (time, id, version, label) must not be among the features.</summary>
/// <param name="Id">The model's id.</param>
/// <param name="Features">The features by name, or null for every readable column that is not <paramref name="NotFeatures"/>.</param>
/// <param name="NotFeatures">Columns with another role, and those the config excepts.</param>
/// <param name="Score">The score column, or null.</param>
/// <param name="Decision">The decision, or null.</param>
/// <param name="Label">The label, where messages bring it, or null.</param>
/// <param name="Groups">Protected attributes: one column each, or two for a pair. Needs a decision.</param>
/// <param name="Categorical">Number columns to be counted as categories.</param>
/// <param name="Edges">Most edges of a numeric layout; <see cref="ExactEdges"/> for exact KS as far as it goes.</param>
/// <param name="EdgesOf">Exceptions by column.</param>
/// <param name="MaxGroups">Most values of a group.</param>
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
    /// <summary>Where a column lies inside a JSON row, if it is not the field of its name.</summary>
    public ImmutableSortedDictionary<string, JsonPath> Paths { get; init; } = ImmutableSortedDictionary<string, JsonPath>.Empty;

    /// <summary>The most edges any layout has.</summary>
    public const int ExactEdges = 65_535;

    public const int DefaultEdges = 1023;

    /// <summary>Only an id: every column a feature, default edges.</summary>
    public static BaselineSettings Of(string id) => new(id, null, [], null, null, null, [], [], DefaultEdges, ImmutableDictionary<string, int>.Empty, 1000);
}

/// <summary>A baseline, or every reason why there is none.</summary>
public sealed record BaselineResult(Baseline? Baseline, ImmutableArray<string> Problems);
