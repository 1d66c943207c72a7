using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Host.Tests.Commands;
using DriftStream.Statistics;
using Xunit;
using static DriftStream.Host.Tests.Compare.FileOrder;

namespace DriftStream.Host.Tests.Compare;

/// <summary>
/// How well the sample's model did, counted as a stream counts it, in chunks of 5,000 rows: scikit-learn's values, of decisions to the last digit, of scores
/// inside of what the cells leave open.
/// </summary>
public sealed class OutcomeReferenceTests
{
    private static readonly BinaryColumn Decision = new("prediction", "1"), Label = new("employed", "1");

    [Fact]
    public void Counts_HaveScikitLearnsValues()
    {
        JsonElement file = Reference("performance.json");
        string[] names = [.. file.GetProperty("metrics").EnumerateArray().Select(m => m.GetString()!)];
        JsonElement[] expected = [.. file.GetProperty("realised").EnumerateArray()];
        Batch[] batches = [.. DataFile.Open(LabelledRows.File).Batches];
        BaselineSettings settings = BaselineSettings.Of("m") with
        {
            Features = [],
            Score = "predicted_probability",
            Decision = Decision,
            Label = Label,
        };
        BaselineSignal signal = BaselineBuilder.Build(batches, settings).Baseline!.Signals.Single(s => s.Role == SignalRole.Outcome);
        long[][] chunks = [.. Chunks(signal, batches, file.GetProperty("chunk_size").GetInt32())];
        Assert.Equal(expected.Length, chunks.Length);
        Dictionary<string, double> widest = [];
        foreach ((int i, long[] counts) in chunks.Index())
        {
            Performance of = Performance.Of(OutcomeCounts.Of(signal.Layout, counts));
            Assert.Equal(of.Labels.Rows, of.Labels.Labelled);
            foreach ((int m, string name) in names.Index())
            {
                PerformanceMetric metric = of.Metrics.Single(k => k.Name == (name == "average_precision" ? "pr_auc" : name));
                double value = expected[i][m].GetDouble();
                if (metric.LeftOpen is { } open)
                {
                    Assert.InRange(value, open.Low - 1e-9, open.High + 1e-9);
                    widest[metric.Name] = Math.Max(widest.GetValueOrDefault(metric.Name), open.High - open.Low);
                    Assert.InRange(Math.Abs(value - metric.Value!.Value), 0, 0.003);
                }
                else
                {
                    Near(value, metric.Value, $"{name} of chunk {i}");
                }
            }
        }

        // So that "inside of it" says something. Of the precision at the top of the scores, where most positive labels are in a few cells, cells tell less.
        Assert.Equal(["pr_auc", "roc_auc"], widest.Keys.Order(StringComparer.Ordinal));
        Assert.InRange(widest["roc_auc"], 1e-6, 0.03);
        Assert.InRange(widest["pr_auc"], 1e-6, 0.1);
    }

    /// <summary>What a stream estimates from the cells of scores, beside NannyML's CBPE, which has the rows.</summary>
    [Fact]
    public void Counts_AreEstimatedAsNannyMLEstimates()
    {
        JsonElement file = Reference("estimated.json");
        BaselineSettings settings = BaselineSettings.Of("m") with
        {
            Features = [],
            Score = "predicted_probability",
            Decision = Decision,
            Label = Label,
        };
        Batch[] reference = [.. DataFile.Open(Cli.Sample("reference-2015.parquet")).Batches], batches = [.. DataFile.Open(LabelledRows.File).Batches];
        BaselineSignal signal = BaselineBuilder.Build(reference, settings).Baseline!.Signals.Single(s => s.Role == SignalRole.Outcome);
        OutcomeEstimator estimator = OutcomeEstimator.For(signal.Layout, signal.Counts.AsSpan())!;
        string[] metrics = [.. file.GetProperty("metrics").EnumerateArray().Select(m => m.GetString()!)];
        foreach ((int i, long[] counts) in Chunks(signal, batches, file.GetProperty("chunk_size").GetInt32()).Index())
        {
            EstimatedPerformance estimated = estimator.Of(counts);
            Assert.Null(estimated.Void);
            foreach ((int m, string name) in metrics.Index())
            {
                double off = (estimated.Metric(name).Value!.Value / file.GetProperty("estimated")[i][m].GetDouble()) - 1;
                Assert.True(Math.Abs(off) < 0.002, $"{name} of chunk {i}: {off}");
            }
        }
    }

    /// <summary>Calibration of each sex, against the bins and the Brier score that scikit-learn gives.</summary>
    [Fact]
    public void Calibration_LiesInWhatCellsLeaveOpen()
    {
        JsonElement bins = Reference("fairness.json").GetProperty("all_rows").GetProperty("SEX").GetProperty("calibration_10_equal_width_bins");
        var groups = new OutcomeColumns(null, null, new BinaryColumn("SEX", "1"));
        Batch[] batches = [.. DataFile.Open(LabelledRows.File).Batches];
        BaselineSettings settings = BaselineSettings.Of("m") with { Features = [], Score = "predicted_probability", Label = Label };
        BaselineSignal signal = BaselineBuilder.Build(batches, settings).Baseline!.Signals[^1];
        var counts = new Dictionary<string, long[]> { ["1"] = new long[signal.Layout.Cells], ["2"] = new long[signal.Layout.Cells] };
        ICellCounter counter = CellCounters.For(signal, null, Label);
        foreach (Batch batch in batches)
        {
            Assert.Null(counter.Bind(batch) ?? groups.Bind(batch));
            var (cells, sexes) = (new int[batch.Rows], new int[batch.Rows]);
            counter.Rank(cells);
            groups.Read(0, new double[batch.Rows], new int[batch.Rows], sexes);
            for (int i = 0; i < batch.Rows; i++) counts[sexes[i] == OutcomeColumns.Yes ? "1" : "2"][cells[i]]++;
        }

        foreach ((string sex, long[] of) in counts)
        {
            ScoredLabels scores = OutcomeCounts.Of(signal.Layout, of).Scores;
            JsonElement theirs = bins.GetProperty(sex);
            Assert.Equal(theirs.GetProperty("count").EnumerateArray().Select(c => c.GetInt64()), scores.Calibration().Select(b => b.Rows));
            Lies(theirs.GetProperty("ece").GetDouble(), scores.CalibrationError!.Value);
            Lies(theirs.GetProperty("brier").GetDouble(), scores.Brier!.Value);
        }

        static void Lies(double value, Estimate estimate)
        {
            Assert.InRange(value, estimate.LeftOpen!.Value.Low, estimate.LeftOpen.Value.High);
            Assert.InRange(Math.Abs(value - estimate.Value), 0, 0.002);
        }
    }

    private static IEnumerable<long[]> Chunks(BaselineSignal signal, Batch[] batches, int size)
    {
        ICellCounter counter = CellCounters.For(signal, Decision, Label);
        var (counts, held) = (new long[signal.Layout.Cells], 0);
        foreach (Batch batch in batches)
        {
            Assert.Null(counter.Bind(batch));
            for (int start = 0; start < batch.Rows;)
            {
                int length = Math.Min(size - held, batch.Rows - start);
                counter.Count(start, length, counts);
                (start, held) = (start + length, held + length);
                if (held < size) continue;
                yield return counts;
                (counts, held) = (new long[signal.Layout.Cells], 0);
            }
        }

        if (held > 0) yield return counts;
    }
}
