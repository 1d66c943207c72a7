using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using DriftStream.Host.Terminal;
using DriftStream.Judging;
using DriftStream.Statistics;
using static DriftStream.Host.Compare.Markup;

namespace DriftStream.Host.Compare;

/// <summary>A comparison as one HTML file that needs nothing beside it: no script, no font, no picture from elsewhere. It is well-formed XML as well.</summary>
internal static class HtmlReport
{
    public static void Write(ComparisonReport report, Stream to)
    {
        using var writer = new StreamWriter(to, new UTF8Encoding(false), leaveOpen: true);
        writer.Write("<!DOCTYPE html>\n");
        writer.Write(Page(report).ToString(SaveOptions.DisableFormatting));
        writer.Write('\n');
    }

    public static XElement Page(ComparisonReport report)
    {
        string title = $"Drift of {report.Head.Model}{(report.Head.Version.Length > 0 ? " v" + report.Head.Version : "")}";
        bool several = report.Verdicts.Count > 1;
        ImmutableArray<ReportedSignal> signals = [.. report.Signals];
        ImmutableArray<(string Window, ImmutableArray<JudgedGroup> Of)> groups = [.. report.Groups];
        ImmutableArray<(string Window, JudgedSignal Worst, int Windows)> slices = [.. report.Slices];
        return E("html", A("lang", "en"),
            E("head",
                E("meta", A("charset", "utf-8")),
                E("meta", A("name", "viewport"), A("content", "width=device-width, initial-scale=1")),
                E("meta", A("name", "color-scheme"), A("content", "light dark")),
                E("title", title),
                new XElement("style", ReportStyle.Css)),
            E("body",
                E("header", E("h1", title), E("p", A("class", "verdict"), Result(report)), Facts(report)),
                E("main",
                    Summary(signals, groups, several),
                    slices.Length == 0 ? null : Slices(slices, several),
                    signals.Select((s, i) => Signal(s, i, several)),
                    groups.Select((g, i) => Group(g.Window, g.Of, i, several)),
                    Attributions(report),
                    Performance(report),
                    Kpis(report),
                    several ? Windows(report) : null)));
    }

    private static string Result(ComparisonReport report)
    {
        if (report.Rows == 0) return "There were no rows to judge.";
        if (report.Verdicts is [var only]) return $"{ComparisonText.Name(only.Judgement)}: {only.Why}";
        int drifting = report.Verdicts.Count(v => v.Judgement == Judgement.Drifting);
        return $"{drifting} of {report.Verdicts.Count} windows drifting";
    }

    private static XElement Facts(ComparisonReport report)
    {
        ReportHead head = report.Head;
        return E("dl",
            Fact("reference", $"{head.Reference}, {Rows(head.Baseline.Rows)} rows"),
            Fact("judged", $"{head.Current}, {Rows(report.Rows)} rows"),
            Fact("baseline", head.Baseline.Hash),
            Fact("made", $"{head.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC by DriftStream {head.Program}"));

        static object[] Fact(string name, string value) => [E("dt", name), E("dd", value)];
    }

    private static XElement Summary(
        ImmutableArray<ReportedSignal> signals, ImmutableArray<(string Window, ImmutableArray<JudgedGroup> Of)> groups, bool several) => E("section",
        E("h2", "Summary"),
        Table("Signals, the worst first" + (several ? "; figures are those of each one's worst window" : ""),
            ["signal", "judgement", several ? "windows drifting" : null, "PSI", "p", "finds", "alike", "missing"],
            signals.Select((s, i) => SummaryRow(s, i, several))),
        E("p", A("class", "note"),
            "finds: a PSI of so much or more would be found in 4 of 5 windows. alike: so many rows count as one, as neighbours are alike."),
        groups.Length == 0 ? null : Table("Groups, the worst first", ["group", "judgement", "statistic", "value"],
            groups.SelectMany((g, i) => g.Of.Select(s => E("tr",
                RowHead(Link($"g{i}", s.Group)), E("td", Badge(s.Statistic.Judgement)), E("td", s.Statistic.Name), Value(s.Statistic))))));

    private static XElement Slices(ImmutableArray<(string Window, JudgedSignal Worst, int Windows)> slices, bool several) => E("section",
        E("h2", "Slices"),
        Table("Slices that drift, the worst first" + (several ? "; figures are those of each one's worst window" : ""),
            ["slice", "signal", several ? "windows drifting" : null, "rows", "PSI", "p", "what was said"],
            slices.Select(s => E("tr",
                RowHead(s.Worst.Slice!.Text), E("td", s.Worst.Signal), several ? Number(Rows(s.Windows)) : null, Number(Rows(s.Worst.Rows)),
                Number(Figures.Of(WorstFirst.Psi(s.Worst)?.Value, "0.0000")), Number(Figures.PValue(WorstFirst.Psi(s.Worst)?.PValue)),
                E("td", s.Worst.Why ?? "")))));

    private static XElement SummaryRow(ReportedSignal of, int place, bool several)
    {
        JudgedSignal worst = of.Worst;
        JudgedStatistic? psi = WorstFirst.Psi(worst);
        int drifting = of.History.Count(h => h.Judgement == Judgement.Drifting);
        return E("tr",
            RowHead(Link($"s{place}", worst.Signal)),
            E("td", Badge(worst.Judgement)),
            several ? Number($"{drifting} of {of.History.Count}") : null,
            Number(Figures.Of(psi?.Value, "0.0000")), Number(Figures.PValue(psi?.PValue)), Number(Figures.Of(psi?.Detectable, "0.000")),
            Number(Figures.Of(worst.DesignEffect, "0.0")), Number(worst.Rows == 0 ? "" : Figures.Percent((double)worst.Missing / worst.Rows)));
    }

    private static XElement Signal(ReportedSignal of, int place, bool several)
    {
        JudgedSignal worst = of.Worst;
        return E("section", A("id", $"s{place}"),
            E("h2", worst.Signal, " ", Badge(worst.Judgement)),
            E("p", Said(worst)),
            PairText.Of(worst) is { } pair ? E("p", pair + ".") : null,
            several ? ReportCharts.Effects(worst.Signal, of.History) : null,
            several ? E("p", A("class", "note"),
                "PSI of each window: a diamond where the signal drifts, a dot where it is steady, a ring where it cannot be told. ",
                $"Below: {of.Window}, the worst.") : null,
            E("p", A("class", "legend"), E("span", A("class", "key reference")),
                worst.Pair is null ? "reference" : "what the window's own distributions and the reference's dependence lead to expect",
                E("span", A("class", "key window")), "window"),
            ReportCharts.Bars(worst.Signal, of.Shares),
            Statistics($"Statistics of {worst.Signal}", worst.Statistics));
    }

    private static string Said(JudgedSignal signal)
    {
        if (signal.Why is { } why) return why;
        return WorstFirst.Psi(signal)?.Detectable is { } least
            ? $"{ComparisonText.Name(signal.Judgement)}: a PSI of {Figures.Of(least, "0.###")} or more would be found in 4 of 5 windows"
            : ComparisonText.Name(signal.Judgement);
    }

    private static XElement Group(string window, ImmutableArray<JudgedGroup> of, int place, bool several) => E("section", A("id", $"g{place}"),
        E("h2", of[0].Group, " ", Badge(of[0].Statistic.Judgement)),
        of.Select(g => g.Why).OfType<string>().Distinct().Select(why => E("p", why)),
        several ? E("p", A("class", "note"), $"{window}, the worst window.") : null,
        of.FirstOrDefault(g => !g.By.Any(IsOfScores)) is { } rates
            ? new object[]
            {
                ReportCharts.Rates(rates.Group, rates.By),
                E("p", A("class", "note"), "Share selected in each group, with 95 % intervals (Wilson) of independent rows."),
            }
            : [],
        ErrorsBy([.. of.Where(g => g.By.Any(b => b.All is not null))]),
        Statistics($"Statistics of {of[0].Group}", of.Select(g => g.Statistic)));

    // Of a score or an error nobody is selected.
    private static bool IsOfScores(GroupCount count) => count.Scored is not null || count.All is not null;

    // All statistics of a group are of the same values.
    private static XElement? ErrorsBy(JudgedGroup[] of) => of.Length == 0 ? null : Table($"How far predictions are off in each value of {of[0].Group}",
        ["value", "rows", "with a score and a label", .. of.Select(g => g.Statistic.Name.Split('_')[0])],
        of[0].By.Select((by, i) => E("tr", RowHead(by.Value), Number(Rows(by.All ?? 0)), Number(Rows(by.Rows)),
            of.Select(g => Number(Figures.Of(g.By[i].Error, "0.####"))))));

    private static XElement Statistics(string caption, IEnumerable<JudgedStatistic> statistics) => Table(caption,
        ["statistic", "convention", "value", "p", "test", "rows", "rule says"],
        statistics.OrderBy(s => s.Rule is null).Select(s => E("tr",
            RowHead(s.Name), E("td", s.Convention ?? ""), Value(s), Number(Figures.PValue(s.PValue)), E("td", s.Test ?? ""),
            Number(Rows(s.WindowRows)), E("td", s.Rule is null ? "" : Badge(s.Judgement)))));

    private static XElement? Attributions(ComparisonReport report)
    {
        const int most = 20;
        Verdict? verdict = report.Verdicts.Where(v => v.Attributions is not null).MinBy(v => v.Attributions!.Ranking.Value ?? 1);
        if (verdict?.Attributions is not { } worst) return null;
        string value = Figures.Of(worst.Ranking.Value, "0.000");
        string which = report.Verdicts.Count > 1 ? $" of {ComparisonText.WindowName(verdict)}, in which it is least like the reference's" : "";
        return E("section", A("id", "attributions"),
            E("h2", "Attributions ", Badge(worst.Judgement)),
            E("p", worst.Why ?? $"The ranking of features by attribution has an NDCG of {value}: 1 where it is the reference's."),
            Table($"Features by mean |attribution|{which}", ["feature", "place", "in the reference", "mean", "in the reference"],
                worst.Ranking.Features.Take(most).Select(f => E("tr", RowHead(f.Feature), Number(Rows(f.Rank)), Number(Rows(f.ReferenceRank)),
                    Number(Figures.Of(f.Window, "0.####")), Number(Figures.Of(f.Reference, "0.####"))))));
    }

    private static XElement? Kpis(ComparisonReport report) => report.Verdicts.All(v => v.Kpis.IsEmpty) ? null : E("section", A("id", "kpis"),
        E("h2", "KPIs"),
        Table("Numbers with targets", ["window", "KPI", "target", "value", "judgement", "why"],
            report.Verdicts.SelectMany(v => v.Kpis.Select(k => E("tr", RowHead(ComparisonText.WindowName(v)), E("td", k.Kpi.Name), E("td", k.Kpi.TargetText),
                Number(k.Statistic.Value is { } value ? k.Kpi.Spell(value) : ""), E("td", Badge(k.Statistic.Judgement)),
                E("td", string.Join(". ", new[] { k.Why, PerformanceText.OfCells(k, v.Performance) }.OfType<string>())))))));

    private static XElement? Performance(ComparisonReport report)
    {
        (string Window, ComparedPerformance Of)[] known =
            [.. report.Verdicts.Where(v => v.Performance is not null).Select(v => (ComparisonText.WindowName(v), v.Performance!))];
        if (known.Length == 0) return null;
        return E("section", A("id", "performance"),
            E("h2", "Performance"),
            E("p", $"Of the reference {PerformanceText.Labels(known[0].Of.Reference)}."),
            known is [var only] ? E("p", $"Of the rows to judge {PerformanceText.Labels(only.Of.Window)}.") : null,
            known.Length == 1 ? Metrics(known[0].Of) : Metrics(known),
            Estimates(known),
            Detected(known),
            ByGroup(known),
            Differences(known),
            known.Length == 1
                ? E("p", A("class", "note"), "Intervals of 95 % and p-values of rows that are independent. Rules judge what cells tell, as in a stream.")
                : null,
            Judged(known[^1].Of));
    }

    private static XElement Metrics(ComparedPerformance of) => Table("How well the model did", ["metric", "reference", "window", "change", "p"],
        PerformanceText.Known(of).Select(m => E("tr", RowHead(m.Now.Name), Metric(m.Before), Metric(m.Now), Number(PerformanceText.Difference(m.Before, m.Now)),
            Number(Figures.PValue(m.Now.PValueAgainst(m.Before))))));

    private static XElement? Judged(ComparedPerformance of) => of.Judged.IsEmpty ? null : Table("What rules say of it", ["metric", "judgement", "why"],
        of.Judged.Select(j => E("tr", RowHead(j.Metric.Name), E("td", Badge(j.Statistic.Judgement)), E("td", j.Why ?? ""))));

    private static XElement Metrics((string Window, ComparedPerformance Of)[] windows)
    {
        string[] names = [.. PerformanceText.Known(windows[0].Of).Select(m => m.Now.Name)];
        ComparedPerformance first = windows[0].Of;
        return Table("How well the model did in each window", ["window", "labels", .. names],
            [
                E("tr", [RowHead("reference"), Number(Share(first.Reference)), .. Cells(first.Reference)]),
                .. windows.Select(w => E("tr", [RowHead(w.Window), Number(Share(w.Of.Window)), .. Cells(w.Of.Window)])),
            ]);

        IEnumerable<XElement> Cells(Performance of) => of.Metrics.Where(m => names.Contains(m.Name)).Select(m => Number(PerformanceText.Value(m)));

        static string Share(Performance of) => of.Labels.Share is { } share ? Figures.Percent(share) : "";
    }

    private static IEnumerable<XElement> ByGroup((string Window, ComparedPerformance Of)[] windows) => windows
        .Where(w => !w.Of.Groups.IsEmpty)
        .Select(w => Table("How well the model did in each group" + (windows.Length == 1 ? "" : $", {w.Window}"),
            ["group", "labels", .. PerformanceText.OfGroup(w.Of.Window).Select(m => m.Name)],
            w.Of.Groups.Select(g => E("tr",
                [RowHead($"{g.Group} {g.Value}"), Number(Rows(g.Window.Labels.Labelled)), .. PerformanceText.OfGroup(g.Window).Select(Metric)]))));

    private static IEnumerable<XElement> Differences((string Window, ComparedPerformance Of)[] windows) => windows
        .Where(w => !w.Of.Differences.IsEmpty)
        .Select(w => Table("How far the errors of groups are apart" + (windows.Length == 1 ? "" : $", {w.Window}"),
            ["group", "difference, with an interval of 95 % that holds for all pairs of values together"],
            w.Of.Differences.Select(d => E("tr", RowHead(d.Group), E("td", PerformanceText.Difference(d))))));

    private static XElement? Detected((string Window, ComparedPerformance Of)[] windows)
    {
        (string Window, ComparedPerformance Of)[] seen = [.. windows.Where(w => !w.Of.Detectors.IsEmpty)];
        return seen.Length == 0 ? null : Table("Detectors of concept drift on errors", ["window", "what they say"],
            seen.Select(w => E("tr", RowHead(w.Window), E("td", PerformanceText.Detected(w.Of)))));
    }

    private static IEnumerable<XElement> Estimates((string Window, ComparedPerformance Of)[] windows)
    {
        (string Window, ComparedPerformance Of)[] known = [.. windows.Where(w => PerformanceText.Estimates(w.Of).Any())];
        if (known.Length == 0) return [];
        string[] about = [.. known.Select(w => PerformanceText.About(w.Of.Estimate!.Window)).Distinct()];
        XElement table = known is [var only]
            ? Table("Estimated before labels", ["metric", "estimated", "realised", "off by", "p"], PerformanceText.Estimates(only.Of).Select(m => E("tr",
                RowHead(m.Estimated.Name), Metric(m.Estimated), Number(PerformanceText.Value(m.Realised)),
                Number(PerformanceText.Difference(m.Comparable, m.Realised)), Number(Figures.PValue(m.Comparable.PValueOfRealised(m.Realised))))))
            : Table("Estimated before labels, in each window", ["window", .. PerformanceText.Estimates(known[0].Of).Select(m => m.Estimated.Name)],
                known.Select(w => E("tr", [RowHead(w.Window), .. w.Of.Estimate!.Window.Metrics.Select(m => Number(PerformanceText.Value(m)))])));
        return [table, .. about.Select(text => E("p", A("class", "note"), $"Estimated {text}."))];
    }

    private static XElement Metric(PerformanceMetric metric) => Number($"{PerformanceText.Value(metric)} {PerformanceText.Interval(metric)}".TrimEnd());

    private static XElement Windows(ComparisonReport report) => E("section",
        E("h2", "Windows"),
        Table("Windows in their order", ["window", "judgement", "rows", "what was said"], report.Verdicts.Select(v => E("tr",
            RowHead(ComparisonText.WindowName(v)), E("td", Badge(v.Judgement)), Number(Rows(v.Window.Rows)), E("td", v.Why)))));

    private static XElement Table(string caption, string?[] heads, IEnumerable<XElement> rows) => E("div", A("class", "wide"), E("table",
        E("caption", caption),
        E("thead", E("tr", heads.OfType<string>().Select(h => E("th", A("scope", "col"), h)))),
        E("tbody", rows)));

    private static XElement RowHead(object content) => E("th", A("scope", "row"), content);

    private static XElement Link(string id, string text) => E("a", A("href", "#" + id), text);

    private static XElement Badge(Judgement judgement) => E("span", A("class", "badge " + ComparisonText.Name(judgement)), ComparisonText.Name(judgement));

    private static XElement Number(string text) => E("td", A("class", "number"), text);

    private static XElement Value(JudgedStatistic of) => Number(of is { Low: { } low, High: { } high }
        ? $"{Figures.Of(of.Value, "0.####")} [{Figures.Of(low, "0.####")}, {Figures.Of(high, "0.####")}]"
        : Figures.Of(of.Value, "0.####"));

    private static string Rows(long rows) => rows.ToString("N0", CultureInfo.InvariantCulture);
}
