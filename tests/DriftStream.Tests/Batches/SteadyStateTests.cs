using System.Text;
using DriftStream.Batches;
using Xunit;
using static DriftStream.Tests.Batches.ArrowBytes;

namespace DriftStream.Tests.Batches;

/// <summary>What the reader keeps from one message to the next, and what it must not.</summary>
[Collection(Alone.Name)]
public sealed class SteadyStateTests
{
    private static readonly byte[] DictionarySchema = Schema(Field("d", Utf8, dictionary: DictionaryEncoding(7, 8)));

    [Theory]
    [InlineData("pyarrow/numbers")]
    [InlineData("pyarrow/categories")]
    [InlineData("pyarrow/wide_1000")]
    [InlineData("rust/nested_dict")]
    [InlineData("rust/categories__delta")]
    [InlineData("java/categories__replace")]
    [InlineData("java/times")]
    public void Read_SchemaSeenBefore_AllocatesNothing(string name)
    {
        byte[] message = Payload.Load(name).Bytes;
        using var reader = new ArrowMessageReader(new InputLimits());
        for (int i = 0; i < 200; i++) Assert.Null(reader.Read(message)); // until the code is compiled for good
        int reads = name.EndsWith("wide_1000", StringComparison.Ordinal) ? 1_000 : 10_000;
        long allocated = 0;
        // A collection under pressure gives pooled arrays up, and they are rented anew: that is no reading's doing, and seldom.
        for (int attempt = 0; attempt == 0 || (allocated > 0 && attempt < 3); attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < reads; i++) reader.Read(message);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Read_SameSchemaBytes_GivesOneSchema()
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(Payload.Load("pyarrow/numbers").Bytes));
        Schema? first = reader.Schema;
        Assert.Null(reader.Read(Payload.Load("pyarrow/times").Bytes));
        Assert.NotSame(first, reader.Schema);
        Assert.NotNull(reader.Read(new byte[3]));
        Assert.Null(reader.Schema);
        Assert.Null(reader.Read(Payload.Load("pyarrow/numbers").Bytes));
        Assert.Same(first, reader.Schema);
    }

    [Fact]
    public void Read_ManySchemas_ForgetsTheOldest()
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(Schema(Field("first", Bool))));
        Schema? first = reader.Schema;
        for (int i = 0; i < 64; i++) Assert.Null(reader.Read(Schema(Field($"f{i}", Bool))));
        Assert.Null(reader.Read(Schema(Field("f63", Bool))));
        Schema? last = reader.Schema;
        Assert.Null(reader.Read(Schema(Field("first", Bool))));
        Assert.NotSame(first, reader.Schema);
        Assert.Null(reader.Read(Schema(Field("f63", Bool))));
        Assert.Same(last, reader.Schema);
    }

    [Fact]
    public void DictionaryVersion_ChangesWithTheDictionaryOnly()
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        long ab = Version(reader, "ab"), again = Version(reader, "ab"), ac = Version(reader, "ac"), back = Version(reader, "ab");
        Assert.Equal(ab, again);
        Assert.NotEqual(ab, ac);
        Assert.NotEqual(ac, back);
    }

    [Fact]
    public void Dictionary_ReplacedBetweenBatches_LeavesTheEarlierBatchAlone()
    {
        byte[] rows = Batch(2, [(2, 0)], [[], [0, 1]]), last = Batch(1, [(1, 0)], [[], [2]]);
        byte[] message = Stream(DictionarySchema, Letters("ab"), rows, Letters("cd"), rows, Letters("e", delta: true), last);
        using var reader = new ArrowMessageReader(new InputLimits());
        for (int time = 0; time < 2; time++)
        {
            Assert.Null(reader.Read(message));
            Assert.Equal("ab", Spell(reader.Batches[0]));
            Assert.Equal("cd", Spell(reader.Batches[1]));
            Assert.Equal("e", Spell(reader.Batches[2]));
            Assert.Equal(3, reader.Batches[2].Columns[0].Dictionary!.Rows);
            Assert.Equal(3, reader.Batches.ToArray().Select(b => b.Columns[0].DictionaryVersion).Distinct().Count());
        }
    }

    [Fact]
    public void Dictionary_DeltasWithoutEnd_AreLimited()
    {
        byte[] big = Dictionary(7, 1, 0, [[], Bytes(0, 100_000), new byte[100_000]]);
        byte[][] deltas = [.. Enumerable.Repeat(Letters("x", delta: true), 1_000)];
        using var reader = new ArrowMessageReader(new InputLimits());
        Reject? reject = reader.Read(Stream([DictionarySchema, big, .. deltas]));
        Assert.Equal(RejectReason.LimitExceeded, reject?.Reason);
    }

    [Fact]
    public void Views_OfTheSameData_AreLimited()
    {
        int[] view = [100_000, 0, 0, 0];
        byte[] views = Bytes([.. Enumerable.Repeat(view, 1_000).SelectMany(v => v)]);
        byte[] message = Stream(Schema(Field("v", Utf8View)), Batch(1_000, [(1_000, 0)], [[], views, new byte[100_000]], views: [1]));
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Equal(RejectReason.LimitExceeded, reader.Read(message)?.Reason);
    }

    private static byte[] Letters(string letters, bool delta = false) =>
        Dictionary(7, letters.Length, 0, [[], Bytes([.. Enumerable.Range(0, letters.Length + 1)]), Text(letters)], delta);

    private static long Version(ArrowMessageReader reader, string letters)
    {
        Assert.Null(reader.Read(Stream(DictionarySchema, Letters(letters), Batch(1, [(1, 0)], [[], [0]]))));
        return reader.Batches[0].Columns[0].DictionaryVersion;
    }

    private static string Spell(Batch batch) => string.Concat(
        Enumerable.Range(0, batch.Rows).Select(row => Encoding.UTF8.GetString(ColumnText.Utf8(batch.Columns[0], row))));
}
