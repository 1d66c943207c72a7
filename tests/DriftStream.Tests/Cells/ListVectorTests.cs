using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Plan;
using DriftStream.Tests.Batches;
using DriftStream.Tests.Plan;
using Xunit;
using static DriftStream.Tests.Batches.ArrowBytes;
using Column = DriftStream.Batches.Column;
using Field = Apache.Arrow.Field;
using Schema = Apache.Arrow.Schema;

namespace DriftStream.Tests.Cells;

/// <summary>Vectors that come as one column of lists: the counts of the same numbers in columns of their own, and nothing in a message believed.</summary>
public sealed class ListVectorTests
{
    private const int Rows = 700, Dimensions = 37;

    private static readonly ImmutableHashSet<string> Lists = ["v"];
    private static readonly ImmutableArray<string> Wide = [.. Enumerable.Range(0, Dimensions).Select(i => $"e{i}")];

    public enum Form
    {
        Built,
        FixedSize,
        Offsets,
        Compressed,
    }

    [Theory]
    [InlineData(Form.Built, true)]
    [InlineData(Form.FixedSize, false)]
    [InlineData(Form.Offsets, true)]
    [InlineData(Form.Offsets, false)]
    [InlineData(Form.Compressed, true)]
    public void Lists_AreCountedAsColumnsAre_BitForBit(Form form, bool wholeRowsAreMissing)
    {
        var random = new Random((int)form + 3);
        using var reader = new ArrowMessageReader(new InputLimits(), lists: Lists);
        float?[]?[] reference = Values(random, wholeRowsAreMissing), window = Values(random, wholeRowsAreMissing);
        BaselineSettings settings = BaselineSettings.Of("m");
        Baseline byColumns = BaselineBuilder.Build(
            [AsColumns(reference)], settings with { NotFeatures = [.. Wide], Vectors = Vectors(Wide) }).Baseline!;
        Batch lists = AsLists(reference, form, reader);
        Baseline byLists = BaselineBuilder.Build(
            [lists.Slice(0, 333), lists.Slice(333, Rows - 333)], settings with { Vectors = Vectors(["v"]) }).Baseline!;
        Assert.Equal(byColumns.Signals.Select(s => s.Name), byLists.Signals.Select(s => s.Name));
        Assert.All(byLists.Signals, s => Assert.Equal((Dimensions, "v"), (s.Derived!.Length, Assert.Single(s.Columns))));
        foreach ((BaselineSignal columns, BaselineSignal same) in byColumns.Signals.Zip(byLists.Signals))
        {
            Assert.Equal(columns.Layout.Edges, same.Layout.Edges);
            Assert.Equal(columns.Counts, same.Counts);
            Assert.True(columns.Counts[columns.Layout.NanCell] > 5 && columns.Counts[columns.Layout.MissingCell] > 5, string.Join(",", columns.Counts));
            Assert.Equal(Counts(columns, AsColumns(window)), Counts(same, AsLists(window, form, reader)));
        }
    }

    [Fact]
    public void Lists_OfAnotherLengthOrKind_AreRefused()
    {
        Batch pairs = Of(Columns.Lists<double>([[3, 4], null, [6, 8]]));
        BaselineSettings settings = BaselineSettings.Of("m") with { Vectors = Vectors(["v"]) };
        Baseline baseline = BaselineBuilder.Build([pairs], settings).Baseline!;
        Assert.Equal([5, double.BitIncrement(5), 10, double.BitIncrement(10)], baseline.Signals[0].Layout.Edges);
        ICellCounter counter = CellCounters.For(baseline.Signals[0], null, null);
        Assert.Null(counter.Bind(Of(Columns.Lists<float>([null, [1, null]]))));
        long[] counts = new long[counter.Layout.Cells];
        counter.Count(0, 2, counts);
        Assert.Equal((2, 2), (counts[counter.Layout.MissingCell], counts.Sum()));
        Assert.Equal("column 'v' has a list of 3 numbers; the vector has 2", counter.Bind(Of(Columns.Lists<double>([[1, 2], [1, 2, 3]])))!.Detail);
        Assert.Equal("column 'v' has a list of 0 numbers; the vector has 2", counter.Bind(Of(Columns.Lists<double>([[]])))!.Detail);
        Assert.Equal(
            "column 'v' is float64; a vector of one column is made of lists of numbers", counter.Bind(Of(Columns.Of<double>([1])))!.Detail);
        Assert.Null(counter.Bind(Of(Columns.Nulls(2))));

        string Problem(Column column) => Assert.Single(BaselineBuilder.Build([Of(column)], settings).Problems.Distinct());
        Assert.Equal(["vector 'n': column 'v' has no list of 2 to 65536 numbers"], BaselineBuilder.Build(
            [Of(Columns.Lists<double>([null]))], settings with { Vectors = [Vectors(["v"])[0]] }).Problems);
        Assert.Contains("column 'v' has a list of 3 numbers; the vector has 2", Problem(Columns.Lists<double>([[1, 2], [1, 2, 3]])), StringComparison.Ordinal);
    }

    [Fact]
    public void Baselines_KeepHowLongListsAre()
    {
        BaselineSettings settings = BaselineSettings.Of("m") with { Vectors = Vectors(["v"]) };
        Baseline built = BaselineBuilder.Build([Of(Columns.Lists<double>([[1, 2], [3, 4]]))], settings).Baseline!;
        byte[] file = BaselineFile.Write(built);
        Assert.Equal(6, file[4]);
        Baseline read = BaselineFile.Read(file, out string problem)!;
        Assert.Equal(("", built.Hash, 2), (problem, read.Hash, read.Signals[1].Derived!.Length));
        Assert.All(settings.Vectors, v => Assert.Single(read.Signals, v.IsMadeAs));
    }

    // Each differs in one thing from a message that is read.
    [Theory]
    [InlineData("fixed", "")]
    [InlineData("offsets", "")]
    [InlineData("large offsets", "")]
    [InlineData("fixed, few elements", "has 3 elements in 2 lists")]
    [InlineData("fixed, elements below zero", "has -1 elements in 2 lists")]
    [InlineData("fixed, few bytes", "has 24 bytes of values, 32 are needed for 4 rows")]
    [InlineData("fixed, of 2^31 - 1", "has 4 elements in 2 lists")]
    [InlineData("offsets that fall", "list offsets that fall")]
    [InlineData("offsets beyond", "or lie outside its 4 elements")]
    [InlineData("offsets below zero", "list offsets that fall")]
    [InlineData("offsets too few", "has 8 bytes of offsets, 12 are needed for 2 rows")]
    [InlineData("large offsets beyond", "or lie outside its 4 elements")]
    [InlineData("elements null, no bitmap", "says that 1 rows are null, and has no validity bitmap")]
    public void Messages_AreNotBelieved(string name, string expected)
    {
        (byte type, int length) = name.StartsWith("fixed", StringComparison.Ordinal) ? ((byte)16, 2) : (name.StartsWith("large", StringComparison.Ordinal)
            ? (byte)21 : (byte)12, 0);
        if (name == "fixed, of 2^31 - 1") length = int.MaxValue;
        long elements = name switch { "fixed, few elements" => 3, "fixed, elements below zero" => -1, _ => 4 };
        byte[] offsets = name switch
        {
            "offsets that fall" => Bytes(0, 3, 2),
            "offsets beyond" => Bytes(0, 2, 5),
            "offsets below zero" => Bytes(-1, 2, 4),
            "offsets too few" => Bytes(0, 2),
            "large offsets" => Bytes(0L, 2, 4),
            "large offsets beyond" => Bytes(0L, 2, long.MaxValue),
            _ => Bytes(0, 2, 4),
        };
        byte[] values = Bytes([.. Enumerable.Range(1, name == "fixed, few bytes" ? 3 : 4).Select(i => (double)i)]);
        byte[][] buffers = type == 16 ? [[], [], values] : [[], offsets, [], values];
        FlatNode list = ArrowBytes.Field("v", (type, new FlatNode((0, length))), new FlatTables([ArrowBytes.Field("item", Float64)]));
        byte[] message = Stream(
            ArrowBytes.Schema(list), ArrowBytes.Batch(2, [(2, 0), (elements, name == "elements null, no bitmap" ? 1 : 0)], buffers));
        using var reader = new ArrowMessageReader(new InputLimits(), lists: Lists);
        Reject? reject = reader.Read(message);
        if (expected.Length > 0) Assert.Contains(expected, reject!.Detail, StringComparison.Ordinal);
        else
        {
            Assert.Null(reject);
            var norm = new VectorColumn("v", ["v"], new Derivation(VectorMeasure.Norm));
            Assert.Null(norm.Read(reader.Batches[0]));
            Assert.Equal([Math.Sqrt(5), 5], ColumnNumbers.Float64(norm.Column).ToArray());
        }

        // Nobody asked: it is passed over, as ever.
        using var other = new ArrowMessageReader(new InputLimits());
        if (!name.Contains("elements below zero", StringComparison.Ordinal)) Assert.Null(other.Read(message));
        if (other.Schema is { } schema) Assert.Equal((ColumnKind.Unreadable, null), (schema.Fields[0].Type.Kind, schema.Fields[0].Type.Items));
    }

    [Fact]
    public void BrokenMessages_ThrowNothing()
    {
        var random = new Random(7);
        using var reader = new ArrowMessageReader(new InputLimits(), lists: Lists);
        var norm = new VectorColumn("v", ["v"], new Derivation(VectorMeasure.Norm));
        int read = 0;
        foreach (Form form in (Form[])[Form.FixedSize, Form.Offsets, Form.Compressed])
        {
            byte[] sound = Message([.. Values(random, true).Take(5)], form);
            for (int i = 0; i < 3000; i++)
            {
                byte[] broken = [.. sound];
                for (int n = random.Next(1, 4); n > 0; n--) broken[random.Next(broken.Length)] = (byte)random.Next(256);
                if (reader.Read(broken) is not null) continue;
                foreach (Batch batch in reader.Batches)
                {
                    if (norm.Read(batch) is null) read++;
                }
            }
        }

        Assert.True(read > 1000, $"{read}");
    }

    [Theory]
    [InlineData("of: embedding", "arrow", "")]
    [InlineData("of: e0..e7", "arrow", "bad_vector")]
    [InlineData("of: embedding", "json", "bad_vector")]
    [InlineData("of: [embedding]", "arrow", "bad_vector")]
    public void Configs_SayAColumnOfLists(string of, string format, string code)
    {
        string config = Configs.WithModel($"columns: {{ vectors: [{{ name: v, {of}, as: norm }}] }}")
            .Replace("predictions }", $"predictions, format: {format} }}");
        Assert.Contains($"format: {format}", config, StringComparison.Ordinal);
        string[] codes = [.. Configs.Read(config).Findings.Where(f => f.Severity == FindingSeverity.Error && f.Code == "bad_vector").Select(f => f.Code)];
        Assert.Equal(code.Length == 0 ? [] : [code], codes);
    }

    // A topic whose model asks for lists, beside one that does not.
    [Fact]
    public void Messages_OfATopicWithVectors_AreReadWithTheirLists()
    {
        float?[]?[] values = Values(new Random(9), wholeRowsAreMissing: true);
        Baseline baseline = BaselineBuilder.Build([Of(Columns.Lists<float>(values))], BaselineSettings.Of("m") with { Vectors = Vectors(["v"]) }).Baseline!;
        SourceTopic Topic(string name, ImmutableArray<BaselineSignal> signals) => new(
            name, MessageFormat.Arrow, null, [new CountedModel("m", null, new VersionSource(), null, null, signals, new(1000), new(0), new(0))]);
        ImmutableSortedDictionary<string, SourceTopic> topics = ImmutableSortedDictionary<string, SourceTopic>.Empty
            .Add("lists", Topic("lists", baseline.Signals)).Add("others", Topic("others", [baseline.Signals[0] with { Columns = ["x"], Derived = null }]));
        var settings = new CountingSettings(0, topics, new(1000), 1 << 30, new(1000), new(1000));
        using var lane = new CountingLane(settings, new InputLimits());
        foreach ((string topic, bool missing) in new[] { ("others", true), ("lists", false), ("others", true) })
        {
            var counter = new PartitionCounter(settings, new SourcePartition(topic, 0), new(0), Time.EventTime.None);
            byte[] message = Message(values, Form.FixedSize);
            counter.Add(new SourceRecord(new(0), new(5), message, false, [], message.Length), lane);
            SignalCounts[] counts = [.. Assert.Single(counter.Flush(new(6), 1, idle: true).Entries).Signals];
            if (missing) Assert.Equal(Rows, Assert.Single(counts).Cells[^1] + counts[0].Cells[^2]);
            else Assert.Equal(baseline.Signals.Select(s => s.Counts.ToArray()), counts.Select(c => c.Cells.ToArray()));
        }
    }

    private static ImmutableArray<VectorSignal> Vectors(ImmutableArray<string> columns) =>
    [
        new VectorSignal("n", columns, new Derivation(VectorMeasure.Norm)),
        .. Enumerable.Range(1, 3).Select(k => new VectorSignal($"p.{k}", columns, new Derivation(VectorMeasure.Projection, 5))),
    ];

    private static float?[]?[] Values(Random random, bool wholeRowsAreMissing)
    {
        var values = new float?[]?[Rows];
        for (int row = 0; row < Rows; row++)
        {
            if (wholeRowsAreMissing && random.Next(20) == 0) continue;
            float?[] list = [.. Enumerable.Range(0, Dimensions).Select(_ => (float?)((random.NextDouble() - 0.4) * Math.Pow(10, random.Next(-3, 4))))];
            if (random.Next(20) == 0) list[random.Next(Dimensions)] = float.NaN;
            if (random.Next(20) == 0) list[random.Next(Dimensions)] = null;
            values[row] = list;
        }

        return values;
    }

    private static Batch AsColumns(float?[]?[] values)
    {
        var builder = new BatchBuilder();
        for (int j = 0; j < Dimensions; j++) builder.Add(Wide[j], Columns.Of<float>([.. values.Select(v => v?[j])]));
        return builder.Build();
    }

    private static Batch AsLists(float?[]?[] values, Form form, ArrowMessageReader reader)
    {
        if (form == Form.Built) return Of(Columns.Lists<float>(values));
        Assert.Null(reader.Read(Message(values, form)));
        return reader.Batches[0];
    }

    // By Apache's own writer.
    private static byte[] Message(float?[]?[] values, Form form)
    {
        var items = new FloatArray.Builder();
        var offsets = new ArrowBuffer.Builder<int>();
        var validity = new ArrowBuffer.BitmapBuilder();
        offsets.Append(0);
        int count = 0;
        foreach (float?[]? list in values)
        {
            validity.Append(list is not null);
            // A null list of a fixed length has elements all the same.
            foreach (float? item in list ?? (form == Form.Offsets ? [] : new float?[Dimensions]))
            {
                if (item is { } value) items.Append(value);
                else items.AppendNull();
                count++;
            }

            offsets.Append(count);
        }

        int nulls = values.Count(v => v is null);
        var item0 = new Field("item", FloatType.Default, true);
        IArrowArray array = form == Form.Offsets
            ? new ListArray(new ListType(item0), values.Length, offsets.Build(), items.Build(), validity.Build(), nulls)
            : new FixedSizeListArray(new FixedSizeListType(item0, Dimensions), values.Length, items.Build(), validity.Build(), nulls);
        var schema = new Schema([new Field("v", array.Data.DataType, true)], null);
        using var bytes = new MemoryStream();
        var options = new IpcOptions();
        if (form == Form.Compressed)
        {
            options.CompressionCodec = CompressionCodecType.Zstd;
            options.CompressionCodecFactory = new Apache.Arrow.Compression.CompressionCodecFactory();
        }

        using (var writer = new ArrowStreamWriter(bytes, schema, leaveOpen: true, options))
        {
            var batch = new RecordBatch(schema, [array], values.Length);
            writer.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
            writer.WriteEnd();
        }

        return bytes.ToArray();
    }

    private static long[] Counts(BaselineSignal signal, Batch batch)
    {
        ICellCounter counter = CellCounters.For(signal, null, null);
        Assert.Null(counter.Bind(batch));
        long[] counts = new long[counter.Layout.Cells];
        counter.Count(0, batch.Rows, counts);
        return counts;
    }

    private static Batch Of(Column column) => new BatchBuilder().Add("v", column).Build();
}
