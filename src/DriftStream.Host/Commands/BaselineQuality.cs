using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using DriftStream.Statistics;

namespace DriftStream.Host.Commands;

/// <summary>What the rows of a baseline can tell and what they cannot, for people and as JSON.</summary>
internal static class BaselineQuality
{
    /// <summary>The most signals that people are shown.</summary>
    private const int Most = 10;

    /// <summary>A table of the signals that there is something to say about, the worst first; empty where there are none.</summary>
    public static IEnumerable<string> Table(Baseline baseline, ImmutableArray<string> distinct)
    {
        var told = new List<(ReferenceQuality Quality, string Text)>();
        foreach (ReferenceQuality quality in ReferenceQuality.Of(baseline))
        {
            string[] problems = [.. quality.Problems, .. Id(quality, distinct)];
            if (problems.Length > 0) told.Add((quality, string.Join("; ", problems)));
        }

        if (told.Count == 0) yield break;
        int width = Math.Max("signal".Length, told.Take(Most).Max(t => Printable.Of(t.Quality.Signal).Length));
        yield return $"{"signal".PadRight(width)}  bins  most frequent";
        foreach ((ReferenceQuality quality, string text) in told.Take(Most))
        {
            string bins = quality.Bins?.ToString(CultureInfo.InvariantCulture) ?? "";
            string frequent = quality.Heaviest is null ? "" : string.Create(CultureInfo.InvariantCulture,
                $"{Printable.Of(quality.Heaviest)} ({quality.HeaviestShare:0.0 %}{(quality.Heavy > 1 ? $", {quality.Heavy} above 5 %" : "")})");
            yield return $"{Printable.Of(quality.Signal).PadRight(width)}  {bins,4}  {frequent,-24}  {Printable.Of(text)}";
        }

        if (told.Count > Most) yield return $"... and {told.Count - Most} more (--json)";
    }

    /// <summary>Where the order of the rows comes from, and what it shows.</summary>
    /// <param name="result">What was built.</param>
    /// <param name="time">The column of times, or null.</param>
    public static string Order(BaselineResult result, string? time)
    {
        Baseline baseline = result.Baseline!;
        if (result.SortedBy is { } sorted)
            return $"order: the rows are sorted by {Printable.Of(sorted)}, so it shows nothing of how rows of a stream are alike, and protects from nothing";
        string from = time is null ? "that of the rows (columns.time is not set)" : $"by the times in {Printable.Of(time)}";
        int alike = baseline.Signals.Count(s => !s.Clusters.IsEmpty), of = baseline.Signals.Count(s => s.IsColumn);
        return $"order: {from}; {(alike > 0 ? $"neighbouring rows are alike in {alike} of {of} signals" : NoClusters(baseline))}";
    }

    /// <summary>Why no signal shows that its rows are alike. Nobody can tell rows that are independent from rows that were shuffled.</summary>
    public static string NoClusters(Baseline baseline) => baseline.Rows < 1000 || baseline.Calendar?.Hours.Min() < 2
        ? "too few rows to tell whether neighbours are alike"
        : baseline.Calendar is not null
        ? "no signal differs from day to day by more than chance"
        : "no signal's rows are alike: independent rows, or a file that was shuffled or sorted, which protects from no cycle or cluster of the stream";

    /// <summary>Warnings of a configuration's baselines, each at its model.</summary>
    public static IEnumerable<Finding> Warnings(string file, PlanResult result)
    {
        Dictionary<string, EntryEstimate> places = result.Entries.ToDictionary(e => e.Model, StringComparer.Ordinal);
        foreach (ModelPlan model in result.Plan?.Models ?? [])
        {
            Baseline baseline = model.Judgement.Baseline;
            if (baseline.ToLearn is not null) continue;
            EntryEstimate at = places[model.Id];
            if (ReferenceQuality.TooFew(baseline.Rows, model.Windows.Windows.Min(w => w.MinRows)) is { } few)
            {
                yield return Warning(
                    "baseline_small", $"the baseline of '{model.Id}' has {few}", "more reference rows; a window has window.min_rows rows at least");
            }

            string[] useless = [.. ReferenceQuality.Of(baseline).Where(q => q.IsUseless).Select(q => $"{q.Signal} ({q.Problems[0]})")];
            if (useless.Length > 0)
            {
                yield return Warning(
                    "baseline_useless", $"by the baseline of '{model.Id}' nothing can be said of {string.Join(", ", useless.Take(Most))}",
                    "leave them out: features: { except: [...] }");
            }

            Finding Warning(string code, string message, string hint) =>
                new(code, FindingSeverity.Warning, at.File ?? file, at.Line, at.Column, message, null, hint);
        }
    }

    /// <summary>For JSON: all signals, the worst first.</summary>
    public static IEnumerable<object> Document(Baseline baseline, ImmutableArray<string> distinct) =>
        ReferenceQuality.Of(baseline).Select(q => new
        {
            signal = q.Signal,
            bins = q.Bins,
            heavy = q.Heavy,
            heaviest = q.Heaviest,
            heaviest_share = q.HeaviestShare,
            problems = q.Problems.Concat(Id(q, distinct)),
        });

    private static IEnumerable<string> Id(ReferenceQuality quality, ImmutableArray<string> distinct) =>
        distinct.Contains(quality.Signal) ? ["whole numbers, none of them twice: a time, or an id that drifts by itself"] : [];
}
