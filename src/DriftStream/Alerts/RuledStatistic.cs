using System.Collections.Immutable;
using DriftStream.Judging;

namespace DriftStream.Alerts;

/// <summary>A statistic of a window, and the rule that looked at it.</summary>
public sealed record RuledStatistic(Rule Rule, JudgedStatistic Statistic)
{
    /// <summary>The rule's alarm goes off at this value.</summary>
    public bool Speaks => Statistic.Judgement == Judgement.Drifting;

    /// <summary>The statistics that a rule looked at, in their order.</summary>
    public static ImmutableArray<RuledStatistic> Of(IEnumerable<JudgedStatistic> statistics, ImmutableArray<Rule> rules) =>
        [.. statistics.Where(s => s.Rule is not null).Select(s => new RuledStatistic(rules.First(r => r.Id == s.Rule), s))];
}
