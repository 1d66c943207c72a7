using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using CsCheck;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;
using Field = Apache.Arrow.Field;
using Schema = Apache.Arrow.Schema;

namespace DriftStream.Tests.Cells;

/// <summary>Calibration tables against the rows themselves.</summary>
public sealed class CalibrationCellsTests
{
    private static readonly BinaryColumn Decision = new("decision", "1"), Label = new("label", "yes");

    private static readonly Gen<Row> Rows =
        from score in Gen.Frequency((8, Gen.Double[0, 1].Select(d => (double?)d)), (1, Gen.Const((double?)null)), (1, Gen.Const((double?)double.NaN)))
        from sex in OneOf("f", "m", "m", null)
        from age in OneOf("old", "young")
        from decision in OneOf("0", "1", null)
        from label in OneOf("yes", "no", "no", null)
        select new Row(score, sex, age, decision, label);

    [Fact]
    public void Cells_AndStates_AreInverse()
    {
        Layout layout = Layout.Calibration(["f", "m"], Layout.Numeric([0, 0.5]));
        Assert.Equal(4 * 5 * 3, layout.Cells);
        Assert.Equal(layout.Cells, Enumerable.Range(0, 60).Select(i => layout.CalibrationCell(i / 15, i / 3 % 5, i % 3)).Distinct().Count());
        Assert.Equal("m, score [0, 0.5), label positive", layout.CellName(layout.CalibrationCell(1, 1, 1)));
        Assert.Equal("missing, score NaN, label missing", layout.CellName(layout.CalibrationCell(3, 3, 2)));
        Assert.Throws<ArgumentException>(() => Layout.Calibration(["f"], Layout.Numeric([])));
        Assert.Throws<ArgumentException>(() => Layout.Calibration(["f", "f"], Layout.Numeric([0])));
    }

    /// <summary>Of one column as of two: the biases of the rows lie in what the cells leave open, and no row is lost.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Counts_SayWhatRowsSay(bool two) => Gen.Select(Rows.Array[1, 200], Rows.Array[1, 300]).Sample((reference, rows) =>
    {
        ImmutableArray<string> group = two ? ["sex", "age"] : ["sex"];
        BaselineSignal signal = Build(reference, group).Signals[^1];
        Assert.Equal((SignalRole.Calibration, string.Join(" x ", group), $"calibration:{string.Join(" x ", group)}"), (signal.Role, signal.Name, signal.Key));
        Assert.Equal(["score", .. group, "label"], signal.Columns);
        long[] counts = Count(signal, rows);
        Assert.Equal(rows.Length, counts.Sum());
        foreach (GroupBias bias in GroupCalibration.Of(signal.Layout, counts))
        {
            Row[] own = [.. rows.Where(r => r.Score is { } s && double.IsFinite(s) && Group(r) == bias.Value)];
            (double Score, double Label)[] labelled = [.. own.Where(r => r.Label is not null).Select(r => (r.Score!.Value, r.Label == "yes" ? 1.0 : 0))];
            Assert.Equal((own.Length, labelled.Length, labelled.Count(l => l.Label > 0)), (bias.Scored, bias.Rows, bias.Positives));
            if (labelled.Length == 0) continue;
            double exact = labelled.Average(l => l.Score) - labelled.Average(l => l.Label);
            Interval open = bias.Bias!.Value.LeftOpen ?? new Interval(bias.Bias.Value.Value, bias.Bias.Value.Value);
            Assert.InRange(exact, open.Low - 1e-12, open.High + 1e-12);
        }

        string Group(Row row)
        {
            string? value = two && row.Sex is not null ? $"{row.Sex} x {row.Age}" : row.Sex;
            return value is null ? "missing" : signal.Layout.Categories.Contains(value) ? value : "unseen";
        }
    }, iter: 150);

    [Fact]
    public void Baseline_KeepsItInItsFile_AndOnlyWhereItIsAskedFor()
    {
        Row[] rows = [.. Enumerable.Range(0, 5000).Select(i => new Row(i / 5000.0, i % 3 == 0 ? "f" : "m", "old", $"{i % 2}", i % 2 == 0 ? "yes" : "no"))];
        Baseline baseline = Build(rows, ["sex"]), without = Build(rows, ["sex"], calibrated: false);
        byte[] file = BaselineFile.Write(baseline);
        Assert.Equal((11, 7), (file[4], BaselineFile.Write(without)[4]));
        Assert.Equal(without.Signals.Select(s => (s.Key, s.Layout.Key)), baseline.Signals[..^1].Select(s => (s.Key, s.Layout.Key)));
        Assert.NotEqual(without.Hash, baseline.Hash);
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal("", problem);
        Assert.Equal((baseline.Hash, baseline.Signals[^1].Layout.Hash), (read.Hash, read.Signals[^1].Layout.Hash));
        Assert.Equal(baseline.Signals[^1].Counts, read.Signals[^1].Counts);

        // Without the table of its group nothing tells its cells of a prediction.
        Baseline alone = BaselineFile.Hashed(baseline with { Signals = [.. baseline.Signals.Where(s => s.Role != SignalRole.Group)] });
        Assert.Null(BaselineFile.Read(BaselineFile.Write(alone), out problem));
        Assert.Contains("the calibration table of 'sex' is not of the cells of its group", problem, StringComparison.Ordinal);
    }

    /// <summary>As many values as it may have cells for, and one more.</summary>
    [Fact]
    public void GroupsOfTooManyValues_AreRefused()
    {
        Row[] rows = [.. Enumerable.Range(0, CalibrationCells.MostValues + 1).Select(i => new Row(i / 500.0, $"{i}", "old", "1", "yes"))];
        Baseline most = Build(rows[1..], ["sex"]);
        Assert.InRange(most.Signals[^1].Layout.Cells, 1, BaselineSettings.ExactEdges);
        using var reader = new ArrowMessageReader(new InputLimits());
        BaselineResult result = BaselineBuilder.Build([Batch(rows, reader)], Settings(["sex"], calibrated: true));
        Assert.Equal([$"group 'sex' has {rows.Length} values, and {rows.Length - 1} at most are compared by calibration_difference: "
            + "group by something coarser, or leave the rule out"], result.Problems);
    }

    private static Gen<string?> OneOf(params string?[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static BaselineSettings Settings(ImmutableArray<string> group, bool calibrated) => BaselineSettings.Of("m") with
    {
        Features = [],
        Score = "score",
        Decision = Decision,
        Label = Label,
        Groups = [group],
        Calibrated = calibrated ? [group] : [],
    };

    private static Baseline Build(Row[] rows, ImmutableArray<string> group, bool calibrated = true)
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        BaselineResult result = BaselineBuilder.Build([Batch(rows, reader)], Settings(group, calibrated));
        Assert.Empty(result.Problems);
        return result.Baseline!;
    }

    private static long[] Count(BaselineSignal signal, Row[] rows)
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        ICellCounter counter = CellCounters.For(signal, Decision, Label);
        Assert.Null(counter.Bind(Batch(rows, reader)));
        var counts = new long[signal.Layout.Cells];
        int middle = rows.Length / 3;
        counter.Count(middle, rows.Length - middle, counts);
        counter.Count(0, middle, counts);
        return counts;
    }

    private static Batch Batch(Row[] rows, ArrowMessageReader reader)
    {
        var scores = new DoubleArray.Builder();
        foreach (Row row in rows) scores.Append(row.Score);
        string[] names = ["sex", "age", "decision", "label"];
        Field[] fields = [new("score", DoubleType.Default, true), .. names.Select(n => new Field(n, StringType.Default, true))];
        IArrowArray[] arrays = [scores.Build(), Texts(r => r.Sex), Texts(r => r.Age), Texts(r => r.Decision), Texts(r => r.Label)];
        var schema = new Schema(fields, null);
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema))
        {
            writer.WriteRecordBatch(new RecordBatch(schema, arrays, rows.Length));
            writer.WriteEnd();
        }

        Assert.Null(reader.Read(stream.ToArray()));
        return reader.Batches[0];

        StringArray Texts(Func<Row, string?> of)
        {
            var texts = new StringArray.Builder();
            foreach (Row row in rows) texts.Append(of(row));
            return texts.Build();
        }
    }

    private sealed record Row(double? Score, string? Sex, string Age, string? Decision, string? Label);
}
