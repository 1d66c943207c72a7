using System.Collections.Immutable;
using CsCheck;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Statistics;
using Xunit;

namespace DriftStream.Tests.Cells;

/// <summary>Residuals by group against the rows themselves.</summary>
public sealed class GroupResidualCellsTests
{
    private static readonly BinaryColumn Label = new("label", "1");

    private static readonly Gen<Row> Rows =
        from label in Gen.Frequency((8, Gen.Double[-50, 50].Select(d => (double?)d)), (1, Gen.Const((double?)null)), (1, Gen.Const((double?)double.NaN)))
        from off in Gen.Frequency(
            (8, Gen.Double[-2, 2].Select(d => (double?)d)), (1, Gen.Const((double?)null)), (1, Gen.Const((double?)0)), (1, Gen.Const((double?)1e6)))
        from sex in Gen.Int[0, 3].Select(i => i switch { 0 => "f", 3 => null, _ => "m" })
        from age in Gen.Int[0, 1].Select(i => i == 0 ? "old" : "young")
        select new Row(label + off, label, sex, age);

    /// <summary>Of one column as of two: errors of the rows lie in what the cells leave open, no row is lost, those of nobody are in no group.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Counts_SayWhatRowsSay(bool two) => Gen.Select(Rows.Array[20, 200], Rows.Array[1, 300]).Sample((reference, rows) =>
    {
        ImmutableArray<string> group = two ? ["sex", "age"] : ["sex"];
        BaselineSignal signal = Build(reference, group).Signals[^1];
        Assert.Equal((SignalRole.GroupResiduals, string.Join(" x ", group), $"residuals:{string.Join(" x ", group)}", LabelKind.Number),
            (signal.Role, signal.Name, signal.Key, signal.LabelKind));
        Assert.Equal(["score", "label", .. group], signal.Columns);
        long[] counts = Count(signal, rows);
        Assert.Equal(rows.Length, counts.Sum());
        Assert.Equal(rows.Count(r => !signal.Layout.Slices.Any(s => s[0] == NameOf(r))), counts[^1]);
        foreach (ErrorOf of in Enum.GetValues<ErrorOf>())
        {
            foreach (GroupError error in GroupErrors.Of(signal.Layout, counts, of))
            {
                Row[] own = [.. rows.Where(r => NameOf(r) == error.Value)];
                (double, double)[] known = [.. own.Where(r => IsNumber(r.Score) && IsNumber(r.Label)).Select(r => (r.Score!.Value, r.Label!.Value))];
                Assert.Equal((own.Length, own.Count(r => IsNumber(r.Label)), known.Length), (error.All, error.Labelled, error.Rows));
                if (GroupError.OfRows("", default, known, of).Error is not { } exact) continue;
                Assert.InRange(exact.Value, error.Ends.Low, error.Ends.High);
                Assert.InRange(error.Error!.Value.Value, error.Ends.Low, error.Ends.High);
            }
        }

        string? NameOf(Row row) => row.Sex is null ? null : two ? $"{row.Sex} x {row.Age}" : row.Sex;
    }, iter: 100);

    [Fact]
    public void Baseline_KeepsItInItsFile_AndOnlyWhereItIsAskedFor()
    {
        Row[] rows = [.. Enumerable.Range(0, 2000).Select(i => new Row(i % 7, i % 5, i % 3 == 0 ? "f" : "m", "old"))];
        Baseline baseline = Build(rows, ["sex"]), without = Build(rows, ["sex"], asked: false);
        byte[] file = BaselineFile.Write(baseline);
        Assert.Equal((12, 9), (file[4], BaselineFile.Write(without)[4]));
        Assert.Equal(without.Signals.Select(s => (s.Key, s.Layout.Key)), baseline.Signals[..^1].Select(s => (s.Key, s.Layout.Key)));
        Assert.DoesNotContain(baseline.Signals, s => s.Role == SignalRole.Group); // nothing is decided
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal("", problem);
        Assert.Equal((baseline.Hash, baseline.Signals[^1].Layout.Hash), (read.Hash, read.Signals[^1].Layout.Hash));
        Assert.Equal(baseline.Signals[^1].Counts, read.Signals[^1].Counts);
        Baseline alone = BaselineFile.Hashed(baseline with { Signals = [.. baseline.Signals.Where(s => s.Role != SignalRole.Outcome)] });
        Assert.Null(BaselineFile.Read(BaselineFile.Write(alone), out problem));
        Assert.Contains("the residuals by 'sex' are not of the cells of the model's residuals", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void GroupsOfTooManyValues_AreRefused()
    {
        Row[] rows = [.. Enumerable.Range(0, GroupResidualCells.MostValues + 1).Select(i => new Row(i, i + 1, $"{i:000}", "old"))];
        Assert.InRange(Build(rows[1..], ["sex"]).Signals[^1].Layout.Cells, 1, BaselineSettings.ExactEdges);
        BaselineResult result = BaselineBuilder.Build([Batch(rows)], Settings(["sex"], asked: true));
        Assert.Equal([$"group 'sex' has {rows.Length} values, and {rows.Length - 1} at most are compared by differences of errors: "
            + "group by something coarser, or leave the rule out"], result.Problems);
    }

    private static bool IsNumber(double? value) => value is { } number && double.IsFinite(number);

    private static BaselineSettings Settings(ImmutableArray<string> group, bool asked) => BaselineSettings.Of("m") with
    {
        Features = [],
        Score = "score",
        Label = Label,
        LabelKind = LabelKind.Number,
        Groups = [group],
        Calibrated = asked ? [group] : [],
    };

    private static Baseline Build(Row[] rows, ImmutableArray<string> group, bool asked = true)
    {
        BaselineResult result = BaselineBuilder.Build([Batch(rows)], Settings(group, asked));
        Assert.Empty(result.Problems);
        return result.Baseline!;
    }

    private static long[] Count(BaselineSignal signal, Row[] rows)
    {
        ICellCounter counter = CellCounters.For(signal, null, Label);
        Assert.Null(counter.Bind(Batch(rows)));
        var counts = new long[signal.Layout.Cells];
        int middle = rows.Length / 3;
        counter.Count(middle, rows.Length - middle, counts);
        counter.Count(0, middle, counts);
        return counts;
    }

    private static Batch Batch(Row[] rows) => new BatchBuilder()
        .Add("score", Columns.Of<double>([.. rows.Select(r => r.Score)])).Add("label", Columns.Of<double>([.. rows.Select(r => r.Label)]))
        .Add("sex", Columns.Text([.. rows.Select(r => r.Sex)])).Add("age", Columns.Text([.. rows.Select(r => (string?)r.Age)])).Build();

    private sealed record Row(double? Score, double? Label, string? Sex, string Age);
}
