using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Joins;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>What judges and desks take from a plan. The counter's part is <see cref="DriftPlan.Counting"/>.</summary>
public static class Stages
{
    /// <summary>Rows that no model claims are reported by the week.</summary>
    private static readonly WindowSettings UnownedWindow = new("7d", Duration.FromDays(7), Duration.FromDays(7), Duration.Zero, 1);

    /// <summary>How far apart the clocks of two workers may be before the one's idle claims lapse by the other's.</summary>
    private static Duration ClockDifference => Duration.FromSeconds(30);

    /// <summary>The settings of the judge.</summary>
    public static JudgeSettings Judge(this DriftPlan plan) => new(
        plan.Hash,
        plan.Root,
        plan.Windowing(),
        plan.Judged().ToImmutableSortedDictionary(m => m.Id, m => m.Judgement, StringComparer.Ordinal),
        plan.AlertsByModel());

    /// <summary>The settings of joiners.</summary>
    public static JoinSettings Joining(this DriftPlan plan) => new(
        plan.Models.Select(m => m.Joined()).OfType<JoinedModel>().ToImmutableSortedDictionary(m => m.Model, m => m, StringComparer.Ordinal), plan.Quiet(),
        Math.Min(JoinSettings.MostRemembered, (plan.Pending + plan.Engine.CountsPartitions - 1) / plan.Engine.CountsPartitions));

    /// <summary>What the desks take from a plan.</summary>
    public static DeskPlan Desks(this DriftPlan plan) => new(
        plan.Hash, plan.Root.Id, plan.Owners, plan.AlertsByModel(), plan.Desk)
    {
        PublicUrl = plan.PublicUrl,
    };

    private static QuietRule Quiet(this DriftPlan plan) =>
        new(plan.Time.IdleAfter, plan.Engine.Flush + plan.Engine.Flush + plan.Engine.Flush + ClockDifference, plan.Time.CloseAfterIdle);

    private static IEnumerable<ModelPlan> Judged(this DriftPlan plan) => plan.Models.SelectMany(m => m.Judged());

    private static ImmutableSortedDictionary<string, AlertSettings> AlertsByModel(this DriftPlan plan) =>
        plan.Models.ToImmutableSortedDictionary(m => m.Id, m => m.Judged().First().Alerts, StringComparer.Ordinal);

    private static WindowingSettings Windowing(this DriftPlan plan)
    {
        ImmutableArray<string> shared = [.. plan.Counting.Sources.Values.Where(s => s.Selector is not null).Select(s => s.Topic)];
        return new WindowingSettings(
            plan.Judged().ToImmutableSortedDictionary(m => m.Id, m => m.Windows, StringComparer.Ordinal),
            new ModelWindows("", shared, plan.Counting.UnownedPane, Duration.Zero, Duration.Zero, [UnownedWindow]),
            plan.Quiet().CloseAfterIdle,
            plan.Quiet().IdleLease,
            plan.Time.MaxFuture,
            plan.Quiet().IdleAfter)
        {
            Versions = plan.Counting.Versions,
            Fates = PlanDocument.Of(plan).Fates(),
        };
    }
}
