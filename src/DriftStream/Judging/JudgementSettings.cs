using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Judging;

/// <summary>What a model's closed windows are judged by.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Baseline">The reference.</param>
/// <param name="Rules">In the config's order.</param>
public sealed record JudgementSettings(string Model, Baseline Baseline, ImmutableArray<Rule> Rules)
{
    /// <summary>What windows are judged against beside the baseline, in the config's order.</summary>
    public ImmutableArray<FurtherBaseline> Further { get; init; } = [];

    /// <summary>The verdict shows every statistic that is built, unjudged where no rule looks at it; otherwise only a few of those.</summary>
    public bool ShowAll { get; init; }
}
