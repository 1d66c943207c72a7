using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Host.Compare;

/// <summary>The order in which people want to read: what drifts, what cannot be told, what is steady; in each by p-value, then by effect.</summary>
internal static class WorstFirst
{
    public static IEnumerable<JudgedSignal> Of(IEnumerable<JudgedSignal> signals) => signals.OrderBy(Key);

    /// <summary>Its place: ascending, the worst first.</summary>
    public static (int Rank, double P, double LessEffect) Key(JudgedSignal signal) =>
        (Rank(signal.Judgement), LeastP(signal) ?? 1, -(Psi(signal)?.Value ?? 0));

    public static IEnumerable<JudgedGroup> Of(IEnumerable<JudgedGroup> groups) => groups.OrderBy(g => Rank(g.Statistic.Judgement));

    /// <summary>The default statistic: its value is the effect, and it has the p-value.</summary>
    public static JudgedStatistic? Psi(JudgedSignal signal) =>
        signal.Statistics.FirstOrDefault(s => s.Name == PopulationStability.Name && s.Convention == PopulationStability.MergedConvention);

    public static int Rank(Judgement judgement) => judgement switch
    {
        Judgement.Drifting => 0,
        Judgement.Insufficient => 1,
        Judgement.Steady => 2,
        Judgement.Unjudged => 3,
    };

    // Of what a rule looks at; a statistic that was only shown decides nothing, unless there is nothing else.
    private static double? LeastP(JudgedSignal signal) =>
        signal.Statistics.Where(s => s.Rule is not null).Min(s => s.PValue) ?? Psi(signal)?.PValue;
}
