using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Host.History;

namespace DriftStream.Host.Pages;

/// <summary>One KPI over the windows of a strip, and in the one that is looked at.</summary>
/// <param name="Kind">The windows that say it.</param>
/// <param name="Course">Its values; the reference is the target.</param>
/// <param name="Now">As the verdict has it; null where it has none.</param>
/// <param name="Span">The window that is looked at.</param>
public sealed record KpiView(string Id, KnownKind Kind, NumberCourse Course, JsonElement? Now, string Span)
{
    public string Name => Shown.Name(Text ?? Id.Replace('_', ' '));

    public bool IsShare => Now is { } now && now.TryGetProperty("rows_short", out _);

    public string Format => IsShare ? "0.## %" : "#,0.###";

    /// <summary><c>at least 30 %</c>.</summary>
    public string Target => Number("at_least") is { } least ? $"at least {Shown.Number(least, Format)}" : $"at most {Shown.Number(Number("at_most"), Format)}";

    /// <summary>How many windows of the strip miss the target.</summary>
    public int Missed => Course.Points.Count(p => p.Judgement == RankedJudgement.Drifting);

    private string? Text => Now is { } now ? Shown.Text(now, "text") : null;

    private double? Number(string name) => Now is { } now ? Shown.Value(now, name) : null;

    /// <param name="kind">The windows that say it.</param>
    /// <param name="own">Those windows.</param>
    /// <param name="strip">Those of the page: numbers are drawn at their places.</param>
    /// <param name="at">The window that is looked at.</param>
    internal static IEnumerable<KpiView> Of(KnownKind kind, StripView own, StripView strip, WindowView? at)
    {
        Dictionary<string, JsonElement> now = at is null ? []
            : Shown.Items(at.Json, "kpis").ToDictionary(k => SubjectNames.OfKpi(Shown.Text(k, "id") ?? ""), StringComparer.Ordinal);
        return own.Numbers.Where(r => r.Kind == StripKind.Kpi).OrderByDescending(r => r.Drifting > 0).ThenBy(r => r.Name, StringComparer.Ordinal)
            .Select(r => new KpiView(
                r.Name[SubjectNames.OfKpi("").Length..], kind, PerformanceView.Course(r, own, strip), now.TryGetValue(r.Name, out JsonElement of) ? of : null,
                at is null ? "" : at.Version.Length == 0 ? at.Span : $"{at.Span}, version {Shown.Name(at.Version)}"));
    }
}
