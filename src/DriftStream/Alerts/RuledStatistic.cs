using System.Collections.Immutable;
using DriftStream.Judging;

namespace DriftStream.Alerts;

/// <summary>A statistic of a window, and the rule that looked at it.</summary>
public sealed record RuledStatistic(Rule Rule, JudgedStatistic Statistic)
{
    /// <summary>The rule's alarm goes off at this value.</summary>
    public bool Speaks => Statistic.Judgement == Judgement.Drifting;

    /// <summary>
    /// What an episode remembers of it: the rule, and which baseline it spoke against. A rule that spoke against one is not silenced, nor kept open, by what it
    /// says of another.
    /// </summary>
    internal string Spoken => Statistic.Against is { } name ? $"{Rule.Id}@{name}" : Rule.Id;

    /// <summary>The statistics that a rule looked at, in their order.</summary>
    public static ImmutableArray<RuledStatistic> Of(IEnumerable<JudgedStatistic> statistics, ImmutableArray<Rule> rules) =>
        [.. statistics.Where(s => s.Rule is not null).Select(s => new RuledStatistic(rules.First(r => r.Id == s.Rule), s))];
}
