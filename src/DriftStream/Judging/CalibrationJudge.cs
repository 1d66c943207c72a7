using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>Judges the calibration tables of a window: whether a score means the same in each group.</summary>
internal static class CalibrationJudge
{
    /// <summary>One verdict for each rule that looks at the group; an unjudged one where no rule does and all are to be shown.</summary>
    public static IEnumerable<JudgedGroup> Judge(SignalReading reading, ClosedWindow window, JudgementSettings settings)
    {
        var table = new CalibrationTable(reading, settings.ShowAll ? 0 : settings.PrivacyRows);
        bool looked = false;
        foreach (Rule rule in settings.Rules)
        {
            if (rule.Group != "*" && rule.Group != reading.Signal.Name) continue;
            if (rule.Alarm.Form.IsCalibrated || rule.Alarm.Form.Remembers) continue;
            if (StatisticCatalog.Find(rule.Statistic, rule.Convention, LayoutKind.Calibration) is null) continue;
            looked = true;
            yield return Judge(table, window, rule);
        }

        if (looked || !settings.ShowAll) yield break;
        yield return table.Judged(Look.Unjudged(table.Statistic(null, GroupCalibration.Difference(table.Known, GroupJudge.DefaultMinRows, null))), null);
    }

    private static JudgedGroup Judge(CalibrationTable table, ClosedWindow window, Rule rule)
    {
        Alarm alarm = rule.Alarm;
        long minRows = alarm.MinRows ?? GroupJudge.DefaultMinRows;
        GroupCalibration? difference = GroupCalibration.Difference(table.Known, minRows, alarm.Confidence);
        (Judgement judgement, string? why) = Judge();
        if (window.Rows >= window.Window.MinRows)
            why = string.Join("; ", new[] { why, table.LeftOut(minRows, alarm.Confidence), table.Unlabelled }.OfType<string>());
        JudgedStatistic judged = Look.Judged(table.Statistic(alarm.Confidence, difference), rule.Id, judgement);
        return table.Judged(judged, why is "" ? null : why) with { Least = difference?.Least.Value };

        (Judgement, string?) Judge()
        {
            if (table.IsMixed) return (Judgement.Insufficient, SignalReading.Mixed);
            if (window.Rows < window.Window.MinRows) return (Judgement.Insufficient, $"{window.Rows} rows, fewer than {window.Window.MinRows}");
            if (table.Known.Any(g => g is { Rows: > 0, Bias: null })) return (Judgement.Insufficient, "scores are not between 0 and 1");
            if (difference is null)
                return (Judgement.Insufficient, $"fewer than two groups are large enough ({minRows} rows with a score and a label, {Events})");
            double? less = alarm.Form.Measure switch
            {
                AlarmMeasure.Value => 0,
                AlarmMeasure.Change => table.Baseline?.Value,
                AlarmMeasure.PValue => throw new InvalidOperationException("a group has no p-value to calibrate"),
                AlarmMeasure.Trend or AlarmMeasure.Errors => throw new InvalidOperationException("a group has no detectors"),
            };
            if (less is not { } own) return (Judgement.Insufficient, $"{rule.Statistic} of the baseline is undefined");
            (Judgement found, string? straddles) = Look.Threshold(alarm, rule.Statistic, difference.Value - own, difference.Low - own, difference.High - own);
            return found == Judgement.Drifting ? (found, Summary.Of(rule, Summary.OfCalibration(table.Group.Name, difference))) : (found, straddles);
        }
    }

    internal static string Events => $"{GroupDisparity.LeastEvents} positive and {GroupDisparity.LeastEvents} negative labels";
}

/// <summary>The calibration table of a window, beside the baseline's.</summary>
/// <param name="reading">Its counts.</param>
/// <param name="least">Counts of fewer rows, but at least one, are not told.</param>
internal sealed class CalibrationTable(SignalReading reading, int least)
{
    private readonly ImmutableArray<GroupBias> _by = reading.Counts.IsEmpty ? [] : GroupCalibration.Of(reading.Signal.Layout, reading.Counts.AsSpan());
    private readonly ImmutableArray<GroupBias> _ofBaseline = GroupCalibration.Of(reading.Signal.Layout, reading.Signal.Counts.AsSpan());

    public BaselineSignal Group => reading.Signal;

    public bool IsMixed => reading.IsMixed;

    /// <summary>The window's groups without missing and unseen, which are nobody's; empty where nothing was counted.</summary>
    public ImmutableArray<GroupBias> Known => Named(_by);

    /// <summary>The baseline's own difference; null where it has fewer than two groups with labels.</summary>
    public GroupCalibration? Baseline => GroupCalibration.Difference(Named(_ofBaseline), 1, null);

    /// <summary>Of how many rows with a score the label is known; null where it is of all.</summary>
    public string? Unlabelled
    {
        get
        {
            long scored = _by.Sum(g => g.Scored), labelled = _by.Sum(g => g.Rows);
            // Any other value is a negative label: one that is spelled otherwise than the configuration says makes all of them negative.
            if (labelled > 0 && _by.All(g => g.Positives == 0)) return $"none of {Look.Rows(labelled)} with a label has the positive one";
            return scored == labelled ? null : $"labels are known of {Summary.Percent(labelled / (double)scored)} of rows with a score";
        }
    }

    private ImmutableArray<GroupRate> Rates => [.. _by.Select(g => new GroupRate(g.Value, g.Rows, g.Positives))];

    private ImmutableArray<GroupCoverage> Coverage => [.. _by.Select(g => new GroupCoverage(g.Value, new LabelCoverage(g.Scored, g.Rows), default))];

    private ImmutableArray<bool> Joins => SmallValues.Of(Rates, Coverage, Group.Layout.Categories.Length, least);

    /// <summary>No group is left out of a comparison without a word; null where none is.</summary>
    public string? LeftOut(long minRows, double? confidence)
    {
        ImmutableArray<bool> joins = Joins;
        var left = new List<string>();
        for (int i = 0; i < _by.Length; i++)
        {
            GroupBias g = _by[i];
            // The number of all but one that are told together would tell that of the one.
            string number = i < joins.Length && joins[i] ? "" : $"{Look.Rows(g.Rows)}, ";
            if (g.Scored == 0) continue;
            if (i >= Group.Layout.Categories.Length) left.Add($"{g.Value} ({Look.Rows(g.Scored)}, nobody's group)");
            else if (g.Rows < minRows) left.Add($"{g.Value} ({number}fewer than {minRows})");
            else if (confidence is not null && GroupCalibration.HasFewEvents(g)) left.Add($"{g.Value} ({number}fewer than {CalibrationJudge.Events})");
        }

        return GroupJudge.Named(left);
    }

    public Statistic Statistic(double? confidence, GroupCalibration? difference) => new(
        GroupCalibration.Name, confidence is null ? null : GroupCalibration.Interval, difference?.Value, difference?.Low, difference?.High, null, null,
        _ofBaseline.Sum(g => g.Rows), _by.Sum(g => g.Rows));

    public JudgedGroup Judged(JudgedStatistic statistic, string? why)
    {
        ImmutableArray<bool> joins = Joins;
        (ImmutableArray<GroupCount> by, ImmutableArray<GroupCoverage> coverage) = SmallValues.Together(Rates, Coverage, joins);
        return new(Group.Name, statistic, why, [.. by.Select((g, i) => g with { Scored = coverage[i].Selected.Rows, Bias = BiasOf(g) })]);

        double? BiasOf(GroupCount told)
        {
            if (told.Values is null) return _by.First(g => g.Value == told.Value).Bias?.Value;
            GroupBias[] joined = [.. _by.Where((g, i) => i < joins.Length && joins[i] && g.Rows > 0)];
            return joined.Length == 0 || joined.Any(g => g.Bias is null) ? null : joined.Sum(g => g.Rows * g.Bias!.Value.Value) / told.Rows;
        }
    }

    private ImmutableArray<GroupBias> Named(ImmutableArray<GroupBias> by) =>
        by.Length > Group.Layout.Categories.Length ? by[..Group.Layout.Categories.Length] : by;
}
