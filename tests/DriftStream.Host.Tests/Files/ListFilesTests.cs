using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Files;
using Xunit;
using Sharp = ParquetSharp;

namespace DriftStream.Host.Tests.Files;

/// <summary>A reference with a column of lists: the baseline of the same numbers in memory, from Parquet and from Arrow.</summary>
public sealed class ListFilesTests
{
    // More than a batch of a file with lists.
    private const int Rows = 2500, Dimensions = 5;

    private static readonly BaselineSettings Settings = BaselineSettings.Of("m") with
    {
        Vectors =
        [
            new VectorSignal("n", ["v"], new Derivation(VectorMeasure.Norm)), new VectorSignal("p.1", ["v"], new Derivation(VectorMeasure.Projection, 3)),
        ],
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Parquet_OfNullableOrRequiredElements_IsReadAsLists(bool nullable)
    {
        float?[]?[] values = Values(nullable);
        using var file = new TemporaryFile("");
        Sharp.Column[] columns = [nullable ? new Sharp.Column<float?[]>("v") : new Sharp.Column<double[]>("v"), new Sharp.Column<int>("x")];
        using (var writer = new Sharp.ParquetFileWriter(file.Path, columns))
        {
            for (int start = 0; start < Rows; start += 1500)
            {
                float?[]?[] part = values[start..Math.Min(Rows, start + 1500)];
                using Sharp.RowGroupWriter group = writer.AppendRowGroup();
                if (nullable)
                {
                    using Sharp.LogicalColumnWriter<float?[]> lists = group.NextColumn().LogicalWriter<float?[]>();
                    lists.WriteBatch(part!);
                }
                else
                {
                    using Sharp.LogicalColumnWriter<double[]> lists = group.NextColumn().LogicalWriter<double[]>();
                    lists.WriteBatch([.. part.Select(list => list!.Select(item => (double)item!.Value).ToArray())]);
                }

                using Sharp.LogicalColumnWriter<int> others = group.NextColumn().LogicalWriter<int>();
                others.WriteBatch([.. Enumerable.Range(start, part.Length)]);
            }

            writer.Close();
        }

        SameAs(values, file.Path);
        // Who does not ask for lists reads none.
        Assert.Null(DataFile.Open(file.Path).Schema.Fields[0].Type.Items);
    }

    [Fact]
    public void Arrow_IsReadAsLists()
    {
        float?[]?[] values = Values(nullable: false);
        using var file = new TemporaryFile("");
        FloatArray items = new FloatArray.Builder().AppendRange(values.SelectMany(v => v!.Select(item => item!.Value))).Build();
        var lists = new FixedSizeListArray(
            new FixedSizeListType(new Apache.Arrow.Field("item", FloatType.Default, true), Dimensions), Rows, items, ArrowBuffer.Empty, 0);
        Int32Array others = new Int32Array.Builder().AppendRange(Enumerable.Range(0, Rows)).Build();
        var schema = new Apache.Arrow.Schema(
            [new Apache.Arrow.Field("v", lists.Data.DataType, true), new Apache.Arrow.Field("x", Int32Type.Default, true)], null);
        using (FileStream stream = File.Create(file.Path))
        {
            using var writer = new ArrowFileWriter(stream, schema);
            var batch = new RecordBatch(schema, [lists, others], Rows);
            writer.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
            writer.WriteEnd();
        }

        SameAs(values, file.Path);
    }

    [Fact]
    public void Json_SaysWhereListsAreRead()
    {
        using var file = new TemporaryFile("""[{"v": [1, 2], "x": 1}, {"v": [3, 4], "x": 2}]""");
        DataFile rows = DataFile.Open(file.Path, WantedColumns.Of(Settings));
        Assert.Equal(
            "vector 'n': column 'v' is not in the reference; it has to hold lists of numbers, which are read from Arrow and Parquet",
            BaselineBuilder.Build(rows.Batches, Settings).Problems[0]);
    }

    private static void SameAs(float?[]?[] values, string path)
    {
        Batch all = new BatchBuilder().Add("v", Columns.Lists<float>(values)).Add("x", Columns.Of<int>([.. Enumerable.Range(0, Rows)])).Build();
        Baseline expected = BaselineBuilder.Build([all], Settings).Baseline!, found = BaselineBuilder.Build(
            DataFile.Open(path, WantedColumns.Of(Settings)).Batches, Settings).Baseline!;
        Assert.Equal(["x", "n", "p.1"], found.Signals.Select(s => s.Name));
        Assert.Equal(expected.Signals.Select(s => s.Counts.ToArray()), found.Signals.Select(s => s.Counts.ToArray()));
        Assert.Equal(expected.Hash, found.Hash);
    }

    private static float?[]?[] Values(bool nullable)
    {
        var random = new Random(4);
        return
        [
            .. Enumerable.Range(0, Rows).Select(_ => nullable && random.Next(30) == 0
                ? null
                : Enumerable.Range(0, Dimensions).Select(_ => nullable && random.Next(100) == 0 ? null : (float?)random.NextSingle()).ToArray()),
        ];
    }
}
