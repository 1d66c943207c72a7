using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Host.Pages;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>How well a model does, on its page and in its report: the numbers of the verdicts, by labels that came later.</summary>
[Collection(DemoSite.Collection)]
public sealed partial class PerformancePagesTests(DemoSite site)
{
    private static readonly Verdict[] Told = [.. CreditModel.Verdicts().Where(v => v.Window.Delay is not null)];

    [Fact]
    public async Task Model_ShowsMetricsOverTime_AtThePlacesOfItsWindows()
    {
        string page = await Get("/model?id=credit");

        Assert.Contains("By labels known up to 7d later", page, StringComparison.Ordinal);
        Assert.Contains("The last 2 windows still wait for labels.", page, StringComparison.Ordinal);
        // A point for each window with labels, at its value; the baseline as a line.
        foreach (Verdict verdict in Told)
        {
            PerformanceMetric recall = verdict.Performance!.Judged.Single(m => m.Metric.Name == "recall").Metric;
            string span = $"{Shown.Time(verdict.Window.Start)} – {Shown.Time(verdict.Window.End)}";
            string value = Shown.Number(double.Parse(recall.Value!.Value.ToString("G4", null), null));
            Assert.Contains($"{span}: {value} [", page, StringComparison.Ordinal);
        }

        Assert.Contains("baseline 0.8", page, StringComparison.Ordinal);
        Assert.Equal(CreditModel.Labelled, Regex.Count(Regex.Match(page, "(?s)<h4>recall</h4><svg.*?</svg>").Value, "<circle"));
        // Rules that speak are drawn in the strip of the windows that they are of.
        string joined = await Get($"/model?id=credit&window={Uri.EscapeDataString(CreditModel.Joined)}");
        int drifting = Told.Sum(v => v.Performance!.Judged.Count(m => m.Statistic.Judgement == Judgement.Drifting)
            + v.Groups.Count(g => g.Statistic.Judgement == Judgement.Drifting) + v.Kpis.Count(k => k.MissedBy is not null));
        Assert.InRange(drifting, 1, 20);
        Assert.Equal(drifting, Regex.Count(DotPath().Match(joined).Groups[1].Value, "M"));
    }

    /// <summary>Which features the model relies on, in the window and in the baseline, and how alike the ranking was before.</summary>
    [Fact]
    public async Task Model_ShowsWhichFeaturesItReliesOn()
    {
        Verdict leaned = CreditModel.Verdicts().ElementAt(CreditModel.Leaned);
        string page = await Get($"/model?id=credit&at={EventTime.Format(leaned.Window.End)}");
        string part = page[page.IndexOf("id=\"attributions\"", StringComparison.Ordinal)..];
        part = part[..part.IndexOf("</section>", StringComparison.Ordinal)];
        Assert.Equal(Judgement.Drifting, leaned.Attributions!.Judgement);
        Assert.Contains(leaned.Attributions.Why!, part, StringComparison.Ordinal);
        Assert.Equal(CreditModel.Days, Regex.Count(Regex.Match(part, "(?s)<h3>Likeness of the ranking</h3><svg.*?</svg>").Value, "<circle"));
        Assert.Matches("(?s)<th scope=\"row\">shap_age</th>\\s*<td class=\"number\">1</td>\\s*<td class=\"number\">2</td>", part);
        Assert.DoesNotContain("attribution ndcg", page[page.IndexOf("id=\"performance\"", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    /// <summary>A KPI over the windows, beside its target; what the last window says of it, and what missing it costs.</summary>
    [Fact]
    public async Task Model_ShowsKpis_BesideTheirTargets()
    {
        string page = await Get("/model?id=credit");
        string part = page[page.IndexOf("id=\"kpis\"", StringComparison.Ordinal)..];
        part = part[..part.IndexOf("</section>", StringComparison.Ordinal)];
        JudgedKpi last = Told[^1].Kpis.Single();
        Assert.True(last.MissedBy > 0);
        Assert.Equal(CreditModel.Labelled, Regex.Count(Regex.Match(part, $"(?s)<h3>{last.Kpi.Name}</h3><svg.*?</svg>").Value, "<circle"));
        Assert.Contains(">at least 60 %</text>", part, StringComparison.Ordinal);
        int missed = Told.Count(v => v.Kpis[0].MissedBy is not null);
        Assert.Contains($"<td class=\"number\">{missed} of {CreditModel.Labelled}</td>", part, StringComparison.Ordinal);
        Assert.Contains($"<td class=\"number\">{Shown.Number(last.Cost, "N0")} EUR</td>", part, StringComparison.Ordinal);
        Assert.Contains("badge missed", part, StringComparison.Ordinal);
        Assert.Contains(last.Why!, part, StringComparison.Ordinal);
        // A mean that misses its target by less than its cells leave open is neither met nor missed.
        Assert.Contains("badge undecided", part, StringComparison.Ordinal);
    }

    /// <summary>Before labels come, what scores lead to expect: of all windows, also of those whose labels are waited for.</summary>
    [Fact]
    public async Task Model_ShowsWhatIsEstimated_AndNothingOfLabelsThatAreStillToCome()
    {
        string page = await Get("/model?id=credit");
        Verdict rows = CreditModel.Verdicts().Last(v => v.Window.Delay is null);
        int later = page.IndexOf("By labels known up to 7d", StringComparison.Ordinal);
        string part = page[page.IndexOf("Estimated, before labels come", StringComparison.Ordinal)..later];

        Assert.Equal(CreditModel.Days, Regex.Count(Regex.Match(part, "(?s)<h4>estimated recall</h4><svg.*?</svg>").Value, "<circle"));
        Assert.Contains($"<td class=\"number\">{Shown.Number(rows.Performance!.Estimate!.Window.Metric("recall").Value)}</td>", part, StringComparison.Ordinal);
        Assert.Contains(EstimatedPerformance.About, part, StringComparison.Ordinal);
        Assert.DoesNotContain("labels known", part, StringComparison.Ordinal);
    }

    /// <summary>Of how many rows the label is known, of the selected and the others and by group, and what follows from that.</summary>
    [Fact]
    public async Task Model_SaysOfWhomLabelsAreKnown_AndWhatThatMeans()
    {
        string page = await Get("/model?id=credit");
        ComparedPerformance last = Told[^1].Performance!;

        string shares = string.Concat(new[] { last.Window.Labels, last.Window.Selected, last.Window.Rejected }.Select(l => Cell(Shown.Percent(l.Share))));
        Assert.Matches($"(?s)<th scope=\"row\">all rows</th>.{{0,200}}{Regex.Replace(shares, "><td", ">\\s*<td")}", page);
        GroupCoverage women = Told[^1].Groups[0].LabelledBy[0];
        string counts = Cell(Shown.Count(women.Selected.Rows + women.Rejected.Rows)) + Cell(Shown.Count(women.Selected.Labelled + women.Rejected.Labelled));
        Assert.Contains($"<th scope=\"row\">sex: f</th>{counts}", page, StringComparison.Ordinal);
        Assert.Contains("known more often of those whom the model selected (95.5 % of the selected, 61.9 % of the others)", page, StringComparison.Ordinal);
        Assert.Contains("Labels are known more often of m than of f", page, StringComparison.Ordinal);

        static string Cell(string text) => $"<td class=\"number\">{text}</td>";
    }

    [Fact]
    public async Task JoinedWindows_AreToldInTheirOwnWords()
    {
        string page = await Get($"/model?id=credit&window={Uri.EscapeDataString(CreditModel.Joined)}");

        Assert.Equal("1 of 2 metrics: recall; 0 of 1 group; 1 of 1 KPI: found", Told[^1].Why);
        Assert.Contains(Told[^1].Why, page, StringComparison.Ordinal);
        Assert.Contains("1,000 rows, the label of", page, StringComparison.Ordinal);
        Assert.Contains("by labels known up to 7d later", page, StringComparison.Ordinal);
        Assert.DoesNotContain("0 of 0", page, StringComparison.Ordinal);
        Assert.DoesNotContain("against 0", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Episode_SaysByWhichLabels()
    {
        string page = await Get($"/episode?id={CreditModel.Episode}");

        Assert.Contains("<dt>By labels</dt><dd>known up to 7d later", page, StringComparison.Ordinal);
        Assert.Contains("window=1d%407d", page, StringComparison.Ordinal);
        Assert.Contains("#performance", page, StringComparison.Ordinal);
        Assert.Equal(["1d", CreditModel.Joined], site.History.Models().Where(m => m.Id == CreditModel.Id).Select(m => m.Window));
    }

    [Fact]
    public async Task Report_HasThePerformance()
    {
        var shown = new Site(site.History, () => site.Plan, TimeProvider.System);
        ReportView report = ReportView.Of(shown, CreditModel.Id, null, null, null)!;
        string page = WebUtility.HtmlDecode(await PageText.Of<ReportPage>(("View", report)));
        JsonElement[] all = [.. JsonSerializer.Deserialize<JsonElement>(PageApi.Report(report)).GetProperty("performance").EnumerateArray()];
        JsonElement json = all[1];

        Assert.Contains("By labels known up to 7d later", page, StringComparison.Ordinal);
        Assert.Contains(Cost, page, StringComparison.Ordinal);
        Assert.Equal(Told[^1].Performance!.Costs!.Window!.PerRow,
            json.GetProperty("last").GetProperty("performance").GetProperty("cost").GetProperty("per_row").GetDouble(), 4);
        Assert.DoesNotContain("not joined", page, StringComparison.Ordinal);
        Assert.Equal(("1d@7d", "7d", 2),
            (json.GetProperty("window").GetString(), json.GetProperty("delay").GetString(), json.GetProperty("waiting").GetInt32()));
        Assert.Equal("estimated_recall", all[0].GetProperty("metrics")[0].GetProperty("name").GetString());
        JsonElement recall = json.GetProperty("metrics").EnumerateArray().Single(m => m.GetProperty("name").GetString() == "recall");
        Assert.Equal(CreditModel.Days, recall.GetProperty("points").GetArrayLength());
        double told = recall.GetProperty("points")[CreditModel.Labelled - 1].GetProperty("value").GetDouble();
        Assert.Equal(Told[^1].Performance!.Judged[0].Metric.Value!.Value, told, 4);

        JudgedKpi last = Told[^1].Kpis.Single();
        Assert.Contains(last.Why!, page, StringComparison.Ordinal);
        JsonElement kpi = JsonSerializer.Deserialize<JsonElement>(PageApi.Report(report)).GetProperty("kpis").EnumerateArray()
            .Single(k => k.GetProperty("id").GetString() == "found");
        Assert.Equal((0.6, CreditModel.Joined, last.Statistic.Value), (kpi.GetProperty("target").GetDouble(), kpi.GetProperty("window").GetString(),
            kpi.GetProperty("last").GetProperty("value").GetDouble()));
    }

    /// <summary>What is expected of the rows as they came, then what labels have shown.</summary>
    [Fact]
    public async Task Model_SaysWhatWrongDecisionsCost()
    {
        string page = await Get("/model?id=credit");

        Assert.Contains(Cost, page, StringComparison.Ordinal);
        Assert.Contains("One false positive costs 250 EUR, one false negative 40 EUR.", page, StringComparison.Ordinal);
        Assert.Matches("Errors are expected to cost [0-9,]+ EUR: [0-9.]+ a row", page);
        Assert.DoesNotContain("class=\"cost\"", await Get("/model?id=employment"), StringComparison.Ordinal);
    }

    // From the verdict itself.
    private static string Cost
    {
        get
        {
            RowCosts cost = Told[^1].Performance!.Costs!.Window!;
            return string.Create(CultureInfo.InvariantCulture, $"Errors cost {cost.Amount:N0} EUR: {cost.PerRow:0.###} a row");
        }
    }

    private async Task<string> Get(string place)
    {
        using HttpClient client = site.Client("anna");
        return WebUtility.HtmlDecode(await client.GetStringAsync(new Uri(place, UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [GeneratedRegex("class=\"dot\" d=\"([^\"]*)\"")]
    private static partial Regex DotPath();
}
