using System.Text.Json;
using DriftStream.Host.Compare;
using DriftStream.Judging;
using DriftStream.Time;
using Xunit;
using static DriftStream.Host.Tests.Compare.FileOrder;

namespace DriftStream.Host.Tests.Compare;

/// <summary>Rates and disparities of groups as Fairlearn has them on the same rows, with and without labels.</summary>
public sealed class FairnessReferenceTests
{
    private static readonly JsonElement Fairlearn = Reference("fairness.json");

    [Fact]
    public void AllRows_EveryGroup() => AsFairlearn(Fairlearn.GetProperty("all_rows"), Fairness(Chunking.All).Single(), 4);

    [Fact]
    public void FirstChunk_EveryGroup() => AsFairlearn(Fairlearn.GetProperty("first_5000"), Fairness(new Chunking(5000, new(0))).First(), 4);

    [Fact]
    public void Years_BySex()
    {
        Verdict[] years = [.. Fairness(new Chunking(0, Duration.FromSeconds(1)))];
        JsonProperty[] expected = [.. Fairlearn.GetProperty("by_year").EnumerateObject()];
        Assert.Equal(expected.Select(y => int.Parse(y.Name) * EventTime.Second), years.Select(v => v.Window.Start.Microseconds));
        for (int i = 0; i < years.Length; i++) AsFairlearn("SEX", expected[i].Value, years[i]);
    }

    private static void AsFairlearn(JsonElement groups, Verdict verdict, int count)
    {
        Assert.Equal(count, groups.EnumerateObject().Count());
        foreach (JsonProperty group in groups.EnumerateObject()) AsFairlearn(group.Name, group.Value, verdict);
    }

    private static void AsFairlearn(string name, JsonElement expected, Verdict verdict)
    {
        string group = name.Replace("x", " x ", StringComparison.Ordinal);
        JudgedGroup ratio = verdict.Groups.Single(g => g.Group == group && g.Statistic.Name == "demographic_parity_ratio");
        foreach (string disparity in (string[])["demographic_parity_ratio", "demographic_parity_difference"]) Is(disparity, disparity);
        // A rate of no row is 0 there, and nothing here: what nobody knows is not unfair.
        bool whole = expected.GetProperty("by_group").EnumerateArray().All(g => g.GetProperty("base_rate").GetDouble() is > 0 and < 1);
        if (whole)
        {
            foreach (string of in (string[])["equal_opportunity", "equalized_odds"])
            {
                Is($"{of}_ratio", $"{of}_ratio");
                Is($"{of}_difference", $"{of}_difference");
            }

            Is("equalized_odds_difference_mean", "equalized_odds_mean_difference");
        }

        Rates("true_positive_rate", "equal_opportunity_ratio");
        Rates("false_positive_rate", "false_positive_rate_ratio");
        Rates("precision", "predictive_parity_ratio");
        Rates("accuracy", "accuracy_ratio");
        GroupCount[] ours = [.. ratio.By.Where(g => g.Rows > 0)];
        JsonElement[] theirs = [.. expected.GetProperty("by_group").EnumerateArray()];
        Assert.Equal(theirs.Length, ours.Length);
        foreach (JsonElement row in theirs)
        {
            string value = row.GetProperty(name).GetString()!.Replace("x", " x ", StringComparison.Ordinal);
            GroupCount of = ours.Single(g => g.Value == value);
            Assert.Equal(row.GetProperty("count").GetDouble(), of.Rows);
            // Written there with 15 digits.
            Near(row.GetProperty("selection_rate").GetDouble(), (double)of.Selected / of.Rows, $"{group} {value}");
        }

        void Is(string theirs, string statistic)
        {
            double? value = verdict.Groups.Single(g => g.Group == group && g.Statistic.Name == statistic).Statistic.Value;
            Near(expected.GetProperty(theirs).GetDouble(), value, $"{group} {statistic}");
        }

        void Rates(string theirs, string statistic)
        {
            Dictionary<string, GroupCount> by = verdict.Groups.Single(g => g.Group == group && g.Statistic.Name == statistic).By.ToDictionary(g => g.Value);
            foreach (JsonElement row in expected.GetProperty("by_group").EnumerateArray())
            {
                GroupCount of = by[row.GetProperty(name).GetString()!.Replace("x", " x ", StringComparison.Ordinal)];
                JsonElement rate = row.GetProperty(theirs);
                // Of no row it is null there, or 0.
                if (of.Rows == 0) Assert.True(rate.ValueKind == JsonValueKind.Null || rate.GetDouble() == 0);
                else Near(rate.GetDouble(), (double)of.Selected / of.Rows, $"{group} {of.Value} {theirs}");
            }
        }
    }
}
