using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Metrics of predicted numbers and of several classes, beside values of scikit-learn and numpy (reference/outcomes.py).</summary>
public sealed class OutcomeMetricsTests
{
    private static readonly JsonElement Known = Reference.Load("outcomes.json");

    [Fact]
    public void Numbers_HaveTheErrorsOfTheirDefinitions()
    {
        ImmutableArray<PerformanceMetric> metrics =
            Residuals.Of([.. Known.GetProperty("numbers").EnumerateArray().Select(r => (r[0].GetDouble(), r[1].GetDouble()))]);
        Assert.Equal(Known.GetProperty("regression").EnumerateObject().Select(m => m.Name), metrics.Select(m => m.Name));
        foreach (PerformanceMetric metric in metrics)
        {
            Reference.Near(Known.GetProperty("regression").GetProperty(metric.Name).GetDouble(), metric.Value, metric.Name);
            if (!Known.GetProperty("errors").TryGetProperty(metric.Name, out JsonElement error)) IsOfRanks(metric);
            else Reference.Near(error.GetDouble(), metric.Error, metric.Name, metric.Name is "mae" or "bias" ? 1e-9 : 0.02); // by the delta method
        }
    }

    /// <summary>In another unit every metric is the same in that unit, also where squares of it are no doubles; r2 has none.</summary>
    [Theory]
    [InlineData(1e300)]
    [InlineData(1e-300)]
    [InlineData(3e307)]
    public void Numbers_FarFromOne_HaveTheSameErrors(double unit)
    {
        (double Predicted, double Label)[] rows =
            [.. Known.GetProperty("numbers").EnumerateArray().Select(r => (r[0].GetDouble() / 10, r[1].GetDouble() / 10))];
        foreach ((PerformanceMetric near, PerformanceMetric far) in
            Residuals.Of(rows).Zip(Residuals.Of([.. rows.Select(r => (r.Predicted * unit, r.Label * unit))])))
        {
            double of = near.Name == "r2" ? 1 : unit;
            Reference.Near(near.Value!.Value, far.Value / of, near.Name);
            Reference.Near(near.Low!.Value, far.Low / of, near.Name);
            Reference.Near(near.High!.Value, far.High / of, near.Name);
            Reference.Near(near.Error!.Value, far.Error / of, near.Name);
            if (near.Name != "r2") Assert.InRange(far.PValueAgainst(far with { Value = far.Value * 0.9 })!.Value, 0, 1);
        }
    }

    /// <summary>What is beyond every double has no value, and no interval that pretends to be one.</summary>
    [Fact]
    public void NumbersBeyondAllDoubles_AreUndefined()
    {
        ImmutableArray<PerformanceMetric> metrics = Residuals.Of([(1.7e308, -1.7e308), (1.7e308, -1.7e308), (0, 1)]);
        Assert.All(metrics, m => Assert.False(m.Value is { } value && double.IsNaN(value) || m.Low is { } low && double.IsNaN(low), m.Name));
        Assert.All(metrics, m => Assert.True(m.Error is null || double.IsFinite(m.Error.Value), m.Name));
    }

    [Fact]
    public void Classes_AreAsScikitLearnHasThem()
    {
        var confusion = new ClassConfusion();
        foreach (JsonElement row in Known.GetProperty("classes").EnumerateArray()) confusion.Add(row[0].GetString()!, row[1].GetString()!);
        ImmutableArray<PerformanceMetric> metrics = confusion.Metrics(confusion.Classes);
        Assert.Equal(["a", "b", "c", "d"], confusion.Classes);
        Assert.Equal(Known.GetProperty("class_metrics").EnumerateObject().Select(m => m.Name), metrics.Select(m => m.Name));
        foreach (PerformanceMetric metric in metrics)
        {
            // Never decided: its precision is unknown, and counts 0 in the average.
            if (metric.Name == "precision of d") Assert.Null(metric.Value);
            else Reference.Near(Known.GetProperty("class_metrics").GetProperty(metric.Name).GetDouble(), metric.Value, metric.Name);
            if (metric.Error is null) continue;
            Assert.InRange(metric.Value!.Value, metric.Low!.Value, metric.High!.Value);
            Reference.Near(Known.GetProperty("class_errors").GetProperty(metric.Name).GetDouble(), metric.Error, metric.Name, 0.03);
        }
    }

    // Between the residuals of two ranks, whose distance is that of a normal interval of 400 rows.
    private static void IsOfRanks(PerformanceMetric metric)
    {
        double[] sorted = [.. Known.GetProperty("numbers").EnumerateArray().Select(r => r[0].GetDouble() - r[1].GetDouble()).Order()];
        double at = metric.Name == "residual_median" ? 0.5 : int.Parse(metric.Name[^2..], System.Globalization.CultureInfo.InvariantCulture) / 100.0;
        double half = 1.959963984540054 * Math.Sqrt(400 * at * (1 - at));
        Assert.Equal((sorted[(int)Math.Floor((400 * at) - half) - 1], sorted[(int)Math.Ceiling((400 * at) + half)]), (metric.Low, metric.High));
    }

    [Fact]
    public void OfNoRow_NothingIsKnown()
    {
        Assert.All(Residuals.Of([]), m => Assert.Null(m.Value));
        Assert.Null(Residuals.Of([(1, 2), (3, 2)]).Single(m => m.Name == "r2").Value); // labels do not differ
        Assert.Equal((1.0, 0.0), (Residuals.Of([(1, 2)]).First(m => m.Name == "mae").Value, Residuals.Of([(1, 2)]).First(m => m.Name == "mae").Error));
        Assert.All(new ClassConfusion().Metrics(["a"]), m => Assert.Null(m.Value));
        var many = new ClassConfusion();
        for (int i = 0; i < 30; i++) for (int k = 0; k <= i; k++) many.Add("x", $"c{i:00}");
        Assert.Equal([.. Enumerable.Range(10, 20).Select(i => $"c{i}")], many.Classes);
    }
}
