using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using DriftStream.Batches;
using Xunit;

namespace DriftStream.Tests.Batches;

[Collection(Alone.Name)]
public sealed class JsonReaderTests(ITestOutputHelper output)
{
    private static readonly ImmutableArray<JsonColumn> Three =
    [
        new("n", JsonKind.Number, JsonPath.Field("n")),
        new("c", JsonKind.Category, JsonPath.Parse("in.c")!),
        new("t", JsonKind.Time, JsonPath.Parse("in.at[1]")!, TimeUnit.Millisecond),
    ];

    [Fact]
    public void Read_RandomMessages_AsTheObviousWayReadsThem()
    {
        (int messages, int rejected, int rows, int values, int refused) = (0, 0, 0, 0, 0);
        for (int seed = 0; seed < 3_000; seed++)
        {
            var random = new Random(seed);
            ImmutableArray<JsonColumn> columns = RandomJson.Columns(random);
            var reader = new JsonMessageReader(new InputLimits(), columns);
            for (int i = 0; i < 5; i++)
            {
                byte[] message = RandomJson.Message(random, columns);
                messages++;
                if (!Compare(reader, message, columns, $"seed {seed}, message {i}", ref refused, ref values)) rejected++;
                else rows += reader.Batches[0].Rows;
            }
        }

        output.WriteLine($"{messages} messages, {rejected} rejected, {rows} rows, {values} values, {refused} refused");
        Assert.True(rejected > 100 && refused > 1_000 && values > 10_000 && rejected < messages / 5, "some case hardly occurs");
    }

    [Fact]
    public void Read_DamagedMessages_AsTheObviousWayReadsThem()
    {
        var random = new Random(20_260_302);
        using var guarded = new GuardedMemory(1 << 14);
        (int rejected, int refused, int values, long most, long slowest) = (0, 0, 0, 0, 0);
        for (int round = 0; round < 1_000; round++)
        {
            ImmutableArray<JsonColumn> columns = RandomJson.Columns(random);
            var reader = new JsonMessageReader(new InputLimits(), columns);
            byte[] whole = RandomJson.Message(random, columns);
            Compare(reader, whole, columns, $"round {round}", ref refused, ref values);
            for (int i = 0; i < 100; i++)
            {
                byte[] message = Damage(random, whole);
                ReadOnlyMemory<byte> held = guarded.Hold(message);
                long before = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
                reader.Read(held);
                slowest = Math.Max(slowest, Stopwatch.GetTimestamp() - started);
                most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
                if (!Compare(reader, message, columns, $"round {round}, mutant {i}", ref refused, ref values)) rejected++;
            }
        }

        output.WriteLine($"100000 mutants, {rejected} rejected, {values} values, {refused} refused; slowest "
            + $"{Stopwatch.GetElapsedTime(0, slowest).TotalMilliseconds:F1} ms, at most {most} bytes a message");
        Assert.InRange(rejected, 10_000, 90_000);
        Assert.InRange(most, 0, 64 * 1024);
    }

    [Theory]
    [InlineData("", RejectReason.NotJson, "empty")]
    [InlineData("   ", RejectReason.Truncated, "byte 3")]
    [InlineData("hello", RejectReason.NotJson, "byte 0")]
    [InlineData("5", RejectReason.NotJson, "byte 0 is a number")]
    [InlineData("[{}, 5]", RejectReason.NotJson, "byte 5 is a number")]
    [InlineData("[[{}]]", RejectReason.NotJson, "byte 1 is an array")]
    [InlineData("{\"n\": 1}{\"n\": 2}", RejectReason.NotJson, "byte 8")]
    [InlineData("{\"n\": 1,}", RejectReason.NotJson, "byte 8")]
    [InlineData("{\"n\": NaN}", RejectReason.NotJson, "byte 6")]
    [InlineData("{\"n\": 1,\n\"m\": x}", RejectReason.NotJson, "byte 14")]
    [InlineData("{\"n\": 1", RejectReason.Truncated, "byte 7")]
    [InlineData("[{\"n\": 1}", RejectReason.Truncated, "byte 9")]
    [InlineData("{\"n\": \"abc", RejectReason.Truncated, "byte 10")]
    [InlineData("{\"n\": tr", RejectReason.Truncated, "byte 8")]
    [InlineData("[{\"n\": 1}, {\"n\": 1, \"n\": 1}]", RejectReason.NotJson, "row 2: the field at byte 20")]
    [InlineData("{\"in\": {\"c\": 1}, \"in\": {\"at\": []}}", RejectReason.NotJson, "row 1: the field at byte 17")]
    [InlineData("{\"n\": 1, \"\\u006e\": 2}", RejectReason.NotJson, "byte 9")]
    public void Read_WhatIsNoMessage_IsRejectedWithItsPlace(string text, RejectReason reason, string place)
    {
        var reader = new JsonMessageReader(new InputLimits(), Three);
        Reject? reject = reader.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal(reason, reject?.Reason);
        Assert.Contains(place, reject!.Detail, StringComparison.Ordinal);
        Assert.True(reader.Batches.IsEmpty);
    }

    [Theory]
    [InlineData(new byte[] { 0x7B, 0x22, 0x6E, 0xFF, 0x22, 0x3A, 0x31, 0x7D }, RejectReason.NotJson, "not UTF-8 at byte 3")]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, 0x7B, 0x7D }, RejectReason.NotJson, "byte order mark")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x78, 0, 0, 0 }, RejectReason.NotJson, "Arrow")]
    [InlineData(new byte[] { 0, 0, 0, 0, 7, 0x7B, 0x7D }, RejectReason.SchemaRegistryFramed, "schema id 7")]
    public void Read_OtherBytes_AreRejectedByName(byte[] message, RejectReason reason, string what)
    {
        Reject? reject = new JsonMessageReader(new InputLimits(), Three).Read(message);
        Assert.Equal(reason, reject?.Reason);
        Assert.Contains(what, reject!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"n\": 1}, {\"n\": \"1\"}]", RejectReason.ValueType, "row 2, byte 17: column 'n' is text")]
    [InlineData("[{\"n\": 1}, {\"n\": [1]}]", RejectReason.ValueType, "row 2, byte 17: column 'n' is an array")]
    [InlineData("[{\"n\": 1}, {\"n\": 9007199254740993}]", RejectReason.ValueType, "beyond 2^53")]
    [InlineData("[{\"n\": 1}, {\"n\": 1e999}]", RejectReason.ValueType, "beyond what a double holds")]
    [InlineData("[{\"in\": {\"c\": \"x\"}}, {\"in\": {\"c\": {}}}]", RejectReason.ValueType, "column 'c' is an object")]
    [InlineData("[{\"in\": {\"c\": 1}}, {\"in\": {\"c\": \"\\udc00\"}}]", RejectReason.ValueType, "surrogate")]
    [InlineData("[{\"in\": {}}, {\"in\": {\"at\": [0, \"yesterday\"]}}]", RejectReason.TimeUnreadable, "column 't' holds a text")]
    [InlineData("[{\"in\": {}}, {\"in\": {\"at\": [0, 0.5]}}]", RejectReason.TimeUnreadable, "no integer")]
    [InlineData("[{\"in\": {}}, {\"in\": {\"at\": [0, true]}}]", RejectReason.ValueType, "boolean")]
    public void Read_ValueOfAWrongType_RefusesItsRowAlone(string text, RejectReason reason, string what)
    {
        var reader = new JsonMessageReader(new InputLimits(), Three);
        Assert.Null(reader.Read(Encoding.UTF8.GetBytes(text)));
        Batch batch = reader.Batches[0];
        Assert.True(batch.HasRefusals);
        Column column = Assert.Single(batch.Columns, c => c.Refusal is not null);
        Assert.Equal((false, true, false), (column.IsRefused(0), column.IsRefused(1), column.IsValid(1)));
        Assert.Equal(reason, column.Refusal!.Reason);
        Assert.Contains(what, column.Refusal.Detail, StringComparison.Ordinal);
        Assert.Null(reader.Read("[{\"n\": 1}, {\"n\": 1}]"u8.ToArray()));
        Assert.False(reader.Batches[0].HasRefusals);
        Assert.All(reader.Batches[0].Columns, c => Assert.False(c.IsRefused(1)));
    }

    [Fact]
    public void Read_Depth_IsBounded()
    {
        var reader = new JsonMessageReader(new InputLimits(), Three);
        Assert.Null(reader.Read(Nested(64)));
        Reject? reject = reader.Read(Nested(65));
        Assert.Equal(RejectReason.LimitExceeded, reject?.Reason);
        Assert.Contains("more than 64 deep", reject!.Detail, StringComparison.Ordinal);
        Assert.Equal(RejectReason.LimitExceeded, reader.Read(Nested(1_000_000))?.Reason);

        static byte[] Nested(int depth) => Encoding.UTF8.GetBytes($"{{\"deep\": {new string('[', depth - 1)}{new string(']', depth - 1)}}}");
    }

    [Fact]
    public void Read_Rows_AreBoundedByNumberAndByMemory()
    {
        byte[] rows = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("{}", 1_001)) + "]");
        Reject? byNumber = new JsonMessageReader(new InputLimits(Rows: 1_000), Three).Read(rows);
        Reject? byMemory = new JsonMessageReader(new InputLimits(DecompressedBytes: 32 * 1_000), Three).Read(rows);
        Assert.Equal((RejectReason.LimitExceeded, RejectReason.LimitExceeded), (byNumber?.Reason, byMemory?.Reason));
        Assert.Contains("more than 1000 rows, the limit", byNumber!.Detail, StringComparison.Ordinal);
        Assert.Contains("more than 1000 rows, as many as fit into 32000 bytes", byMemory!.Detail, StringComparison.Ordinal);
        Assert.Null(new JsonMessageReader(new InputLimits(Rows: 1_001, DecompressedBytes: 32 * 1_001), Three).Read(rows));
        Reject? bySize = new JsonMessageReader(new InputLimits(MessageBytes: 100), Three).Read(rows);
        Assert.Equal(RejectReason.LimitExceeded, bySize?.Reason);
    }

    [Fact]
    public void Read_AsLongAsBefore_AllocatesNothing()
    {
        var text = new StringBuilder("[");
        for (int i = 0; i < 200; i++)
        {
            string c = (i % 4) switch { 0 => "\"a category of some length\"", 1 => "\"\\u00e4 escaped, and of some length\"", 2 => "17", _ => "null" };
            text.Append($$"""{"other": [{}], "in": {"at": ["x", {{1_488_985_200_000 + i}}], "c": {{c}}}, "\u006e": {{i}}.5},""");
        }

        byte[] message = Encoding.UTF8.GetBytes(text.ToString().TrimEnd(',') + "]");
        var reader = new JsonMessageReader(new InputLimits(), Three);
        for (int i = 0; i < 200; i++) Assert.Null(reader.Read(message)); // until the code is compiled for good
        Assert.Equal(200, reader.Batches[0].Rows);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5_000; i++) reader.Read(message);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Lines_AreReadFromFilesAlone()
    {
        byte[] lines = "{\"n\": 1}\n{\"n\": 2}\n[{\"n\": 3}]\n"u8.ToArray();
        Assert.NotNull(new JsonMessageReader(new InputLimits(), Three).Read(lines));
        var reader = new JsonMessageReader(new InputLimits(), Three, lines: true);
        Assert.Null(reader.Read(lines));
        Assert.Equal([1, 2, 3], ColumnNumbers.Float64(reader.Batches[0].Columns[0]).ToArray());
        Assert.Equal(RejectReason.Truncated, reader.Read("{\"n\": 1}\n{\"n\": "u8.ToArray())?.Reason);
    }

    [Fact]
    public void Shape_FindsPathsAndKinds()
    {
        byte[] message = """
            [{"id": 1, "request": {"inputs": [{"data": [0.5, 2]}]}, "ok": true}, {"id": "x", "a.b": null, "request": {"inputs": [{"data": [1]}]}}]
            """u8.ToArray();
        JsonShape shape = JsonShape.Of(message, 100);
        Assert.Equal(
            [("id", JsonKind.Category), ("request.inputs[0].data[0]", JsonKind.Number), ("request.inputs[0].data[1]", JsonKind.Number),
                ("ok", JsonKind.Category), ("[\"a.b\"]", JsonKind.Category)],
            shape.Columns.Select(c => (c.Name, c.Kind)));
        Assert.False(shape.IsCut);
        Assert.Equal((2, true), (JsonShape.Of(message, 2).Columns.Length, JsonShape.Of(message, 2).IsCut));
    }

    [Theory]
    [InlineData("age", "age")]
    [InlineData("inputs[0].data[3]", "inputs[0].data[3]")]
    [InlineData("a.b[12][0].c", "a.b[12][0].c")]
    [InlineData("[\"a.b\"].c", "[\"a.b\"].c")]
    [InlineData("a[\"b\"]", "a.b")]
    [InlineData("a[\"\\\"\\\\\"]", "a[\"\\\"\\\\\"]")]
    [InlineData("Größe der Anfrage", "Größe der Anfrage")]
    public void Path_ReadsBackWhatItWrites(string text, string written)
    {
        JsonPath? path = JsonPath.Parse(text);
        Assert.Equal(written, path?.Text);
        Assert.Equal(path!.Steps, JsonPath.Parse(path.Text)!.Steps);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("[0]")]
    [InlineData("[0].a")]
    [InlineData("a[]")]
    [InlineData("a[-1]")]
    [InlineData("a[x]")]
    [InlineData("a[1")]
    [InlineData("a[65536]")]
    [InlineData("a[99999999999]")]
    [InlineData("a[0]b")]
    [InlineData("a[\"b]")]
    [InlineData("a[\"b\\")]
    [InlineData("a\"b")]
    [InlineData("a[*]")]
    public void Path_WhatIsNone_IsNone(string text) => Assert.Null(JsonPath.Parse(text));

    private static bool Compare(
        JsonMessageReader reader, byte[] message, ImmutableArray<JsonColumn> columns, string place, ref int refused, ref int values)
    {
        List<PlainValue[]>? expected = PlainJson.Read(message, columns);
        Reject? reject = reader.Read(message);
        Assert.True(expected is null == reject is not null, $"{place}: {reject?.Detail ?? "read"}: {Encoding.UTF8.GetString(message)}");
        if (expected is null) return false;
        Batch batch = reader.Batches[0];
        Assert.Equal(expected.Count, batch.Rows);
        for (int i = 0; i < columns.Length; i++)
        {
            int nulls = 0;
            for (int row = 0; row < batch.Rows; row++)
            {
                PlainValue plain = expected[row][i];
                Column column = batch.Columns[i];
                bool same = ColumnReading.Text(column, row) == plain.Text && column.IsRefused(row) == plain.Refused;
                if (!same)
                    Assert.Fail($"{place}, {columns[i]}, row {row}: {ColumnReading.Text(column, row)}, not {plain}: {Encoding.UTF8.GetString(message)}");
                if (plain.Refused) refused++;
                if (plain.Text is null) nulls++;
                else values++;
            }

            Assert.Equal(nulls, batch.Columns[i].Nulls);
        }

        return true;
    }

    private static byte[] Damage(Random random, byte[] message)
    {
        byte[] damaged = [.. message];
        for (int times = random.Next(1, 3); times > 0 && damaged.Length > 1; times--)
        {
            int at = random.Next(damaged.Length);
            ReadOnlySpan<byte> syntax = "{}[]\",:0e.-\\u nt"u8;
            switch (random.Next(6))
            {
                case 0: damaged[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: damaged[at] = syntax[random.Next(syntax.Length)]; break;
                case 2: damaged = damaged[..at]; break;
                case 3: damaged = [.. damaged[..at], .. damaged[random.Next(at, damaged.Length)..]]; break;
                case 4: damaged = [.. damaged[..at], .. damaged[random.Next(damaged.Length)..]]; break;
                default: damaged[at] = (byte)('0' + random.Next(10)); break;
            }
        }

        return damaged;
    }
}
