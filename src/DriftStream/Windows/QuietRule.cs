using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>What a partition in which nothing comes does to time.</summary>
/// <param name="IdleAfter">For how long a quiet partition holds the others back.</param>
/// <param name="IdleLease">An idle claim that is older than this, against the greatest stamp seen, has lapsed.</param>
/// <param name="CloseAfterIdle">How long every partition must be silent before time moves without a row.</param>
public sealed record QuietRule(Duration IdleAfter, Duration IdleLease, Duration CloseAfterIdle);
