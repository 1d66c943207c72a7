using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Compare;
using DriftStream.Host.Files;
using DriftStream.Statistics;
using Xunit;
using static DriftStream.Host.Tests.Compare.FileOrder;

namespace DriftStream.Host.Tests.Compare;

/// <summary>How well the sample's model did, as scikit-learn says it: by NannyML in chunks of 5,000 rows, by Fairlearn's groups.</summary>
public sealed class PerformanceReferenceTests
{
    private static readonly OutcomeNames Names = new("predicted_probability", new BinaryColumn("prediction", "1"), new BinaryColumn("employed", "1"));

    [Fact]
    public void Chunks_AsNannyMLRealises()
    {
        JsonElement file = Reference("performance.json");
        string[] metrics = [.. file.GetProperty("metrics").EnumerateArray().Select(m => m.GetString()!)];
        JsonElement[] expected = [.. file.GetProperty("realised").EnumerateArray()];
        Performance[] chunks = [.. Chunks(file.GetProperty("chunk_size").GetInt32())];
        Assert.Equal(42, chunks.Length);
        Assert.Equal(expected.Length, chunks.Length);
        for (int i = 0; i < chunks.Length; i++)
        {
            Assert.Equal(chunks[i].Labels.Rows, chunks[i].Labels.Labelled);
            for (int m = 0; m < metrics.Length; m++)
                Near(expected[i][m].GetDouble(), chunks[i].Metrics.Single(k => k.Name == OurName(metrics[m])).Value, $"{metrics[m]} of chunk {i}");
        }
    }

    [Fact]
    public void Sexes_AsFairlearnAndScikitLearn()
    {
        JsonElement expected = Reference("fairness.json").GetProperty("all_rows").GetProperty("SEX");
        foreach (string sex in (string[])["1", "2"])
        {
            ScoredLabels scores = ScoredLabels.Of(ScoresOf(sex));
            Near(expected.GetProperty("roc_auc_by_group").GetProperty(sex).GetDouble(), scores.RocAuc!.Value.Value, sex);
            JsonElement bins = expected.GetProperty("calibration_10_equal_width_bins").GetProperty(sex);
            Near(bins.GetProperty("ece").GetDouble(), scores.CalibrationError?.Value, sex);
            Near(bins.GetProperty("brier").GetDouble(), scores.Brier!.Value.Value, sex);
            (long Rows, double Scores, long Positives)[] ours = scores.Calibration();
            Assert.Equal(bins.GetProperty("count").EnumerateArray().Select(c => c.GetInt64()), ours.Select(b => b.Rows));
            Assert.Equal(bins.GetProperty("sum_label").EnumerateArray().Select(c => (long)c.GetDouble()), ours.Select(b => b.Positives));
            foreach ((JsonElement theirs, (_, double sum, _)) in bins.GetProperty("sum_score").EnumerateArray().Zip(ours)) Near(theirs.GetDouble(), sum, sex);
        }
    }

    private static string OurName(string theirs) => theirs == "average_precision" ? "pr_auc" : theirs;

    private static IEnumerable<Performance> Chunks(int size)
    {
        DataFile rows = DataFile.Open(LabelledRows.File);
        OutcomeColumns columns = Names.Columns();
        var (chunk, held) = (new Outcomes(), 0);
        foreach (Batch batch in rows.Batches)
        {
            Assert.Null(columns.Bind(batch));
            for (int start = 0; start < batch.Rows;)
            {
                int length = Math.Min(size - held, batch.Rows - start);
                chunk.Add(columns, start, length);
                (start, held) = (start + length, held + length);
                if (held < size) continue;
                yield return chunk.Performance();
                (chunk, held) = (new Outcomes(), 0);
            }
        }

        if (held > 0) yield return chunk.Performance();
    }

    private static List<(double, bool)> ScoresOf(string sex)
    {
        var scores = new List<(double, bool)>();
        // A group as if it were a label: rows of it have the state yes.
        OutcomeColumns columns = Names.Columns(), groups = new(null, null, new BinaryColumn("SEX", sex));
        foreach (Batch batch in DataFile.Open(LabelledRows.File).Batches)
        {
            Assert.Null(columns.Bind(batch) ?? groups.Bind(batch));
            var (score, decision, label, group) = (new double[batch.Rows], new int[batch.Rows], new int[batch.Rows], new int[batch.Rows]);
            columns.Read(0, score, decision, label);
            groups.Read(0, new double[batch.Rows], new int[batch.Rows], group);
            for (int i = 0; i < batch.Rows; i++) if (group[i] == OutcomeColumns.Yes) scores.Add((score[i], label[i] == OutcomeColumns.Yes));
        }

        return scores;
    }
}
