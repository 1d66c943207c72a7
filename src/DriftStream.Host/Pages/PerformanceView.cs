using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Host.History;
using DriftStream.Host.Reading;
using DriftStream.Statistics;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>A number over the windows of a strip.</summary>
/// <param name="Reference">What it is in the baseline; null where that is not known.</param>
/// <param name="Now">In the last window that has it.</param>
public sealed record NumberCourse(string Name, ImmutableArray<LinePoint> Points, double? Reference, double? Now);

/// <summary>So many rows, and of how many of them the label is known.</summary>
public readonly record struct LabelCount(long Rows, long Known)
{
    public double? Share => Rows == 0 ? null : (double)Known / Rows;
}

/// <summary>Of how many rows the label is known: of all, of those that the model selected, and of the others.</summary>
public readonly record struct LabelCounts(LabelCount All, LabelCount Selected, LabelCount Others)
{
    /// <param name="labels">As in a verdict.</param>
    internal static LabelCounts Of(JsonElement labels)
    {
        LabelCount all = new(Of("rows"), Of("known")), selected = new(Of("selected_rows"), Of("selected_known"));
        // Where nothing is selected, as of a model without a decision, nothing else is known of the others.
        return new LabelCounts(all, selected, selected.Rows == 0 ? default : new LabelCount(all.Rows - selected.Rows, all.Known - selected.Known));

        long Of(string name) => (long)(Shown.Value(labels, name) ?? 0);
    }
}

/// <summary>How well a model does: over time, and in one window.</summary>
/// <param name="Kind">The windows that say so.</param>
/// <param name="Metrics">Those that a rule looks at; without one those that are usual.</param>
/// <param name="Labels">The share of rows whose label is known, of all, of the selected and of the others.</param>
/// <param name="At">The window of which all metrics are shown.</param>
/// <param name="Waiting">How many windows of the strip wait for their labels.</param>
public sealed record PerformanceView(
    KnownKind Kind, ImmutableArray<NumberCourse> Metrics, ImmutableArray<NumberCourse> Labels, WindowView At, int Waiting)
{
    /// <summary>Shares that are so far apart say that labels depend on what they are to judge.</summary>
    private const double Apart = 0.1;

    private static readonly JsonElement Nothing = JsonDocument.Parse("{}").RootElement;

    private static readonly string[] Usual =
        ["accuracy", "precision", "recall", "roc_auc", "mae", "r2", "macro_f1", "estimated_accuracy", "estimated_recall"];

    private static readonly string[] Whose =
        [VerdictStrip.AllLabels, VerdictStrip.LabelsOfSelected, VerdictStrip.LabelsOfOthers];

    /// <summary>The metrics of the window that have a value or a rule, as the verdict has them; then those that are estimated.</summary>
    public IEnumerable<(string Name, JsonElement Metric)> InWindow => Shown.Items(Performance, "metrics").Select(m => (Prefix: "", Metric: m))
        .Concat(Shown.Items(Estimate, "metrics").Select(m => (Prefix: VerdictStrip.Estimated, Metric: m)))
        .Where(m => Shown.Value(m.Metric, "value") is not null || m.Metric.TryGetProperty("judgement", out _))
        .Select(m => (m.Prefix + Shown.Text(m.Metric, "name"), m.Metric));

    /// <summary>The labels of these rows come later: all that is known is estimated.</summary>
    public bool AwaitsLabels => !Shown.Items(Performance, "metrics").Any();

    private JsonElement Estimate => Performance.TryGetProperty("estimated", out JsonElement estimated) ? estimated : Nothing;

    /// <summary>Of all rows, then by the values of each group of which a rule asks for labels.</summary>
    public IEnumerable<(string Name, LabelCounts Labels)> Coverage =>
        ByGroup.SelectMany(g => g.By.Select(v => ($"{g.Group}: {v.Value}", v.Labels))).Prepend(("all rows", All)).Take(200);

    /// <summary>What wrong decisions cost, and what one costs by the model's <c>goal</c>; null where nobody says so, or nothing is known of them.</summary>
    public (string Cost, string Each)? Cost => PerformanceLines.Cost(Performance) is { } cost && Performance.GetProperty("cost") is var each
        ? (char.ToUpperInvariant(cost[0]) + cost[1..],
            $"One false positive costs {Each(each, "false_positive")}, one false negative {Each(each, "false_negative")}.")
        : null;

    private static string Each(JsonElement cost, string error) => $"{Shown.Number(Shown.Value(cost, error), "0.##")} {Shown.Text(cost, "unit")}";

    /// <summary>What the coverage means for whoever reads the numbers beside it.</summary>
    public IEnumerable<string> Meaning
    {
        get
        {
            if (Shown.Text(Estimate, "void") is { } vain) yield return $"What is estimated means nothing: {vain}.";
            else if (Shown.Text(Estimate, "about") is { } about) yield return $"What is estimated follows {about}.";
            if (AwaitsLabels) yield break;
            if (All.All.Rows == 0) yield return "The window has no row.";
            else if (All.All.Known == 0) yield return "No label is known, so nothing can be said of how well the model does.";
            else if (All.All.Known == All.All.Rows) yield return "The label of every row is known: what is said is of all of them.";
            else yield return "What is said is of the rows whose label is known; of the others it is true only if they are like these.";
            if (All is { Selected.Share: { } selected, Others.Share: { } others } && Math.Abs(selected - others) >= Apart)
            {
                string shares = $"{Shown.Percent(selected)} of the selected, {Shown.Percent(others)} of the others";
                yield return selected > others
                    ? $"They may well not be: labels are known more often of those whom the model selected ({shares}), so whom it wrongly turned away is "
                        + "seen too rarely. Recall, accuracy and comparisons of groups may look better than they are."
                    : $"They may well not be: labels are known more often of those whom the model did not select ({shares}), so what is said of its "
                        + "choices rests on few of them.";
            }

            foreach (var (_, by) in ByGroup)
            {
                var known = by.Where(v => v.Labels.All.Share is not null).OrderBy(v => v.Labels.All.Share).ToArray();
                if (known.Length < 2 || known[^1].Labels.All.Share - known[0].Labels.All.Share < Apart) continue;
                yield return $"Labels are known more often of {known[^1].Value} than of {known[0].Value}: a comparison of the two is of unlike samples.";
            }
        }
    }

    private LabelCounts All => LabelCounts.Of(Performance.TryGetProperty("labels", out JsonElement labels) ? labels : Nothing);

    private IEnumerable<(string Group, ImmutableArray<(string Value, LabelCounts Labels)> By)> ByGroup => At.Groups
        .Select(g => (g.Group, By: Shown.Items(g.Json, "labels_by").Select(v => (Shown.Text(v, "value") ?? "", LabelCounts.Of(v))).ToImmutableArray()))
        .Where(g => !g.By.IsEmpty).DistinctBy(g => g.Group);

    /// <param name="own">The windows that say it.</param>
    /// <param name="strip">Those of the page: numbers are drawn at their places.</param>
    /// <param name="at">The window of which all metrics are shown.</param>
    /// <returns>Null where the windows say nothing of it.</returns>
    internal static PerformanceView? Of(KnownKind kind, StripView own, StripView strip, WindowView? at)
    {
        if (own.Numbers.IsEmpty || at is null || !at.Json.TryGetProperty("performance", out _)) return null;
        StripRow[] metrics = [.. own.Numbers.Where(r => r.Kind == StripKind.Metric && r.Name != AttributionRanking.Name)];
        StripRow[] ruled = [.. metrics.Where(r => r.Cells.Any(c => c is { IsDrawn: true }))];
        StripRow[] shown = ruled.Length > 0 ? ruled : [.. metrics.Where(r => Usual.Contains(r.Name))];
        EventTime last = own.Columns[^1].End;
        return new PerformanceView(
            kind, [.. shown.Select(r => Course(r, own, strip))],
            [
                .. Whose.Select(w => own.Numbers.FirstOrDefault(r => r.Kind == StripKind.Labels && r.Name == w)).OfType<StripRow>()
                    .Select(r => Course(r, own, strip)),
            ],
            at, strip.Columns.Count(c => c.End > last));
    }

    private JsonElement Performance => At.Json.TryGetProperty("performance", out JsonElement performance) ? performance : Nothing;

    internal static NumberCourse Course(StripRow row, StripView own, StripView strip)
    {
        Dictionary<EventTime, StripCell?> cells = own.Columns.Select((c, i) => (c.End, row.Cells[i])).ToDictionary();
        StripCell? last = row.Last;
        return new NumberCourse(row.Name, [.. strip.Columns.Select(c => Point(c, cells.GetValueOrDefault(c.End)))], last?.Value?.Reference, last?.Value?.Value);

        static LinePoint Point(StripColumn column, StripCell? cell) => new(
            column.Span, Shown.Time(column.Start), cell?.Value?.Value, cell?.Value?.Low, cell?.Value?.High, cell?.Judgement ?? RankedJudgement.Unjudged);
    }
}
