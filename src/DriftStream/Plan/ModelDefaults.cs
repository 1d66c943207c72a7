using System.Collections.Immutable;
using DriftStream.Judging;

namespace DriftStream.Plan;

/// <summary>What a model is judged by where its config says nothing.</summary>
public static class ModelDefaults
{
    public static ImmutableArray<Rule> Rules { get; } = [.. RuleSection.Default.Select(r => r.Rule)];

    /// <summary>Rows of a window below which it is insufficient.</summary>
    public static long MinRows => WindowSection.DefaultMinRows;
}
