using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using CsCheck;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Statistics;
using DriftStream.Tests.Statistics;
using Xunit;
using Field = Apache.Arrow.Field;
using Schema = Apache.Arrow.Schema;

namespace DriftStream.Tests.Cells;

/// <summary>Outcome tables against the rows themselves, as <see cref="OutcomeColumns"/> reads them.</summary>
public sealed class OutcomeCellsTests
{
    private static readonly BinaryColumn Decision = new("decision", "1"), Label = new("label", "yes");

    /// <summary>Scores of a few values, of a thousand, beyond 0 and 1, none, and such as nobody wants.</summary>
    private static readonly Gen<Row> Rows =
        from score in Gen.Frequency(
            (4, Gen.Int[0, 10].Select(n => (double?)(n / 10.0))), (8, Gen.Double[0, 1].Select(d => (double?)d)), (1, Gen.Const((double?)null)),
            (1, Gen.Int[0, 2].Select(n => (double?)(n == 0 ? double.NaN : n == 1 ? double.NegativeInfinity : double.PositiveInfinity))))
        from decision in OneOf("0", "1", "1", null)
        from label in OneOf("yes", "no", "no", null)
        select new Row(score, decision, label);

    [Fact]
    public void Cells_AndStates_AreInverse()
    {
        Layout layout = Layout.Outcome(Layout.Numeric([0, 0.5]));
        Assert.Equal(5 * 9, layout.Cells);
        var seen = new HashSet<int>();
        for (int score = 0; score < 5; score++)
        {
            for (int state = 0; state < 9; state++)
            {
                int cell = OutcomeCells.Cell(layout, score, state / 3, state % 3);
                Assert.Equal((score, state / 3, state % 3), OutcomeCells.States(layout, cell));
                Assert.True(seen.Add(cell) && cell < layout.Cells);
            }
        }

        Assert.Equal("score [0, 0.5), selected, label missing",
            layout.CellName(OutcomeCells.Cell(layout, 1, OutcomeColumns.Yes, OutcomeColumns.Missing)));
    }

    /// <summary>What is said of counts is what is said of the rows where nothing is left open, and else the rows' value lies in what is.</summary>
    [Theory]
    [InlineData(true, true), InlineData(true, false), InlineData(false, true)]
    public void Counts_SayWhatRowsSay(bool scored, bool decided) => Gen.Select(Rows.Array[1, 300], Rows.Array[1, 300]).Sample((reference, rows) =>
    {
        Baseline baseline = Build(reference, scored, decided);
        BaselineSignal signal = baseline.Signals[^1];
        OutcomeCounts counted = OutcomeCounts.Of(signal.Layout, Count(signal, rows, decided)), raw = Raw(rows, scored, decided);
        Assert.Equal(raw.Confusion, counted.Confusion);
        Assert.Equal((raw.Selected, raw.Rejected, raw.Undecided), (counted.Selected, counted.Rejected, counted.Undecided));
        Assert.Equal((raw.Scores.Positives, raw.Scores.Negatives), (counted.Scores.Positives, counted.Scores.Negatives));
        foreach ((PerformanceMetric exact, PerformanceMetric of) in Performance.Of(raw).Metrics.Zip(Performance.Of(counted).Metrics))
        {
            Assert.Null(exact.LeftOpen);
            if (of is { LeftOpen: null } && of.Name != "calibration_slope") Near(exact.Value, of.Value, of.Name, 1e-12);
            if (of.LeftOpen is not { } open) continue;
            Assert.InRange(exact.Value!.Value, open.Low - 1e-9, open.High + 1e-9);
            Assert.InRange(of.Value!.Value, open.Low, open.High);
            if (of.Low is { } low) Assert.True(low <= open.Low && of.High >= open.High, of.Name);
        }
    }, iter: 300);

    /// <summary>Of a score with few values cells leave nothing open, so that all metrics are those of the rows.</summary>
    [Fact]
    public void FewValues_LeaveNothingOpen() => Gen.Select(Gen.Int[0, 40], OneOf("0", "1"), OneOf("yes", "no"), (s, d, l) => new Row(s / 40.0, d, l))
        .Array[200, 400].Sample(rows =>
        {
            BaselineSignal signal = Build(rows, scored: true, decided: true).Signals[^1];
            Performance counted = Performance.Of(OutcomeCounts.Of(signal.Layout, signal.Counts.AsSpan()));
            foreach ((PerformanceMetric exact, PerformanceMetric of) in Performance.Of(Raw(rows, true, true)).Metrics.Zip(counted.Metrics))
            {
                Assert.Null(of.LeftOpen);
                Assert.NotNull(of.Value);
                Near(exact.Value, of.Value, of.Name, 1e-9);
                Near(exact.Error, of.Error, of.Name, 1e-9);
            }
        }, iter: 50);

    /// <summary>Labels that come later are in no column: every row has the label missing, whatever counts it.</summary>
    [Fact]
    public void Label_ThatIsNotThere_IsMissing()
    {
        Row[] rows = [new(0.2, "1", "yes"), new(0.7, "0", "no"), new(null, null, "yes")];
        BaselineSignal signal = Build(rows, scored: true, decided: true).Signals[^1];
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(Message(rows, withLabel: false)));
        ICellCounter counter = CellCounters.For(signal, Decision, Label);
        Assert.Null(counter.Bind(reader.Batches[0]));
        var cells = new int[rows.Length];
        counter.Rank(cells);
        Assert.Equal([(1, 2), (0, 2), (2, 2)], cells.Select(c => OutcomeCells.States(signal.Layout, c)).Select(s => (s.Decision, s.Label)));
        Assert.Equal(signal.Layout.Inner!.MissingCell, OutcomeCells.States(signal.Layout, cells[2]).Score);
        int later = OutcomeCells.States(signal.Layout, cells[0]).Score;
        var now = new long[signal.Layout.Cells];
        now[OutcomeCells.Cell(signal.Layout, later, OutcomeColumns.Yes, OutcomeColumns.Yes)] = 1;
        Assert.Equal(1, OutcomeCounts.Of(signal.Layout, now).Confusion.TruePositive);
    }

    [Fact]
    public void Baseline_KeepsItInItsFile_AndOnlyWithALabel()
    {
        Row[] rows = [.. Enumerable.Range(0, 5000).Select(i => new Row(i / 5000.0, i % 3 == 0 ? "1" : "0", i % 2 == 0 ? "yes" : "no"))];
        Baseline baseline = Build(rows, scored: true, decided: true);
        BaselineSignal signal = baseline.Signals[^1];
        Assert.Equal((SignalRole.Outcome, "label", "outcome:label"), (signal.Role, signal.Name, signal.Key));
        Assert.Equal(["score", "decision", "label"], signal.Columns);
        Assert.InRange(signal.Layout.Inner!.Edges.Length, 100, 128);
        byte[] file = BaselineFile.Write(baseline);
        Assert.Equal(7, file[4]);
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal("", problem);
        Assert.Equal(baseline.Hash, read.Hash);
        Assert.Equal(signal.Layout.Hash, read.Signals[^1].Layout.Hash);

        Assert.Equal(["decision", "label"], Build(rows, scored: false, decided: true).Signals[^1].Columns);
        Assert.Equal(["score", "label"], Build(rows, scored: true, decided: false).Signals[^1].Columns);
        using var reader = new ArrowMessageReader(new InputLimits());
        Baseline without = BaselineBuilder.Build([Batch(rows, reader)], Settings(true, true) with { Label = null }).Baseline!;
        Assert.DoesNotContain(without.Signals, s => s.Role == SignalRole.Outcome);
        Assert.Equal(1, BaselineFile.Write(without)[4]);
    }

    /// <summary>Bins, certainties and scores that are none are cells of their own.</summary>
    [Fact]
    public void Edges_PartWhatMetricsPart()
    {
        ImmutableArray<double> edges = Build([new(0.3, "1", "yes")], scored: true, decided: true).Signals[^1].Layout.Inner!.Edges;
        foreach (double score in (double[])[.. Enumerable.Range(0, 1001).Select(n => n / 1000.0), 0.3, Math.BitDecrement(0.3), Math.BitIncrement(0.7), 1])
        {
            int cell = edges.Count(e => e <= score);
            Assert.Equal(Bin(score), Bin(edges[cell - 1]));
            Assert.Equal(Bin(score), Bin(Math.BitDecrement(edges[cell])));
        }
    }

    private static int Bin(double score) => Math.Min(9, (int)(score * 10));

    private static Gen<string?> OneOf(params string?[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static void Near(double? expected, double? actual, string name, double absolute)
    {
        if (expected is { } value) Reference.Near(value, actual, name, absolute: absolute);
        else Assert.Null(actual);
    }

    private static OutcomeCounts Raw(Row[] rows, bool scored, bool decided)
    {
        var counts = new long[3, 3];
        var scores = new List<(double, bool)>();
        foreach (Row row in rows)
        {
            int decision = decided ? State(row.Decision, "1") : 2, label = State(row.Label, "yes");
            counts[decision, label]++;
            if (scored && label != 2 && row.Score is { } score && double.IsFinite(score)) scores.Add((score, label == 1));
        }

        return new OutcomeCounts(new Confusion(counts[1, 1], counts[1, 0], counts[0, 1], counts[0, 0]), ScoredLabels.Of(scores), Of(1), Of(0), Of(2));

        LabelCoverage Of(int decision) => new(counts[decision, 0] + counts[decision, 1] + counts[decision, 2], counts[decision, 0] + counts[decision, 1]);

        static int State(string? value, string positive) => value is null ? 2 : value == positive ? 1 : 0;
    }

    private static BaselineSettings Settings(bool scored, bool decided) => BaselineSettings.Of("m") with
    {
        Features = [],
        Score = scored ? "score" : null,
        Decision = decided ? Decision : null,
        Label = Label,
    };

    private static Baseline Build(Row[] rows, bool scored, bool decided)
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        BaselineResult result = BaselineBuilder.Build([Batch(rows, reader)], Settings(scored, decided));
        Assert.Empty(result.Problems);
        return result.Baseline!;
    }

    private static long[] Count(BaselineSignal signal, Row[] rows, bool decided)
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        ICellCounter counter = CellCounters.For(signal, decided ? Decision : null, Label);
        Assert.Null(counter.Bind(Batch(rows, reader)));
        var counts = new long[signal.Layout.Cells];
        int middle = rows.Length / 3;
        counter.Count(middle, rows.Length - middle, counts);
        counter.Count(0, middle, counts);
        return counts;
    }

    private static Batch Batch(Row[] rows, ArrowMessageReader reader)
    {
        Assert.Null(reader.Read(Message(rows, withLabel: true)));
        return reader.Batches[0];
    }

    private static byte[] Message(Row[] rows, bool withLabel)
    {
        (var scores, var decisions, var labels) = (new DoubleArray.Builder(), new StringArray.Builder(), new StringArray.Builder());
        foreach (Row row in rows)
        {
            scores.Append(row.Score);
            decisions.Append(row.Decision);
            labels.Append(row.Label);
        }

        Field[] fields = [new("score", DoubleType.Default, true), new("decision", StringType.Default, true), new("label", StringType.Default, true)];
        IArrowArray[] arrays = [scores.Build(), decisions.Build(), labels.Build()];
        int columns = withLabel ? 3 : 2;
        using var stream = new MemoryStream();
        var batch = new RecordBatch(new Schema(fields[..columns], null), arrays[..columns], rows.Length);
        using (var writer = new ArrowStreamWriter(stream, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            // Else a finalizer may free what is being written.
            GC.KeepAlive(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    private sealed record Row(double? Score, string? Decision, string? Label);
}
