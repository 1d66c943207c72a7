using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Batches;
using Xunit;
using Column = DriftStream.Batches.Column;
using Field = Apache.Arrow.Field;

namespace DriftStream.Tests.Batches;

/// <summary>Whatever Apache.Arrow's own writer writes is read to the values that were put in.</summary>
public sealed class ArrowWriterTests
{
    [Fact]
    public void Read_RandomStreams_GivesWhatWasWritten()
    {
        using var reader = new ArrowMessageReader(new InputLimits());
        for (int seed = 0; seed < 600; seed++)
        {
            (byte[] message, List<RandomColumn[]> batches) = Make(new Random(seed));
            Reject? reject = reader.Read(Misaligned(message, seed % 8));
            Assert.True(reject is null, $"seed {seed}: {reject}");
            Assert.True(batches.Count == reader.Batches.Length, $"seed {seed}: {reader.Batches.Length} batches of {batches.Count}");
            for (int b = 0; b < batches.Count; b++) Compare(batches[b], reader.Batches[b], seed);
        }
    }

    /// <summary>LZ4 frames of several blocks, each of which may refer to the one before.</summary>
    [Theory]
    [InlineData(CompressionCodecType.Lz4Frame)]
    [InlineData(CompressionCodecType.Zstd)]
    public void Read_CompressedInManyBlocks_GivesWhatWasWritten(CompressionCodecType codec)
    {
        long[] values = [.. Enumerable.Range(0, 100_000).Select(i => i % 7 == 0 ? i : i * 7919L % 5_000)];
        var schema = new Apache.Arrow.Schema([new Field("x", Int64Type.Default, false)], null);
        using var batch = new RecordBatch(schema, [new Int64Array.Builder().AppendRange(values).Build()], values.Length);
        using var stream = new MemoryStream();
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };
        using (var writer = new ArrowStreamWriter(stream, schema, true, options)) writer.WriteRecordBatch(batch);
        Assert.True(stream.Length < 500_000, "compressed");
        using var reader = new ArrowMessageReader(new InputLimits());
        Assert.Null(reader.Read(stream.ToArray()));
        Assert.True(MemoryMarshal.Cast<byte, long>(reader.Batches[0].Columns[0].Values.Span).SequenceEqual(values));
    }

    private static void Compare(RandomColumn[] written, Batch read, int seed)
    {
        for (int i = 0; i < written.Length; i++)
        {
            Column column = read.Columns[i];
            if (column.Type.Kind == ColumnKind.Unreadable) continue;
            Assert.Equal(written[i].Values.Length, column.Rows);
            for (int row = 0; row < column.Rows; row++)
            {
                string? value = ColumnReading.Text(column, row);
                if (value != written[i].Values[row])
                    Assert.Fail($"seed {seed}, column {i} ({column.Type.Name}), row {row}: {value} instead of {written[i].Values[row]}");
            }
        }
    }

    private static (byte[] Message, List<RandomColumn[]> Batches) Make(Random random)
    {
        int[] kinds = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(RandomColumn.KindCount))];
        var options = new IpcOptions
        {
            WriteLegacyIpcFormat = random.Next(4) == 0,
            CompressionCodec = random.Next(3) switch { 0 => CompressionCodecType.Lz4Frame, 1 => CompressionCodecType.Zstd, _ => null },
            CompressionCodecFactory = new CompressionCodecFactory(),
        };
        using var stream = new MemoryStream();
        List<RandomColumn[]> batches = [];
        ArrowStreamWriter? writer = null;
        Apache.Arrow.Schema? schema = null;
        for (int b = random.Next(1, 4); b > 0; b--)
        {
            int rows = random.Next(5) == 0 ? 0 : random.Next(1, 200), start = random.Next(3) == 0 ? random.Next(20) : 0;
            // A dictionary is written once a stream: later batches slice the first one's rows.
            RandomColumn[] columns = batches.Count == 0
                ? [.. kinds.Select(k => RandomColumn.Of(random, k, rows + start))]
                : batches[0];
            if (batches.Count > 0) (start, rows) = Part(random, columns[0].Values.Length);
            columns = start == 0 && batches.Count == 0 ? columns : [.. columns.Select(c => c.Slice(start, rows))];
            schema ??= new Apache.Arrow.Schema([.. columns.Select((c, i) => new Field($"c{i}", c.Type, true))], null);
            writer ??= new ArrowStreamWriter(stream, schema, true, options);
            var batch = new RecordBatch(schema, columns.Select(c => c.Array), rows);
            writer.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
            batches.Add(columns);
        }

        if (random.Next(2) == 0) writer!.WriteEnd();
        return (stream.ToArray(), batches);
    }

    private static (int Start, int Rows) Part(Random random, int rows)
    {
        int start = random.Next(rows + 1);
        return (start, random.Next(rows - start + 1));
    }

    // Kafka's payloads start anywhere.
    private static ReadOnlyMemory<byte> Misaligned(byte[] message, int shift)
    {
        var moved = new byte[message.Length + shift];
        message.CopyTo(moved, shift);
        return moved.AsMemory(shift);
    }
}
