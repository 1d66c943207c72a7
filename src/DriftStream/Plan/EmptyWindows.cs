using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>How many windows without a row the rules of a model need.</summary>
internal static class EmptyWindows
{
    /// <summary>The windows, with as many empty ones as the rules need.</summary>
    public static ModelWindows For(ModelWindows windows, ImmutableArray<Rule> rules, int fireAfter, int resolveAfter) => windows with
    {
        // As many as it takes to open an episode; another window would say nothing new.
        MostEmpty = rules.Any(r => r.Statistic is RowRates.Volume or LossJudge.Silence) ? Math.Max(resolveAfter + 1, fireAfter) : 0,
        // A day of rows a week is the rarest that is missed.
        Silence = rules.Any(r => r.Statistic == LossJudge.SilenceProbability) ? Duration.FromDays(8) : Duration.Zero,
    };
}
