using System.Collections.Immutable;
using DriftStream.Judging;

namespace DriftStream.Plan;

/// <summary>What a model is judged by where its config says nothing.</summary>
public static class ModelDefaults
{
    /// <summary>The rules of every model whose config has none; those that its columns add are not among them.</summary>
    public static ImmutableArray<Rule> Rules { get; } = [.. RuleSection.Default.Select(r => r.Rule)];

    /// <summary>The rules that pairs of columns add to them.</summary>
    public static ImmutableArray<Rule> RulesOfPairs { get; } = [.. RuleSection.OfPairs.Select(r => r.Rule)];

    /// <summary>The rules that attributions of features add to them.</summary>
    public static ImmutableArray<Rule> RulesOfAttributions { get; } = [RuleSection.OfAttributions.Rule];

    /// <summary>A window with fewer rows is insufficient.</summary>
    public static long MinRows => WindowSection.DefaultMinRows;
}
