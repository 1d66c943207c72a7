using System.Text.Json;
using System.Text.RegularExpressions;
using DriftStream.Host.Pages;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>What the page of a model shows of each value of a group: what the statistic is of, and nothing that it is not.</summary>
public sealed partial class GroupsPartTests
{
    [Fact]
    public async Task OfErrors_RowsAndErrorAreShown_AndNobodyIsSelected()
    {
        string page = await Page("mae_difference", """
            {"value":"sea","rows":180,"group_rows":240,"error":4.25},{"value":"hill","rows":1800,"group_rows":2400,"error":2.125},
            {"value":"other","values":3,"rows":0,"group_rows":9,"error":null}
            """);
        Assert.Equal(["Value|Rows|With score and label|mae", "sea|240|180|4.250", "hill|2,400|1,800|2.125", "other (3 values)|9|0|–"], Table(page));
        Assert.Contains("Values that few rows have are told together (privacy.k).", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Selected", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demographic_parity_ratio", """{"value":"f","rows":200,"selected":50}""", "Value|Rows|Selected|Share", "f|200|50|25.0 %")]
    [InlineData("calibration_difference", """{"value":"f","rows":200,"selected":50,"scored":300,"bias":-0.125}""", "Value|Rows|Positive|Share|Score less label",
        "f|200|50|25.0 %|-0.125")]
    public async Task OfDecisionsAndScores_WhoCountsIsShown(string statistic, string by, string head, string row) =>
        Assert.Equal([head, row], Table(await Page(statistic, by)));

    private static Task<string> Page(string statistic, string by)
    {
        JsonElement verdict = JsonDocument.Parse($$"""
            {"model":"m","version":"","rows":3000,"judgement":"steady","why":"",
             "window":{"name":"1d","start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z","complete":true},
             "groups":[{"group":"town","statistic":"{{statistic}}","value":0.1,"interval":[null,null],"rule":"r","judgement":"steady","why":null,
             "by":[{{by}}]}]}
            """).RootElement;
        return PageText.Of<GroupsPart>(("At", WindowView.Of([verdict], null)!), ("Strip", StripView.Of([], [], all: true)));
    }

    private static string[] Table(string page) =>
        [.. Rows().Matches(page).Select(row => string.Join('|', Cells().Matches(row.Value).Select(c => System.Net.WebUtility.HtmlDecode(c.Groups[1].Value))))];

    [GeneratedRegex("(?s)<tr>.*?</tr>")]
    private static partial Regex Rows();

    [GeneratedRegex("(?s)<t[hd][^>]*>(.*?)</t[hd]>")]
    private static partial Regex Cells();
}
