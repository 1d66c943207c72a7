using System.Runtime.CompilerServices;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Confluent.Kafka;
using CsCheck;
using DriftStream.Batches;
using DriftStream.Host.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

[Trait("needs", "kafka")]
public sealed unsafe class PayloadPoolTests(Brokers brokers)
{
    [Fact]
    public void Copy_AnyBytes_AreTheSame_AndComeBack()
    {
        using var pool = new PayloadPool(20_000);
        Gen.Byte.Array[0, 20_000].Array[1, 8].Sample(messages =>
        {
            var payloads = messages.Select(m => pool.Copy(m)).ToArray();
            for (int i = 0; i < messages.Length; i++)
            {
                Assert.True(payloads[i].Memory.Span.SequenceEqual(messages[i]));
                payloads[i].Dispose();
                payloads[i].Dispose();
            }
        }, iter: 200, threads: 1);

        Assert.True(pool.Rented > 200);
        Assert.Equal(pool.Rented, pool.Returned);
    }

    [Fact]
    public void Memory_AfterDispose_Throws()
    {
        using var pool = new PayloadPool(100);
        var payload = pool.Copy([1, 2, 3]);
        var memory = payload.Memory;
        payload.Dispose();

        Assert.Throws<ObjectDisposedException>(() => memory.Span[0]);
    }

    [Fact]
    public void Return_BeyondTheIdleLimit_IsFreed()
    {
        using var pool = new PayloadPool(1 << 20, idleBytes: 3 << 20);
        var payloads = Enumerable.Range(0, 10).Select(_ => pool.Copy(new byte[1 << 20])).ToList();
        payloads.ForEach(p => p.Dispose());

        Assert.InRange(pool.IdleBytes, 2 << 20, 3 << 20);
        Assert.Equal(10, pool.Returned);
    }

    [Fact]
    public void Deserialize_TombstoneEmptyAndOversize_AreToldApart()
    {
        using var pool = new PayloadPool(10);

        Assert.Null(pool.Deserialize([], isNull: true, SerializationContext.Empty));
        using var empty = pool.Deserialize([], isNull: false, SerializationContext.Empty)!;
        Assert.Equal((0, null), (empty.Length, empty.Reject));
        using var full = pool.Deserialize(new byte[10], isNull: false, SerializationContext.Empty)!;
        Assert.Equal((10, null), (full.Length, full.Reject));
        using var oversize = pool.Deserialize(new byte[11], isNull: false, SerializationContext.Empty)!;
        Assert.Equal((11, RejectReason.LimitExceeded), (oversize.Length, oversize.Reject!.Reason));
        Assert.True(oversize.Memory.IsEmpty);
        Assert.Equal(2, pool.Rented);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void Copy_ArrowStream_FirstColumnLiesOn64Bytes(int columns)
    {
        var batch = new RecordBatch.Builder();
        for (int c = 0; c < columns; c++)
            batch.Append($"column {c}", false, col => col.Double(a => a.AppendRange([c + 0.125, 2.5, 3.5])));
        using var stream = new MemoryStream();
        using (var rows = batch.Build())
        using (var writer = new ArrowStreamWriter(stream, rows.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(rows);
            writer.WriteEnd();
        }
        using var pool = new PayloadPool(1 << 20);
        using var payload = pool.Copy(stream.ToArray());

        using var reader = new ArrowStreamReader(payload.Memory);
        using var read = reader.ReadNextRecordBatch()!;

        var first = ((DoubleArray)read.Column(0)).Values;
        Assert.Equal([0.125, 2.5, 3.5], first.ToArray());
        fixed (double* p = first)
            Assert.Equal(0, (nint)p % 64);
    }

    [Fact]
    public void Copy_BytesThatOnlyLookLikeArrow_AreCopiedAllTheSame() =>
        Gen.Select(Gen.Int, Gen.Int, Gen.Byte.Array[0, 300]).Sample((first, second, rest) =>
        {
            byte[] data = [0xff, 0xff, 0xff, 0xff, .. BitConverter.GetBytes(first % 400), .. rest, .. BitConverter.GetBytes(second)];
            using var pool = new PayloadPool(1000);
            using var payload = pool.Copy(data);
            Assert.True(payload.GetSpan().SequenceEqual(data));
            Assert.Equal(0, (nint)Unsafe.AsPointer(ref payload.GetSpan()[0]) % 8);
        }, iter: 1000);

    [Theory]
    [InlineData(Brokers.Embedded)]
    [InlineData(Brokers.Real)]
    public void Consume_HalfMegabyteMessages_NoPayloadOnTheManagedHeap(string broker)
    {
        const int Size = 512 * 1024;
        string topic = brokers.NewTopic(broker, 1);
        using (var producer = new AckedProducer(brokers[broker], NullLogger.Instance))
        {
            producer.Send(new(topic, 0, null, null), TestContext.Current.CancellationToken);
            for (byte i = 1; i <= 8; i++)
                producer.Send(new(topic, 0, Encoding.UTF8.GetBytes("k"), Filled(Size, i)), TestContext.Current.CancellationToken);
            Assert.Null(producer.Barrier(TestContext.Current.CancellationToken));
        }
        using var pool = new PayloadPool(Size);
        using var consumer = new ConsumerBuilder<Ignore, Payload?>(ClientSettings.Reader(brokers[broker]))
            .SetValueDeserializer(pool).LogTo(NullLogger.Instance).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));

        byte seen = 0;
        long warm = 0;
        long last = 0;
        for (var result = consumer.Consume(20_000); !result.IsPartitionEOF; result = consumer.Consume(20_000))
        {
            using var payload = result.Message.Value;
            Assert.Equal(seen == 0, payload is null);
            if (payload is not null)
                Assert.True(payload.GetSpan().Length == Size && !payload.GetSpan().ContainsAnyExcept(seen));
            last = GC.GetAllocatedBytesForCurrentThread();
            warm = ++seen == 3 ? last : warm; // the first ones load types
        }
        long perMessage = (last - warm) / 6;
        consumer.Close();

        Assert.Equal(9, seen);
        Assert.True(perMessage < 2048, $"{perMessage} bytes a message");
        Assert.Equal((8, 8), (pool.Rented, pool.Returned));
    }

    private static byte[] Filled(int size, byte value)
    {
        byte[] bytes = new byte[size];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
