using System.Text.Json;
using DriftStream.Judging;
using Xunit;
using static DriftStream.Host.Tests.Compare.FileOrder;

namespace DriftStream.Host.Tests.Compare;

/// <summary>From two Parquet files to the numbers that scipy and numpy found on the same rows.</summary>
public sealed class DriftReferenceTests
{
    private static readonly Lazy<JsonElement[]> Expected = new(() => [.. Reference("drift.json").GetProperty("chunks").EnumerateArray()]);

    public static TheoryData<int> AllChunks => [.. Enumerable.Range(0, 42)];

    [Fact]
    public void Windows_AreTheChunksOfTheFile()
    {
        Assert.Equal(Expected.Value.Length, Chunks.Length);
        Assert.Equal(Expected.Value.Select(e => e.GetProperty("rows").GetInt64()), Chunks.Select(c => c.GetProperty("rows").GetInt64()));
        Assert.Equal("rows 205001-208892", Chunks[^1].GetProperty("window").GetProperty("name").GetString());
        Assert.Equal(42, Chunks.Select(c => c.GetProperty("id").GetString()).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Categorical_AllColumns(int chunk)
    {
        int columns = 0;
        foreach (JsonProperty column in Expected.Value[chunk].GetProperty("categorical").EnumerateObject())
        {
            columns++;
            JsonElement signal = Signal(chunk, column.Name);
            void Check(string name, string? convention, string reference) =>
                Near(column.Value.GetProperty(reference).GetDouble(), Value(signal, name, convention), $"{column.Name} {reference}");
            Check("total_variation", null, "total_variation");
            Check("l_infinity", null, "l_infinity");
            Check("hellinger", null, "hellinger");
            Check("chi2", null, "chi2_contingency");
            Check("psi", "floor-1e-4", "psi_floor_1e4");
            Check("psi", "azure", "psi_azure_laplace");
            // p below 1e-300 is written 1e-300.
            double p = column.Value.GetProperty("chi2_pvalue").GetDouble();
            Near(p, Value(signal, "chi2", null, "p_value"), column.Name + " chi2 p", absolute: 1e-300);
            // Scipy's logarithms cancel before the square root: its divergence is good to 1e-15 absolute, no better.
            foreach (string unit in (string[])["bits", "nats"])
            {
                double expected = column.Value.GetProperty("jensen_shannon_distance_" + unit).GetDouble();
                double? ours = Value(signal, "jensen_shannon", "distance-" + unit);
                Near(expected * expected, ours * ours, $"{column.Name} jensen-shannon {unit}", absolute: 1e-15);
            }
        }

        Assert.Equal(15, columns);
    }

    /// <summary>No column has more than 32,767 distinct values in the reference, two edges each: nothing is approximated.</summary>
    [Theory]
    [MemberData(nameof(AllChunks))]
    public void Numeric_AllColumns(int chunk)
    {
        int columns = 0;
        foreach (JsonProperty column in Expected.Value[chunk].GetProperty("numeric").EnumerateObject())
        {
            columns++;
            JsonElement expected = column.Value, signal = Signal(chunk, column.Name);
            Near(expected.GetProperty("ks_statistic").GetDouble(), Value(signal, "ks", null), column.Name + " ks");
            (double? low, double? high) = Interval(signal, "ks");
            Assert.Equal(low, high);
            double p = expected.GetProperty("ks_pvalue_asymptotic").GetDouble();
            Near(p, Value(signal, "ks", null, "p_value"), column.Name + " ks p", absolute: 1e-300);
            Near(Deciles(expected), Value(signal, "psi", "reference-deciles"), column.Name + " psi");
            HoldsWasserstein(expected, signal);
        }

        Assert.Equal(2, columns);
    }

    /// <summary>A stream's 1,023 edges are too few for the probabilities: the distance is then an interval.</summary>
    [Fact]
    public void DefaultEdges_IntervalHoldsTheTruth()
    {
        int chunk = 0, wide = 0;
        foreach (Verdict verdict in AtDefaultEdges("predicted_probability"))
        {
            JudgedStatistic ks = verdict.Signals.Single().Statistics.Single(s => s.Name == "ks" && s.Convention is null);
            JsonElement expected = Expected.Value[chunk++].GetProperty("numeric").GetProperty("predicted_probability");
            double truth = expected.GetProperty("ks_statistic").GetDouble();
            Assert.InRange(truth, ks.Low!.Value - 1e-12, ks.High!.Value + 1e-12);
            Assert.True(ks.High - ks.Low < 0.003, $"[{ks.Low:R}, {ks.High:R}]");
            if (ks.High > ks.Low) wide++;
        }

        Assert.Equal((42, 42), (chunk, wide));
    }

    private static void HoldsWasserstein(JsonElement expected, JsonElement signal)
    {
        double truth = expected.GetProperty("wasserstein").GetDouble();
        (double? low, double? high) = Interval(signal, "wasserstein");
        Assert.True(low <= truth * (1 + 1e-9), $"{low:R} is not below {truth:R}");
        // Rows beyond the baseline's ends could be anywhere: then there is no upper end.
        Assert.True(high is null || high >= truth * (1 - 1e-9), $"{high:R} is not above {truth:R}");
    }

    private static double Deciles(JsonElement expected) =>
        expected.GetProperty("psi_reference_deciles_floor_1e4").GetProperty("value").GetDouble();

    private static JsonElement Signal(int chunk, string name) =>
        Chunks[chunk].GetProperty("signals").EnumerateArray().Single(s => s.GetProperty("signal").GetString() == name);

    private static JsonElement Statistic(JsonElement signal, string name, string? convention) =>
        signal.GetProperty("statistics").EnumerateArray()
            .Single(s => s.GetProperty("name").GetString() == name && s.GetProperty("convention").GetString() == convention);

    private static double? Value(JsonElement signal, string name, string? convention, string field = "value") =>
        Number(Statistic(signal, name, convention).GetProperty(field));

    private static (double? Low, double? High) Interval(JsonElement signal, string name)
    {
        JsonElement interval = Statistic(signal, name, null).GetProperty("interval");
        return (Number(interval[0]), Number(interval[1]));
    }

    private static double? Number(JsonElement number) => number.ValueKind == JsonValueKind.Number ? number.GetDouble() : null;
}
