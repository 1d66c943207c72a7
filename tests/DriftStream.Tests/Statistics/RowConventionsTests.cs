using System.Text.Json;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>What other tools say of ages, by their own numbers where they are at hand; else by a Python program that counts each bin in a loop.</summary>
public sealed class RowConventionsTests
{
    private static readonly JsonElement Ages = Reference.Load("ages.json");

    [Fact]
    public void Ages_AreAsEvidentlySays()
    {
        int compared = 0;
        foreach (JsonElement chunk in Reference.Load("drift.json").GetProperty("chunks").EnumerateArray())
        {
            if (!chunk.TryGetProperty("evidently", out JsonElement all) || !all.TryGetProperty("AGEP", out JsonElement own)) continue;
            int at = chunk.GetProperty("chunk").GetInt32();
            Near(own.GetProperty("psi").GetDouble(), at, "psi", "evidently");
            Near(own.GetProperty("kl_div").GetDouble(), at, "kl", "evidently");
            Near(own.GetProperty("wasserstein").GetDouble(), at, "wasserstein", "evidently");
            Near(own.GetProperty("jensenshannon").GetDouble(), at, "jensen_shannon", "evidently");
            compared++;
        }

        Assert.Equal(5, compared);
    }

    // NannyML 0.13.1, chunks of 5,000 of the same file; it writes 15 places.
    [Theory]
    [InlineData(0, 0.034691784684634, 0.028892029132609)]
    [InlineData(10, 0.034066395566319, 0.028367703585465)]
    [InlineData(27, 0.494907008448382, 0.432053396387031)]
    public void Ages_AreAsNannyMlSays(int chunk, double jensenShannon, double hellinger)
    {
        Near(jensenShannon, chunk, "jensen_shannon", "nannyml");
        Near(hellinger, chunk, "hellinger", "nannyml");
    }

    [Theory]
    [InlineData(0, 0.005373343757838245, 0.0030981844830597735, 0.03247984434678466)]
    [InlineData(10, 0.0027970627430293584, 0.001986602434375079, 0.017123704245305137)]
    [InlineData(13, 0.004500314147032901, 0.004382333075472294, 0.03360953883791935)]
    public void Ages_AreAsTheFormulasOfAzureAndFrourosSay(int chunk, double azure, double frouros, double distance)
    {
        Near(azure, chunk, "psi", "azure");
        Near(frouros, chunk, "psi", "frouros");
        Near(distance, chunk, "wasserstein", "azure");
    }

    /// <summary>Few values are bins themselves; what one side lacks is filled. By hand: shares 1/2, 1/2, 1e-4 and 1e-4, 1/2, 1/2.</summary>
    [Fact]
    public void FewValues_AreEvidentlysBins()
    {
        double expected = 2 * (0.5 - 1e-4) * Math.Log(0.5 / 1e-4);
        Reference.Near(expected, Value(RowConventions.Of([1, 2], [2, 3]), "psi", "evidently"), "psi");
        Reference.Near(1, Value(RowConventions.Of([1, 1, 1], [2, 2]), "hellinger", "nannyml"), "beyond the reference");
        Reference.Near(2 / LeastOfEvidently, Value(RowConventions.Of([1, 1], [3, 3]), "wasserstein", "evidently"), "no deviation");
    }

    private const double LeastOfEvidently = 0.001;

    [Theory]
    [InlineData(new double[0], new double[] { 1 })]
    [InlineData(new double[] { 1 }, new double[0])]
    public void EmptySamples_HaveNone(double[] reference, double[] window) => Assert.Empty(RowConventions.Of(reference, window));

    [Fact]
    public void OneValueEach_IsDefinedOrNull()
    {
        foreach (Statistic statistic in RowConventions.Of([5], [5]))
        {
            if (statistic is { Name: "wasserstein", Convention: "azure" }) Assert.Null(statistic.Value);
            else Assert.Equal(0.0, statistic.Value);
        }
    }

    private static void Near(double expected, int chunk, string name, string convention) => Reference.Near(
        expected, Value(RowConventions.Of(Rows(Ages.GetProperty("reference")), Rows(Ages.GetProperty("chunks")[chunk])), name, convention), $"{chunk} {name}");

    private static double? Value(IEnumerable<Statistic> all, string name, string convention) =>
        all.Single(s => s.Name == name && s.Convention == convention).Value;

    private static double[] Rows(JsonElement byAge) => [.. byAge.Longs().SelectMany((rows, age) => Enumerable.Repeat((double)age, (int)rows))];
}
