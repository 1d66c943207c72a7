using DriftStream.Time;

namespace DriftStream.Alerts;

/// <summary>What may be recommended to the owner of a model.</summary>
/// <param name="CheckUpstream">To look at what feeds the model.</param>
/// <param name="RollBack">To go back to a version that is steady.</param>
/// <param name="Retrain">To train it anew, and how often; null for never.</param>
public sealed record RecommendSettings(bool CheckUpstream, bool RollBack, RetrainSettings? Retrain)
{
    /// <summary>What holds where the config says nothing.</summary>
    public static RecommendSettings Default { get; } = new(true, true, RetrainSettings.Default);

    /// <summary>Nothing.</summary>
    public static RecommendSettings Off { get; } = new(false, false, null);
}

/// <summary>How often it is recommended to train a model anew.</summary>
/// <param name="CoolDown">Not before so long after the last one was recommended, decided on, done or given up.</param>
/// <param name="Most">Not more than so many ...</param>
/// <param name="Per">... in so long.</param>
public sealed record RetrainSettings(Duration CoolDown, int Most, Duration Per)
{
    /// <summary>What holds where the config says nothing.</summary>
    public static RetrainSettings Default { get; } = new(Duration.FromDays(7), 1, Duration.FromDays(30));
}
