using System.Text.Json;
using DriftStream.Host.Compare;
using DriftStream.Judging;
using DriftStream.Time;
using Xunit;
using static DriftStream.Host.Tests.Compare.FileOrder;

namespace DriftStream.Host.Tests.Compare;

/// <summary>Selection rates and demographic parity as Fairlearn has them on the same rows.</summary>
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
        JudgedGroup difference = verdict.Groups.Single(g => g.Group == group && g.Statistic.Name == "demographic_parity_difference");
        Near(expected.GetProperty("demographic_parity_ratio").GetDouble(), ratio.Statistic.Value, group + " ratio");
        Near(expected.GetProperty("demographic_parity_difference").GetDouble(), difference.Statistic.Value, group + " difference");
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
    }
}
