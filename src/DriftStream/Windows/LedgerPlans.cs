namespace DriftStream.Windows;

/// <summary>The plan that windows close by, and those of the counters that wrote about a segment.</summary>
internal sealed class LedgerPlans
{
    private readonly Func<long, WindowingSettings> _plans;

    /// <param name="plans">The settings of the plan at an offset of the plan topic.</param>
    /// <param name="epoch">Offset of the plan to start with.</param>
    public LedgerPlans(Func<long, WindowingSettings> plans, long epoch) => (_plans, Settings, Epoch) = (plans, plans(epoch), epoch);

    /// <summary>Offset in the plan topic of the plan that windows close by. Never goes back.</summary>
    public long Epoch { get; private set; }

    /// <summary>Settings of that plan.</summary>
    public WindowingSettings Settings { get; private set; }

    /// <summary>Settings of any plan, by its offset.</summary>
    public WindowingSettings At(long epoch) => _plans(epoch);

    public void Adopt(long epoch) => (Settings, Epoch) = (_plans(epoch), epoch);

    /// <summary>Rows of a source topic have the same fates and panes under both plans: their counts differ only in cells.</summary>
    public bool HaveSameFates(long left, long right, string topic) =>
        left == right || _plans(left).Fates.GetValueOrDefault(topic) == _plans(right).Fates.GetValueOrDefault(topic);
}
