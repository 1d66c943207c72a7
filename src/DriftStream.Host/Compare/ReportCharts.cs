using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using DriftStream.Host.Terminal;
using DriftStream.Judging;
using DriftStream.Statistics;
using static DriftStream.Host.Compare.Markup;

namespace DriftStream.Host.Compare;

/// <summary>The pictures of a report: SVG in the page's own colours, each with a title and a description for those who do not see it.</summary>
internal static class ReportCharts
{
    private const double Width = 680, Label = 190, Figure = 64;
    private const double Bar = 11, Row = 30, Gap = 8;
    private const int LongestLabel = 28;

    /// <summary>Two bars a part: the reference, and under it the window. What is no value stands apart.</summary>
    public static XElement Bars(string signal, Distribution shares)
    {
        double most = shares.Parts.Select(p => Math.Max(shares.ReferenceShare(p), shares.WindowShare(p))).Append(1e-9).Max();
        double scale = (Width - Label - Figure) / most, y = 4;
        var drawn = new List<XElement>();
        bool apart = false;
        foreach (DistributionPart part in shares.Parts)
        {
            if (part.Apart && !apart && drawn.Count > 0)
            {
                drawn.Add(Line("rule", 0, y + (Gap / 2), Width, y + (Gap / 2)));
                y += Gap;
            }

            apart |= part.Apart;
            double reference = shares.ReferenceShare(part), window = shares.WindowShare(part);
            drawn.Add(E("g",
                E("title", $"{part.Name}: {Figures.Percent(reference)} of the reference, {Figures.Percent(window)} of the window"),
                Text("label", Label - 8, y + Bar + 5, Short(part.Name)),
                Rectangle("reference", Label, y, reference * scale), Text("figure", Label + (reference * scale) + 5, y + Bar - 2, Figures.Percent(reference)),
                Rectangle("window", Label, y + Bar + 1, window * scale),
                Text("figure", Label + (window * scale) + 5, y + (2 * Bar) - 1, Figures.Percent(window))));
            y += Row;
        }

        string described = string.Join("; ", shares.Parts.Select(
            p => $"{p.Name} {Figures.Percent(shares.ReferenceShare(p))} and {Figures.Percent(shares.WindowShare(p))}"));
        return Picture($"{signal}: shares of the reference and of the window", described, y, drawn);
    }

    /// <summary>The share selected in each group, with its interval.</summary>
    public static XElement Rates(string group, ImmutableArray<GroupCount> by)
    {
        double z = Proportions.Quantile(0.95), y = 4, wide = Width - Label - Figure - 40;
        var drawn = new List<XElement>();
        var said = new List<string>();
        foreach (GroupCount of in by)
        {
            var label = Text("label", Label - 8, y + 12, Short(of.Value));
            if (of.Rows == 0)
            {
                drawn.Add(E("g", label, Text("figure", Label + 5, y + 12, "no rows")));
                said.Add($"{of.Value}: no rows");
            }
            else
            {
                double rate = (double)of.Selected / of.Rows;
                Interval interval = Proportions.Wilson(of.Selected, of.Rows, z);
                string words = $"{Figures.Percent(rate)} [{Figures.Percent(interval.Low)}, {Figures.Percent(interval.High)}]";
                said.Add($"{of.Value}: {words} of {of.Rows} rows");
                drawn.Add(E("g", E("title", said[^1]), label,
                    Line("rule", Label, y + 8, Label + wide, y + 8),
                    Line("interval", Label + (interval.Low * wide), y + 8, Label + (interval.High * wide), y + 8),
                    E("circle", A("class", "window"), A("cx", Label + (rate * wide)), A("cy", y + 8), A("r", 4)),
                    Text("figure", Label + wide + 6, y + 12, words)));
            }

            y += 22;
        }

        return Picture($"{group}: share selected in each group, with 95 % intervals", string.Join("; ", said), y, drawn);
    }

    /// <summary>The effect in each window; where the signal drifts a filled diamond, where it cannot be told a ring.</summary>
    public static XElement Effects(string signal, IReadOnlyList<(string Window, Judgement Judgement, double? Psi)> history)
    {
        const double left = 52, top = 10, high = 90;
        double most = Math.Max(0.01, history.Max(h => h.Psi ?? 0)), step = (Width - left - 12) / Math.Max(1, history.Count - 1);
        double small = Math.Clamp(step / 3, 1.5, 4);
        var drawn = new List<XElement> { Line("rule", left, top + high, Width, top + high), Line("rule", left, top, Width, top) };
        drawn.Add(Text("label", left - 6, top + 4, Figures.Of(most, "0.00#")));
        drawn.Add(Text("label", left - 6, top + high + 4, "0"));
        (double X, double Y)? last = null;
        for (int i = 0; i < history.Count; i++)
        {
            (string window, Judgement judgement, double? psi) = history[i];
            double x = left + (i * step), y = top + high - (Math.Max(0, psi ?? 0) / most * high);
            if (last is { } from && psi is not null) drawn.Insert(2, Line("course", from.X, from.Y, x, y));
            last = psi is null ? null : (x, y);
            double size = judgement == Judgement.Drifting ? Math.Max(small, 3) : small;
            drawn.Add(E("g", E("title", $"{window}: {ComparisonText.Name(judgement)}, PSI {Figures.Of(psi, "0.0000")}"), Mark(judgement, x, y, size)));
        }

        drawn.Add(Text("figure", left, top + high + 18, history[0].Window));
        drawn.Add(Text("figure end", Width, top + high + 18, history.Count > 1 ? history[^1].Window : ""));
        int drifting = history.Count(h => h.Judgement == Judgement.Drifting);
        return Picture($"{signal}: PSI of each window",
            $"{drifting} of {history.Count} windows drifting; the greatest PSI is {Figures.Of(history.Max(h => h.Psi), "0.0000")}", top + high + 24, drawn);
    }

    private static XElement Mark(Judgement judgement, double x, double y, double size)
    {
        string at = string.Create(CultureInfo.InvariantCulture, $"rotate(45 {x:0.##} {y:0.##})");
        return judgement switch
        {
            Judgement.Drifting => E("rect", A("class", "drifting"), A("x", x - size), A("y", y - size), A("width", 2 * size), A("height", 2 * size),
                A("transform", at)),
            Judgement.Steady => E("circle", A("class", "steady"), A("cx", x), A("cy", y), A("r", size * 0.8)),
            Judgement.Insufficient or Judgement.Unjudged => E("circle", A("class", "hollow"), A("cx", x), A("cy", y), A("r", size)),
        };
    }

    private static XElement Picture(string title, string description, double height, IEnumerable<XElement> drawn) => E("svg",
        A("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width} {height:0.##}")), A("role", "img"),
        E("title", title), E("desc", description), drawn);

    private static XElement Rectangle(string kind, double x, double y, double width) =>
        E("rect", A("class", kind), A("x", x), A("y", y), A("width", width), A("height", Bar));

    private static XElement Line(string kind, double x, double y, double toX, double toY) =>
        E("line", A("class", kind), A("x1", x), A("y1", y), A("x2", toX), A("y2", toY));

    private static XElement Text(string kind, double x, double y, string text) => E("text", A("class", kind), A("x", x), A("y", y), text);

    private static string Short(string name)
    {
        var text = new StringInfo(Printable.Of(name));
        return text.LengthInTextElements <= LongestLabel ? text.String : text.SubstringByTextElements(0, LongestLabel - 1) + "…";
    }
}
