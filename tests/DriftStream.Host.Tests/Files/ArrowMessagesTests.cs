using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Batches;
using DriftStream.Host.Files;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Host.Tests.Files;

public sealed class ArrowMessagesTests
{
    private const int PartRows = 50;

    [Theory]
    [InlineData(ArrowCompression.None)]
    [InlineData(ArrowCompression.Lz4)]
    [InlineData(ArrowCompression.Zstd)]
    public void Messages_ReadByApacheArrow_HoldTheRows(ArrowCompression compression)
    {
        Batch[] batches = [Part(0), Part(1), Part(2)];
        var messages = new ArrowMessages(batches, compression);
        Assert.Equal(3 * PartRows, messages.Rows);
        foreach ((int from, int to) in (ReadOnlySpan<(int, int)>)[(0, 150), (0, 1), (7, 50), (50, 100), (13, 141), (149, 150), (60, 60)])
        {
            RecordBatch read = ReadOne(messages.Write(from, to));
            Assert.Equal(to - from, read.Length);
            Assert.Equal(
                [
                    "f64 double", "f32 float", "i64 int64", "i8 int8", "flag bool", "when timestamp", "text utf8",
                    "category dictionary", "nothing null",
                ],
                read.Schema.FieldsList.Select(f => $"{f.Name} {f.DataType.Name}"));
            string[] expected = [.. Enumerable.Range(from, to - from).Select(i => string.Join(" | ", Row(i)))];
            Assert.Equal(expected, Enumerable.Range(0, read.Length).Select(i => string.Join(" | ", read.Arrays.Select(a => Value(a, i)))));
        }
    }

    [Theory]
    [InlineData(128, ArrowTypeId.Int8)]
    [InlineData(129, ArrowTypeId.Int16)]
    [InlineData(32_768, ArrowTypeId.Int16)]
    [InlineData(32_769, ArrowTypeId.Int32)]
    public void Categories_HaveTheNarrowestIndices(int distinct, ArrowTypeId index)
    {
        string[] values = [.. Enumerable.Range(0, distinct).Select(i => $"v{i}")];
        Batch batch = new BatchBuilder().Add("x", Columns.Categories(values, 1)).Build();

        RecordBatch read = ReadOne(new ArrowMessages([batch]).Write(distinct - 2, distinct));

        Assert.Equal(index, Assert.IsType<DictionaryType>(read.Column(0).Data.DataType).IndexType.TypeId);
        Assert.Equal([$"v{distinct - 2}", $"v{distinct - 1}"], new[] { Value(read.Column(0), 0), Value(read.Column(0), 1) });
    }

    [Fact]
    public void TextThatNamesRows_IsNoCategory()
    {
        string[] values = [.. Enumerable.Range(0, 65_536).Select(i => $"v{i}")];
        Batch batch = new BatchBuilder().Add("x", Columns.Categories(values, 1)).Build();
        var read = Assert.IsType<StringArray>(ReadOne(new ArrowMessages([batch]).Write(65_535, 65_536)).Column(0));
        Assert.Equal("v65535", read.GetString(0));
    }

    [Fact]
    public void Messages_OfOneFile_HaveTheSameSchemaAndDictionaries()
    {
        var messages = new ArrowMessages([Part(0), Part(1)]);
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(messages.Write(0, 10)));
        (DriftStream.Batches.Schema? schema, long version) = (reader.Schema, reader.Batches[0].Find("category")!.DictionaryVersion);
        Assert.Null(reader.Read(messages.Write(70, 100)));
        Assert.Same(schema, reader.Schema);
        Assert.Equal(version, reader.Batches[0].Find("category")!.DictionaryVersion);
    }

    [Fact]
    public void RowsOutsideTheBatches_AreRefused()
    {
        var messages = new ArrowMessages([Part(0)]);
        Assert.Throws<ArgumentOutOfRangeException>(() => messages.Write(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => messages.Write(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => messages.Write(0, 51));
    }

    [Fact]
    public void StreamsAndFiles_OpenAsTheRowsTheyHold()
    {
        Batch[] batches = [Part(0), Part(1)];
        byte[] message = new ArrowMessages(batches).Write(0, 100);
        using var stream = new TemporaryFile(message);
        using var file = new TemporaryFile(AsFile(message));
        string[] expected = FileText.Lines(batches).Select(l => l.Replace("<int32,", "<int8,")).ToArray();

        Assert.Equal(expected, FileText.Lines(DataFile.Open(stream.Path)));
        Assert.Equal(expected, FileText.Lines(DataFile.Open(file.Path)));
    }

    [Fact]
    public void BrokenArrow_IsRefused()
    {
        byte[] message = new ArrowMessages([Part(0)]).Write(0, 50);
        using var stream = new TemporaryFile(message[..(message.Length / 2)]);
        using var file = new TemporaryFile(AsFile(message)[..^3]);
        Assert.Contains("Truncated", Assert.Throws<DataFileException>(() => DataFile.Open(stream.Path)).Message);
        Assert.Contains("cut off", Assert.Throws<DataFileException>(() => DataFile.Open(file.Path)).Message);
    }

    // Row i of all parts, in Value's words.
    private static string[] Row(int i) =>
    [
        i % 7 == 0 ? "null" : $"{i + 0.5}",
        $"{i}",
        i % 3 == 0 ? "null" : $"{-i}",
        $"{(sbyte)i}",
        i % 5 == 0 ? "null" : $"{i % 2 == 0}",
        i % 11 == 0 ? "null" : $"{i * EventTime.Hour}",
        Text(i) ?? "null",
        Text(i) ?? "null",
        "null",
    ];

    private static string? Text(int i) => i % 4 == 0 ? null : i % 4 == 1 ? "" : $"Müller {i / 20}";

    private static Batch Part(int part)
    {
        int[] rows = [.. Enumerable.Range(part * PartRows, PartRows)];
        string?[] texts = [.. rows.Select(Text)];
        return new BatchBuilder()
            .Add("f64", Columns.Of<double>([.. rows.Select(i => i % 7 == 0 ? null : (double?)(i + 0.5))]))
            .Add("f32", Columns.Of<float>([.. rows.Select(i => (float)i)]))
            .Add("i64", Columns.Of<long>([.. rows.Select(i => i % 3 == 0 ? null : (long?)-i)]))
            .Add("i8", Columns.Of<sbyte>([.. rows.Select(i => (sbyte)i)]))
            .Add("flag", Columns.Of([.. rows.Select(i => i % 5 == 0 ? null : (bool?)(i % 2 == 0))]))
            .Add("when", Columns.Times([.. rows.Select(i => i % 11 == 0 ? null : (long?)(i * EventTime.Hour))]))
            .Add("text", Columns.Text(texts))
            .Add("category", Columns.Categories(texts, part))
            .Add("nothing", Columns.Nulls(PartRows))
            .Build();
    }

    private static RecordBatch ReadOne(byte[] message)
    {
        var reader = new ArrowStreamReader(new MemoryStream(message), new CompressionCodecFactory());
        RecordBatch batch = reader.ReadNextRecordBatch();
        Assert.Null(reader.ReadNextRecordBatch());
        return batch;
    }

    private static byte[] AsFile(byte[] message)
    {
        RecordBatch batch = ReadOne(message);
        var stream = new MemoryStream();
        using (var writer = new ArrowFileWriter(stream, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    private static string Value(IArrowArray array, int row) => array.IsNull(row) ? "null" : array switch
    {
        DoubleArray a => $"{a.GetValue(row)}",
        FloatArray a => $"{a.GetValue(row)}",
        Int64Array a => $"{a.GetValue(row)}",
        Int8Array a => $"{a.GetValue(row)}",
        Int16Array a => $"{a.GetValue(row)}",
        Int32Array a => $"{a.GetValue(row)}",
        BooleanArray a => $"{a.GetValue(row)}",
        TimestampArray a => $"{a.GetValue(row)}",
        StringArray a => a.GetString(row),
        DictionaryArray a => Value(a.Dictionary, int.Parse(Value(a.Indices, row))),
        _ => throw new NotSupportedException(array.Data.DataType.Name),
    };
}
