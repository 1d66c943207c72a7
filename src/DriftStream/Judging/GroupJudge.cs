using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges the fairness tables of a window.</summary>
internal static class GroupJudge
{
    /// <summary>Groups with fewer rows are not judged, unless a rule says otherwise.</summary>
    internal const long DefaultMinRows = 100;

    private const int MostNamed = 5;

    /// <summary>One verdict for each rule that looks at the group; unjudged ones where no rule does, or where all are to be shown.</summary>
    public static IEnumerable<JudgedGroup> Judge(SignalReading reading, ClosedWindow window, JudgementSettings settings)
    {
        // Whoever asks for everything has the rows.
        var table = new GroupTable(reading, settings.ShowAll ? 0 : settings.PrivacyRows);
        var looked = new HashSet<string>();
        foreach (Rule rule in settings.Rules)
        {
            if (rule.Group != "*" && rule.Group != table.Group.Name) continue;
            if (rule.Alarm.Form.IsCalibrated || rule.Alarm.Form.Remembers) continue;
            if (StatisticCatalog.Find(rule.Statistic, rule.Convention, LayoutKind.Table) is not { } entry) continue;
            looked.Add(rule.Statistic);
            yield return Judge(table, window, rule, entry);
        }

        if (!settings.ShowAll && looked.Count > 0) yield break;
        foreach (CatalogEntry entry in StatisticCatalog.Entries.Where(e => e.Suits(LayoutKind.Table) && !looked.Contains(e.Name)))
        {
            if (settings.ShowAll ? entry.NeedsLabel && !table.Group.Layout.Labelled : entry.Name != StatisticCatalog.UsualOfGroups) continue;
            GroupDisparity? disparity = table.Window(entry, DefaultMinRows, null, null);
            yield return table.Judged(entry, Look.Unjudged(table.Statistic(entry, null, disparity)), null, disparity);
        }
    }

    private static JudgedGroup Judge(GroupTable table, ClosedWindow window, Rule rule, CatalogEntry entry)
    {
        Alarm alarm = rule.Alarm;
        long minRows = alarm.MinRows ?? DefaultMinRows;
        GroupDisparity? disparity = table.Window(entry, minRows, alarm.Confidence, rule.Reference);
        (Judgement judgement, string? why) = Judge();
        if (window.Rows >= window.Window.MinRows)
            why = string.Join("; ", new[] { why, LeftOut(table, entry, disparity, minRows, alarm.Confidence), Unlabelled(table, entry) }.OfType<string>());
        return table.Judged(entry, Look.Judged(table.Statistic(entry, alarm.Confidence, disparity), rule.Id, judgement), why is "" ? null : why, disparity) with
        {
            Moved = judgement == Judgement.Drifting ? RowsMoved.OfGroups(table.Known(table.RatesOf(disparity!.Of)), minRows) : 0,
        };

        (Judgement, string?) Judge()
        {
            if (table.IsMixed) return (Judgement.Insufficient, SignalReading.Mixed);
            if (window.Rows < window.Window.MinRows)
                return (Judgement.Insufficient, $"{window.Rows} rows, fewer than {window.Window.MinRows}");
            if (entry.NeedsLabel && !table.Group.Layout.Labelled) return (Judgement.Insufficient, "the model has no label");
            if (disparity is null) return (Judgement.Insufficient, Silent(table, entry, rule, minRows));
            double? less = alarm.Form.Measure switch
            {
                AlarmMeasure.Value => 0,
                AlarmMeasure.Change => table.Baseline(entry, minRows, rule.Reference)?.Value,
                AlarmMeasure.PValue => throw new InvalidOperationException("a group has no p-value to calibrate"),
                AlarmMeasure.Trend or AlarmMeasure.Errors => throw new InvalidOperationException("a group has no detectors"),
            };
            if (less is not { } own) return (Judgement.Insufficient, $"{rule.Statistic} of the baseline is undefined");
            (Judgement judged, string? straddles) = Look.Threshold(alarm, rule.Statistic, disparity.Value - own, disparity.Low - own, disparity.High - own);
            return judged == Judgement.Drifting ? (judged, Summary.Of(rule, Summary.OfGroup(table.Group.Name, entry, disparity))) : (judged, straddles);
        }
    }

    private static string Silent(GroupTable table, CatalogEntry entry, Rule rule, long minRows)
    {
        string few = $"fewer than two groups are large enough ({minRows} {Rows(entry.Rates[0])}, {GroupDisparity.LeastEvents} {Events(entry.Rates[0])})";
        if (rule.Reference is null or GroupDisparity.Best or GroupDisparity.Largest) return few;
        foreach (RateOf of in entry.Rates)
        {
            ImmutableArray<GroupRate> by = table.RatesOf(of);
            GroupRate chosen = by.FirstOrDefault(g => g.Value == rule.Reference);
            double least = rule.Alarm.Confidence is null ? minRows : Math.Max(minRows, 0.02 * by.Sum(g => g.Rows));
            if (chosen.Rows < least)
            {
                bool isTold = !table.Together(entry, of).Where((together, i) => together && by[i].Value == rule.Reference).Any();
                return $"the reference {rule.Reference} has {(isTold ? $"{chosen.Rows} {Rows(entry.Rates[0])}, " : "")}fewer than {Math.Ceiling(least)}";
            }
        }

        return few;
    }

    // No group is left out of a comparison without a word.
    private static string? LeftOut(GroupTable table, CatalogEntry entry, GroupDisparity? disparity, long minRows, double? confidence)
    {
        var left = new List<string>();
        RateOf of = disparity?.Of ?? entry.Rates[0];
        ImmutableArray<GroupRate> by = table.RatesOf(of);
        ImmutableArray<bool> together = table.Together(entry, of);
        for (int i = 0; i < by.Length; i++)
        {
            GroupRate g = by[i];
            if (g.Rows == 0) continue;
            if (i >= table.Group.Layout.Categories.Length) left.Add($"{g.Value} ({Look.Rows(g.Rows)}, nobody's group)");
            else if (g.Rows < minRows) left.Add($"{g.Value} ({Number(i)}fewer than {minRows})");
            else if (confidence is not null && disparity is not null && g.Rows * disparity.Reference.Rate < GroupDisparity.LeastEvents)
                left.Add($"{g.Value} ({Number(i)}too few to expect {GroupDisparity.LeastEvents} {Events(of)})");
        }

        return Named(left);

        // The number of all but one that are told together would tell that of the one.
        string Number(int i) => i < together.Length && together[i] ? "" : $"{Look.Rows(by[i].Rows)}, ";
    }

    /// <summary><c>left out: 5 (12 rows, fewer than 100)</c>; null where none is.</summary>
    internal static string? Named(List<string> left)
    {
        if (left.Count == 0) return null;
        IEnumerable<string> named = left.Count > MostNamed ? [.. left.Take(MostNamed), $"{left.Count - MostNamed} more"] : left;
        return "left out: " + string.Join(", ", named);
    }

    // Labels that exist for the selected alone bias all that is said of the others.
    private static string? Unlabelled(GroupTable table, CatalogEntry entry)
    {
        if (!entry.NeedsLabel || table.Coverage is not var (selected, rejected)) return null;
        long rows = selected.Rows + rejected.Rows, labelled = selected.Labelled + rejected.Labelled;
        // Any other value is a negative label: one that is spelled otherwise than the configuration says makes all of them negative.
        if (labelled > 0 && table.RatesOf(RateOf.TruePositive).All(g => g.Rows == 0)) return $"none of {Look.Rows(labelled)} with a label has the positive one";
        if (rows == labelled) return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"labels are known of {Summary.Percent(labelled / (double)rows)} of rows: {Share(selected)} of the selected, {Share(rejected)} of the others");

        static string Share(LabelCoverage of) => of.Share is { } share ? Summary.Percent(share) : "none";
    }

    private static string Rows(RateOf of) => of switch
    {
        RateOf.Selected => "rows",
        RateOf.TruePositive => "rows with a positive label",
        RateOf.FalsePositive => "rows with a negative label",
        RateOf.Precision => "selected rows with a label",
        RateOf.Accuracy => "rows with a label",
    };

    private static string Events(RateOf of) => of switch
    {
        RateOf.Selected or RateOf.TruePositive or RateOf.FalsePositive => "selected",
        RateOf.Precision => "positive labels",
        RateOf.Accuracy => "right decisions",
    };
}

/// <summary>The fairness table of a window, beside the baseline's.</summary>
/// <param name="reading">Its counts.</param>
/// <param name="least">Counts of fewer rows, but at least one, are not told.</param>
internal sealed class GroupTable(SignalReading reading, int least)
{
    private readonly Dictionary<RateOf, ImmutableArray<GroupRate>> _rates = [];

    public BaselineSignal Group => reading.Signal;

    public bool IsMixed => reading.IsMixed;

    /// <summary>Of each value whether it is told together with others, by a statistic's rate.</summary>
    public ImmutableArray<bool> Together(CatalogEntry entry, RateOf of) =>
        SmallValues.Of(RatesOf(of), CoverageBy(entry), Group.Layout.Categories.Length, least);

    /// <summary>How many rows of the window have a label; null where the table has none.</summary>
    public (LabelCoverage Selected, LabelCoverage Rejected)? Coverage =>
        reading.Counts.IsEmpty ? null : GroupRates.Coverage(Group.Layout, reading.Counts.AsSpan());

    /// <summary>The window's groups, missing and unseen last where rows fell there; empty where nothing was counted.</summary>
    public ImmutableArray<GroupRate> RatesOf(RateOf of)
    {
        if (!_rates.TryGetValue(of, out ImmutableArray<GroupRate> by))
            _rates.Add(of, by = reading.Counts.IsEmpty ? [] : GroupRates.Of(Group.Layout, reading.Counts.AsSpan(), of));
        return by;
    }

    /// <summary>The groups without missing and unseen, which are nobody's.</summary>
    public ImmutableArray<GroupRate> Known(ImmutableArray<GroupRate> by) =>
        by.Length > Group.Layout.Categories.Length ? by[..Group.Layout.Categories.Length] : by;

    public GroupDisparity? Window(CatalogEntry entry, long minRows, double? confidence, string? reference) =>
        entry.Compare!([.. entry.Rates.Select(r => Known(RatesOf(r)))], entry.Rates.AsSpan(), minRows, confidence, reference);

    public GroupDisparity? Baseline(CatalogEntry entry, long minRows, string? reference) =>
        entry.Compare!([.. entry.Rates.Select(r => Known(OfBaseline(r)))], entry.Rates.AsSpan(), minRows, null, reference);

    public Statistic Statistic(CatalogEntry entry, double? confidence, GroupDisparity? disparity) =>
        new(entry.Name, confidence is null ? null : entry.Interval, disparity?.Value, disparity?.Low, disparity?.High, null, null,
            entry.Rates.Max(r => OfBaseline(r).Sum(g => g.Rows)), entry.Rates.Max(r => RatesOf(r).Sum(g => g.Rows)));

    public JudgedGroup Judged(CatalogEntry entry, JudgedStatistic statistic, string? why, GroupDisparity? disparity)
    {
        RateOf of = disparity?.Of ?? entry.Rates[0];
        (ImmutableArray<GroupCount> by, ImmutableArray<GroupCoverage> coverage) = SmallValues.Together(RatesOf(of), CoverageBy(entry), Together(entry, of));
        return new(Group.Name, statistic, why, by)
        {
            Least = disparity?.Lowest.Value,
            Of = of,
            Labelled = entry.NeedsLabel ? Coverage : null,
            LabelledBy = coverage,
        };
    }

    private ImmutableArray<GroupCoverage> CoverageBy(CatalogEntry entry) =>
        entry.NeedsLabel && !reading.Counts.IsEmpty ? GroupRates.CoverageBy(Group.Layout, reading.Counts.AsSpan()) : [];

    private ImmutableArray<GroupRate> OfBaseline(RateOf of) => GroupRates.Of(Group.Layout, Group.Counts.AsSpan(), of);
}
