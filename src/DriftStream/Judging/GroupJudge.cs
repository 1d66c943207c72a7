using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges the fairness tables of a window.</summary>
internal static class GroupJudge
{
    /// <summary>Groups with fewer rows are not judged, unless a rule says otherwise.</summary>
    private const long DefaultMinRows = 100;

    private const int MostNamed = 5;

    /// <summary>One verdict for each rule that looks at the group; unjudged ones where no rule does, or where all are to be shown.</summary>
    public static IEnumerable<JudgedGroup> Judge(SignalReading reading, ClosedWindow window, JudgementSettings settings)
    {
        (BaselineSignal group, ImmutableArray<long> counts) = (reading.Signal, reading.Counts);
        ImmutableArray<GroupRate> by = counts.IsEmpty ? [] : DemographicParity.Rates(group.Layout, counts.AsSpan());
        ImmutableArray<GroupRate> ofBaseline = DemographicParity.Rates(group.Layout, group.Counts.AsSpan());
        var looked = new HashSet<string>();
        foreach (Rule rule in settings.Rules)
        {
            if (rule.Group != "*" && rule.Group != group.Name) continue;
            if (rule.Alarm.Form.IsCalibrated || rule.Alarm.Form.IsTrend) continue;
            if (StatisticCatalog.Find(rule.Statistic, rule.Convention, LayoutKind.Table) is not { } entry) continue;
            looked.Add(rule.Statistic);
            yield return Judge(group, window, rule, entry, by, ofBaseline, reading.IsMixed);
        }

        if (!settings.ShowAll && looked.Count > 0) yield break;
        foreach (CatalogEntry entry in StatisticCatalog.Entries.Where(e => e.Table && !looked.Contains(e.Name)))
        {
            if (!settings.ShowAll && entry.Name != DemographicParity.RatioName) continue;
            DemographicParity? parity = Parity(entry, group, by, DefaultMinRows, null, null);
            yield return new JudgedGroup(group.Name, Look.Unjudged(Statistic(entry, null, parity, by, ofBaseline)), null, Counts(by));
        }
    }

    private static JudgedGroup Judge(
        BaselineSignal group, ClosedWindow window, Rule rule, CatalogEntry entry, ImmutableArray<GroupRate> by,
        ImmutableArray<GroupRate> ofBaseline, bool mixed)
    {
        Alarm alarm = rule.Alarm;
        long minRows = alarm.MinRows ?? DefaultMinRows;
        DemographicParity? parity = Parity(entry, group, by, minRows, alarm.Confidence, rule.Reference);
        Statistic statistic = Statistic(entry, alarm.Confidence, parity, by, ofBaseline);
        (Judgement judgement, string? why) = Judge();
        if (window.Rows >= window.Window.MinRows && LeftOut(group, by, parity, minRows, alarm.Confidence) is { } others)
            why = why is null ? others : $"{why}; {others}";
        return new JudgedGroup(group.Name, Look.Judged(statistic, rule.Id, judgement), why, Counts(by))
        {
            Least = parity?.Lowest.Value,
            Moved = judgement == Judgement.Drifting ? RowsMoved.OfGroups(Known(group, by), minRows) : 0,
        };

        (Judgement, string?) Judge()
        {
            if (mixed) return (Judgement.Insufficient, SignalReading.Mixed);
            if (window.Rows < window.Window.MinRows)
                return (Judgement.Insufficient, $"{window.Rows} rows, fewer than {window.Window.MinRows}");
            if (parity is null) return (Judgement.Insufficient, Silent(by, rule, minRows));
            double? less = alarm.Form.Measure switch
            {
                AlarmMeasure.Value => 0,
                AlarmMeasure.Change => Parity(entry, group, ofBaseline, minRows, null, rule.Reference)?.Value,
                AlarmMeasure.PValue => throw new InvalidOperationException("a group has no p-value to calibrate"),
                AlarmMeasure.Trend => throw new InvalidOperationException("trends are of signals"),
            };
            if (less is not { } own) return (Judgement.Insufficient, $"{rule.Statistic} of the baseline is undefined");
            (Judgement judged, string? straddles) = Look.Threshold(alarm, rule.Statistic, parity.Value - own, parity.Low - own, parity.High - own);
            return judged == Judgement.Drifting ? (judged, Summary.Of(rule, Summary.OfGroup(group.Name, rule.Statistic, parity))) : (judged, straddles);
        }
    }

    private static string Silent(ImmutableArray<GroupRate> by, Rule rule, long minRows)
    {
        string few = $"fewer than two groups are large enough ({minRows} rows, 10 selected)";
        if (rule.Reference is null or DemographicParity.Best or DemographicParity.Largest) return few;
        GroupRate chosen = by.FirstOrDefault(g => g.Value == rule.Reference);
        double least = rule.Alarm.Confidence is null ? minRows : Math.Max(minRows, 0.02 * by.Sum(g => g.Rows));
        return chosen.Rows < least ? $"the reference {rule.Reference} has {chosen.Rows} rows, fewer than {Math.Ceiling(least)}" : few;
    }

    // No group is left out of a comparison without a word.
    private static string? LeftOut(
        BaselineSignal group, ImmutableArray<GroupRate> by, DemographicParity? parity, long minRows, double? confidence)
    {
        var left = new List<string>();
        for (int i = 0; i < by.Length; i++)
        {
            GroupRate g = by[i];
            if (g.Rows == 0) continue;
            if (i >= group.Layout.Categories.Length) left.Add($"{g.Value} ({Look.Rows(g.Rows)}, nobody's group)");
            else if (g.Rows < minRows) left.Add($"{g.Value} ({Look.Rows(g.Rows)}, fewer than {minRows})");
            else if (confidence is not null && parity is not null && g.Rows * parity.Reference.Rate < DemographicParity.LeastSelected)
                left.Add($"{g.Value} ({Look.Rows(g.Rows)}, too few to expect {DemographicParity.LeastSelected} selected)");
        }

        if (left.Count == 0) return null;
        IEnumerable<string> named = left.Count > MostNamed ? [.. left.Take(MostNamed), $"{left.Count - MostNamed} more"] : left;
        return "left out: " + string.Join(", ", named);
    }

    private static DemographicParity? Parity(
        CatalogEntry entry, BaselineSignal group, ImmutableArray<GroupRate> by, long minRows, double? confidence, string? reference)
    {
        return entry.Compare!(Known(group, by), minRows, confidence, reference);
    }

    // Missing and unseen come last and are no groups.
    private static ImmutableArray<GroupRate> Known(BaselineSignal group, ImmutableArray<GroupRate> by) =>
        by.Length > group.Layout.Categories.Length ? by[..group.Layout.Categories.Length] : by;

    private static Statistic Statistic(
        CatalogEntry entry, double? confidence, DemographicParity? parity, ImmutableArray<GroupRate> by, ImmutableArray<GroupRate> ofBaseline) =>
        new(entry.Name, confidence is null ? null : entry.Interval, parity?.Value, parity?.Low, parity?.High, null, null,
            ofBaseline.Sum(g => g.Rows), by.Sum(g => g.Rows));

    private static ImmutableArray<GroupCount> Counts(ImmutableArray<GroupRate> by) =>
        [.. by.Select(g => new GroupCount(g.Value, g.Rows, g.Selected))];
}
