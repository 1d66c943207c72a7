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
        if (all.Labelled == all.Rows || of.Selected.Share is not { } selected || of.Rejected.Share is not { } rejected) return text;
        return $"{text}: {Figures.Percent(selected)} of the selected, {Figures.Percent(rejected)} of the others";
    }

    public static string Interval(PerformanceMetric metric) => metric is { Low: { } low, High: { } high }
        ? $"[{Figures.Of(low, Format)}, {Figures.Of(high, Format)}]"
        : "";

    public static string Value(PerformanceMetric metric) => Figures.Of(metric.Value, Format);

    /// <summary>With its sign; empty where one is not known.</summary>
    public static string Difference(PerformanceMetric before, PerformanceMetric now) =>
        Figures.Of(now.Value - before.Value, "+0.0000;-0.0000;0.0000");

    /// <summary>The two that are asked for first, for a window of which nothing else is shown; empty where there are none.</summary>
    public static string Line(ComparedPerformance? of)
    {
        if (of is null) return "";
        IEnumerable<string> known = Known(of).Where(m => m.Now is { Name: "accuracy" or "roc_auc", Value: not null })
            .Select(m => $"{m.Now.Name} {Value(m.Now)}{(m.Before.Value is null ? "" : $" ({Difference(m.Before, m.Now)})")}");
        string text = string.Join(", ", known);
        return text.Length == 0 ? $"    performance: {Labels(of.Window)}\n" : $"    performance: {text}; {Labels(of.Window)}\n";
    }

    public static void Append(StringBuilder text, ComparedPerformance performance, Ink ink)
    {
        text.Append($"    performance: {Labels(performance.Window)}; of the reference {Labels(performance.Reference)}\n");
        (PerformanceMetric Before, PerformanceMetric Now)[] known = [.. Known(performance)];
        if (known.Length == 0) return;
        text.Append($"    {"",-Width} {"reference",-25} {"window",-25} {"change",-8} p\n");
        foreach ((PerformanceMetric before, PerformanceMetric now) in known)
        {
            double? p = now.PValueAgainst(before);
            string change = $"{Difference(before, now),-8}";
            bool worse = now.Value - before.Value is { } moved && moved != 0 && moved > 0 != now.GreaterIsBetter;
            if (p < Unlikely && now.GreaterIsBetter is not null) change = worse ? ink.Bad(change) : ink.Good(change);
            string was = $"{Value(before),-6} {Interval(before),-18}", isNow = $"{Value(now),-6} {Interval(now),-18}";
            text.Append($"    {now.Name,-Width} {was} {isNow} {change} {Figures.PValue(p)}".TrimEnd()).Append('\n');
        }

        if (known.Any(m => m.Now is { Name: "accuracy", Value: not null }) && performance.Window.Metrics.Single(m => m.Name == "recall").Value is null)
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
