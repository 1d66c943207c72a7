using System.Globalization;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>
/// Judges rows whose versions have no counts of their own: they mix too many versions to be judged further, and the model's owner must
/// know. A statistic of the whole model, like those of <see cref="LossJudge"/>, but its rule cannot be turned off.
/// </summary>
public static class VersionBound
{
    /// <summary>How many rows of a window are of versions without counts of their own.</summary>
    public const string OtherVersions = "other_versions";

    /// <summary>Speaks at the first such row.</summary>
    public static Rule Rule { get; } = new(OtherVersions, null, null, OtherVersions, null, new Alarm(AlarmKind.Above, 0), Severity.Warning);

    /// <summary>The number of such rows, drifting where there is one.</summary>
    internal static JudgedStatistic Judge(Losses window)
    {
        bool speaks = window.OtherVersions > 0;
        return JudgedStatistic.OfCount(OtherVersions, window.OtherVersions, window.Rows, Rule.Id, speaks ? Judgement.Drifting : Judgement.Steady);
    }

    /// <summary>Why the window of the other versions is unjudged.</summary>
    /// <param name="bound">How many versions have counts of their own.</param>
    public static string Why(int bound) => $"rows of all versions but the first {Digits(bound)} (limits.versions), counted together: raise limits.versions, "
        + "or, where the version column holds a time or an id, correct columns.version";

    /// <summary>One sentence for the owner.</summary>
    /// <param name="window">What the window holds.</param>
    /// <param name="bound">How many versions have counts of their own.</param>
    public static string Summary(Losses window, int bound)
    {
        string share = ((double)window.OtherVersions / window.Rows).ToString("P1", CultureInfo.InvariantCulture);
        return $"{Digits(window.OtherVersions)} of {Digits(window.Rows)} rows ({share}) are unjudged: {Why(bound)}";
    }

    private static string Digits(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
