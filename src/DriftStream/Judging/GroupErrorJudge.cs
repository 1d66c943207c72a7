using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges the errors of a window by group: whether a model that predicts numbers is as good for all.</summary>
internal static class GroupErrorJudge
{
    /// <summary>One verdict for each rule that looks at the group; unjudged ones where all are to be shown.</summary>
    public static IEnumerable<JudgedGroup> Judge(SignalReading reading, ClosedWindow window, JudgementSettings settings)
    {
        int least = settings.ShowAll ? 0 : settings.PrivacyRows;
        var looked = new HashSet<string>();
        foreach (Rule rule in settings.Rules)
        {
            if (rule.Group != "*" && rule.Group != reading.Signal.Name) continue;
            if (rule.Alarm.Form.IsCalibrated || rule.Alarm.Form.Remembers) continue;
            if (StatisticCatalog.OfGroups(rule.Statistic) is not { ErrorsOfGroups: { } of } entry) continue;
            looked.Add(rule.Statistic);
            yield return Judge(new GroupErrorTable(reading, entry, of, least), window, rule);
        }

        if (!settings.ShowAll) yield break;
        foreach (CatalogEntry entry in StatisticCatalog.Entries.Where(e => e.ErrorsOfGroups is not null && !looked.Contains(e.Name)))
        {
            var table = new GroupErrorTable(reading, entry, entry.ErrorsOfGroups!.Value, least);
            yield return table.Judged(Look.Unjudged(table.Statistic(null, GroupErrors.Difference(table.By, GroupJudge.DefaultMinRows, null))), null);
        }
    }

    private static JudgedGroup Judge(GroupErrorTable table, ClosedWindow window, Rule rule)
    {
        Alarm alarm = rule.Alarm;
        long minRows = alarm.MinRows ?? GroupJudge.DefaultMinRows;
        GroupErrors? difference = GroupErrors.Difference(table.By, minRows, alarm.Confidence, rule.Reference);
        (Judgement judgement, string? why) = Judge();
        if (window.Rows >= window.Window.MinRows)
            why = string.Join("; ", new[] { why, table.LeftOut(minRows, alarm.Confidence), table.Unlabelled }.OfType<string>());
        JudgedStatistic judged = Look.Judged(table.Statistic(alarm.Confidence, difference), rule.Id, judgement);
        return table.Judged(judged, why is "" ? null : why) with { Least = difference?.Reference.Value };

        (Judgement, string?) Judge()
        {
            if (table.IsMixed) return (Judgement.Insufficient, SignalReading.Mixed);
            if (window.Rows < window.Window.MinRows) return (Judgement.Insufficient, $"{window.Rows} rows, fewer than {window.Window.MinRows}");
            if (difference is null) return (Judgement.Insufficient, table.Silent(rule, minRows));
            Interval nothing = new(0, 0);
            (double Own, Interval Open)? less = alarm.Form.Measure switch
            {
                AlarmMeasure.Value => (0, nothing),
                AlarmMeasure.Change => table.Baseline(minRows, rule.Reference) is { Value: var of } before
                    ? (of, before.LeftOpen ?? new Interval(of, of)) : null,
                AlarmMeasure.PValue => throw new InvalidOperationException("a group has no p-value to calibrate"),
                AlarmMeasure.Trend or AlarmMeasure.Errors => throw new InvalidOperationException("a group has no detectors"),
            };
            if (less is not var (own, ofOwn)) return (Judgement.Insufficient, $"{rule.Statistic} of the baseline is undefined");
            Interval? open = difference.LeftOpen is var (least, most) ? new Interval(least - ofOwn.High, most - ofOwn.Low) : null;
            (Judgement found, string? straddles) = Look.Threshold(
                alarm, rule.Statistic, difference.Value - own, difference.Low - ofOwn.High, difference.High - ofOwn.Low, open);
            return found == Judgement.Drifting ? (found, Summary.Of(rule, Summary.OfErrors(table.Group.Name, table.Of, difference))) : (found, straddles);
        }
    }
}

/// <summary>The errors of a window by group, beside the baseline's.</summary>
/// <param name="reading">Its counts.</param>
/// <param name="entry">The statistic.</param>
/// <param name="of">Which metric it compares.</param>
/// <param name="least">Counts of fewer rows, but at least one, are not told.</param>
internal sealed class GroupErrorTable(SignalReading reading, CatalogEntry entry, ErrorOf of, int least)
{
    private readonly ImmutableArray<GroupError> _ofBaseline = GroupErrors.Of(reading.Signal.Layout, reading.Signal.Counts.AsSpan(), of);

    public BaselineSignal Group => reading.Signal;

    public ErrorOf Of => of;

    public bool IsMixed => reading.IsMixed;

    /// <summary>The groups of the window; empty where nothing was counted.</summary>
    public ImmutableArray<GroupError> By { get; } = reading.Counts.IsEmpty ? [] : GroupErrors.Of(reading.Signal.Layout, reading.Counts.AsSpan(), of);

    /// <summary>The baseline's own difference; null where it cannot be compared.</summary>
    public GroupErrors? Baseline(long minRows, string? reference) => GroupErrors.Difference(_ofBaseline, minRows, null, reference);

    /// <summary>Of how many rows the label is known; null where it is of all.</summary>
    public string? Unlabelled
    {
        get
        {
            long all = By.Sum(g => g.All), labelled = By.Sum(g => g.Labelled);
            return all == labelled ? null : $"labels are known of {Summary.Percent(labelled / (double)all)} of rows with a group";
        }
    }

    private long Nobodys => reading.Counts.IsEmpty ? 0 : reading.Counts[^1];

    private ImmutableArray<GroupRate> Rates => [.. By.Select(g => new GroupRate(g.Value, g.Rows, 0))];

    private ImmutableArray<GroupCoverage> Coverage => [.. By.Select(g => new GroupCoverage(g.Value, new LabelCoverage(g.All, g.Rows), default))];

    private ImmutableArray<bool> Joins => SmallValues.Of(Rates, Coverage, By.Length, least);

    /// <summary>Why no two groups can be compared.</summary>
    public string Silent(Rule rule, long minRows)
    {
        if (By.FirstOrDefault(g => g.Value == rule.Reference) is { Value: not null } chosen && chosen.Rows < minRows)
        {
            bool isTold = !Joins.Where((joins, i) => joins && By[i].Value == rule.Reference).Any();
            return $"the reference {rule.Reference} has {(isTold ? $"{chosen.Rows} rows with a score and a label, " : "")}fewer than {minRows}";
        }

        return $"fewer than two groups are large enough ({minRows} rows with a score and a label, {GroupDisparity.LeastEvents} of which make up the error)";
    }

    /// <summary>No group is left out of a comparison without a word; null where none is.</summary>
    public string? LeftOut(long minRows, double? confidence)
    {
        ImmutableArray<bool> joins = Joins;
        var left = new List<string>();
        for (int i = 0; i < By.Length; i++)
        {
            GroupError g = By[i];
            // The number of all but one that are told together would tell that of the one.
            string number = joins[i] ? "" : $"{Look.Rows(g.Rows)}, ";
            if (g.All == 0) continue;
            if (g.Rows < minRows) left.Add($"{g.Value} ({number}fewer than {minRows})");
            else if (confidence is not null && GroupErrors.RestsOnFew(g))
                left.Add($"{g.Value} ({number}of which fewer than {GroupDisparity.LeastEvents} make up its error)");
            else if (g.Error is not { } error || (confidence is not null && error.Error is null)) left.Add($"{g.Value} (its errors are too great)");
        }

        if (Nobodys > 0) left.Add($"{Look.Rows(Nobodys)} of nobody's group");
        return GroupJudge.Named(left);
    }

    public Statistic Statistic(double? confidence, GroupErrors? difference) => new(
        entry.Name, confidence is null ? null : GroupErrors.Interval, difference?.Value, difference?.Low, difference?.High, null, null,
        _ofBaseline.Sum(g => g.Rows), By.Sum(g => g.Rows));

    public JudgedGroup Judged(JudgedStatistic statistic, string? why)
    {
        ImmutableArray<bool> joins = Joins;
        (ImmutableArray<GroupCount> by, ImmutableArray<GroupCoverage> coverage) = SmallValues.Together(Rates, Coverage, joins);
        return new(Group.Name, statistic, why, [.. by.Select((g, i) => g with { All = coverage[i].Selected.Rows, Error = ErrorOfTold(g) })]);

        double? ErrorOfTold(GroupCount told)
        {
            if (told.Values is null) return By.First(g => g.Value == told.Value).Error?.Value;
            GroupError[] joined = [.. By.Where((g, i) => joins[i] && g.Rows > 0)];
            if (joined.Length == 0 || joined.Any(g => g.Error is null)) return null;
            double mean = joined.Sum(g => g.Rows / (double)told.Rows * Power(g.Error!.Value.Value));
            return of == ErrorOf.Rmse ? Math.Sqrt(mean) : mean;
        }
    }

    private double Power(double error) => of == ErrorOf.Rmse ? error * error : error;
}
