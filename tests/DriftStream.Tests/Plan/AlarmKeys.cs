using DriftStream.Judging;

namespace DriftStream.Tests.Plan;

/// <summary>What the reader calls the kinds of alarms.</summary>
internal static class AlarmKeys
{
    /// <summary>In the order of <see cref="AlarmKind"/>.</summary>
    public static string[] All { get; } =
        Configs.Read(Configs.WithModel("rules: [{ signal: AGEP, statistic: psi, alarm: { min_rows: 1 } }]"))
            .Findings.Single(f => f.Code == "bad_alarm").Expected!["one of ".Length..].Split(", ");

    public static string Of(AlarmKind kind) => All[(int)kind];

    /// <summary>The keys of an alarm whose limit is so much.</summary>
    public static string Text(AlarmKind kind, string limit) => kind == AlarmKind.Trend ? $"trend: cusum, threshold: {limit}"
        : kind == AlarmKind.Detector ? "detector: ddm" : $"{Of(kind)}: {limit}";
}
