using System.Collections.Immutable;
using DriftStream.Host.History;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>A window of a report: those of its signals in which the change was largest.</summary>
public sealed record ReportedWindow(WindowView At, ImmutableArray<SignalView> Signals);

/// <summary>What a report tells of a model.</summary>
/// <param name="Windows">The worst window of each signal that drifted.</param>
/// <param name="WindowsLeftOut">How many windows drifted that are not among them.</param>
/// <param name="Episodes">Those that were on in the time of the report, oldest first.</param>
/// <param name="PrivacyRows">Cells of fewer rows are not told by themselves.</param>
public sealed record ReportView(
    ModelView Model, EventTime From, EventTime To, ImmutableArray<ReportedWindow> Windows, int WindowsLeftOut, ImmutableArray<EpisodeView> Episodes,
    int PrivacyRows)
{
    /// <summary>The most windows that a report draws, and the most signals that it shows in full.</summary>
    public const int MostWindows = 365, MostSignals = 40;

    /// <param name="model">The model's id.</param>
    /// <param name="window">The name of its windows; null for the shortest.</param>
    /// <param name="from">Windows that end later; null for as many as are drawn.</param>
    /// <param name="to">Windows that end by then; null for all.</param>
    /// <returns>Null where no window is known.</returns>
    internal static ReportView? Of(Site site, string model, string? window, EventTime? from, EventTime? to)
    {
        var query = new ModelQuery(model, window, to, MostWindows, null, null, null, true);
        if (site.Model(query) is not { Strip.Columns.IsEmpty: false } whole) return null;
        EventTime begin = from ?? whole.Strip.Columns[0].Start;
        ImmutableArray<KnownWindow> range = [.. site.History.Range(model, new WindowRange(whole.Query.Window, to, MostWindows)).Where(w => w.End > begin)];
        if (range.IsEmpty) return null;
        EventTime end = range[^1].End;
        ImmutableArray<KnownEpisode> episodes = [.. whole.Episodes.Where(e => e.Since < end && (e.IsOpen || e.End > begin)).OrderBy(e => e.Since)];
        StripView strip = StripView.Of(range, episodes, true);
        (ImmutableArray<ReportedWindow> windows, int leftOut) = Worst(site, model, whole.Query.Window!, strip);
        WindowView? last = WindowView.Of(site.History.Verdicts(model, whole.Query.Window!, end), null);
        KnownKind kind = whole.Windows.First(w => w.Name == whole.Query.Window);
        return new ReportView(
            whole with
            {
                Strip = strip,
                Episodes = episodes,
                At = last,
                Kpis = site.Kpis(query with { To = end }, kind, strip, last, whole.Windows),
                Performance = site.Performance(query with { To = end }, kind, strip, last, whole.Windows),
            },
            EventTime.Max(begin, range[0].Start), end, windows, leftOut,
            [.. episodes.Select(e => site.Episode(e.Id)).OfType<EpisodeView>()], site.Plan.PrivacyRows);
    }

    private static (ImmutableArray<ReportedWindow>, int) Worst(Site site, string model, string window, StripView strip)
    {
        var worst = strip.Rows.Where(r => r.IsOfSignal && r.Drifting > 0).Take(MostSignals).Select(row => (
            row.Name, Column: Enumerable.Range(0, row.Cells.Length).Where(i => row.Cells[i]?.Judgement == RankedJudgement.Drifting)
                .MaxBy(i => row.Cells[i]!.Size ?? 0)));
        var windows = ImmutableArray.CreateBuilder<ReportedWindow>();
        foreach (var column in worst.GroupBy(w => w.Column).OrderBy(g => g.Key))
        {
            if (WindowView.Of(site.History.Verdicts(model, window, strip.Columns[column.Key].End), null) is not { } at) continue;
            windows.Add(new ReportedWindow(at, [.. at.Signals.Where(s => column.Any(c => c.Name == s.Name))]));
        }

        return (windows.ToImmutable(), strip.Columns.Count(c => c.Judgement == RankedJudgement.Drifting) - windows.Count);
    }
}
