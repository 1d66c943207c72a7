namespace DriftStream.Statistics;

/// <summary>
/// A number with its meaning, but without a threshold. What is undefined (an empty sample, a zero denominator) is null, never 0 or NaN.
/// </summary>
/// <param name="Name">The statistic's name in the config and in every message.</param>
/// <param name="Convention">How it was computed, where tools disagree, or null.</param>
/// <param name="Value">The value, or null where it is undefined.</param>
/// <param name="Low">Lower end of its interval: what the counts leave open, or a confidence interval where one was asked for.</param>
/// <param name="High">Upper end of its interval; null beside a <paramref name="Low"/> where the counts give no bound.</param>
/// <param name="PValue">At least 1e-300; null where the statistic has none.</param>
/// <param name="Test">The test that gave the p-value, or null.</param>
/// <param name="ReferenceRows">Rows of the baseline behind it.</param>
/// <param name="WindowRows">Rows of the window behind it.</param>
public sealed record Statistic(
    string Name,
    string? Convention,
    double? Value,
    double? Low,
    double? High,
    double? PValue,
    string? Test,
    long ReferenceRows,
    long WindowRows)
{
    /// <summary>
    /// The p-value that a rule goes by, where rows are alike (<see cref="CountPair.Design"/>) and <see cref="PValue"/> is that of independent ones because the
    /// test is a named one of other libraries; otherwise null.
    /// </summary>
    public double? PValueOfAlike { get; init; }

    /// <summary>The p-value that a rule goes by; null where the statistic has none.</summary>
    internal double? PValueOfRule => PValueOfAlike ?? PValue;

    /// <summary>The least p-value that is reported, so that JSON readers never meet a denormal or a zero.</summary>
    public const double LeastPValue = 1e-300;

    internal static Statistic Of(string name, string? convention, double? value, in CountPair pair) =>
        new(name, convention, value, null, null, null, null, pair.ReferenceRows, pair.WindowRows);

    internal static double? Reported(double? p) => p is { } known ? Math.Clamp(known, LeastPValue, 1) : null;
}
