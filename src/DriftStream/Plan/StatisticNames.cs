using System.Collections.Immutable;

namespace DriftStream.Plan;

/// <summary>What a rule may ask of a statistic.</summary>
/// <param name="Name">In the config and in every message.</param>
/// <param name="OfGroups">It compares the values of a group; else it compares a signal with its baseline.</param>
/// <param name="Most">The greatest value it can take: thresholds lie between 0 and this.</param>
/// <param name="HasPValue">A calibrated alarm can be set on it.</param>
/// <param name="HasOwnValue">It has a value within the baseline alone, so that <c>above_baseline_by</c> has a meaning.</param>
internal sealed record StatisticName(string Name, bool OfGroups, double Most, bool HasPValue = false, bool HasOwnValue = false);

/// <summary>The statistics that configs may name: those that are built, and those that are only promised.</summary>
internal static class StatisticNames
{
    public static ImmutableArray<StatisticName> Built { get; } =
    [
        new("psi", false, double.PositiveInfinity, HasPValue: true),
        new("ks", false, 1, HasPValue: true),
        new("wasserstein", false, double.PositiveInfinity),
        new("jensen_shannon", false, 1),
        new("kl", false, double.PositiveInfinity),
        new("hellinger", false, 1),
        new("chi2", false, double.PositiveInfinity, HasPValue: true),
        new("total_variation", false, 1),
        new("l_infinity", false, 1),
        new("missing", false, 1, HasOwnValue: true),
        new("nan", false, 1, HasOwnValue: true),
        new("unseen", false, 1, HasOwnValue: true),
        new("volume", false, double.PositiveInfinity),
        new("demographic_parity_difference", true, 1, HasOwnValue: true),
        new("demographic_parity_ratio", true, 1, HasOwnValue: true),
    ];

    public static ImmutableArray<string> Later { get; } =
    [
        "silence", "out_of_range",
        "equal_opportunity_difference", "equalized_odds_difference", "predictive_parity_difference", "calibration_difference",
        "accuracy_difference",
        "accuracy", "precision", "recall", "f1", "roc_auc", "brier", "log_loss",
    ];

    /// <summary>Before the name of a performance statistic: estimated without labels.</summary>
    public const string Estimated = "estimated_";

    /// <summary>Tools whose conventions differ from ours. None is built yet; some need the raw rows and can only ever be compared.</summary>
    public static ImmutableArray<string> Conventions { get; } =
        ["evidently", "azure", "frouros", "deepchecks", "fiddler", "scouter", "nannyml"];

    public static StatisticName? Find(string name) => Built.FirstOrDefault(s => s.Name == name);

    public static bool IsLater(string name) => Later.Contains(name) || name.StartsWith(Estimated, StringComparison.Ordinal);
}
