using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads <c>baseline: { learn: 7d }</c>.</summary>
internal static class LearnSection
{
    public const string Key = "learn";

    /// <summary>How much of the model's first rows its baseline is learned from; null where it is not learned.</summary>
    public static Duration? Read(ConfigMap baseline, CalendarKind? calendar)
    {
        if (baseline.Find(Key) is not { } at) return null;
        if (baseline.Values.Duration(at, baseline.Of(Key), EventTime.Minute, PlanLimits.LongestDuration) is not { } first) return null;
        if (baseline.Find("hash") is { } pin)
        {
            baseline.Findings.Error(pin, "bad_baseline", $"{baseline.Of("hash")} pins a baseline that is still to be learned", null,
                "once it is learned: driftstream baseline fetch writes it to a file, to be named and pinned here instead of learn");
        }

        if (calendar is { } kind && first < 2 * Calendar.Slots(kind) * EventTime.Hour)
        {
            baseline.Findings.Warn(at, "calendar_thin",
                $"the first {at.Text} bring each hour of {Calendar.Name(kind)} less than twice", $"learn: {Calendar.Slots(kind) * 2 / 24}d or more",
                "windows are compared with one day alone, or are insufficient");
        }

        return first;
    }
}
