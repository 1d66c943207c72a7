using System.Text.Json;
using DriftStream.Host.Reading;
using Xunit;

namespace DriftStream.Host.Tests.Reading;

/// <summary>What people read of how well a model did, or is expected to.</summary>
public sealed class PerformanceLinesTests
{
    private const string Accuracy = "\"name\":\"accuracy\",\"value\":0.8281,\"interval\":[0.818,0.8384],\"reference_value\":0.841";

    [Theory]
    [InlineData("{" + Accuracy + "}", "estimated before labels: accuracy 0.828 (0.818 to 0.838; baseline 0.841)")]
    [InlineData("{" + Accuracy + "},{\"name\":\"roc_auc\",\"value\":0.9,\"interval\":[null,null],\"reference_value\":null}",
        "estimated before labels: accuracy 0.828 (0.818 to 0.838; baseline 0.841); roc_auc 0.9 (baseline unknown)")]
    [InlineData("{" + Accuracy + ",\"realised\":0.8014,\"difference\":-0.0267,\"p_value_of_realised\":0.00003}",
        "estimated before labels, and realised: accuracy 0.828, realised 0.801 (-0.027, p 3.0e-5)")]
    [InlineData("{" + Accuracy + ",\"labelled_value\":0.7,\"realised\":0.8014,\"difference\":0.1014,\"p_value_of_realised\":null}",
        "estimated before labels, and realised: accuracy 0.828 (0.7 of the rows with a label), realised 0.801 (+0.101)")]
    [InlineData("{\"name\":\"recall\",\"value\":0.5,\"interval\":[0.4,0.6],\"judgement\":\"drifting\",\"why\":\"estimated_recall is 0.5\"}",
        "estimated_recall is 0.5")]
    [InlineData("{\"name\":\"accuracy\",\"value\":null,\"interval\":[null,null],\"reference_value\":null}", null)]
    public void Estimate_IsALine(string metrics, string? line) =>
        Assert.Equal(line is null ? [] : [line], Of($$$"""{"metrics":[],"estimated":{"void":null,"metrics":[{{{metrics}}}]}}"""));

    [Fact]
    public void VoidEstimate_SaysWhy_AndMetricsThatDriftComeFirst() => Assert.Equal(
        ["recall is 0.5, below 0.7", "no estimate before labels: 5 % of rows have scores of which the reference has hardly any label"],
        Of("""
            {"metrics":[{"name":"recall","judgement":"drifting","why":"recall is 0.5, below 0.7"},{"name":"precision","judgement":"steady","why":null}],
            "estimated":{"void":"5 % of rows have scores of which the reference has hardly any label","metrics":[]}}
            """));

    [Theory]
    [InlineData("\"amount\":4100.4,\"per_row\":2.05,\"interval\":[1.62,2.48],\"estimated_amount\":3200,\"estimated_per_row\":1.6",
        "errors cost 4,100 EUR: 2.05 a row (1.62 to 2.48; baseline 1.4; 1.6 were to be expected)")]
    [InlineData("\"amount\":null,\"per_row\":null,\"interval\":[null,null],\"estimated_amount\":3200,\"estimated_per_row\":1.6",
        "errors are expected to cost 3,200 EUR: 1.6 a row (baseline 1.4)")]
    [InlineData("\"amount\":null,\"per_row\":null,\"interval\":[null,null],\"estimated_amount\":null,\"estimated_per_row\":null", null)]
    [InlineData("\"why\":\"3 of the 1000 rows that were not selected have a label, fewer than 10\",\"amount\":null",
        "what errors cost is not known: 3 of the 1000 rows that were not selected have a label, fewer than 10")]
    public void Costs_AreALine(string numbers, string? line) => Assert.Equal(
        line is null ? [] : [line], Of($$$"""{"metrics":[],"cost":{"unit":"EUR","reference_per_row":1.4,{{{numbers}}}}}"""));

    private static string[] Of(string performance) => [.. PerformanceLines.Of(JsonDocument.Parse(performance).RootElement)];
}
