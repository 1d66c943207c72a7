using System.Text;
using System.Xml.Linq;
using DriftStream.Host.Terminal;
using DriftStream.Host.Tests.Commands;
using Xunit;

namespace DriftStream.Host.Tests.Compare;

/// <summary>What <c>compare</c> writes for people and for pipelines.</summary>
public sealed class CompareReportTests : IDisposable
{
    private const string Evil = "<script>alert('x')</script>&\"";

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-report-").FullName;

    [Fact]
    public void Table_IsWorstFirst_OrAsTheBaselineIs()
    {
        (string reference, string current) = Files();
        string[] Order(params string[] more) =>
            [.. Cli.Run(["compare", "--reference", reference, "--current", current, .. more]).Lines
                .Select(l => l.Trim().Split(' ')[0]).Where(w => w is "calm" or "gone" or "moved")];
        Assert.Equal(["gone", "moved", "calm"], Order().Distinct());
        Assert.Equal(["calm", "gone", "moved"], Order("--order", "baseline").Distinct());
    }

    [Fact]
    public void Table_DrawsBothShares_WithinEightyColumns()
    {
        (string reference, string current) = Files();
        CliResult run = Cli.Run("compare", "--reference", reference, "--current", current);
        string[] drawn = [.. run.Lines.Where(l => l.Contains('█'))];
        Assert.NotEmpty(drawn);
        Assert.All(drawn, l => Assert.InRange(l.Length, 1, 80));
        // "moved" has 50 % in the reference and 80 % in the window: its bars are as 5 to 8.
        int first = Array.FindIndex(run.Lines, l => l.StartsWith("    moved ", StringComparison.Ordinal));
        string before = run.Lines.Skip(first).First(l => l.Contains("50.0 %")), after = run.Lines.Skip(first).First(l => l.Contains("80.0 %"));
        Assert.Equal(5.0 / 8, (double)before.Count(c => c == '█') / after.Count(c => c == '█'), 0.03);
    }

    [Theory]
    [InlineData(1, "████")]
    [InlineData(0.5, "██")]
    [InlineData(0.625, "██▌")]
    [InlineData(0.0001, "▏")]
    [InlineData(0, "")]
    [InlineData(double.NaN, "")]
    public void Bar_IsExactToAnEighth(double share, string bar) => Assert.Equal(bar, new BarInk(true, 80).Bar(share, 4));

    [Theory]
    [InlineData(1, "####")]
    [InlineData(0.0001, "#")]
    [InlineData(0, "")]
    public void Bar_WithoutBlocks_IsAscii(double share, string bar) => Assert.Equal(bar, new BarInk(false, 80).Bar(share, 4));

    [Fact]
    public void Blocks_AreOnlyForOutputThatHasThem()
    {
        Assert.True(BarInk.CanWrite(Encoding.UTF8, "█▏"));
        Assert.False(BarInk.CanWrite(Encoding.ASCII, "█"));
        Assert.False(BarInk.CanWrite(Encoding.Latin1, "█"));
    }

    [Theory]
    [InlineData(1e-300, "< 1e-300")]
    [InlineData(2e-300, "2.0e-300")]
    [InlineData(null, "")]
    public void LeastPValue_IsABound(double? p, string text) => Assert.Equal(text, Figures.PValue(p));

    [Fact]
    public void Html_IsWellFormed_SelfContained_AndWorstFirst()
    {
        (string reference, string current) = Files();
        XDocument page = Html("--reference", reference, "--current", current);
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName is "script" or "link" or "img" or "iframe" or "object");
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName is "src" or "style" || a.Value.Contains("://")
            || a.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || (a.Name.LocalName == "href" && !a.Value.StartsWith('#')));
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value);
        Assert.DoesNotContain("@import", page.Descendants("style").Single().Value);
        Assert.Equal(["gone", "moved", "calm"], page.Descendants("section").First().Descendants("a").Select(a => a.Value));
        string[] ids = [.. page.Descendants().Attributes("id").Select(a => a.Value)];
        Assert.All(page.Descendants("a"), a => Assert.Contains(a.Attribute("href")!.Value[1..], ids));
        Assert.All(page.Descendants("svg"), s => Assert.All((string[])["title", "desc"], n => Assert.NotEqual("", s.Element(n)?.Value ?? "")));
        Assert.All(page.Descendants("table"), t => Assert.NotNull(t.Element("caption")));
        XElement moved = page.Descendants("section").Single(s => s.Element("h2")!.Value.StartsWith("moved", StringComparison.Ordinal));
        Assert.Contains("a: 50.0 % of the reference, 80.0 % of the window", moved.Descendants("title").Select(t => t.Value));
        XElement calm = page.Descendants("section").Single(s => s.Element("h2")!.Value.StartsWith("calm", StringComparison.Ordinal));
        Assert.Contains("would be found in 4 of 5 windows", calm.Elements("p").First().Value);
    }

    [Fact]
    public void Html_EscapesWhatStrangersWrote()
    {
        string reference = Csv("r.csv", ["x" + Evil], i => [i % 2 == 0 ? "a" : "b"]);
        string current = Csv("c.csv", ["x" + Evil], i => [i % 3 == 0 ? "a" : i % 3 == 1 ? Evil + "\u0001\uFFFE" : "b"]);
        string file = Path.Combine(_folder, "evil.html"), suites = Path.Combine(_folder, "evil.xml");
        CliResult run = Cli.Run("compare", "--reference", reference, "--current", current, "--html", file, "--junit", suites);
        Assert.Equal(0, run.Code);
        string text = File.ReadAllText(file);
        Assert.DoesNotContain("<script", text);
        Assert.Contains("x&lt;script&gt;", text);
        XDocument.Parse(text);
        Assert.Contains("signal x" + Evil, XDocument.Load(suites).Descendants("testcase").Attributes("name").Select(a => a.Value));
    }

    [Fact]
    public void Html_OfChunks_DrawsTheCourseOfEachSignal()
    {
        (string reference, string current) = Files();
        XDocument page = Html("--reference", reference, "--current", current, "--chunk", "rows:1000");
        XElement moved = page.Descendants("section").Single(s => s.Element("h2")!.Value.StartsWith("moved", StringComparison.Ordinal));
        XElement course = moved.Descendants("svg").First();
        Assert.Equal("4 of 4 windows drifting", course.Element("desc")!.Value.Split(';')[0]);
        Assert.Equal(4, course.Descendants("rect").Count());
        Assert.Equal(4, page.Descendants("section").Last().Descendants("tbody").Single().Elements().Count());
    }

    [Fact]
    public void Html_OfGroups_ShowsRatesWithIntervals()
    {
        XDocument page = Html("--reference", Cli.Sample("reference-2015.parquet"), "--current", Cli.Sample("stream-2016-2018.parquet"),
            "-c", Cli.Sample("driftstream.yaml"), "--model", "employment");
        XElement sex = page.Descendants("section").Single(s => s.Attribute("id")?.Value.StartsWith('g') == true
            && s.Element("h2")!.Value.StartsWith("SEX", StringComparison.Ordinal));
        Assert.Equal(2, sex.Descendants("circle").Count());
        Assert.Matches(@"1: \d+\.\d % \[\d+\.\d %, \d+\.\d %\] of \d+ rows", sex.Descendants("desc").Single().Value);
    }

    [Fact]
    public void JUnit_FailsWhatDrifts_AndCountsIt()
    {
        (string reference, string current) = Files();
        string file = Path.Combine(_folder, "suites.xml");
        string[] options = ["--chunk", "rows:1000", "--fail-on", "drifting", "--junit", file];
        Assert.Equal(1, Cli.Run(["compare", "--reference", reference, "--current", current, .. options]).Code);
        XElement all = XDocument.Load(file).Root!;
        Assert.Equal("testsuites", all.Name.LocalName);
        Assert.Equal(4, all.Elements("testsuite").Count());
        foreach (XElement suite in all.Elements("testsuite"))
        {
            Assert.Equal(3, suite.Elements("testcase").Count());
            Assert.All(suite.Elements("testcase"), c => Assert.All((string[])["classname", "name", "time"], a => Assert.NotNull(c.Attribute(a))));
            foreach ((string total, string outcome) in ((string, string)[])[("failures", "failure"), ("errors", "error"), ("skipped", "skipped")])
                Assert.Equal(suite.Descendants(outcome).Count(), (int)suite.Attribute(total)!);
            IEnumerable<XElement> failed = suite.Elements("testcase").Where(c => c.Element("failure") is not null);
            Assert.Equal(["signal gone", "signal moved"], failed.Select(c => c.Attribute("name")!.Value));
            Assert.StartsWith("moved has drifted", suite.Descendants("failure").Last().Attribute("message")!.Value);
        }

        Assert.Equal((12, 8), ((int)all.Attribute("tests")!, (int)all.Attribute("failures")!));
    }

    /// <summary>KPIs and the ranking of attributions are told of files as of a stream: in the text, in the page and, as cases, to pipelines.</summary>
    [Fact]
    public void KpisAndAttributions_AreToldEverywhere()
    {
        string[] columns = ["amount", "shap_a", "shap_b"];
        string reference = Csv("r.csv", columns, i => [$"{i % 100}", $"{(i % 7) + 3}", $"0.{i % 3}"]);
        string current = Csv("c.csv", columns, i => [$"{i % 100}", $"0.{i % 3}", $"{(i % 7) + 3}"]);
        string config = Path.Combine(_folder, "d.yaml");
        File.WriteAllText(config, """
            owners: [{ id: team, contact: team@example.org }]
            models:
              - id: shop
                owner: team
                sources: [{ topic: t }]
                columns: { attributions: { prefix: shap_ } }
                kpis: [{ id: basket, statistic: mean, signal: amount, at_least: 60, unit: EUR }]
                baseline: { data: r.csv }
            """);
        string suites = Path.Combine(_folder, "k.xml"), page = Path.Combine(_folder, "k.html");
        CliResult run = Cli.Run("compare", "-c", config, "--reference", reference, "--current", current, "--junit", suites, "--html", page);
        Assert.Equal(0, run.Code);
        const string missed = "basket misses its target of at least 60: 49.5 ";
        Assert.Contains(run.Lines, l => l.Contains(missed, StringComparison.Ordinal));
        Assert.Contains(run.Lines, l => l.Contains("shap_a fell from 1st to 2nd", StringComparison.Ordinal));
        Dictionary<string, string?> failures = XDocument.Load(suites).Descendants("testcase").Where(c => c.Element("failure") is not null)
            .ToDictionary(c => (string)c.Attribute("name")!, c => (string?)c.Element("failure")!.Attribute("message"));
        Assert.StartsWith(missed, failures["kpi basket"], StringComparison.Ordinal);
        Assert.Contains("attributions attribution_ndcg", failures.Keys);
        Assert.Contains(missed, File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void NoRows_AreOneForPipelines_AndAnErrorInJUnit()
    {
        (string reference, _) = Files();
        string empty = Path.Combine(_folder, "empty.csv"), file = Path.Combine(_folder, "empty.xml"), page = Path.Combine(_folder, "empty.html");
        File.WriteAllText(empty, "calm,gone,moved\n");
        Assert.Equal(1, Cli.Run("compare", "--reference", reference, "--current", empty, "--fail-on", "drifting", "--junit", file, "--html", page).Code);
        Assert.Equal("no rows to judge", XDocument.Load(file).Descendants("error").Single().Attribute("message")!.Value);
        Assert.Contains("There were no rows to judge.", XDocument.Parse(File.ReadAllText(page)).Descendants("p").Select(p => p.Value));
    }

    [Fact]
    public void Documents_NeverReplaceWhatIsRead_AndNeedAFolder()
    {
        (string reference, string current) = Files();
        string before = File.ReadAllText(current), nowhere = Path.Combine(_folder, "no", "where.html");
        CliResult over = Cli.Run("compare", "--reference", reference, "--current", current, "--html", current);
        CliResult lost = Cli.Run("compare", "--reference", reference, "--current", current, "--html", nowhere);
        Assert.Equal((2, 2), (over.Code, lost.Code));
        Assert.Contains("would write over", over.Errors);
        Assert.Contains("there is no folder", lost.Errors);
        Assert.Equal(before, File.ReadAllText(current));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // "calm" stays, "moved" goes from 50 to 80 %, "gone" is another value altogether.
    private (string Reference, string Current) Files() => (
        Csv("r.csv", ["calm", "gone", "moved"], i => [$"{i % 10}", i % 2 == 0 ? "old" : "older", i % 2 == 0 ? "a" : "b"]),
        Csv("c.csv", ["calm", "gone", "moved"], i => [$"{(i + 3) % 10}", "new", i % 5 != 0 ? "a" : "b"]));

    private XDocument Html(params string[] arguments)
    {
        string file = Path.Combine(_folder, "report.html");
        CliResult run = Cli.Run(["compare", .. arguments, "--html", file]);
        Assert.Equal(0, run.Code);
        return XDocument.Parse(File.ReadAllText(file));
    }

    private string Csv(string name, string[] columns, Func<int, string[]> row)
    {
        string path = Path.Combine(_folder, name);
        IEnumerable<string[]> rows = Enumerable.Range(0, 4000).Select(row);
        File.WriteAllLines(path, rows.Prepend(columns).Select(r => string.Join(',', r.Select(v => $"\"{v.Replace("\"", "\"\"")}\""))));
        return path;
    }
}
