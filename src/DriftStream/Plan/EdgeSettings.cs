using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Plan;

/// <summary>The most edges of a model's numeric signals; the config calls <see cref="BaselineSettings.ExactEdges"/> exact.</summary>
/// <param name="Others">For every signal that is not named.</param>
/// <param name="BySignal">For those that are.</param>
internal sealed record EdgeSettings(int Others, ImmutableSortedDictionary<string, int> BySignal)
{
    public static EdgeSettings Default { get; } =
        new(BaselineSettings.DefaultEdges, ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal));
}
