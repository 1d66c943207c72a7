using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Batches;
using DriftStream.Cells;
using Xunit;
using Field = Apache.Arrow.Field;
using Schema = Apache.Arrow.Schema;

namespace DriftStream.Tests.Cells;

public sealed class TableCellsTests
{
    private static readonly string?[] Answers = ["0", "1", "1", "no", null];

    /// <summary>Few groups, many, and more than a byte can tell apart; with and without labels; any run of rows.</summary>
    [Theory]
    [InlineData(1, false), InlineData(2, true), InlineData(7, false), InlineData(60, true), InlineData(254, true), InlineData(255, true)]
    [InlineData(400, false)]
    public void Count_AnyRunOfRows_AsOneByOne(int groupCount, bool labelled)
    {
        var random = new Random(groupCount);
        ImmutableArray<string> groups = [.. Enumerable.Range(0, groupCount).Select(i => $"g{i}")];
        int rows = 9000;
        string?[] group = [.. Enumerable.Range(0, rows).Select(_ => random.Next(20) switch
        {
            0 => null,
            1 => "of no group",
            _ => groups[random.Next(groupCount)],
        })];
        string?[] decision = Column(random, rows), label = Column(random, rows);
        var cells = new TableCells(["group"], Layout.Table(groups, labelled), new BinaryColumn("decision", "1"), new BinaryColumn("label", "1"));
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(Message(group, decision, label)));
        Assert.Null(cells.Bind(reader.Batches[0]));

        foreach ((int start, int length) in ((int, int)[])[(0, rows), (0, 0), (1, 1), (17, 511), (4095, 2), (100, 4097), (8999, 1)])
        {
            long[] expected = new long[cells.Layout.Cells], counts = new long[cells.Layout.Cells];
            for (int i = start; i < start + length; i++)
            {
                int g = group[i] is null ? groupCount + 1 : groups.IndexOf(group[i]!) is var at and >= 0 ? at : groupCount;
                int of = labelled ? 3 : 1;
                expected[(((g * 3) + State(decision[i])) * of) + (labelled ? State(label[i]) : 0)]++;
            }

            cells.Count(start, length, counts);
            Assert.Equal(expected, counts);
        }
    }

    /// <summary>A decision that is NaN is none, and a NaN group is none, as if they were null.</summary>
    [Fact]
    public void Nan_IsNull()
    {
        double?[] group = [1, 1, 2, 2, double.NaN, null, 1, 3, double.NaN], decision = [1, 0, double.NaN, 1, 1, 1, null, 1, 0];
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(Numbers(group, decision)));
        Batch batch = reader.Batches[0];
        foreach (string[] columns in (string[][])[["group"], ["group", "group"]])
        {
            ImmutableArray<string> names = columns.Length == 1 ? ["1", "2"] : ["1 x 1", "2 x 2"];
            var cells = new TableCells(columns, Layout.Table(names, labelled: false), new BinaryColumn("decision", "1"), null);
            Assert.Null(cells.Bind(batch));
            var counts = new long[cells.Layout.Cells];
            cells.Count(0, batch.Rows, counts);
            // Not selected, selected, no decision: of 1, of 2, of unseen, of missing.
            Assert.Equal([1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 2, 0], counts);
        }

        BaselineSettings settings = BaselineSettings.Of("m") with { Decision = new BinaryColumn("decision", "1"), Groups = [["group"], ["group", "group"]] };
        Baseline baseline = BaselineBuilder.Build([batch], settings).Baseline!;
        Assert.Equal(["0", "1"], baseline.Signals.Single(s => s.Role == SignalRole.Decision).Layout.Categories);
        Assert.Equal([2, 5, 0, 2], baseline.Signals.Single(s => s.Role == SignalRole.Decision).Counts);
        Assert.Equal(["1", "2", "3"], baseline.Signals.First(s => s.Role == SignalRole.Group).Layout.Categories);
        Assert.Equal(["1 x 1", "2 x 2", "3 x 3"], baseline.Signals.Last(s => s.Role == SignalRole.Group).Layout.Categories);
    }

    /// <summary>Three columns are one group: a row is of the triple of its values, of none where one is null.</summary>
    [Fact]
    public void Columns_AnyNumber_AreTakenTogether()
    {
        var random = new Random(11);
        string?[][] columns = [.. Enumerable.Range(0, 3).Select(_ => Column(random, 6_000))];
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(Message(columns)));
        BaselineSettings settings = BaselineSettings.Of("m") with { Decision = new BinaryColumn("label", "1"), Groups = [["group", "decision", "label"]] };
        BaselineSignal together = BaselineBuilder.Build([reader.Batches[0]], settings).Baseline!.Signals[^1];
        Assert.Equal("group x decision x label", together.Name);
        Assert.Equal(27, together.Layout.Categories.Length);
        foreach ((int at, string name) in together.Layout.Categories.Index())
        {
            int rows = Enumerable.Range(0, 6_000).Count(i => $"{columns[0][i] ?? "-"} x {columns[1][i] ?? "-"} x {columns[2][i] ?? "-"}" == name);
            Assert.Equal(rows, together.Counts.Slice(at * 3, 3).Sum());
        }

        Assert.Equal(Enumerable.Range(0, 6_000).Count(i => columns.Any(c => c[i] is null)), together.Counts.Slice(28 * 3, 3).Sum());
    }

    private static byte[] Numbers(double?[] group, double?[] decision)
    {
        IArrowArray[] arrays = [.. new[] { group, decision }.Select(values =>
        {
            var builder = new DoubleArray.Builder();
            foreach (double? value in values) builder.Append(value);
            return builder.Build();
        })];
        var schema = new Schema([new Field("group", DoubleType.Default, true), new Field("decision", DoubleType.Default, true)], null);
        return Bytes(new RecordBatch(schema, arrays, group.Length));
    }

    private static int State(string? value) => value switch { null => 2, "1" => 1, _ => 0 };

    // A run without a null, then one with nulls: both ways through the kernel.
    private static string?[] Column(Random random, int rows) =>
        [.. Enumerable.Range(0, rows).Select(i => Answers[random.Next(i < 4096 ? 4 : 5)])];

    private static byte[] Message(params string?[][] columns)
    {
        string[] names = ["group", "decision", "label"];
        IArrowArray[] arrays = [.. columns.Select(values =>
        {
            var builder = new StringArray.Builder();
            foreach (string? value in values) builder.Append(value);
            return builder.Build();
        })];
        var schema = new Schema([.. names.Select(name => new Field(name, StringType.Default, true))], null);
        return Bytes(new RecordBatch(schema, arrays, columns[0].Length));
    }

    private static byte[] Bytes(RecordBatch batch)
    {
        using RecordBatch disposed = batch;
        using var memory = new MemoryStream();
        using (var writer = new ArrowStreamWriter(memory, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return memory.ToArray();
    }
}
