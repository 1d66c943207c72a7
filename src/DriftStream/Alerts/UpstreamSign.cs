using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Alerts;

/// <summary>By which signs a symptom looks like a fault of what feeds the model, and not like a change of the world: statistics, and one more.</summary>
public static class UpstreamSign
{
    /// <summary>At least 99 % of a signal in one cell that had less than half of it.</summary>
    public const string OneCell = "one_cell";

    // Half of the rows that the reference has not seen the like of: another unit, another code.
    private const double Gross = 0.5;

    /// <summary>That of a signal, or of a slice of it; null where no rule that speaks is one. Of what the model answers, only the volume says so.</summary>
    internal static string? Of(JudgedSignal signal, SignalRole role, ImmutableArray<RuledStatistic> rules)
    {
        bool isInput = role == SignalRole.Feature;
        RuledStatistic? found = rules.FirstOrDefault(r => r.Speaks && IsFault(r.Statistic) && (isInput || r.Statistic.Name == RowRates.Volume));
        return found?.Statistic.Name ?? (isInput && signal.IsOneCell ? OneCell : null);
    }

    /// <summary>That of a statistic of the whole model that speaks; null where it is none.</summary>
    internal static string? Of(JudgedStatistic statistic) => statistic.Judgement == Judgement.Drifting && IsFault(statistic) ? statistic.Name : null;

    private static bool IsFault(JudgedStatistic statistic) => statistic.Name switch
    {
        RowRates.Missing or RowRates.Nan or RowRates.Volume or LossJudge.Rejected or LossJudge.Silence or LossJudge.SilenceProbability => true,
        RowRates.Unseen or RowRates.OutOfRange => statistic.Value >= Gross,
        _ => false,
    };
}
