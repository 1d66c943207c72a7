using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Host.Compare;

/// <summary>A decile group, a category, or what is no value: its rows in both samples.</summary>
/// <param name="Name">As people read it.</param>
/// <param name="Apart">It is missing, NaN, unseen, or the sum of many small categories.</param>
/// <param name="Reference">Rows of the reference.</param>
/// <param name="Window">Rows of the window.</param>
internal sealed record DistributionPart(string Name, bool Apart, long Reference, long Window);

/// <summary>One signal in the reference and in a window, in as few parts as can be drawn.</summary>
internal sealed record Distribution(ImmutableArray<DistributionPart> Parts, long ReferenceRows, long WindowRows)
{
    private const int MostCategories = 16;

    /// <summary>A signal in a window that was counted by the baseline's own layout.</summary>
    public static Distribution Of(BaselineSignal signal, Calendar? calendar, ClosedWindow window)
    {
        ImmutableArray<long> reference = signal.CountsIn(calendar, window.Start, window.End);
        ImmutableArray<long> counts = window.Counts.TryGetValue(signal.Key, out WindowCounts? of) && of.TryGet(signal.Layout, out ImmutableArray<long> cells)
            ? cells : [.. new long[signal.Layout.Cells]];
        var pair = new CountPair(signal.Layout, reference.AsSpan(), counts.AsSpan());
        CellGroups groups = CellGroups.Of(pair);
        if (groups.Dependence is { } dependence) return Of(dependence);
        int values = groups.Count - 2; // then unseen or NaN, and missing
        int[] shown = signal.Layout.Kind == LayoutKind.Numeric || values <= MostCategories
            ? [.. Enumerable.Range(0, values)]
            : Largest(groups, values, pair.ReferenceRows, pair.WindowRows);
        var parts = shown.Select(g => new DistributionPart(groups.Name(g), false, groups.Reference[g], groups.Window[g])).ToList();
        int[] rest = [.. Enumerable.Range(0, values).Except(shown)];
        if (rest.Length > 0)
            parts.Add(new DistributionPart($"{rest.Length} others", true, rest.Sum(g => groups.Reference[g]), rest.Sum(g => groups.Window[g])));
        for (int g = values; g < groups.Count; g++) parts.Add(new DistributionPart(groups.Name(g), true, groups.Reference[g], groups.Window[g]));
        return new Distribution([.. parts.Where(p => p.Reference + p.Window > 0)], pair.ReferenceRows, pair.WindowRows);
    }

    // Of a pair the cells that changed most, beside what is to be expected of them.
    private static Distribution Of(JointDependence dependence)
    {
        (long reference, long window) = (dependence.Reference.Rows, dependence.Window.Rows);
        return new Distribution(
            [.. dependence.Cells.Select(c => new DistributionPart(c.Cell, false, Rows(c.Expected, reference), Rows(c.Share, window)))], reference, window);

        static long Rows(double share, long of) => (long)Math.Round(share * of);
    }

    /// <summary>0 to 1; 0 where there are no rows.</summary>
    public double ReferenceShare(DistributionPart part) => ReferenceRows == 0 ? 0 : (double)part.Reference / ReferenceRows;

    /// <inheritdoc cref="ReferenceShare"/>
    public double WindowShare(DistributionPart part) => WindowRows == 0 ? 0 : (double)part.Window / WindowRows;

    // The categories that are large in either sample, in the layout's order.
    private static int[] Largest(CellGroups groups, int values, double referenceRows, double windowRows) =>
    [
        .. Enumerable.Range(0, values)
            .OrderByDescending(g => Math.Max(groups.Reference[g] / Math.Max(1, referenceRows), groups.Window[g] / Math.Max(1, windowRows)))
            .Take(MostCategories).Order(),
    ];
}

/// <summary>One signal over all windows of a comparison.</summary>
/// <param name="Signal">As the baseline has it.</param>
internal sealed record ReportedSignal(BaselineSignal Signal)
{
    private readonly List<(string Window, Judgement Judgement, double? Psi)> _history = [];

    /// <summary>Its worst window: what is shown of it.</summary>
    public JudgedSignal Worst { get; private set; } = null!;

    /// <summary>The name of that window.</summary>
    public string Window { get; private set; } = "";

    /// <summary>The distributions of that window.</summary>
    public Distribution Shares { get; private set; } = null!;

    /// <summary>All windows in their order.</summary>
    public IReadOnlyList<(string Window, Judgement Judgement, double? Psi)> History => _history;

    public void Add(Verdict verdict, JudgedSignal judged, Calendar? calendar)
    {
        string window = ComparisonText.WindowName(verdict);
        _history.Add((window, judged.Judgement, WorstFirst.Psi(judged)?.Value));
        // A last, short window tells less of a signal than a steady one.
        if (Worst is not null && Told(judged).CompareTo(Told(Worst)) >= 0) return;
        (Worst, Window, Shares) = (judged, window, Distribution.Of(Signal, calendar, verdict.Window));
    }

    private static (int, double, double) Told(JudgedSignal judged)
    {
        (int rank, double p, double effect) = WorstFirst.Key(judged);
        return (judged.Judgement is Judgement.Insufficient ? int.MaxValue : rank, p, effect);
    }
}
