using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Host.Compare;

/// <summary>What a comparison was of, for the head of a report.</summary>
/// <param name="Reference">The file of the reference.</param>
/// <param name="Current">The file that was judged.</param>
/// <param name="Model">The model's id, or a name for the comparison.</param>
/// <param name="Version">The model's version, or empty.</param>
/// <param name="Baseline">The reference.</param>
/// <param name="At">When it was made.</param>
/// <param name="Program">The version of DriftStream.</param>
internal sealed record ReportHead(string Reference, string Current, string Model, string Version, Baseline Baseline, DateTimeOffset At, string Program);

/// <summary>
/// All windows of a comparison, gathered for documents that need the whole: without counts, of which only those of each signal's worst window are kept.
/// </summary>
internal sealed class ComparisonReport(ReportHead head)
{
    private readonly List<Verdict> _verdicts = [];
    private readonly Dictionary<string, ReportedSignal> _signals =
        head.Baseline.Signals.Where(s => s.IsSignal).ToDictionary(s => s.Name, s => new ReportedSignal(s), StringComparer.Ordinal);

    public ReportHead Head { get; } = head;

    /// <summary>In the order of their windows; their counts are empty, and of slices there are those that drift.</summary>
    public IReadOnlyList<Verdict> Verdicts => _verdicts;

    public long Rows => _verdicts.Sum(v => v.Window.Rows);

    /// <summary>Worst first. None where no window was judged.</summary>
    public IEnumerable<ReportedSignal> Signals => _signals.Values.Where(s => s.History.Count > 0).OrderBy(s => WorstFirst.Key(s.Worst));

    /// <summary>The groups of a name in the worst of its windows, each with that window's name; worst first.</summary>
    public IEnumerable<(string Window, ImmutableArray<JudgedGroup> Of)> Groups => _verdicts
        .SelectMany(v => v.Groups.GroupBy(g => g.Group).Select(g => (Window: ComparisonText.WindowName(v), Of: WorstFirst.Of(g).ToImmutableArray())))
        .GroupBy(g => g.Of[0].Group)
        .Select(windows => windows.MinBy(w => Told(w.Of[0].Statistic.Judgement)))
        .OrderBy(g => WorstFirst.Rank(g.Of[0].Statistic.Judgement));

    /// <summary>Slices that drift in any window: the worst of them, with that window's name and in how many it drifts; worst first.</summary>
    public IEnumerable<(string Window, JudgedSignal Worst, int Windows)> Slices => _verdicts
        .SelectMany(v => v.Slices.Select(s => (Window: ComparisonText.WindowName(v), Of: s)))
        .GroupBy(s => s.Of.Subject, StringComparer.Ordinal)
        .Select(windows => (Worst: windows.MinBy(w => WorstFirst.Key(w.Of)), Count: windows.Count()))
        .Select(s => (s.Worst.Window, s.Worst.Of, s.Count))
        .OrderBy(s => WorstFirst.Key(s.Of));

    public void Add(Verdict verdict)
    {
        foreach (JudgedSignal judged in verdict.Signals) _signals[judged.Signal].Add(verdict, judged, Head.Baseline.Calendar);
        _verdicts.Add(verdict with
        {
            Window = verdict.Window with { Counts = ImmutableSortedDictionary<string, WindowCounts>.Empty },
            Slices = [.. verdict.Slices.Where(s => s.Judgement == Judgement.Drifting)],
        });
    }

    private static int Told(Judgement judgement) => judgement is Judgement.Insufficient ? int.MaxValue : WorstFirst.Rank(judgement);
}
