using System.Globalization;
using System.Text;
using DriftStream.Host.Reading;
using DriftStream.Host.Terminal;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Host.Compare;

/// <summary>How well a model did, for people.</summary>
internal static class PerformanceText
{
    private const string Format = "0.0000";
    private const int Width = 21;

    /// <summary>A p-value that is so small is worth a colour.</summary>
    private const double Unlikely = 0.01;

    /// <summary>The metrics that are known of the reference or of the window.</summary>
    public static IEnumerable<(PerformanceMetric Before, PerformanceMetric Now)> Known(ComparedPerformance of) =>
        of.Reference.Metrics.Zip(of.Window.Metrics).Where(m => (m.First.Value ?? m.Second.Value) is not null);

    /// <summary><c>of 5,000 rows 4,200 have a label (84 %): 99 % of the selected, 70 % of the others</c>.</summary>
    public static string Labels(Performance of)
    {
        LabelCoverage all = of.Labels;
        string text = string.Create(CultureInfo.InvariantCulture, $"of {ComparisonText.Rows(all.Rows)} {all.Labelled:N0} have a label");
        if (all.Share is { } share) text += $" ({Figures.Percent(share)})";
        if (of.OddLabels > 0) text += string.Create(CultureInfo.InvariantCulture, $", {of.OddLabels:N0} have one that is NaN or infinite");
        if (all.Labelled == all.Rows || of.Selected.Share is not { } selected || of.Rejected.Share is not { } rejected) return text;
        return $"{text}: {Figures.Percent(selected)} of the selected, {Figures.Percent(rejected)} of the others";
    }

    /// <summary>Both ends; says where there is none although the metric has one, as of numbers that are too great for a double.</summary>
    public static string Interval(PerformanceMetric metric) => metric is { Low: { } low, High: { } high }
        ? $"[{Figures.Of(low, Format)}, {Figures.Of(high, Format)}]"
        : metric.Value is not null && StatisticCatalog.Entries.Any(e => e.Outcome && e.HasError && e.Name == metric.Name) ? "[no interval]" : "";

    public static string Value(PerformanceMetric metric) => Figures.Of(metric.Value, Format);

    /// <summary>
    /// Why the value of a KPI is not that of the metric beside it: <c>of cells, as in a stream, which leave open 1.97 to 2.06; of the rows it is 2.0000</c>;
    /// null where both are of the rows.
    /// </summary>
    public static string? OfCells(JudgedKpi kpi, ComparedPerformance? beside)
    {
        if (!kpi.OfCells) return null;
        string open = kpi.LeftOpen is var (low, high) ? $", which leave open {Summary.Ends(low, high, kpi.Kpi.Spell)}" : "";
        PerformanceMetric? metric = beside?.Window.Metrics.FirstOrDefault(m => m.Name == kpi.Statistic.Name);
        string rows = metric?.Value is null ? "" : $"; of the rows it is {Value(metric)}";
        return $"of cells, as in a stream{open}{rows}";
    }

    /// <summary>What the estimate rests on, and what it cannot see.</summary>
    public static string About(EstimatedPerformance estimated) => estimated.Void is { } why ? $"void: {why}" : EstimatedPerformance.About;

    /// <summary>
    /// <c>drift by ddm (row 213), hddm_a (row 88); a warning by eddm; none by adwin</c>: detectors of concept drift on errors; empty where none looks.
    /// </summary>
    public static string Detected(ComparedPerformance of)
    {
        string[] drifts =
            [.. of.Detectors.Where(d => d.Drifts > 0).Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Detector} (row {d.First:N0})"))];
        string[] warnings = [.. of.Detectors.Where(d => d.Warned).Select(d => d.Detector)];
        string[] quiet = [.. of.Detectors.Where(d => d.Drifts == 0 && !d.Warned).Select(d => d.Detector)];
        return string.Join("; ", new[] { Said("drift by", drifts), Said("a warning by", warnings), Said("none by", quiet) }.Where(s => s.Length > 0));

        static string Said(string what, string[] names) => names.Length == 0 ? "" : $"{what} {string.Join(", ", names)}";
    }

    /// <summary>The metrics that are estimated, each beside what labels have shown, and beside the estimate of the rows that have one.</summary>
    public static IEnumerable<(PerformanceMetric Estimated, PerformanceMetric Comparable, PerformanceMetric Realised)> Estimates(ComparedPerformance of) =>
        from metric in of.Estimate?.Window.Metrics ?? []
        where metric.Value is not null
        select (metric, of.Estimate!.Comparable.Metric(metric.Name), of.Window.Metrics.Single(r => r.Name == metric.Name));

    /// <summary>With its sign; empty where one is not known.</summary>
    public static string Difference(PerformanceMetric before, PerformanceMetric now) =>
        Figures.OfChange(now.Value - before.Value, Format);

    /// <summary>The two that are asked for first, for a window of which nothing else is shown; empty where there are none.</summary>
    public static string Line(ComparedPerformance? of)
    {
        if (of is null) return "";
        IEnumerable<string> known = Known(of).Where(m => m.Now is { Name: "accuracy" or "roc_auc" or "mae" or "r2", Value: not null })
            .Select(m => $"{m.Now.Name} {Value(m.Now)}{(m.Before.Value is null ? "" : $" ({Difference(m.Before, m.Now)})")}")
            .Concat(of.Estimate?.Window.Void is not null ? [] : Estimates(of).Where(m => m.Estimated.Name is "accuracy" or "roc_auc")
                .Select(m => $"estimated {m.Estimated.Name} {Value(m.Estimated)}"));
        string text = string.Join(", ", known);
        return text.Length == 0 ? $"    performance: {Labels(of.Window)}\n" : $"    performance: {text}; {Labels(of.Window)}\n";
    }

    /// <summary>The metrics that are shown of each group.</summary>
    public static IEnumerable<PerformanceMetric> OfGroup(Performance of)
    {
        // Labels that are positive or not, or classes, have metrics of the same names.
        bool ofClasses = of.Metrics.Any(m => m.Name == "cohen_kappa");
        return of.Metrics.Where(m => ofClasses ? m.Name is "accuracy" or "balanced_accuracy" or "macro_f1" or "cohen_kappa"
            : m.Name is "accuracy" or "roc_auc" or "ece" or "calibration_bias" or "mae" or "rmse" or "bias" or "r2");
    }

    private static void AppendGroups(StringBuilder text, ComparedPerformance performance)
    {
        if (performance.Groups.IsEmpty) return;
        string[] names = [.. performance.Groups.Select(g => Printable.Of($"{g.Group} {g.Value}"))];
        int width = Math.Max(18, names.Max(n => n.Length));
        string heads = string.Concat(OfGroup(performance.Window).Select(m => $"{m.Name,-26}"));
        text.Append($"    {"by group".PadRight(width)} {"labels",-8} {heads}".TrimEnd()).Append('\n');
        foreach ((string name, GroupPerformance group) in names.Zip(performance.Groups))
        {
            string cells = string.Concat(OfGroup(group.Window).Select(m => $"{$"{Value(m),-6} {Interval(m)}",-25} "));
            text.Append($"    {name.PadRight(width)} {group.Window.Labels.Labelled,-8} {cells}".TrimEnd()).Append('\n');
        }

        foreach (GroupDifference of in performance.Differences)
            text.Append($"    {Printable.Of(of.Group).PadRight(width)} {Printable.Of(Difference(of))}\n");
        if (!performance.Differences.IsEmpty)
            text.Append("    differences: with intervals of 95 % that hold for all pairs of values together (Bonferroni)\n");
    }

    /// <summary><c>sex mae_difference 1.0600 [0.9100, 1.2100]: 2 beside 1</c>, or why there is none.</summary>
    public static string Difference(GroupDifference of)
    {
        string left = of.LeftOut.Length == 0 ? "" : $"; left out: {string.Join(", ", of.Reasons.IsEmpty ? of.LeftOut : of.Reasons)}";
        return of.Difference is { } known
            ? $"{of.Statistic} {Figures.Of(known.Value, Format)} [{Figures.Of(known.Low, Format)}, {Figures.Of(known.High, Format)}]: "
                + $"{known.Greatest.Value} beside {known.Reference.Value}{left}"
            : $"{of.Statistic} insufficient: fewer than two values are large enough{left}";
    }

    private static void AppendEstimate(StringBuilder text, ComparedPerformance performance, Ink ink)
    {
        (PerformanceMetric Estimated, PerformanceMetric Comparable, PerformanceMetric Realised)[] metrics = [.. Estimates(performance)];
        if (performance.Estimate is not { Window: var estimated } estimate || metrics.Length == 0) return;
        text.Append($"    {"",-18} {"estimated before labels",-25} {"realised",-8} {"off by",-8} p\n");
        foreach ((PerformanceMetric expected, PerformanceMetric comparable, PerformanceMetric realised) in metrics)
        {
            double? p = estimated.Void is null ? comparable.PValueOfRealised(realised) : null;
            string off = $"{Difference(comparable, realised),-8}";
            if (p < Unlikely) off = realised.Value < comparable.Value ? ink.Bad(off) : ink.Good(off);
            string value = $"{Value(expected),-6} {Interval(expected),-18}";
            text.Append($"    {expected.Name,-18} {value} {Value(realised),-8} {off} {Figures.PValue(p)}".TrimEnd()).Append('\n');
        }

        if (estimate.Labelled is { } labelled)
            text.Append($"    off by, p: beside an estimate of the {ComparisonText.Rows(labelled.Rows)} alone whose label is known\n");
        text.Append($"    estimated {About(estimated)}\n");
    }

    public static void Append(StringBuilder text, ComparedPerformance performance, Ink ink)
    {
        text.Append($"    performance: {Labels(performance.Window)}; of the reference {Labels(performance.Reference)}\n");
        AppendEstimate(text, performance, ink);
        (PerformanceMetric Before, PerformanceMetric Now)[] known = [.. Known(performance)];
        if (known.Length == 0) return;
        int width = Math.Max(Width, known.Max(m => Printable.Of(m.Now.Name).Length));
        text.Append($"    {new string(' ', width)} {"reference",-25} {"window",-25} {"change",-8} p\n");
        foreach ((PerformanceMetric before, PerformanceMetric now) in known)
        {
            double? p = now.PValueAgainst(before);
            string change = $"{Difference(before, now),-8}";
            bool worse = now.Value - before.Value is { } moved && moved != 0 && moved > 0 != now.GreaterIsBetter;
            if (p < Unlikely && now.GreaterIsBetter is not null) change = worse ? ink.Bad(change) : ink.Good(change);
            string was = $"{Value(before),-6} {Interval(before),-18}", isNow = $"{Value(now),-6} {Interval(now),-18}";
            text.Append($"    {Printable.Of(now.Name).PadRight(width)} {was} {isNow} {change} {Figures.PValue(p)}".TrimEnd()).Append('\n');
        }

        AppendGroups(text, performance);
        if (!performance.Detectors.IsEmpty) text.Append($"    detectors on errors: {Detected(performance)}\n");
        if (known.Any(m => m.Now is { Name: "accuracy", Value: not null }) && performance.Window.Metrics.Any(m => m is { Name: "recall", Value: null }))
            text.Append("    no row of the window with a decision has the positive label: is it spelled as --label or -c says?\n");
        foreach (JudgedMetric judged in performance.Judged)
        {
            text.Append($"    {judged.Metric.Name,-Width} {RecordText.Judgement(ComparisonText.Name(judged.Statistic.Judgement), ink)}\n");
            if (judged.Why is { } why) text.Append($"        {Printable.Of(why)}\n");
        }

        text.Append("    intervals of 95 %, of rows that are independent; change is red or green where p is below 0.01");
        text.Append(performance.Judged.IsEmpty ? ", and no rule judges it\n" : "; rules judge what cells tell, as in a stream\n");
    }
}
