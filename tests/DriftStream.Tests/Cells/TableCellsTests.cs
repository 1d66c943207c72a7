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
        using var batch = new RecordBatch(schema, arrays, columns[0].Length);
        using var memory = new MemoryStream();
        using (var writer = new ArrowStreamWriter(memory, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return memory.ToArray();
    }
}
