using System.Globalization;
using System.Text.Json;
using DriftStream.Host.Tests.Commands;
using Xunit;

namespace DriftStream.Host.Tests.Compare;

/// <summary>Labels that are numbers or classes, labels that have not come yet, and pairs of columns, on the command line.</summary>
public sealed class OutcomeKindTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-outcomes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Numbers_HaveTheirErrors()
    {
        string before = Write("r.csv", "y,p,x", i => $"{i % 7},{(i % 7) + (i % 2)},{i % 5}");
        string now = Write("c.csv", "y,p,x", i => $"{i % 7},{(i % 7) + 2},{i % 5}");
        string[] options = ["--label", "y", "--label-kind", "number", "--score", "p"];
        CliResult text = Compare(before, now, options);
        Assert.True(text.Code == 0, text.Errors);
        Assert.Matches(@"mae +0\.5000 \[.*\] +2\.0000 .* \+1\.5000", text.Output);
        Assert.Matches(@"residual_q95 +1\.0000 \[.*\] +2\.0000", text.Output);
        JsonElement performance = JsonDocument.Parse(Compare(before, now, [.. options, "--json"]).Lines.Single()).RootElement.GetProperty("performance");
        Assert.Equal(
            ["mae", "rmse", "bias", "r2", "residual_q05", "residual_q25", "residual_median", "residual_q75", "residual_q95"],
            performance.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("name").GetString()));
        Assert.False(performance.TryGetProperty("estimated", out _) || performance.TryGetProperty("detectors", out _));
    }

    [Fact]
    public void Classes_AreShownEach_AndTogether()
    {
        string before = Write("r.csv", "y,d,x", i => $"c{i % 3},c{i % 3},{i % 5}");
        string now = Write("c.csv", "y,d,x", i => $"c{i % 3},c{(i % 3 == 2 ? 0 : i % 3)},{i % 5}");
        CliResult text = Compare(before, now, "--label", "y", "--label-kind", "class", "--decision", "d");
        Assert.True(text.Code == 0, text.Errors);
        Assert.Matches(@"accuracy +1\.0000 \[.*\] +0\.6671 ", text.Output);
        Assert.Matches(@"macro_recall +1\.0000 .* +0\.6667 ", text.Output);
        Assert.Matches(@"precision of c0 +1\.0000 \[.*\] +0\.5011 ", text.Output);
        Assert.Matches(@"recall of c2 +1\.0000 \[.*\] +0\.0000 ", text.Output);
    }

    [Theory]
    [InlineData("--label-kind goes with --label", "--label-kind", "number")]
    [InlineData("--label-kind number: --score names the column that predicts the label", "--label", "y", "--label-kind", "number")]
    [InlineData("--label-kind class: --decision names the column of the class that was decided", "--label", "y", "--label-kind", "class")]
    [InlineData("--label y=2: =2 goes with --label-kind binary. Write --label y: precision, recall and F1 of each class are shown, 2 among them; or to judge "
        + "it against all others, --label-kind binary", "--label", "y=2", "--label-kind", "class", "--decision", "d")]
    [InlineData("--decision d=c1: =c1 goes with --label-kind binary", "--label", "y", "--label-kind", "class", "--decision", "d=c1")]
    [InlineData("--label y=2: =2 goes with --label-kind binary. Write --label y: a number has no positive value",
        "--label", "y=2", "--label-kind", "number", "--score", "x")]
    [InlineData("column 'd' is dictionary<int32, utf8>; a score is a number",
         "--label", "y", "--label-kind", "number", "--score", "d")]
    public void WhatCannotBe_IsRefused(string why, params string[] options)
    {
        string rows = Write("r.csv", "y,d,x", i => $"{i % 3},c{i % 3},{i % 5}");
        CliResult refused = Compare(rows, rows, options);
        Assert.Contains(why, refused.Errors, StringComparison.Ordinal);
        Assert.NotEqual(0, refused.Code);
    }

    /// <summary>Rules of a model ask whether its label is positive: beside one of another kind what they say would have no place.</summary>
    [Fact]
    public void AnotherKind_GoesWithoutAModelsLabel()
    {
        string rows = Write("r.csv", "y,d,p", i => $"{i % 2},{i % 3 % 2},{i % 10 / 10.0}", 200);
        File.WriteAllText(Path.Combine(_folder, "c.yaml"), """
            owners: [{ id: team, contact: a@example.org }]
            models:
              - { id: m, owner: team, sources: [{ topic: t }], baseline: { file: b }, columns: { score: p, decision: d, label: y } }
            """);
        CliResult refused = Compare(rows, rows, "-c", Path.Combine(_folder, "c.yaml"), "--label", "y", "--label-kind", "number", "--score", "p");
        Assert.Equal(2, refused.Code);
        Assert.Contains("--label-kind goes without -c, or with a model that has no label; this one's, 'y', is of the kind binary", refused.Errors);
        Assert.Equal(0, Compare(rows, rows, "-c", Path.Combine(_folder, "c.yaml")).Code);
    }

    /// <summary>A configuration says what its label is, and its rules judge what cells tell, as in a stream.</summary>
    [Theory]
    [InlineData("score: p, label: { column: y, kind: number }", "mae", "mae is 2.031 (", "mae +0\\.5000 .* +2\\.0000 ")]
    [InlineData("decision: d, label: { column: y, kind: class }", "cohen_kappa", "cohen_kappa is 1 (1 to 1)", "cohen_kappa +1\\.0000 .* +1\\.0000 ")]
    public void Configuration_SaysWhatItsLabelIs(string columns, string statistic, string why, string shown)
    {
        string before = Write("r.csv", "y,p,d,x", i => $"{i % 7},{(i % 7) + (i % 2)},{i % 7},{i % 5}", 1000);
        string now = Write("c.csv", "y,p,d,x", i => $"{i % 7},{(i % 7) + 2},{i % 7},{i % 5}");
        File.WriteAllText(Path.Combine(_folder, "kind.yaml"), $$"""
            owners: [{ id: team, contact: a@example.org }]
            models:
              - id: m
                owner: team
                sources: [{ topic: t }]
                baseline: { file: b }
                columns: { {{columns}} }
                rules: [{ statistic: {{statistic}}, alarm: { above: 0.9 } }]
            """);
        CliResult text = Compare(before, now, "-c", Path.Combine(_folder, "kind.yaml"));
        Assert.True(text.Code == 0, text.Errors);
        Assert.Contains(why, text.Output, StringComparison.Ordinal);
        Assert.Matches(shown, text.Output);
        CliResult refused = Compare(before, now, "-c", Path.Combine(_folder, "kind.yaml"), "--label-kind", "binary");
        Assert.Contains("--label-kind goes without -c", refused.Errors, StringComparison.Ordinal);
    }

    /// <summary>Scores that mean what they meant, with other ones among them, without labels; then with labels that are worse than scores say.</summary>
    [Fact]
    public void Estimate_StandsBeforeLabels_AndBesideThem()
    {
        // Of 100 rows with the score s / 100 so many have a positive label.
        string before = Write("r.csv", "y,d,p,x", i => Row(i, i % 100, i / 100 % 100 < i % 100), 10_000);
        string waiting = Write("w.csv", "d,p,x", i => Row(i, 60 + (i % 40), false)[2..], 4_000);
        string[] options = ["--label", "y", "--decision", "d", "--score", "p"];
        CliResult early = Compare(before, waiting, options);
        Assert.True(early.Code == 0, early.Errors);
        Assert.Contains("no column 'y' yet, so how well the model did is estimated from its scores alone", early.Errors, StringComparison.Ordinal);
        Assert.Matches(@"accuracy +0\.79[0-9]{2} \[0\.7[78][0-9]{2}, 0\.8[01][0-9]{2}\]\n", early.Output);
        Assert.Contains("that labels depend on the columns otherwise than before (concept drift) is invisible to it", early.Output, StringComparison.Ordinal);

        string worse = Write("c.csv", "y,d,p,x", i => Row(i, 60 + (i % 40), i / 40 % 100 < 60), 4_000), html = Path.Combine(_folder, "report.html");
        JsonElement verdict = JsonDocument.Parse(Compare(before, worse, [.. options, "--json", "--html", html]).Lines.Single()).RootElement;
        JsonElement performance = verdict.GetProperty("performance"), estimated = performance.GetProperty("estimated");
        Assert.Equal((4_000, 0), (estimated.GetProperty("rows").GetInt32(), estimated.GetProperty("outside").GetInt32()));
        Assert.Equal(JsonValueKind.Null, estimated.GetProperty("void").ValueKind);
        JsonElement accuracy = estimated.GetProperty("metrics").EnumerateArray().First();
        Assert.InRange(accuracy.GetProperty("value").GetDouble(), 0.785, 0.805);
        Assert.InRange(accuracy.GetProperty("p_value_of_realised").GetDouble(), 0, 1e-6); // 60 of 100 are right
        JsonElement detector = performance.GetProperty("detectors").EnumerateArray().Single(d => d.GetProperty("detector").GetString() == "hddm_a");
        Assert.InRange(detector.GetProperty("drifts").GetInt32(), 1, 9);
        Assert.Contains("Estimated before labels", File.ReadAllText(html), StringComparison.Ordinal);
        Assert.Contains("Detectors of concept drift on errors", File.ReadAllText(html), StringComparison.Ordinal);

        string beyond = Write("b.csv", "d,p,x", i => Row(i, 90 + (i % 40), false)[2..], 4_000);
        string said = Compare(before, beyond, options).Output;
        Assert.Contains("estimated void: 75 % of rows have scores of which the reference has hardly any label", said, StringComparison.Ordinal);

        static string Row(int i, int score, bool positive) =>
            string.Create(CultureInfo.InvariantCulture, $"{(positive ? 1 : 0)},{(score >= 50 ? 1 : 0)},{score / 100.0},{i % 5}");
    }

    /// <summary>Scores that are right on the whole, and too great for one group by as much as they are too small for the other.</summary>
    [Fact]
    public void Groups_HaveACalibrationOfTheirOwn()
    {
        string Rows(string name, int apart) => Write(name, "y,d,p,sex", i =>
        {
            (int score, int sex) = (20 + (i / 2 % 60), 1 + (i % 2));
            bool positive = i / 120 % 100 < score + (sex == 1 ? -apart : apart);
            return string.Create(CultureInfo.InvariantCulture, $"{(positive ? 1 : 0)},{(score >= 50 ? 1 : 0)},{score / 100.0},{sex}");
        }, 12_000);

        string html = Path.Combine(_folder, "groups.html");
        string[] options = ["--label", "y", "--decision", "d", "--score", "p", "--by", "sex"];
        CliResult text = Compare(Rows("r.csv", 0), Rows("c.csv", 10), [.. options, "--html", html]);
        Assert.True(text.Code == 0, text.Errors);
        Assert.Matches(@"sex 1 +6000 .* 0\.1[01][0-9]{2} +0\.(09|10)[0-9]{2} \[", text.Output);
        Assert.Matches(@"sex 2 +6000 .* 0\.1[01][0-9]{2} +-0\.(09|10)[0-9]{2} \[", text.Output);
        Assert.Contains("How well the model did in each group", File.ReadAllText(html), StringComparison.Ordinal);
        JsonElement group = JsonDocument.Parse(Compare(Rows("r.csv", 0), Rows("c.csv", 10), [.. options, "--json"]).Lines.Single()).RootElement
            .GetProperty("performance").GetProperty("groups")[0];
        Assert.Equal(("sex", "1"), (group.GetProperty("group").GetString(), group.GetProperty("value").GetString()));
        JsonElement bias = group.GetProperty("metrics").EnumerateArray().Single(m => m.GetProperty("name").GetString() == "calibration_bias");
        Assert.InRange(bias.GetProperty("reference_value").GetDouble(), -0.02, 0.02);
        Assert.InRange(bias.GetProperty("p_value").GetDouble(), 0, 1e-6);
    }

    /// <summary>Of the rows of one group predictions are 1 too high, of the other one 3 too low.</summary>
    [Fact]
    public void Groups_OfNumbers_HaveErrorsOfTheirOwn()
    {
        string before = Write("r.csv", "y,p,sex,land", i => $"{i % 7},{(i % 7) + 1},{i % 2},{i / 2 % 2}", 800);
        string now = Write("c.csv", "y,p,sex,land", i => $"{i % 7},{(i % 7) + (i % 2 == 0 ? 1 : -3)},{i % 2},{i / 2 % 2}", 800);
        string[] options = ["--label", "y", "--label-kind", "number", "--score", "p", "--by", "sex,sex+land"];
        CliResult text = Compare(before, now, [.. options, "--html", Path.Combine(_folder, "g.html")]);
        Assert.True(text.Code == 0, text.Errors);
        Assert.Matches(@"by group +labels +mae +rmse +bias +r2\n", text.Output);
        Assert.Matches(@"sex 0 +400 +1\.0000 \[1\.0000, 1\.0000\] +1\.0000 .* 1\.0000 \[1\.0000, 1\.0000\] ", text.Output);
        Assert.Matches(@"sex x land 1 x 0 +200 +3\.0000 .* -3\.0000 ", text.Output);
        Assert.Contains("sex x land 1 x 1", File.ReadAllText(Path.Combine(_folder, "g.html")), StringComparison.Ordinal);
        JsonElement groups = JsonDocument.Parse(Compare(before, now, [.. options, "--json"]).Lines.Single()).RootElement
            .GetProperty("performance").GetProperty("groups");
        Assert.Equal(6, groups.GetArrayLength());
        JsonElement mae = groups[1].GetProperty("metrics")[0];
        Assert.Equal(("mae", 3, 1), (mae.GetProperty("name").GetString(), mae.GetProperty("value").GetInt32(), mae.GetProperty("reference_value").GetInt32()));
    }

    /// <summary>
    /// Of f predictions are off by 1 or 2, of m by 1, 2 or 6; of one more there are few rows. By the rows with --by, by cells with a rule, as in a stream.
    /// </summary>
    [Fact]
    public void ErrorsOfGroups_AreCompared()
    {
        string Rows(string name, int worst) => Write(name, "y,p,sex", i => i < 50 ? $"{i},{i + 1},x"
            : $"{i % 7},{(i % 7) + (i % 4 == 1 ? worst : 1 + (i % 3 % 2)) * (i / 4 % 2 == 0 ? 1 : -1)},{(i % 2 == 0 ? "f" : "m")}", 1250);
        string before = Rows("r.csv", 2), now = Rows("c.csv", 6), html = Path.Combine(_folder, "apart.html"), config = Path.Combine(_folder, "apart.yaml");
        string[] options = ["--label", "y", "--label-kind", "number", "--score", "p", "--by", "sex"];
        CliResult text = Compare(before, now, [.. options, "--html", html]);
        // By hand: of f 1 or 2, a third of them 2; of m half 6, else as those.
        Assert.Matches(@"sex +mae_difference 2\.3[0-9]{3} \[2\.1[0-9]{3}, 2\.5[0-9]{3}\]: m beside f; left out: x \(50 rows, fewer than 100\)\n", text.Output);
        Assert.Contains("that hold for all pairs of values together (Bonferroni)", text.Output, StringComparison.Ordinal);
        Assert.Contains("How far the errors of groups are apart", File.ReadAllText(html), StringComparison.Ordinal);
        JsonElement difference = JsonDocument.Parse(Compare(before, now, [.. options, "--json"]).Lines.Single()).RootElement
            .GetProperty("performance").GetProperty("differences")[0];
        Assert.Equal(("sex", "mae_difference", "f", "m"), (Text("group"), Text("statistic"), Text("least"), Text("greatest")));
        Assert.Equal("x", difference.GetProperty("left_out")[0].GetString());

        File.WriteAllText(config, """
            owners: [{ id: team, contact: a@example.org }]
            models:
              - id: m
                owner: team
                sources: [{ topic: t }]
                baseline: { file: b }
                columns: { score: p, label: { column: y, kind: number }, groups: [sex] }
                rules: [{ group: sex, statistic: mae_difference, alarm: { above: 1, confidence: 95% } }]
            """);
        CliResult judged = Compare(before, now, "-c", config, "--html", html);
        Assert.True(judged.Code == 0, judged.Errors);
        string page = File.ReadAllText(html).Split("How far predictions are off in each value of sex")[1].Split("</table>")[0];
        Assert.Matches(">f</th><td class=\"number\">600</td><td class=\"number\">600</td><td class=\"number\">1\\.3", page);
        Assert.DoesNotContain("Share selected", File.ReadAllText(html), StringComparison.Ordinal); // nobody is
        Assert.Matches(@"sex +drifting +mae_difference 2\.3[0-9]{3} \[2\.[01][0-9]{2}, 2\.[56][0-9]{2}\]\n", judged.Output);
        Assert.Matches(@"sex: mae of m is 3\.[67][0-9]*, that of f 1\.3[0-9]*: 2\.3", judged.Output);
        Assert.Contains("left out: x (50 rows, fewer than 100)", judged.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 windows drifting", judged.Output, StringComparison.Ordinal);
        Assert.Matches(@"sex +mae_difference 2\.3", judged.Output); // of the rows, by the groups of the model

        string Text(string name) => difference.GetProperty(name).GetString()!;
    }

    [Fact]
    public void Groups_OfClasses_HaveMetricsOfTheirOwn()
    {
        string before = Write("r.csv", "y,d,x,sex", i => $"c{i % 3},c{i % 3},{i % 5},{i % 2}", 800);
        string now = Write("c.csv", "y,d,x,sex", i => $"c{i % 3},c{(i % 2 == 0 ? i % 3 : 0)},{i % 5},{i % 2}", 800);
        CliResult text = Compare(before, now, "--label", "y", "--label-kind", "class", "--decision", "d", "--by", "sex");
        Assert.True(text.Code == 0, text.Errors);
        Assert.Matches(@"by group +labels +accuracy +balanced_accuracy +macro_f1 +cohen_kappa\n", text.Output);
        Assert.Matches(@"sex 0 +400 +1\.0000 .* 1\.0000 .* 1\.0000 .* 1\.0000 ", text.Output);
        Assert.Matches(@"sex 1 +400 +0\.33[0-9]{2} .* 0\.3333 .* 0\.16[0-9]{2} .* 0\.0000 ", text.Output);
    }

    /// <summary>A label of 1e300 has a square that no double holds: what can be computed is, and nothing is written digit by digit.</summary>
    [Fact]
    public void NumbersThatAreTooGreat_AreReadable_AndHaveIntervals()
    {
        string before = Write("r.csv", "y,p,x", i => $"{i % 7},{(i % 7) + (i % 2)},{i % 5}");
        string now = Write("c.csv", "y,p,x", i => $"{(i == 5 ? "1e300" : i % 7)},{(i % 7) + 2},{i % 5}"), html = Path.Combine(_folder, "great.html");
        string[] options = ["--label", "y", "--label-kind", "number", "--score", "p"];
        CliResult text = Compare(before, now, [.. options, "--html", html]);
        Assert.True(text.Code == 0, text.Errors);
        // By hand: 1e300 / 700; its error 1e300 / 700 x sqrt(1 - 1 / 700) x sqrt(700 / 699); rmse 1e300 / sqrt(700).
        Assert.Matches(@"mae .* 1\.4286e\+297 \[0\.0000, 4\.2285e\+297\] +\+1\.4286e\+297 +3\.2e-1\n", text.Output);
        Assert.Matches(@"rmse .* 3\.7796e\+298 \[", text.Output);
        Assert.Matches(@"bias .* -1\.4286e\+297 \[-4\.2285e\+297, 1\.3714e\+297\] -1\.4286e\+297", text.Output);
        Assert.DoesNotMatch("[0-9]{20}|NaN", text.Output);
        Assert.DoesNotMatch("[0-9]{20}", File.ReadAllText(html).Split("id=\"performance\"")[1]);
        JsonElement mae = JsonDocument.Parse(Compare(before, now, [.. options, "--json"]).Lines.Single()).RootElement
            .GetProperty("performance").GetProperty("metrics")[0];
        Assert.Equal(1e300 / 700, mae.GetProperty("value").GetDouble(), 1e285);
        Assert.Equal(JsonValueKind.Number, mae.GetProperty("interval")[1].ValueKind);
    }

    /// <summary>NaN is no label, and whoever wrote it is told where, as of other odd values; so is what stands in the place of a score.</summary>
    [Fact]
    public void LabelsThatAreNoNumber_AreCounted_AndTold()
    {
        string before = Write("r.csv", "y,p,x,sex", i => $"{i % 7},{(i % 7) + (i % 2)},{i % 5},{i % 2}");
        string now = Write("c.csv", "y,p,x,sex",
            i => $"{i switch { 8 or 9 => "nan", 13 => "-inf", 20 => "", _ => i % 7 }},{(i == 30 ? "inf" : i % 7)},{i % 5},{i % 2}");
        string[] options = ["--label", "y", "--label-kind", "number", "--score", "p", "--by", "sex"];
        CliResult text = Compare(before, now, options);
        Assert.Contains($"{now}: 3 rows have a label that is NaN or infinite, the first is row 9 (NaN): they count as rows without a label\n", text.Errors);
        Assert.Contains($"{now}: 1 row has a score that is NaN or infinite, the first is row 31 (infinity): it is in no metric of scores\n", text.Errors);
        Assert.Contains("of 700 rows 696 have a label (99.4 %), 3 have one that is NaN or infinite; of the reference", text.Output);
        JsonElement performance = JsonDocument.Parse(Compare(before, now, [.. options, "--json"]).Lines.Single()).RootElement.GetProperty("performance");
        JsonElement labels = performance.GetProperty("labels");
        Assert.Equal((696, 3), (labels.GetProperty("known").GetInt32(), labels.GetProperty("not_finite").GetInt32()));
        Assert.False(performance.GetProperty("reference_labels").TryGetProperty("not_finite", out _));
        int[] odd = [.. performance.GetProperty("groups").EnumerateArray().Select(g => g.GetProperty("labels").GetProperty("not_finite").GetInt32())];
        Assert.Equal([1, 2], odd);
        Assert.Contains($"{now}: 3 rows have a label", Compare(now, before, options).Errors); // a reference is told of, too
    }

    /// <summary>A KPI is of cells, as in a stream; the metric beside it is of the rows, and both are known to be what they are.</summary>
    [Fact]
    public void KpiOfCells_SaysSo()
    {
        string before = Write("r.csv", "y,p,d,x", i => $"{i % 7},{(i % 7) + (i % 2)},{i % 2},{i % 5}", 1000);
        string now = Write("c.csv", "y,p,d,x", i => $"{i % 7},{(i % 7) + 2},{i % 2},{i % 5}"), html = Path.Combine(_folder, "kpi.html");
        string config = Path.Combine(_folder, "kpi.yaml");
        File.WriteAllText(config, """
            owners: [{ id: team, contact: a@example.org }]
            models:
              - id: m
                owner: team
                sources: [{ topic: t }]
                baseline: { file: b }
                columns: { score: p, decision: d, label: { column: y, kind: number } }
                kpis: [{ id: off, statistic: mae, at_most: 1 }, { id: chosen, statistic: share, signal: d, cells: ["1"], at_least: 90% }]
            """);
        const string said = "of cells, as in a stream, which leave open 2 to 2.063; of the rows it is 2.0000";
        CliResult text = Compare(before, now, "-c", config, "--html", html);
        Assert.Contains(said, text.Output, StringComparison.Ordinal);
        Assert.Single(text.Output.Split("of cells, as in a stream")[1..]); // a share is of the rows
        Assert.Contains(said, File.ReadAllText(html), StringComparison.Ordinal);
        JsonElement verdict = JsonDocument.Parse(Compare(before, now, "-c", config, "--json").Lines.Single()).RootElement;
        JsonElement[] kpis = [.. verdict.GetProperty("kpis").EnumerateArray()];
        Assert.True(kpis[0].GetProperty("of_cells").GetBoolean());
        Assert.InRange(kpis[0].GetProperty("left_open")[1].GetDouble(), 2.05, 2.07);
        Assert.False(kpis[1].TryGetProperty("of_cells", out _));
    }

    [Fact]
    public void Pairs_AreCompared_AndRefusedWhereTheyAreNone()
    {
        string before = Write("r.csv", "income,hours,x", i => $"{i % 97},{(i % 97) + (i % 11)},{i % 5}", 4_000);
        string now = Write("c.csv", "income,hours,x", i => $"{i % 97},{(i * 53 % 97) + (i % 11)},{i % 5}", 4_000), html = Path.Combine(_folder, "report.html");
        CliResult text = Compare(before, now, "--pairs", "income+hours", "--html", html);
        Assert.True(text.Code == 0, text.Errors);
        Assert.Matches(@"income x hours +drifting", text.Output);
        Assert.Matches(@"income and hours were correlated (0\.99|1\.00), now -?0\.[01]", text.Output);
        Assert.Matches(@"rank correlation (0\.99|1\.00) \[.*\], now .*; Cramer's V .*; mutual information .* bits, now", text.Output);
        Assert.Contains("income and hours were correlated", File.ReadAllText(html), StringComparison.Ordinal);
        foreach ((string pairs, string why) in new[]
        {
            ("income", "--pairs takes two columns with a + between them, not income"), ("income+income", "--pairs: income+income names a column twice"),
            ("income+hours,hours+income", "--pairs: income+hours is there twice, in whatever order"),
            ("income+land", "pair 'income x land': column 'land' is not in the reference"),
        })
        {
            CliResult refused = Compare(before, now, "--pairs", pairs);
            Assert.Equal(2, refused.Code);
            Assert.Contains(why, refused.Errors, StringComparison.Ordinal);
        }
    }

    private static CliResult Compare(string reference, string current, params string[] options) =>
        Cli.Run(["compare", "--reference", reference, "--current", current, .. options]);

    private string Write(string name, string head, Func<int, string> row, int rows = 700)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, [head, .. Enumerable.Range(0, rows).Select(row)]);
        return path;
    }
}
