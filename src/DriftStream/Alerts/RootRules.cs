using DriftStream.Frames;
using DriftStream.Judging;

namespace DriftStream.Alerts;

/// <summary>The rules that no config has: what the root owner is told of, and how a standstill ends.</summary>
internal static class RootRules
{
    private static readonly Rule UnownedRule = Rule(SubjectNames.Unowned, "unowned_rows", Severity.Warning);
    private static readonly Rule StandstillRule = Rule(SubjectNames.Standstill, "standstill", Severity.Warning);
    private static readonly Rule UnjudgedRule = Rule(SubjectNames.Unjudged, "unjudged_windows", Severity.Critical);

    /// <summary>One window with a row that no model claims begins a symptom, three without one end it.</summary>
    public static RuledStatistic Unowned(RowCount rows) =>
        new(UnownedRule, JudgedStatistic.OfCount(UnownedRule.Statistic, rows, rows, UnownedRule.Id, Judgement.Drifting));

    /// <summary>One window that could not be judged begins a symptom, one that was ends it.</summary>
    public static RuledStatistic Unjudged(RowCount rows, Judgement judgement) =>
        new(UnjudgedRule, JudgedStatistic.OfCount(UnjudgedRule.Statistic, judgement == Judgement.Drifting ? 1 : 0, rows, UnjudgedRule.Id, judgement));

    /// <summary>Ends a standstill, whichever rules began it: the plan may have others by now.</summary>
    public static RuledStatistic Moving() =>
        new(StandstillRule, JudgedStatistic.OfCount(StandstillRule.Statistic, 0, RowCount.Zero, StandstillRule.Id, Judgement.Steady));

    private static Rule Rule(string id, string statistic, Severity severity) => new(id, null, null, statistic, null, new Alarm(AlarmKind.Above, 0), severity);
}
