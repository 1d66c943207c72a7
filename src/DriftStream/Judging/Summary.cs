using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Statistics;
using DriftStream.Time;

namespace DriftStream.Judging;

/// <summary>One sentence for people: what changed. It is the why of everything that drifts, and the summary of its alerts.</summary>
public static class Summary
{
    private const int MostParts = 3;
    private const int MostNames = 4;
    private const double Negligible = 0.001;

    /// <summary><c>RELP has drifted: 16 and 17 (7.5 % of the baseline) no longer arrive</c>.</summary>
    public static string OfSignal(string signal, ImmutableArray<JudgedStatistic> statistics, CellGroups groups, MeanShift? mean)
    {
        if (statistics.All(s => !s.Rejected || s.Trend is not null) && statistics.FirstOrDefault(s => s.Rejected) is { } slow) return OfTrend(signal, slow);
        List<(int Group, CellContribution Cell)> moved = [.. Contributions.All(groups, 0)];
        List<CellContribution> cells = [.. moved.Select(c => c.Cell)];
        JudgedStatistic? rate = statistics.FirstOrDefault(s => s.Rejected && RateText(s.Name) is not null);
        string? cell = rate is null ? null : rate.Name == RowRates.Nan ? "NaN" : rate.Name;
        // Where the rate moved most, it is the news; otherwise it is a part of the news.
        bool rateOnly = rate is not null && statistics.All(s => !s.Rejected || RateText(s.Name) is not null);
        // Rows that are new say less than what they took the place of.
        bool told = rate is not null && rate.Name is not (RowRates.Unseen or RowRates.OutOfRange) && cells.Count > 0 && cells[0].Cell == cell;
        if (rate is not null && (rateOnly || told))
        {
            double own = cells.Find(c => c.Cell == cell)?.Reference ?? 0;
            return $"{signal}: {RateText(rate.Name)} in {Percent(rate.Value ?? 0)} of rows (baseline {Percent(own)})";
        }

        if (statistics.All(s => !s.Rejected || s.Name == RowRates.Volume))
            return $"{signal}: {groups.Window.Sum().ToString(CultureInfo.InvariantCulture)} rows in the window";
        List<string> parts = Parts(moved, groups.Drift);
        if (mean is not null && statistics.Any(s => s.Rejected && s.Name == MeanShift.Name)) parts.Insert(0, mean.Text);
        return parts.Count == 0 ? $"{signal} has drifted" : $"{signal} has drifted: {string.Join(", ", parts)}";
    }

    /// <summary><c>income and hours were correlated 0.62, now 0.11</c>; of others how strongly they depend on each other, by Cramer's V.</summary>
    internal static string OfPair(string first, string second, ImmutableArray<JudgedStatistic> statistics, JointDependence dependence)
    {
        if (statistics.All(s => !s.Rejected || s.Trend is not null) && statistics.FirstOrDefault(s => s.Rejected) is { } slow)
            return OfTrend($"{first} and {second}", slow);
        (PairDependence was, PairDependence now) = (dependence.Reference, dependence.Window);
        string change = was.Correlation is { } before && now.Correlation is { } after
            ? string.Create(CultureInfo.InvariantCulture, $"{first} and {second} were correlated {before.Value:0.00}, now {after.Value:0.00}")
            : string.Create(CultureInfo.InvariantCulture, $"{first} and {second} were associated {was.CramersV:0.00} (Cramer's V), now {now.CramersV:0.00}");
        if (!statistics.Any(s => s.Rejected && s.Name == JointDependence.DependenceShift)) return change;
        (string Cell, double Expected, double Share, double Term) most = dependence.Cells.FirstOrDefault();
        return most.Cell is null ? change : $"{change}; {most.Cell} in {Percent(most.Share)} of rows where {Percent(most.Expected)} were to be expected";
    }

    /// <summary><c>DECISION: 1 in 24.37 % of rows, 5.63 percentage points below 30 %</c>.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="rule">A rule on a share, which speaks.</param>
    /// <param name="share">The share of the window's rows, 0 to 1.</param>
    /// <param name="ofBaseline">That of the baseline's.</param>
    internal static string OfShare(string signal, Rule rule, double share, double ofBaseline)
    {
        AlarmForm form = rule.Alarm.Form;
        double limit = rule.Alarm.Value;
        string beside = form.IsOfValue
            ? $"{Points(Math.Abs(share - limit))} percentage points {(form.Below ? "below" : "above")} {Points(limit)} %"
            : $"baseline {Points(ofBaseline)} %";
        return $"{signal}: {Names([.. rule.Cells ?? []])} in {Points(share)} % of rows, {beside}";
    }

    /// <summary><c>goal missed: approve 30 %; ...</c>: what a rule says that stands for a goal.</summary>
    internal static string Of(Rule rule, string sentence) => rule.Goal is { } goal ? $"goal missed: {goal}; {sentence}" : sentence;

    internal static string Points(double share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture);

    private static string OfTrend(string signal, JudgedStatistic statistic)
    {
        TrendReading trend = statistic.Trend!;
        string since = trend.Since is { } start ? $" since {EventTime.Format(start)}" : "";
        string evidence = string.Create(CultureInfo.InvariantCulture, $"evidence {trend.Value:0.###}, threshold {trend.Threshold:0.###}");
        return string.Create(CultureInfo.InvariantCulture, $"{signal}: {statistic.Name} moves slowly{since} and is {statistic.Value:0.####} ({evidence})");
    }

    /// <summary><c>SEX: 2 is selected 0.64 times as often as 1</c>.</summary>
    public static string OfGroup(string group, CatalogEntry entry, GroupDisparity disparity)
    {
        (string least, string other) = (disparity.Lowest.Value, disparity.Reference.Value);
        // Of several rates the worst is named, with its own size.
        (double low, double high) = (disparity.Lowest.Rate ?? 0, disparity.Reference.Rate ?? 0);
        string size = entry.IsRatio
            ? $"{(low / high).ToString("0.00", CultureInfo.InvariantCulture)} times as often as"
            : $"{((high - low) * 100).ToString("0.#", CultureInfo.InvariantCulture)} percentage points less often than";
        return disparity.Of switch
        {
            RateOf.Selected => $"{group}: {least} is selected {size} {other}",
            RateOf.TruePositive => $"{group}: of the rows with a positive label, {least} is selected {size} {other}",
            RateOf.FalsePositive => $"{group}: of the rows with a negative label, {least} is selected {size} {other}",
            RateOf.Precision => $"{group}: of the selected rows, the label of {least} is positive {size} that of {other}",
            RateOf.Accuracy => $"{group}: the decision on {least} is as its label {size} that on {other}",
        };
    }

    /// <summary><c>SEX: scores of 1 are 8.2 percentage points above its share of positive labels, those of 2 1.1 below: 9.3 apart</c>.</summary>
    internal static string OfCalibration(string group, GroupCalibration of)
    {
        return $"{group}: scores of {of.Greatest.Value} are {Beside(of.Greatest, " percentage points")} its share of positive labels, "
            + $"those of {of.Least.Value} {Beside(of.Least, "")}: {Tenths(of.Value)} apart";

        static string Beside(GroupBias group, string unit) =>
            $"{Tenths(Math.Abs(group.Bias!.Value.Value))}{unit} {(group.Bias.Value.Value < 0 ? "below" : "above")}";

        static string Tenths(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture);
    }

    /// <summary><c>SEX: mae of 2 is 3.1, that of 1 2.04: 1.06 apart</c>.</summary>
    internal static string OfErrors(string group, ErrorOf metric, GroupErrors of) =>
        $"{group}: {GroupErrors.NameOf(metric)} of {of.Greatest.Value} is {Of(of.Greatest)}, "
        + $"that of {of.Reference.Value} {Of(of.Reference)}: {Known(of.Value, of.LeftOpen, Digits)} apart";

    private static string Of(GroupError group) => Known(group.Error!.Value.Value, group.Error.Value.LeftOpen, Digits);

    /// <summary><c>recall is 0.61 (0.55 to 0.67), below 0.7; 0.78 in the baseline</c>.</summary>
    internal static string OfPerformance(Rule rule, PerformanceMetric now, PerformanceMetric before)
    {
        AlarmForm form = rule.Alarm.Form;
        double limit = rule.Alarm.Value;
        string own = before.Value is { } known ? $"{Known(known, before.LeftOpen, Digits)} in the baseline" : "";
        string interval = now is { Low: { } low, High: { } high } ? $" ({Ends(low, high, Digits)})" : "";
        string side = form.Below ? "below" : "above";
        string limits = form.IsOfValue ? $"{side} {Digits(limit)}{(own.Length == 0 ? "" : "; " + own)}" : $"more than {Digits(limit)} {side} the {own}";
        return $"{now.Name} is {Known(now.Value ?? 0, now.LeftOpen, Digits)}{interval}, {limits}";
    }

    /// <summary><c>at least 22993212416</c> in place of a value of which cells tell no bound: that is of the middles of cells, which nobody has seen.</summary>
    internal static string Known(double value, Interval? open, Func<double, string> spell) => open switch
    {
        { Low: double.NegativeInfinity, High: double.PositiveInfinity } => "anything",
        { High: double.PositiveInfinity, Low: var low } => $"at least {spell(Bound(low, up: false))}",
        { Low: double.NegativeInfinity, High: var high } => $"at most {spell(Bound(high, up: true))}",
        _ => spell(value),
    };

    /// <summary><c>0.55 to 0.67</c>, or <c>from 22993212416, no upper bound</c>.</summary>
    public static string Ends(double low, double high, Func<double, string> spell) => (double.IsInfinity(low), double.IsInfinity(high)) switch
    {
        (true, true) => "no bound",
        (false, true) => $"from {spell(Bound(low, up: false))}, no upper bound",
        (true, false) => $"up to {spell(Bound(high, up: true))}, no lower bound",
        _ => $"{spell(low)} to {spell(high)}",
    };

    // Nobody reads a thousandth of a million.
    private static double Bound(double end, bool up) => Math.Abs(end) < 1e6 ? end : up ? Math.Ceiling(end) : Math.Floor(end);

    // Nobody counts the digits of a label that is 1e300.
    internal static string Digits(double value) => value.ToString(Math.Abs(value) >= 1e15 ? "0.###e+0" : "0.###", CultureInfo.InvariantCulture);

    private static List<string> Parts(List<(int Group, CellContribution Cell)> moved, CellDrift? drift)
    {
        var parts = new List<string>();
        HashSet<int> lone = [.. drift?.Looks.Lone ?? []];
        List<CellContribution> gone = Told(c => c.Window == 0, c => c.Reference), fresh = Told(c => c.Reference == 0, c => c.Window);
        if (gone.Count > 0)
        {
            string arrive = gone.Count == 1 ? "arrives" : "arrive";
            parts.Add($"{Names(CellsOf(gone))} ({Percent(gone.Sum(c => c.Reference))} of the baseline) no longer {arrive}");
        }

        if (fresh.Count > 0)
        {
            bool one = fresh.Count == 1;
            parts.Add($"{Names(CellsOf(fresh))} {(one ? "is" : "are")} new ({Percent(fresh.Sum(c => c.Window))} of rows, baseline 0)");
        }

        if (drift?.Effect is { Apart: { } apart } effect) parts.Add(Novel(apart.Rows.Name, effect.ApartRows / (double)drift.WindowRows));
        // When a cell vanishes all others grow a little: only moves of its own size, and cells that stand out, are worth a word.
        double worth = parts.Count > 0 ? moved[0].Cell.Contribution / 2 : 0;
        foreach ((int group, CellContribution c) in moved.OrderByDescending(c => lone.Contains(c.Group)))
        {
            if (parts.Count == MostParts) break;
            if (c.Window == 0 || c.Reference == 0 || (c.Contribution < worth && !lone.Contains(group))) continue;
            parts.Add($"{c.Cell} {(c.Window > c.Reference ? "rose" : "fell")} from {Percent(c.Reference)} to {Percent(c.Window)}");
        }

        return parts;

        // The cells that stand out; if none does, those that moved more than chance does every day.
        List<CellContribution> Told(Predicate<CellContribution> kind, Func<CellContribution, double> share)
        {
            List<(int Group, CellContribution Cell)> all = [.. moved.FindAll(c => kind(c.Cell)).OrderBy(c => c.Group)];
            List<(int Group, CellContribution Cell)> standing = all.FindAll(c => lone.Contains(c.Group));
            if (standing.Count == 0) standing = all.FindAll(c => share(c.Cell) >= Negligible);
            return [.. standing.Select(c => c.Cell)];
        }
    }

    private static string Novel(string name, double share) => name == NovelRows.Beyond
        ? $"{Percent(share)} of rows are outside the baseline's range"
        : $"{Percent(share)} of rows have values that the baseline lacks";

    private static List<string> CellsOf(List<CellContribution> cells) => [.. cells.Select(c => c.Cell)];

    private static string Names(List<string> cells)
    {
        List<string> names = [.. cells.Take(MostNames)];
        if (cells.Count > MostNames) names.Add($"{cells.Count - MostNames} more");
        return names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
    }

    private static string? RateText(string statistic) => statistic switch
    {
        RowRates.Missing => "missing",
        RowRates.Nan => "NaN",
        RowRates.Unseen => "values that the baseline lacks",
        RowRates.OutOfRange => "values outside the baseline's range",
        _ => null,
    };

    internal static string Percent(double share)
    {
        double percent = share * 100;
        string text = percent.ToString(percent >= 10 ? "0" : percent >= 1 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
        return text + " %";
    }
}
