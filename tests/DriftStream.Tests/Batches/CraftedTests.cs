using System.Text;
using DriftStream.Batches;
using Xunit;
using static DriftStream.Tests.Batches.ArrowBytes;

namespace DriftStream.Tests.Batches;

/// <summary>
/// Messages that kill or fool other readers, written by hand. Every case differs in one thing from a message that is read
/// (<see cref="Sound_IsReadByBoth"/>), and must be refused for that thing.
/// </summary>
public sealed class CraftedTests
{
    private static readonly byte[][] None = [];
    private static readonly byte[] TextSchema = Schema(Field("t", Utf8)), FloatSchema = Schema(Field("x", Float64));

    private static readonly byte[] DictionarySchema = Schema(Field("d", Utf8, dictionary: DictionaryEncoding(7, 8)));

    private static byte[] Floats(long rows = 4, (long, long)? node = null, byte[]? validity = null, int values = 4) => Stream(
        FloatSchema, Batch(rows, [node ?? (rows, 0)], [validity ?? [], Bytes([.. Enumerable.Range(0, values).Select(i => (double)i)])]));

    private static byte[] Texts(params int[] offsets) => Stream(TextSchema, Batch(3, [(3, 0)], [[], Bytes(offsets), Text("abcdef")]));

    private static byte[] Indices(params sbyte[] indices) => Stream(
        DictionarySchema, Dictionary(7, 2, 0, [[], Bytes(0, 1, 2), Text("ab")]), Batch(3, [(3, 0)], [[], Bytes(indices)]));

    private static byte[] Views(params int[] view) =>
        Stream(Schema(Field("v", Utf8View)), Batch(1, [(1, 0)], [[], Bytes(view), Text("a text of 17 byte")], views: [1]));

    [Fact]
    public void Sound_IsReadByBoth()
    {
        byte[][] sound = [Floats(), Texts(0, 1, 3, 6), Indices(0, 1, 1), Views(17, 0x65742061, 0, 0), Floats(4, (4, 1), [0b1011])];
        using var reader = new ArrowMessageReader(new InputLimits());
        foreach (byte[] message in sound)
        {
            Assert.Null(reader.Read(message));
            using var arrow = new Apache.Arrow.Ipc.ArrowStreamReader(message);
            Assert.Equal(reader.Rows, arrow.ReadNextRecordBatch().Length);
        }

        Assert.Null(reader.Read(sound[1]));
        Assert.Equal("bc", Encoding.UTF8.GetString(ColumnText.Utf8(reader.Batches[0].Columns[0], 1)));
    }

    [Fact]
    public void NumbersByADictionary_AreReadInTheirPlaces_WithItsDeltasToo()
    {
        byte[] schema = Schema(Field("n", Int(16), dictionary: DictionaryEncoding(7, 8)));
        byte[] message = Stream(
            schema,
            Dictionary(7, 2, 0, [[], Bytes((short)300, (short)-7)]),
            Dictionary(7, 2, 1, [[0b10], Bytes((short)0, (short)12)], delta: true),
            Batch(5, [(5, 1)], [[0b11101], Bytes((sbyte)0, (sbyte)77, (sbyte)3, (sbyte)2, (sbyte)1)]));
        using var reader = new ArrowMessageReader(new InputLimits());
        for (int time = 0; time < 2; time++)
        {
            Assert.Null(reader.Read(message));
            Column column = reader.Batches[0].Columns[0];
            Assert.Equal((ColumnKind.Int16, "dictionary<int8, int16>", 2), (column.Type.Kind, column.Type.Name, column.Nulls));
            Assert.Equal(["300", null, "12", null, "-7"], Enumerable.Range(0, 5).Select(row => ColumnReading.Text(column, row)));
        }
    }

    public static TheoryData<string, RejectReason, string> Cases() => new()
    {
        { "utf8 offsets beyond the data", RejectReason.Malformed, "text offsets" },
        { "utf8 offset 0x70000000", RejectReason.Malformed, "text offsets" },
        { "utf8 offsets that fall", RejectReason.Malformed, "text offsets" },
        { "utf8 offset below zero", RejectReason.Malformed, "text offsets" },
        { "utf8 offsets too few", RejectReason.Malformed, "bytes of offsets" },
        { "field is its own child", RejectReason.Malformed, "outside its own bytes" },
        { "struct nested 20,000 deep", RejectReason.LimitExceeded, "deep" },
        { "decimal precision 500,000,000", RejectReason.Unsupported, "'d'" },
        { "view buffer count 2^27", RejectReason.Malformed, "data buffers" },
        { "view beyond its buffer", RejectReason.Malformed, "views" },
        { "view of a buffer that is not there", RejectReason.Malformed, "views" },
        { "view of negative length", RejectReason.Malformed, "views" },
        { "schema children length 2^28", RejectReason.Malformed, "outside its own bytes" },
        { "nodes length 2^28", RejectReason.Malformed, "outside its own metadata" },
        { "buffers length 2^28", RejectReason.Malformed, "outside its own metadata" },
        { "nodes length 0", RejectReason.Malformed, "0 field nodes" },
        { "zstd buffer claims 2 GB", RejectReason.LimitExceeded, "after decompression" },
        { "lz4 buffer claims 2 GB", RejectReason.Malformed, "says that it holds" },
        { "zstd bomb", RejectReason.LimitExceeded, "after decompression" },
        { "compressed buffer of 3 bytes", RejectReason.Malformed, "no room" },
        { "compressed length -2", RejectReason.Malformed, "says that it holds -2" },
        { "codec 9", RejectReason.Unsupported, "codec 9" },
        { "batch length 1000, column 4", RejectReason.Malformed, "has 4 rows, its batch 1000" },
        { "column length 5 of 4", RejectReason.Malformed, "has 5 rows, its batch 4" },
        { "column length 1000, short buffer", RejectReason.Malformed, "bytes of values" },
        { "null_count 0 but a bit is clear", RejectReason.Malformed, "its bitmap says 1" },
        { "null_count 3, no bitmap", RejectReason.Malformed, "no validity bitmap" },
        { "null_count -1", RejectReason.Malformed, "-1 of 4" },
        { "bitmap too short", RejectReason.Malformed, "bytes of validity" },
        { "buffer offset +3", RejectReason.Malformed, "not aligned" },
        { "buffers overlap", RejectReason.Malformed, "overlaps" },
        { "buffer outside the body", RejectReason.Malformed, "outside the body" },
        { "buffer offset that overflows", RejectReason.Malformed, "outside the body" },
        { "dictionary index 77 of 2", RejectReason.Malformed, "outside its dictionary" },
        { "dictionary index -5", RejectReason.Malformed, "outside its dictionary" },
        { "dictionary missing", RejectReason.Malformed, "outside its dictionary of 0" },
        { "dictionary of no column", RejectReason.Malformed, "belongs to no column" },
        { "body truncated", RejectReason.Truncated, "body" },
        { "body length -8", RejectReason.Malformed, "-8 bytes" },
        { "metadata length below zero", RejectReason.Malformed, "metadata length" },
        { "name length 5000", RejectReason.Malformed, "outside its own bytes" },
        { "rows beyond the limit", RejectReason.LimitExceeded, "rows" },
        { "rows below zero", RejectReason.Malformed, "-1 rows" },
        { "big-endian", RejectReason.Unsupported, "big-endian" },
        { "metadata V3", RejectReason.Unsupported, "V3" },
        { "type 99", RejectReason.Unsupported, "'x'" },
        { "two schemas", RejectReason.Malformed, "second schema" },
        { "no schema", RejectReason.Malformed, "does not start with a schema" },
        { "a tensor", RejectReason.Unsupported, "kind 4" },
        { "rows after the end mark", RejectReason.Malformed, "follow the end" },
        { "Schema Registry framing", RejectReason.SchemaRegistryFramed, "schema id 258" },
        { "JSON in Schema Registry framing", RejectReason.SchemaRegistryFramed, "schema id 1" },
        { "JSON", RejectReason.NotArrow, "does not start" },
        { "plain text", RejectReason.NotArrow, "does not start" },
        { "empty", RejectReason.NotArrow, "empty" },
        { "an Arrow file", RejectReason.NotArrow, "Arrow file" },
        { "message beyond the limit", RejectReason.LimitExceeded, "9000000 bytes" },
        { "4,097 columns", RejectReason.LimitExceeded, "4096 columns" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Crafted_IsRejectedByName(string name, RejectReason reason, string detail)
    {
        byte[] message = Make(name);
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(Floats()));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Reject? reject = reader.Read(message);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.NotNull(reject);
        Assert.Equal(reason, reject.Reason);
        Assert.Contains(detail, reject.Detail, StringComparison.Ordinal);
        Assert.True(reader.Batches.IsEmpty);
        Assert.InRange(allocated, 0, (4L * message.Length) + 100_000);
    }

    private static byte[] Make(string name) => name switch
    {
        "utf8 offsets beyond the data" => Texts(0, 1, 3, 3000),
        "utf8 offset 0x70000000" => Texts(0, 0x70000000, 0x70000000, 0x70000000),
        "utf8 offsets that fall" => Texts(0, 5, 2, 6),
        "utf8 offset below zero" => Texts(0, int.MinValue, 3, 6),
        "utf8 offsets too few" => Texts(0, 1, 3),
        "field is its own child" => Schema(Field("s", Struct, new FlatTables([null], Back: 100))),
        "struct nested 20,000 deep" => Deep(20_000),
        "decimal precision 500,000,000" => Schema(Field("d", Decimal(500_000_000, 2, 128))),
        "view buffer count 2^27" => Stream(Schema(Field("v", Utf8View)), Batch(1, [(1, 0)], [[], new byte[16]], views: [1 << 27])),
        "view beyond its buffer" => Views(18, 0, 0, 0),
        "view of a buffer that is not there" => Views(17, 0, 1, 0),
        "view of negative length" => Views(-1, 0, 0, 0),
        "schema children length 2^28" => Schema(Field("s", Struct, new FlatTables([], 1u << 28))),
        "nodes length 2^28" => Floating(Pairs([(4, 0)], 1u << 28), Pairs([(0, 0), (0, 32)])),
        "buffers length 2^28" => Floating(Pairs([(4, 0)]), Pairs([(0, 0), (0, 32)], 1u << 28)),
        "nodes length 0" => Floating(Pairs([]), Pairs([(0, 0), (0, 32)])),
        "batch length 1000, column 4" => Floats(1000, (4, 0)),
        "column length 5 of 4" => Floats(4, (5, 0), values: 8),
        "column length 1000, short buffer" => Floats(1000),
        "null_count 0 but a bit is clear" => Floats(4, (4, 0), [0b1011]),
        "null_count 3, no bitmap" => Floats(4, (4, 3)),
        "null_count -1" => Floats(4, (4, -1)),
        "bitmap too short" => Floats(9, (9, 1), [0xFE], 9),
        "buffer offset +3" => Floating(Pairs([(4, 0)]), Pairs([(0, 0), (3, 32)])),
        "buffers overlap" => Floating(Pairs([(4, 4)]), Pairs([(0, 8), (0, 32)])),
        "buffer outside the body" => Floating(Pairs([(4, 0)]), Pairs([(0, 0), (16, 32)])),
        "buffer offset that overflows" => Floating(Pairs([(4, 0)]), Pairs([(0, 0), (long.MaxValue - 7, 32)])),
        "rows beyond the limit" => Floats(1_000_001),
        "rows below zero" => Floats(-1),
        _ => MakeDictionary(name) ?? MakeCompressed(name) ?? MakeStream(name),
    };

    private static byte[]? MakeDictionary(string name) => name switch
    {
        "dictionary index 77 of 2" => Indices(0, 77, 1),
        "dictionary index -5" => Indices(0, 1, -5),
        "dictionary missing" => Stream(DictionarySchema, Batch(1, [(1, 0)], [[], [0]])),
        "dictionary of no column" => Stream(DictionarySchema, Dictionary(8, 2, 0, [[], Bytes(0, 1, 2), Text("ab")])),
        _ => null,
    };

    private static byte[]? MakeCompressed(string name) => name switch
    {
        "zstd buffer claims 2 GB" => Compressed(1, [.. Bytes(int.MaxValue - 64L), .. Zstd(new byte[32])]),
        "lz4 buffer claims 2 GB" => Compressed(0, [.. Bytes(int.MaxValue - 64L), .. new byte[40]]),
        "zstd bomb" => Compressed(1, [.. Bytes(100_000_000L), .. Zstd(new byte[100_000_000])]),
        "compressed buffer of 3 bytes" => Compressed(1, [1, 2, 3]),
        "compressed length -2" => Compressed(1, Bytes(-2L, 0)),
        "codec 9" => Compressed(9, Bytes(-1L, 0, 0, 0, 0)),
        _ => null,
    };

    private static byte[] MakeStream(string name) => name switch
    {
        "body truncated" => Floats()[..^24],
        "body length -8" => [.. FloatSchema, .. Message(3, BatchTable(4, Pairs([(4, 0)]), Pairs([(0, 0), (0, 32)])), [], bodyLength: -8)],
        "metadata length below zero" => [.. FloatSchema, 0xFF, 0xFF, 0xFF, 0xFF, 0xF8, 0xFF, 0xFF, 0xFF],
        "name length 5000" => Message(1, new FlatNode((1, new FlatTables([new FlatNode((0, new FlatVector([65], 1, 5000)))]))), []),
        "big-endian" => Schema(new FlatTables([Field("x", Float64)]), endianness: 1),
        "metadata V3" => Schema(new FlatTables([Field("x", Float64)]), version: 2),
        "type 99" => Schema(Field("x", (99, new FlatNode()))),
        "two schemas" => Stream(FloatSchema, FloatSchema),
        "no schema" => Stream(Batch(0, [], None)),
        "a tensor" => Stream(FloatSchema, Message(4, new FlatNode(), [])),
        "rows after the end mark" => [.. Floats(), .. Floats()],
        "Schema Registry framing" => [0, 0, 0, 1, 2, .. Floats()],
        "JSON in Schema Registry framing" => [0, 0, 0, 0, 1, .. Text("{\"x\": 1}")],
        "JSON" => Text("{\"x\": 1.5, \"t\": \"2024-01-01T00:00:00Z\"}"),
        "plain text" => Text("ok"),
        "empty" => [],
        "an Arrow file" => [.. Text("ARROW1"), 0, 0, .. Floats()],
        "message beyond the limit" => new byte[9_000_000],
        "4,097 columns" => Schema([.. Enumerable.Range(0, 4097).Select(i => Field($"c{i}", Bool))]),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such case"),
    };

    private static byte[] Floating(FlatVector nodes, FlatVector buffers) =>
        Stream(FloatSchema, Message(3, BatchTable(4, nodes, buffers), new byte[40]));

    private static byte[] Compressed(byte codec, byte[] values) =>
        Stream(FloatSchema, Batch(4, [(4, 0)], [[], values], Codec(codec)));

    private static byte[] Zstd(byte[] bytes)
    {
        using var compressor = new ZstdSharp.Compressor();
        return compressor.Wrap(bytes).ToArray();
    }

    // The writer recurses: it gets a stack of its own.
    private static byte[] Deep(int levels)
    {
        byte[] schema = [];
        var writer = new Thread(
            () =>
            {
                FlatNode field = Field("leaf", Bool);
                for (int i = 0; i < levels; i++) field = Field("s", Struct, new FlatTables([field]));
                schema = Schema(field);
            },
            256 << 20);
        writer.Start();
        writer.Join();
        return schema;
    }
}
