using System.Text.Json;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>Performance before labels, beside values of a plain Python program (reference/calibration.py).</summary>
public sealed class EstimatedPerformanceTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Reference.Load("calibration.json").GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Estimates_AndTheirErrors_AreThoseOfAPlainProgram(int at)
    {
        JsonElement expected = Reference.Load("calibration.json").GetProperty("cases")[at];
        double[] scores = expected.GetProperty("scores").Doubles(), fitted = expected.GetProperty("fitted").Doubles();
        ScoreCalibration calibration = ScoreCalibration.Of(scores, expected.GetProperty("negatives").Longs(), expected.GetProperty("positives").Longs())!;
        for (int i = 0; i < scores.Length; i++) Reference.Near(fitted[i], calibration.ProbabilityOf(scores[i]), $"score {scores[i]}");
        ScoredDecisions[] window =
        [
            .. expected.GetProperty("window").EnumerateArray()
                .Select(r => (Score: r[0].GetDouble(), Decision: r[1].ValueKind == JsonValueKind.Null ? 2 : r[1].GetInt32(), Rows: r[2].GetInt64()))
                .GroupBy(r => r.Score).Select(s => new ScoredDecisions(s.Key, Rows(s, 0), Rows(s, 1), Rows(s, 2))),
        ];
        EstimatedPerformance estimated = EstimatedPerformance.Of(calibration, window);
        JsonElement confusion = expected.GetProperty("confusion");
        Reference.Near(confusion.GetProperty("true_positive").GetDouble(), estimated.TruePositive, "TP");
        Reference.Near(confusion.GetProperty("false_positive").GetDouble(), estimated.FalsePositive, "FP");
        Reference.Near(confusion.GetProperty("false_negative").GetDouble(), estimated.FalseNegative, "FN");
        Reference.Near(confusion.GetProperty("true_negative").GetDouble(), estimated.TrueNegative, "TN");
        Assert.Equal(expected.GetProperty("metrics").EnumerateObject().Select(m => m.Name), estimated.Metrics.Select(m => m.Name));
        foreach (PerformanceMetric metric in estimated.Metrics)
        {
            Reference.Near(expected.GetProperty("metrics").GetProperty(metric.Name).GetDouble(), metric.Value, metric.Name);
            // By differences of 1e-6, a root of squares.
            Reference.Near(expected.GetProperty("errors").GetProperty(metric.Name).GetDouble(), metric.Error, metric.Name, 1e-6);
        }

        static long Rows(IEnumerable<(double, int Decision, long Rows)> rows, int decision) => rows.Where(r => r.Decision == decision).Sum(r => r.Rows);
    }

    /// <summary>Of windows whose labels come by the probabilities that scores have, 95 % lie in the interval.</summary>
    [Fact]
    public void Realised_LiesInTheInterval_InNineteenOfTwenty()
    {
        const int windows = 300;
        var random = new Random(11);
        var inside = new Dictionary<string, int>();
        for (int w = 0; w < windows; w++)
        {
            ScoreCalibration calibration = ScoredLabels.Of(Draw(2_000)).Isotonic()!;
            List<(double Score, bool Positive)> rows = Draw(500);
            EstimatedPerformance estimated = EstimatedPerformance.Of(
                calibration, rows.Select(r => new ScoredDecisions(r.Score, r.Score > 0.5 ? 0 : 1, r.Score > 0.5 ? 1 : 0, 0)));
            var confusion = new Confusion(Count(true, true), Count(true, false), Count(false, true), Count(false, false));
            foreach (PerformanceMetric realised in Performance.Of(confusion, ScoredLabels.Of(rows)))
            {
                if (estimated.Metrics.FirstOrDefault(m => m.Name == realised.Name) is not { } metric) continue;
                inside[metric.Name] = inside.GetValueOrDefault(metric.Name) + (realised.Value >= metric.Low && realised.Value <= metric.High ? 1 : 0);
            }

            long Count(bool selected, bool positive) => rows.Count(r => r.Score > 0.5 == selected && r.Positive == positive);
        }

        Assert.Equal(7, inside.Count);
        Assert.All(inside, m => Assert.InRange(m.Value / (double)windows, 0.90, 0.985));

        List<(double Score, bool Positive)> Draw(int rows) => [.. Enumerable.Range(0, rows).Select(_ =>
        {
            double score = Math.Round(random.NextDouble(), 2);
            return (score, random.NextDouble() < score * score);
        })];
    }

    [Fact]
    public void ScoresThatNobodyKnows_MakeItVoid()
    {
        ScoreCalibration calibration = Halves();
        Assert.Null(EstimatedPerformance.Of(calibration, [new(0.4, 990, 0, 0), new(0.9, 0, 10, 0)]).Void);
        EstimatedPerformance moved = EstimatedPerformance.Of(calibration, [new(0.4, 950, 0, 0), new(0.9, 0, 50, 0)]);
        Assert.Equal((1000, 50, "5 % of rows have scores of which the reference has hardly any label"), (moved.Rows, moved.Outside, moved.Void));
        Assert.Equal("no row has a score", EstimatedPerformance.Of(calibration, []).Void);
    }

    [Fact]
    public void WhatHasNoRow_IsUndefined()
    {
        EstimatedPerformance none = EstimatedPerformance.Of(Halves(), [new(0.4, 0, 0, 7)]);
        Assert.All(none.Metrics, m => Assert.Equal((m.Name == "roc_auc" ? 0.5 : null, m.Name == "roc_auc"), (m.Value, m.Error is not null)));
        Assert.Null(EstimatedPerformance.Of(Halves(), [new(0.4, 5, 0, 0)]).Metrics.Single(m => m.Name == "precision").Value);
        Assert.Null(ScoreCalibration.Of([0.2, 0.4], [100, 0], [0, 29]));
        Assert.Null(ScoreCalibration.Of([], [], []));
    }

    // Positive in one of four rows at 0.2, and in three at 0.6.
    private static ScoreCalibration Halves() => ScoreCalibration.Of([0.2, 0.6], [300, 100], [100, 300])!;
}
