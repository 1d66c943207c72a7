using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Judging;

/// <summary>What a model's closed windows are judged by.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Baseline">The reference.</param>
/// <param name="Rules">In the config's order.</param>
public sealed record JudgementSettings(string Model, Baseline Baseline, ImmutableArray<Rule> Rules)
{
    /// <summary>Every statistic that is built stands in the verdict, unjudged where no rule looks at it; else a few of those.</summary>
    public bool ShowAll { get; init; }
}
