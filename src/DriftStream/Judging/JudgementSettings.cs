using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>What a model's closed windows are judged by.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Baseline">The reference.</param>
/// <param name="Rules">In the config's order.</param>
public sealed record JudgementSettings(string Model, Baseline Baseline, ImmutableArray<Rule> Rules)
{
    /// <summary>Rows below which a cell of a told distribution is not told by itself, unless a plan says otherwise.</summary>
    public const int DefaultPrivacyRows = 20;

    /// <summary>What windows are judged against beside the baseline, in the config's order.</summary>
    public ImmutableArray<FurtherBaseline> Further { get; init; } = [];

    /// <summary>Cells with fewer rows than this are told as <c>other</c> where a distribution is; 0 tells all.</summary>
    public int PrivacyRows { get; init; } = DefaultPrivacyRows;

    /// <summary>The numbers that its owner has set targets for, in the config's order.</summary>
    public ImmutableArray<Kpi> Kpis { get; init; } = [];

    /// <summary>What wrong decisions cost; null where nobody says.</summary>
    public ErrorCosts? Costs { get; init; }

    /// <summary>The labels of these rows come later: their outcome table is counted without, and says what to expect of them.</summary>
    public bool LabelsComeLater { get; init; }

    /// <summary>The verdict shows every statistic that is built, unjudged where no rule looks at it; otherwise only a few of those.</summary>
    public bool ShowAll { get; init; }
}
