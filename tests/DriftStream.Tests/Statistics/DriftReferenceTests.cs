using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

public sealed class DriftReferenceTests
{
    private static readonly JsonElement[] Chunks = [.. Reference.Load("drift.json").GetProperty("chunks").EnumerateArray()];

    public static TheoryData<int> AllChunks => [.. Enumerable.Range(0, 42)];

    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Categorical_AllColumns(int chunk)
    {
        int columns = 0;
        foreach (JsonProperty column in Chunks[chunk].GetProperty("categorical").EnumerateObject())
        {
            columns++;
            JsonElement c = column.Value;
            void Near(string name, double? actual) => Reference.Near(c.GetProperty(name).GetDouble(), actual, $"{column.Name} {name}");
            // Scipy's logarithms cancel before the square root: its divergence is good to 1e-15 absolute, no better.
            void NearSquared(string name, double? actual) =>
                Reference.Near(Math.Pow(c.GetProperty(name).GetDouble(), 2), actual * actual, $"{column.Name} {name}", absolute: 1e-15);
            long[] r = c.GetProperty("reference_counts").Longs(), w = c.GetProperty("window_counts").Longs();
            ChiSquare pearson = ChiSquare.Pearson(r, w)!, likelihood = ChiSquare.Likelihood(r, w)!;
            Near("chi2_contingency", pearson.Value);
            Assert.Equal(c.GetProperty("chi2_dof").GetInt32(), pearson.Degrees);
            // Near p = 1e-200 the last bit of chi2 alone moves p by 1e-11, and the exponent of e is near 500.
            Reference.Near(c.GetProperty("chi2_pvalue").GetDouble(), pearson.PValue, column.Name + " chi2 p", absolute: 1e-300);
            Near("g_test", likelihood.Value);
            Reference.Near(c.GetProperty("g_pvalue").GetDouble(), likelihood.PValue, column.Name + " g p", absolute: 1e-300);
            Near("cramers_v", pearson.CramersV);
            Near("total_variation", Divergences.TotalVariation(r, w));
            Near("l_infinity", Divergences.LInfinity(r, w));
            Near("hellinger", Divergences.Hellinger(r, w));
            NearSquared("jensen_shannon_distance_bits", Divergences.JensenShannonBits(r, w));
            NearSquared("jensen_shannon_distance_nats", Divergences.JensenShannonNats(r, w));
            CellGroups groups = Groups(r, w);
            Near("psi_floor_1e4", PopulationStability.Of(groups, PopulationStability.Floored));
            Near("psi_azure_laplace", PopulationStability.Of(groups, PopulationStability.Laplace));
        }

        Assert.Equal(15, columns);
    }

    [Fact]
    public void Categorical_EvidentlysOwnNumbers()
    {
        int compared = 0;
        foreach (JsonElement chunk in Chunks.Where(c => c.TryGetProperty("evidently", out _)))
        {
            foreach (JsonProperty column in chunk.GetProperty("categorical").EnumerateObject())
            {
                if (!chunk.GetProperty("evidently").TryGetProperty(column.Name, out JsonElement own)) continue;
                long[] r = column.Value.GetProperty("reference_counts").Longs();
                long[] w = column.Value.GetProperty("window_counts").Longs();
                Reference.Near(own.GetProperty("psi").GetDouble(), PopulationStability.Evidently(Groups(r, w)), column.Name + " psi");
                double distance = own.GetProperty("jensenshannon").GetDouble();
                Reference.Near(distance, Divergences.JensenShannonNats(r, w), column.Name + " js", 1e-7);
                CellGroups groups = Groups(r, w);
                Reference.Near(own.GetProperty("kl_div").GetDouble(), Evidently.KullbackLeibler(groups), column.Name + " kl");
                Reference.Near(own.GetProperty("hellinger").GetDouble(), Divergences.Hellinger(r, w), column.Name + " hellinger");
                Reference.Near(own.GetProperty("chisquare").GetDouble(), Evidently.ChiSquare(groups)?.PValue, column.Name + " chi2 p", absolute: 1e-300);
                compared++;
            }
        }

        Assert.Equal(20, compared);
    }

    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Ages_ExactLayout(int chunk)
    {
        JsonElement ages = Reference.Load("ages.json"), expected = Chunks[chunk].GetProperty("numeric").GetProperty("AGEP");
        (Layout layout, long[] r) = ExactLayout.Of(ages.GetProperty("reference").Longs());
        var pair = new CountPair(layout, r, ExactLayout.Count(layout, ages.GetProperty("chunks")[chunk].Longs()));
        KolmogorovSmirnov ks = KolmogorovSmirnov.Of(pair)!;
        Reference.Near(expected.GetProperty("ks_statistic").GetDouble(), ks.Low, "ks", absolute: 1e-15);
        Assert.Equal(ks.Low, ks.High);
        Assert.Equal(expected.GetProperty("ks_location").GetDouble(), ks.Location);
        Assert.Equal(expected.GetProperty("ks_sign").GetInt32(), ks.Sign);
        Reference.Near(expected.GetProperty("ks_pvalue_asymptotic").GetDouble(), ks.PValue, "ks p", absolute: 1e-300);
        Wasserstein distance = Wasserstein.Of(pair)!;
        double truth = expected.GetProperty("wasserstein").GetDouble();
        if (distance.High is { } high)
        {
            Reference.Near(truth, distance.Value, "wasserstein");
            Reference.Near(distance.Low, high, "wasserstein is a point");
        }
        else
        {
            // Somebody is 95 years old, a year more than the baseline's oldest: from the counts nobody can tell how much older.
            Assert.NotEqual(0, pair.WindowValues[^1]);
            Assert.True(distance.Low <= truth);
        }

        MannWhitney test = MannWhitney.Of(pair.ReferenceValues, pair.WindowValues)!;
        double pairs = (double)r.Sum() * pair.WindowRows; // scipy counts those in which the reference's value is the greater
        Reference.Near(expected.GetProperty("mann_whitney_u").GetDouble(), pairs - test.U, "mann-whitney u");
        // scipy moves U by one half towards its mean (continuity), which changes p by about 1e-6 of itself here.
        Reference.Near(expected.GetProperty("mann_whitney_p").GetDouble(), test.PValue, "mann-whitney p", 1e-3, 1e-300);
        JsonElement psi = expected.GetProperty("psi_reference_deciles_floor_1e4");
        DecilePsi deciles = DecilePsi.Of(pair);
        Assert.Equal(psi.GetProperty("edges").Doubles(), deciles.Edges!.Value);
        Assert.Equal(psi.GetProperty("reference_counts").Longs(), deciles.Reference);
        Assert.Equal(psi.GetProperty("window_counts").Longs(), deciles.Window);
        Assert.Equal(10, deciles.EffectiveBins);
        Reference.Near(psi.GetProperty("value").GetDouble(), deciles.Value, "psi");
    }

    private static CellGroups Groups(long[] reference, long[] window)
    {
        Layout layout = Layout.Categorical([.. Enumerable.Range(0, reference.Length).Select(i => $"c{i}")]);
        return CellGroups.Of(new CountPair(layout, [.. reference, 0, 0], [.. window, 0, 0]));
    }
}
