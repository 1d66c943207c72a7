using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using DriftStream.Host.Terminal;
using DriftStream.Judging;

namespace DriftStream.Host.Compare;

/// <summary>
/// A comparison as JUnit XML, as Jenkins, GitLab and others read it: a suite is a window, a case a signal, a statistic of a group, a metric or a KPI. What
/// drifts has failed; what cannot be told, or no rule looks at, is skipped; a file without rows is an error.
/// </summary>
/// <remarks>Format: https://llg.cubic.org/docs/junit/ and the schema of Jenkins' xUnit plugin, junit-10.xsd.</remarks>
internal static class JUnitReport
{
    private static readonly string[] Totals = ["tests", "failures", "errors", "skipped"];

    public static void Write(ComparisonReport report, Stream to)
    {
        using var writer = XmlWriter.Create(to, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false) });
        Document(report).Save(writer);
    }

    public static XDocument Document(ComparisonReport report)
    {
        List<XElement> suites = [.. report.Verdicts.Select(v => Suite(report, Name(report, v), Tests(report, v)))];
        if (report.Rows == 0)
        {
            var error = new XElement("error", new XAttribute("message", "no rows to judge"), new XAttribute("type", "no rows"));
            suites.Insert(0, Suite(report, report.Head.Model, [Case(report, report.Head.Model, "rows", error)]));
        }

        var all = new XElement("testsuites", new XAttribute("name", "driftstream compare"));
        foreach (string total in Totals) all.Add(new XAttribute(total, suites.Sum(s => (int)s.Attribute(total)!)));
        all.Add(new XAttribute("time", "0"), suites);
        return new XDocument(all);
    }

    private static IEnumerable<XElement> Tests(ComparisonReport report, Verdict verdict)
    {
        string window = ComparisonText.WindowName(verdict);
        foreach (JudgedSignal signal in WorstFirst.Of(verdict.Signals))
            yield return Case(report, window, $"signal {signal.Signal}", Outcome(signal.Judgement, signal.Why, Details(signal)));
        // Slices are many: those that are steady or too small are no cases.
        foreach (JudgedSignal slice in WorstFirst.Of(verdict.Slices))
            yield return Case(report, window, $"signal {slice.Subject}", Outcome(slice.Judgement, slice.Why, Details(slice)));
        // A case is known by its name from run to run, so the rule is in it only where two look at the same.
        HashSet<string> named = [];
        foreach (JudgedGroup group in WorstFirst.Of(verdict.Groups))
        {
            JudgedStatistic of = group.Statistic;
            yield return Case(report, window, Once($"group {group.Group} {of.Name}", of), Outcome(of.Judgement, group.Why, Figure(of)));
        }

        foreach (JudgedMetric metric in verdict.Performance?.Judged ?? [])
            yield return Case(report, window, Once($"performance {metric.Metric.Name}", metric.Statistic),
                Outcome(metric.Statistic.Judgement, metric.Why, Figure(metric.Statistic)));
        foreach (JudgedStatistic of in verdict.Attributions?.Judged ?? [])
            yield return Case(report, window, Once($"attributions {of.Name}", of), Outcome(of.Judgement, verdict.Attributions!.Why, Figure(of)));
        foreach (JudgedKpi kpi in verdict.Kpis)
            yield return Case(report, window, $"kpi {kpi.Kpi.Id}", Outcome(kpi.Statistic.Judgement, kpi.Why, Figure(kpi.Statistic)));
        foreach (JudgedStatistic of in verdict.OfModel)
            yield return Case(report, window, Once($"model {of.Name}", of), Outcome(of.Judgement, null, Figure(of)));

        string Once(string name, JudgedStatistic of) => named.Add(name) ? name : $"{name} {of.Rule}";
    }

    private static string Name(ComparisonReport report, Verdict verdict) => $"{report.Head.Model} {ComparisonText.WindowName(verdict)}";

    private static XElement Suite(ComparisonReport report, string name, IEnumerable<XElement> tests)
    {
        XElement[] cases = [.. tests];
        int[] totals = [cases.Length, Count("failure"), Count("error"), Count("skipped")];
        var suite = new XElement("testsuite", new XAttribute("name", Printable.Of(name)));
        for (int i = 0; i < Totals.Length; i++) suite.Add(new XAttribute(Totals[i], totals[i]));
        suite.Add(new XAttribute("time", "0"),
            new XAttribute("timestamp", report.Head.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)));
        suite.Add(new XElement("properties",
            Property("reference", report.Head.Reference), Property("current", report.Head.Current), Property("baseline", report.Head.Baseline.Hash),
            Property("driftstream", report.Head.Program)));
        suite.Add(cases.Cast<object>().ToArray());
        return suite;

        int Count(string outcome) => cases.Count(c => c.Element(outcome) is not null);
    }

    private static XElement Property(string name, string value) =>
        new("property", new XAttribute("name", name), new XAttribute("value", Printable.Of(value)));

    // Readers cut a class name at its last dot: the model is the package, the window the class.
    private static XElement Case(ComparisonReport report, string window, string name, XElement? outcome) => new("testcase",
        new XAttribute("classname", Printable.Of($"{report.Head.Model}.{window}")), new XAttribute("name", Printable.Of(name)),
        new XAttribute("time", "0"), outcome);

    private static XElement? Outcome(Judgement judgement, string? why, string details) => judgement switch
    {
        Judgement.Steady => null,
        Judgement.Drifting => new XElement("failure",
            new XAttribute("message", Printable.Of(why ?? details)), new XAttribute("type", "drifting"), details),
        Judgement.Insufficient => new XElement("skipped", new XAttribute("message", Printable.Of("insufficient: " + (why ?? details)))),
        Judgement.Unjudged => new XElement("skipped", new XAttribute("message", "unjudged: no rule looks at it")),
    };

    private static string Details(JudgedSignal signal)
    {
        var text = new StringBuilder();
        if (signal.Why is { } why) text.Append(Printable.Of(why)).Append('\n');
        foreach (JudgedStatistic of in signal.Statistics.Where(s => s.Rule is not null)) text.Append(Figure(of)).Append('\n');
        foreach (CellContribution cell in signal.Cells)
            text.Append($"{Printable.Of(cell.Cell)}: {Figures.Percent(cell.Reference)} of the reference, {Figures.Percent(cell.Window)} of the window\n");
        return text.ToString();
    }

    private static string Figure(JudgedStatistic of)
    {
        var text = new StringBuilder(of.Name);
        if (of.Convention is { } convention) text.Append($" ({convention})");
        text.Append($" {Figures.Of(of.Value, "0.####")}");
        if (of is { Low: { } low, High: { } high }) text.Append($" [{Figures.Of(low, "0.####")}, {Figures.Of(high, "0.####")}]");
        if (of.PValue is { } p) text.Append($", p {Figures.PValue(p)}");
        return text.Append(CultureInfo.InvariantCulture, $", {of.WindowRows} rows against {of.ReferenceRows}").ToString();
    }
}
